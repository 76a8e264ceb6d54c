import { body, csrfToken, gives, guarded, parameter, problems, write } from './describe.ts';

const n = parameter('n', 'path', 'The generation’s number.', { type: 'integer', minimum: 1 });

export const exchangePaths = {
  '/generations/import': {
    post: write({
      tags: ['generations'],
      operationId: 'importGeneration',
      summary: 'Keep a generation that another cluster exported (admin)',
      description:
        'Its key must be trusted. Everything in it is verified before anything of it is visible; nobody sees it before it is activated, and drafts stay as they are. The same file again is the same generation: 200.',
      parameters: [csrfToken],
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: { $ref: '#/components/schemas/BundleUpload' },
            encoding: { file: { contentType: 'application/x-tar' } },
          },
        },
      },
      responses: {
        200: gives('It was here already', 'Generation'),
        201: gives('Kept', 'Generation'),
        ...problems('too-large', 'bundle-invalid', 'insufficient-storage'),
        ...guarded,
      },
    }),
  },
  '/generations/{n}/export': {
    get: {
      tags: ['generations'],
      operationId: 'exportGeneration',
      summary: 'A generation as one file, signed with this cluster’s key (publisher)',
      description:
        'A tar of `manifest.json`, `signature.json` and `blobs/<sha256>`. The same generation is the same file, byte for byte.',
      parameters: [n],
      responses: {
        200: {
          description: 'The file',
          content: { 'application/x-tar': { schema: { type: 'string', format: 'binary' } } },
        },
        ...problems('not-found'),
        ...guarded,
      },
    },
  },
  '/signing-key': {
    get: {
      tags: ['generations'],
      operationId: 'getSigningKey',
      summary: 'By which other clusters know this one’s exports (publisher)',
      responses: { 200: gives('The public key', 'SigningKey'), ...guarded },
    },
  },
  '/trusted-keys': {
    get: {
      tags: ['generations'],
      operationId: 'listTrustedKeys',
      summary: 'Whose exports are taken here, by name (admin)',
      responses: { 200: gives('The keys', 'TrustedKeyList'), ...guarded },
    },
    post: write({
      tags: ['generations'],
      operationId: 'trustKey',
      summary: 'Take the exports of another cluster (admin)',
      parameters: [csrfToken],
      requestBody: body('TrustedKeyOrder'),
      responses: { 201: gives('Trusted', 'TrustedKey'), ...problems('conflict'), ...guarded },
    }),
  },
  '/trusted-keys/{name}': {
    delete: write({
      tags: ['generations'],
      operationId: 'distrustKey',
      summary: 'Take no more exports of a cluster (admin)',
      description: 'What was imported stays.',
      parameters: [parameter('name', 'path', 'Of the key.', { type: 'string' }), csrfToken],
      responses: { 204: { description: 'No longer trusted' }, ...problems('not-found'), ...guarded },
    }),
  },
};
