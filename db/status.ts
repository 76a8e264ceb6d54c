import { loadConfig } from './config.ts';
import { fetchReport } from './peers.ts';

/** Prints this node's supervisor state as JSON. */
const config = loadConfig();
try {
  const report = await fetchReport('127.0.0.1', config, 3_000);
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (error) {
  process.stderr.write(`${config.name}'s supervisor does not answer: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
