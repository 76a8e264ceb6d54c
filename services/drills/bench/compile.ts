/** What a portal spends on a generation before it can serve it: of several sizes, each in a process of its own. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Content, manifestOf } from './content.ts';
import { median, spreadOf } from './numbers.ts';
import type { Figure, Section } from './report.ts';

const CHILD = fileURLToPath(new URL('./compile-child.ts', import.meta.url));
const DEADLINE_MS = 120_000;
const MIB = 1024 * 1024;
/** While a portal prepares a generation, no page waits longer for it than this: ms. */
const BLOCK_LIMIT_MS = 50;
/** Ten times as much may take this much more than ten times as long, for what the machine did besides. */
const LINEAR_LIMIT = 1.3;

/** As compile-child.ts prints it. */
export interface CompileCost {
  ms: number;
  /** CPU time of all its threads. */
  cpuMs: number;
  /** The longest that it kept a page waiting: CPU time of one turn of its event loop. */
  longestTurnMs: number;
  /** The longest that a timer was late, whoever had the cores meanwhile. */
  longestWaitMs: number;
  /** By how much the process's resident memory rose, its threads' included. */
  residentBytes: number;
  /** Of that, what pages and search index share. */
  sharedBytes: number;
}

/** @param sizes counts of APIs, ascending; none larger than the content */
export async function benchCompile(
  content: Content,
  directory: string,
  sizes: readonly number[],
  rounds: number,
  latest: (line: string) => void = () => {},
): Promise<Section> {
  const runs = new Map<number, CompileCost[]>(sizes.map((size) => [size, []]));
  // In turn, so that a busy minute of the machine is not one size's alone.
  for (let round = 1; round <= rounds; round++)
    for (const size of sizes) {
      latest(`round ${round} of ${rounds}: ${size} APIs`);
      runs.get(size)!.push(await compileOnce(content, directory, size));
    }
  const figures = sizes.flatMap((size) => figuresOf(size, runs.get(size)!));
  return {
    title: 'compile',
    about: `a generation loaded and indexed, each time in a new process; ${rounds} rounds`,
    figures: [...figures, ...growth(sizes, runs)],
  };
}

async function compileOnce(content: Content, directory: string, size: number): Promise<CompileCost> {
  const manifest = join(directory, `compile-${size}.json`);
  await writeFile(manifest, JSON.stringify(manifestOf(content, 1, size)));
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, manifest, content.blobs], {
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout) as CompileCost;
}

function figuresOf(size: number, runs: readonly CompileCost[]): Figure[] {
  const of = (what: string, unit: string, pick: (run: CompileCost) => number): Figure => {
    const values = runs.map(pick);
    return { what: `${size} APIs: ${what}`, unit, value: median(values), spread: spreadOf(values) };
  };
  return [
    of('time', 'ms', ({ ms }) => ms),
    of('CPU time', 'ms', ({ cpuMs }) => cpuMs),
    {
      ...of('longest turn of the event loop', 'ms', ({ longestTurnMs }) => longestTurnMs),
      goal: { atMost: BLOCK_LIMIT_MS },
    },
    of('longest wait for a turn', 'ms', ({ longestWaitMs }) => longestWaitMs),
    of('memory', 'MiB', ({ residentBytes }) => residentBytes / MIB),
    of('of it shared', 'MiB', ({ sharedBytes }) => sharedBytes / MIB),
  ];
}

/** From each size to the next: 1 is linear, less is better than that. By CPU time, which other programs disturb least. */
function growth(sizes: readonly number[], runs: ReadonlyMap<number, CompileCost[]>): Figure[] {
  const middle = (size: number) => median(runs.get(size)!.map(({ cpuMs }) => cpuMs));
  return sizes.slice(1).map((size, i) => {
    const smaller = sizes[i]!;
    return {
      what: `from ${smaller} to ${size}: growth beside linear`,
      value: middle(size) / middle(smaller) / (size / smaller),
      goal: { atMost: LINEAR_LIMIT },
    };
  });
}
