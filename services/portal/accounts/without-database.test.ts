/** Who is signed in, while the database cannot say it. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { TestBrowser } from '../test-browser.ts';
import { PASSWORD, type TestPortal, testPortal } from '../test-portal.ts';

const CLAIM = '__Host-portico-claim';

describe('with the database away', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await testPortal();
  });
  afterEach(() => portal.setAway(false));
  after(() => portal.close());

  const signedIn = async (role = 'admin') => {
    const browser = new TestBrowser(portal.url);
    await browser.signIn(role);
    return browser;
  };
  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
  const csrfOn = async (browser: TestBrowser, page: string) =>
    /name="_csrf" value="([^"]+)"/.exec(await (await browser.ask(page)).text())?.[1] ?? '';

  it('whoever signed in a moment ago reads on, and every page says why nothing can be changed', async () => {
    const browser = await signedIn();
    portal.setAway(true);
    for (const page of ['/library', '/tokens', '/status', '/']) {
      const answer = await browser.ask(page);
      assert.equal(answer.status, 200, page);
      assert.match(await answer.text(), /data-banner/, page);
    }
    const library = await (await browser.ask('/library')).text();
    assert.doesNotMatch(library, /type="file"/, 'nothing to upload with');
    const who = (await (await browser.ask('/api/v1/session')).json()) as { user: { name: string } };
    assert.equal(who.user.name, 'admin');
  });

  it('may not do more than the role allows that the database last said', async () => {
    const browser = await signedIn('reader');
    portal.setAway(true);
    assert.equal((await browser.ask('/library')).status, 200);
    assert.equal((await browser.ask('/tokens')).status, 403);
  });

  it('a write is refused with a time to come back, as a page and as a problem', async () => {
    const browser = await signedIn();
    const csrf = await csrfOn(browser, '/tokens');
    portal.setAway(true);
    const page = await browser.ask('/tokens', form({ name: 'x', role: 'reader', _csrf: csrf }));
    assert.equal(page.status, 503);
    assert.ok(Number(page.headers.get('retry-after')) > 0);
    assert.match(page.headers.get('content-type') ?? '', /text\/html/);
    assert.match(await page.text(), /data-banner/);
    const token = `Bearer ${await portal.token('publisher')}`;
    for (const headers of [{ 'x-csrf-token': csrf }, { authorization: token }]) {
      const api = await browser.ask('/api/v1/media/01ARZ3NDEKTSV4RRFFQ69G5FAV', {
        method: 'DELETE',
        headers,
      });
      assert.equal(api.status, 503);
      assert.ok(Number(api.headers.get('retry-after')) > 0);
      assert.match(api.headers.get('content-type') ?? '', /problem\+json/);
      assert.equal(((await api.json()) as { code: string }).code, 'database-unavailable');
    }
  });

  it('a program reads on with a token that was shown lately', async () => {
    const headers = { authorization: `Bearer ${await portal.token('reader')}` };
    portal.setAway(true);
    assert.equal((await new TestBrowser(portal.url).ask('/api/v1/media', { headers })).status, 200);
  });

  it('a session without a claim is not taken for nobody’s: it hears 503, and may look at the sign-in page', async () => {
    const browser = await signedIn();
    browser.cookies.delete(CLAIM);
    portal.setAway(true);
    for (const path of ['/library', '/api/v1/media', '/api/v1/session'])
      assert.equal((await browser.ask(path)).status, 503, path);
    // A picture's guard is not called by Express: what it fails with must arrive all the same.
    const { item } = await portal.media.upload({
      content: Readable.from([Buffer.from('picture')]),
      name: 'a.png',
      visibility: 'internal',
      createdBy: 'ada',
    });
    const picture = `/media/${item.id}/thumbnail?size=small`;
    assert.equal((await browser.ask(picture, { signal: AbortSignal.timeout(5_000) })).status, 503);
    const page = await browser.ask('/sign-in');
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Nobody can sign in while the database is away/);
  });

  it('a claim is nothing without its own session', async () => {
    const [ada, eve] = [await signedIn('admin'), await signedIn('reader')];
    eve.cookies.set(CLAIM, ada.cookies.get(CLAIM)!);
    portal.setAway(true);
    assert.equal((await eve.ask('/status')).status, 503);
    eve.cookies.delete('__Host-portico');
    assert.equal((await eve.ask('/status')).status, 303, 'nobody: to the sign-in page');
  });

  it('nobody signs in, and hears when to try again', async () => {
    const browser = new TestBrowser(portal.url);
    const csrf = await csrfOn(browser, '/sign-in');
    portal.setAway(true);
    const answer = await browser.ask('/sign-in', form({ name: 'admin', password: PASSWORD, _csrf: csrf }));
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
  });

  it('whoever signs out is forgotten by the browser, and is told what that means', async () => {
    const browser = await signedIn();
    portal.setAway(true);
    const csrf = await csrfOn(browser, '/library');
    const answer = await browser.ask('/sign-out', form({ _csrf: csrf }));
    assert.equal(answer.status, 303);
    assert.match(
      await (await browser.ask(answer.headers.get('location')!)).text(),
      /This browser has forgotten you/,
    );
    for (const name of [CLAIM, '__Host-portico', '__Host-portico-hint'])
      assert.equal(browser.cookies.has(name), false, name);
    assert.equal((await browser.ask('/library')).status, 303);
  });

  it('and nobody is signed out by another site’s page', async () => {
    const browser = await signedIn();
    portal.setAway(true);
    assert.equal((await browser.ask('/sign-out', form({}))).status, 403);
  });

  it('the claim comes with signing in, and goes when the database says that the session has ended', async () => {
    const browser = await signedIn();
    const session = browser.cookies.get('__Host-portico')!;
    assert.ok(browser.cookies.has(CLAIM));
    const claim = browser.cookies.get(CLAIM)!;
    await browser.form('/library', '/sign-out', {});
    browser.cookies.set('__Host-portico', session).set(CLAIM, claim);
    assert.equal((await browser.ask('/library')).status, 303);
    assert.equal(browser.cookies.has(CLAIM), false);
  });
});
