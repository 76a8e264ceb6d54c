/** How long a search takes: at the searcher itself, and for somebody who asks through the load balancer. One after the other. */
import { Agent } from 'node:https';
import { join } from 'node:path';
import { blobPath } from '../../platform/storage/paths.ts';
import { loadGeneration } from '../../portal/generations/generation.ts';
import type { ClusterClient } from '../client.ts';
import { type Content, manifestOf } from './content.ts';
import { median, quantile, spreadOf } from './numbers.ts';
import { queries } from './queries.ts';
import type { Figure, Section } from './report.ts';

/** Of each way, at 500 APIs: ms. */
const P95_LIMIT_MS = 20;
/** As many hits as a page of results has (services/portal/search/pages.ts). */
const LIMIT = 20;
/** Asked first, and not counted: code that runs for the first time is slow. */
const WARM = 40;

export interface Searches {
  rounds: number;
  /** Queries of a round; none is asked twice. */
  queries: number;
}

/** In this process, through the thread that a portal has for it. */
export async function benchSearcher(content: Content, apis: number, options: Searches): Promise<Section> {
  const generation = await loadGeneration(manifestOf(content, 1, apis), {
    pathOf: (sha256) => join(content.blobs, blobPath(sha256)),
  });
  try {
    return await measured(`search of ${apis} APIs, at the searcher`, options, async (text) => {
      const { total } = await generation.search.search({ text, limit: LIMIT });
      return total;
    });
  } finally {
    generation.close();
  }
}

/** @param n the generation that is published */
export async function benchSearchThrough(
  client: ClusterClient,
  n: number,
  apis: number,
  options: Searches,
): Promise<Section> {
  const agent = new Agent({ keepAlive: true, ca: client.ca, servername: 'localhost' });
  try {
    return await measured(`search of ${apis} APIs, through the load balancer`, options, async (text) => {
      const answer = await client.ask(`/g/${n}/search.json?q=${encodeURIComponent(text)}`, { agent });
      if (answer.status !== 200) throw new Error(`search: ${answer.status} ${answer.text().slice(0, 300)}`);
      return answer.json<{ total: number }>().total;
    });
  } finally {
    agent.destroy();
  }
}

/** @param search resolves to how many were found */
async function measured(
  title: string,
  options: Searches,
  search: (text: string) => Promise<number>,
): Promise<Section> {
  const all = queries(WARM + options.rounds * options.queries);
  for (const text of all.splice(0, WARM)) await search(text);
  const rounds: number[][] = [];
  let found = 0;
  for (let round = 0; round < options.rounds; round++) {
    const times: number[] = [];
    for (const text of all.splice(0, options.queries)) {
      const began = performance.now();
      if ((await search(text)) > 0) found++;
      times.push(performance.now() - began);
    }
    rounds.push(times);
  }
  const figure = (what: string, part: number): Figure => {
    const values = rounds.map((times) => quantile(times, part));
    return { what, unit: 'ms', value: median(values), spread: spreadOf(values) };
  };
  const asked = options.rounds * options.queries;
  return {
    title,
    about: `${asked} different queries, with beginnings of words and slips of the pen, one after the other`,
    figures: [
      figure('p50', 0.5),
      { ...figure('p95', 0.95), goal: { atMost: P95_LIMIT_MS } },
      figure('longest', 1),
      { what: 'queries that found something', value: found / asked },
    ],
  };
}
