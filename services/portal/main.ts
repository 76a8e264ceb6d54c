import { createServer } from 'node:http';
import { createLogger } from '../platform/log.ts';
import { startWatchdog } from '../platform/watchdog.ts';
import { loadConfig } from './config.ts';
import { drain } from './drain.ts';
import { ownName } from './operations/node-name.ts';
import { wire } from './wire.ts';

/** Ten seconds less than Compose's stop_grace_period, so that what is left is closed by us and not by SIGKILL. */
const GRACE_MS = 50_000;

const config = loadConfig();
const node = config.nodeName ?? (await ownName());
const log = createLogger('portal', node, config.logLevel);
process.on('unhandledRejection', (reason) =>
  log.error({ err: reason }, 'a promise was rejected and nobody handled it'),
);
// Whatever nobody caught leaves the process in a state that nobody knows: it is logged, and Docker starts a fresh one.
process.on('uncaughtExceptionMonitor', (error) =>
  log.fatal({ err: error }, 'an exception that nobody caught'),
);

const portal = await wire(config, node, log);
const server = createServer(
  // Longer than the load balancer's 55 s: whoever closes first must not be the one that may still be sent a request.
  { keepAliveTimeout: 75_000, headersTimeout: 76_000, requestTimeout: 0 },
  portal.app,
);
server.listen(config.port, () => log.info({ port: config.port, version: config.version }, 'listening'));
server.once('error', (error) => {
  log.fatal({ err: error }, 'cannot listen');
  process.exit(1);
});
const gate = portal.openGate();
const stopWatchdog = startWatchdog();

async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'stopping');
  portal.beginDrain();
  gate.evaluate();
  await drain(server, portal.traffic, GRACE_MS, log);
  await gate.close();
  await portal.close();
  await stopWatchdog();
  log.info('stopped');
  process.exit(0);
}

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    stop(signal).catch((error: unknown) => {
      log.fatal({ err: error }, 'the stop failed');
      process.exit(1);
    });
  });
}
