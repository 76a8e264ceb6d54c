import { setTimeout as pause } from 'node:timers/promises';
import { PorticoError } from '../platform/errors.ts';

/**
 * Asks again and again until `probe` answers true; the answer before that is the reason why not yet.
 * @param what a sentence's end: "the cluster is whole"
 * @returns milliseconds that it took
 * @throws PorticoError 'internal' with the last reason, when `deadlineMs` has passed
 */
export async function until(
  what: string,
  deadlineMs: number,
  probe: () => Promise<true | string>,
  everyMs = 200,
): Promise<number> {
  const began = performance.now();
  for (;;) {
    const answer = await probe().catch((error: Error) => error.message);
    const ms = performance.now() - began;
    if (answer === true) return Math.round(ms);
    if (ms > deadlineMs) {
      throw new PorticoError(
        'internal',
        `After ${Math.round(ms / 1000)} s it is not so that ${what}: ${answer}`,
      );
    }
    await pause(everyMs);
  }
}
