import { connect } from 'node:net';

/**
 * Docker's health check: the reading gate gives its byte, so the event loop runs and pages can be served. Not the full
 * gate, because an orchestrator that replaces what is unhealthy must not do so for a database that is away.
 */
const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2] ?? 8082) });
socket.setTimeout(3_000, () => socket.destroy(new Error('the gate gave no byte within 3 s')));
socket.once('data', () => process.exit(0));
socket.once('error', (error) => {
  console.error(`unhealthy: ${error.message}`);
  process.exit(1);
});
socket.once('close', () => {
  console.error('unhealthy: the gate closed without a byte');
  process.exit(1);
});
