import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { json, TestBrowser } from '../test-browser.ts';
import { PASSWORD, type TestPortal, testPortal } from '../test-portal.ts';

interface Operation {
  operationId: string;
  tags: string[];
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string }[];
  responses: Record<
    string,
    { content?: Record<string, { schema: { $ref?: string } }>; headers?: Record<string, unknown> }
  >;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

let portal: TestPortal;
let document: Document;
let ajv: Ajv2020;
before(async () => {
  portal = await testPortal();
  document = (await (await fetch(`${portal.url}/api/v1/openapi.json`)).json()) as Document;
  ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'portico', ...document });
});
after(() => portal.close());

/** Every answer that was looked at, as `operation status`. */
const seen = new Set<string>();

/** The answer is one that the document names for this operation, and has the shape that it names. */
async function check(operationId: string, answer: Response): Promise<Record<string, unknown> | undefined> {
  const operation = Object.values(document.paths)
    .flatMap((path) => Object.values(path))
    .find((one) => one.operationId === operationId);
  const described = operation?.responses[answer.status];
  assert.ok(described, `${operationId} does not describe ${answer.status}: ${await answer.clone().text()}`);
  seen.add(`${operationId} ${answer.status}`);
  if (!described.content) {
    assert.equal(await answer.text(), '');
    return undefined;
  }
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const { schema } =
    described.content[type] ?? assert.fail(`${operationId} ${answer.status} does not describe ${type}`);
  const body = (await answer.json()) as Record<string, unknown>;
  const valid = ajv.validate(schema.$ref ? { $ref: `portico${schema.$ref}` } : schema, body);
  assert.ok(valid, `${operationId} ${answer.status}: ${ajv.errorsText()} in ${JSON.stringify(body)}`);
  return body;
}

it('is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(
    structuredClone(document) as unknown as Record<string, unknown>,
  );
  assert.ok(result.valid, JSON.stringify(result.errors));
});

it('names every path that the portal answers under /api/v1, and no other', async () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    const allowed = (
      await fetch(`${portal.url}/api/v1${path.replace(/{\w+}/, 'x')}`, { method: 'PUT' })
    ).headers.get('allow');
    const named = Object.keys(operations).map((method) => method.toUpperCase());
    assert.deepEqual(
      allowed
        ?.split(', ')
        .filter((method) => method !== 'HEAD')
        .sort(),
      named.sort(),
      path,
    );
  }
});

/** Every route of a router and of those inside it, as `DELETE /api/v1/tokens/{id}`. */
function routesOf({ stack }: Stack): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (!route) return handle?.stack ? routesOf({ stack: handle.stack }) : [];
    const methods = Object.keys(route.methods).filter((method) => route.methods[method]);
    return [route.path]
      .flat()
      .flatMap((path) =>
        methods.map((method) => `${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
      );
  });
}
interface Stack {
  stack: {
    route?: { path: string | string[]; methods: Record<string, boolean> };
    handle?: Partial<Stack>;
  }[];
}

it('names every write that the portal has under /api', () => {
  const routes = routesOf(portal.app.router as unknown as Stack).filter((route) =>
    /^(POST|PUT|PATCH|DELETE) \/api\//.test(route),
  );
  const named = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} /api/v1${path}`),
  );
  assert.ok(routes.includes('DELETE /api/v1/tokens/{id}'), routes.join(', '));
  assert.deepEqual(
    routes.filter((route) => !named.includes(route)),
    [],
  );
});

/**
 * One says from which byte it goes on: a second one of the same is refused, and HEAD tells what became of the first. The
 * other changes nothing.
 */
const WITHOUT_KEY = new Set(['continueUpload', 'checkSpec']);

it('every write takes an Idempotency-Key, refuses it for another request, and says when its answer is an earlier one', () => {
  const writes = Object.values(document.paths).flatMap((operations) =>
    Object.entries(operations).filter(([method]) => !['get', 'head', 'options'].includes(method)),
  );
  assert.ok(writes.length >= 6);
  for (const [, { operationId, parameters = [], responses }] of writes) {
    if (WITHOUT_KEY.has(operationId)) continue;
    assert.ok(
      parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
      operationId,
    );
    for (const status of ['400', '422']) assert.ok(responses[status], `${operationId} ${status}`);
    const good = Object.keys(responses).find((status) => status.startsWith('2'));
    assert.ok(responses[good ?? '']?.headers?.['Idempotency-Replayed'], operationId);
  }
});

