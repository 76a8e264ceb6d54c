/** What `portico bench` measures, one part after the other. */

import { benchBlob } from '../../drills/bench/blob.ts';
import { benchCompile } from '../../drills/bench/compile.ts';
import { type Content, makeContent } from '../../drills/bench/content.ts';
import { benchPages } from '../../drills/bench/pages.ts';
import { publishContent } from '../../drills/bench/publish.ts';
import type { Section } from '../../drills/bench/report.ts';
import type { LoadParts } from '../../drills/bench/rounds.ts';
import { benchSearcher, benchSearchThrough } from '../../drills/bench/search.ts';
import { benchUpload, uploadSection } from '../../drills/bench/upload.ts';
import type { Workspace } from '../../drills/bench/workspace.ts';
import { Wrk } from '../../drills/bench/wrk.ts';
import type { ClusterClient } from '../../drills/client.ts';
import { say, step } from '../terminal.ts';

export const PARTS = ['pages', 'blob', 'compile', 'search', 'upload'] as const;
export type Part = (typeof PARTS)[number];
/** Those that cannot be measured in a process alone. */
export const NEEDS_CLUSTER: ReadonlySet<Part> = new Set(['pages', 'blob', 'search', 'upload']);

export interface BenchOptions {
  /** Counts of APIs, ascending. */
  sizes: number[];
  /** That are published and searched. */
  apis: number;
  rounds: number;
  seconds: number;
  /** Of a round. */
  queries: number;
  /** Of the upload. */
  mebibytes: number;
}

/** @param isOwn the cluster is nobody else's: the bench's APIs may be published on it */
export async function measure(
  parts: readonly Part[],
  options: BenchOptions,
  workspace: Workspace,
  client: ClusterClient | undefined,
  isOwn: boolean,
): Promise<Section[]> {
  const wanted = new Set(parts);
  const sections: Section[] = [];
  const add = async (title: string, work: (latest: (line: string) => void) => Promise<Section>) => {
    sections.push(await step(title, work));
  };
  const publishes = isOwn && (wanted.has('pages') || wanted.has('search'));
  const counts = [
    ...(wanted.has('compile') ? options.sizes : []),
    ...(wanted.has('search') || publishes ? [options.apis] : []),
  ];
  const content = await contentOf(workspace, Math.max(0, ...counts));

  if (wanted.has('compile'))
    await add('Compiling', (latest) =>
      benchCompile(content, workspace.own, options.sizes, Math.min(options.rounds, 5), latest),
    );
  if (wanted.has('search')) await add('Searching', () => benchSearcher(content, options.apis, options));
  if (client === undefined) return sections;

  if (publishes) {
    const n = await step(`Publishing ${options.apis} APIs`, () =>
      publishContent(client, content, workspace.shared, options.apis),
    );
    if (wanted.has('search'))
      await add('Searching through the load balancer', () =>
        benchSearchThrough(client, n, options.apis, options),
      );
  } else if (wanted.has('search'))
    say('Search through the load balancer is measured on a cluster of its own only.');
  if (wanted.has('pages') || wanted.has('blob')) {
    const wrk = await step('Building the image that asks', (latest) =>
      Wrk.start(client.cluster, workspace.shared, latest),
    );
    const parts: LoadParts = { client, wrk, shared: workspace.shared, ...options };
    try {
      if (wanted.has('pages')) await add('Pages', (latest) => benchPages({ ...parts, latest }));
      if (wanted.has('blob')) await add('A large file', (latest) => benchBlob({ ...parts, latest }));
    } finally {
      await wrk.stop();
    }
  }
  if (wanted.has('upload'))
    await add('A large upload', async () => uploadSection(await benchUpload(client, options.mebibytes)));
  return sections;
}

function contentOf(workspace: Workspace, count: number): Promise<Content> {
  if (count === 0) return Promise.resolve({ blobs: '', apis: [] });
  return step(`Reading ${count} descriptions`, (latest) => makeContent(workspace.own, count, latest));
}
