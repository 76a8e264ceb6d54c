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

function answer({ id, query }: Asked): Answered {
  try {
    return { id, results: index.search(query) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

port.on('message', (asked: Asked) => port.postMessage(answer(asked)));
port.postMessage('ready');
