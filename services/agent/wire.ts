import { createRouter } from '../platform/database/router.ts';
import type { Logger } from '../platform/log.ts';
import { openVolume } from '../platform/storage/volume.ts';
import { draftBlobs, leftBlobs } from '../portal/catalog/repository.ts';
import { blobsOfForgotten, blobsOfGenerations } from '../portal/generations/keep.ts';
import { createShelves } from '../portal/generations/shelves.ts';
import { mediaParts } from '../portal/media/service.ts';
import { asPortal, watchPeers } from '../portal/operations/peers.ts';
import { type Agent, startAgent } from './agent.ts';
import type { AgentConfig } from './config.ts';
import { allJobs } from './jobs/index.ts';

/** The only place where adapters are constructed. Nothing here waits for the database or the volume. */
export async function wire(
  config: AgentConfig,
  node: string,
  log: Logger,
): Promise<{ agent: Agent; close(): Promise<void> }> {
  const database = createRouter({
    nodes: config.databaseNodes,
    user: config.databaseUser,
    password: config.secrets.appPassword,
    database: config.databaseName,
    log,
  });
  const volume = await openVolume({
    root: config.dataDirectory,
    volumeId: config.secrets.volumeId,
    log,
    ...(config.volumeFloor !== undefined && { floorBytes: config.volumeFloor }),
  });
  const media = mediaParts({ database, volume, log, maxUploadBytes: config.maxUpload });
  const portals = watchPeers({ dnsName: config.portalsName, port: config.port, understand: asPortal });
  const shelves = createShelves(volume);
  const namedElsewhere = async () => [
    ...(await database.read(draftBlobs)),
    ...(await blobsOfGenerations(shelves)),
  ];
  const jobs = allJobs({
    database,
    volume,
    media,
    namedElsewhere,
    buriedElsewhere: async () => [...(await database.read(leftBlobs)), ...(await blobsOfForgotten(shelves))],
    shelves,
    keeping: config.keeping,
    portals,
    log,
  });
  const agent = startAgent({ database, jobs, node, version: config.version, log });
  return {
    agent,
    async close() {
      await agent.close();
      portals.stop();
      await database.close();
      await volume.close();
    },
  };
}
