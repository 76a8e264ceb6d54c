import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterStatus } from '../operations/types.ts';
import {
  balancerCard,
  clusterWords,
  databaseCard,
  publishedWords,
  trafficPaths,
  trafficWords,
} from './cluster-words.js';

const second = (requests: number, failed = 0, again = 0) => ({ at: 0, requests, failed, again, worst: 9 });

describe('the bars of the traffic', () => {
  const heights = (path: string) => [...path.matchAll(/v-([\d.]+)h/g)].map(([, height]) => Number(height));

  it('are as high as the busiest second, from the left, and a second without any has none', () => {
    const { requests } = trafficPaths([second(50), second(0), second(100)]);
    assert.deepEqual(heights(requests), [40, 80]);
    assert.match(requests, /^M1\.0 80v-40\.0h198\.0v40\.0zM401\.0 80v/);
  });

  it('show one failure among a thousand', () => {
    const { failed, again } = trafficPaths([second(1_000, 1), second(1_000, 0, 1)]);
    assert.deepEqual([heights(failed), heights(again)], [[8], [6]]);
  });

  it('stay within the box when every request was asked again twice', () => {
    assert.deepEqual(heights(trafficPaths([second(3, 0, 6)]).again), [80]);
  });
});

it('a portal of the release before, which tells less, is understood', () => {
  const told = {
    observer: 'portal-1',
    at: '',
    state: 'ok',
    portals: [],
    agents: [],
    jobs: [],
    database: { nodes: [] },
    volume: { ok: true, reason: '' },
    alarms: [],
  };
  const words = clusterWords(told as unknown as ClusterStatus);
  assert.deepEqual([words.balancers, words.events, words.traffic], [[], [], undefined]);
});

it('what a part runs stands among its facts, unless it does not say it', () => {
  const lb = { name: 'lb', address: '', state: 'serving' as const, reasons: [], lastSeenAt: undefined };
  const seen = { ...lb, portals: { open: 2, known: 2 }, version: '0.1.0+a' };
  assert.equal(balancerCard(seen).facts, '2 of 2 portals open to it · 0.1.0+a');
  assert.equal(balancerCard({ ...seen, version: undefined }).facts, '2 of 2 portals open to it');
  const node = { name: 'db-1', state: 'synced', role: 'writer', reason: '', latencyMs: 1 } as const;
  assert.equal(databaseCard({ ...node, version: '0.1.0+b' }).facts, 'last probe 1.0 ms · 0.1.0+b');
  assert.equal(databaseCard({ ...node, state: 'away', version: '0.1.0+b' }).facts, '');
});

describe('the traffic in words', () => {
  it('is not there while nobody tells', () => assert.equal(trafficWords(undefined), undefined));
  it('has a tone: failed is worse than asked again', () => {
    const flow = { perSecond: 0, failedPerSecond: 0, requests: 0, worst: 0, overSeconds: 10, p95: undefined };
    const tone = (failed: number, again: number) =>
      trafficWords({ ...flow, seconds: [], failed, again })?.tone;
    assert.deepEqual([tone(0, 0), tone(0, 2), tone(1, 2)], ['good', 'warn', 'bad']);
    assert.equal(trafficWords({ ...flow, seconds: [], failed: 0, again: 0 })?.worst, '–');
  });
});

it('what is published is said, and that nothing is, and nothing where it is not known', () => {
  assert.equal(publishedWords({ generation: { n: 41, epoch: 57 } }), 'Generation 41 is published.');
  assert.equal(publishedWords({ generation: { n: 0, epoch: 0 } }), 'Nothing is published yet.');
  assert.equal(publishedWords({}), '');
});
