import { body, csrfToken, gives, guarded, paging, parameter, problems, write } from './describe.ts';

const name = parameter('name', 'path', 'Of the API, as in its address: `petstore`.', { type: 'string' });
const version = parameter('version', 'path', 'Of the version: `1.0.0`.', { type: 'string' });
const n = parameter('n', 'path', 'The generation’s number.', { type: 'integer', minimum: 1 });
const spec = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: { $ref: '#/components/schemas/SpecUpload' },
      encoding: { file: { contentType: 'application/octet-stream' } },
    },
  },
};

export const catalogPaths = {
  '/apis': {
    get: {
      tags: ['apis'],
      operationId: 'listApis',
      summary: 'The drafts of APIs, by name',
      parameters: [
        parameter('search', 'query', 'In names, titles and summaries.', { type: 'string', maxLength: 255 }),
        parameter('lifecycle', 'query', 'Only these.', {
          type: 'string',
          enum: ['draft', 'active', 'deprecated', 'retired'],
        }),
        parameter('tag', 'query', 'Only those that have it.', { type: 'string', maxLength: 40 }),
        ...paging,
      ],
      responses: { 200: gives('A page of APIs', 'ApiList'), ...problems('invalid'), ...guarded },
    },
    post: write({
      tags: ['apis'],
      operationId: 'createApi',
      summary: 'Make an API without a version (publisher)',
      parameters: [csrfToken],
      requestBody: body('ApiOrder'),
      responses: { 201: gives('Made', 'Api'), ...problems('conflict'), ...guarded },
    }),
  },
  '/apis/{name}': {
    get: {
      tags: ['apis'],
      operationId: 'getApi',
      summary: 'An API with its versions, as drafted',
      parameters: [name],
      responses: { 200: gives('The API', 'ApiWithVersions'), ...problems('not-found'), ...guarded },
    },
    patch: write({
      tags: ['apis'],
      operationId: 'updateApi',
      summary: 'Change what is said of an API (publisher)',
      description: 'With `revision`, it is refused (409) when somebody else changed it since.',
      parameters: [name, csrfToken],
      requestBody: body('ApiChange'),
      responses: { 200: gives('Changed', 'Api'), ...problems('not-found', 'conflict'), ...guarded },
    }),
    delete: write({
      tags: ['apis'],
      operationId: 'deleteApi',
      summary: 'Remove an API from the drafts, with its versions (publisher)',
      description: 'What is published stays until the next publish.',
      parameters: [name, csrfToken],
      responses: { 204: { description: 'Removed' }, ...problems('not-found'), ...guarded },
    }),
  },
  '/apis/{name}/versions': {
    get: {
      tags: ['apis'],
      operationId: 'listVersions',
      summary: 'The versions of an API, as drafted, the latest first',
      parameters: [name],
      responses: { 200: gives('All of them', 'ApiVersionList'), ...problems('not-found'), ...guarded },
    },
    post: write({
      tags: ['apis'],
      operationId: 'addVersion',
      summary: 'Send a description as a version of this API, which is made if there is none (publisher)',
      parameters: [name, csrfToken],
      requestBody: spec,
      responses: {
        201: gives('Kept as a draft', 'Submitted'),
        ...problems('conflict', 'too-large', 'spec-invalid', 'insufficient-storage'),
        ...guarded,
      },
    }),
  },
  '/apis/{name}/versions/{version}': {
    get: {
      tags: ['apis'],
      operationId: 'getVersion',
      summary: 'A version, with what is wrong with its description',
      parameters: [name, version],
      responses: { 200: gives('The version', 'ApiVersion'), ...problems('not-found'), ...guarded },
    },
    delete: write({
      tags: ['apis'],
      operationId: 'deleteVersion',
      summary: 'Remove a version from the drafts (publisher)',
      parameters: [name, version, csrfToken],
      responses: { 204: { description: 'Removed' }, ...problems('not-found'), ...guarded },
    }),
  },
  '/specs': {
    post: write({
      tags: ['apis'],
      operationId: 'submitSpec',
      summary: 'Send a description; it says itself which API and version it is (publisher)',
      parameters: [csrfToken],
      requestBody: spec,
      responses: {
        201: gives('Kept as a draft', 'Submitted'),
        ...problems('conflict', 'too-large', 'spec-invalid', 'insufficient-storage'),
        ...guarded,
      },
    }),
  },
  '/specs/check': {
    post: {
      tags: ['apis'],
      operationId: 'checkSpec',
      summary: 'What is wrong with a description; nothing is kept',
      parameters: [csrfToken],
      requestBody: spec,
      responses: {
        200: gives('What was found', 'SpecReading'),
        ...problems('invalid', 'too-large'),
        ...guarded,
      },
    },
  },
  '/generations': {
    get: {
      tags: ['generations'],
      operationId: 'listGenerations',
      summary: 'What is published, and what was, the latest first',
      parameters: paging,
      responses: {
        200: gives('A page of generations', 'GenerationList'),
        ...problems('invalid'),
        ...guarded,
      },
    },
    post: write({
      tags: ['generations'],
      operationId: 'createGeneration',
      summary: 'Make a generation of everything that is drafted now (publisher)',
      description: 'Nobody sees it before it is activated.',
      parameters: [csrfToken],
      requestBody: body('GenerationOrder'),
      responses: { 201: gives('Made', 'Generation'), ...problems('conflict'), ...guarded },
    }),
  },
  '/generations/pending': {
    get: {
      tags: ['generations'],
      operationId: 'getPendingChanges',
      summary: 'What publishing now would change',
      responses: { 200: gives('The changes', 'ChangeList'), ...guarded },
    },
  },
  '/generations/{n}': {
    get: {
      tags: ['generations'],
      operationId: 'getGeneration',
      summary: 'A generation with its manifest',
      parameters: [n],
      responses: {
        200: gives('The generation', 'GenerationWithManifest'),
        ...problems('not-found'),
        ...guarded,
      },
    },
    patch: write({
      tags: ['generations'],
      operationId: 'pinGeneration',
      summary: 'Keep a generation however old it becomes, or no longer (publisher)',
      parameters: [n, csrfToken],
      requestBody: body('GenerationChange'),
      responses: { 200: gives('Changed', 'Generation'), ...problems('not-found'), ...guarded },
    }),
  },
  '/generations/{n}/changes': {
    get: {
      tags: ['generations'],
      operationId: 'compareGenerations',
      summary: 'What changed from one generation to this one',
      parameters: [
        n,
        parameter('from', 'query', 'The other one; 0 for nothing.', {
          type: 'integer',
          minimum: 0,
          default: 0,
        }),
      ],
      responses: { 200: gives('The changes', 'ChangeList'), ...problems('not-found'), ...guarded },
    },
  },
  '/generations/{n}/activation': {
    post: write({
      tags: ['generations'],
      operationId: 'activateGeneration',
      summary: 'Make a generation current on every portal (publisher)',
      description:
        'Answered when no portal serves another one any more. A rollback is the activation of an earlier one.',
      parameters: [n, csrfToken],
      responses: { 201: gives('Current', 'Activation'), ...problems('not-found', 'conflict'), ...guarded },
    }),
  },
  '/activations': {
    get: {
      tags: ['generations'],
      operationId: 'listActivations',
      summary: 'Each time that a generation was made current, or was to be; the latest first',
      parameters: [paging[1]!],
      responses: { 200: gives('Activations', 'ActivationList'), ...problems('invalid'), ...guarded },
    },
  },
};
