import { mediaUrl } from '../http/context.ts';
import type { MediaItem } from './types.ts';

export type MediaJson = Omit<MediaItem, 'createdAt'> & { createdAt: string; url: string };

/** A file as the API shows it. */
export function mediaJson(item: MediaItem): MediaJson {
  const { id, name, mediaType, size, sha256, visibility, createdBy, createdAt } = item;
  return {
    id,
    name,
    mediaType,
    size,
    sha256,
    visibility,
    createdBy,
    createdAt: createdAt.toISOString(),
    url: mediaUrl(item),
  };
}
