/**
 * A portal's write path in a process of its own, which ends itself by SIGKILL after one step: what a crash there
 * leaves behind. The database's part is done by the parent (crash.db.test.ts), so a commit may well be carried out
 * while nobody is left to hear of it.
 */
import type { Database, Transaction } from '../../platform/database/types.ts';
import { PorticoError } from '../../platform/errors.ts';
import { claimEntry } from '../../platform/storage/inbox-claims.ts';
import { quiet, TEST_VOLUME_ID } from '../../platform/storage/test-volume.ts';
import { openVolume } from '../../platform/storage/volume.ts';
import { takeIn } from './inbox.ts';
import type { MediaRegister } from './register.ts';
import { testMedia } from './test-media.ts';

export interface CrashOrder {
  /** `refused`: an upload whose commit fails. */
  action: 'upload' | 'refused' | 'remove' | 'inbox';
  root: string;
  user: string;
  step: string;
  /** What to upload; which id to remove; which file to take in. */
  subject: string;
}

export interface Call {
  call: number;
  method: keyof MediaRegister;
  args: unknown[];
}

export type Reply = { call: number } & ({ value: unknown } | { code: PorticoError['code']; message: string });

const order = JSON.parse(process.argv[2] ?? '{}') as CrashOrder;
const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();

process.on('message', (reply: Reply) => {
  const caller = waiting.get(reply.call);
  waiting.delete(reply.call);
  if ('value' in reply) caller?.resolve(reply.value as never);
  else caller?.reject(new PorticoError(reply.code, reply.message));
});

function ask(method: keyof MediaRegister) {
  return (...args: unknown[]) =>
    new Promise<never>((resolve, reject) => {
      const call = waiting.size + Math.random();
      waiting.set(call, { resolve, reject });
      process.send?.({ call, method, args } satisfies Call);
    });
}

const register: Partial<MediaRegister> = {
  add: ask('add'),
  answered: ask('answered'),
  forbid: ask('forbid'),
  find: ask('find'),
  // What comes first in the transaction is the volume's part, and so this process's.
  remove: async (id, options) => {
    await options?.before?.({} as Transaction);
    return ask('remove')(id);
  },
};
if (order.action === 'refused') {
  register.add = () => Promise.reject(new PorticoError('internal', 'The commit failed.'));
}
const noDatabase = {} as Database;
const volume = await openVolume({ root: order.root, volumeId: TEST_VOLUME_ID, floorBytes: 0, log: quiet });
const onStep = (step: string) => {
  if (step === order.step) process.kill(process.pid, 'SIGKILL');
};
const media = testMedia({ database: noDatabase, volume, user: order.user, onStep }).with(() => register);

if (order.action === 'upload' || order.action === 'refused') await media.upload(order.subject);
else if (order.action === 'remove') await media.service.remove(order.subject, 'ada');
else {
  const claim = await claimEntry(volume, Buffer.from(order.subject));
  if (!claim) throw new Error('somebody else has the file');
  onStep('claimed');
  await takeIn(media.parts, volume, claim);
}
await volume.close();
process.disconnect();
