import type { Express } from 'express';
import { createRouter } from '../platform/database/router.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { restore } from '../platform/storage/blob-keeping.ts';
import { openVolume } from '../platform/storage/volume.ts';
import { MAX_BYTES as MAX_SPEC } from '../specs/limits.ts';
import { createSpecReader } from '../specs/reader.ts';
import { createApp } from './app.ts';
import { specsFromInbox } from './catalog/from-inbox.ts';
import { createCatalog } from './catalog/service.ts';
import type { Config } from './config.ts';
import type { Traffic } from './drain.ts';
import { type Gate, type GateFacts, openGate, planGate } from './gate.ts';
import { createByNumber } from './generations/by-number.ts';
import type { Generation } from './generations/generation.ts';
import { startKeeper } from './generations/keeper.ts';
import { createLoader } from './generations/loader.ts';
import { whyNotServe } from './generations/plan.ts';
import { createShelves } from './generations/shelves.ts';
import { startInbox } from './media/inbox.ts';
import { mediaParts, mediaService } from './media/service.ts';
import { openShelf } from './media/shelf.ts';
import { watchBalancers } from './operations/balancers.ts';
import { createChronicle } from './operations/chronicle.ts';
import { askDatabaseVersions } from './operations/database-versions.ts';
import { watchDrainOrder } from './operations/drain-order.ts';
import { gatherFacts } from './operations/facts.ts';
import { createJobs } from './operations/jobs.ts';
import { asAgent, asPortal, serveElsewhere, watchPeers } from './operations/peers.ts';
import { readinessOf } from './operations/readiness.ts';
import { watchRecords } from './operations/records.ts';
import { statusSource } from './operations/status.ts';
import type { Readiness } from './operations/types.ts';
import { createFileIndex } from './search/files.ts';
import { createUploads } from './uploads/service.ts';
import { routesOf } from './wire-routes.ts';

export interface Portal {
  app: Express;
  traffic: Traffic;
  openGate(): Gate;
  beginDrain(): void;
  close(): Promise<void>;
}

/** Where load balancers tell what they know and count (nginx/nginx.conf). */
const BALANCER_PORT = 8090;

/** With wire-routes.ts the only place where adapters are constructed. Nothing here waits for the database: a portal starts without it. */
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
