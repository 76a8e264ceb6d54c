/** An API's description, from the bytes that came to what is shown. Pure but for the time it takes: see reader.ts. */
import { asyncapiModel } from './asyncapi.ts';
import { check } from './check.ts';
import { encode } from './compiled.ts';
import { FatalProblem } from './fatal.ts';
import { readGraphql } from './graphql.ts';
import type { Loose } from './loose.ts';
import type { Model } from './model.ts';
import { openapiModel } from './openapi.ts';
import { rootOf } from './recognise.ts';
import type { Format, Given, Reading } from './types.ts';
import { unpack } from './unpack.ts';

const NOTHING: Reading = {
  format: undefined,
  root: undefined,
  title: '',
  version: '',
  operations: 0,
  problems: [],
  found: { fatal: 0, error: 0, warning: 0 },
  document: undefined,
  compiled: undefined,
};

/** Never throws for what the description says: that is a problem among its problems. */
export async function read(given: Given): Promise<Reading> {
  try {
    const files = await unpack(given);
    const root = rootOf(files);
    if (root === 'graphql') {
      const { model, problems, found, sdl } = readGraphql(files, titleFrom(given.name));
      return {
        ...of(model, given.name),
        problems,
        found: { ...NOTHING.found, error: found },
        document: bytesOf(sdl),
      };
    }
    const { format, bundled, problems, found } = await check(files, root);
    return {
      ...of(modelOf(bundled, format), root),
      problems,
      found,
      document: bytesOf(JSON.stringify(bundled)),
    };
  } catch (error) {
    if (!(error instanceof FatalProblem)) throw error;
    const { problem } = error;
    const file = problem.file || given.name;
    return { ...NOTHING, problems: [{ ...problem, file }], found: { ...NOTHING.found, fatal: 1 } };
  }
}

function of(model: Model, root: string) {
  const { format, title, version } = model.overview;
  return { format, root, title, version, operations: model.entries.length, compiled: bytesOf(encode(model)) };
}

/** In memory of their own, so that they can be handed to another thread without a copy. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function modelOf(bundled: Loose, format: Format): Model {
  return format.startsWith('asyncapi') ? asyncapiModel(bundled, format) : openapiModel(bundled, format);
}

/** `my_shop.graphql` says no more of itself than its name. */
function titleFrom(name: string): string {
  const words = name
    .replace(/^.*\//, '')
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[-_.]+/g, ' ')
    .trim();
  return words === '' ? 'GraphQL API' : words[0]!.toUpperCase() + words.slice(1);
}
