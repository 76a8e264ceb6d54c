/** `portico publish`: an API's description to a portal, from a person's machine or from CI. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createSpecReader } from '../../specs/reader.ts';
import { FORMATS, type Given, type Problem, type Reading } from '../../specs/types.ts';
import { portalClient } from '../client.ts';
import { EXIT, UsageError } from '../exit.ts';
import { multipart } from '../multipart.ts';
import { print, printJson, say, step } from '../terminal.ts';

export interface PublishOptions {
  api?: string;
  version?: string;
  /** Text, or `@file`. */
  changelog?: string;
  note?: string;
  replace?: boolean;
  check?: boolean;
  allowErrors?: boolean;
  /** Commander's word for `--no-activate`. */
  activate?: boolean;
  json?: boolean;
}

interface Submitted {
  api: { name: string; title: string };
  version: { name: string };
  isNew: boolean;
}

export async function publish(path: string, options: PublishOptions): Promise<number> {
  const given = await readGiven(path);
  const reading = await step(`Reading ${given.name}`, () => createSpecReader().read(given));
  const refused = reading.found.fatal > 0 || (reading.found.error > 0 && !options.allowErrors);
  if (!options.json || refused) for (const problem of reading.problems) say(lineOf(problem));
  if (options.check || refused) {
    const { document: _, yaml: __, compiled: ___, ...said } = reading;
    if (options.json) printJson({ ...said, ok: !refused });
    else print(verdict(reading, refused, options));
    return refused ? EXIT.failed.status : EXIT.done.status;
  }

  const client = await portalClient();
  const fields = {
    ...(options.api !== undefined && { api: options.api }),
    ...(options.version !== undefined && { version: options.version }),
    ...(options.changelog !== undefined && { changelog: await textOf(options.changelog) }),
    ...(options.replace && { replace: 'true' }),
  };
  const form = multipart(fields, given);
  const made = await step('Sending it', () =>
    client.ask<Submitted>('/api/v1/specs', {
      method: 'POST',
      headers: { 'content-type': form.type },
      body: form.body,
    }),
  );
  const what = `${made.api.title} ${made.version.name}`;
  if (options.activate === false) {
    if (options.json) printJson(made);
    else print(`${what} is drafted. Publish it on the page /publish, or without --no-activate.`);
    return EXIT.done.status;
  }
  const json = { 'content-type': 'application/json' };
  const note = options.note ?? `${what} (portico publish)`;
  const generation = await step('Making a generation', () =>
    client.ask<{ n: number }>('/api/v1/generations', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ note }),
    }),
  );
  const activation = await step(`Activating generation ${generation.n} on every portal`, () =>
    client.ask<{ reason: string }>(`/api/v1/generations/${generation.n}/activation`, {
      method: 'POST',
      headers: json,
      body: '{}',
    }),
  );
  const url = `${client.address}/apis/${made.api.name}/${encodeURIComponent(made.version.name)}`;
  if (options.json) printJson({ ...made, generation, activation, url });
  else print(`${what} is published: ${url} (${activation.reason})`);
  return EXIT.done.status;
}

async function readGiven(path: string): Promise<Given> {
  try {
    return { name: basename(path), bytes: await readFile(path) };
  } catch (cause) {
    throw new UsageError(unreadable(path, cause as NodeJS.ErrnoException), { cause });
  }
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `There is no file ${path}.`;
  if (code === 'EISDIR')
    return `${path} is a folder. Give the one file, or a zip archive of all that belong together.`;
  return `${path} cannot be read: ${message}.`;
}

async function textOf(text: string): Promise<string> {
  if (!text.startsWith('@')) return text;
  const path = text.slice(1);
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(unreadable(path, cause), { cause });
  });
}

/** As compilers say it, so that editors and CI make links of it. */
function lineOf({ severity, file, line, column, sentence, rule }: Problem): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  return `${place}: ${severity === 'warning' ? 'warning' : 'error'}: ${sentence}${rule ? ` [${rule}]` : ''}`;
}

function verdict(
  { format, title, version, operations, found }: Reading,
  refused: boolean,
  options: PublishOptions,
): string {
  const counts = [
    [found.fatal + found.error, 'error'],
    [found.warning, 'warning'],
  ]
    .filter(([n]) => n !== 0)
    .map(([n, word]) => `${n} ${word}${n === 1 ? '' : 's'}`)
    .join(' and ');
  const what =
    format === undefined ? 'This' : `${title} ${version} (${FORMATS[format]}, ${operations} operations)`;
  if (!refused) return `${what} can be published${counts ? `, with ${counts}` : ''}.`;
  const way = found.fatal === 0 ? ' It is usable all the same: --allow-errors publishes it.' : '';
  return `${what} has ${counts}, and ${options.check ? 'would not be' : 'was not'} published.${way}`;
}
