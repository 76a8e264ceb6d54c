/** From what was uploaded to texts by path: one file, or a zip archive of several. Nothing is written anywhere. */
import { isUtf8 } from 'node:buffer';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { FatalProblem } from './fatal.ts';
import { MAX_BYTES, MAX_FILES } from './limits.ts';
import type { Given, SpecFiles } from './types.ts';

const MIB = 2 ** 20;
const TEXT = /\.(ya?ml|json|jsonc|graphqls?|gql|avsc|md|txt)$/i;
/** What file managers add of their own. */
const LITTER = /(^|\/)(__MACOSX\/|\.)/;

/** @throws FatalProblem */
export async function unpack({ name, bytes }: Given): Promise<SpecFiles> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw new FatalProblem('The file is empty.', name);
  if (isZip(buffer)) return unzip(name, buffer);
  if (buffer.length > MAX_BYTES)
    throw new FatalProblem(`A description may have ${MAX_BYTES / MIB} MiB; this one has more.`, name);
  return new Map([[name, decode(name, buffer)]]);
}

/** An archive's first entry, or an empty archive's end. */
function isZip(buffer: Buffer): boolean {
  return (
    buffer.subarray(0, 4).equals(Buffer.from('PK\x03\x04')) ||
    buffer.subarray(0, 4).equals(Buffer.from('PK\x05\x06'))
  );
}

async function unzip(name: string, buffer: Buffer): Promise<SpecFiles> {
  const files = new Map<string, string>();
  let total = 0;
  try {
    // Checks each name (nothing absolute, no `..`, no backslash) and each size.
    const archive = await fromBufferPromise(buffer, { strictFileNames: true });
    for await (const entry of archive.eachEntry()) {
      const path = entry.fileName;
      if (path.endsWith('/') || LITTER.test(path) || !TEXT.test(path)) continue;
      if (files.size === MAX_FILES)
        throw new FatalProblem(
          `An archive may have ${MAX_FILES.toLocaleString('en')} files; this one has more.`,
          name,
        );
      const content = await contentOf(archive, entry, MAX_BYTES - total, name);
      total += content.length;
      files.set(path, decode(path, content));
    }
  } catch (error) {
    if (error instanceof FatalProblem) throw error;
    throw new FatalProblem(`The archive cannot be read: ${(error as Error).message}.`, name);
  }
  if (files.size === 0)
    throw new FatalProblem(
      'The archive holds no description: no file ends with .yaml, .yml, .json or .graphql.',
      name,
    );
  return files;
}

/** What it claims is not believed: the bytes are counted as they come. */
async function contentOf(archive: ZipFile, entry: Entry, left: number, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await archive.openReadStreamPromise(entry)) {
    size += (chunk as Buffer).length;
    if (size > left)
      throw new FatalProblem(
        `A description may have ${MAX_BYTES / MIB} MiB unpacked; this one has more.`,
        name,
      );
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function decode(path: string, content: Buffer): string {
  if (isUtf8(content)) return content.toString('utf8').replace(/^\uFEFF/, '');
  const at = firstBad(content);
  const before = content.subarray(0, at).toString('utf8');
  const line = before.split('\n').length;
  throw new FatalProblem('From here on it is not UTF-8. Save it as UTF-8 and upload it again.', path, {
    line,
    column: before.length - before.lastIndexOf('\n'),
  });
}

/** The first byte that belongs to no character. */
function firstBad(content: Buffer): number {
  let [good, bad] = [0, content.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(content, middle)) good = middle;
    else bad = middle;
  }
  while (!isUtf8(content.subarray(0, good))) good--;
  return good;
}

/** A character that is merely cut off is no fault of the bytes before it. */
function isUtf8Prefix(content: Buffer, end: number): boolean {
  for (let cut = 0; cut < 4 && cut <= end; cut++) if (isUtf8(content.subarray(0, end - cut))) return true;
  return false;
}
