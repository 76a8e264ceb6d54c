import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { testVolume } from '../../platform/storage/test-volume.ts';
import { createVolumeBlobStore } from '../../platform/storage/volume-blob-store.ts';
import { type Generation, loadGeneration } from '../generations/generation.ts';
import { manifestOf, publishedApi } from '../generations/test-generation.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';
import { barriers, launch, overflow, textOf, visit } from '../testing/browser.ts';

interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An API on this machine that lets every page call it, and remembers what it was asked. */
async function pets(): Promise<{ server: Server; origin: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    asked.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Access-Control-Allow-Methods', '*');
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ name: 'Tom the tested cat' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const description = (origin: string) => ({
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1.0', description: '![seen](https://stranger.example/seen.png)' },
  servers: [
    { url: `${origin}/v1` },
    { url: '{anywhere}', variables: { anywhere: { default: `${origin}/v2` } } },
    { url: '/' },
  ],
  security: [{ signIn: ['read'] }],
  paths: {
    '/pets/{id}': {
      parameters: [{ $ref: '#/components/parameters/id' }],
      get: operation('getPet', 'One pet'),
      put: {
        ...operation('putPet', 'Change a pet'),
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
      },
    },
    '/api/v1/session': { delete: operation('signOut', 'Sign whoever reads this out') },
  },
  components: {
    parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'integer' }, example: 7 } },
    schemas: { Pet: { type: 'object', properties: { name: { type: 'string', example: 'Tom' } } } },
    securitySchemes: {
      signIn: {
        type: 'oauth2',
        flows: {
          clientCredentials: { tokenUrl: 'https://stranger.example/token', scopes: { read: 'To read' } },
        },
      },
    },
  },
});

const operation = (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: ['pets'],
  description: 'Seen by ![somebody](https://stranger.example/seen.png).',
  responses: {
    200: {
      description: 'The pet',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
    },
  },
});

const LOOKS: Record<string, BrowserContextOptions> = {
  'a wide window in light': { colorScheme: 'light' },
  'a wide window in dark': { colorScheme: 'dark' },
  'a phone': { viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true },
};

