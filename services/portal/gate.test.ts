import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, it } from 'node:test';
import { pino } from 'pino';
import { type Gate, type GateFacts, openGate, planGate } from './gate.ts';

const well: GateFacts = {
  draining: undefined,
  thawedAt: undefined,
  volume: { ok: true, reason: '', at: 100 },
  storing: { ok: true, reason: '' },
  schema: { ok: true, reason: '', at: 100 },
  database: { ok: true, reason: '' },
  generation: undefined,
};
const bad = (reason: string) => ({ ok: false, reason, at: 100 });

describe('planGate', () => {
  const table: [string, Partial<GateFacts>, { full: string[]; reading: string[] }][] = [
    ['opens both when all is well', {}, { full: [], reading: [] }],
    [
      'closes both while draining',
      { draining: 'stopping' },
      {
        full: ['draining: this portal is being stopped'],
        reading: ['draining: this portal is being stopped'],
      },
    ],
    [
      'closes both when an operator asked for it, and says how to end it',
      { draining: 'asked' },
      {
        full: ['drained: an operator asked for it; `npx portico undrain`, or the status page, ends it'],
        reading: ['drained: an operator asked for it; `npx portico undrain`, or the status page, ends it'],
      },
    ],
    [
      'closes both when what is published is not known to be current',
      { generation: 'not confirmed' },
      { full: ['not confirmed'], reading: ['not confirmed'] },
    ],
    [
      'closes both without its volume',
      { volume: bad('no volume') },
      { full: ['no volume'], reading: ['no volume'] },
    ],
    [
      'goes on reading without the database',
      { database: bad('no node') },
      { full: ['no node'], reading: [] },
    ],
    [
      'goes on reading from a volume that is read-only',
      { storing: bad('read-only') },
      { full: ['read-only'], reading: [] },
    ],
    [
      'goes on reading with an old schema',
      { schema: bad('old schema') },
      { full: ['old schema'], reading: [] },
    ],
    [
      'believes nothing that it learned before it stood still',
      { thawedAt: 101 },
      {
        full: [
          'this process stood still, and the volume was not looked at since',
          'this process stood still, and no database node was reached since',
        ],
        reading: [],
      },
    ],
    ['believes what it learned since', { thawedAt: 100 }, { full: [], reading: [] }],
    [
      'gives every reason at once',
      { draining: 'stopping', database: bad('no node'), schema: bad('old schema') },
      {
        full: ['draining: this portal is being stopped', 'no node', 'old schema'],
        reading: ['draining: this portal is being stopped'],
      },
    ],
  ];
  for (const [title, change, reasons] of table) {
    it(title, () => {
      const plan = planGate({ ...well, ...change });
      assert.deepEqual(plan.full, { open: reasons.full.length === 0, reasons: reasons.full });
      assert.deepEqual(plan.reading, { open: reasons.reading.length === 0, reasons: reasons.reading });
    });
  }
});

describe('the gate', () => {
  const ports = { full: 18_181, reading: 18_182 };
  let facts = { ...well };
  /** Monotonic milliseconds, moved by hand: a busy machine must not be taken for a freeze. */
  let time = 1_000;
  const thaws: number[] = [];
  let gate: Gate;
  const open = () => {
    gate = openGate({
      ports,
      host: '127.0.0.1',
      facts: () => facts,
      onThaw: (at) => thaws.push(at),
      log: pino({ level: 'silent' }),
      now: () => time,
    });
  };
  after(() => gate.close());

  it('gives one byte at each open port', async () => {
    open();
    assert.equal(await knock(ports.full), 'byte');
    assert.equal(await knock(ports.reading), 'byte');
  });

  it('refuses at the port that is closed, and only there', async () => {
    facts = { ...well, database: { ok: false, reason: 'no node' } };
    gate.evaluate();
    assert.equal(await knock(ports.full), 'refused');
    assert.equal(await knock(ports.reading), 'byte');
  });

  it('opens again when the facts are well again, by its own tick', async () => {
    facts = { ...well };
    await until(async () => (await knock(ports.full)) === 'byte');
  });

  it('gives no byte after it stood still, even before its tick has noticed', async () => {
    time += 5_000;
    assert.equal(await knock(ports.full), 'nothing');
    await until(async () => thaws.length === 1);
    facts = { ...well, thawedAt: thaws[0] };
    gate.evaluate();
    assert.equal(await knock(ports.full), 'refused');
    facts = { ...facts, volume: { ...well.volume, at: time }, schema: { ...well.schema, at: time } };
    gate.evaluate();
    assert.equal(await knock(ports.full), 'byte');
  });

  it('closes both ports when it is closed', async () => {
    await gate.close();
    assert.equal(await knock(ports.full), 'refused');
    assert.equal(await knock(ports.reading), 'refused');
  });
});

function knock(port: number): Promise<'byte' | 'nothing' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let heard = 0;
    socket.on('data', (chunk) => {
      heard += chunk.length;
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'nothing'),
    );
    socket.on('close', () => resolve(heard === 1 ? 'byte' : 'nothing'));
  });
}

async function until(met: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await met())) {
    assert.ok(performance.now() < deadline, 'it did not come true within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
