/** Examples: the author's own, or one made from the schema. */
import { sample } from 'openapi-sampler';
import { entries, isObject, type Loose, list, present, text } from './loose.ts';
import type { Example, Schema } from './model.ts';
import { at, type Resolve } from './resolve.ts';

/** Characters. Longer ones say nothing that the schema does not say better. */
const LONGEST = 20_000;
/** How deep a made one goes. */
const DEPTH = 6;

/** @param written what bears `example` or `examples` beside its schema: a media type, a message's payload */
export function examplesOf(
  written: Loose,
  schema: Schema | undefined,
  document: Loose,
  resolve: Resolve,
  direction: 'request' | 'response',
  mediaType = 'application/json',
): Example[] {
  const named = entries(written.examples).flatMap(([name, one]) => {
    const { value, summary, dataValue, serializedValue } = resolve(one);
    const given = value ?? dataValue ?? serializedValue;
    return given === undefined ? [] : [{ name, ...present({ summary: text(summary) }), value: given }];
  });
  if (named.length > 0) return named.filter(isShort);
  if (written.example !== undefined) return [{ name: 'Example', value: written.example }].filter(isShort);
  const own = ofSchema(schema, document);
  if (own !== undefined) return [{ name: 'Example', value: own }].filter(isShort);
  const made = /json|form|^\*\/\*$/.test(mediaType) ? make(schema, document, direction) : undefined;
  return made === undefined ? [] : [{ name: 'Example', value: made, made: true }];
}

function ofSchema(schema: Schema | undefined, document: Loose): unknown {
  if (!isObject(schema)) return undefined;
  const target = typeof schema.$ref === 'string' ? at(document, schema.$ref) : schema;
  if (!isObject(target)) return undefined;
  return target.example ?? list(target.examples)[0];
}

/** @returns undefined when none can be made: the schema contradicts itself, refers to nothing or is endless */
export function make(
  schema: Schema | undefined,
  document: Loose,
  direction: 'request' | 'response',
): unknown {
  if (!isObject(schema)) return undefined;
  try {
    const value = sample(
      schema as never,
      {
        quiet: true,
        maxSampleDepth: DEPTH,
        skipReadOnly: direction === 'request',
        skipWriteOnly: direction === 'response',
      } as never,
      document as never,
    ) as unknown;
    return isShort({ value }) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isShort({ value }: { value: unknown }): boolean {
  return value !== undefined && (JSON.stringify(value)?.length ?? 0) <= LONGEST;
}
