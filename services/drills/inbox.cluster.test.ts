import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fixture } from '../specs/test-specs.ts';
import type { Uploaded } from './client.ts';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

let client: TestCluster;
before(async () => {
  client = await testCluster();
});
after(() => cleanUp(client, 'inbox-'));

test('a file that is copied into inbox/ shows up in the library of every portal, once, and leaves the inbox', async () => {
  const name = `inbox-${randomBytes(4).toString('hex')}.txt`;
  const text = `Copied in by hand. ${randomBytes(8).toString('hex')}\n`;
  await client.cluster.exec('portal-1', ['sh', '-c', `cat > "/data/inbox/${name}"`], text);

  const authorization = `Bearer ${await client.token()}`;
  const found = async (portal: string) => {
    const answer = await client.askPortal(portal, `/api/v1/media?search=${name}`, {
      headers: { authorization },
    });
    return answer.json<{ items: Uploaded[] }>().items;
  };
  for (const portal of ['portal-1', 'portal-2']) {
    const ms = await until(`${portal} lists ${name}`, 20_000, async () =>
      (await found(portal)).length > 0 ? true : 'it does not',
    );
    assert.ok(ms < 20_000);
    const [item, ...more] = await found(portal);
    assert.equal(more.length, 0);
    assert.equal(item?.sha256, createHash('sha256').update(text).digest('hex'));
    assert.equal((await client.askPortal(portal, String(item?.url))).text(), text);
  }
  const left = await client.cluster.exec('portal-1', ['find', '/data/inbox', '-name', name]);
  assert.equal(left, '');
});

test('a description that is copied into inbox/ becomes a draft of its API, and no media', async () => {
  const title = `Inbox ${randomBytes(4).toString('hex')}`;
  const text = fixture('tictactoe.yaml').toString().replace('title: Tic Tac Toe', `title: ${title}`);
  const file = `${title.toLowerCase().replace(' ', '-')}.yaml`;
  await client.cluster.exec('portal-1', ['sh', '-c', `cat > "/data/inbox/${file}"`], text);
  const authorization = `Bearer ${await client.token('publisher')}`;
  const ask = (path: string, method = 'GET') => client.ask(path, { method, headers: { authorization } });
  let name = '';
  await until('the catalogue lists it', 20_000, async () => {
    const { items } = (await ask('/api/v1/apis?limit=100')).json<{
      items: { name: string; title: string }[];
    }>();
    name = items.find((api) => api.title === title)?.name ?? '';
    return name !== '' || 'it does not';
  });
  const { items } = (await ask(`/api/v1/apis/${name}/versions`)).json<{
    items: { name: string; operations: number }[];
  }>();
  assert.deepEqual(
    items.map((version) => [version.name, version.operations]),
    [['1.0.0', 4]],
  );
  assert.deepEqual((await ask(`/api/v1/media?search=${file}`)).json<{ items: unknown[] }>().items, []);
  assert.equal(await client.cluster.exec('portal-1', ['find', '/data/inbox', '-name', file]), '');
  assert.equal((await ask(`/api/v1/apis/${name}`, 'DELETE')).status, 204);
});

test('a file that cannot become media is moved to inbox/rejected with the reason beside it', async () => {
  const name = `inbox-empty-${randomBytes(4).toString('hex')}.txt`;
  await client.cluster.exec('portal-1', ['sh', '-c', `: > "/data/inbox/${name}"`]);
  let reason = '';
  await until('the empty file is rejected', 20_000, async () => {
    const files = await client.cluster.exec('portal-2', [
      'find',
      '/data/inbox/rejected',
      '-name',
      `*${name}*`,
    ]);
    const note = files.split('\n').find((file) => file.endsWith('.reason.txt'));
    if (note) reason = await client.cluster.exec('portal-2', ['cat', note]);
    return note ? true : 'there is no reason yet';
  });
  assert.match(reason, /empty/i);
  await client.cluster.exec('portal-1', ['find', '/data/inbox/rejected', '-name', `*${name}*`, '-delete']);
});
