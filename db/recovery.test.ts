import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NIL_UUID, type Observation, parseRecovered, type State } from './observation.ts';
import { type Action, type Facts, JOIN_ALONE_MS, MERGE_MS, planRecovery } from './recovery.ts';

const U = '66c7016c-e54b-11f1-8201-1f94f959d86a';
const OTHER = 'ac57a942-e54b-11f1-bfda-436f55fc30d5';
const NAMES = ['db-1', 'db-2', 'db-3'];

/** `stopped 7`, `stopped 7 other`, `primary`, `primary other`, `empty`, `stopped 7 claiming`, `stopped 7 accept-loss`; `-`: no answer. */
function node(name: string, text: string): Observation | undefined {
  if (text === '-') return undefined;
  const [state, ...words] = text.split(' ');
  const seqno = words.find((word) => /^\d+$/.test(word));
  const uuid = words.includes('other') ? OTHER : U;
  const position =
    seqno !== undefined || state === 'primary' ? { uuid, seqno: Number(seqno ?? 9) } : undefined;
  return {
    name,
    state: state as State,
    position,
    synced: state === 'primary',
    claiming: words.includes('claiming'),
    acceptLoss: words.includes('accept-loss'),
  };
}

type Row = [
  title: string,
  nodes: [string, string, string],
  expected: [string, string, string],
  facts?: Partial<Facts>,
];

/** What each of the three decides; a node that does not answer decides nothing (`-`). */
function decide(nodes: string[], facts: Partial<Facts>): { actions: string[]; reasons: string[] } {
  const all = new Map(NAMES.map((name, i) => [name, node(name, nodes[i]!)]));
  const plans = NAMES.map((name) => {
    const self = all.get(name);
    if (self === undefined) return undefined;
    const peers = new Map([...all].filter(([peer]) => peer !== name));
    return planRecovery(self, peers, { born: U, aloneMs: 0, stateMs: 0, ...facts });
  });
  return {
    actions: plans.map((plan) => plan?.action ?? '-'),
    reasons: plans.map((plan) => plan?.reason ?? ''),
  };
}

const UNBORN: Partial<Facts> = { born: undefined };
const LONG: Partial<Facts> = { aloneMs: MERGE_MS, stateMs: MERGE_MS };

