import type { Database } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import type { Keeping } from '../../portal/generations/keep.ts';
import type { Shelves } from '../../portal/generations/shelves.ts';
import type { MediaParts } from '../../portal/media/service.ts';
import type { Peers } from '../../portal/operations/peers.ts';
import type { Job } from '../types.ts';
import { collectJob, emptyTrashJob } from './collect.ts';
import { expireUploadsJob } from './expire-uploads.ts';
import { forgetGenerationsJob } from './forget-generations.ts';
import { purgeJob } from './purge.ts';
import { reconcileJob } from './reconcile.ts';
import { sampleHealthJob } from './sample-health.ts';
import { verifyBlobsJob } from './verify-blobs.ts';

export interface JobParts {
  database: Database;
  volume: Volume;
  media: MediaParts;
  namedElsewhere: () => Promise<Iterable<string>>;
  buriedElsewhere: () => Promise<Iterable<string>>;
  shelves: Shelves;
  keeping: Keeping;
  /** The portals, as the agents reach them. */
  portals: Peers;
  log: Logger;
}

/** What the agents do, in the order in which the status page shows it. */
export function allJobs(parts: JobParts): Job[] {
  return [
    reconcileJob(parts),
    verifyBlobsJob(parts),
    forgetGenerationsJob(parts),
    collectJob(parts),
    emptyTrashJob(parts),
    expireUploadsJob(parts),
    purgeJob(parts),
    sampleHealthJob(parts),
  ];
}
