import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Server } from '@tus/server';
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { ulid } from 'ulid';
import { PorticoError } from '../../platform/errors.ts';
import type { Guards } from '../http/context.ts';
import type { Csrf } from '../http/csrf.ts';
import { onlyThese } from '../http/errors.ts';
import { checkScriptedWrite } from '../http/guards.ts';
import { idempotencyOf } from '../http/input.ts';
import { discardRest } from '../http/unread.ts';
import { ALGORITHMS, parseChecksum } from './checksum.ts';
import type { Holds } from './holds.ts';
import { uploadLocker } from './locker.ts';
import { asUploadError } from './problems.ts';
import { currentRequest, runAs, type UploadRequest } from './request.ts';
import type { UploadStore } from './store.ts';
import { isFull, type UploadRow } from './types.ts';

const PATH = '/api/v1/uploads';
const OFFSET_STREAM = 'application/offset+octet-stream';

export interface UploadApiParts {
  guards: Guards;
  csrf: Csrf;
  uploads: { store: UploadStore; holds: Holds };
  /** Bytes. */
  maxUpload: number;
}

/** Resumable uploads: https://tus.io/protocols/resumable-upload, spoken by @tus/server. */
export function uploadApi({ guards, csrf, uploads, maxUpload }: UploadApiParts): Router {
  const { store, holds } = uploads;
  const tus = new Server({
    path: PATH,
    datastore: store,
    locker: uploadLocker(holds),
    maxSize: maxUpload,
    relativeLocation: true,
    // Pages of other origins have no business here, so they get none of the headers that would let them.
    allowedOrigins: () => false,
    // What a request has written is kept as soon as another asks for the upload: 0 would mean the default of 3 s.
    lockDrainTimeout: 1,
    namingFunction: () => ulid(),
    getFileIdFromRequest: (_request, last) => last,
    // Before anything is asked of whoever writes it: an upload is its creator's alone.
    async onIncomingRequest(_request, id) {
      if (currentRequest().method !== 'POST') await store.see(id);
    },
    onResponseError(_request, error) {
      currentRequest().fault = error;
      return undefined;
    },
  });

  const serve = async (request: Request, response: Response): Promise<void> => {
    const about = describe(request);
    response.set('Cache-Control', 'no-store');
    const answer = await runAs(about, () => tus.handleWeb(webRequest(request, about)));
    for (const [name, value] of answer.headers) {
      if (!name.startsWith('access-control-')) response.set(name, value);
    }
    if (answer.status >= 400) throw asUploadError(about.fault, answer.status, await answer.text());
    if (about.replayed) response.set('Idempotency-Replayed', 'true');
    if (request.method === 'OPTIONS') response.set('Tus-Checksum-Algorithm', ALGORITHMS.join(','));
    const id = about.id ?? answer.headers.get('location')?.split('/').at(-1);
    if (id && answer.headers.get('upload-offset')) await runAs(about, () => receipt(store, id, response));
    if (!request.complete && about.hasBody) discardRest(request, response);
    response.status(answer.status).end();
  };

  const router = Router();
  const publisher = guards.requireRole('publisher');
  const own = checkScriptedWrite(csrf);
  router.options([PATH, `${PATH}/:id`], serve);
  router.post(PATH, publisher, own, onlyOurVersion, serve);
  router.head(`${PATH}/:id`, publisher, onlyOurVersion, serve);
  router.patch(`${PATH}/:id`, publisher, own, onlyOurVersion, onlyOffsetStreams, serve);
  router.delete(`${PATH}/:id`, publisher, own, onlyOurVersion, async (request, response) => {
    try {
      await serve(request, response);
    } catch (error) {
      // An upload that was ended is not found again; whoever ended it with this key hears that it is done.
      if (!(await store.ended(describe(request)))) throw error;
      for (const name of ['Content-Length', 'Content-Type']) response.removeHeader(name);
      response.set({ 'Tus-Resumable': '1.0.0', 'Idempotency-Replayed': 'true' }).status(204).end();
    }
  });
  router.get(`${PATH}/:id`, publisher, async (request, response) => {
    const row = await runAs(describe(request), () => store.see(String(request.params.id)));
    response.set('Cache-Control', 'no-store').json(uploadJson(row));
  });
  router.all(PATH, onlyThese('POST'));
  router.all(`${PATH}/:id`, onlyThese('GET', 'PATCH', 'DELETE'));
  router.use(PATH, inTusTerms);
  return router;

  function describe(request: Request): UploadRequest {
    const { principal, method, headers } = request;
    const id = request.params.id === undefined ? undefined : String(request.params.id);
    return {
      method,
      id,
      owner: principal ? `${principal.kind} ${principal.id}` : '',
      createdBy: principal?.name ?? '',
      checksum: parseChecksum(headers['upload-checksum'] as string | undefined),
      // A PATCH needs no key: it says from which byte it goes on.
      idempotency: method === 'POST' || method === 'DELETE' ? idempotencyOf(request).idempotency : undefined,
      hasBody: headers['content-type'] === OFFSET_STREAM,
      cancel: () => {},
      fault: undefined,
      replayed: false,
    };
  }

  function webRequest(request: Request, about: UploadRequest): globalThis.Request {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers))
      if (typeof value === 'string') headers.set(name, value);
    const url = new URL(`http://portal${PATH}${about.id === undefined ? '' : `/${about.id}`}`);
    if (request.method === 'OPTIONS' || request.method === 'HEAD' || !about.hasBody)
      return new globalThis.Request(url, { method: request.method, headers });
    const body = Readable.toWeb(request) as ReadableStream<Uint8Array>;
    return new globalThis.Request(url, { method: request.method, headers, body, duplex: 'half' });
  }
}