const DISASTERS: Row[] = [
  // The first start.
  [
    'three empty nodes, never born: the lowest makes the first data',
    ['empty', 'empty', 'empty'],
    ['initialise', 'wait', 'wait'],
    UNBORN,
  ],
  ['the first start waits for all three', ['empty', 'empty', '-'], ['wait', 'wait', '-'], UNBORN],
  [
    'the first start is not an operator’s to force',
    ['empty accept-loss', 'empty', '-'],
    ['wait', 'wait', '-'],
    UNBORN,
  ],
  ['the first data is being made', ['initialising', 'empty', 'empty'], ['wait', 'wait', 'wait'], UNBORN],
  [
    'killed after the first data, before the first start',
    ['fresh', 'empty', 'empty'],
    ['bootstrap', 'wait', 'wait'],
    UNBORN,
  ],
  [
    'db-1 lost its volume before the first start, db-2 made data',
    ['empty', 'fresh', 'empty'],
    ['wait', 'bootstrap', 'wait'],
    UNBORN,
  ],
  [
    'killed after the first start, before the mark',
    ['stopped 3', 'empty', 'empty'],
    ['bootstrap', 'wait', 'wait'],
    UNBORN,
  ],
  [
    'no mark, but data on a higher node: never a new cluster beside it',
    ['empty', 'empty', 'stopped 0'],
    ['wait', 'wait', 'bootstrap'],
    UNBORN,
  ],

  // One node away.
  ['one killed and back', ['stopped 5', 'primary', 'primary'], ['join', 'keep', 'keep']],
  ['one wiped', ['primary', 'empty', 'primary'], ['keep', 'join', 'keep']],
  ['one away: the others go on', ['primary', 'primary', '-'], ['keep', 'keep', '-']],
  [
    'data that cannot be read is replaced by a peer’s',
    ['primary', 'primary', 'unusable'],
    ['keep', 'keep', 'refill'],
  ],
  ['a donor that is the only one', ['primary', 'joining', 'joining'], ['keep', 'keep', 'keep']],

  // All away.
  [
    'all SIGKILLed: the highest position starts',
    ['stopped 7', 'stopped 9', 'stopped 8'],
    ['wait', 'bootstrap', 'wait'],
  ],
  [
    'all stopped at once: the lowest name on a tie',
    ['stopped 9', 'stopped 9', 'stopped 9'],
    ['bootstrap', 'wait', 'wait'],
  ],
  ['a tie between the higher two', ['stopped 8', 'stopped 9', 'stopped 9'], ['wait', 'bootstrap', 'wait']],
  [
    'numbers are compared as numbers',
    ['stopped 9', 'stopped 10', 'stopped 9'],
    ['wait', 'bootstrap', 'wait'],
  ],
  [
    'stopped one after the other, the last one is not back',
    ['stopped 7', 'stopped 8', '-'],
    ['wait', 'wait', '-'],
  ],
  ['one still reads its position', ['stopped 7', 'stopped 8', 'starting'], ['wait', 'wait', 'wait']],
  [
    'all killed and one wiped: an empty node has nothing to add',
    ['empty', 'stopped 8', 'stopped 7'],
    ['wait', 'bootstrap', 'wait'],
  ],
  ['two wiped', ['empty', 'empty', 'stopped 7'], ['wait', 'wait', 'bootstrap']],
  [
    'all volumes lost after birth: never an empty cluster',
    ['empty', 'empty', 'empty'],
    ['wait', 'wait', 'wait'],
  ],
  [
    'data without a position after birth is not started',
    ['unusable', 'empty', 'empty'],
    ['wait', 'wait', 'wait'],
  ],
  [
    'an unusable node may hold a commit: wait',
    ['stopped 7', 'unusable', 'stopped 7'],
    ['wait', 'wait', 'wait'],
  ],

  // Two may never start.
  ['a peer claims the start', ['stopped 9', 'stopped 9 claiming', 'stopped 9'], ['wait', 'wait', 'wait']],
  [
    'two claim at once: both withdraw',
    ['stopped 9 claiming', 'stopped 9 claiming', 'stopped 9'],
    ['wait', 'wait', 'wait'],
  ],
  [
    'the one that claims is confirmed when nobody else does',
    ['stopped 9 claiming', 'stopped 9', 'stopped 9'],
    ['bootstrap', 'wait', 'wait'],
  ],
  ['a peer is starting the cluster', ['stopped 9', 'bootstrapping', 'stopped 9'], ['wait', 'keep', 'wait']],
  [
    'a peer is still joining somebody who died',
    ['stopped 9', 'stopped 8', 'joining'],
    ['wait', 'wait', 'keep'],
  ],
  [
    'who starts the cluster and finds one there gives way',
    ['bootstrapping', 'primary', 'stopped 8'],
    ['stop', 'keep', 'join'],
  ],

  // Without a quorum.
  ['two killed: the third waits, and goes on reading', ['-', '-', 'non-primary 9'], ['-', '-', 'keep'], LONG],
  [
    'one of the two is back: still one missing',
    ['stopped 9', '-', 'non-primary 9'],
    ['wait', '-', 'keep'],
    LONG,
  ],
  [
    'both are back: the third stops, so that positions are final',
    ['stopped 9', 'stopped 9', 'non-primary 9'],
    ['wait', 'wait', 'stop'],
  ],
  [
    'all run and lost sight of one another: Galera is given time',
    ['non-primary 9', 'non-primary 9', 'non-primary 9'],
    ['keep', 'keep', 'keep'],
  ],
  [
    'and when that did not help, all stop',
    ['non-primary 9', 'non-primary 9', 'non-primary 9'],
    ['stop', 'stop', 'stop'],
    LONG,
  ],
  [
    'a node cut off from a Primary: Galera is given time',
    ['primary', 'primary', 'non-primary 9'],
    ['keep', 'keep', 'keep'],
  ],
  [
    'and when that did not help (galera#207), it joins afresh',
    ['primary', 'primary', 'non-primary 9'],
    ['keep', 'keep', 'stop'],
    LONG,
  ],
  [
    'the donor died: a joiner that is alone stops',
    ['-', 'stopped 9', 'joining'],
    ['-', 'wait', 'stop'],
    { aloneMs: JOIN_ALONE_MS },
  ],

  // Histories.
  [
    'two histories without a mark: nobody starts',
    ['stopped 7', 'stopped 9 other', 'stopped 7'],
    ['wait', 'wait', 'wait'],
    { born: 'e0e0e0e0-0000-0000-0000-000000000000' },
  ],
  [
    'two histories: the mark’s is the cluster’s, however short',
    ['stopped 7', 'stopped 99 other', 'stopped 6'],
    ['bootstrap', 'wait', 'wait'],
  ],
  [
    'a node of a history that was given up is refilled',
    ['primary', 'primary', 'stopped 99 other'],
    ['keep', 'keep', 'refill'],
  ],
  [
    'a node of an unexplained history is not touched',
    ['primary other', 'primary other', 'stopped 9'],
    ['stop', 'stop', 'wait'],
  ],
  [
    'a Primary of a history that was given up stops',
    ['primary', 'primary', 'primary other'],
    ['keep', 'keep', 'stop'],
  ],

  // An operator accepts the loss.
  [
    'one missing and the loss accepted: the higher of the two starts anew',
    ['stopped 7', 'stopped 8 accept-loss', '-'],
    ['wait', 'bootstrap-anew', '-'],
  ],
  ['said on either node', ['stopped 7 accept-loss', 'stopped 8', '-'], ['wait', 'bootstrap-anew', '-']],
  ['two missing and the loss accepted', ['-', '-', 'stopped 8 accept-loss'], ['-', '-', 'bootstrap-anew']],
  [
    'running without a quorum and the loss accepted: stop first',
    ['-', '-', 'non-primary 8 accept-loss'],
    ['-', '-', 'stop'],
  ],
  ['accepted, but a peer is Primary: join', ['stopped 7 accept-loss', 'primary', '-'], ['join', 'keep', '-']],
  [
    'accepted, but all are there: nothing is given up',
    ['stopped 7 accept-loss', 'stopped 8', 'stopped 6'],
    ['wait', 'bootstrap', 'wait'],
  ],
  [
    'accepted with an unusable node',
    ['stopped 7 accept-loss', 'unusable', 'stopped 6'],
    ['bootstrap-anew', 'wait', 'wait'],
  ],
  ['accepted, but nobody holds data', ['empty accept-loss', 'empty', '-'], ['wait', 'wait', '-']],
];

