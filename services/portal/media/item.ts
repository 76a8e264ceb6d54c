import { createHash } from 'node:crypto';
import type { Sidecar } from '../../platform/storage/records.ts';
import type { MediaItem, Visibility } from './types.ts';

/** An item as JSON keeps it. */
export type ItemAnswer = Omit<MediaItem, 'createdAt'> & { createdAt: string };

export function itemOf(sidecar: Sidecar): ItemAnswer {
  const { id, name, mediaType, size, sha256, visibility, createdBy, createdAt } = sidecar;
  return { id, name, mediaType, size, sha256, visibility, createdBy, createdAt };
}

export function itemFromAnswer(answer: ItemAnswer): MediaItem {
  return { ...answer, createdAt: new Date(answer.createdAt) };
}

/** An answer as the database gives it back: MariaDB's JSON is text, and a driver may have parsed it or not. */
export function itemFromStored(answer: unknown): MediaItem {
  return itemFromAnswer((typeof answer === 'string' ? JSON.parse(answer) : answer) as ItemAnswer);
}

/** What makes two uploads with one Idempotency-Key the same upload. */
export function uploadFingerprint(file: { sha256: string; name: string; visibility: Visibility }): string {
  const parts = ['POST /api/v1/media', file.sha256, file.name, file.visibility];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
