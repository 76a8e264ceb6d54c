import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createChronicle } from './chronicle.ts';
import type { ClusterStatus } from './types.ts';

const node = { state: 'synced', reason: 'synced', latencyMs: 1 } as const;
const cluster = (change: Partial<ClusterStatus> = {}): ClusterStatus => ({
  observer: 'portal-1',
  at: '',
  state: 'ok',
  portals: [],
  agents: [],
  balancers: [
    {
      name: 'lb',
      address: '',
      state: 'serving',
      reasons: [],
      portals: { open: 2, known: 2 },
      version: '0.1.0',
      lastSeenAt: undefined,
    },
  ],
  jobs: [],
  database: {
    writer: 'db-1',
    nodes: [
      { ...node, name: 'db-1', role: 'writer' },
      { ...node, name: 'db-2', role: 'standby' },
    ],
  },
  volume: { ok: true, reason: '', freeBytes: 1 },
  alarms: [],
  traffic: undefined,
  events: [],
  ...change,
});
const second = { at: 900, requests: 40, failed: 2, again: 0, worst: 9 };
const failing = {
  seconds: [second],
  perSecond: 40,
  failedPerSecond: 2,
  requests: 40,
  failed: 2,
  again: 0,
  p95: 9,
  worst: 9,
  overSeconds: 10,
};

it('a portal remembers what it saw for an hour, in its own name', () => {
  const chronicle = createChronicle();
  const at = (ms: number) => new Date(1_000_000 + ms);
  const note = (seen: ClusterStatus, now: Date, tookMs = 20) => {
    chronicle.note(seen, now, tookMs);
    return chronicle.events(now);
  };
  assert.deepEqual(note(cluster(), at(0)), []);
  const failover = cluster({
    database: {
      writer: 'db-2',
      nodes: [
        { ...node, name: 'db-1', state: 'away', reason: 'cannot be reached', role: 'none' },
        { ...node, name: 'db-2', role: 'writer' },
      ],
    },
    volume: { ok: false, reason: 'It is not mounted.', freeBytes: undefined },
    traffic: failing,
  });
  const texts = note(failover, at(1_000)).map(({ text }) => text);
  assert.deepEqual(texts, [
    'the volume is not usable: It is not mounted',
    'db-1 is away: cannot be reached; db-2 takes the writes',
    '2 requests of 40 failed within a second',
  ]);
  const again = note(failover, at(2_000));
  assert.deepEqual(
    again.map(({ text, seenBy }) => [text, seenBy]),
    texts.map((text) => [text, 'portal-1']),
    'nothing is noted twice',
  );
  const still = note(cluster({ balancers: [] }), at(7_000), 6_000);
  assert.deepEqual(still, again, 'while it stood still itself it saw nothing of the others');
  const healed = note(cluster({ traffic: failing }), at(9_000));
  assert.equal(healed[0]?.text, 'db-1 takes the writes');
  assert.deepEqual(
    note(cluster(), at(3_605_000)).map(({ text }) => text),
    ['db-1 takes the writes', 'the volume is back after 8 s: there', 'db-1 is back after 8 s: synced'],
  );
});

it('one look that finds a part silent is not believed, and a second one is', () => {
  const chronicle = createChronicle();
  const [balancer] = cluster().balancers;
  const look = (state: 'serving' | 'silent' | 'gone', ms: number) => {
    const at = new Date(1_000_000 + ms);
    chronicle.note(
      cluster({ balancers: [{ ...balancer!, state, reasons: ['lb gave no answer.'] }] }),
      at,
      20,
    );
    return chronicle.events(at).map((event) => `${event.at - 1_000_000} ${event.text}`);
  };
  assert.deepEqual(look('serving', 0), []);
  assert.deepEqual(look('silent', 1_000), []);
  assert.deepEqual(look('serving', 2_000), []);
  assert.deepEqual(look('silent', 3_000), []);
  const gone = '3000 lb is silent: it gave no answer';
  assert.deepEqual(look('silent', 4_500), [gone], 'it was silent from the first of the two on');
  assert.deepEqual(look('silent', 6_000), [gone]);
  const forgotten = '7000 lb is gone: it gave no answer';
  assert.deepEqual(look('gone', 7_000), [forgotten, gone]);
  assert.deepEqual(look('serving', 8_000), ['8000 lb is back after 3 s: serving', forgotten, gone]);
});
