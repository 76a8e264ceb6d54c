/** What the schemas are made of. */
export const text = { type: 'string' } as const;
export const count = { type: 'integer', minimum: 0 } as const;
export const time = { type: 'string', format: 'date-time' } as const;
export const sha256 = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Nothing else is in it. @param optional names that may be absent */
export function object(properties: Record<string, unknown>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}
