/** Signing in through a load balancer that sends each request to another portal. */
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { before, test } from 'node:test';
import type { Answer, Ask } from './http.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';

let client: TestCluster;
before(async () => {
  client = await testCluster();
});

test('a session that one portal began is known to every portal, and survives the one that began it', async (t) => {
  await client.scenario(t, async () => {
    const person = new Person();
    const signedIn = await person.signIn('admin', await client.adminPassword());
    assert.equal(signedIn.status, 201, signedIn.text().slice(0, 300));
    const seen = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const answer = await person.ask('/api/v1/session');
      assert.equal(answer.json<{ user: { name: string } | null }>().user?.name, 'admin');
      seen.add(String(answer.node));
    }
    assert.ok(seen.size > 1, `only ${[...seen].join()} answered`);
    await client.cluster.stop(String(signedIn.node));
    for (let i = 0; i < 6; i++) {
      const answer = await person.ask('/api/v1/session');
      assert.equal(answer.json<{ user: { name: string } | null }>().user?.name, 'admin');
    }
  });
});

test('cookies are for HTTPS and for this host only, and no script can read the session’s', async () => {
  const signedIn = await new Person().signIn('admin', await client.adminPassword());
  const session = signedIn.setCookie.find((line) => line.startsWith('__Host-portico='));
  for (const flag of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
    assert.match(session ?? '', new RegExp(flag));
  assert.doesNotMatch(session ?? '', /Domain=/);
});

test('after many wrong passwords every portal says 429, and another account is not locked out', async (t) => {
  // A name and an address of its own, so that nobody else who signs in from here is counted with it.
  const name = `nobody-${randomBytes(4).toString('hex')}`;
  const headers = { 'x-forwarded-for': `198.51.100.${randomInt(1, 255)}` };
  const trusted = { PORTICO_TRUSTED_PROXIES: '0.0.0.0/0' };
  const work = async () => {
    const answers = [];
    for (let i = 0; i < 20; i++) answers.push(await new Person().signIn(name, `wrong-${i}`, headers));
    const statuses = answers.map((answer) => answer.status);
    assert.equal(statuses[0], 401);
    const throttledFrom = statuses.indexOf(429);
    assert.ok(throttledFrom > 0 && throttledFrom <= 10, statuses.join(' '));
    const throttled = answers.slice(throttledFrom);
    assert.ok(
      throttled.every((answer) => answer.status === 429),
      `the portals do not agree: ${statuses.join(' ')}`,
    );
    assert.equal(new Set(throttled.map((answer) => answer.node)).size, 2, 'only one portal was asked');
    assert.ok(throttled.every((answer) => Number(answer.headers['retry-after']) > 0));
    const other = await new Person().signIn('admin', await client.adminPassword(), headers);
    assert.equal(other.status, 201, 'another account is not locked out');
  };
  await client.scenario(t, work, trusted);
});

for (const forged of ['guessed', 's%3Aguessed.signature', `s%3A${'A'.repeat(32)}.${'B'.repeat(43)}`]) {
  test(`a forged session (${forged.slice(0, 12)}…) is nobody’s`, async () => {
    const cookie = `__Host-portico=${forged}`;
    const who = await client.ask('/api/v1/session', { headers: { cookie } });
    assert.equal(who.status, 200);
    assert.equal(who.json<{ user: unknown }>().user, null);
    assert.equal((await client.ask('/api/v1/media', { headers: { cookie } })).status, 401);
    assert.ok([302, 303].includes((await client.ask('/status', { headers: { cookie } })).status));
  });
}

test('a write of a signed-in person without the CSRF token, or from another site, is refused', async () => {
  const person = new Person();
  await person.signIn('admin', await client.adminPassword());
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const without = await person.ask('/sign-out', { method: 'POST', headers: form, body: '' });
  assert.equal(without.status, 403);
  const foreign = await person.ask('/sign-out', {
    method: 'POST',
    headers: { ...form, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' },
    body: `_csrf=${encodeURIComponent(person.csrf)}`,
  });
  assert.equal(foreign.status, 403);
  const upload = await person.ask('/api/v1/media', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\na\r\n--x--\r\n',
  });
  assert.equal(upload.status, 403);
  const still = await person.ask('/api/v1/session');
  assert.equal(still.json<{ user: { name: string } | null }>().user?.name, 'admin', 'nobody was signed out');
});

test('what is private is answered only to whom it belongs, and no shared cache keeps it', async () => {
  const person = new Person();
  await person.signIn('admin', await client.adminPassword());
  const library = await person.ask('/library');
  assert.equal(library.status, 200);
  assert.doesNotMatch(String(library.headers['cache-control']), /public|s-maxage/);
  assert.ok([302, 303].includes((await client.ask('/library')).status));
});

/** A browser's cookies, and what the page told of the CSRF token. */
class Person {
  csrf = '';
  #cookies = new Map<string, string>();

  async ask(path: string, options: Ask = {}): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...options.headers, ...(cookie ? { cookie } : {}) };
    const answer = await client.ask(path, { ...options, headers });
    for (const line of answer.setCookie) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }

  async signIn(name: string, password: string, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await this.ask('/api/v1/session', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name, password }),
    });
    if (answer.status === 201) this.csrf = answer.json<{ csrfToken: string }>().csrfToken;
    return answer;
  }
}
