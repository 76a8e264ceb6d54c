import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { SessionData } from 'express-session';
import { pino } from 'pino';
import { ulid } from 'ulid';
import { purge } from '../../agent/jobs/purge.ts';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes, until } from '../../platform/database/test-nodes.ts';
import { PorticoError } from '../../platform/errors.ts';
import { createPasswords } from './passwords.ts';
import { createSeal } from './seal.ts';
import { insertSession, newSessionId, SessionStore } from './sessions.ts';
import { createSignIns } from './sign-ins.ts';
import { createThrottle, LIMITS } from './throttle.ts';
import { createTokens } from './tokens.ts';
import { usersRepository } from './users.ts';

let nodes: TestNodes;
/** Two portals, as far as the database can tell. */
let one: Router;
let two: Router;
/** Of the test's own names, so that it meets nothing that is there. */
const mark = randomBytes(4).toString('hex');
const user = { id: ulid(), name: `ada-${mark}` };

before(async () => {
  nodes = await TestNodes.get();
  one = nodes.router();
  two = nodes.router();
  await Promise.all([allSynced(one), allSynced(two)]);
  const hash = await createPasswords().hash('correct horse');
  await one.write((tx) =>
    tx.execute("INSERT INTO users (id, name, password_hash, role) VALUES (?, ?, ?, 'publisher')", [
      user.id,
      user.name,
      hash,
    ]),
  );
});
after(async () => {
  await one.write(async (tx) => {
    await tx.execute('DELETE FROM users WHERE id = ?', [user.id]);
    await tx.execute('DELETE FROM sessions WHERE user_id = ?', [user.id]);
    await tx.execute('DELETE FROM tokens WHERE name LIKE ?', [`%${mark}`]);
    await tx.execute('DELETE FROM idempotency_keys WHERE principal LIKE ? OR principal = ?', [
      `%${mark}`,
      `user ${user.id}`,
    ]);
    await tx.execute('DELETE FROM sign_in_attempts WHERE subject LIKE ?', [`%${mark}%`]);
  });
  await Promise.all([one.close(), two.close()]);
});

