import { createLogger } from '../platform/log.ts';
import { startWatchdog } from '../platform/watchdog.ts';
import { ownName } from '../portal/operations/node-name.ts';
import { loadAgentConfig } from './config.ts';
import { agentServer } from './http.ts';
import { wire } from './wire.ts';

const config = loadAgentConfig();
const node = config.nodeName ?? (await ownName());
const log = createLogger('agent', node, config.logLevel);
process.on('unhandledRejection', (reason) =>
  log.error({ err: reason }, 'a promise was rejected and nobody handled it'),
);
// Whatever nobody caught leaves the process in a state that nobody knows: it is logged, and Docker starts a fresh one.
process.on('uncaughtExceptionMonitor', (error) =>
  log.fatal({ err: error }, 'an exception that nobody caught'),
);

const { agent, close } = await wire(config, node, log);
const server = agentServer(() => agent.readiness());
server.listen(config.port, () => log.info({ port: config.port, version: config.version }, 'listening'));
server.once('error', (error) => {
  log.fatal({ err: error }, 'cannot listen');
  process.exit(1);
});
const stopWatchdog = startWatchdog();

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    close()
      .then(stopWatchdog)
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        log.fatal({ err: error }, 'the stop failed');
        process.exit(1);
      });
  });
}
