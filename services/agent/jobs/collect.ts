import { type CollectParts, collect, emptyTrash, TRASH_DAYS } from '../../portal/media/collect.ts';
import { count } from '../../portal/views/words.ts';
import type { Job } from '../types.ts';

type Parts = Pick<CollectParts, 'volume' | 'media' | 'namedElsewhere' | 'buriedElsewhere' | 'log'>;

export function collectJob(parts: Parts): Job {
  return {
    name: 'collect',
    title: 'Move the bytes of deleted files into the trash',
    schedule: '50 12 * * * *',
    run: async ({ fence, signal }) =>
      `${count(await collect({ ...parts, fence, signal }), 'blob')} moved to the trash.`,
  };
}

export function emptyTrashJob(parts: Parts): Job {
  return {
    name: 'empty-trash',
    title: `Remove what has lain in the trash for ${TRASH_DAYS} days`,
    schedule: '50 32 3 * * *',
    async run({ fence, signal }) {
      const { removed, restored } = await emptyTrash({ ...parts, fence, signal });
      return `${count(removed, 'blob')} removed, ${restored} brought back.`;
    },
  };
}
