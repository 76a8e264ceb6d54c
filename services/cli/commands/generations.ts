/** `portico generations`, `activate`, `diff`: what is published, and what was. Between clusters: exchange.ts. */
import { portalClient } from '../client.ts';
import { EXIT, UsageError } from '../exit.ts';
import { print, printJson, step, table } from '../terminal.ts';

interface Generation {
  n: number;
  apis: number;
  versions: number;
  note: string;
  createdBy: string;
  createdAt: string;
  isCurrent: boolean;
  pinned: boolean;
  origin: { cluster: string; n: number } | null;
}

interface Change {
  kind: 'added' | 'removed' | 'changed';
  api: string;
  version?: string;
  details: string[];
}

export async function generations(options: { json?: boolean }): Promise<number> {
  const { ask } = await portalClient();
  const { items } = await ask<{ items: Generation[] }>('/api/v1/generations?limit=50');
  if (options.json) printJson(items);
  else if (items.length === 0) print('Nothing was published yet.');
  else
    print(
      table([
        ['', 'number', 'APIs', 'versions', 'made', 'by', 'from', 'note'],
        ...items.map((one) => [
          `${one.isCurrent ? '●' : ''}${one.pinned ? ' pinned' : ''}`.trim(),
          `${one.n}`,
          `${one.apis}`,
          `${one.versions}`,
          one.createdAt.slice(0, 16).replace('T', ' '),
          one.createdBy,
          one.origin ? `${one.origin.n} of ${one.origin.cluster}` : '',
          one.note,
        ]),
      ]),
    );
  return EXIT.done.status;
}

export async function activate(text: string, options: { json?: boolean }): Promise<number> {
  const n = numberOf(text);
  const { ask } = await portalClient();
  const done = await step(`Activating generation ${n} on every portal`, () =>
    ask<{ reason: string }>(`/api/v1/generations/${n}/activation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
  );
  if (options.json) printJson(done);
  else print(`Generation ${n} is current: ${done.reason}.`);
  return EXIT.done.status;
}

/** @param from `draft` stands for what is drafted now, on either side */
export async function diff(from: string, to: string, options: { json?: boolean }): Promise<number> {
  const { ask } = await portalClient();
  const path =
    to === 'draft'
      ? '/api/v1/generations/pending'
      : `/api/v1/generations/${numberOf(to)}/changes?from=${numberOf(from, 0)}`;
  const { changes } = await ask<{ changes: Change[] }>(path);
  const signs = { added: '+', removed: '-', changed: '~' } as const;
  if (options.json) printJson(changes);
  else if (changes.length === 0) print('Nothing differs.');
  else
    print(
      changes
        .map(
          ({ kind, api, version, details }) =>
            `${signs[kind]} ${api}${version ? ` ${version}` : ''}: ${details.join('; ')}`,
        )
        .join('\n'),
    );
  return EXIT.done.status;
}

export function numberOf(text: string, least = 1): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`A generation has a number, such as 42; not "${text}".`);
}
