/** Files as people have them: a photo, a PDF, something large. Made here, so that the repository carries none. */
import { createHash, randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';

export interface Sample {
  name: string;
  path: string;
  size: number;
  sha256: string;
}

async function write(directory: string, name: string, content: Buffer): Promise<Sample> {
  const file = path.join(directory, name);
  await writeFile(file, content);
  return {
    name,
    path: file,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

/** A landscape with the grain of a camera, and with a place in its EXIF that a thumbnail must not pass on. */
export async function photo(directory: string, name: string): Promise<Sample> {
  const [width, height] = [2400, 1600];
  const hue = randomBytes(1)[0]!;
  const scene = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
      <linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue},60%,72%)"/><stop offset="1" stop-color="hsl(${hue + 40},50%,40%)"/></linearGradient>
      <rect width="100%" height="100%" fill="url(#sky)"/><circle cx="1700" cy="480" r="200" fill="#fff3cf"/>
      <path d="M0 1600 700 700l500 500 600-560 600 640v320z" fill="hsl(${hue + 90},35%,24%)"/></svg>`,
  );
  const noise = { type: 'gaussian', mean: 128, sigma: 22 } as const;
  const grain = await sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .png()
    .toBuffer();
  const content = await sharp(scene)
    .composite([{ input: grain, blend: 'soft-light' }])
    .withExif({ IFD0: { Copyright: 'a secret place' } })
    .jpeg({ quality: 88 })
    .toBuffer();
  return write(directory, name, content);
}

/** One page that says `text`, with a correct cross-reference table. */
export function pdf(directory: string, name: string, text: string): Promise<Sample> {
  const page = `BT /F1 24 Tf 72 720 Td (${text.replace(/[()\\]/g, '')}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let document = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = document.length;
    document += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = document.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  document += `xref\n0 6\n0000000000 65535 f \n${rows}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return write(directory, name, Buffer.from(document, 'latin1'));
}

/** Random bytes, written in pieces: nothing on the way could compress or deduplicate them. */
export async function large(directory: string, name: string, megabytes: number): Promise<Sample> {
  const file = path.join(directory, name);
  const handle = await open(file, 'w');
  const hash = createHash('sha256');
  try {
    for (let written = 0; written < megabytes; written += 1) {
      const piece = randomBytes(1_000_000);
      hash.update(piece);
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
  return { name, path: file, size: megabytes * 1_000_000, sha256: hash.digest('hex') };
}
