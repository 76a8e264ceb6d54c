/** Every write that the API's own description names, asked twice under one key, by way of different portals. */
import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Answer } from './http.ts';
import { multipart } from './http.ts';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';

interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
}
/** A request that nobody has made yet, and another that may not have the same key. */
interface Sample {
  request: Request;
  other: Request | undefined;
}

const PREFIX = `keys-${randomBytes(3).toString('hex')}`;
let client: TestCluster;
let admin: Record<string, string>;
/** An address of nobody's, so that these attempts to sign in count for no other test. */
let edge: Record<string, string>;
let password: string;
let writes: string[];

before(async () => {
  client = await testCluster();
  admin = { authorization: `Bearer ${await client.token('admin')}` };
  edge = {
    'x-portico-edge': await client.cluster.secret('portal', 'edge-secret'),
    'x-forwarded-proto': 'https',
    'x-forwarded-for': `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::1`,
  };
  password = await client.adminPassword();
  const { paths } = (await client.ask('/api/v1/openapi.json')).json<{
    paths: Record<string, Record<string, { operationId: string; parameters?: { name: string }[] }>>;
  }>();
  writes = Object.values(paths)
    .flatMap((operations) => Object.entries(operations))
    .filter(([method]) => !['get', 'head', 'options'].includes(method))
    .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === 'Idempotency-Key'))
    .map(([, { operationId }]) => operationId);
});
after(async () => {
  await cleanUp(client, PREFIX);
  const { items } = (await client.ask('/api/v1/tokens?limit=100', { headers: admin })).json<{
    items: { id: string; name: string }[];
  }>();
  for (const { id, name } of items)
    if (name.startsWith(PREFIX))
      await client.ask(`/api/v1/tokens/${id}`, { method: 'DELETE', headers: admin });
  const keys = (await client.ask('/api/v1/trusted-keys', { headers: admin })).json<{
    items: { name: string }[];
  }>();
  for (const { name } of keys.items)
    if (name.startsWith(PREFIX))
      await client.ask(`/api/v1/trusted-keys/${name}`, { method: 'DELETE', headers: admin });
});

const send = (portal: string, { path, ...request }: Request, key?: string): Promise<Answer> =>
  client.askPortal(portal, path, {
    ...request,
    headers: { ...request.headers, ...(key ? { 'idempotency-key': key } : {}) },
  });

