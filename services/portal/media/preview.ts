import { buffer } from 'node:stream/consumers';
import { humanSize } from '../assets/words.js';
import { mediaUrl } from '../http/context.ts';
import { kindOf } from './kinds.ts';
import { thumbnailUrl } from './thumbnail-route.ts';
import { hasThumbnail } from './thumbnails.ts';
import type { MediaItem, MediaService } from './types.ts';

const EXCERPT_BYTES = 4096;
/** A picture up to this size is shown as it is, and so is every GIF that may move; a larger one is shown reduced. */
const WHOLE_BYTES = 1_500_000;
const WHOLE_GIF_BYTES = 8_000_000;

export type Preview =
  | { kind: 'image'; src: string }
  | { kind: 'video' | 'audio' }
  | { kind: 'text'; text: string; cut: boolean; shown: string }
  | { kind: 'none'; reason: string };

/** How a file's own page shows its content. */
export async function previewOf(item: MediaItem, media: Pick<MediaService, 'open'>): Promise<Preview> {
  const { preview } = kindOf(item.mediaType);
  if (preview === 'video' || preview === 'audio') return { kind: preview };
  if (preview === 'text') return excerpt(item, media);
  if (preview === 'image') {
    const whole = item.size <= (item.mediaType === 'image/gif' ? WHOLE_GIF_BYTES : WHOLE_BYTES);
    if (whole) return { kind: 'image', src: mediaUrl(item) };
    if (hasThumbnail(item)) return { kind: 'image', src: thumbnailUrl(item.id, 'large') };
    return { kind: 'none', reason: 'This picture is too large for a preview.' };
  }
  const reason =
    item.mediaType === 'application/pdf'
      ? 'Open it to read it: the browser shows it on a page of its own.'
      : 'There is no preview for this type of file.';
  return { kind: 'none', reason };
}

async function excerpt(item: MediaItem, media: Pick<MediaService, 'open'>): Promise<Preview> {
  const end = Math.min(item.size, EXCERPT_BYTES) - 1;
  let head: Buffer;
  try {
    head = await buffer(media.open(item, { start: 0, end }));
  } catch {
    // The page is still worth having; the reconcile reports a file whose content is missing.
    return { kind: 'none', reason: 'The content cannot be read just now.' };
  }
  const cut = item.size > EXCERPT_BYTES;
  // `stream`: a character that the cut runs through is left out instead of drawn as a question mark.
  const text = new TextDecoder().decode(head, { stream: cut });
  return { kind: 'text', text, cut, shown: humanSize(head.length) };
}
