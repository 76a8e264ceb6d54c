/** Published pages through the load balancer, beside an nginx that serves the same bytes as files. */
import type { ClusterClient } from '../client.ts';
import type { Answer } from '../http.ts';
import { median } from './numbers.ts';
import type { Figure, Section } from './report.ts';
import { type Arm, besides, byCpu, inTurn, type LoadParts, middle } from './rounds.ts';
import { startStatic } from './static-nginx.ts';

/** Pages of one API that are asked for in turn. */
const PAGES = 20;
const CONNECTIONS = 16;
/** What a browser of somebody who is signed in sends: it passes by the cache. The portal asks nobody whose it is. */
const SIGNED_IN = { Cookie: '__Host-portico=bench' };
/** Parts of the static file's speed. */
const CACHED_LEAST = 0.8;
const UNCACHED_LEAST = 0.25;

export async function benchPages(parts: LoadParts): Promise<Section> {
  const { client, shared, rounds, seconds } = parts;
  const paths = await publishedPages(client);
  const answers = await Promise.all(paths.map((path) => answerOf(client, path)));
  const copied = paths.map((path, i) => ({ location: '/apis/', path, answer: answers[i]! }));
  const files = await startStatic(client, shared, copied);
  const arms: Arm[] = [
    { name: 'static', load: { host: files.host, paths } },
    { name: 'cached', load: { host: 'lb', paths } },
    { name: 'uncached', load: { host: 'lb', paths, headers: SIGNED_IN } },
    { name: 'missed', load: { host: 'lb', paths, unique: true } },
  ];
  try {
    const runs = await inTurn(parts, files, arms, CONNECTIONS);
    const speed = (name: string) => runs.get(name)!.map((one) => one.requests / one.seconds);
    const waits = (name: string) => runs.get(name)!.map(({ p99 }) => p99);
    const figures = (what: string, name: string, atLeast?: number): Figure[] => [
      middle(what, speed(name), 'req/s'),
      ...(name === 'static' ? [] : [besides(speed(name), speed('static'), atLeast)]),
      ...byCpu(runs, name),
      middle('  p99', waits(name), 'ms'),
    ];
    const fromCache = (name: string, goal: Figure['goal']): Figure => ({
      what: '  part that came from the cache',
      value: median(runs.get(name)!.map(({ cached }) => cached)),
      ...(goal && { goal }),
    });
    const size = median(answers.map(({ body }) => body.length / 1024));
    return {
      title: 'pages',
      about: `${paths.length} operations’ pages of ${size.toFixed(1)} KiB in turn, ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s each`,
      figures: [
        ...figures('static file', 'static'),
        ...figures('cached by the load balancer', 'cached', CACHED_LEAST),
        fromCache('cached', { atLeast: 0.9 }),
        ...figures('uncached: signed in, past the cache', 'uncached', UNCACHED_LEAST),
        fromCache('uncached', { atMost: 0.01 }),
        ...figures('missed: every address new, and stored', 'missed'),
      ],
    };
  } finally {
    await files.stop();
  }
}

/** Pages of operations of the first API that has some. @throws Error there is none */
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
