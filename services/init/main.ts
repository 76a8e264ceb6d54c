import { PorticoError } from '../platform/errors.ts';
import { createLogger } from '../platform/log.ts';
import { readConfig } from './config.ts';
import { addCopies, addSecrets, look, mark, writeAll } from './files.ts';
import { planInit } from './plan.ts';
import { makeSecrets } from './secrets.ts';

/** One shot, before everything else: exit 0 means that every secret is there and durable. */
const log = createLogger('init', 'init');

try {
  const { settings, roots } = readConfig(process.env);
  const plan = planInit(await look(roots));
  if (plan.action === 'stop') throw new PorticoError('conflict', plan.reason);
  log.info(plan.reason);
  if (plan.action === 'add') {
    await addCopies(roots, plan.files);
    if (plan.make.length > 0) await addSecrets(roots, plan.make, await makeSecrets(settings, new Date()));
    await mark(roots, plan.mark);
  }
  if (plan.action === 'make') {
    await writeAll(roots, await makeSecrets(settings, new Date()));
    log.info('Every secret is made and on the disk. The administrator’s: npx portico token --admin-password');
  }
} catch (error) {
  if (error instanceof PorticoError) log.fatal(error.message);
  else
    log.fatal(
      { err: error },
      'The secrets could not be made; nothing was started. See the error beside this.',
    );
  process.exitCode = 1;
}
