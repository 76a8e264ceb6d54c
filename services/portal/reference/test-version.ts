/** A published version for tests of pages: read, and never on a volume. */
import { decode } from '../../specs/compiled.ts';
import { read } from '../../specs/read.ts';
import { fixture } from '../../specs/test-specs.ts';
import type { LoadedVersion } from '../generations/generation.ts';

/** Version 1.0 of the API `x`. @param bytes default: the fixture of this name */
export async function loadedVersion(name: string, bytes: Uint8Array = fixture(name)): Promise<LoadedVersion> {
  const { compiled, format, operations, title } = await read({ name, bytes });
  const blob = { sha256: 'a'.repeat(64), size: 1 };
  const createdAt = '2026-01-01T00:00:00.000Z';
  const version = {
    ...{ name: '1.0', format: format!, changelog: '', operations, createdAt, document: blob },
    source: { ...blob, name },
    compiled: { ...blob, v: 1 },
  };
  const facts = { summary: '', owner: 'Pets', tags: [], lifecycle: 'active' as const, sunset: null };
  return { api: { name: 'x', title, ...facts, versions: [version] }, version, compiled: decode(compiled!) };
}
