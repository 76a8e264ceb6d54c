import { buffer } from 'node:stream/consumers';
import type { Logger } from '../../platform/log.ts';
import { RASTER } from './kinds.ts';
import type { MediaItem, MediaService } from './types.ts';

/** Longest side, pixels: a card in the grid at twice the density of a plain screen, and a file's own page. */
export const SIZES = { small: 480, large: 1440 } as const;
export type ThumbnailSize = keyof typeof SIZES;

/** A decoded pixel takes 3 or 4 bytes, so this keeps one picture below 160 MB whatever its file claims. */
const MAX_PIXELS = 40_000_000;
const MAX_SOURCE_BYTES = 48 * 2 ** 20;
const CACHE_BYTES = 24 * 2 ** 20;
const DECODE_SECONDS = 10;

export function hasThumbnail(item: Pick<MediaItem, 'mediaType' | 'size'>): boolean {
  return RASTER.has(item.mediaType) && item.size <= MAX_SOURCE_BYTES;
}

export interface Thumbnails {
  /** WebP without the original's metadata (a photo's place, say); undefined when the picture cannot be drawn. */
  of(item: MediaItem, size: ThumbnailSize): Promise<Buffer | undefined>;
}

/** Small pictures, made when they are first asked for, one at a time, and kept in bounded memory. */
export function createThumbnails(media: Pick<MediaService, 'open'>, log: Logger): Thumbnails {
  const kept = new Map<string, Buffer>();
  const making = new Map<string, Promise<Buffer | undefined>>();
  let keptBytes = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function keep(key: string, picture: Buffer): void {
    kept.set(key, picture);
    keptBytes += picture.length;
    for (const [oldest, { length }] of kept) {
      if (keptBytes <= CACHE_BYTES) return;
      kept.delete(oldest);
      keptBytes -= length;
    }
  }

  async function make(item: MediaItem, size: ThumbnailSize): Promise<Buffer | undefined> {
    try {
      return await shrink(await buffer(media.open(item)), SIZES[size]);
    } catch (error) {
      log.warn({ media: item.id, mediaType: item.mediaType, err: error }, 'no thumbnail can be drawn');
      return undefined;
    }
  }

  return {
    async of(item, size) {
      if (!hasThumbnail(item)) return undefined;
      const key = `${item.sha256}/${size}`;
      const ready = kept.get(key);
      if (ready) {
        // Put back at the end: what was not asked for longest is the first to go.
        kept.delete(key);
        kept.set(key, ready);
        return ready;
      }
      const running = making.get(key);
      if (running) return running;
      const mine = turn.then(() => make(item, size));
      turn = mine;
      making.set(key, mine);
      const picture = await mine;
      making.delete(key);
      if (picture) keep(key, picture);
      return picture;
    },
  };
}

async function shrink(source: Buffer, side: number): Promise<Buffer> {
  // Loaded with the first picture: a portal that draws none does without its memory.
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  return sharp(source, { limitInputPixels: MAX_PIXELS, sequentialRead: true, failOn: 'error' })
    .timeout({ seconds: DECODE_SECONDS })
    .autoOrient()
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 78 })
    .toBuffer();
}
