import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { testVolume } from '../../platform/storage/test-volume.ts';
import { createVolumeBlobStore } from '../../platform/storage/volume-blob-store.ts';
import { fixture } from '../../specs/test-specs.ts';
import { type Generation, loadGeneration } from '../generations/generation.ts';
import { manifestOf, publishedApi } from '../generations/test-generation.ts';
import { TestBrowser } from '../test-browser.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';

const pets = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1.0' },
  servers: [
    { url: 'https://api.example.com/v1' },
    { url: 'https://*' },
    { url: 'https://x.example; script-src *' },
    { url: 'https://y.example;script-src' },
    { url: 'javascript:alert(1)' },
    { url: 'https://{region}.example.com', variables: { region: { default: 'eu', enum: ['eu', '*'] } } },
  ],
  paths: {
    '/pets': {
      get: { operationId: 'listPets', summary: 'All pets', responses: {} },
      post: {
        operationId: 'addPet',
        servers: [{ url: 'https://write.example.com' }],
        responses: {},
      },
    },
  },
  webhooks: { born: { post: { operationId: 'petBorn', responses: {} } } },
};

/** The sources of one directive. */
function sources(answer: Response, directive: string): string[] {
  const policy = answer.headers.get('content-security-policy') ?? '';
  const found = policy.split(';').filter((one) => one.startsWith(`${directive} `));
  assert.equal(found.length, 1, policy);
  return found[0]!.split(' ').slice(1);
}

