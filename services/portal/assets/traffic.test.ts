import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flow, rate, type TrafficTold, wait } from './traffic.js';

const told = (until: number, seconds: TrafficTold['seconds'], counts = [8, 1, 1, 0]): TrafficTold => ({
  until,
  seconds,
  waits: { bounds: [10, 50, 100], counts, seconds: 2 },
});

describe('the flow', () => {
  it('of no load balancer is not known', () => assert.equal(flow([]), undefined));

  it('of one is what it counted', () => {
    const seen = flow([
      told(100, [
        [10, 0, 0, 900],
        [20, 2, 1, 70],
        [30, 0, 0, 40],
      ]),
    ])!;
    assert.deepEqual(
      seen.seconds.map(({ at, requests }) => [at, requests]),
      [
        [97, 10],
        [98, 20],
        [99, 30],
      ],
    );
    assert.deepEqual([seen.perSecond, seen.requests, seen.failed, seen.again], [20, 60, 2, 1]);
    // The second before the last two does not count, and a class's bound may be more than anybody waited.
    assert.deepEqual([seen.worst, seen.p95], [70, 70]);
  });

  it('of two is the sum, second by second, also when one is a second behind', () => {
    const seen = flow([
      told(100, [
        [1, 0, 0, 5],
        [2, 0, 0, 5],
      ]),
      told(99, [
        [10, 1, 0, 80],
        [20, 0, 0, 9],
      ]),
    ])!;
    assert.deepEqual(
      seen.seconds.map(({ at, requests, failed }) => [at, requests, failed]),
      [
        [98, 21, 0],
        [99, 2, 0],
      ],
    );
    assert.equal(seen.worst, 9);
  });

  it('without a request in the last seconds has no p95', () => {
    assert.equal(flow([told(100, [[0, 0, 0, 0]], [0, 0, 0, 0])])!.p95, undefined);
  });

  it('beyond the last bound has the worst wait as its p95', () => {
    assert.equal(flow([told(100, [[1, 0, 0, 12_345]], [0, 0, 0, 9])])!.p95, 12_345);
  });
});

it('rates and waits are written short', () => {
  assert.deepEqual([0, 0.04, 3.25, 9.96, 1204].map(rate), ['0', '0.0', '3.3', '10', '1,204']);
  assert.deepEqual([undefined, 4, 999, 1234].map(wait), ['–', '4 ms', '999 ms', '1.2 s']);
});
