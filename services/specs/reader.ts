/**
 * Reads descriptions beside everything else that this process does: one at a time, each in a thread of its own with bounded
 * memory and time, so that a hostile one costs its sender a sentence and nobody else a page.
 */
import { Worker } from 'node:worker_threads';
import { PorticoError } from '../platform/errors.ts';
import type { Given, Reading } from './types.ts';

/** Twelve times what GitHub's 13 MB take here. */
const DEADLINE_MS = 60_000;
/** Of the thread's heap: GitHub's take 310 MB. */
const MAX_HEAP_MB = 512;
/** Whose turn does not come for so long is told to come again. The load balancer's patience is longer (nginx/lua/patience.lua). */
const TURN_MS = 30_000;

export interface SpecReader {
  /** @throws PorticoError 'busy' when its turn does not come */
  read(given: Given): Promise<Reading>;
}

export interface SpecReaderOptions {
  deadlineMs?: number;
  maxHeapMb?: number;
  turnMs?: number;
}

export function createSpecReader({
  deadlineMs = DEADLINE_MS,
  maxHeapMb = MAX_HEAP_MB,
  turnMs = TURN_MS,
}: SpecReaderOptions = {}): SpecReader {
  let last: Promise<void> = Promise.resolve();
  return {
    read(given) {
      const before = last;
      const mine = turnAfter(before, turnMs).then(() => inThread(given, deadlineMs, maxHeapMb));
      // Whoever gave up waiting is passed over; its own caller is told.
      last = Promise.allSettled([before, mine]).then(() => {});
      return mine;
    },
  };
}

/** @throws PorticoError 'busy' */
async function turnAfter(before: Promise<void>, turnMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    const sentence = 'Other API descriptions are being read just now. Send yours again in a moment.';
    timer = setTimeout(() => reject(new PorticoError('busy', sentence, { retryAfter: 10 })), turnMs);
  });
  try {
    await Promise.race([before, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

function inThread(given: Given, deadlineMs: number, maxHeapMb: number): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./read-thread.ts', import.meta.url), {
      workerData: given,
      // Nothing of this process's own: no secret is in its environment, and no flag.
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, stackSizeMb: 4 },
    });
    const refuse = (sentence: string) => resolve(refused(given.name, sentence));
    const timer = setTimeout(() => {
      refuse(`It takes longer than ${deadlineMs / 1000} s to read, so it was given up.`);
      void worker.terminate();
    }, deadlineMs);
    worker.once('message', resolve);
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        refuse(`It takes more than ${maxHeapMb} MB of memory to read, so it was given up.`);
      else reject(new PorticoError('internal', 'The description could not be read.', { cause: error }));
    });
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new PorticoError('internal', 'The thread that reads descriptions ended.')); // nothing, when one was heard
    });
  });
}

function refused(file: string, sentence: string): Reading {
  return {
    format: undefined,
    root: undefined,
    title: '',
    version: '',
    operations: 0,
    problems: [{ severity: 'fatal', file, line: 0, column: 0, sentence }],
    found: { fatal: 1, error: 0, warning: 0 },
    document: undefined,
    yaml: undefined,
    compiled: undefined,
  };
}
