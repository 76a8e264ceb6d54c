/** A shared volume that is full, really: a cluster of its own, whose volume is small. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterClient } from './client.ts';
import type { Environment } from './cluster.ts';
import { type Answer, multipart } from './http.ts';
import { aligned } from './report.ts';
import { until } from './until.ts';

const OVERRIDE = fileURLToPath(new URL('full-volume.compose.yaml', import.meta.url));
const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
const MIB = 1024 * 1024;
/** Of the volume's 320 MiB, 64 are above the floor. */
const BALLAST_MIB = 70;
const SEEN_MS = 5_000;

/** What a cluster with a volume of 320 MiB is brought up with. */
export const SMALL_VOLUME: Environment = {
  COMPOSE_FILE: [path.join(HOUSE, 'compose.yaml'), OVERRIDE].join(path.delimiter),
  PORTICO_VOLUME_FLOOR: '256MiB',
  // The volume's pages are counted as memory of whoever writes them.
  PORTICO_PORTAL_MEMORY: '1g',
};

export interface Check {
  what: string;
  kept: boolean;
  /** What was seen. */
  seen: string;
}

/** Fills the volume, looks at what goes on and what is refused, and makes space again. */
export async function fullVolume(client: ClusterClient): Promise<Check[]> {
  const { cluster } = client;
  const checks: Check[] = [];
  const check = (what: string, kept: boolean, seen: string | number) =>
    checks.push({ what, kept, seen: String(seen) });
  const status = (what: string, answer: Answer, expected: number) =>
    check(what, answer.status === expected, answer.status);
  const bytes = randomBytes(MIB);
  const early = await client.upload({ name: 'drill-full-early.bin', bytes });

  const filled = ['dd', 'if=/dev/zero', 'of=/data/ballast', 'bs=1M', `count=${BALLAST_MIB}`];
  await cluster.exec('portal-1', filled);
  const refusal = await settled(async () => late(client, 1_000), 507);
  status('an upload gets 507', refusal, 507);
  const type = String(refusal.headers['content-type']);
  check('in a form that a program understands', type.includes('application/problem+json'), type);
  const back = await client.ask(early.url);
  check('a file of before is served', back.body.equals(bytes), `${back.status}, ${back.body.length} bytes`);
  status('a page is served', await client.ask('/'), 200);
  status('the gates stay open', await client.ask('/-/ready'), 200);
  const headers = {
    authorization: `Bearer ${await client.token('admin')}`,
    'content-type': 'application/json',
  };
  status('the API answers', await client.ask('/api/v1/media', { headers }), 200);
  const body = JSON.stringify({ name: `drill-full-${Date.now()}`, role: 'reader' });
  status(
    'the database takes writes',
    await client.ask('/api/v1/tokens', { method: 'POST', headers, body }),
    201,
  );
  const before = await halfWritten(client);

  await cluster.exec('portal-1', ['rm', '/data/ballast']);
  status('with space made, an upload is taken', await settled(async () => late(client, 1_000), 201), 201);
  const tooLarge = await late(client, 330 * MIB);
  status('a file for which there is no room once it arrives gets 507', tooLarge, 507);
  const after = await halfWritten(client);
  check('nothing half-written stays', after.join() === before.join(), after.join() || 'nothing');
  const listed = await client.ask('/api/v1/media?search=drill-full-late', { headers });
  const sizes = listed.json<{ items: { size: number }[] }>().items.map(({ size }) => size);
  check('nor is it listed', sizes.length > 0 && sizes.every((size) => size < MIB), sizes.join());
  return checks;
}

async function late(client: ClusterClient, size: number): Promise<Answer> {
  // Large ones repeat themselves, since making them takes longer than sending them.
  const form = multipart({ name: 'drill-full-late.bin', bytes: Buffer.alloc(size, randomBytes(4_096)) });
  const headers = { authorization: `Bearer ${await client.token()}`, ...form.headers };
  return client.ask('/api/v1/media', { method: 'POST', headers, body: form.body, deadlineMs: 60_000 });
}

/** The first answer with that status, or the last one before the time is up: space is looked at now and then. */
async function settled(work: () => Promise<Answer>, expected: number): Promise<Answer> {
  let last: Answer | undefined;
  const look = async () => {
    last = await work();
    return last.status === expected || `${last.status}`;
  };
  await until(`an upload gets ${expected}`, SEEN_MS, look).catch(() => {});
  return last ?? work();
}

async function halfWritten(client: ClusterClient): Promise<string[]> {
  const found = await client.cluster.exec('portal-1', ['find', '/data/tmp', '/data/uploads', '-type', 'f']);
  return found.split('\n').filter(Boolean);
}

export function checkTable(checks: readonly Check[]): string {
  const rows = checks.map(({ what, kept, seen }) => [what, kept ? 'kept' : 'MISSED', seen]);
  return aligned([['with the volume full', 'verdict', 'seen'], ...rows]).join('\n');
}
