import { PorticoError } from '../../platform/errors.ts';
import { composeOf, loadConfig } from '../config.ts';
import { gist } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { printJson, say } from '../terminal.ts';

/**
 * The operator's word that the database shall go on without the nodes that are missing. Only it lets fewer than three
 * known positions start the cluster (design: the absent node may hold an acknowledged commit).
 */
export async function recoverDatabase(options: { acceptLoss?: boolean; json?: boolean }): Promise<number> {
  const compose = composeOf(loadConfig());
  const nodes = (await compose.ps()).filter((one) => /^db-\d+$/.test(one.service));
  const running = nodes.filter((one) => one.state === 'running');
  const away = ['db-1', 'db-2', 'db-3'].filter((name) => !running.some((one) => one.service === name));
  if (running.length === 0) {
    throw new PorticoError(
      'not-found',
      'No database node is running, so there is nobody to tell: `npm start` starts them.',
    );
  }
  if (!options.acceptLoss) {
    const missing =
      away.length > 0
        ? `Not running: ${away.join(', ')}.`
        : 'All three nodes run, and need nothing from you but time.';
    throw new UsageError(
      `${missing} What each of them waits for: npx portico status\n` +
        'A node that is away may hold writes that were acknowledged and that the others never saw. Going on without it ' +
        'gives those up for good: when it comes back it is refilled from the others.\n' +
        'Better: bring it back (`docker start`, or `npm start`), and the cluster recovers by itself.\n' +
        'If that cannot be done: npx portico db recover --accept-loss',
    );
  }
  const told: { node: string; answer: string }[] = [];
  const faults: string[] = [];
  for (const node of running) {
    const result = await compose.exec(node.id, ['node', 'db/recover.ts', '--accept-loss'], { check: false });
    if (result.code === 0) told.push({ node: node.service, answer: result.stdout.trim() });
    else faults.push(`${node.service}: ${gist(result)}`);
  }
  if (told.length === 0) throw new PorticoError('internal', `No node took it:\n${faults.join('\n')}`);
  if (options.json) printJson({ told, faults });
  else {
    for (const { node, answer } of told) say(`${node}: ${answer}`);
    for (const fault of faults) say(`${fault} (the others were told)`);
    say('What becomes of it: npx portico status');
  }
  return 0;
}
