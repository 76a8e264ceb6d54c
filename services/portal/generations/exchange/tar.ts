/**
 * Tar, the part of it that an export needs: plain files with short names (POSIX ustar). Strict on purpose: a library reads every
 * dialect, and keeps a long name or a header of attributes whole in memory, however long it says that it is. `tar -tf` lists what this writes.
 */
import { Readable } from 'node:stream';
import { PorticoError } from '../../../platform/errors.ts';

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);
/** Eleven octal digits: 8 GiB. */
export const MAX_ENTRY = 8 ** 11 - 1;

export interface TarEntry {
  name: string;
  /** Bytes. */
  size: number;
  /** To be read to its end before the next entry is asked for. */
  content: Readable;
}

/** Bytes that an entry of this size takes, with its header. */
export const tarLength = (size: number): number => BLOCK + size + paddingOf(size);
export const TAR_END_LENGTH = END.length;

const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** What comes before an entry's bytes. @param name ASCII, at most 100 characters */
export function tarHeader(name: string, size: number, mtime: Date): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 100, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(mtime.getTime() / 1000), 136, 12);
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** What comes after an entry's bytes. */
export const tarPadding = (size: number): Buffer => Buffer.alloc(paddingOf(size));
export const tarEnd = (): Buffer => END;

/** The checksum counts its own field as blanks. */
function sumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}

/** @throws PorticoError 'bundle-invalid': cut off, damaged, or of another kind; what `source` throws */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(source);
  for (;;) {
    const header = await bytes.exactly(BLOCK);
    if (isZero(header)) break;
    const { name, size } = parseHeader(header);
    const reading = bytes.stream(size);
    yield { name, size, content: Readable.from(reading.content, { objectMode: false }) };
    if (!reading.done()) throw new PorticoError('internal', `${name} was not read to its end.`);
    if (!isZero(await bytes.exactly(paddingOf(size)))) throw damaged();
  }
  // GNU tar fills up a record of 10 KiB.
  if (!isZero(await bytes.exactly(BLOCK))) throw damaged();
  for (let rest = await bytes.some(BLOCK); rest; rest = await bytes.some(BLOCK))
    if (!isZero(rest))
      throw new PorticoError('bundle-invalid', 'Something stands behind the end of the file.');
}

function parseHeader(header: Buffer): { name: string; size: number } {
  const text = (at: number, length: number) =>
    header.toString('latin1', at, at + length).replace(/\0[\s\S]*$/, '');
  const octal = (at: number, length: number) => {
    const digits = text(at, length).trim();
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  if (text(257, 6) !== 'ustar')
    throw new PorticoError('bundle-invalid', 'The file is not an export of Portico.');
  if (octal(148, 8) !== sumOf(header)) throw damaged();
  const name = text(0, 100);
  const kind = text(156, 1);
  if (kind !== '0' || text(345, 155) !== '')
    throw new PorticoError(
      'bundle-invalid',
      `“${name}” is not a plain file, and an export has nothing else.`,
    );
  const size = octal(124, 12);
  if (Number.isNaN(size)) throw damaged();
  return { name, size };
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);
const damaged = () =>
  new PorticoError('bundle-invalid', 'The file is damaged: what stands between its entries cannot be read.');

/** A stream as pieces of the wanted length. */
class Bytes {
  #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most `max`; undefined at the end. */
  async some(max: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** @param length a few hundred bytes */
  async exactly(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const piece = await this.some(left);
      if (piece === undefined) throw cutOff();
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  stream(length: number): { content: AsyncGenerator<Buffer>; done(): boolean } {
    let left = length;
    const some = (max: number) => this.some(max);
    async function* content() {
      while (left > 0) {
        const piece = await some(left);
        if (piece === undefined) throw cutOff();
        left -= piece.length;
        yield piece;
      }
    }
    return { content: content(), done: () => left === 0 };
  }
}

const cutOff = () => new PorticoError('bundle-invalid', 'The file is cut off: it ends before its last byte.');
