import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, it } from 'node:test';
import type { PorticoError } from '../platform/errors.ts';
import { createSpecReader } from './reader.ts';
import { createRoom, type Room } from './room.ts';
import { fixture } from './test-specs.ts';

/** About 10 MB, with 1,000 operations. */
function large(): Buffer {
  const text = 'What it does, at some length. '.repeat(290);
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } };
  const operation = (n: number) => ({
    operationId: `op${n}`,
    description: text,
    responses: { 200: { description: 'ok', content } },
  });
  const paths = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, n) => [`/p${n}`, { get: operation(n) }]),
  );
  const schemas = { Thing: { type: 'object', properties: { id: { type: 'string' } } } };
  const info = { title: 'Large', version: '1' };
  return Buffer.from(JSON.stringify({ openapi: '3.1.0', info, paths, components: { schemas } }));
}

describe('reading beside everything else', () => {
  it('a description of 10 MB with 1,000 operations does not hold up this thread', async (t) => {
    const bytes = large();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const began = performance.now();
    const reading = await createSpecReader().read({ name: 'large.json', bytes });
    delay.disable();
    t.diagnostic(
      `${(bytes.length / 1e6).toFixed(1)} MB in ${Math.round(performance.now() - began)} ms; this thread was late by ${Math.round(delay.max / 1e6)} ms at most`,
    );
    assert.deepEqual([reading.operations, reading.problems], [1_000, []]);
    // Promised are 50 ms; a busy machine may hold up any thread for longer.
    assert.ok(delay.percentile(99) / 1e6 < 50, `${delay.percentile(99) / 1e6} ms`);
  });

  it('one that takes too long is given up, and the next one is read', async () => {
    const impatient = createSpecReader({ deadlineMs: 1 });
    const { problems } = await impatient.read({ name: 'a.yaml', bytes: fixture('uspto.yaml') });
    assert.match(problems[0]!.sentence, /longer than 0\.001 s/);
    const { title } = await createSpecReader().read({ name: 'a.yaml', bytes: fixture('uspto.yaml') });
    assert.equal(title, 'USPTO Data Set API');
  });

  it('one that takes too much memory is given up, and this process lives', async () => {
    const { problems } = await createSpecReader({ maxHeapMb: 24 }).read({
      name: 'large.json',
      bytes: large(),
    });
    assert.match(problems[0]!.sentence, /more than 24 MB of memory/);
  });

  it('an example that would fill the memory is not made', async () => {
    const schema = {
      type: 'array',
      minItems: 2_000_000_000,
      items: { type: 'string', minLength: 2_000_000_000 },
    };
    const bytes = Buffer.from(
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'T', version: '1' },
        paths: {},
        components: { schemas: { Huge: schema } },
      }),
    );
    const reading = await createSpecReader({ deadlineMs: 30_000, maxHeapMb: 256 }).read({
      name: 'a.json',
      bytes,
    });
    assert.deepEqual([reading.problems, reading.title], [[], 'T']);
  });

  it('whose turn does not come soon is told to come again, and those behind are read', async () => {
    const reader = createSpecReader({ turnMs: 50 });
    const slow = reader.read({ name: 'large.json', bytes: large() });
    const one = { name: 'a.yaml', bytes: fixture('tictactoe.yaml') };
    await assert.rejects(reader.read(one), (error: PorticoError) => error.code === 'busy');
    assert.equal((await slow).operations, 1_000);
    assert.equal((await reader.read(one)).title, 'Tic Tac Toe');
  });
});

describe('the room for descriptions', () => {
  const refused = (error: PorticoError) => error.code === 'busy' && error.retryAfter === 10;
  /** Work that ends when it is told to. */
  const held = (room: Room, bytes: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = room.hold(bytes, () => promise);
    return { done, end: resolve };
  };

  it('refuses at once what does not fit beside the others, and takes it when they are gone', async () => {
    const room = createRoom({ maxBytes: 100 });
    const first = held(room, 60);
    await assert.rejects(room.hold(41, assert.fail), refused);
    const second = held(room, 40);
    first.end();
    await first.done;
    assert.equal(await room.hold(60, async () => 'fits'), 'fits');
    second.end();
    await second.done;
    assert.equal(await room.hold(100, async () => 'alone'), 'alone');
  });

  it('has so many places, however small the descriptions are', async () => {
    const room = createRoom({ maxBytes: 100, maxRequests: 2 });
    const two = [held(room, 1), held(room, 1)];
    await assert.rejects(room.hold(1, assert.fail), refused);
    for (const one of two) one.end();
    await Promise.all(two.map(({ done }) => done));
    assert.equal(await room.hold(1, async () => 'there is one'), 'there is one');
  });

  it('is left by work that fails', async () => {
    const room = createRoom({ maxBytes: 1 });
    await assert.rejects(
      room.hold(1, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.equal(await room.hold(1, async () => 'again'), 'again');
  });
});
