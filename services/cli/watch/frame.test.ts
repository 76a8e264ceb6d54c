import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { ClusterEvent } from '../../portal/assets/changes.js';
import type { Flow } from '../../portal/assets/traffic.js';
import { frame, type Scene } from './frame.ts';
import { bars, paint, squeeze } from './paint.ts';
import type { Row } from './sightings.ts';

const row = (name: string, kind: Row['kind'], change: Partial<Row> = {}): Row => ({
  name,
  kind,
  tone: 'good',
  state: 'serving',
  role: '',
  reason: '',
  facts: '',
  ...change,
});
const flow: Flow = {
  seconds: Array.from({ length: 60 }, (_, index) => ({
    at: 1_000 + index,
    requests: 100 + index,
    failed: index === 40 ? 3 : 0,
    again: index === 40 ? 12 : 0,
    worst: index === 40 ? 1_240 : 20,
  })),
  perSecond: 157.2,
  failedPerSecond: 0,
  requests: 7_770,
  failed: 3,
  again: 12,
  p95: 35,
  worst: 20,
  overSeconds: 10,
};
const event = (at: number, text: string): ClusterEvent => ({ at, name: 'db-1', tone: 'bad', text });
const at = new Date(2026, 0, 1, 10, 41, 9);
const scene: Scene = {
  project: 'portico',
  address: 'https://localhost:8443',
  at,
  state: 'degraded',
  rows: [
    row('lb', 'balancer', { facts: '1 of 2 portals open' }),
    row('portal-1', 'portal', { facts: '78 requests/s' }),
    row('portal-2', 'portal', {
      tone: 'bad',
      state: 'closed',
      reason:
        'no synced database node is reached (db-1 cannot be reached: connect ETIMEDOUT; db-2 not synced; db-3 away)',
    }),
    row('agent-1', 'agent', { state: 'primary', role: 'primary', facts: 'runs the jobs' }),
    row('db-1', 'database', { tone: 'bad', state: 'killed', reason: 'exit 137' }),
    row('db-2', 'database', { state: 'synced', role: 'writer', facts: 'takes the writes' }),
  ],
  flow,
  events: [
    event(at.getTime() - 1_000, 'db-1 is killed: exit 137; db-2 takes the writes'),
    ...Array.from({ length: 60 }, (_, index) => event(at.getTime() - 9_000, `event ${index} of many`)),
  ],
  fault: '',
  hint: 'q leaves',
};

describe('a frame', () => {
  for (const width of [20, 60, 80, 140]) {
    for (const height of [10, 24, 50]) {
      it(`of ${width} × ${height} is exactly as high as the window, and nothing in it wraps`, () => {
        const lines = frame(scene, { width, height, colour: false });
        assert.equal(lines.length, height);
        for (const line of lines) assert.ok([...line].length <= width, `${[...line].length}: ${line}`);
      });
    }
    it(`of ${width} columns says the same in colour`, () => {
      const window = { width, height: 24 };
      const [bare, coloured] = [false, true].map((colour) => frame(scene, { ...window, colour }));
      assert.deepEqual(
        coloured!.map((line) => stripVTControlCharacters(line).trimEnd()),
        bare,
      );
      assert.notDeepEqual(coloured, bare);
      // No colour runs over the end of its line.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
      for (const line of coloured!) assert.doesNotMatch(line, /\x1b\[(?!0m|39m|22m|49m)[\d;]*m[^\x1b]*$/);
    });
  }

  it('shows every part, its reason, the traffic and what happened', () => {
    const text = frame(scene, { width: 140, height: undefined, colour: false }).join('\n');
    for (const expected of [
      /^Portico {2}portico {2}https:\/\/localhost:8443 +10:41:09$/m,
      /^▲ Something is away, and the cluster serves\. {2}portal-2, db-1$/m,
      /^requests +[▁-█]{60} {2}157\/s$/m,
      /^failed +▁{40}█▁{19} {2}0\/s, 3 in a minute, 12 asked again$/m,
      /^longest +[▁-█]{60} {2}20 ms, 95 % within 35 ms$/m,
      /^LB +● lb +serving +1 of 2 portals open$/m,
      /^portals +● portal-1 +serving +78 requests\/s$/m,
      /^ {10}✗ portal-2 +closed +no synced database node is reached/m,
      /^database +✗ db-1 +killed +exit 137$/m,
      /^10:41:08 ✗ db-1 is killed: exit 137; db-2 takes the writes$/m,
      /event 59 of many/,
    ])
      assert.match(text, expected);
  });

  it('keeps the newest events where there is no room for all', () => {
    const lines = frame(scene, { width: 80, height: 18, colour: false });
    assert.ok(lines.some((line) => line.includes('db-2 takes the writes')));
    assert.equal(lines.at(-1), 'q leaves');
  });

  it('says what keeps it from seeing, and that nobody counts', () => {
    const blind = { ...scene, fault: 'The container engine does not answer: it is gone', flow: undefined };
    const text = frame(blind, { width: 80, height: undefined, colour: false }).join('\n');
    assert.match(text, /^✗ The container engine does not answer: it is gone$/m);
    assert.match(text, /^requests +no load balancer says what it counts$/m);
  });
});

describe('a line', () => {
  it('that is cut says so', () => {
    assert.equal(paint([{ text: 'abcdef' }, { text: 'ghi' }], 8, false), 'abcdefg…');
    assert.equal(paint([{ text: 'abcdef' }, { text: 'gh' }], 8, false), 'abcdefgh');
  });
  it('holds nothing that moves the cursor, and no letter of two columns', () => {
    assert.equal(paint([{ text: 'a\x1b[2Jb\r\nc\u200bd漢🙂e' }], 40, false), 'a[2Jb  cd??e');
  });
});

describe('bars', () => {
  const table: [number[], number, string][] = [
    [[0, 1, 50, 100], 100, '▁▂▅█'],
    [[0, 0], 1, '▁▁'],
    [[1], 10_000, '▂'],
  ];
  for (const [values, top, drawn] of table)
    it(`${values} of ${top}`, () => assert.equal(bars(values, top), drawn));

  it('are squeezed into the room, and what is worst is seen', () => {
    assert.deepEqual(squeeze([1, 2, 3, 4, 9, 5], 6), [1, 2, 3, 4, 9, 5]);
    assert.deepEqual(squeeze([1, 2, 3, 4, 9, 5], 3), [2, 4, 9]);
    assert.deepEqual(squeeze([7, 1, 2, 3, 4], 2), [7, 4]);
  });
});
