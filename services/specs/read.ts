/** An API's description, from the bytes that came to what is shown. Pure but for the time it takes: see reader.ts. */
import { stringifyYaml } from '@redocly/openapi-core';
import { asyncapiModel } from './asyncapi.ts';
import { bounded } from './bounds.ts';
import { check, tooManyTypes } from './check.ts';
import { encode } from './compiled.ts';
import { withExcerpts } from './excerpt.ts';
import { FatalProblem, tooDeep } from './fatal.ts';
import { readGraphql } from './graphql.ts';
import { MAX_PROBLEMS, MAX_TYPES } from './limits.ts';
import type { Loose } from './loose.ts';
import type { Model } from './model.ts';
import { openapiModel } from './openapi.ts';
import { rootOf } from './recognise.ts';
import type { Format, Given, Problem, Reading, SpecFiles } from './types.ts';
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
  yaml: undefined,
  compiled: undefined,
};

/** Never throws for what the description says: that is a problem among its problems. */
export async function read(given: Given): Promise<Reading> {
  let files: SpecFiles = new Map();
  try {
    files = await unpack(given);
    const reading = await readFiles(files, given.name);
    return { ...reading, problems: withExcerpts(reading.problems, files) };
  } catch (error) {
    const fatal = error instanceof RangeError ? tooDeep(given.name) : error;
    if (!(fatal instanceof FatalProblem)) throw error;
    const { problem } = fatal;
    const problems = withExcerpts([{ ...problem, file: problem.file || given.name }], files);
    return { ...NOTHING, problems, found: { ...NOTHING.found, fatal: 1 } };
  }
}

/** @throws FatalProblem */
async function readFiles(files: SpecFiles, name: string): Promise<Reading> {
  const root = rootOf(files);
  if (root === 'graphql') {
    const { model, problems, found, sdl } = readGraphql(files, titleFrom(name));
    const document = bytesOf(sdl);
    return { ...of(model, name, problems, { ...NOTHING.found, error: found }), document, yaml: undefined };
  }
  const { format, bundled, problems, found } = await check(files, root);
  const [document, yaml] = [JSON.stringify(bundled), stringifyYaml(bundled)].map(bytesOf);
  return { ...of(modelOf(bundled, format), root, problems, found), document, yaml };
}

function of(whole: Model, root: string, problems: Problem[], found: Reading['found']) {
  if (whole.types.length > MAX_TYPES) throw tooManyTypes(whole.types.length, root);
  const { model, notes } = bounded(whole);
  const { format, title, version } = model.overview;
  const noted = notes.map(
    (sentence): Problem => ({ severity: 'warning', file: root, line: 0, column: 0, sentence }),
  );
  return {
    format,
    root,
    title,
    version,
    operations: model.entries.length,
    compiled: bytesOf(encode(model)),
    problems: [...problems, ...noted].slice(0, MAX_PROBLEMS),
    found: { ...found, warning: found.warning + notes.length },
  };
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
