import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { AwakeClock } from './clock.ts';

it('counts a freeze of this process for two ticks at most', () => {
  let now = 0;
  const monotonic = mock.method(performance, 'now', () => now);
  try {
    const clock = new AwakeClock(250);
    now = 250;
    assert.equal(clock.tick(), 250);
    now = 60_250;
    assert.equal(clock.now(), 750);
    assert.equal(clock.tick(), 750);
    now = 60_350;
    assert.equal(clock.now(), 850);
  } finally {
    monotonic.mock.restore();
  }
});
