/**
 * Published pages and a large file, each through the load balancer beside an nginx that serves the same bytes as files. The
 * arms take turns in short rounds, and each round is judged by itself: the generator, the servers and whatever else this
 * machine does share its cores.
 */
import { randomBytes } from 'node:crypto';
import type { ClusterClient } from '../client.ts';
import type { Answer } from '../http.ts';
import { cachedCount } from './lb-counts.ts';
import { median, ratios, spreadOf } from './numbers.ts';
import type { Figure, Section } from './report.ts';
import { startStatic } from './static-nginx.ts';
import type { Load, Loaded, Wrk } from './wrk.ts';

const MIB = 1024 * 1024;
/** Pages of one API that are asked for in turn. */
const PAGES = 20;
const PAGE_CONNECTIONS = 16;
/** Of a large file: more would only share the same cores. */
const BLOB_CONNECTIONS = 4;
/** What a browser of somebody who is signed in sends: it passes by the cache. The portal asks nobody whose it is. */
const SIGNED_IN = { Cookie: '__Host-portico=bench' };

export interface Rounds {
  rounds: number;
  /** Of each arm in each round. */
  seconds: number;
}

interface Arm {
  name: string;
  load: Omit<Load, 'seconds' | 'connections'>;
}

export async function benchPages(
  client: ClusterClient,
  wrk: Wrk,
  shared: string,
  options: Rounds,
  latest: (line: string) => void = () => {},
): Promise<Section> {
  const paths = await publishedPages(client);
  const answers = await Promise.all(paths.map((path) => answerOf(client, path)));
  const files = await startStatic(
    client,
    shared,
    paths.map((path, i) => ({ location: '/apis/', path, answer: answers[i]! })),
  );
  const arms: Arm[] = [
    { name: 'static', load: { host: files.host, paths } },
    { name: 'cached', load: { host: 'lb', paths } },
    { name: 'uncached', load: { host: 'lb', paths, headers: SIGNED_IN } },
    { name: 'missed', load: { host: 'lb', paths, unique: true } },
  ];
  try {
    const cachedShares = new Map<string, number[]>(arms.map(({ name }) => [name, []]));
    const runs = await inTurn(arms, options, latest, async ({ name, load }, seconds) => {
      const before = await cachedCount(client.cluster);
      const loaded = await wrk.load({ ...load, connections: PAGE_CONNECTIONS, seconds });
      cachedShares.get(name)!.push(((await cachedCount(client.cluster)) - before) / loaded.requests);
      return loaded;
    });
    const speed = (name: string) => runs.get(name)!.map(({ requests, seconds }) => requests / seconds);
    const figure = (what: string, name: string, atLeast?: number): Figure[] => [
      middle(what, speed(name), 'req/s'),
      ...(name === 'static' ? [] : [besides(`  part of static`, speed(name), speed('static'), atLeast)]),
      middle(
        '  p99',
        runs.get(name)!.map(({ p99 }) => p99),
        'ms',
      ),
    ];
    const sizes = answers.map(({ body }) => body.length / 1024);
    return {
      title: 'pages',
      about: `${paths.length} operations’ pages of ${sizes.length > 0 ? median(sizes).toFixed(1) : 0} KiB in turn, ${PAGE_CONNECTIONS} connections, ${options.rounds} rounds of ${options.seconds} s each`,
      figures: [
        ...figure('static file', 'static'),
        ...figure('cached by the load balancer', 'cached', 0.8),
        { what: '  from the cache', value: median(cachedShares.get('cached')!), goal: { atLeast: 0.95 } },
        ...figure('uncached: signed in, past the cache', 'uncached', 0.25),
        { what: '  from the cache', value: median(cachedShares.get('uncached')!), goal: { atMost: 0 } },
        ...figure('missed: every address new, and stored', 'missed'),
      ],
    };
  } finally {
    await files.stop();
  }
}

/** @param bytes of the file */
export async function benchBlob(
  client: ClusterClient,
  wrk: Wrk,
  shared: string,
  options: Rounds,
  bytes = 10 * MIB,
  latest: (line: string) => void = () => {},
): Promise<Section> {
  const file = await client.upload(
    { name: 'bench-blob.bin', bytes: randomBytes(bytes), type: 'application/octet-stream' },
    { fields: { visibility: 'public' } },
  );
  try {
    const answer = await answerOf(client, file.url);
    const files = await startStatic(client, shared, [{ location: '/media/', path: file.url, answer }]);
    const arms: Arm[] = [
      { name: 'static', load: { host: files.host, paths: [file.url] } },
      { name: 'blob', load: { host: 'lb', paths: [file.url] } },
    ];
    try {
      const runs = await inTurn(arms, options, latest, ({ load }, seconds) =>
        wrk.load({ ...load, connections: BLOB_CONNECTIONS, seconds }),
      );
      // By bytes: of so large a file the last one of a round is never whole.
      const speed = (name: string) => runs.get(name)!.map((one) => one.bytes / MIB / one.seconds);
      return {
        title: 'blob',
        about: `one public file of ${(bytes / MIB).toFixed(1)} MiB, ${BLOB_CONNECTIONS} connections, ${options.rounds} rounds of ${options.seconds} s each`,
        figures: [
          middle('static file', speed('static'), 'MiB/s'),
          middle('through the load balancer', speed('blob'), 'MiB/s'),
          besides('  part of static', speed('blob'), speed('static'), 0.9),
        ],
      };
    } finally {
      await files.stop();
    }
  } finally {
    await client.remove(file.id);
  }
}

/** A, B, C, A, B, C, …, after a short turn of each that counts for nothing. */
async function inTurn(
  arms: readonly Arm[],
  { rounds, seconds }: Rounds,
  latest: (line: string) => void,
  load: (arm: Arm, seconds: number) => Promise<Loaded>,
): Promise<Map<string, Loaded[]>> {
  const runs = new Map<string, Loaded[]>(arms.map(({ name }) => [name, []]));
  for (const arm of arms) await load(arm, 1);
  for (let round = 1; round <= rounds; round++)
    for (const arm of arms) {
      latest(`round ${round} of ${rounds}: ${arm.name}`);
      runs.get(arm.name)!.push(await load(arm, seconds));
    }
  return runs;
}

const middle = (what: string, values: readonly number[], unit: string): Figure => ({
  what,
  value: median(values),
  unit,
  spread: spreadOf(values),
});

function besides(what: string, ours: readonly number[], theirs: readonly number[], atLeast?: number): Figure {
  const values = ratios(ours, theirs);
  return {
    what,
    value: median(values),
    spread: spreadOf(values),
    ...(atLeast !== undefined && { goal: { atLeast } }),
  };
}

/** Pages of operations of the first API that is published. @throws Error there is none */
async function publishedPages(client: ClusterClient): Promise<string[]> {
  const linksOf = async (path: string, pattern: RegExp) => [
    ...new Set([...(await answerOf(client, path)).text().matchAll(pattern)].map(([, href]) => href!)),
  ];
  for (const api of await linksOf('/apis', /href="(\/apis\/[^"/?]+(?:\/[^"/?]+)?)"/g)) {
    const pages = await linksOf(api, /href="(\/apis\/[^"/?]+\/[^"/?]+\/operations\/[^"?#]+)"/g);
    if (pages.length > 0) return pages.slice(0, PAGES);
  }
  throw new Error('No API with an operation is published, so there is no page to be measured.');
}

async function answerOf(client: ClusterClient, path: string): Promise<Answer> {
  const answer = await client.ask(path);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text().slice(0, 300)}`);
  return answer;
}
