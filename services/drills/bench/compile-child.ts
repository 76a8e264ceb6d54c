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

/**
 * The longest turn of the event loop, by this thread's own CPU time: on a machine that does much else, a wall clock would
 * show how long the thread was kept from running. A timer runs once in each turn.
 */
function watchTurns(): { longestMs(): number } {
  let longest = 0;
  let last = process.threadCpuUsage();
  const timer = setInterval(() => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, now.user + now.system - last.user - last.system);
    last = now;
  }, 1);
  return {
    longestMs() {
      clearInterval(timer);
      return longest / 1000;
    },
  };
}

// What was done until here is not the generation's.
await pause(50);
const before = process.memoryUsage.rss();
const delay = monitorEventLoopDelay({ resolution: 1 });
const turns = watchTurns();
delay.enable();
const cpu = process.cpuUsage();
const began = performance.now();
const generation = await loadGeneration(manifest, { pathOf: (sha256) => join(blobs, blobPath(sha256)) });
const ms = performance.now() - began;
const { user, system } = process.cpuUsage(cpu);
// The timers that measure have their last say.
await pause(20);
delay.disable();
const result: CompileCost = {
  ms,
  cpuMs: (user + system) / 1000,
  longestTurnMs: turns.longestMs(),
  longestWaitMs: delay.max / 1e6,
  residentBytes: process.memoryUsage.rss() - before,
  sharedBytes: generation.bytes,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
generation.close();