describe('sessions', () => {
  const log = pino({ level: 'silent' });
  const principal = { ...user, role: 'publisher', kind: 'user' } as const;
  const stores = () => ({ here: new SessionStore(one, log), there: new SessionStore(two, log) });
  const begin = (database: Router, id = newSessionId()) =>
    database.write(async (tx) => {
      await insertSession(tx, id, { userId: user.id, userVersion: 1 });
      return id;
    });
  const get = (store: SessionStore, id: string) =>
    new Promise<SessionData | null | undefined>((resolve, reject) =>
      store.get(id, (error, found) => (error ? reject(error) : resolve(found))),
    );
  const secondsLeft = async (id: string) => (await get(new SessionStore(two, log), id))?.secondsLeft ?? 0;
  const change = (sql: string, values: (string | number)[] = []) =>
    one.write((tx) => tx.execute(sql, values));

  it('made on one portal are there on the other at once', async () => {
    const { there } = stores();
    for (let i = 0; i < 20; i += 1) {
      const id = await begin(one);
      assert.deepEqual((await get(there, id))?.principal, principal);
    }
  });

  const principalScope = `user ${user.id}`;
  const seal = createSeal('seal');
  const order = { principal, userVersion: 1, replaces: 'nobody has this session' } as const;
  const stored = () =>
    one.read((reader) =>
      reader.query<{ answer: unknown }>('SELECT * FROM idempotency_keys WHERE principal = ?', [
        principalScope,
      ]),
    );

  it('begun twice with one Idempotency-Key are one, whichever portals are asked, and the table does not tell which', async () => {
    const [here, there] = [createSignIns(one, seal), createSignIns(two, seal)];
    const key = `begin ${mark}`;
    const both = await Promise.all([here.begin({ ...order, key }), there.begin({ ...order, key })]);
    assert.equal(both[0].id, both[1].id);
    assert.deepEqual(both.map(({ replayed }) => replayed).sort(), [false, true]);
    assert.deepEqual((await get(stores().there, both[0].id))?.principal, principal);
    assert.ok(!JSON.stringify(await stored()).includes(both[0].id));
    const another = await here.begin({ ...order, key: `another ${mark}` });
    const keyless = await there.begin({ ...order, key: undefined });
    assert.equal(new Set([both[0].id, another.id, keyless.id]).size, 3);
  });

  it('take the place of the one that the browser had', async () => {
    const { here } = stores();
    const signIns = createSignIns(one, seal);
    const first = await signIns.begin({ ...order, key: undefined });
    const second = await signIns.begin({ ...order, replaces: first.id, key: undefined });
    assert.equal(await get(here, first.id), null);
    assert.ok(await get(here, second.id));
  });

  it('end once for each key, and whoever asks again is told so', async () => {
    const [here, there] = [createSignIns(one, seal), createSignIns(two, seal)];
    const { id } = await here.begin({ ...order, key: undefined });
    const key = { principal: `session ${mark}`, key: 'end' };
    assert.deepEqual(await there.ended(key), { replayed: false });
    assert.deepEqual(await here.end(id, key), { replayed: false });
    assert.deepEqual(await there.end(id, key), { replayed: true });
    assert.deepEqual(await there.ended(key), { replayed: true });
  });

  it('ended on one portal are gone on the other at once', async () => {
    const { here, there } = stores();
    const id = await begin(one);
    await new Promise((done) => there.destroy(id, done));
    assert.equal(await get(here, id), null);
  });

  it('leave nothing in the table that opens a door', async () => {
    const id = await begin(one);
    const rows = await one.read((reader) =>
      reader.query('SELECT * FROM sessions WHERE user_id = ?', [user.id]),
    );
    assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(id));
  });

  it('bear the role that the user has now', async () => {
    const { there } = stores();
    const id = await begin(one);
    await change("UPDATE users SET role = 'reader' WHERE id = ?", [user.id]);
    assert.equal((await get(there, id))?.principal.role, 'reader');
    await change("UPDATE users SET role = 'publisher' WHERE id = ?", [user.id]);
  });

  it('end with a new password, and after their time', async () => {
    const { here } = stores();
    const id = await begin(one);
    await change('UPDATE users SET version = version + 1 WHERE id = ?', [user.id]);
    assert.equal(await get(here, id), null);
    await change('UPDATE users SET version = 1 WHERE id = ?', [user.id]);
    assert.ok(await get(here, id));
    await change('UPDATE sessions SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE user_id = ?', [
      user.id,
    ]);
    assert.equal(await get(here, id), null);
    const fence = { token: 1, check: async () => {}, guard: async () => {} };
    assert.ok((await purge(one, fence, new AbortController().signal)) > 0);
  });

  it('last twelve hours from the last request, and never longer than seven days', async () => {
    const { here } = stores();
    const id = await begin(one);
    assert.ok((await secondsLeft(id)) > 12 * 3600 - 60);
    await change('UPDATE sessions SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE user_id = ?', [
      user.id,
    ]);
    here.touch(id, (await get(here, id))!);
    await until(
      'the session is extended',
      10_000,
      async () => (await secondsLeft(id)) > 12 * 3600 - 60 || 'not yet',
    );
    await change(
      'UPDATE sessions SET created_at = UTC_TIMESTAMP(3) - INTERVAL 165 HOUR, expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE user_id = ?',
      [user.id],
    );
    here.touch(id, (await get(here, id))!);
    await until('the session is extended', 10_000, async () => {
      const left = await secondsLeft(id);
      return (left > 2 * 3600 && left <= 3 * 3600) || `${left} s are left`;
    });
  });

  it('are not written to by reading', async () => {
    const { here } = stores();
    const id = await begin(one);
    const operations = async () =>
      (await one.read((reader) => reader.query<{ n: number }>('SELECT COUNT(*) AS n FROM operations')))[0]!.n;
    const before = await operations();
    for (let i = 0; i < 10; i += 1) here.touch(id, (await get(here, id))!);
    assert.equal(await operations(), before);
  });
});

describe('the throttle', () => {
  it('counts across portals, each attempt once, also when they come at once', async () => {
    const [here, there] = [createThrottle(one), createThrottle(two)];
    const name = `many-${mark}`;
    const address = `203.0.113.${mark}`;
    const attempts = Array.from({ length: 2 * LIMITS.pair }, (_, i) =>
      (i % 2 ? here : there).begin(name, address),
    );
    const waits = await Promise.all(attempts);
    const passed = waits.filter((wait) => wait === undefined).length;
    assert.equal(passed, LIMITS.pair);
    const wait = waits.find((one) => one !== undefined)!;
    assert.ok(wait > 14 * 60 && wait <= 15 * 60, `${wait} s`);
    // Another address is not locked out by it.
    assert.equal(await here.begin(name, `198.51.100.${mark}`), undefined);
  });

  it('forgives whoever signs in, and forgets when the window is over', async () => {
    const throttle = createThrottle(one);
    const [name, address] = [`good-${mark}`, `192.0.2.${mark}`];
    for (let i = 0; i < 3 * LIMITS.pair; i += 1) {
      assert.equal(await throttle.begin(name, address), undefined);
      await throttle.forgive(name, address);
    }
    for (let i = 0; i <= LIMITS.pair; i += 1) await throttle.begin(name, address);
    assert.ok(await throttle.begin(name, address));
    await one.write((tx) =>
      tx.execute(
        'UPDATE sign_in_attempts SET window_ends = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE subject LIKE ?',
        [`%${mark}%`],
      ),
    );
    assert.equal(await throttle.begin(name, address), undefined);
  });
});

