import { csrfToken, gives, guarded, id, parameter, problems, write } from './describe.ts';

/** Resumable uploads: the tus protocol's own headers, as far as a reader needs them. */
const resumable = parameter('Tus-Resumable', 'header', 'The version of the protocol: 1.0.0.', {
  const: '1.0.0',
});
const offset = parameter('Upload-Offset', 'header', 'Where in the file the first byte of the body belongs.', {
  type: 'integer',
  minimum: 0,
});
const checksum = parameter(
  'Upload-Checksum',
  'header',
  '`sha1` or `sha256`, a space, and the digest of this body in Base64. A body that does not match is 460, and none of it is kept.',
  { type: 'string' },
);
const bytes = {
  content: { 'application/offset+octet-stream': { schema: { type: 'string', format: 'binary' } } },
};
const header = (description: string) => ({ description, schema: { type: 'string' } });
const receipt = {
  'Upload-Offset': header('How many bytes are acknowledged: durable, and never to be sent again.'),
  'Upload-Expires': header('When the upload goes, if nothing more is sent.'),
  'Portico-Media': header(
    'Once it is finished: the file, under `/api/v1/media/`. It has the id of the upload.',
  ),
  'Portico-Sha256': header(
    'Once it is finished: the hash of the file, as it was computed from what is on the disk.',
  ),
};

export const uploadPaths = {
  '/uploads': {
    post: write({
      tags: ['uploads'],
      operationId: 'createUpload',
      summary: 'Begin a resumable upload (publisher)',
      description:
        'The tus protocol 1.0.0, with creation-with-upload, creation-defer-length, termination, expiration and checksum; any tus client will do. https://tus.io/protocols/resumable-upload',
      parameters: [
        resumable,
        parameter('Upload-Length', 'header', 'Bytes of the whole file.', { type: 'integer', minimum: 1 }),
        parameter('Upload-Defer-Length', 'header', '1 when the length is not known yet.', { const: '1' }),
        parameter(
          'Upload-Metadata',
          'header',
          'Pairs of key and Base64: `filename` (needed), `visibility` (`public` or `internal`).',
          { type: 'string' },
        ),
        csrfToken,
      ],
      responses: {
        201: {
          description: 'Where to send the bytes',
          headers: { Location: header('The upload.'), ...receipt },
        },
        ...problems('empty-file', 'too-large', 'tus-version', 'throttled', 'insufficient-storage'),
        ...guarded,
      },
    }),
  },
  '/uploads/{id}': {
    get: {
      tags: ['uploads'],
      operationId: 'getUpload',
      summary: 'How far an upload is, as JSON',
      parameters: [id],
      responses: { 200: gives('The upload', 'Upload'), ...problems('not-found', 'gone'), ...guarded },
    },
    patch: {
      tags: ['uploads'],
      operationId: 'continueUpload',
      summary: 'Send bytes',
      description:
        'May be answered early, with fewer bytes acknowledged than were sent: go on from `Upload-Offset`. After the last byte the answer comes when the file is durable and in the library.',
      parameters: [id, resumable, offset, checksum, csrfToken],
      requestBody: bytes,
      responses: {
        204: { description: 'Acknowledged', headers: receipt },
        ...problems(
          'invalid',
          'not-found',
          'wrong-offset',
          'gone',
          'tus-version',
          'too-large',
          'unsupported-media-type',
          'locked',
          'checksum-mismatch',
          'insufficient-storage',
        ),
        ...guarded,
      },
    },
    delete: write({
      tags: ['uploads'],
      operationId: 'endUpload',
      summary: 'Give an upload up, and drop what was sent',
      parameters: [id, resumable, csrfToken],
      responses: {
        204: { description: 'It is gone' },
        ...problems('not-found', 'gone', 'tus-version', 'locked'),
        ...guarded,
      },
    }),
  },
};