/** A client that finds all bytes acknowledged takes the file for kept; it is, and this is the proof. */
async function receipt(store: UploadStore, id: string, response: Response): Promise<void> {
  const row = await store.see(id);
  if (row.state !== 'finished') return;
  response.set('Portico-Media', `/api/v1/media/${id}`).set('Portico-Sha256', row.sha256 ?? '');
}

/** GET /api/v1/uploads/{id}: how far it is, for people and programs that speak no tus. */
function uploadJson(row: UploadRow) {
  const { id, name, visibility, size, received, leftMs, sha256 } = row;
  return {
    id,
    state: row.state === 'open' && isFull(row) ? 'finishing' : row.state,
    name,
    visibility,
    offset: received,
    size: size ?? null,
    expiresAt: new Date(Date.now() + leftMs).toISOString(),
    ...(row.state === 'finished' && { media: { id, sha256, url: `/api/v1/media/${id}` } }),
  };
}

/** @tus/server refuses another version with 400; the protocol says 412. */
function onlyOurVersion(request: Request, _response: Response, next: () => void): void {
  if (request.headers['tus-resumable'] !== '1.0.0')
    throw new PorticoError(
      'tus-version',
      'Say Tus-Resumable: 1.0.0. No other version of tus is spoken here.',
    );
  next();
}

function onlyOffsetStreams(request: Request, _response: Response, next: () => void): void {
  if (request.headers['content-type'] !== OFFSET_STREAM)
    throw new PorticoError('unsupported-media-type', `The bytes of an upload are sent as ${OFFSET_STREAM}.`);
  next();
}

/**
 * To tus clients a HEAD that fails with anything but 423 means that the upload is lost: they begin a new one, and send
 * again what was acknowledged. So what passes by itself is 423 here.
 */
const inTusTerms: ErrorRequestHandler = (error, request, response, next) => {
  response.set('Tus-Resumable', '1.0.0');
  if (error instanceof PorticoError && error.code === 'tus-version') response.set('Tus-Version', '1.0.0');
  const passing = error instanceof PorticoError && /^(database|volume)-unavailable$/.test(error.code);
  if (request.method !== 'HEAD' || !passing) return next(error);
  next(
    new PorticoError('locked', 'How far the upload is cannot be said right now. Ask again.', {
      cause: error,
      retryAfter: error.retryAfter ?? 2,
    }),
  );
};