const json = (method: string, path: string, body: unknown, headers = admin): Request => ({
  method,
  path,
  headers: { ...headers, 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});
const remove = (path: string): Request => ({ method: 'DELETE', path, headers: admin });
const token = (role = 'reader', headers = admin) =>
  json('POST', '/api/v1/tokens', { name: `${PREFIX} ${randomUUID().slice(0, 8)}`, role }, headers);

function upload(bytes = randomBytes(2_000)): Request {
  const form = multipart({ name: `${PREFIX}.bin`, bytes });
  return { method: 'POST', path: '/api/v1/media', headers: { ...admin, ...form.headers }, body: form.body };
}

async function made(request: Request): Promise<string> {
  const answer = await send('portal-1', request);
  assert.equal(answer.status, 201, answer.text());
  return answer.json<{ id: string }>().id;
}

const signIn = () => json('POST', '/api/v1/session', { name: 'admin', password }, edge);
/** Headers of a browser in which the administrator is signed in. */
async function signedIn(): Promise<Record<string, string>> {
  const answer = await send('portal-1', signIn());
  assert.equal(answer.status, 201, answer.text());
  const cookie = answer.setCookie.map((line) => line.split(';')[0]).join('; ');
  return { ...edge, cookie, 'x-csrf-token': answer.json<{ csrfToken: string }>().csrfToken };
}

const tus = { 'tus-resumable': '1.0.0' };
const createUpload = (bytes: number): Request => ({
  method: 'POST',
  path: '/api/v1/uploads',
  headers: {
    ...admin,
    ...tus,
    'upload-length': String(bytes),
    'upload-metadata': `filename ${Buffer.from(`${PREFIX}.bin`).toString('base64')}`,
  },
});
async function endUpload(): Promise<Request> {
  const answer = await send('portal-1', createUpload(100));
  assert.equal(answer.status, 201, answer.text());
  return { method: 'DELETE', path: String(answer.headers.location), headers: { ...admin, ...tus } };
}

const runJob = (job: string): Request => ({
  method: 'POST',
  path: `/api/v1/jobs/${job}/runs`,
  headers: admin,
});

const apiName = () => `${PREFIX}-${randomUUID().slice(0, 8)}`;
const newApi = (name = apiName()) => json('POST', '/api/v1/apis', { name });
async function madeApi(): Promise<string> {
  const answer = await send('portal-1', newApi());
  assert.equal(answer.status, 201, answer.text());
  return answer.json<{ name: string }>().name;
}
/** Of an API of its own, as its title says. */
function spec(path: string, version: string): Request {
  const document = { openapi: '3.1.0', info: { title: apiName(), version }, paths: {} };
  const form = multipart({ name: 'openapi.json', bytes: Buffer.from(JSON.stringify(document)) });
  return { method: 'POST', path, headers: { ...admin, ...form.headers }, body: form.body };
}
async function endVersion(): Promise<Request> {
  const name = await madeApi();
  const answer = await send('portal-1', spec(`/api/v1/apis/${name}/versions`, '1'));
  assert.equal(answer.status, 201, answer.text());
  return remove(`/api/v1/apis/${name}/versions/1`);
}
async function madeGeneration(): Promise<number> {
  const answer = await send('portal-1', json('POST', '/api/v1/generations', {}));
  assert.equal(answer.status, 201, answer.text());
  return answer.json<{ n: number }>().n;
}
const activation = async () => json('POST', `/api/v1/generations/${await madeGeneration()}/activation`, {});
const pinning = async () => json('PATCH', `/api/v1/generations/${await madeGeneration()}`, { pinned: false });
/** What this cluster exported is known to it: the import is that generation. */
async function imported(): Promise<Request> {
  const path = `/api/v1/generations/${await madeGeneration()}/export`;
  const file = await send('portal-1', { method: 'GET', path, headers: admin });
  assert.equal(file.status, 200, file.text());
  const form = multipart({ name: 'gen.portico', bytes: file.body });
  const headers = { ...admin, ...form.headers };
  return { method: 'POST', path: '/api/v1/generations/import', headers, body: form.body };
}
const trust = () => {
  const publicKey = `ed25519:${randomBytes(32).toString('base64url')}`;
  return json('POST', '/api/v1/trusted-keys', { name: apiName(), publicKey });
};
async function distrust(): Promise<Request> {
  const answer = await send('portal-1', trust());
  assert.equal(answer.status, 201, answer.text());
  return remove(`/api/v1/trusted-keys/${answer.json<{ name: string }>().name}`);
}

/** One for each write; a new operation in the description needs one here. */
const SAMPLES: Record<string, () => Promise<Sample>> = {
  // The key of a sign-in is one of the person's own, so it may be none that the person used for something else.
  signIn: async () => ({ request: signIn(), other: token('reader', await signedIn()) }),
  // Its key belongs to the session, which has no other write after its end.
  signOut: async () => ({
    request: { method: 'DELETE', path: '/api/v1/session', headers: await signedIn() },
    other: undefined,
  }),
  createToken: async () => ({ request: token(), other: token() }),
  revokeToken: async () => ({
    request: remove(`/api/v1/tokens/${await made(token())}`),
    other: remove(`/api/v1/tokens/${await made(token())}`),
  }),
  uploadMedia: async () => ({ request: upload(), other: upload() }),
  createUpload: async () => ({ request: createUpload(100), other: createUpload(200) }),
  endUpload: async () => ({ request: await endUpload(), other: await endUpload() }),
  runJob: async () => ({ request: runJob('purge'), other: runJob('expire-uploads') }),
  createApi: async () => ({ request: newApi(), other: newApi() }),
  updateApi: async () => {
    const name = await madeApi();
    const change = (owner: string) => json('PATCH', `/api/v1/apis/${name}`, { owner });
    return { request: change('A'), other: change('B') };
  },
  deleteApi: async () => ({
    request: remove(`/api/v1/apis/${await madeApi()}`),
    other: remove(`/api/v1/apis/${await madeApi()}`),
  }),
  addVersion: async () => {
    const path = `/api/v1/apis/${await madeApi()}/versions`;
    return { request: spec(path, '1'), other: spec(path, '2') };
  },
  submitSpec: async () => ({ request: spec('/api/v1/specs', '1'), other: spec('/api/v1/specs', '2') }),
  deleteVersion: async () => ({ request: await endVersion(), other: await endVersion() }),
  createGeneration: async () => ({
    request: json('POST', '/api/v1/generations', { note: 'one' }),
    other: json('POST', '/api/v1/generations', { note: 'other' }),
  }),
  activateGeneration: async () => ({ request: await activation(), other: await activation() }),
  pinGeneration: async () => ({ request: await pinning(), other: await pinning() }),
  importGeneration: async () => ({ request: await imported(), other: await imported() }),
  trustKey: async () => ({ request: trust(), other: trust() }),
  distrustKey: async () => ({ request: await distrust(), other: await distrust() }),
  deleteMedia: async () => ({
    request: remove(`/api/v1/media/${await made(upload())}`),
    other: remove(`/api/v1/media/${await made(upload())}`),
  }),
};

/** What of an answer must be the same again: the request's own id and the portal's name are not. */
function essence({ status, headers, setCookie, body }: Answer) {
  const { requestId: _, ...rest } = body.length > 0 ? JSON.parse(body.toString()) : {};
  const session = setCookie.find((line) => line.startsWith('__Host-portico='))?.split(';')[0];
  return { status, location: headers.location, session, body: rest };
}
const replayed = (answer: Answer) => answer.headers['idempotency-replayed'] === 'true';

it('there is a sample of every write, and of nothing else', () => {
  assert.deepEqual(Object.keys(SAMPLES).sort(), [...writes].sort());
});

for (const [operation, sample] of Object.entries(SAMPLES)) {
  describe(`${operation} with an Idempotency-Key`, () => {
    it('gets the same answer through the other portal, which says so', async () => {
      const { request, other } = await sample();
      const key = randomUUID();
      const first = await send('portal-1', request, key);
      assert.ok(first.status >= 200 && first.status < 300, `${first.status} ${first.text()}`);
      assert.equal(replayed(first), false);
      for (const portal of ['portal-2', 'portal-1']) {
        const again = await send(portal, request, key);
        assert.deepEqual(essence(again), essence(first));
        assert.equal(replayed(again), true);
      }
      if (!other) return;
      const mismatch = await send('portal-2', other, key);
      assert.equal(mismatch.status, 422, mismatch.text());
      assert.equal(mismatch.json<{ code: string }>().code, 'idempotency-mismatch');
      assert.ok(
        (await send('portal-2', other, randomUUID())).status < 300,
        'the other one was not carried out',
      );
    });

    it('is carried out once when two portals get it at once', async () => {
      const { request } = await sample();
      const key = randomUUID();
      const both = await Promise.all(['portal-1', 'portal-2'].map((portal) => send(portal, request, key)));
      assert.deepEqual(essence(both[0]!), essence(both[1]!));
      assert.ok(both[0]!.status < 300, both[0]!.text());
      assert.deepEqual(both.map(replayed).sort(), [false, true]);
    });

    it('refuses a key that is none', async () => {
      const { request } = await sample();
      assert.equal((await send('portal-1', request, 'two words')).status, 400);
    });
  });
}

it('an upload that was begun and ended is not begun again', async () => {
  const key = randomUUID();
  const first = await send('portal-1', createUpload(100), key);
  const path = String(first.headers.location);
  const ended = await send('portal-2', { method: 'DELETE', path, headers: { ...admin, ...tus } });
  assert.equal(ended.status, 204, ended.text());
  const again = await send('portal-2', createUpload(100), key);
  assert.deepEqual(essence(again), essence(first));
  assert.equal(replayed(again), true);
});

it('what was not there is not there again, though it has been made meanwhile', async () => {
  const taken = token();
  const id = await made(taken);
  const key = randomUUID();
  const first = await send('portal-1', taken, key);
  assert.equal(first.status, 409, first.text());
  await send('portal-1', remove(`/api/v1/tokens/${id}`));
  const again = await send('portal-2', taken, key);
  assert.deepEqual(essence(again), essence(first));
  assert.equal(replayed(again), true);
  assert.equal((await send('portal-2', taken, randomUUID())).status, 201);
});

it('a wrong password gets 401 under a key that was used with the right one: the key is no way to guess it', async () => {
  const key = randomUUID();
  assert.equal((await send('portal-1', signIn(), key)).status, 201);
  const wrong = json('POST', '/api/v1/session', { name: 'admin', password: `${password}!` }, edge);
  const answer = await send('portal-2', wrong, key);
  assert.equal(answer.status, 401);
  assert.equal(replayed(answer), false);
});
