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

/** A thousand APIs take their time. */
const COMPILE_ROUNDS = 5;

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

/** What needs no cluster, and what is measured besides is made of. */
export async function measureAlone(
  parts: ReadonlySet<Part>,
  options: BenchOptions,
  workspace: Workspace,
  isOwn: boolean,
): Promise<{ content: Content; sections: Section[] }> {
  const counts = [
    ...(parts.has('compile') ? options.sizes : []),
    ...(parts.has('search') || (isOwn && parts.has('pages')) ? [options.apis] : []),
  ];
  const content = await contentOf(workspace, Math.max(0, ...counts));
  const sections: Section[] = [];
  if (parts.has('compile')) {
    const rounds = Math.min(options.rounds, COMPILE_ROUNDS);
    sections.push(
      await step('Compiling', (latest) =>
        benchCompile(content, workspace.own, options.sizes, rounds, latest),
      ),
    );
  }
  if (parts.has('search'))
    sections.push(await step('Searching', () => benchSearcher(content, options.apis, options)));
  return { content, sections };
}

/** @param content undefined: the cluster is somebody's, and nothing is published on it */
export async function measureOn(
  client: ClusterClient,
  parts: ReadonlySet<Part>,
  options: BenchOptions,
  workspace: Workspace,
  content?: Content,
): Promise<Section[]> {
  const { shared } = workspace;
  const sections: Section[] = [];
  if (content && (parts.has('pages') || parts.has('search'))) {
    const { apis } = options;
    const n = await step(`Publishing ${apis} APIs`, () => publishContent(client, content, shared, apis));
    if (parts.has('search'))
      sections.push(
        await step('Searching through the load balancer', () => benchSearchThrough(client, n, apis, options)),
      );
  } else if (parts.has('search'))
    say('Search through the load balancer is measured on a cluster of its own only.');
  if (parts.has('pages') || parts.has('blob')) {
    const wrk = await step('Building the image that asks', (latest) =>
      Wrk.start(client.cluster, shared, latest),
    );
    const load: LoadParts = { client, wrk, shared, ...options };
    try {
      if (parts.has('pages')) sections.push(await step('Pages', (latest) => benchPages({ ...load, latest })));
      if (parts.has('blob'))
        sections.push(await step('A large file', (latest) => benchBlob({ ...load, latest })));
    } finally {
      await wrk.stop();
    }
  }
  if (parts.has('upload'))
    sections.push(
      await step('A large upload', async () => uploadSection(await benchUpload(client, options.mebibytes))),
    );
  return sections;
}

function contentOf(workspace: Workspace, count: number): Promise<Content> {
  if (count === 0) return Promise.resolve({ blobs: '', apis: [] });
  return step(`Reading ${count} descriptions`, (latest) => makeContent(workspace.own, count, latest));
}
