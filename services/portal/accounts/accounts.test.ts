import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mayActAs, ownPath } from '../http/context.ts';
import { json, TestBrowser } from '../test-browser.ts';
import { PASSWORD, type TestPortal, testPortal } from '../test-portal.ts';
import { subjectsOf } from './throttle.ts';

let portal: TestPortal;
before(async () => {
  portal = await testPortal();
});
after(() => portal.close());

const code = async (answer: Response) => ((await answer.json()) as { code: string }).code;

describe('signing in', () => {
  it('sets a cookie that only this host gets, and a hint without a value', async () => {
    const answer = await new TestBrowser(portal.url).ask(
      '/api/v1/session',
      json({ name: 'reader', password: PASSWORD }),
    );
    const cookies = answer.headers.getSetCookie();
    const sessionCookie = cookies.find((line) => line.startsWith('__Host-portico='));
    for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
      assert.match(sessionCookie ?? '', new RegExp(attribute));
    assert.doesNotMatch(sessionCookie ?? '', /Domain/);
    const hint = cookies.find((line) => line.startsWith('__Host-portico-hint=1'));
    assert.ok(hint && !/HttpOnly/.test(hint));
  });

  it('works with a plain form, and comes back to where one was', async () => {
    const browser = new TestBrowser(portal.url);
    const turned = await browser.ask('/library?q=x');
    assert.equal(turned.status, 303);
    assert.equal(turned.headers.get('location'), '/sign-in?next=%2Flibrary%3Fq%3Dx');
    const fields = { name: 'reader', password: PASSWORD, next: '/library?q=x' };
    const answer = await browser.form('/sign-in', '/sign-in', fields);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), '/library?q=x');
    assert.equal((await browser.ask('/library?q=x')).status, 200);
    await browser.form('/library', '/sign-out', {});
    assert.equal((await browser.ask('/library')).status, 303);
  });

  it('changes the session id, so that a planted one is worth nothing', async () => {
    const browser = new TestBrowser(portal.url);
    await browser.signIn('reader');
    const first = browser.cookies.get('__Host-portico');
    await browser.signIn('reader');
    assert.notEqual(browser.cookies.get('__Host-portico'), first);
  });

  it('says the same of a wrong name and a wrong password', async () => {
    const browser = new TestBrowser(portal.url);
    const name = await browser.ask('/api/v1/session', json({ name: 'nobody', password: PASSWORD }));
    const password = await browser.ask('/api/v1/session', json({ name: 'reader', password: 'wrong' }));
    assert.equal(name.status, 401);
    assert.equal(password.status, 401);
    const detail = async (answer: Response) => ((await answer.json()) as { detail: string }).detail;
    assert.equal(await detail(name), await detail(password));
  });

  it('is throttled with the time to wait', async () => {
    const browser = new TestBrowser(portal.url);
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let i = 0; i < 12; i += 1) {
      last = await browser.ask('/api/v1/session', json({ name: 'publisher', password: `wrong ${i}` }));
      statuses.push(last.status);
    }
    assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
    assert.equal(last?.headers.get('retry-after'), '900');
    const right = await browser.ask('/api/v1/session', json({ name: 'publisher', password: PASSWORD }));
    assert.equal(right.status, 429, 'the right password is not looked at either');
  });
});

describe('a forged or unknown session', () => {
  for (const value of ['nonsense', 's%3Aabc.def', 's%3A.', '%E0%A4%A', 'a'.repeat(4000)]) {
    it(`is nobody: ${value.slice(0, 12)}`, async () => {
      const headers = { Cookie: `__Host-portico=${value}` };
      const answer = await fetch(`${portal.url}/api/v1/session`, { headers });
      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as { user: unknown }).user, null);
      assert.equal((await fetch(`${portal.url}/api/v1/media`, { headers })).status, 401);
      assert.equal((await fetch(`${portal.url}/library`, { headers, redirect: 'manual' })).status, 303);
    });
  }
});

