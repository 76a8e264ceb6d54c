import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmIn, sortAlarms } from './false-alarms.ts';

const json = (fields: object) => JSON.stringify(fields);
const table: [title: string, line: string, alarm: RegExp | undefined][] = [
  [
    'the load balancer took a portal out',
    '2026/11/21 06:00:00 [warn] 7#7: [lua] checks.lua:66: portal 10.0.0.3 full down: no byte, context: ngx.timer',
    /10\.0\.0\.3 full down/,
  ],
  ['and back in, which is no alarm of its own', '[warn] [lua] portal 10.0.0.3 full up: open', undefined],
  ['a portal gave no byte for long', '[warn] portal 10.0.0.3 is silent: took back 3 connections', /silent/],
  [
    'a router gave a database node up',
    json({ level: 'warn', database: 'db-2', state: 'away', msg: 'db-2 gave no answer within 2000 ms' }),
    /db-2 gave no answer/,
  ],
  [
    'a router found one synced',
    json({ level: 'info', database: 'db-2', state: 'synced', msg: 'db-2 synced' }),
    undefined,
  ],
  [
    'the lease changed hands',
    json({ lease: 'agent', msg: 'primary: agent-1 has shown no life for 10 s' }),
    /no life/,
  ],
  ['a request was served', json({ level: 'info', msg: 'signed in', user: 'ada' }), undefined],
  ['what the database says of itself', '2026-11-21 6:00:00 0 [Note] WSREP: view(...)', undefined],
  ['half a line', '{"level":"warn","database":"db-', undefined],
];
for (const [title, line, alarm] of table) {
  test(title, () => {
    const found = alarmIn(line);
    if (alarm) assert.match(found ?? '', alarm);
    else assert.equal(found, undefined);
  });
}

const stalls = [
  { from: 10_000, to: 11_000 },
  { from: 30_000, to: 30_400 },
];
const sorting: [title: string, at: number, explained: boolean][] = [
  ['an alarm before the machine stood still is false', 9_999, false],
  ['one while it stood still is explained', 10_500, true],
  ['so is one that is its consequence', 15_900, true],
  ['one long after it is false', 16_001, false],
  ['a stall shorter than the detection explains nothing', 30_200, false],
];
for (const [title, at, explained] of sorting) {
  test(title, () => {
    const told = sortAlarms([{ at, sentence: 'x' }], stalls);
    assert.deepEqual(
      told,
      explained ? { falseAlarms: [], explained: ['x'] } : { falseAlarms: ['x'], explained: [] },
    );
  });
}
