/**
 * An agent as it is, in a process of its own, with test jobs that are due each second. Says each of its roles as a line.
 * argv: its name, the lease's name, how many jobs.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { TestNodes } from '../platform/database/test-nodes.ts';
import { createLogger } from '../platform/log.ts';
import { startAgent } from './agent.ts';
import { chaosJob, timing } from './chaos-jobs.ts';

const [name = '', lease = '', count = '0'] = process.argv.slice(2);
const nodes = await TestNodes.get();
const database = nodes.router();
const log = createLogger('agent', name, process.env.PORTICO_TEST_VERBOSE ? 'info' : 'silent');
const jobs = Array.from({ length: Number(count) }, (_, i) => chaosJob(database, `${lease}-${i}`));
const agent = startAgent({ database, jobs, node: name, version: 'test', log, timing, lease });

let stopping = false;
process.once('SIGTERM', async () => {
  stopping = true;
  await agent.close();
  await database.close();
});
let said = '';
while (!stopping) {
  const { role } = agent.readiness();
  if (role !== said) console.log(role);
  said = role;
  await pause(20);
}
