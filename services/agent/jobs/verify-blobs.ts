import { humanSize } from '../../portal/assets/words.js';
import { type Slice, type VerifyParts, verifySlice } from '../../portal/media/verify.ts';
import { count } from '../../portal/views/words.ts';
import type { Job } from '../types.ts';

export function verifyBlobsJob(parts: Pick<VerifyParts, 'database' | 'volume' | 'log'>, slice?: Slice): Job {
  return {
    name: 'verify-blobs',
    title: 'Hash a slice of the files again, and put away what is not what it was',
    schedule: '35 */5 * * * *',
    async run({ fence, signal }) {
      const { blobs, bytes, rotten, healed, round } = await verifySlice({
        ...parts,
        fence,
        signal,
        ...(slice && { slice }),
      });
      const said = [`${count(blobs, 'blob')} with ${humanSize(bytes)} hashed`];
      if (healed > 0) said.push(`${healed} whole again`);
      if (round) said.push('the round is complete');
      if (rotten.length === 0) return `${said.join(', ')}.`;
      throw new Error(
        `${count(rotten.length, 'blob')} put into quarantine: ${rotten.join(', ')}. ${said.join(', ')}.`,
      );
    },
  };
}