describe('what three nodes decide', () => {
  for (const [title, nodes, expected, facts] of DISASTERS)
    test(`${title}: ${nodes.join(', ')}`, () => {
      const { actions, reasons } = decide(nodes, facts ?? {});
      assert.deepEqual(actions, expected, reasons.join('\n'));
    });
});

describe('whatever the three nodes are', () => {
  const states = ['-', 'empty', 'fresh', 'unusable', 'starting', 'stopped 5', 'stopped 6', 'stopped 6 other'];
  states.push(
    'stopped 6 claiming',
    'stopped 5 accept-loss',
    'joining',
    'bootstrapping',
    'primary',
    'non-primary 6',
  );
  const STARTS: Action[] = ['bootstrap', 'bootstrap-anew', 'initialise'];
  const every = (
    check: (nodes: string[], actions: string[], reasons: string[], facts: Partial<Facts>) => void,
  ) => {
    for (const facts of [{}, UNBORN, LONG, { ...LONG, ...UNBORN }])
      for (const a of states)
        for (const b of states)
          for (const c of states) {
            const { actions, reasons } = decide([a, b, c], facts);
            check([a, b, c], actions, reasons, facts);
          }
  };

  test('at most one starts the cluster', () => {
    every((nodes, actions) => {
      const starters = actions.filter((action) => STARTS.includes(action as Action));
      assert.ok(starters.length <= 1, `${nodes} → ${actions}`);
    });
  });

  test('nobody starts it while mariadbd runs, or may be about to run, on a known peer', () => {
    every((nodes, actions) => {
      actions.forEach((action, i) => {
        if (!STARTS.includes(action as Action)) return;
        const peers = nodes.filter((_, j) => j !== i);
        assert.ok(
          peers.every((peer) => /^(-|empty|fresh|unusable|stopped \d( other| accept-loss)?)$/.test(peer)),
          `${nodes} → ${actions}`,
        );
      });
    });
  });

  test('nobody starts it while a node is unknown, unless an operator accepted the loss', () => {
    every((nodes, actions) => {
      if (!actions.some((action) => STARTS.includes(action as Action)) || !nodes.includes('-')) return;
      assert.ok(
        nodes.some((one) => one.includes('accept-loss')),
        `${nodes} → ${actions}`,
      );
    });
  });

  test('once a cluster was born, an empty node starts nothing', () => {
    every((nodes, actions, _, facts) => {
      if ('born' in facts) return;
      actions.forEach((action, i) => {
        if (STARTS.includes(action as Action)) assert.match(nodes[i]!, /^stopped/, `${nodes} → ${actions}`);
      });
    });
  });

  test('data is discarded only when a Primary peer has a copy', () => {
    every((nodes, actions) => {
      if (actions.includes('refill'))
        assert.ok(
          nodes.some((one) => one.startsWith('primary')),
          `${nodes} → ${actions}`,
        );
    });
  });

  test('a reason is a sentence', () => {
    every((nodes, _, reasons) => {
      nodes.forEach((one, i) => {
        if (one !== '-') assert.match(reasons[i]!, /^\S.*\.$/s);
      });
    });
  });
});

