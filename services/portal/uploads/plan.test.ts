import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HoldPlan, PATIENCE_MS, planHold, STILL_MS, type Wait } from './plan.ts';
import type { UploadRow } from './types.ts';

const free = { holder: undefined, size: 100, received: 40, state: 'open' } as const;
const held = { ...free, holder: 'portal-1/x' } as const;
const full = { ...free, received: 100 } as const;
const now = 100_000;
const fresh: Wait = { since: now, stillSince: now };
const still: Wait = { since: now - STILL_MS, stillSince: now - STILL_MS };
const patient: Wait = { since: now - PATIENCE_MS, stillSince: now - 10 };

type Row = Pick<UploadRow, 'holder' | 'size' | 'received' | 'state'>;
const table: [
  title: string,
  row: Row,
  wait: Wait,
  writes: boolean,
  plan: HoldPlan['action'],
  reason: RegExp,
][] = [
  ['nobody writes it', free, fresh, true, 'take', /nobody/],
  ['nobody writes it, and it is only asked for', free, fresh, false, 'look', /nobody/],
  ['somebody writes it', held, fresh, true, 'wait', /asked to let go/],
  ['somebody writes it, and it is only asked for', held, fresh, false, 'wait', /asked to let go/],
  ['its holder shows no life', held, still, true, 'take', /no life/],
  ['its holder shows no life, and it is only asked for', held, still, false, 'look', /no life/],
  ['its holder lives and does not let go', held, patient, true, 'take', /did not let go/],
  [
    'its length is not known, and nobody writes it',
    { ...free, size: undefined },
    fresh,
    false,
    'look',
    /nobody/,
  ],
  ['full, and its portal died before it was a file', full, fresh, false, 'take', /nobody/],
  ['full, and its holder froze', { ...full, holder: 'portal-1/x' }, still, false, 'take', /no life/],
  [
    'full, and another is at it',
    { ...full, holder: 'portal-1/x' },
    patient,
    true,
    'busy',
    /into the library/,
  ],
  ['finished', { ...full, state: 'finished' }, fresh, true, 'look', /end/],
  ['failed, with a holder that died', { ...full, holder: 'x', state: 'failed' }, still, true, 'look', /end/],
];
for (const [title, row, wait, writes, action, reason] of table) {
  test(`${title}: ${action}`, () => {
    const plan = planHold(row, wait, now, writes);
    assert.equal(plan.action, action);
    assert.match(plan.reason, reason);
  });
}
