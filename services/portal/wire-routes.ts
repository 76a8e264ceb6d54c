/** The features' routes over what wire.ts constructs. */
import { buffer } from 'node:stream/consumers';
import session from 'express-session';
import type { Database } from '../platform/database/types.ts';
import type { Logger } from '../platform/log.ts';
import type { BlobStore } from '../platform/storage/blob-store.ts';
import { blobPath } from '../platform/storage/paths.ts';
import { MAX_BYTES as MAX_SPEC } from '../specs/limits.ts';
import type { SpecReader } from '../specs/reader.ts';
import { createClaims } from './accounts/claims.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createSeal } from './accounts/seal.ts';
import { createAccounts, SESSION_COOKIE } from './accounts/service.ts';
import { newSessionId, SessionStore } from './accounts/sessions.ts';
import { createSignIns } from './accounts/sign-ins.ts';
import { createThrottle } from './accounts/throttle.ts';
import { createTokens } from './accounts/tokens.ts';
import { usersRepository } from './accounts/users.ts';
import { specReceiver } from './catalog/receive.ts';
import { allDrafts } from './catalog/repository.ts';
import type { Catalog } from './catalog/types.ts';
import type { Config } from './config.ts';
import { signingKey } from './generations/exchange/keys.ts';
import { bundleReceiver } from './generations/exchange/receive.ts';
import { createExchange } from './generations/exchange/service.ts';
import type { Generation } from './generations/generation.ts';
import { createGenerations } from './generations/service.ts';
import type { Shelves } from './generations/shelves.ts';
import { createCsrf } from './http/csrf.ts';
import { createGuards, onlyReads } from './http/guards.ts';
import { uploadReceiver } from './media/receive.ts';
import { createThumbnails } from './media/thumbnails.ts';
import type { MediaService } from './media/types.ts';
import type { DrainDeps } from './operations/drain.ts';
import type { JobsService } from './operations/jobs.ts';
import { healthHistory } from './operations/samples.ts';
import type { statusSource } from './operations/status.ts';
import { featureRoutes } from './routes.ts';
import type { FileSearch } from './search/files.ts';
import type { Uploads } from './uploads/service.ts';

export interface RouteParts {
  config: Config;
  database: Database;
  log: Logger;
  status: ReturnType<typeof statusSource>;
  jobs: JobsService;
  media: MediaService;
  files: FileSearch;
  uploads: Uploads;
  blobs: BlobStore;
  specs: SpecReader;
  catalog: Catalog;
  shelves: Shelves;
  byNumber(n: number): Promise<Generation>;
  published(): Generation | undefined;
  drain: DrainDeps;
}

export function routesOf(parts: RouteParts) {
  const {
    config,
    database,
    log,
    status,
    jobs,
    media,
    files,
    uploads,
    blobs,
    specs,
    catalog,
    shelves,
    byNumber,
    published,
    drain,
  } = parts;
  const { secrets, maxUpload } = config;
  const csrf = createCsrf(secrets.sessionSecret);
  const tokens = createTokens(database, secrets.sessionSecret);
  const claims = createClaims(secrets.sessionSecret);
  const sessionsOf = (patient: boolean) =>
    session({
      name: SESSION_COOKIE,
      secret: secrets.sessionSecret,
      store: new SessionStore(database, log, { patient }),
      genid: (request) => request.begunSession ?? newSessionId(),
      resave: false,
      saveUninitialized: false,
      cookie: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
    });
  const [forReading, forWriting] = [sessionsOf(false), sessionsOf(true)];
  const guards = createGuards({
    session: (request, response, next) =>
      (onlyReads(request) ? forReading : forWriting)(request, response, next),
    tokenHolder: (secret, patient) => tokens.holder(secret, patient),
    csrf,
    claims,
  });
  const accounts = createAccounts({
    users: usersRepository(database),
    passwords: createPasswords(),
    throttle: createThrottle(database),
    signIns: createSignIns(database, createSeal(secrets.sessionSecret)),
    claims,
    log,
  });
  const receiveUpload = uploadReceiver({ media, csrf, maxUpload });
  const thumbnails = createThumbnails(media, log);
  return featureRoutes({
    guards,
    csrf,
    accounts,
    tokens,
    media,
    uploads,
    receiveUpload,
    thumbnails,
    specs,
    catalog,
    receiveSpec: specReceiver({ csrf, maxBytes: MAX_SPEC }),
    generations: createGenerations({ database, shelves, blobs, drafts: allDrafts }),
    exchange: createExchange({ database, shelves, blobs, signingKey: signingKey(secrets.signingKey) }),
    receiveBundle: bundleReceiver({ csrf, maxUpload }),
    published: {
      current: published,
      byNumber,
      blobPath,
      readBlob: (sha256) => buffer(blobs.open(sha256)),
      files,
    },
    status,
    drain,
    jobs,
    history: healthHistory(database),
    maxUpload,
  });
}
