/** An example as it is sent or received. Pure. */
import { isObject } from '../../specs/loose.ts';
import type { Schema } from '../../specs/model.ts';

/** One document of JSON; not a sequence of them (`application/json-seq`, `application/jsonl`). */
const JSON_TYPE = /^\s*[^;]*[/+]json\s*(;|$)/i;

export const isJson = (mediaType: string): boolean => JSON_TYPE.test(mediaType);

/**
 * Many authors write a body as text that is JSON already, so a string is taken for that when it reads as an object or a
 * list, unless the schema says that the body is a string.
 * @param indent of JSON, in spaces
 */
export function written(
  value: unknown,
  mediaType: string,
  schema: Schema | undefined,
  indent?: number,
): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, indent) ?? '';
  if (!isJson(mediaType)) return value;
  return isString(schema) || !isDocument(value) ? JSON.stringify(value) : value;
}

const isString = (schema: Schema | undefined): boolean =>
  isObject(schema) && [schema.type].flat().every((type) => type === 'string' || type === 'null');

function isDocument(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
