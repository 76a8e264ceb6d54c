/** `portico generations export`, `import`, `key`, `trust`, …: from one cluster into another. */
import { createWriteStream } from 'node:fs';
import { access, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { humanSize } from '../../portal/assets/words.js';
import { connection, portalClient } from '../client.ts';
import { EXIT, UsageError } from '../exit.ts';
import { print, printJson, say, step, table } from '../terminal.ts';
import { download, upload } from '../transfer.ts';
import { activate, numberOf } from './generations.ts';

interface Imported {
  n: number;
  apis: number;
  versions: number;
  origin: { cluster: string; n: number; fingerprint: string } | null;
}

interface TrustedKey {
  name: string;
  publicKey: string;
  fingerprint: string;
  addedBy: string;
  addedAt: string;
}

const WRITE = { 'content-type': 'application/json' };

export async function exportGeneration(text: string, { output }: { output?: string }): Promise<number> {
  const n = numberOf(text);
  if (output === undefined && process.stdout.isTTY)
    throw new UsageError(
      `The export is no text: write it into a file with \`-o gen-${n}.portico\` or \`>\`.`,
    );
  const body = await download(await connection(), `/api/v1/generations/${n}/export`);
  if (output === undefined) {
    await pipeline(body, process.stdout, { end: false });
    return EXIT.done.status;
  }
  // Under its own name it is whole.
  const part = `${output}.part`;
  try {
    await step(`Exporting generation ${n}`, () => pipeline(body, createWriteStream(part)));
    await rename(part, output);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  say(`${output}: ${humanSize(Number(body.headers['content-length']))}.`);
  return EXIT.done.status;
}

export async function importGeneration(
  file: string,
  options: { activate?: boolean; json?: boolean },
): Promise<number> {
  await access(file).catch((cause: Error) => {
    throw new UsageError(`${file} cannot be read: ${cause.message}.`, { cause });
  });
  const where = await connection();
  const made = await step(`Importing ${file}`, () =>
    upload<Imported>(where, '/api/v1/generations/import', file),
  );
  if (options.activate) {
    if (!options.json) say(sentenceOf(made));
    return activate(String(made.n), options);
  }
  if (options.json) printJson(made);
  else
    print(
      `${sentenceOf(made)}\nNobody sees it yet: \`npx portico activate ${made.n}\` makes it current. Drafts are as they were: a publish from them replaces it.`,
    );
  return EXIT.done.status;
}

const sentenceOf = ({ n, origin }: Imported): string =>
  origin === null
    ? `It is generation ${n} of this very cluster.`
    : `It is kept as generation ${n} (${origin.n} of ${origin.cluster}).`;

export async function key(options: { json?: boolean }): Promise<number> {
  const { ask } = await portalClient();
  const mine = await ask<{ publicKey: string; fingerprint: string }>('/api/v1/signing-key');
  if (options.json) printJson(mine);
  else {
    print(mine.publicKey);
    say(`Its fingerprint: ${mine.fingerprint}`);
  }
  return EXIT.done.status;
}

export async function trust(name: string, publicKey: string, options: { json?: boolean }): Promise<number> {
  const { ask } = await portalClient();
  const body = JSON.stringify({ name, publicKey });
  const added = await ask<TrustedKey>('/api/v1/trusted-keys', { method: 'POST', headers: WRITE, body });
  if (options.json) printJson(added);
  else print(`Exports of ${name} are taken from now on. Its fingerprint: ${added.fingerprint}`);
  return EXIT.done.status;
}

export async function trusted(options: { json?: boolean }): Promise<number> {
  const { ask } = await portalClient();
  const { items } = await ask<{ items: TrustedKey[] }>('/api/v1/trusted-keys');
  if (options.json) printJson(items);
  else if (items.length === 0) print('No other cluster’s exports are taken here.');
  else
    print(
      table([
        ['name', 'fingerprint', 'added', 'by'],
        ...items.map((one) => [one.name, one.fingerprint, one.addedAt.slice(0, 10), one.addedBy]),
      ]),
    );
  return EXIT.done.status;
}

export async function distrust(name: string): Promise<number> {
  const { ask } = await portalClient();
  await ask(`/api/v1/trusted-keys/${encodeURIComponent(name)}`, { method: 'DELETE' });
  print(`Exports of ${name} are no longer taken. What was imported stays.`);
  return EXIT.done.status;
}

export async function pin(text: string, pinned: boolean, options: { json?: boolean }): Promise<number> {
  const n = numberOf(text);
  const { ask } = await portalClient();
  const body = JSON.stringify({ pinned });
  const info = await ask(`/api/v1/generations/${n}`, { method: 'PATCH', headers: WRITE, body });
  if (options.json) printJson(info);
  else
    print(
      pinned
        ? `Generation ${n} stays, however old it becomes.`
        : `Generation ${n} goes as others do, when it is old.`,
    );
  return EXIT.done.status;
}
