import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  changesSince,
  mergeEvents,
  NOTHING_COUNTED,
  NOTHING_SEEN,
  type Second,
  type Sighting,
  type SightMemory,
  troubleSince,
} from './changes.js';

const sight = (name: string, change: Partial<Sighting> = {}): Sighting => ({
  name,
  kind: name.startsWith('db-') ? 'database' : name.startsWith('agent-') ? 'agent' : 'portal',
  tone: 'good',
  state: 'serving',
  role: '',
  reason: '',
  ...change,
});
const away = { tone: 'bad', state: 'away', reason: 'it does not answer.' } as const;
const [one, two] = [sight('portal-1'), sight('portal-2')];
const [writer, standby] = [
  sight('db-1', { state: 'synced', role: 'writer' }),
  sight('db-2', { state: 'synced', role: 'standby' }),
];
const [primary, secondary] = [
  sight('agent-1', { state: 'primary', role: 'primary' }),
  sight('agent-2', { state: 'secondary', role: 'secondary' }),
];

/** The sentences of looks that are ten seconds apart, the first of which makes none. */
function told(...looks: Sighting[][]): string[] {
  let memory: SightMemory = NOTHING_SEEN;
  return looks.flatMap((sightings, index) => {
    const step = changesSince(memory, sightings, index * 10_000);
    memory = step.memory;
    return step.events.map(({ text }) => text);
  });
}

describe('between two looks', () => {
  const table: [string, Sighting[][], string[]][] = [
    ['the first says nothing', [[one, { ...two, ...away }]], []],
    ['nothing happened', [[one], [one]], []],
    ['a reason alone is no event', [[{ ...one, ...away }], [{ ...one, ...away, reason: 'for 3 s' }]], []],
    [
      'one went and came back',
      [
        [one, two],
        [one, { ...two, ...away }],
        [one, two],
      ],
      ['portal-2 is away: it does not answer', 'portal-2 is back after 10 s: serving'],
    ],
    [
      'it is away for as long as it was ill, in whatever way',
      [[one], [{ ...one, ...away }], [{ ...one, tone: 'warn', state: 'reading only' }], [one]],
      [
        'portal-1 is away: it does not answer',
        'portal-1 is reading only',
        'portal-1 is back after 20 s: serving',
      ],
    ],
    ['one has come', [[one], [one, two]], ['portal-2 is here: serving']],
    ['one has left', [[one, two], [one]], ['portal-2 has left']],
    [
      'one is gone, and is then forgotten',
      [[one, two], [one, { ...two, tone: 'gone', state: 'gone' }], [one]],
      ['portal-2 is gone'],
    ],
    [
      'one that was never seen well does not come back',
      [[{ ...one, ...away }], [one, { ...two, tone: 'warn', state: 'starting' }], [one, two]],
      ['portal-1 is serving', 'portal-2 is here: starting', 'portal-2 is serving'],
    ],
    [
      'the writer went and another took over, at once',
      [
        [writer, standby],
        [
          { ...writer, ...away, role: '' },
          { ...standby, role: 'writer' },
        ],
      ],
      ['db-1 is away: it does not answer; db-2 takes the writes'],
    ],
    [
      'the writer went, and another took over later',
      [
        [writer, standby],
        [{ ...writer, ...away, role: '' }, standby],
        [
          { ...writer, ...away, role: '' },
          { ...standby, role: 'writer' },
        ],
      ],
      [
        'db-1 is away: it does not answer',
        'no database node takes writes: they wait',
        'db-2 takes the writes',
      ],
    ],
    [
      'nobody took over, and it came back',
      [[writer], [{ ...writer, role: '' }], [{ ...writer, role: '' }], [writer]],
      ['no database node takes writes: they wait', 'db-1 takes the writes again'],
    ],
    [
      'the jobs went to the other agent, both being well',
      [
        [primary, secondary],
        [
          { ...primary, role: 'secondary' },
          { ...secondary, role: 'primary' },
        ],
      ],
      ['agent-2 runs the jobs'],
    ],
    ['a cluster without agents is not said to lack a primary one', [[one], [one]], []],
  ];
  for (const [title, looks, sentences] of table) {
    it(title, () => assert.deepEqual(told(...looks), sentences));
  }
});