describe('the real answers have the shapes that it promises', () => {
  const NOBODY = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  let admin: TestBrowser;
  let csrf: string;
  before(async () => {
    admin = new TestBrowser(portal.url);
    csrf = await admin.signIn('admin');
  });
  const own = (method: string, extra: RequestInit = {}) => ({
    method,
    ...extra,
    headers: { 'X-CSRF-Token': csrf },
  });
  const upload = (content: string) => {
    const body = new FormData();
    body.set('file', new Blob([content]), 'a.txt');
    return own('POST', { body });
  };

  it('session', async () => {
    const other = new TestBrowser(portal.url);
    await check('getSession', await other.ask('/api/v1/session'));
    await check('signIn', await other.ask('/api/v1/session', json({ name: 'reader', password: PASSWORD })));
    await check('signIn', await other.ask('/api/v1/session', json({ name: 'reader', password: 'wrong' })));
    await check('signIn', await other.ask('/api/v1/session', json({ name: 7 })));
    const body = await check('getSession', await other.ask('/api/v1/session'));
    await check('signOut', await other.ask('/api/v1/session', { method: 'DELETE' }));
    const headers = { 'X-CSRF-Token': String(body?.csrfToken) };
    await check('signOut', await other.ask('/api/v1/session', { method: 'DELETE', headers }));
    for (let i = 0; i < 11; i += 1) {
      const answer = await other.ask('/api/v1/session', json({ name: 'nobody', password: 'wrong' }));
      if (answer.status === 429) await check('signIn', answer);
    }
  });

  it('tokens', async () => {
    const order = json({ name: 'ci', role: 'publisher' }, { 'X-CSRF-Token': csrf });
    const token = await check('createToken', await admin.ask('/api/v1/tokens', order));
    await check('createToken', await admin.ask('/api/v1/tokens', order));
    await check(
      'createToken',
      await admin.ask('/api/v1/tokens', json({ name: 'x', role: 'king' }, { 'X-CSRF-Token': csrf })),
    );
    await check('listTokens', await admin.ask('/api/v1/tokens'));
    await check('listTokens', await admin.ask('/api/v1/tokens?limit=0'));
    await check('listTokens', await fetch(`${portal.url}/api/v1/tokens`));
    await check('revokeToken', await admin.ask(`/api/v1/tokens/${token?.id}`, own('DELETE')));
    await check('revokeToken', await admin.ask(`/api/v1/tokens/${token?.id}`, own('DELETE')));
  });

  it('media', async () => {
    const item = await check('uploadMedia', await admin.ask('/api/v1/media', upload('hello')));
    await check('uploadMedia', await admin.ask('/api/v1/media', upload('')));
    await check('uploadMedia', await admin.ask('/api/v1/media', upload('x'.repeat(1_100_000))));
    await check('uploadMedia', await fetch(`${portal.url}/api/v1/media`, { method: 'POST' }));
    await check('listMedia', await admin.ask('/api/v1/media?search=a&sort=name'));
    await check('listMedia', await admin.ask('/api/v1/media?sort=colour'));
    await check('getMedia', await admin.ask(`/api/v1/media/${item?.id}`));
    await check('getMedia', await admin.ask(`/api/v1/media/${NOBODY}`));
    await check('deleteMedia', await admin.ask(`/api/v1/media/${item?.id}`, { method: 'DELETE' }));
    await check('deleteMedia', await admin.ask(`/api/v1/media/${item?.id}`, own('DELETE')));
    await check('deleteMedia', await admin.ask(`/api/v1/media/${NOBODY}`, own('DELETE')));
  });

  const SPEC = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Pet store', version: '1.0.0' },
    paths: { '/pets': { get: { responses: { 200: { description: 'Pets' } } } } },
  });
  const spec = (content: string, fields: Record<string, string> = {}) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set('file', new Blob([content]), 'openapi.json');
    return own('POST', { body });
  };
  const order = (body: unknown, method = 'POST') => ({ ...json(body, { 'X-CSRF-Token': csrf }), method });

  it('APIs and their versions', async () => {
    await check('createApi', await admin.ask('/api/v1/apis', order({ name: 'pets', title: 'Pets' })));
    await check('createApi', await admin.ask('/api/v1/apis', order({ name: 'pets', title: 'Pets' })));
    await check('createApi', await admin.ask('/api/v1/apis', order({ name: 'Not a name' })));
    await check('listApis', await admin.ask('/api/v1/apis?search=pet&lifecycle=active&tag=a&limit=5'));
    await check('listApis', await admin.ask('/api/v1/apis?lifecycle=asleep'));
    await check('listApis', await fetch(`${portal.url}/api/v1/apis`));
    const change = order({ summary: 'All of them', sunset: '2030-01-31', revision: 1 }, 'PATCH');
    await check('updateApi', await admin.ask('/api/v1/apis/pets', change));
    await check('updateApi', await admin.ask('/api/v1/apis/pets', change));
    await check('updateApi', await admin.ask('/api/v1/apis/none', change));
    await check('addVersion', await admin.ask('/api/v1/apis/pets/versions', spec(SPEC)));
    await check('addVersion', await admin.ask('/api/v1/apis/pets/versions', spec(SPEC)));
    await check('addVersion', await admin.ask('/api/v1/apis/pets/versions', spec('a: [')));
    await check('addVersion', await admin.ask('/api/v1/apis/pets/versions', spec('x'.repeat(1_200_000))));
    await check('submitSpec', await admin.ask('/api/v1/specs', spec(SPEC, { changelog: 'New.' })));
    await check('submitSpec', await admin.ask('/api/v1/specs', spec('nothing of the kind')));
    await check('checkSpec', await admin.ask('/api/v1/specs/check', spec(SPEC)));
    await check('checkSpec', await admin.ask('/api/v1/specs/check', spec('{"openapi": "3.1.0", "info": 7}')));
    await check('checkSpec', await admin.ask('/api/v1/specs/check', spec('')));
    const api = await check('getApi', await admin.ask('/api/v1/apis/pets'));
    const { sunset, versions } = api as { sunset: string; versions: unknown[] };
    assert.deepEqual([sunset, versions.length], ['2030-01-31', 1]);
    await check('getApi', await admin.ask('/api/v1/apis/none'));
    await check('listVersions', await admin.ask('/api/v1/apis/pets/versions'));
    await check('getVersion', await admin.ask('/api/v1/apis/pets/versions/1.0.0'));
    await check('getVersion', await admin.ask('/api/v1/apis/pets/versions/2'));
    await check('deleteVersion', await admin.ask('/api/v1/apis/pets/versions/1.0.0', own('DELETE')));
    await check('deleteVersion', await admin.ask('/api/v1/apis/pets/versions/1.0.0', own('DELETE')));
    await check('deleteApi', await admin.ask('/api/v1/apis/pets', own('DELETE')));
    await check('deleteApi', await admin.ask('/api/v1/apis/pets', own('DELETE')));
  });

  it('generations', async () => {
    await admin.ask('/api/v1/specs', spec(SPEC, { api: 'drafted' }));
    const { changes } = (await check(
      'getPendingChanges',
      await admin.ask('/api/v1/generations/pending'),
    )) as {
      changes: unknown[];
    };
    assert.ok(changes.length > 0);
    const made = await check(
      'createGeneration',
      await admin.ask('/api/v1/generations', order({ note: 'A' })),
    );
    await check('createGeneration', await admin.ask('/api/v1/generations', order({ note: 7 })));
    await admin.ask('/api/v1/generations', order({}));
    const page = await check('listGenerations', await admin.ask('/api/v1/generations?limit=1'));
    assert.equal(page?.nextCursor, '2');
    await check('listGenerations', await admin.ask('/api/v1/generations?cursor=x'));
    await check('getGeneration', await admin.ask(`/api/v1/generations/${made?.n}`));
    await check('getGeneration', await admin.ask('/api/v1/generations/99'));
    await check('compareGenerations', await admin.ask(`/api/v1/generations/${made?.n}/changes?from=0`));
    await check('compareGenerations', await admin.ask('/api/v1/generations/x/changes'));
    const activation = `/api/v1/generations/${made?.n}/activation`;
    await check('activateGeneration', await admin.ask(activation, order({})));
    await check('activateGeneration', await admin.ask('/api/v1/generations/99/activation', order({})));
    await check('listActivations', await admin.ask('/api/v1/activations'));
    await check('listActivations', await admin.ask('/api/v1/activations?limit=0'));
    const one = `/api/v1/generations/${made?.n}`;
    const kept = await check('pinGeneration', await admin.ask(one, order({ pinned: true }, 'PATCH')));
    assert.equal(kept?.pinned, true);
    await check('pinGeneration', await admin.ask(one, order({ pinned: 'yes' }, 'PATCH')));
    await check('pinGeneration', await admin.ask('/api/v1/generations/99', order({ pinned: true }, 'PATCH')));
  });

  it('generations from one cluster to another', async () => {
    const made = await admin.ask('/api/v1/generations', order({}));
    const { n } = (await made.json()) as { n: number };
    const file = await admin.ask(`/api/v1/generations/${n}/export`);
    assert.equal(file.headers.get('content-type'), 'application/x-tar');
    assert.equal(file.headers.get('content-disposition'), `attachment; filename="gen-${n}.portico"`);
    seen.add(`exportGeneration ${file.status}`);
    const bytes = await file.text();
    assert.equal(file.headers.get('content-length'), String(bytes.length));
    await check('exportGeneration', await admin.ask('/api/v1/generations/99/export'));
    await check('importGeneration', await admin.ask('/api/v1/generations/import', upload(bytes)));
    await check('importGeneration', await admin.ask('/api/v1/generations/import', upload('a stranger’s')));
    const large = upload('x'.repeat(1_200_000));
    await check('importGeneration', await admin.ask('/api/v1/generations/import', large));
    await check('importGeneration', await admin.ask('/api/v1/generations/import', own('POST')));
    await check('getSigningKey', await admin.ask('/api/v1/signing-key'));
    const key = order({ name: 'staging', publicKey: `ed25519:${'B'.repeat(43)}` });
    await check('trustKey', await admin.ask('/api/v1/trusted-keys', key));
    await check('trustKey', await admin.ask('/api/v1/trusted-keys', key));
    await check('trustKey', await admin.ask('/api/v1/trusted-keys', order({ name: 'x', publicKey: 'y' })));
    await check('listTrustedKeys', await admin.ask('/api/v1/trusted-keys'));
    await check('distrustKey', await admin.ask('/api/v1/trusted-keys/staging', own('DELETE')));
    await check('distrustKey', await admin.ask('/api/v1/trusted-keys/staging', own('DELETE')));
  });

  it('imports are an administrator’s alone, and exports a publisher’s', async () => {
    const asked = async (role: 'reader' | 'publisher', path: string, method = 'GET') => {
      const headers = { authorization: `Bearer ${await portal.token(role)}` };
      return (await fetch(`${portal.url}/api/v1/${path}`, { method, headers })).status;
    };
    assert.equal(await asked('reader', 'generations/1/export'), 403);
    assert.equal(await asked('publisher', 'generations/1/export'), 200);
    assert.equal(await asked('publisher', 'generations/import', 'POST'), 403);
    for (const method of ['GET', 'POST']) assert.equal(await asked('publisher', 'trusted-keys', method), 403);
    assert.equal(await asked('publisher', 'trusted-keys/x', 'DELETE'), 403);
  });

  it('status', async () => {
    await check('getStatus', await admin.ask('/api/v1/status'));
    await check('getDescription', await admin.ask('/api/v1/openapi.json'));
  });

  it('each operation’s good answer was looked at', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    for (const { operationId, responses, tags } of operations) {
      // Uploads and jobs have no fake here: their tests are on the cluster.
      if (tags.includes('uploads') || /Job|Run|History/.test(operationId)) continue;
      const good = Object.keys(responses).find((status) => status.startsWith('2'));
      assert.ok(seen.has(`${operationId} ${good}`), `${operationId} ${good}`);
    }
  });
});
