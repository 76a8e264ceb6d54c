import { createServer } from 'node:net';

/** Ports and image names that meet nobody else's. */
export async function testEnvironment(): Promise<Record<string, string>> {
  const [https, http, https2, http2] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  return {
    PORTICO_BIND: '127.0.0.1',
    PORTICO_HTTPS_PORT: String(https),
    PORTICO_HTTP_PORT: String(http),
    PORTICO_HTTPS_PORT_2: String(https2),
    PORTICO_HTTP_PORT_2: String(http2),
    PORTICO_IMAGE_PREFIX: process.env.PORTICO_IMAGE_PREFIX ?? 'portico-test',
    // A user's .env is about the user's own cluster.
    COMPOSE_DISABLE_ENV_FILE: '1',
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
