import { buffer } from 'node:stream/consumers';
import type { Express } from 'express';
import session from 'express-session';
import { createRouter } from '../platform/database/router.ts';
import type { Database } from '../platform/database/types.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { restore } from '../platform/storage/blob-keeping.ts';
import type { BlobStore } from '../platform/storage/blob-store.ts';
import { blobPath } from '../platform/storage/paths.ts';
import { openVolume } from '../platform/storage/volume.ts';
import { MAX_BYTES as MAX_SPEC } from '../specs/limits.ts';
import { createSpecReader, type SpecReader } from '../specs/reader.ts';
import { createClaims } from './accounts/claims.ts';
import { createPasswords } from './accounts/passwords.ts';
import { createSeal } from './accounts/seal.ts';
import { createAccounts, SESSION_COOKIE } from './accounts/service.ts';
import { newSessionId, SessionStore } from './accounts/sessions.ts';
import { createSignIns } from './accounts/sign-ins.ts';
import { createThrottle } from './accounts/throttle.ts';
import { createTokens } from './accounts/tokens.ts';
import { usersRepository } from './accounts/users.ts';
import { createApp } from './app.ts';
import { specsFromInbox } from './catalog/from-inbox.ts';
import { specReceiver } from './catalog/receive.ts';
import { allDrafts } from './catalog/repository.ts';
import { createCatalog } from './catalog/service.ts';
import type { Catalog } from './catalog/types.ts';
import type { Config } from './config.ts';
import type { Traffic } from './drain.ts';
import { type Gate, type GateFacts, openGate, planGate } from './gate.ts';
import { createByNumber } from './generations/by-number.ts';
import { signingKey } from './generations/exchange/keys.ts';
import { bundleReceiver } from './generations/exchange/receive.ts';
import { createExchange } from './generations/exchange/service.ts';
import type { Generation } from './generations/generation.ts';
import { startKeeper } from './generations/keeper.ts';
import { createLoader } from './generations/loader.ts';
import { whyNotServe } from './generations/plan.ts';
import { createGenerations } from './generations/service.ts';
import { createShelves, type Shelves } from './generations/shelves.ts';
import { createCsrf } from './http/csrf.ts';
import { createGuards, onlyReads } from './http/guards.ts';
import { startInbox } from './media/inbox.ts';
import { uploadReceiver } from './media/receive.ts';
import { mediaParts, mediaService } from './media/service.ts';
import { openShelf } from './media/shelf.ts';
import { createThumbnails } from './media/thumbnails.ts';
import type { MediaService } from './media/types.ts';
import { watchBalancers } from './operations/balancers.ts';
import { createChronicle } from './operations/chronicle.ts';
import { askDatabaseVersions } from './operations/database-versions.ts';
import type { DrainDeps } from './operations/drain.ts';
import { watchDrainOrder } from './operations/drain-order.ts';
import { gatherFacts } from './operations/facts.ts';
import { createJobs, type JobsService } from './operations/jobs.ts';
import { asAgent, asPortal, serveElsewhere, watchPeers } from './operations/peers.ts';
import { readinessOf } from './operations/readiness.ts';
import { watchRecords } from './operations/records.ts';
import { healthHistory } from './operations/samples.ts';
import { statusSource } from './operations/status.ts';
import type { Readiness } from './operations/types.ts';
import { featureRoutes } from './routes.ts';
import { createFileIndex, type FileSearch } from './search/files.ts';
import { createUploads, type Uploads } from './uploads/service.ts';

export interface Portal {
  app: Express;
  traffic: Traffic;
  openGate(): Gate;
  beginDrain(): void;
  close(): Promise<void>;
}

/** Where load balancers tell what they know and count (nginx/nginx.conf). */
const BALANCER_PORT = 8090;

