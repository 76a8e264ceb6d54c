/** Of a description nothing is certain. */
type Description = Record<string, unknown>;
export function excerpt(whole: Description, method: string, path: string): Description;
export function tokensByHand(description: Description): Description;
export function parametersByOperation(description: Description): Description;