describe('tokens', () => {
  const isCode = (code: string) => (error: unknown) => error instanceof PorticoError && error.code === code;

  it('open the door on every portal at once, and none after they are revoked', async () => {
    const [here, there] = [createTokens(one, 'seal'), createTokens(two, 'seal')];
    const { token, secret } = await here.create({ name: `ci ${mark}`, role: 'reader', createdBy: 'test' });
    assert.deepEqual(await there.holder(secret), {
      id: token.id,
      name: token.name,
      role: 'reader',
      kind: 'token',
    });
    await assert.rejects(
      there.create({ name: `ci ${mark}`, role: 'reader', createdBy: 'test' }),
      isCode('conflict'),
    );
    await there.remove(token.id);
    assert.equal(await here.holder(secret), undefined);
    await assert.rejects(here.remove(token.id), isCode('not-found'));
  });

  it('made twice with one Idempotency-Key are one, with the same secret, and the database cannot tell it', async () => {
    const [here, there] = [createTokens(one, 'seal'), createTokens(two, 'seal')];
    const idempotency = { principal: `test ${mark}`, key: 'k' };
    const order = { name: `once ${mark}`, role: 'reader', createdBy: 'test', idempotency } as const;
    const [first, second] = await Promise.all([here.create(order), there.create(order)]);
    assert.equal(first.secret, second.secret);
    assert.notEqual(first.replayed, second.replayed);
    const rows = await one.read((reader) =>
      reader.query('SELECT * FROM idempotency_keys WHERE principal = ?', [idempotency.principal]),
    );
    assert.equal(rows.length, 1);
    assert.ok(!JSON.stringify(rows).includes(first.secret));
    await assert.rejects(here.create({ ...order, role: 'admin' }), isCode('idempotency-mismatch'));
  });

  it('are revoked once for each key: the answer, a refusal too, stays the first one', async () => {
    const [here, there] = [createTokens(one, 'seal'), createTokens(two, 'seal')];
    const name = `revoked ${mark}`;
    const keyed = (key: string) => ({ principal: `test ${mark}`, key });
    const { token } = await here.create({ name, role: 'reader', createdBy: 'test' });
    assert.deepEqual(await here.remove(token.id, keyed('r')), { replayed: false });
    assert.deepEqual(await there.remove(token.id, keyed('r')), { replayed: true });
    await assert.rejects(here.remove(ulid(), keyed('r')), isCode('idempotency-mismatch'));
    const refusals = [here, there].map((tokens) =>
      tokens.remove(token.id, keyed('late')).catch((error: PorticoError) => [error.code, error.replayed]),
    );
    assert.deepEqual((await Promise.all(refusals)).sort(), [
      ['not-found', false],
      ['not-found', true],
    ]);

    await here.create({ name, role: 'reader', createdBy: 'test' });
    const order = { name, role: 'reader', createdBy: 'test', idempotency: keyed('taken') } as const;
    await assert.rejects(there.create(order), isCode('conflict'));
    const { items } = await here.list({ limit: 100 });
    await here.remove(items.find((one) => one.name === name)!.id);
    await assert.rejects(
      here.create(order),
      (error: PorticoError) => error.code === 'conflict' && error.replayed,
      'the name is free now, but this request was answered',
    );
  });

  it('are listed page by page, the newest first', async () => {
    const tokens = createTokens(one, 'seal');
    for (let i = 0; i < 3; i += 1)
      await tokens.create({ name: `page ${i} ${mark}`, role: 'reader', createdBy: 'test' });
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await tokens.list({ limit: 2, ...(cursor ? { cursor } : {}) });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    assert.equal(new Set(names).size, names.length);
    const ours = names.filter((name) => name.startsWith('page') && name.endsWith(mark));
    assert.deepEqual(
      ours,
      [2, 1, 0].map((i) => `page ${i} ${mark}`),
    );
  });
});

it('a user is found by name, and the password is known only by its hash', async () => {
  const found = await usersRepository(two).byName(user.name);
  assert.match(found?.passwordHash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  const passwords = createPasswords();
  assert.equal(await passwords.verify(found?.passwordHash, 'correct horse'), true);
  assert.equal(await passwords.verify(found?.passwordHash, 'wrong'), false);
  assert.equal(await passwords.verify(undefined, 'nobody has this password'), false);
  assert.equal(await usersRepository(two).byName(`nobody-${mark}`), undefined);
});
