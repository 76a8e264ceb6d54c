import { expireUploads, finishStalled } from '../../portal/uploads/expire.ts';
import type { FinishParts } from '../../portal/uploads/finish.ts';
import { count } from '../../portal/views/words.ts';
import type { Job } from '../types.ts';

export function expireUploadsJob(parts: FinishParts): Job {
  return {
    name: 'expire-uploads',
    title: 'Finish uploads whose portal died at the end, remove those that nobody goes on with',
    schedule: '40 */5 * * * *',
    async run({ fence, signal }) {
      const bounds = { guard: fence.guard, signal };
      const finished = await finishStalled(parts, bounds);
      const expired = await expireUploads(parts, bounds);
      return `${count(finished, 'upload')} finished, ${count(expired, 'upload')} expired.`;
    },
  };
}