describe('from second to second', () => {
  const second = (at: number, change: Partial<Second> = {}): Second => ({
    at,
    requests: 40,
    failed: 0,
    again: 0,
    worst: 9,
    ...change,
  });
  const quiet = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => second(from + index));
  const table: [string, Second[], string[]][] = [
    ['all is well', quiet(0, 9), []],
    [
      'requests failed for a while',
      [second(0), second(1, { failed: 3 }), second(2, { failed: 1 }), ...quiet(3, 9)],
      ['3 requests of 40 failed within a second', 'no more requests fail: 4 did in all, within 2 s'],
    ],
    [
      'a short pause does not end it',
      [second(0, { failed: 1 }), ...quiet(1, 3), second(3, { failed: 1 }), ...quiet(4, 9)],
      ['1 request of 40 failed within a second', 'no more requests fail: 2 did in all, within 4 s'],
    ],
    [
      'what was asked again is said when it is over',
      [second(0, { again: 9 }), second(1, { again: 2 }), ...quiet(2, 9)],
      ['11 requests went to another portal instead, within 2 s'],
    ],
    ['what goes on is not over', [...quiet(0, 3), second(3, { again: 2 })], []],
  ];
  for (const [title, seconds, sentences] of table) {
    it(title, () => {
      const { events } = troubleSince(NOTHING_COUNTED, seconds);
      assert.deepEqual(
        events.map(({ text }) => text),
        sentences,
      );
    });
    it(`${title}, told a second at a time and with what is known already`, () => {
      let memory = NOTHING_COUNTED;
      const texts = seconds.flatMap((_, index) => {
        const step = troubleSince(memory, seconds.slice(0, index + 1));
        memory = step.memory;
        return step.events.map(({ text }) => text);
      });
      assert.deepEqual(texts, sentences);
    });
  }
});

describe('two lists', () => {
  const event = (at: number, text: string, seenBy = 'portal-1') => ({
    at,
    name: 'db-1',
    tone: 'bad' as const,
    text,
    seenBy,
  });
  it('are one, the newest first', () => {
    const merged = mergeEvents([event(1, 'a is away')], [event(3, 'b is away'), event(2, 'c is away')]);
    assert.deepEqual(
      merged.map(({ at }) => at),
      [3, 2, 1],
    );
  });
  it('name once what two portals saw, each at its own time and for its own reason', () => {
    const known = [
      event(10_000, 'db-1 is away: timed out'),
      event(20_000, 'db-1 is back after 10 s: synced'),
    ];
    const more = [
      event(11_200, 'db-1 is away: refused', 'portal-2'),
      event(21_400, 'db-1 is back after 11 s: synced', 'portal-2'),
      event(20_900, '1,204 requests of 1,300 failed within a second', 'portal-2'),
    ];
    assert.deepEqual(mergeEvents(known, more), [more[2], known[1], known[0]]);
    const counted = [event(20_000, '1 request of 9 failed within a second')];
    assert.deepEqual(mergeEvents(counted, [more[2]!]), counted);
  });
  it('name once what one saw at once and the other in two steps', () => {
    const known = [event(1_000, 'db-1 is away: refused; db-2 takes the writes')];
    const more = [
      event(1_200, 'db-1 is away: refused', 'portal-2'),
      event(3_000, 'db-2 takes the writes', 'portal-2'),
    ];
    assert.deepEqual(mergeEvents(known, more), known);
  });
  it('do not take two parts for one', () => {
    const [one, two] = [event(1, 'portal-1 is silent'), event(2, 'portal-2 is silent', 'portal-2')];
    assert.deepEqual(mergeEvents([one], [two]), [two, one]);
  });
  it('name twice what one saw twice, and once what was told twice', () => {
    const [first, again] = [event(1, 'db-1 is away'), event(5_000, 'db-1 is away')];
    assert.deepEqual(mergeEvents([again, first], [first, again]), [again, first]);
  });
  it('keep what happened again later', () => {
    const twice = mergeEvents([event(0, 'db-1 is away')], [event(60_000, 'db-1 is away')]);
    assert.equal(twice.length, 2);
  });
  it('hold only so many', () => {
    const many = Array.from({ length: 9 }, (_, at) => event(at, `${at} is away`));
    assert.deepEqual(
      mergeEvents([], many, { atMost: 2 }).map(({ at }) => at),
      [8, 7],
    );
  });
});
