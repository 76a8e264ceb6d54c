/** Looking into what others wrote: nothing is where it should be until it was looked at. */

export type Loose = Record<string, unknown>;

export const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns an empty object for what is none */
export const object = (value: unknown): Loose => (isObject(value) ? value : {});
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Numbers are what YAML makes of an unquoted `version: 1.0`. */
export const text = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? `${value}`
      : '';

export const entries = (value: unknown): [string, Loose][] =>
  Object.entries(object(value)).filter((entry): entry is [string, Loose] => isObject(entry[1]));

/** Leaves out what is undefined, empty or an empty list: most of a description's fields are. */
export function present<T extends Loose>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        value !== '' &&
        value !== false &&
        !(Array.isArray(value) && value.length === 0),
    ),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