describe('a node that died joins again only when its last run was expelled', () => {
  /** @param peers db-2's and db-3's members and how long ago they were seen; undefined: of the version before */
  const plan = (stateMs: number, ...peers: ([members: string[], ageMs: number] | undefined)[]) => {
    const known = peers.map((seen, i) => ({
      ...node(`db-${i + 2}`, 'primary')!,
      members: seen?.[0],
      membersAgeMs: seen?.[1],
    }));
    const self = node('db-1', 'stopped 5')!;
    const facts = { born: U, aloneMs: 0, stateMs };
    return planRecovery(self, new Map(known.map((peer) => [peer.name, peer])), facts);
  };
  const without = ['db-2', 'db-3'];
  const rows: [title: string, expected: Action, reason: RegExp, ...Parameters<typeof plan>][] = [
    ['both have expelled it', 'join', /joins it/, 1_000, [without, 200], [without, 900]],
    ['one counts it still', 'wait', /^db-2 still counts/, 1_000, [NAMES, 200], [without, 900]],
    ['both count it still', 'wait', /^db-2 and db-3 still count /, 1_000, [NAMES, 200], [NAMES, 900]],
    [
      'both looked before it had ended',
      'wait',
      /as soon as db-2 and db-3 said/,
      500,
      [without, 501],
      [without, 900],
    ],
    ['one has looked since, the other hangs', 'join', /joins it/, 500, [without, 100], [NAMES, 90_000]],
    ['peers of the version before say nothing', 'join', /joins it/, 0, undefined, undefined],
    ['one is of the version before', 'wait', /^db-3 still counts/, 1_000, undefined, [NAMES, 0]],
  ];
  for (const [title, expected, reason, ...given] of rows)
    test(title, () => {
      const decided = plan(...given);
      assert.equal(decided.action, expected, decided.reason);
      assert.match(decided.reason, reason);
    });
});

test('several are spoken of as several', () => {
  assert.match(
    decide(['-', '-', 'stopped 7'], {}).reasons[2]!,
    /^No node is Primary and db-1 and db-2 do not answer, and may hold/,
  );
});

test('who waits says for whom, and what an operator can do', () => {
  const { reasons } = decide(['stopped 7', '-', 'stopped 8'], {});
  assert.equal(
    reasons[0],
    'No node is Primary and db-2 does not answer, and may hold a commit that nobody else has. Start what is missing, or, if its data is lost for good, run `npx portico db recover --accept-loss`.',
  );
});

test('the recovered position is read out of what mariadbd prints', () => {
  const printed = `2026-11-21  1:32:17 0 [Note] Starting MariaDB\n2026-11-21  1:32:18 0 [Note] WSREP: Recovered position: ${U}:3178\n`;
  assert.deepEqual(parseRecovered(printed), { uuid: U, seqno: 3178 });
  assert.deepEqual(parseRecovered(`WSREP: Recovered position: ${NIL_UUID}:-1`), {
    uuid: NIL_UUID,
    seqno: -1,
  });
  assert.deepEqual(parseRecovered(`WSREP: Recovered position: ${U}:17,0-1-5`), { uuid: U, seqno: 17 });
  assert.equal(parseRecovered('[ERROR] Aborting'), undefined);
});
