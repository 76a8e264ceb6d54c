import type { Database } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import type { MediaParts } from '../media/service.ts';
import { createHolds, type Holds } from './holds.ts';
import { UploadStore } from './store.ts';

export interface Uploads {
  store: UploadStore;
  holds: Holds;
}

export interface UploadsOptions {
  database: Database;
  volume: Volume;
  media: Pick<MediaParts, 'blobs' | 'writePath' | 'sidecars'>;
  /** This portal's name. */
  node: string;
  log: Logger;
}

export function createUploads({ node, ...parts }: UploadsOptions): Uploads {
  const holds = createHolds({ database: parts.database, node, log: parts.log });
  return { store: new UploadStore(parts, holds), holds };
}
