import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import sharp from 'sharp';
import { createThumbnails, hasThumbnail } from './thumbnails.ts';
import type { MediaItem } from './types.ts';

const log = pino({ level: 'silent' });

function stored(files: Buffer[], mediaType = 'image/jpeg') {
  const items = files.map((bytes, index): MediaItem => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const facts = { visibility: 'public', createdBy: 'test', createdAt: new Date() } as const;
    return { id: String(index), name: `${index}.jpg`, mediaType, size: bytes.length, sha256, ...facts };
  });
  const opened: string[] = [];
  const thumbnails = createThumbnails(
    {
      open({ id }) {
        opened.push(id);
        return Readable.from([files[Number(id)]!]);
      },
    },
    log,
  );
  return { items, opened, thumbnails };
}

function picture(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#0a5f53' } });
}

test('a photo becomes a small WebP that stands upright and tells nothing of where it was taken', async () => {
  const photo = await picture(1600, 1200)
    .withExif({ IFD0: { Copyright: 'a secret place', Orientation: '6' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const { items, thumbnails } = stored([photo]);
  const small = await thumbnails.of(items[0]!, 'small');
  const { format, width, height, exif, orientation } = await sharp(small).metadata();
  assert.deepEqual({ format, width, height }, { format: 'webp', width: 360, height: 480 });
  assert.equal(exif, undefined);
  assert.equal(orientation, undefined);
});

test('a picture that is asked for by many at once, and again later, is drawn once', async () => {
  const { items, opened, thumbnails } = stored([await picture(800, 600).jpeg().toBuffer()]);
  await Promise.all([1, 2, 3].map(() => thumbnails.of(items[0]!, 'small')));
  await thumbnails.of(items[0]!, 'small');
  assert.deepEqual(opened, ['0']);
});

test('a broken picture has no thumbnail, and the next one does', async () => {
  const whole = await picture(800, 600).jpeg().toBuffer();
  const { items, thumbnails } = stored([Buffer.from('not a picture'), whole.subarray(0, 700), whole]);
  assert.equal(await thumbnails.of(items[0]!, 'small'), undefined);
  assert.equal(await thumbnails.of(items[1]!, 'small'), undefined);
  assert.ok(await thumbnails.of(items[2]!, 'small'));
});

test('a small file that claims to be an enormous picture is not unpacked', async () => {
  const bomb = await picture(9000, 9000).png({ compressionLevel: 9 }).toBuffer();
  const { items, thumbnails } = stored([bomb], 'image/png');
  const before = process.memoryUsage.rss();
  assert.equal(await thumbnails.of(items[0]!, 'small'), undefined);
  assert.ok(process.memoryUsage.rss() - before < 64 * 2 ** 20);
});

test('a type that would have to be interpreted, or a source of many megabytes, is not opened', async () => {
  assert.equal(hasThumbnail({ mediaType: 'image/svg+xml', size: 100 }), false);
  assert.equal(hasThumbnail({ mediaType: 'application/pdf', size: 100 }), false);
  assert.equal(hasThumbnail({ mediaType: 'image/png', size: 200 * 2 ** 20 }), false);
  const { items, opened, thumbnails } = stored([Buffer.from('<svg/>')], 'image/svg+xml');
  assert.equal(await thumbnails.of(items[0]!, 'small'), undefined);
  assert.deepEqual(opened, []);
});
