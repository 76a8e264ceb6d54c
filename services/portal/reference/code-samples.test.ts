import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation, Overview } from '../../specs/model.ts';
import { codeSamples } from './code-samples.ts';

const overview: Overview = {
  format: 'openapi-3.1',
  title: 'T',
  version: '1',
  servers: [{ url: 'https://{where}.example/v1/', variables: [{ name: 'where', default: 'api' }] }],
  auth: [{ name: 'key', type: 'apiKey', place: 'header', parameter: 'X-Key' }],
  groups: [],
  types: [],
};
const operation: Operation = {
  kind: 'operation',
  id: 'a',
  label: 'POST',
  name: '/pets/{id}',
  group: 'pets',
  parameters: [
    { name: 'id', place: 'path', required: true, example: 'a b' },
    { name: 'dry', place: 'query', required: true, schema: { type: 'boolean', default: true } },
    { name: 'page', place: 'query' },
  ],
  body: {
    contents: [{ mediaType: 'application/json', examples: [{ name: 'E', value: { name: "Rex's" } }] }],
  },
  security: [[{ scheme: 'key', scopes: [] }]],
};
const curl = (change: Partial<Operation>, about: Partial<Overview> = {}) =>
  codeSamples({ ...operation, ...change }, { ...overview, ...about })[0]?.code;

test('curl, with what is needed and nothing else, quoted for a shell', () => {
  assert.equal(
    curl({}),
    `curl 'https://api.example/v1/pets/a%20b?dry=true' \\
  --request POST \\
  --header 'Content-Type: application/json' \\
  --header 'X-Key: YOUR_KEY' \\
  --data '{
  "name": "Rex'\\''s"
}'`,
  );
});

test('each language is there', () => {
  assert.deepEqual(
    codeSamples(operation, overview).map(({ language }) => language),
    ['curl', 'JavaScript', 'Python', 'Go', 'Java', 'C#'],
  );
});

test('a server that is not named, is relative, or has the operation’s own', () => {
  const plain = {
    body: undefined,
    security: [],
    parameters: [],
    name: '/a',
  } as unknown as Partial<Operation>;
  assert.match(curl(plain, { servers: [] }) ?? '', /https:\/\/api\.example\.com\/a/);
  assert.match(curl(plain, { servers: [{ url: '/v2' }] }) ?? '', /https:\/\/api\.example\.com\/v2\/a/);
  assert.match(curl({ ...plain, servers: [{ url: 'https://b.example' }] }) ?? '', /https:\/\/b\.example\/a/);
});

test('each way of signing in', () => {
  const header = (scheme: object) =>
    /(Authorization|Cookie|X-\w+): [^']*|k=YOUR_KEY/.exec(
      curl({}, { auth: [{ name: 'key', ...scheme } as never] }) ?? '',
    )?.[0];
  assert.equal(header({ type: 'http', scheme: 'Basic' }), 'Authorization: Basic YOUR_CREDENTIALS');
  assert.equal(header({ type: 'http', scheme: 'bearer' }), 'Authorization: Bearer YOUR_TOKEN');
  assert.equal(header({ type: 'oauth2' }), 'Authorization: Bearer YOUR_TOKEN');
  assert.equal(header({ type: 'apiKey', place: 'cookie', parameter: 'k' }), 'Cookie: k=YOUR_KEY');
  assert.equal(header({ type: 'apiKey', place: 'query', parameter: 'k' }), 'k=YOUR_KEY');
});

test('a body that is a string is sent as JSON in each language', () => {
  const body = {
    contents: [
      { mediaType: 'application/json', schema: { type: 'string' }, examples: [{ name: 'E', value: 'Rex' }] },
    ],
  };
  const sent: Record<string, RegExp> = {
    curl: /--data '"Rex"'/,
    JavaScript: /body: '"Rex"'/,
    Python: /json="Rex"/,
    Go: /strings\.NewReader\(`"Rex"`\)/,
    Java: /"\\"Rex\\""/,
    'C#': /\n"Rex"\n/,
  };
  for (const { language, code } of codeSamples({ ...operation, body }, overview))
    assert.match(code, sent[language]!, language);
});

test('a form is sent as one', () => {
  const mediaType = 'application/x-www-form-urlencoded';
  const body = { contents: [{ mediaType, examples: [{ name: 'E', value: { name: 'Rex', age: 7 } }] }] };
  assert.match(curl({ body }) ?? '', /--data-urlencode 'name=Rex' \\\n {2}--data-urlencode 'age=7'/);
});
