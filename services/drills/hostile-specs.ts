/** API descriptions that somebody sends to do harm: what each is, and how it has to end. */
import { hostileArchive } from './hostile-archives.ts';

export interface Specimen {
  what: string;
  /** Of the file, as it is sent. */
  name: string;
  bytes: Buffer;
  /** The sentence with which it is refused; undefined: it is taken, and its pages are harmless. */
  refused: RegExp | undefined;
}

const MIB = 2 ** 20;
const info = (title: string) => ({ title, version: '1' });
const ok = { responses: { 200: { description: 'ok' } } };

function json(what: string, document: object, refused?: RegExp): Specimen {
  const bytes = Buffer.from(JSON.stringify({ openapi: '3.1.0', info: info(what), paths: {}, ...document }));
  return { what, name: 'openapi.json', bytes, refused };
}
const yaml = (what: string, text: string, refused: RegExp): Specimen => ({
  what,
  name: 'openapi.yaml',
  bytes: Buffer.from(`openapi: 3.1.0\ninfo: {title: x, version: "1"}\npaths: {}\n${text}\n`),
  refused,
});
const zip = (what: string, entries: Parameters<typeof hostileArchive>[0], refused: RegExp): Specimen => ({
  what,
  name: 'openapi.zip',
  bytes: hostileArchive(entries),
  refused,
});

/** @param listener an address at which nobody may ask */
export function hostileSpecs(listener: string): Specimen[] {
  return [
    ...tooMuch(),
    ...circles(),
    ...outside(listener),
    scripts(),
    ...archives(),
    ...heavyPages(),
    notUtf8(),
  ];
}

function tooMuch(): Specimen[] {
  const laughs = ['x-a: &a [ha,ha,ha,ha,ha,ha,ha,ha,ha]'];
  for (const [n, name] of [...'bcdefghi'].entries())
    laughs.push(`x-${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[n]}`).join(',')}]`);
  const paths = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`/p${n}`, { get: ok }]));
  const schemas = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`S${n}`, {}]));
  const values = Array.from({ length: 100_000 }, (_, n) => `value-${n}`);
  return [
    yaml('a YAML bomb', laughs.join('\n'), /more than 4,000,000 values/),
    yaml('a YAML alias inside of itself', 'x-a: &a [*a]', /contains itself/),
    yaml('YAML of 10,000 levels', `x-a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, /deeper than|YAML/),
    // JSON.stringify would give up at this depth; JSON is YAML, too.
    { ...yaml('JSON of 10,000 levels', '', /deeper than/), name: 'openapi.json', bytes: nested(10_000) },
    json('100,000 paths', { paths }, /100,000 operations/),
    json('200,000 schemas', { components: { schemas } }, /200,000 schemas/),
    json('an enumeration of 100,000 values', { components: { schemas: { Many: { enum: values } } } }),
  ];
}

const nested = (levels: number): Buffer =>
  Buffer.from(`{"openapi":"3.1.0","paths":{},"x-a":${'['.repeat(levels)}${']'.repeat(levels)}}`);

function circles(): Specimen[] {
  const tree = { type: 'object', properties: { left: { $ref: '#/components/schemas/Tree' } } };
  const hen = { allOf: [{ $ref: '#/components/schemas/Egg' }] };
  const egg = { anyOf: [{ $ref: '#/components/schemas/Hen' }, { $ref: '#/components/schemas/Tree' }] };
  const self = { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } };
  return [
    json('schemas in circles', { components: { schemas: { Tree: tree, Hen: hen, Egg: egg } } }),
    json('references that are nothing else', { components: { schemas: self } }, /followed to its end/),
  ];
}

function outside(listener: string): Specimen[] {
  const refs = [
    'file:///etc/passwd',
    '/etc/passwd',
    '../../x.yaml',
    'http://db-1:3306/',
    'http://169.254.169.254/latest/meta-data/',
    `http://${listener}/schema.yaml`,
    `//${listener}/schema.yaml`,
  ];
  const paths = Object.fromEntries(
    refs.map((ref, n) => {
      const schema = { $ref: ref };
      const examples = { a: { externalValue: ref } };
      const content = { 'application/json': { schema, examples } };
      return [`/p${n}`, { post: { requestBody: { content }, responses: { 200: { $ref: ref } } } }];
    }),
  );
  return [json('references to elsewhere', { paths })];
}