describe('the interactive reference in a browser', async () => {
  const volume = await testVolume();
  const api = await pets();
  let portal: TestPortal;
  let browser: Browser;
  let generation: Generation;

  before(async () => {
    const bytes = Buffer.from(JSON.stringify(description(api.origin)));
    const published = await publishedApi(volume, 'pets', { name: 'pets.json', bytes });
    generation = await loadGeneration(manifestOf(3, published), {
      pathOf: (sha256) => volume.paths.blob(sha256),
    });
    portal = await testPortal();
    portal.publish(generation, (sha256) => buffer(createVolumeBlobStore(volume).open(sha256)));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
    generation?.close();
    api.server.close();
  });

  /** Somebody whose browser has cookies for the portal and, as cookies know no ports, for every server beside it. */
  async function visitor(options: BrowserContextOptions = {}) {
    const one = await visit(browser, { baseUrl: portal.url }, options);
    one.page.setDefaultTimeout(20_000);
    await one.context.addCookies([{ name: 'session', value: 'secret', url: portal.url }]);
    return one;
  }

  const opened = async (page: Page) => {
    await page.locator('[data-opened], [data-try-failure]:not([hidden])').waitFor();
    assert.equal((await textOf(page.locator('[data-try-why]'))).trim(), '');
    await page.locator('.opblock-summary-control').first().waitFor();
  };

  /** The pictures that a description would fetch from elsewhere are what the policy is there for. */
  const without = (complaints: string[]) => complaints.filter((one) => !/seen\.png/.test(one));

  for (const [look, options] of Object.entries(LOOKS)) {
    it(`can be read and used in ${look}`, async () => {
      const { page, open, close, complaints } = await visitor({ reducedMotion: 'reduce', ...options });
      for (const path of ['/apis/pets/1.0/try', '/apis/pets/1.0/operations/putpet/try']) {
        assert.equal((await open(path)).status, 200);
        await opened(page);
        if (path.endsWith('1.0/try')) await page.getByRole('button', { name: /PUT/ }).click();
        await page.getByRole('button', { name: 'Execute' }).waitFor();
        assert.equal(await overflow(page), 0, `${path} is wider than its window`);
        assert.deepEqual(await barriers(page), [], path);
      }
      await page.getByRole('button', { name: 'Authorize' }).click();
      await page.getByText('Paste an access token').waitFor();
      assert.equal(await overflow(page), 0, 'the dialog is wider than its window');
      assert.deepEqual(await barriers(page), [], 'the dialog');
      assert.deepEqual(without(complaints), []);
      await close();
    });
  }

  it('calls the server of the description when Execute is pressed, and not before, without a cookie', async () => {
    const { page, open, close, complaints } = await visitor();
    await open('/apis/pets/1.0/operations/getpet');
    await page.getByRole('link', { name: 'Try it' }).click();
    await opened(page);
    assert.deepEqual([api.asked, without(complaints)], [[], []], 'something left before Execute');

    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.auth-container input').fill('a token of the test');
    await page.locator('.auth-container').getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.auth-container').getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('Tom the tested cat').waitFor();
    const call = api.asked.find(({ method }) => method === 'GET');
    assert.equal(call?.url, '/v1/pets/7');
    assert.equal(call.headers.authorization, 'Bearer a token of the test');
    assert.deepEqual(
      api.asked.map(({ headers }) => headers.cookie),
      api.asked.map(() => undefined),
    );
    assert.deepEqual(await barriers(page), []);
    assert.deepEqual(
      without(complaints).filter((one) => !one.startsWith(`a request left for ${api.origin}/v1/pets/7`)),
      [],
    );
    await page.getByRole('link', { name: 'Read the reference' }).click();
    await page.waitForURL('**/apis/pets/1.0/operations/getpet');
    await close();
  });

  it('brings no cookie to the portal itself, when a description would have its reader act there', async () => {
    const { page, open, close } = await visitor();
    await open('/apis/pets/1.0/operations/signout/try');
    await opened(page);
    await page.getByLabel('Servers').selectOption('/');
    const sent = page.waitForRequest((one) => one.method() === 'DELETE');
    await page.getByRole('button', { name: 'Execute' }).click();
    const request = await sent;
    assert.equal(request.url(), `${portal.url}/api/v1/session`);
    assert.equal((await request.allHeaders()).cookie, undefined);
    await page.locator('.live-responses-table .response-col_status').getByText(/\d{3}/).waitFor();
    // The test itself would not see anything, were there no cookie to send.
    const own = page.waitForRequest((one) => one.isNavigationRequest());
    await page.reload();
    assert.match((await (await own).allHeaders()).cookie ?? '', /session=secret/);
    await close();
  });

  it('calls nobody whom the description does not name, whatever a person types', async () => {
    const { page, open, close, complaints } = await visitor();
    await open('/apis/pets/1.0/operations/getpet/try');
    await opened(page);
    await page.getByLabel('Servers').selectOption('{anywhere}');
    await page.locator('.servers input').fill('https://stranger.example');
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.getByText(/may not ask https:\/\/stranger\.example/).waitFor();
    assert.deepEqual(without(complaints), []);
    await close();
  });

  it('leads from each operation of the whole to its page', async () => {
    const { page, open, close } = await visitor();
    await open('/apis/pets/1.0');
    await page.getByRole('link', { name: 'Try it' }).click();
    await opened(page);
    assert.equal(await textOf(page.locator('h1')), 'Try Pets');
    await page.getByRole('button', { name: /PUT/ }).click();
    await page.getByRole('link', { name: 'Its page in the reference' }).click();
    await page.waitForURL('**/apis/pets/1.0/operations/putpet');
    await close();
  });
});
