/** JSON Schema 2020-12 of APIs and generations. */
import { count, object, ref, sha256, text, time } from './shapes.ts';

const facts = {
  title: { ...text, maxLength: 200 },
  summary: { ...text, maxLength: 500 },
  owner: { ...text, maxLength: 100 },
  tags: { type: 'array', items: { ...text, maxLength: 40 }, maxItems: 20 },
  lifecycle: { type: 'string', enum: ['draft', 'active', 'deprecated', 'retired'] },
  sunset: {
    type: ['string', 'null'],
    format: 'date',
    description: 'The day on which a deprecated one ends.',
  },
} as const;
const optionalFacts = Object.keys(facts);
const name = { ...text, pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 80 } as const;
const revision = { type: 'integer', minimum: 1, description: 'Grows with every change.' } as const;

const api = {
  name,
  ...facts,
  revision,
  createdBy: text,
  createdAt: time,
  updatedBy: text,
  updatedAt: time,
  url: { ...text, format: 'uri-reference', description: 'Its page, once it is published.' },
};

const found = object({ fatal: count, error: count, warning: count });

const version = {
  name: { ...text, maxLength: 64 },
  format: text,
  changelog: text,
  operations: count,
  errors: count,
  warnings: count,
  problems: { type: 'array', items: ref('SpecProblem') },
  sourceName: text,
  source: object({ name: text, sha256 }),
  document: object({ sha256 }),
  revision,
  createdBy: text,
  createdAt: time,
  updatedAt: time,
};

const generation = {
  n: { type: 'integer', minimum: 1 },
  manifestSha256: sha256,
  apis: count,
  versions: count,
  note: text,
  createdBy: text,
  createdAt: time,
  pinned: { type: 'boolean' },
  isCurrent: { type: 'boolean' },
  origin: {
    description:
      'Of an imported one: the name under which the other cluster’s key is trusted, and its number there.',
    oneOf: [{ type: 'null' }, object({ cluster: text, n: count, fingerprint: text })],
  },
} as const;

const publicKey = {
  ...text,
  pattern: '^ed25519:[A-Za-z0-9_-]{43}$',
  description: 'Ed25519: the 32 bytes of the key in base64url.',
} as const;
const keyName = { ...text, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' } as const;

const activation = {
  epoch: { type: 'integer', minimum: 1, description: 'Grows with each activation, backwards ones, too.' },
  n: generation.n,
  state: { type: 'string', enum: ['preparing', 'flipped', 'done', 'failed'] },
  reason: text,
  askedBy: text,
  askedAt: time,
  flippedAt: { type: ['string', 'null'], format: 'date-time' },
  endedAt: { type: ['string', 'null'], format: 'date-time' },
} as const;

export const catalogSchemas = {
  Api: object(api),
  ApiOrder: object({ name, ...facts }, optionalFacts),
  ApiChange: object({ ...facts, revision }, [...optionalFacts, 'revision']),
  ApiVersion: object(version),
  ApiVersionList: object({ items: { type: 'array', items: ref('ApiVersion') } }),
  ApiWithVersions: object({ ...api, versions: { type: 'array', items: ref('ApiVersion') } }),
  ApiList: object({ items: { type: 'array', items: ref('Api') }, nextCursor: text, total: count }, [
    'nextCursor',
  ]),
  SpecProblem: object(
    {
      severity: { type: 'string', enum: ['fatal', 'error', 'warning'] },
      file: text,
      line: { ...count, description: 'From 1; 0 when it concerns the file as a whole.' },
      column: count,
      sentence: text,
      rule: text,
      pointer: text,
      excerpt: object({
        from: count,
        lines: { type: 'array', items: text },
        column: { type: 'integer' },
        cut: { type: 'boolean' },
      }),
    },
    ['rule', 'pointer', 'excerpt'],
  ),
  SpecReading: object(
    {
      format: text,
      root: text,
      title: text,
      version: text,
      operations: count,
      problems: { type: 'array', items: ref('SpecProblem') },
      found,
      readable: { type: 'boolean', description: 'Nothing fatal was found: it can be kept and published.' },
    },
    ['format', 'root'],
  ),
  SpecUpload: {
    type: 'object',
    properties: {
      api: { ...name, description: 'Which API. Default: from the description’s title.' },
      version: { ...text, description: 'Default: what the description says.' },
      changelog: { ...text, description: 'What is new, in Markdown.' },
      replace: {
        type: 'string',
        enum: ['true', 'false'],
        description: 'In the place of a version of the same name.',
      },
      file: { type: 'string', format: 'binary', description: 'Comes last.' },
    },
    required: ['file'],
  },
  Submitted: object({ api: ref('Api'), version: ref('ApiVersion'), isNew: { type: 'boolean' } }),
  Generation: object(generation),
  GenerationWithManifest: object({ ...generation, manifest: { type: 'object' } }),
  GenerationChange: object({ pinned: { type: 'boolean', description: 'It is never forgotten.' } }),
  BundleUpload: {
    type: 'object',
    properties: {
      file: { type: 'string', format: 'binary', description: 'As another cluster exported it.' },
    },
    required: ['file'],
  },
  SigningKey: object({ publicKey, fingerprint: text }),
  TrustedKey: object({ name: keyName, publicKey, fingerprint: text, addedBy: text, addedAt: time }),
  TrustedKeyOrder: object({ name: keyName, publicKey }),
  TrustedKeyList: object({ items: { type: 'array', items: ref('TrustedKey') } }),
  GenerationOrder: object({ note: { ...text, maxLength: 500 } }, ['note']),
  GenerationList: object({ items: { type: 'array', items: ref('Generation') }, nextCursor: text }, [
    'nextCursor',
  ]),
  Change: object(
    {
      kind: { type: 'string', enum: ['added', 'removed', 'changed'] },
      api: text,
      version: text,
      details: { type: 'array', items: text },
    },
    ['version'],
  ),
  ChangeList: object({ changes: { type: 'array', items: ref('Change') } }),
  Activation: object(activation),
  ActivationList: object({ items: { type: 'array', items: ref('Activation') } }),
};
