import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { watch } from 'chokidar';
import type { Logger } from '../log.ts';
import { isErrno, unlessAbsent } from './atomic.ts';
import { abandonedClaims, beat, type Claim, claimEntry } from './inbox-claims.ts';
import { isIgnored, planInbox } from './inbox-plan.ts';
import type { Volume } from './volume.ts';

export interface InboxOptions {
  volume: Volume;
  log: Logger;
  /** Ask the file system now and then instead of waiting for it to tell: a network file system tells nothing. */
  polling?: boolean;
  /** A file that has not changed for so long is taken to be copied in full. */
  stableMs?: number;
  /** How often the inbox is looked through whatever the watcher says. */
  intervalMs?: number;
  /** A claim without a sign of life for so long is taken up by anybody. */
  abandonedMs?: number;
}

interface Sight {
  mark: string;
  since: number;
}

const BEAT_MS = 10_000;

/**
 * Hands each file that was copied into the inbox to `take`, one at a time, and to one portal of them all.
 * When `take` throws, the claim stays and is taken up again later, here or elsewhere.
 * @returns what ends the watching, after the file in hand
 */
export async function watchInbox(options: InboxOptions, take: (claim: Claim) => Promise<void>) {
  const {
    volume,
    log,
    polling = false,
    stableMs = 2000,
    intervalMs = 15_000,
    abandonedMs = 60_000,
  } = options;
  const sights = new Map<string, Sight>();
  const hopeless = new Map<string, string>();
  let closed = false;

  async function look(): Promise<void> {
    if (!volume.state().ok) return;
    const names = await readdir(volume.paths.inbox, { encoding: 'buffer' });
    const present = new Set(names.map((name) => name.toString('latin1')));
    for (const key of sights.keys()) if (!present.has(key)) sights.delete(key);
    let waiting = false;
    for (const key of present) {
      if (closed) return;
      if (isIgnored(key)) continue;
      const name = Buffer.from(key, 'latin1');
      const stats = await unlessAbsent(lstat(volume.paths.inboxEntry(name)));
      if (!stats || hopeless.get(key) === markOf(stats)) continue;
      hopeless.delete(key);
      const plan = planInbox({ key, unchangedMs: sighted(key, stats) }, stableMs);
      if (plan === 'wait') waiting = true;
      if (plan === 'claim') await claimAndTake(key, name);
    }
    for await (const claim of abandonedClaims(volume, abandonedMs)) {
      if (closed) return;
      log.info({ claim: claim.id }, 'A file from the inbox is taken up again; who had it is gone.');
      await takeAlive(claim);
    }
    if (waiting) wakeIn(stableMs);
  }

  /** @returns milliseconds for which it has looked the same */
  function sighted(key: string, stats: Stats): number {
    const now = performance.now();
    const before = sights.get(key);
    if (before?.mark === markOf(stats)) return now - before.since;
    sights.set(key, { mark: markOf(stats), since: now });
    return 0;
  }

  async function claimAndTake(key: string, name: Buffer): Promise<void> {
    let claim: Claim | undefined;
    try {
      claim = await claimEntry(volume, name);
    } catch (error) {
      if (!isErrno(error, 'EACCES', 'EPERM', 'EXDEV', 'EBUSY')) throw error;
      hopeless.set(key, sights.get(key)?.mark ?? ''); // until it changes
      log.error(
        { err: error, name: name.toString() },
        'Something in the inbox can be neither taken nor moved away.',
      );
      return;
    }
    sights.delete(key);
    if (claim) await takeAlive(claim);
  }

  async function takeAlive(claim: Claim): Promise<void> {
    const beating = setInterval(() => {
      beat(volume, claim).catch((error: unknown) =>
        log.warn({ err: error, claim: claim.id }, 'The claim could not be kept.'),
      );
    }, BEAT_MS);
    try {
      await take(claim);
    } catch (error) {
      log.warn(
        { err: error, claim: claim.id },
        'A file from the inbox could not be taken in yet; it is tried again.',
      );
    } finally {
      clearInterval(beating);
    }
  }

  // One look at a time; whoever asks for one meanwhile gets another after it.
  let running: Promise<void> | undefined;
  let again = false;
  function wake(): void {
    if (closed) return;
    if (running) {
      again = true;
      return;
    }
    running = look()
      .catch((error: unknown) => log.error({ err: error }, 'The inbox could not be looked through.'))
      .finally(() => {
        running = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  }
  const timers = new Set<NodeJS.Timeout>();
  function wakeIn(ms: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      wake();
    }, ms + 20);
    timers.add(timer);
  }

  const watcher = watch(volume.paths.inbox, {
    depth: 0,
    followSymlinks: false,
    alwaysStat: true,
    // What its first scan finds chokidar 6 reports without waiting for the end of writing; that is left to our own eyes.
    ignoreInitial: true,
    usePolling: polling,
    interval: 1000,
    awaitWriteFinish: { stabilityThreshold: stableMs, pollInterval: Math.min(250, stableMs) },
    ignored: (path) => path !== volume.paths.inbox && isIgnored(basename(path)),
  });
  let ready = false;
  watcher.on('ready', () => {
    ready = true;
  });
  watcher.on('add', (path, stats) => {
    // It has not changed for as long as we would wait for. Before it is ready chokidar waits for nothing.
    if (stats && ready) {
      const key = Buffer.from(basename(path)).toString('latin1');
      sights.set(key, { mark: markOf(stats), since: performance.now() - stableMs });
    }
    wake();
  });
  watcher.on('addDir', wake).on('change', wake);
  watcher.on('error', (error) =>
    log.error(
      { err: error },
      `The inbox cannot be watched; it is looked through every ${intervalMs / 1000} s.`,
    ),
  );
  const ticking = setInterval(wake, intervalMs);
  wake();

  return async () => {
    closed = true;
    clearInterval(ticking);
    for (const timer of timers) clearTimeout(timer);
    await watcher.close();
    await running;
  };
}

const markOf = (stats: Stats): string => `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