function scripts(): Specimen {
  const evil = [
    '<script>alert(1)</script>',
    '</script><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '[a](javascript:alert(1)) [b](java&#115;cript:alert(1)) <javascript:alert(1)> ![c](javascript:alert(1))',
    '![d](https://elsewhere.example/d.png) [e]: data:text/html,x',
    '<iframe src="//elsewhere.example"></iframe><base href="//elsewhere.example">',
    '<!-- x --><style>*{display:none}</style>',
  ].join('\n\n');
  const url = 'javascript:alert(1)';
  const schema = {
    title: evil,
    description: evil,
    type: 'string',
    enum: [evil, 'x'],
    default: evil,
    example: evil,
    examples: [evil],
    pattern: evil,
    properties: { [evil]: { description: evil, const: evil } },
  };
  const content = {
    [evil]: { schema },
    'application/json': { schema, examples: { [evil]: { summary: evil, value: evil } } },
  };
  const operation = {
    operationId: evil,
    summary: evil,
    description: evil,
    tags: [evil],
    externalDocs: { url, description: evil },
    parameters: [{ name: evil, in: 'query', description: evil, schema, example: evil }],
    requestBody: { description: evil, content },
    responses: { 200: { description: evil, content, headers: { [evil]: { description: evil, schema } } } },
    servers: [{ url, description: evil }],
    security: [{ [evil]: [evil] }],
    callbacks: { [evil]: { [evil]: { post: { summary: evil, responses: {} } } } },
  };
  const flow = { authorizationUrl: url, tokenUrl: url, scopes: { [evil]: evil } };
  return json('scripts', {
    info: {
      title: `Scripts ${evil}`,
      version: '1',
      summary: evil,
      description: evil,
      termsOfService: url,
      contact: { name: evil, url },
      license: { name: evil, url },
    },
    externalDocs: { url, description: evil },
    servers: [
      { url, description: evil, variables: { [evil]: { default: evil, enum: [evil], description: evil } } },
    ],
    tags: [{ name: evil, description: evil, externalDocs: { url } }],
    paths: { [`/${evil}`]: { get: operation, post: { ...operation, operationId: 'post' } } },
    components: {
      schemas: { Evil: schema, [evil]: schema },
      securitySchemes: {
        [evil]: { type: 'oauth2', description: evil, flows: { implicit: flow } },
        id: { type: 'openIdConnect', openIdConnectUrl: url, description: evil },
      },
    },
  });
}

/** Within every limit of the whole, and yet made so that one page of it is a lot of work. */
function heavyPages(): Specimen[] {
  const brackets = '!['.repeat(100_000);
  const properties = Object.fromEntries(
    Array.from({ length: 100 }, (_, n) => [`p${n}`, { type: 'string', description: brackets }]),
  );
  const parameters = Array.from({ length: 10_000 }, (_, n) => ({ name: `p${n}`, in: 'query', schema: {} }));
  const servers = Array.from({ length: 20_000 }, (_, n) => ({ url: `https://s${n}.example` }));
  return [
    json('Markdown of 20 million brackets', { components: { schemas: { Brackets: { properties } } } }),
    json('an operation of 10,000 parameters', { paths: { '/many': { get: { ...ok, parameters } } } }),
    json('20,000 servers', { servers, paths: { '/one': { get: ok } } }),
  ];
}

function archives(): Specimen[] {
  const root = Buffer.from(`openapi: 3.1.0\ninfo: {title: x, version: "1"}\npaths: {}\n`);
  const entry = (name: string, content: Buffer = root) => ({ name, content });
  const many = (suffix: string) =>
    Array.from({ length: 100_000 }, (_, n) => entry(`${n}.${suffix}`, Buffer.alloc(0)));
  const bomb = Buffer.alloc(128 * MIB, ' ');
  return [
    zip('an archive that climbs out', [entry('../../openapi.yaml')], /invalid relative path/),
    zip('an archive with an absolute path', [entry('/etc/openapi.yaml')], /absolute path/),
    zip('an archive with a path of Windows', [entry('..\\..\\openapi.yaml')], /invalid characters/),
    zip('a zip bomb', [entry('openapi.yaml'), entry('bomb.yaml', bomb)], /32 MiB unpacked/),
    zip('a zip bomb that lies', [{ ...entry('openapi.yaml', bomb), claims: 80 }], /too many bytes/),
    zip(
      'an archive of 100,000 files',
      [entry('openapi.yaml'), ...many('yaml')],
      /2,000 files|cannot be read/,
    ),
    zip('an archive of 100,000 pictures', many('png'), /holds no description|cannot be read/),
  ];
}

const notUtf8 = (): Specimen => ({
  what: 'not UTF-8',
  name: 'openapi.yaml',
  bytes: Buffer.concat([
    Buffer.from('openapi: 3.1.0\ninfo:\n  title: '),
    Buffer.from([0xff, 0xfe, 0xc0, 0xaf]),
  ]),
  refused: /not UTF-8/,
});
