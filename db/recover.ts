import { parseArgs } from 'node:util';
import { loadConfig } from './config.ts';

/**
 * `node db/recover.ts --accept-loss`: tells this node's supervisor to go on without the nodes that are missing.
 * The supervisor refuses while any reachable node is Primary. Exit 0: taken; 1: refused; 2: called wrongly.
 */
const { values } = parseArgs({ options: { 'accept-loss': { type: 'boolean', default: false } } });
if (!values['accept-loss']) {
  process.stderr.write(
    'Going on without a missing node may lose commits that only it holds. Make sure that it does not run elsewhere, then say so with --accept-loss.\n',
  );
  process.exit(2);
}
const config = loadConfig();
try {
  const response = await fetch(`http://127.0.0.1:${config.port}/accept-loss`, {
    method: 'POST',
    headers: { authorization: `Bearer ${config.key}` },
    signal: AbortSignal.timeout(5_000),
  });
  const { sentence } = (await response.json()) as { sentence: string };
  (response.ok ? process.stdout : process.stderr).write(`${sentence}\n`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${config.name}'s supervisor does not answer: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
