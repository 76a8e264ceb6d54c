/** The generations that this portal has in memory: the one that it serves, and the ones around it. */
import { type Generation, type LoadOptions, loadGeneration } from './generation.ts';
import type { Manifest } from './manifest.ts';

/** What is served, what was served before it, and one that is on its way. */
const KEPT = 3;

export interface Loader {
  /** Loaded already, or now; two that ask at once share one load. @throws PorticoError 'blob-lost' */
  load(manifest: Manifest, known?: Generation, signal?: AbortSignal): Promise<Generation>;
  /** Loaded, or being loaded. */
  has(n: number): boolean;
  close(): void;
}

export function createLoader(where: Pick<LoadOptions, 'pathOf' | 'bringBack'>, kept = KEPT): Loader {
  /** The one that was asked for longest ago is the first. */
  const loaded = new Map<number, Promise<Generation>>();

  function forget(n: number): void {
    const gone = loaded.get(n);
    loaded.delete(n);
    void gone?.then(
      (generation) => generation.close(),
      () => {}, // whoever asked for it was told
    );
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
      const loading = loadGeneration(manifest, { ...where, known, ...(signal && { signal }) });
      loaded.set(n, loading);
      loading.catch(() => {
        // Tried again when somebody asks again.
        if (loaded.get(n) === loading) loaded.delete(n);
      });
      const generation = await loading;
      for (const oldest of loaded.keys()) {
        if (loaded.size <= kept) break;
        if (oldest !== known?.n && oldest !== n) forget(oldest);
      }
      return generation;
    },
    has: (n) => loaded.has(n),
    close() {
      for (const n of loaded.keys()) forget(n);
    },
  };
}
