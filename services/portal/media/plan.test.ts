import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, type Observation, planBrake, planReconcile, type Survey } from './plan.ts';

const MINUTE = 60_000;
const GRACE = 10 * MINUTE;
const both = { row: true, blob: true };
const neither = { row: false, blob: false };

type Seen = Omit<Observation, 'trashed'> & { trashed?: boolean };

const cases: [title: string, seen: Seen, action: Action, reason: RegExp][] = [
  ['a whole file is left alone', { record: 'media', ageMs: 0, ...both }, 'nothing', /whole/],
  ['an upload under way is waited for', { record: 'media', ageMs: MINUTE, ...neither }, 'wait', /under way/],
  [
    'so is one whose blob is there already',
    { record: 'media', ageMs: MINUTE, row: false, blob: true },
    'wait',
    /under way/,
  ],
  [
    'a sidecar that has no row after the grace is registered',
    { record: 'media', ageMs: GRACE, row: false, blob: true },
    'register',
    /row is missing/,
  ],
  [
    'so is one from far in the future',
    { record: 'media', ageMs: -2 * GRACE, row: false, blob: true },
    'register',
    /row/,
  ],
  [
    'one that has no blob either is buried',
    { record: 'media', ageMs: GRACE, ...neither },
    'settle',
    /never arrived/,
  ],
  [
    'a row without its blob is reported',
    { record: 'media', ageMs: GRACE, row: true, blob: false },
    'report-missing-blob',
    /blob is missing/,
  ],
  [
    'a refused upload is settled at once',
    { record: 'refused', ageMs: 0, row: false, blob: true },
    'settle',
    /refused/,
  ],
  [
    'a refused upload whose commit had happened is kept',
    { record: 'refused', ageMs: 0, ...both },
    'nothing',
    /turned out/,
  ],
  [
    'a deleted file stays deleted',
    { record: 'tombstone', ageMs: 0, row: false, blob: true },
    'nothing',
    /deleted/,
  ],
  [
    'a deleted file whose row came back loses it',
    { record: 'tombstone', ageMs: 0, ...both },
    'delete-row',
    /still there/,
  ],
  [
    'a row without sidecar gets it again',
    { record: 'none', ageMs: 0, ...both },
    'write-sidecar',
    /sidecar is missing/,
  ],
  [
    'a row without anything is reported',
    { record: 'none', ageMs: 0, row: true, blob: false },
    'report-missing-blob',
    /blob and its sidecar/,
  ],
  [
    'a blob that was collected, and is named again, is brought back',
    { record: 'media', ageMs: 0, row: true, blob: false, trashed: true },
    'restore-blob',
    /collected/,
  ],
  [
    'so is one that only a row names',
    { record: 'none', ageMs: 0, row: true, blob: false, trashed: true },
    'restore-blob',
    /collected/,
  ],
  [
    'one of a deleted file is not',
    { record: 'tombstone', ageMs: 0, ...neither, trashed: true },
    'nothing',
    /deleted/,
  ],
  ['nothing is nothing', { record: 'none', ageMs: 0, ...neither }, 'nothing', /nobody/],
  [
    'a record that cannot be read is never acted on',
    { record: 'damaged', ageMs: GRACE, ...both },
    'report-damaged-record',
    /tombstone/,
  ],
];

for (const [title, seen, action, reason] of cases) {
  test(title, () => {
    const plan = planReconcile({ trashed: false, ...seen }, GRACE);
    assert.equal(plan.action, action);
    assert.match(plan.reason, reason);
  });
}

const calm: Survey = {
  records: 1000,
  rows: 1000,
  rowsWithoutBlob: 0,
  rowsWithoutRecord: 0,
  strandedRecords: 0,
};
const brakes: [title: string, survey: Partial<Survey>, stops: RegExp | undefined][] = [
  ['all is well', {}, undefined],
  ['a few lost files are healed or reported', { rowsWithoutBlob: 20, rows: 20 }, undefined],
  ['a tenth of many is not a mass', { rowsWithoutBlob: 100 }, undefined],
  ['more is', { rowsWithoutBlob: 101 }, /101 of 1000 files have lost their bytes/],
  ['all blobs gone', { rowsWithoutBlob: 1000 }, /lost their bytes/],
  ['all records gone', { records: 0, rowsWithoutRecord: 1000 }, /lost their record/],
  ['fifty uploads cut short in an empty portal', { records: 50, rows: 0, strandedRecords: 50 }, undefined],
  ['database and blobs gone together', { rows: 0, strandedRecords: 1000 }, /neither a row nor bytes/],
  ['a new portal', { records: 0, rows: 0 }, undefined],
];

for (const [title, survey, stops] of brakes) {
  test(`the brake: ${title}`, () => {
    const reason = planBrake({ ...calm, ...survey });
    if (stops) assert.match(reason ?? 'went on', stops);
    else assert.equal(reason, undefined);
  });
}
