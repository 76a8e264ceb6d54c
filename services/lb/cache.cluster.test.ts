/** What the load balancer keeps of the portals' answers, and how old it may get. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../drills/until.ts';
import { Rig } from './fake-portals.ts';

let rig: Rig;
before(async () => {
  rig = await Rig.up(2);
});
after(() => rig?.cluster.destroy());

const header = (answer: { headers: Record<string, unknown> }, name: string) => answer.headers[name];

async function twice(path: string, headers: Record<string, string> = {}): Promise<'kept' | 'asked again'> {
  const [one, two] = [await rig.ask(path, { headers }), await rig.ask(path, { headers })];
  return one.text() === two.text() ? 'kept' : 'asked again';
}

test('what is marked for shared caches is kept; nothing else is, and nobody who says who he is gets it', async () => {
  assert.equal(await twice('/public-long?1'), 'kept');
  assert.equal(await twice('/public-long?2', { cookie: '__Host-portico-hint=1' }), 'kept');
  assert.equal(await twice('/public-long?2', { cookie: 'a=b; __Host-portico=s' }), 'asked again');
  assert.equal(await twice('/public-long?2', { authorization: 'Bearer t' }), 'asked again');
  assert.equal(await twice('/public-with-cookie'), 'asked again');
  assert.equal(await twice('/asset'), 'asked again');
  const [one, two] = [await rig.ask('/public-long?1'), await rig.ask('/public-long?1')];
  assert.notEqual(header(one, 'x-request-id'), header(two, 'x-request-id'));
});

test('a copy that nobody asked for since is not shown once more: it may be of what was published long before', async () => {
  const first = (await rig.ask('/public')).text();
  const asked = performance.now();
  // s-maxage=1, stale-while-revalidate=2, and nginx counts whole seconds.
  await until('the copy is too old', 10_000, async () => performance.now() - asked > 4_500 || 'not yet');
  assert.notEqual((await rig.ask('/public')).text(), first);
});

test('after a new activation nothing older is answered from the cache, and the world is not told of it', async () => {
  assert.equal(await twice('/public-long?epoch'), 'kept');
  const old = (await rig.ask('/public-long?epoch')).text();
  assert.equal(header(await rig.ask('/epoch?is=7'), 'x-portico-epoch'), undefined);
  const fresh = (await rig.ask('/public-long?epoch')).text();
  assert.notEqual(fresh, old);
  await rig.ask('/epoch?is=6'); // a portal that was frozen says what it knew
  await until(
    'copies are answered with again',
    10_000,
    async () => (await twice('/public-long?epoch')) === 'kept' || 'not yet',
  );
  assert.notEqual((await rig.ask('/public-long?epoch')).text(), old);
  assert.equal((await rig.ask('/epoch?is=7')).status, 200);
  assert.equal(await twice('/public-long?epoch'), 'kept', 'what is known already changes nothing');
});
