/**
 * The index of one generation in a thread of its own: making it takes seconds when there are many APIs, and pages do not
 * wait for it. The thread reads the very bytes that the pages are made of.
 */
import { Worker } from 'node:worker_threads';
import { PorticoError } from '../../platform/errors.ts';
import type { FoundIn } from './documents.ts';
import type { Query, Results } from './index.ts';

/** One version of an API, and its compiled form in memory that threads share. */
export interface Searched {
  where: FoundIn;
  compiled: Uint8Array<SharedArrayBuffer>;
}

export interface Asked {
  id: number;
  query: Query;
}
export type Answered = { id: number } & ({ results: Results } | { error: string });

export interface Searcher {
  search(query: Query): Promise<Results>;
  /** What is asked afterwards fails. */
  close(): void;
}

/** A search that takes longer is given up: ms. Measured are a few. */
const DEADLINE_MS = 2_000;
const MAX_HEAP_MB = 512;

/** Resolves when the index is made. @throws PorticoError 'internal' */
export async function startSearcher(content: readonly Searched[], signal?: AbortSignal): Promise<Searcher> {
  const worker = new Worker(new URL('./search-thread.ts', import.meta.url), {
    workerData: content,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const waiting = new Map<number, (answer: Answered) => void>();
  let fault: string | undefined;
  let last = 0;

  const end = (why: string) => {
    fault ??= why;
    for (const [id, answer] of waiting) answer({ id, error: why });
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    const giveUp = () => reject(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    worker.once('error', (error) => {
      end(`the index cannot be made: ${error.message}`);
      reject(
        new PorticoError('internal', `The search index cannot be made: ${error.message}`, { cause: error }),
      );
    });
    worker.once('exit', () => {
      end('the thread that searches has ended');
      reject(new PorticoError('internal', 'The thread that searches has ended.'));
    });
    worker.on('message', (message: 'ready' | Answered) => {
      if (message === 'ready') {
        signal?.removeEventListener('abort', giveUp);
        resolve();
        return;
      }
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
      if (waiting.size === 0) worker.unref();
    });
  }).catch((error: unknown) => {
    void worker.terminate();
    throw error;
  });

  // Nobody's process lives on for an index that nobody asks.
  worker.unref();

  function search(query: Query): Promise<Results> {
    if (fault !== undefined)
      return Promise.reject(new PorticoError('internal', `Nothing can be searched: ${fault}.`));
    const id = ++last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new PorticoError('busy', 'The search takes too long. Try other words.', { retryAfter: 5 }));
      }, DEADLINE_MS);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        if ('results' in answer) resolve(answer.results);
        else reject(new PorticoError('internal', `Nothing can be searched: ${answer.error}.`));
      });
      worker.ref();
      worker.postMessage({ id, query } satisfies Asked);
    });
  }

  return {
    search,
    close() {
      end('this generation is no longer kept here');
      void worker.terminate();
    },
  };
}
