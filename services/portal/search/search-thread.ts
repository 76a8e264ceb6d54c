/** What the thread of searcher.ts runs. */
import { parentPort, workerData } from 'node:worker_threads';
import { decode } from '../../specs/compiled.ts';
import { documentsOf, type Findable } from './documents.ts';
import { createIndex } from './index.ts';
import type { Answered, Asked, Searched } from './searcher.ts';

function* all(content: readonly Searched[]): Generator<Findable> {
  for (const { where, compiled } of content) yield* documentsOf(where, decode(compiled));
}

const index = createIndex(all(workerData as Searched[]));
const port = parentPort!;

function answer(asked: Asked): Answered {
  try {
    if ('search' in asked) return { id: asked.id, results: index.search(asked.search) };
    return { id: asked.id, words: index.suggest(asked.suggest, asked.limit) };
  } catch (error) {
    return { id: asked.id, error: (error as Error).message };
  }
}

port.on('message', (asked: Asked) => port.postMessage(answer(asked)));
port.postMessage('ready');
