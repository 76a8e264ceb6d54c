import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choose, rank } from './ranking.ts';
import { type Standing, unknownStanding } from './standing.ts';

type Mark = 'synced' | 'donor' | 'held' | 'away' | 'unfit';
const nodes = (...marks: Mark[]) =>
  marks.map((mark, index) => {
    const state = mark === 'donor' ? 'synced' : mark;
    const standing: Standing = { ...unknownStanding, state, donor: mark === 'donor' };
    return { name: `db-${index + 1}`, standing };
  });

describe('the ranking of nodes', () => {
  const table: { marks: Mark[]; writer: string | undefined; causal: string[]; loose: string[] }[] = [
    {
      marks: ['synced', 'synced', 'synced'],
      writer: 'db-1',
      causal: ['db-1', 'db-2', 'db-3'],
      loose: ['db-2', 'db-3', 'db-1'],
    },
    {
      marks: ['held', 'synced', 'synced'],
      writer: 'db-2',
      causal: ['db-2', 'db-3'],
      loose: ['db-3', 'db-2'],
    },
    { marks: ['donor', 'away', 'synced'], writer: 'db-3', causal: ['db-3'], loose: ['db-3'] },
    { marks: ['donor', 'unfit', 'away'], writer: 'db-1', causal: ['db-1'], loose: ['db-1'] },
    { marks: ['held', 'unfit', 'away'], writer: undefined, causal: [], loose: [] },
  ];
  for (const { marks, writer, causal, loose } of table) {
    it(`${marks.join(', ')} → ${writer ?? 'no'} writes`, () => {
      assert.deepEqual(rank(nodes(...marks)), { writer, causalReaders: causal, looseReaders: loose });
    });
  }

  it('lets a caller avoid the node that just failed it, unless there is no other', () => {
    assert.equal(choose(['db-1', 'db-2'], 'db-1'), 'db-2');
    assert.equal(choose(['db-1'], 'db-1'), 'db-1');
    assert.equal(choose([], 'db-1'), undefined);
  });
});
