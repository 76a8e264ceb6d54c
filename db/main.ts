import { loadConfig } from './config.ts';
import { createLog } from './log.ts';
import { createMariadb } from './mariadb.ts';
import { serveReports } from './peers.ts';
import { Supervisor } from './supervisor.ts';

const config = loadConfig();
const log = createLog(config.name);
const supervisor = new Supervisor(config, createMariadb(config), log);
const server = serveReports(
  config,
  () => supervisor.report(),
  () => supervisor.acceptLoss(),
);

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    log('info', `${signal}: mariadbd is stopped cleanly.`);
    await supervisor.stop();
    server.close();
    server.closeAllConnections();
    log('info', 'Stopped.');
    process.exit(0);
  });

try {
  await supervisor.run();
} catch (error) {
  log('error', `The supervisor cannot go on: ${(error as Error).stack}`);
  await supervisor.stop();
  process.exit(1);
}
