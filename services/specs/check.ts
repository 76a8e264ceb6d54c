/** OpenAPI, Swagger and AsyncAPI: parsed, checked against their rules and brought into one document by Redocly's core. */
import { posix } from 'node:path';
import {
  BaseResolver,
  bundle,
  type Config,
  createConfig,
  type Document,
  getLineColLocation,
  lintDocument,
  ResolveError,
  Source,
  YamlParseError,
} from '@redocly/openapi-core';
import { FatalProblem, tooDeep } from './fatal.ts';
import { MAX_DEPTH, MAX_OPERATIONS, MAX_PROBLEMS, MAX_TYPES } from './limits.ts';
import { isObject, type Loose, object } from './loose.ts';
import { tooMuch } from './measure.ts';
import { formatOf } from './recognise.ts';
import type { Format, Problem, Severity, SpecFiles } from './types.ts';

export interface Checked {
  format: Format;
  problems: Problem[];
  found: Record<Severity, number>;
  /** Without references to other files. */
  bundled: Loose;
}

/** @throws FatalProblem */
export async function check(files: SpecFiles, root: string): Promise<Checked> {
  const config = await createConfig({ extends: ['spec'] });
  const resolver = new GivenFiles(files);
  insistOnFewEnough(asJson(files.get(root) ?? ''), root);
  const document = await parse(resolver, root);
  const format = formatOf(document.parsed, root);
  insistOnFewEnough(document.parsed, root);
  try {
    const { problems, found } = await problemsOf(document, config, resolver);
    // Bundling changes the documents that it is given: it gets its own.
    const fresh = new GivenFiles(files);
    const result = await bundle({ doc: await parse(fresh, root), config, externalRefResolver: fresh });
    return { format, problems, found, bundled: result.bundle.parsed as Loose };
  } catch (error) {
    // References in circles end its walk.
    if (error instanceof FatalProblem) throw error;
    if (error instanceof RangeError) throw tooDeep(root);
    throw new FatalProblem(`It cannot be followed to its end: ${(error as Error).message}.`, root);
  }
}

/** The engine reads JSON thirty times as fast as a YAML parser does: what is too much is known before that begins. */
function asJson(text: string): unknown {
  if (!/^\s*\{/.test(text.slice(0, 100))) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what is wrong with it, and where, the parser says
  }
}

/** Before anything is done for each of them. */
function insistOnFewEnough(document: unknown, root: string): void {
  const { paths, webhooks, channels, operations, components, definitions } = object(document);
  const count = [paths, webhooks, channels]
    .flatMap((items) => Object.values(object(items)))
    .reduce((sum: number, item) => sum + Object.values(object(item)).filter(isObject).length, 0);
  const all = count + Object.keys(object(operations)).length;
  if (all > MAX_OPERATIONS)
    throw new FatalProblem(
      `It has ${all.toLocaleString('en')} operations; up to ${MAX_OPERATIONS.toLocaleString('en')} are shown. Split it into several APIs.`,
      root,
    );
  const types = Object.keys(object(object(components).schemas ?? definitions)).length;
  if (types > MAX_TYPES) throw tooManyTypes(types, root);
}

export const tooManyTypes = (count: number, root: string): FatalProblem =>
  new FatalProblem(
    `It has ${count.toLocaleString('en')} schemas; up to ${MAX_TYPES.toLocaleString('en')} are shown. Split it into several APIs.`,
    root,
  );

/** Reads what was given and nothing else: no file of this machine, no address. */
class GivenFiles extends BaseResolver {
  readonly #files: SpecFiles;

  constructor(files: SpecFiles) {
    super();
    this.#files = files;
  }

  override resolveExternalRef(base: string | null, ref: string): string {
    if (isAddress(ref)) return ref;
    const from = base === null || isAddress(base) ? '' : posix.dirname(base);
    return posix.normalize(posix.join(from, decoded(ref)));
  }

  override async loadExternalRef(path: string): Promise<Source> {
    const body = this.#files.get(path);
    if (body === undefined)
      throw new ResolveError(
        new Error(
          isAddress(path)
            ? `${path} is not fetched: put the file into the archive beside this one`
            : `${path} was not among the files`,
        ),
      );
    return new Source(path, body);
  }

  override parseDocument(source: Source, isRoot = false): Document {
    const document = super.parseDocument(source, isRoot);
    const reason = tooMuch(document.parsed);
    if (reason !== undefined) throw new FatalProblem(reason, source.absoluteRef);
    return document;
  }
}

const isAddress = (ref: string): boolean => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(ref);

function decoded(ref: string): string {
  try {
    return decodeURIComponent(ref);
  } catch {
    return ref;
  }
}

/** @throws FatalProblem with the line at which it is not YAML or JSON */
async function parse(resolver: GivenFiles, root: string): Promise<Document> {
  try {
    const document = await resolver.resolveDocument(null, root, true);
    if (document instanceof Error) throw document;
    return document;
  } catch (error) {
    throw error instanceof YamlParseError ? notYaml(error, root) : error;
  }
}

function notYaml(error: YamlParseError, root: string): FatalProblem {
  const nested = error.originalError instanceof RangeError || /maxDepth/.test(error.message);
  const reason = error.message.replace(/ \(\d+:\d+\)$/, '').replace(/\.$/, '');
  return new FatalProblem(
    nested
      ? `It is nested deeper than ${MAX_DEPTH} levels.`
      : `This is neither YAML nor JSON from here on: ${reason}.`,
    error.source.absoluteRef || root,
    { line: error.line || 0, column: error.col || 0 },
  );
}

async function problemsOf(document: Document, config: Config, resolver: GivenFiles) {
  const all = await lintDocument({ document, config, externalRefResolver: resolver });
  const found: Record<Severity, number> = { fatal: 0, error: 0, warning: 0 };
  for (const { severity } of all) found[severity === 'error' ? 'error' : 'warning']++;
  const worst = all.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
  // Finding the line is the costly part, so it is done for those that are shown.
  const problems = worst.slice(0, MAX_PROBLEMS).map(({ severity, message, ruleId, location }): Problem => {
    const [first] = location;
    const sentence = sentenceOf(message);
    if (first === undefined)
      return {
        severity: 'error',
        file: document.source.absoluteRef,
        line: 0,
        column: 0,
        sentence,
        rule: ruleId,
      };
    const { start } = getLineColLocation(first);
    return {
      severity: severity === 'error' ? 'error' : 'warning',
      file: first.source.absoluteRef,
      line: start.line,
      column: start.col,
      sentence,
      rule: ruleId,
      ...(first.pointer && { pointer: first.pointer }),
    };
  });
  return { problems: problems.sort(byPlace), found };
}

const byPlace = (a: Problem, b: Problem): number =>
  Number(b.severity === 'error') - Number(a.severity === 'error') ||
  a.file.localeCompare(b.file) ||
  a.line - b.line ||
  a.column - b.column;

/** The first line says it; the others are suggestions and code frames. */
function sentenceOf(message: string): string {
  const [first = '', ...more] = message.split('\n').map((line) => line.trim());
  const hint = more.find((line) => /^Did you mean/.test(line));
  const sentence = /[.?!]$/.test(first) ? first : `${first}.`;
  return hint ? `${sentence} ${hint}` : sentence;
}
