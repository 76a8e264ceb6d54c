/** Changes and generations as pages show them. */
import { count } from '../views/words.ts';
import type { Change } from './difference.ts';
import type { GenerationInfo } from './service.ts';

const WORDS = { added: 'new', removed: 'gone', changed: 'changed' } as const;
const TONES = { added: 'good', removed: 'bad', changed: 'warn' } as const;

export function changeShown({ kind, api, version, details }: Change) {
  return {
    word: WORDS[kind],
    tone: TONES[kind],
    what: version === undefined ? api : `${api} ${version}`,
    details,
  };
}

export function generationShown(info: GenerationInfo) {
  const { n, apis, versions, note, createdBy, createdAt, isCurrent, pinned, origin } = info;
  return {
    n,
    note,
    createdBy,
    createdAt: createdAt.toISOString(),
    content: `${count(apis, 'API')}, ${count(versions, 'version')}`,
    from: origin ? `${origin.n} of ${origin.cluster}` : '',
    isCurrent,
    pinned,
  };
}