describe('the interactive reference', async () => {
  const volume = await testVolume();
  let portal: TestPortal;
  let generation: Generation;
  const ask = (path: string, headers: Record<string, string> = {}) => fetch(portal.url + path, { headers });

  before(async () => {
    const given = { name: 'pets.json', bytes: Buffer.from(JSON.stringify(pets)) };
    generation = await loadGeneration(
      manifestOf(
        3,
        await publishedApi(volume, 'pets', given),
        await publishedApi(volume, 'game', { name: 'game.yaml', bytes: fixture('tictactoe.yaml') }),
        await publishedApi(volume, 'lights', {
          name: 'lights.yml',
          bytes: fixture('streetlights-kafka-asyncapi.yml'),
        }),
        await publishedApi(volume, 'graph', {
          name: 'a.graphql',
          bytes: Buffer.from('type Query { a: Int }'),
        }),
      ),
      { pathOf: (sha256) => volume.paths.blob(sha256) },
    );
    portal = await testPortal();
    portal.publish(generation, (sha256) => buffer(createVolumeBlobStore(volume).open(sha256)));
  });
  after(async () => {
    await portal.close();
    generation.close();
  });

  it('may call the hosts that the description names, and nothing else of what stands in it is in the policy', async () => {
    const whole = await ask('/apis/pets/1.0/try');
    assert.deepEqual(sources(whole, 'connect-src'), [
      "'self'",
      'https://api.example.com',
      'https://eu.example.com',
      'https://write.example.com',
    ]);
    assert.deepEqual(sources(whole, 'script-src'), ["'self'"]);
    assert.deepEqual(sources(whole, 'style-src'), ["'self'"]);
    assert.deepEqual(sources(whole, 'default-src'), ["'none'"]);
    const html = await whole.text();
    for (const { url } of pets.servers.slice(1, 5)) assert.ok(html.includes(`<code>${url}</code>`), url);
    assert.doesNotMatch(html, /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/);
  });

  it('may call the own servers of the one operation that it is about, or else those of the API', async () => {
    const read = await ask('/apis/pets/1.0/operations/listpets/try');
    assert.deepEqual(sources(read, 'connect-src').slice(1), [
      'https://api.example.com',
      'https://eu.example.com',
    ]);
    const written = await ask('/apis/pets/1.0/operations/addpet/try');
    assert.deepEqual(sources(written, 'connect-src').slice(1), ['https://write.example.com']);
  });

  it('leaves the policy of every other page as it is', async () => {
    for (const path of ['/apis/pets/1.0', '/apis/pets/1.0/operations/listpets', '/'])
      assert.deepEqual(sources(await ask(path), 'connect-src'), ["'self'"], path);
  });

  it('says that nobody is called where the description names no server', async () => {
    const page = await ask('/apis/game/1.0.0/try');
    assert.deepEqual(sources(page, 'connect-src'), ["'self'"]);
    const html = await page.text();
    assert.match(html, /names no server that a page can call/);
    assert.match(html, /data-origins=""/);
    assert.doesNotMatch(html, /data-own/);
  });

  it('is the same for everybody: kept by the load balancer, without a cookie or a token', async () => {
    const browser = new TestBrowser(portal.url);
    await browser.signIn('admin');
    const page = await browser.ask('/apis/pets/1.0/try');
    assert.equal(page.headers.get('cache-control'), 'public, max-age=0, s-maxage=1');
    assert.equal(page.headers.get('set-cookie'), null);
    assert.doesNotMatch(await page.text(), /name="csrf-token"|>admin</);
  });

  it('has a library and a description that never change under their addresses', async () => {
    const html = await (await ask('/apis/pets/1.0/try')).text();
    const library = await ask(/data-library="([^"]+)"/.exec(html)![1]!);
    assert.match(library.headers.get('cache-control')!, /immutable/);
    assert.match(library.headers.get('content-type')!, /javascript/);
    assert.match(await library.text(), /SwaggerUIBundle/);

    const address = /data-description="([^"]+)"/.exec(html)![1]!;
    assert.equal(address, '/g/3/apis/pets/1.0/description.json');
    const description = await ask(address);
    assert.match(description.headers.get('cache-control')!, /^public, max-age=3600/);
    assert.deepEqual(((await description.json()) as typeof pets).paths, pets.paths);
    // Behind the load balancer, which has the bytes.
    const { sha256 } = generation.version('pets').version.document;
    const behind = await new TestBrowser(portal.url).ask(address);
    assert.match(behind.headers.get('x-accel-redirect')!, new RegExp(`^/_blobs/.*${sha256}$`));

    const operations = await ask('/g/3/apis/pets/1.0/operations.json');
    assert.equal(
      ((await operations.json()) as Record<string, string>)['POST /pets'],
      '/apis/pets/1.0/operations/addpet',
    );
  });

  it('is linked from the reference, each operation with its own, and leads back', async () => {
    const link = (path: string) => `href="${path}"`;
    const overview = await (await ask('/apis/pets')).text();
    assert.ok(overview.includes(link('/apis/pets/1.0/try')));
    const page = await (await ask('/apis/pets/1.0/operations/addpet')).text();
    assert.ok(page.includes(link('/apis/pets/1.0/operations/addpet/try')));
    const interactive = await (await ask('/apis/pets/1.0/operations/addpet/try')).text();
    assert.ok(interactive.includes(link('/apis/pets/1.0/operations/addpet')));
    for (const path of ['/apis/lights', '/apis/graph', '/apis/pets/1.0/operations/petborn'])
      assert.doesNotMatch(await (await ask(path)).text(), /\/try"/, path);
  });

  it('is not there for what cannot be tried, and says why', async () => {
    const { version } = generation.version('lights');
    const table: [path: string, why: RegExp][] = [
      ['/apis/pets/2.0/try', /no version 2\.0/],
      ['/apis/none/1.0/try', /no API named none/],
      ['/apis/pets/1.0/operations/none/try', /no such operation/],
      ['/apis/pets/1.0/operations/petborn/try', /called by the API itself/],
      [`/apis/lights/${version.name}/try`, /not described in OpenAPI/],
      ['/apis/graph/1/try', /not described in OpenAPI/],
      ['/g/0/apis/pets/1.0/description.json', /generation has a number/],
      ['/g/3/apis/pets/2.0/description.json', /no version 2\.0/],
      ['/g/3/apis/graph/1/operations.json', /not described in OpenAPI/],
    ];
    for (const [path, why] of table) {
      const answer = await ask(path);
      assert.equal(answer.status, 404, path);
      assert.match(await answer.text(), why, path);
    }
  });
});
