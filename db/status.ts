import { loadConfig } from './config.ts';
import { fetchReport } from './peers.ts';

/**
 * Prints this node's supervisor state as JSON.
 * With --healthy it is the container's health check: exit 0 only if the node is Primary and takes transactions.
 */
const config = loadConfig();
try {
  const report = await fetchReport('127.0.0.1', config, 3_000);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (process.argv.includes('--healthy') && !(report.state === 'primary' && report.synced === true))
    process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${config.name}'s supervisor does not answer: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
