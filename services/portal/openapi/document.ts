import { catalogPaths } from './catalog.ts';
import {
  body,
  csrfToken,
  gives,
  guarded,
  id,
  paging,
  parameter,
  problems,
  schema,
  write,
} from './describe.ts';
import { exchangePaths } from './exchange.ts';
import { jobPaths } from './jobs.ts';
import { schemas } from './schemas.ts';
import { uploadPaths } from './uploads.ts';

export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Portico',
    version: '1.0.0',
    description:
      'Every error is an RFC 9457 problem. Every write takes an Idempotency-Key: one that answered 5xx, 429 or nothing may be sent again with the same key, to any portal, and happens once. The answers of a write that succeeded, was not found (404) or met a conflict (409) are kept under its key; no other refusal is.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/api/v1' }],
  security: [{ token: [] }, { session: [] }],
  tags: [
    { name: 'media' },
    { name: 'uploads' },
    { name: 'apis' },
    { name: 'generations' },
    { name: 'session' },
    { name: 'tokens' },
    { name: 'status' },
  ],
  paths: {
    '/session': {
      get: {
        tags: ['session'],
        operationId: 'getSession',
        summary: 'Who is signed in',
        security: [],
        responses: {
          200: gives('Who asks; null for nobody', 'Session'),
          ...problems('unauthenticated', 'database-unavailable'),
        },
      },
      post: write({
        tags: ['session'],
        operationId: 'signIn',
        summary: 'Sign in',
        description:
          'The key is the person’s: with the same one, and the right password, the same session is given again.',
        security: [],
        requestBody: body('Credentials'),
        responses: {
          201: gives('Signed in; the cookie is set', 'Session'),
          ...problems('unauthenticated', 'csrf', 'throttled', 'database-unavailable', 'internal'),
        },
      }),
      delete: write({
        tags: ['session'],
        operationId: 'signOut',
        summary: 'Sign out',
        description: 'The key belongs to the session that ends: send its cookie again.',
        security: [{ session: [] }, {}],
        parameters: [csrfToken],
        responses: {
          204: { description: 'Signed out' },
          ...problems('csrf', 'database-unavailable', 'internal'),
        },
      }),
    },
    '/tokens': {
      get: {
        tags: ['tokens'],
        operationId: 'listTokens',
        summary: 'All tokens, newest first (admin)',
        parameters: paging,
        responses: { 200: gives('A page of tokens', 'TokenList'), ...problems('invalid'), ...guarded },
      },
      post: write({
        tags: ['tokens'],
        operationId: 'createToken',
        summary: 'Make a token (admin)',
        parameters: [csrfToken],
        requestBody: body('TokenOrder'),
        responses: {
          201: gives('The token, with its secret', 'NewToken'),
          ...problems('conflict'),
          ...guarded,
        },
      }),
    },
    '/tokens/{id}': {
      delete: write({
        tags: ['tokens'],
        operationId: 'revokeToken',
        summary: 'End a token at once (admin)',
        parameters: [id, csrfToken],
        responses: {
          204: { description: 'The token is worth nothing now' },
          ...problems('not-found'),
          ...guarded,
        },
      }),
    },
    '/media': {
      get: {
        tags: ['media'],
        operationId: 'listMedia',
        summary: 'The library',
        parameters: [
          parameter('search', 'query', 'Part of a name.', { type: 'string', maxLength: 255 }),
          parameter('sort', 'query', 'Order.', {
            type: 'string',
            enum: ['newest', 'oldest', 'name', 'largest'],
            default: 'newest',
          }),
          ...paging,
        ],
        responses: { 200: gives('A page of files', 'MediaList'), ...problems('invalid'), ...guarded },
      },
      post: write({
        tags: ['media'],
        operationId: 'uploadMedia',
        summary: 'Upload a file (publisher)',
        description: '201 is a receipt: the bytes with this SHA-256 are durable.',
        parameters: [
          parameter('visibility', 'query', 'Instead of the field.', {
            type: 'string',
            enum: ['public', 'internal'],
          }),
          csrfToken,
        ],
        requestBody: {
          required: true,
          content: { 'multipart/form-data': { schema: schema('MediaUpload') } },
        },
        responses: {
          201: {
            ...gives('The file is kept', 'Media'),
            headers: { Location: { schema: { type: 'string' } } },
          },
          ...problems('too-large', 'insufficient-storage'),
          ...guarded,
        },
      }),
    },
    '/media/{id}': {
      get: {
        tags: ['media'],
        operationId: 'getMedia',
        summary: 'What is known of a file',
        parameters: [id],
        responses: { 200: gives('The file', 'Media'), ...problems('not-found'), ...guarded },
      },
      delete: write({
        tags: ['media'],
        operationId: 'deleteMedia',
        summary: 'Delete a file for good (publisher)',
        parameters: [id, csrfToken],
        responses: {
          204: { description: 'The file is gone, also when it was before' },
          ...problems('not-found'),
          ...guarded,
        },
      }),
    },
    ...uploadPaths,
    ...catalogPaths,
    ...exchangePaths,
    ...jobPaths,
    '/status': {
      get: {
        tags: ['status'],
        operationId: 'getStatus',
        summary: 'Every portal and database node (admin)',
        responses: { 200: gives('The cluster as one portal sees it', 'ClusterStatus'), ...guarded },
      },
    },
    '/openapi.json': {
      get: {
        tags: ['status'],
        operationId: 'getDescription',
        summary: 'This document',
        security: [],
        responses: {
          200: {
            description: 'OpenAPI 3.1',
            content: { 'application/json': { schema: { type: 'object' } } },
          },
        },
      },
    },
  },
  components: {
    schemas,
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer portico_…`' },
      session: { type: 'apiKey', in: 'cookie', name: '__Host-portico' },
    },
  },
};
