/** What the thread of reader.ts runs. */
import { parentPort, workerData } from 'node:worker_threads';
import { read } from './read.ts';
import type { Given } from './types.ts';

const reading = await read(workerData as Given);
const handed = [reading.document, reading.yaml, reading.compiled].flatMap((bytes) =>
  bytes ? [bytes.buffer] : [],
);
parentPort?.postMessage(reading, handed);
