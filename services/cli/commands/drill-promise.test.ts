import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from '../../drills/faults.ts';
import { promisesOf } from './drill-promise.ts';

const stalls = (text?: string) => promisesOf(text)(faultOf('portal-1', 'killed')).promise(undefined).stallMs;

test('numbers of one’s own take the place of the promise, kind by kind', () => {
  assert.equal(stalls().page, 500);
  const { page, write, media } = stalls('page=100, write=2500');
  assert.deepEqual([page, write, media], [100, 2_500, 500]);
});

for (const wrong of ['page', 'pages=1', 'page=fast', 'page=1=2', ''])
  test(`"${wrong}" is refused with a sentence`, () => {
    assert.throws(() => stalls(wrong), /--promise takes pairs like page=100/);
  });
