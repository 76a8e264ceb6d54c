/** The generations that this portal has in memory: the one that it serves, and the ones around it. */
import { type Generation, type LoadOptions, loadGeneration } from './generation.ts';
import type { Manifest } from './manifest.ts';

/** What is served, what was served before it, and one that is on its way. */
const KEPT = 3;
/**
 * Of compiled descriptions, in bytes: with more, what was served before goes before another one is loaded. 1,000 APIs have 50 MiB,
 * and take six times as much with their index for searching (`portico bench compile`); a portal has 1 GiB.
 */
const MAX_BYTES = 64 * 1024 * 1024;

export interface Loader {
  /** Loaded already, or now; two that ask at once share one load. @throws PorticoError 'blob-lost' */
  load(manifest: Manifest, known?: Generation, signal?: AbortSignal): Promise<Generation>;
  /** Loaded, or being loaded. */
  has(n: number): boolean;
  close(): void;
}

export function createLoader(
  where: Pick<LoadOptions, 'pathOf' | 'bringBack'>,
  { kept = KEPT, maxBytes = MAX_BYTES } = {},
): Loader {
  /** The one that was asked for longest ago is the first. */
  const loaded = new Map<number, Promise<Generation>>();
  const sizes = new Map<number, number>();

  function forget(n: number): void {
    const gone = loaded.get(n);
    loaded.delete(n);
    sizes.delete(n);
    void gone?.then(
      (generation) => generation.close(),
      () => {}, // whoever asked for it was told
    );
  }

  /** @param most generations that may stay; what is served stays in any case */
  function makeRoom(most: number, served: number | undefined, coming: number): void {
    const bytes = () => [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const oldest of [...loaded.keys()]) {
      if (loaded.size <= most && bytes() <= maxBytes) break;
      if (oldest !== served && oldest !== coming) forget(oldest);
    }
  }

  return {
    async load(manifest, known, signal) {
      const { n } = manifest;
      const there = loaded.get(n);
      if (there !== undefined) {
        loaded.delete(n);
        loaded.set(n, there);
        return there;
      }
      makeRoom(kept - 1, known?.n, n);
      const loading = loadGeneration(manifest, { ...where, known, ...(signal && { signal }) });
      loaded.set(n, loading);
      loading.catch(() => {
        // Tried again when somebody asks again.
        if (loaded.get(n) === loading) loaded.delete(n);
      });
      const generation = await loading;
      if (loaded.get(n) === loading) sizes.set(n, generation.bytes);
      makeRoom(kept, known?.n, n); // others were loaded meanwhile
      return generation;
    },
    has: (n) => loaded.has(n),
    close() {
      for (const n of loaded.keys()) forget(n);
    },
  };
}
