import type { Fault } from '../../drills/faults.ts';
import { KINDS, type Kind } from '../../drills/samples.ts';
import { UsageError } from '../exit.ts';

/** @param text `page=100,write=2500`: milliseconds of stall in place of Portico's own promise @throws UsageError */
export function promisesOf(text: string | undefined): (fault: Fault) => Fault {
  const own: Partial<Record<Kind, number>> = {};
  for (const one of text?.split(',') ?? []) {
    const [kind, ms, ...rest] = one.split('=');
    const known = KINDS.find((name) => name === kind?.trim());
    if (known === undefined || !/^\d+$/.test(ms ?? '') || rest.length > 0)
      throw new UsageError(`--promise takes pairs like page=100, of ${KINDS.join(', ')}; not "${one}".`);
    own[known] = Number(ms);
  }
  return (fault) => ({
    ...fault,
    promise: (writer) => {
      const promised = fault.promise(writer);
      return { ...promised, stallMs: { ...promised.stallMs, ...own } };
    },
  });
}
