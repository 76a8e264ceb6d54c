import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { until } from '../../drills/until.ts';
import { EDGE, type TestPortal, testPortal } from '../test-portal.ts';
import { whyNotDrain } from './drain.ts';
import { peerKey, watchDrainOrder } from './drain-order.ts';
import type { PortalStatus } from './types.ts';

const portal = (name: string, state: PortalStatus['state']): PortalStatus => ({
  name,
  state,
  address: '10.0.0.1',
  reasons: [],
  readiness: undefined,
  lastSeenAt: undefined,
});

describe('a portal is drained only while another serves', () => {
  const rows: [title: string, others: PortalStatus[], name: string, refusal: RegExp | undefined][] = [
    ['another serves', [portal('portal-2', 'serving')], 'portal-1', undefined],
    ['it is alone', [], 'portal-1', /only portal that takes everything/],
    ['the other only reads', [portal('portal-2', 'reading')], 'portal-1', /only portal/],
    ['the other is silent', [portal('portal-2', 'silent')], 'portal-1', /only portal/],
    ['it is drained already', [portal('portal-2', 'serving')], 'portal-1', undefined],
    ['there is none of that name', [portal('portal-2', 'serving')], 'portal-9', /no portal portal-9/],
  ];
  for (const [title, others, name, refusal] of rows)
    test(title, () => {
      const why = whyNotDrain([portal('portal-1', 'serving'), ...others], name);
      if (refusal) assert.match(why ?? '', refusal);
      else assert.equal(why, undefined);
    });
});

test('the order is a file: given by hand, it is seen; withdrawn, it is seen as well', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portico-drain-'));
  const file = join(directory, 'drain');
  const told: boolean[] = [];
  const order = watchDrainOrder(file, (given) => told.push(given));
  after(async () => {
    order.close();
    await rm(directory, { recursive: true });
  });
  assert.equal(order.given(), false);
  await writeFile(file, '');
  await until('it is seen', 5_000, async () => order.given() || 'not yet', 20);
  await order.withdraw();
  assert.equal(order.given(), false);
  await order.give();
  await order.give();
  assert.deepEqual(told, [true, false, true]);
});

describe('PUT and DELETE /-/drain', () => {
  let under: TestPortal | undefined;
  after(() => under?.close());
  const send = async (method: string, headers: Record<string, string>) => {
    under ??= await testPortal();
    return (await fetch(`${under.url}/-/drain`, { method, headers })).status;
  };
  const key = { authorization: `Bearer ${peerKey(EDGE)}` };

  test('are not there for whoever has no key, and not through the load balancer', async () => {
    assert.equal(await send('PUT', {}), 404);
    assert.equal(await send('PUT', { authorization: `Bearer ${EDGE}` }), 404);
    assert.equal(await send('PUT', { ...key, 'x-portico-edge': EDGE }), 404);
  });

  test('are taken from another portal', async () => {
    assert.equal(await send('PUT', key), 204);
    assert.equal(await send('DELETE', key), 204);
  });
});
