import { humanSize } from '../assets/words.js';
import { mediaUrl } from '../http/context.ts';
import { day, moment } from '../views/words.ts';
import { kindOf } from './kinds.ts';
import { disposition } from './serving.ts';
import { thumbnailUrl } from './thumbnail-route.ts';
import { hasThumbnail } from './thumbnails.ts';
import type { MediaItem } from './types.ts';

/** A file as the library's grid shows it: views only escape and loop. */
export function showCard(item: MediaItem) {
  const { icon, label } = kindOf(item.mediaType);
  return {
    name: item.name,
    page: `/library/${item.id}`,
    thumbnail: hasThumbnail(item) ? thumbnailUrl(item.id, 'small') : undefined,
    icon,
    kind: label,
    size: humanSize(item.size),
    createdAt: item.createdAt.toISOString(),
    day: day(item.createdAt),
    internal: item.visibility === 'internal',
  };
}

/** Everything about a file. @param origin of the portal, as the reader's browser knows it */
export function showFile(item: MediaItem, origin: string) {
  const url = mediaUrl(item);
  return {
    ...showCard(item),
    url,
    opens: disposition(item.name, item.mediaType).startsWith('inline'),
    absoluteUrl: new URL(url, origin).href,
    exactSize: `${item.size.toLocaleString('en')} bytes`,
    mediaType: item.mediaType,
    sha256: item.sha256,
    moment: moment(item.createdAt),
    createdBy: item.createdBy,
  };
}
