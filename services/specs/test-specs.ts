/** Descriptions for tests: others' own examples (fixtures/README.md), and archives made on the spot. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

export const fixture = (name: string): Buffer => readFileSync(join(FIXTURES, name));

/** One file as it comes. */
export const given = (name: string, content: string | Buffer) => ({ name, bytes: Buffer.from(content) });

/** A description with nothing but what is asked for. */
export const openapi = (more: object) =>
  JSON.stringify({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...more });

/** @param of a folder of the fixtures, or contents by path */
export async function archive(of: string | Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of Object.entries(typeof of === 'string' ? folder(of) : of))
    zip.addBuffer(Buffer.from(content), path);
  zip.end();
  return buffer(zip.outputStream);
}

function folder(name: string): Record<string, Buffer> {
  const paths = readdirSync(join(FIXTURES, name), { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => /\.\w+$/.test(path));
  return Object.fromEntries(files.map((path) => [path, fixture(join(name, path))]));
}
