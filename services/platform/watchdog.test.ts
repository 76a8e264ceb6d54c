import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { type Watched, watch } from './watchdog.ts';

describe('watch', () => {
  it('counts its own ticks without a beat, and starts over with each beat', () => {
    let state: Watched = { beats: 5, silentTicks: 0 };
    const seen: [number, boolean][] = [];
    for (const beats of [5, 5, 6, 6, 6, 6]) {
      const { after, hung } = watch(state, beats, 3);
      state = after;
      seen.push([after.silentTicks, hung]);
    }
    assert.deepEqual(seen, [
      [1, false],
      [2, false],
      [0, false],
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it('has no clock, so that a frozen process finds nothing amiss when it thaws', () => {
    // Both threads stood still for an hour; the watcher's next tick is one tick.
    assert.equal(watch({ beats: 7, silentTicks: 1 }, 7, 3).hung, false);
  });
});

const watchdog = new URL('./watchdog.ts', import.meta.url).href;

it('ends a process whose event loop hangs, and says why', async () => {
  const script = `import { startWatchdog } from '${watchdog}'; startWatchdog(3); setTimeout(() => { for (;;); }, 1500);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [, signal] = await once(child, 'close', { signal: AbortSignal.timeout(60_000) });
  assert.equal(signal, 'SIGKILL');
  assert.match(said, /the event loop stood still for 1\.5 s; ending the process/);
});

it('keeps nobody alive, and ends nobody who works', async () => {
  const script = `import { startWatchdog } from '${watchdog}'; startWatchdog(3); setTimeout(() => {}, 4000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const [code] = await once(child, 'close', { signal: AbortSignal.timeout(60_000) });
  assert.equal(code, 0);
});
