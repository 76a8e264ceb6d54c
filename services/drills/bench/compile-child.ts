/**
 * Makes one generation in a process of its own, as a portal does, and prints what it cost as one line of JSON.
 *   compile-child.ts <manifest.json> <blobs directory>
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { blobPath } from '../../platform/storage/paths.ts';
import { loadGeneration } from '../../portal/generations/generation.ts';
import { parseManifest } from '../../portal/generations/manifest.ts';
import type { CompileCost } from './compile.ts';

const [manifestPath, blobs] = process.argv.slice(2) as [string, string];
const manifest = parseManifest(await readFile(manifestPath, 'utf8'));

// What was done until here is not the generation's.
await pause(50);
const before = process.memoryUsage.rss();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const began = performance.now();
const generation = await loadGeneration(manifest, { pathOf: (sha256) => join(blobs, blobPath(sha256)) });
const ms = performance.now() - began;
// The timer that measures has its last say.
await pause(20);
delay.disable();
const result: CompileCost = {
  ms,
  longestBlockMs: delay.max / 1e6,
  residentBytes: process.memoryUsage.rss() - before,
  sharedBytes: generation.bytes,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
generation.close();
