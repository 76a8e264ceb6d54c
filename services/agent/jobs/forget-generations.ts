import { type ForgetParts, forgetGenerations } from '../../portal/generations/forget.ts';
import { count } from '../../portal/views/words.ts';
import type { Job } from '../types.ts';

/** Some minutes before the collector, which then finds what they alone named. */
export function forgetGenerationsJob(parts: Omit<ForgetParts, 'fence' | 'signal'>): Job {
  const { count: least, days } = parts.keeping;
  return {
    name: 'forget-generations',
    title: `Forget generations that are older than ${count(days, 'day')} and not among the latest ${least}`,
    schedule: '50 7 * * * *',
    async run({ fence, signal }) {
      const { forgotten, swept, broughtBack, lost } = await forgetGenerations({ ...parts, fence, signal });
      const said = [forgotten.length > 0 ? `${list(forgotten)} forgotten` : 'None forgotten'];
      if (swept.length > 0) said.push(`${list(swept)} never came to be, and swept away`);
      if (broughtBack.length > 0) said.push(`${list(broughtBack)} brought back from the trash`);
      if (lost.length > 0)
        throw new Error(
          `The manifest of ${list(lost)} is missing on the volume: put generations/<n>.json back from a backup. ${said.join(', ')}.`,
        );
      return `${said.join(', ')}.`;
    },
  };
}

const list = (numbers: readonly number[]): string =>
  `${numbers.length === 1 ? 'generation' : 'generations'} ${numbers.join(', ')}`;