/** The only place where adapters are constructed. Nothing here waits for the database: a portal starts without it. */
export async function wire(config: Config, node: string, log: Logger): Promise<Portal> {
  const { secrets, dataDirectory, maxUpload } = config;
  const peers = watchPeers({
    self: node,
    dnsName: config.peersName,
    port: config.port,
    understand: asPortal,
  });
  const database = createRouter({
    nodes: config.databaseNodes,
    user: config.databaseUser,
    password: secrets.appPassword,
    database: config.databaseName,
    log,
    isElsewhere: serveElsewhere(peers),
  });
  const volume = await openVolume({
    root: dataDirectory,
    volumeId: secrets.volumeId,
    log,
    ...(config.volumeFloor !== undefined && { floorBytes: config.volumeFloor }),
  });
  const mediaOptions = {
    database,
    volume,
    log,
    maxUploadBytes: maxUpload,
    polling: config.watchByPolling,
  };
  const parts = mediaParts(mediaOptions);
  const files = createFileIndex();
  const shelf = openShelf({
    volume,
    sidecars: parts.sidecars,
    log,
    polling: config.watchByPolling,
    listener: files,
  });
  const media = mediaService(parts, database, shelf);
  const uploads = createUploads({ database, volume, media: parts, node, log });
  const records = watchRecords(database);
  const specs = createSpecReader();
  const catalog = createCatalog({ database, blobs: parts.blobs, specs, maxBytes: MAX_SPEC });
  const inbox = startInbox(mediaOptions, specsFromInbox(catalog, MAX_SPEC));

  let gate: Gate | undefined;
  let stopping = false;
  const order = watchDrainOrder(config.drainFile, (given) => {
    log.warn(
      { drained: given },
      given ? 'an operator drains this portal' : 'an operator takes this portal back',
    );
    gate?.evaluate();
    if (given) uploads.holds.endAll();
  });
  let thawedAt: number | undefined;
  const traffic: Traffic = { running: 0, total: 0, lastStart: 0 };
  const facts = gatherFacts({ volume, database, onChange: () => gate?.evaluate() });
  const shelves = createShelves(volume);
  const blobsAt = {
    pathOf: volume.paths.blob,
    // A generation that is forgotten while it is loaded, or one that was pulled out of a backup.
    bringBack: (sha256, signal = new AbortController().signal) => restore(volume, sha256, { signal }),
  } satisfies Parameters<typeof createLoader>[0];
  const loader = createLoader(blobsAt);
  const earlier = createLoader(blobsAt, { kept: 1 });
  const keeper = startKeeper({
    node,
    database,
    shelves,
    load: loader.load,
    onChange: () => gate?.evaluate(),
    log,
  });
  const byNumber = createByNumber({
    serving: () => keeper.serving()?.generation,
    shelves,
    kept: loader,
    earlier,
  });
  const whyNotShow = () => whyNotServe({ ...keeper.held(), thawedAt }, performance.now());
  /** Asked for each request, too: what was sent to a process that stood still is answered before the gate has closed. */
  const published = (): Generation | undefined => {
    const reason = gate?.stoodStill() ? 'this process stood still' : whyNotShow();
    if (reason !== undefined) throw new PorticoError('not-ready', `Try again: ${reason}.`, { retryAfter: 1 });
    return keeper.serving()?.generation;
  };
  const gateFacts = (): GateFacts => ({
    draining: stopping ? 'stopping' : order.given() ? 'asked' : undefined,
    thawedAt,
    volume: facts.volume(),
    storing: facts.storing(),
    schema: facts.schema(),
    database: facts.database(),
    generation: whyNotShow(),
  });
  const plan = () => planGate(gateFacts());
  const readiness = (): Readiness =>
    readinessOf({
      node,
      version: config.version,
      plan,
      volume,
      database,
      media: records.state,
      traffic,
      serving: () => keeper.held().serving,
    });
  const agents = watchPeers({ dnsName: config.agentsName, port: config.port, understand: asAgent });
  const balancers = watchBalancers({
    names: config.balancerNames,
    port: BALANCER_PORT,
    secret: secrets.edgeSecret,
  });
  const jobs = createJobs(database);
  const status = statusSource({
    self: readiness,
    portals: peers,
    agents,
    balancers,
    databases: askDatabaseVersions(config.databaseNodes),
    jobs,
    chronicle: createChronicle(),
  });

  const app = createApp({
    node,
    edgeSecret: secrets.edgeSecret,
    log,
    traffic,
    isDraining: () => stopping || order.given(),
    readiness,
    epoch: () => keeper.held().serving?.epoch,
    isReadingOnly: () => database.away(),
    generation: () => keeper.serving()?.generation.n,
    routes: routesOf({
      config,
      database,
      log,
      status,
      jobs,
      media,
      files,
      uploads,
      blobs: parts.blobs,
      specs,
      catalog,
      shelves,
      byNumber,
      published,
      drain: { order, node, port: config.port, edgeSecret: secrets.edgeSecret },
    }),
  });

  return {
    app,
    traffic,
    openGate() {
      gate = openGate({
        ports: { full: config.gatePort, reading: config.readingGatePort },
        facts: gateFacts,
        onThaw(at) {
          thawedAt = at;
          facts.renew();
          keeper.renew();
        },
        log,
      });
      return gate;
    },
    beginDrain() {
      stopping = true;
      // A long upload goes on at another portal, from what it has brought so far.
      uploads.holds.endAll();
    },
    async close() {
      order.close();
      await keeper.close();
      loader.close();
      earlier.close();
      facts.stop();
      status.stop();
      peers.stop();
      agents.stop();
      records.stop();
      await Promise.all([inbox.close(), shelf.close()]);
      await database.close();
      await volume.close();
    },
  };
}

interface RouteParts {
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

function routesOf(parts: RouteParts) {
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