describe('a write with a session', () => {
  it('needs the token and its own origin', async () => {
    const browser = new TestBrowser(portal.url);
    const token = await browser.signIn('admin');
    const order = { name: 'ci', role: 'reader' };
    const none = await browser.ask('/api/v1/tokens', json(order));
    assert.equal(none.status, 403);
    assert.equal(await code(none), 'csrf');
    const stranger = await browser.ask(
      '/api/v1/tokens',
      json(order, { 'X-CSRF-Token': token, 'Sec-Fetch-Site': 'cross-site' }),
    );
    assert.equal(stranger.status, 403);
    const origin = await browser.ask(
      '/api/v1/tokens',
      json(order, { 'X-CSRF-Token': token, Origin: 'https://evil.example' }),
    );
    // fetch itself sends Sec-Fetch-Site only in browsers; here the Origin decides.
    assert.equal(origin.status, 403);
    assert.equal((await browser.ask('/api/v1/tokens', json(order, { 'X-CSRF-Token': token }))).status, 201);
  });

  it('refuses another session’s token, and a form without one', async () => {
    const [one, two] = [new TestBrowser(portal.url), new TestBrowser(portal.url)];
    const foreign = await one.signIn('admin');
    await two.signIn('admin');
    assert.equal(
      (await two.ask('/api/v1/tokens', json({ name: 'x', role: 'reader' }, { 'X-CSRF-Token': foreign })))
        .status,
      403,
    );
    const form = await two.ask('/sign-out', { method: 'POST', body: new URLSearchParams({}) });
    assert.equal(form.status, 403);
    assert.equal((await two.ask('/library')).status, 200, 'still signed in');
  });
});

describe('roles', () => {
  const table: [string, string, Record<string, number>][] = [
    ['GET', '/api/v1/media', { reader: 200, publisher: 200, admin: 200 }],
    ['DELETE', '/api/v1/media/01ARZ3NDEKTSV4RRFFQ69G5FAV', { reader: 403, publisher: 404, admin: 404 }],
    ['GET', '/api/v1/tokens', { reader: 403, publisher: 403, admin: 200 }],
    ['GET', '/api/v1/status', { reader: 403, publisher: 403, admin: 200 }],
  ];
  for (const [method, path, statuses] of table) {
    it(`${method} ${path}`, async () => {
      assert.equal((await fetch(portal.url + path, { method })).status, 401);
      const unknown = { Authorization: `Bearer portico_${'x'.repeat(43)}` };
      assert.equal((await fetch(portal.url + path, { method, headers: unknown })).status, 401);
      for (const role of ['reader', 'publisher', 'admin'] as const) {
        const headers = { Authorization: `Bearer ${await portal.token(role)}` };
        assert.equal((await fetch(portal.url + path, { method, headers })).status, statuses[role], role);
      }
    });
  }

  it('include those below them', () => {
    assert.equal(mayActAs('admin', 'reader'), true);
    assert.equal(mayActAs('reader', 'publisher'), false);
  });
});

describe('ownPath', () => {
  const table: [unknown, string][] = [
    ['/library?q=1', '/library?q=1'],
    ['//evil.example/', '/library'],
    ['/\\evil.example', '/library'],
    ['/\t/evil.example', '/library'],
    ['https://evil.example', '/library'],
    ['library', '/library'],
    ['/a/..//evil.example', '/library'],
    [undefined, '/library'],
    [['/a'], '/library'],
  ];
  for (const [next, path] of table)
    it(`${JSON.stringify(next)} leads to ${path}`, () => assert.equal(ownPath(next), path));
});

describe('what a sign-in attempt is counted under', () => {
  it('is the account, the address, and both together', () => {
    assert.deepEqual(
      subjectsOf('Ada', '203.0.113.9').map(({ subject }) => subject),
      ['account ada', 'address 203.0.113.9', 'pair 203.0.113.9 ada'],
    );
  });
  it('is the whole network of an IPv6 address', () => {
    const network = (address: string) => subjectsOf('a', address)[1]!.subject;
    assert.equal(network('2001:db8:1:2:3:4:5:6'), 'address 2001:db8:1:2::/64');
    assert.equal(network('2001:db8:1:2::1'), network('2001:0db8:0001:0002:ffff::'));
    assert.notEqual(network('2001:db8:1:3::1'), network('2001:db8:1:2::1'));
  });
});
