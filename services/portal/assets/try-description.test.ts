import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { excerpt, parametersByOperation, tokensByHand } from './try-description.js';

const whole = () => ({
  openapi: '3.1.0',
  info: { title: 'Pets' },
  tags: [{ name: 'pets' }, { name: 'people' }],
  webhooks: { born: { post: {} } },
  paths: {
    '/pets': {
      parameters: [{ $ref: '#/components/parameters/limit' }],
      get: { tags: ['pets'], responses: { 200: { $ref: '#/components/responses/Pets' } } },
      post: { tags: ['people'], requestBody: { $ref: '#/components/requestBodies/Person' } },
    },
    '/people': {
      get: {
        responses: { 200: { description: 'A person', content: { json: { schema: { type: 'object' } } } } },
      },
      post: {
        requestBody: {
          content: { json: { schema: { $ref: '#/paths/~1people/get/responses/200/content/json/schema' } } },
        },
      },
    },
    '/odd': { get: { parameters: [{ $ref: '#somewhere' }] } },
    '/same': { $ref: '#/components/pathItems/Same' },
    '/first': { get: { parameters: [{ $ref: '#/paths/~1second/get/parameters/1' }] } },
    '/second': { get: { parameters: [{ name: 'a' }, { name: 'b' }] } },
  },
  components: {
    pathItems: { Same: { get: { operationId: 'same' } } },
    parameters: { limit: { name: 'limit', in: 'query' }, unused: { name: 'unused', in: 'query' } },
    responses: {
      Pets: {
        content: { json: { schema: { items: { $ref: '#/components/schemas/Pet/properties/friend' } } } },
      },
    },
    requestBodies: { Person: {} },
    securitySchemes: { key: { type: 'apiKey' } },
    schemas: {
      Pet: {
        properties: { friend: { $ref: '#/components/schemas/Pet' } },
        discriminator: { mapping: { cat: '#/components/schemas/Cat' } },
      },
      Cat: { allOf: [{ $ref: '#/components/schemas/Pet' }] },
      Person: {},
    },
  },
});

describe('what the interactive reference is given of a description', () => {
  it('is one operation and whatever that refers to, also in circles', () => {
    const { components, paths, tags, ...rest } = whole();
    const { limit } = components.parameters;
    const { Pet, Cat } = components.schemas;
    assert.deepEqual(excerpt(whole(), 'get', '/pets'), {
      openapi: rest.openapi,
      info: rest.info,
      tags: [tags[0]],
      paths: { '/pets': { parameters: paths['/pets'].parameters, get: paths['/pets'].get } },
      components: {
        securitySchemes: components.securitySchemes,
        parameters: { limit },
        responses: components.responses,
        schemas: { Pet, Cat },
      },
    });
  });

  it('keeps what is referred to within another operation, where it stands, and lists as lists', () => {
    const cut = excerpt(whole(), 'post', '/people') as ReturnType<typeof whole>;
    assert.deepEqual(Object.keys(cut.paths['/people']), ['post', 'get']);
    assert.equal(cut.paths['/people'].get.responses[200].content.json.schema.type, 'object');
    const first = excerpt(whole(), 'get', '/first') as ReturnType<typeof whole>;
    assert.ok(Array.isArray(first.paths['/second'].get.parameters));
    assert.deepEqual(first.paths['/second'].get.parameters[1], { name: 'b' });
  });

  it('follows a path that is described elsewhere', () => {
    const { paths } = excerpt(whole(), 'get', '/same') as ReturnType<typeof whole>;
    assert.deepEqual(paths, { '/same': { get: { operationId: 'same' } } });
  });

  it('is all of it where a reference is no plain path, or the operation is not there', () => {
    assert.deepEqual(excerpt(whole(), 'get', '/odd'), whole());
    assert.deepEqual(excerpt(whole(), 'get', '/none'), whole());
    assert.deepEqual(excerpt(whole(), 'delete', '/pets'), whole());
  });

  it('has every parameter with its operation, whose own comes before the one of its path', () => {
    const shared = { name: 'limit', in: 'query', description: 'of the path' };
    const own = { name: 'limit', in: 'query', description: 'of the operation' };
    const other = { name: 'limit', in: 'header' };
    const description = {
      paths: {
        '/a': {
          parameters: [{ $ref: '#/components/parameters/limit' }, other],
          get: { parameters: [own] },
          put: {},
        },
      },
      components: { parameters: { limit: shared } },
    };
    assert.deepEqual(parametersByOperation(description).paths, {
      '/a': {
        get: { parameters: [own, other] },
        put: { parameters: [{ $ref: '#/components/parameters/limit' }, other] },
      },
    });
    assert.deepEqual(parametersByOperation({ paths: { '/b': null } }), { paths: { '/b': null } });
  });

  it('takes a token from the person where one would be fetched, and leaves the other ways', () => {
    const key = { type: 'apiKey', in: 'header', name: 'X-Key' };
    const flows = { clientCredentials: { tokenUrl: 'https://stranger.example/token' } };
    const described = tokensByHand({
      components: {
        securitySchemes: { key, signIn: { type: 'oauth2', description: 'Ours.', flows }, nothing: null },
      },
    }) as { components: { securitySchemes: Record<string, Record<string, string>> } };
    const { key: same, signIn } = described.components.securitySchemes;
    assert.equal(same, key);
    assert.deepEqual([signIn?.type, signIn?.scheme], ['http', 'bearer']);
    assert.match(signIn!.description!, /^Ours\.\n\nPaste an access token/);
    const older = tokensByHand({ securityDefinitions: { signIn: { type: 'oauth2' } } }) as {
      securityDefinitions: Record<string, Record<string, string>>;
    };
    assert.deepEqual(
      [older.securityDefinitions.signIn?.type, older.securityDefinitions.signIn?.name],
      ['apiKey', 'Authorization'],
    );
  });

  it('lets no name in a description reach the objects of the page', () => {
    const hostile = JSON.parse(
      '{"paths":{"/a":{"get":{"x":"#/__proto__/polluted","y":"#/components/__proto__/polluted"}}},"components":{"__proto__":{"polluted":"yes"}},"__proto__":{"polluted":"yes"}}',
    );
    excerpt(hostile, 'get', '/a');
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
