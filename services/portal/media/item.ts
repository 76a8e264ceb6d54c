import type { Sidecar } from '../../platform/storage/records.ts';
import type { MediaItem } from './types.ts';

/** An item as JSON keeps it. */
export type ItemAnswer = Omit<MediaItem, 'createdAt'> & { createdAt: string };

export function itemOf(sidecar: Sidecar): ItemAnswer {
  const { id, name, mediaType, size, sha256, visibility, createdBy, createdAt } = sidecar;
  return { id, name, mediaType, size, sha256, visibility, createdBy, createdAt };
}

export function itemFromAnswer(answer: ItemAnswer): MediaItem {
  return { ...answer, createdAt: new Date(answer.createdAt) };
}
