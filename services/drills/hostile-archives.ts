/** Zip archives as nobody's tool makes them: any name, any claim. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface HostileEntry {
  name: string;
  content: Buffer;
  /** What its header says it comes to, if not the truth: bytes. */
  claims?: number;
}

const [STORED, DEFLATED] = [0, 8];
/** Bytes; a deflater for each of 100,000 empty files would take minutes. */
const SMALL = 1024;

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16 */
export function hostileArchive(entries: readonly HostileEntry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims = content.length } of entries) {
    const method = content.length > SMALL ? DEFLATED : STORED;
    const packed = method === DEFLATED ? deflateRawSync(content) : content;
    const path = Buffer.from(name);
    // Version, flags, method, time, date, CRC, packed, unpacked, length of the name, of what is extra.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(claims, 18);
    facts.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    local.push(Buffer.from('PK\x03\x04'), facts, path, packed);
    central.push(Buffer.from('PK\x01\x02\x14\x00'), facts, place, path);
    offset += 4 + facts.length + path.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  // More entries than 16 bits can count: the field wraps, as careless tools write it.
  const count = entries.length & 0xffff;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}
