import { PorticoError } from '../platform/errors.ts';

/** Every exit status of `portico`, also printed by `portico --help`. */
export const EXIT = {
  done: { status: 0, meaning: 'done; for `status`: the cluster is whole' },
  failed: { status: 1, meaning: 'it failed; the reason is on stderr' },
  usage: {
    status: 2,
    meaning: 'bad arguments, a bad setting, or a missing --yes or --accept-loss; nothing was changed',
  },
  degraded: { status: 3, meaning: '`status`: the cluster serves, but a part of it is missing' },
  down: { status: 4, meaning: '`status`: the cluster does not serve' },
  machine: { status: 5, meaning: 'the machine lacks something that Portico cannot install by itself' },
  interrupted: { status: 130, meaning: 'ended by Ctrl-C' },
} as const;

/** The machine lacks something; the message says what to install or set. */
export class MachineError extends Error {}

/** Bad arguments, or a missing confirmation. Nothing was changed. */
export class UsageError extends Error {}

/** The one place where an error becomes an exit status. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage.status;
  if (error instanceof MachineError) return EXIT.machine.status;
  if (error instanceof PorticoError && error.code === 'invalid') return EXIT.usage.status;
  return EXIT.failed.status;
}

/** What stderr shows: a sentence for what we throw on purpose, everything for what we did not foresee. */
export function describeError(error: unknown): string {
  if (error instanceof UsageError || error instanceof MachineError || error instanceof PorticoError) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
