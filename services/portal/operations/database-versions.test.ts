import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { askDatabaseVersions } from './database-versions.ts';

test('a node says its version, also when it is not healthy; one of an older release, and one that is away, is left out', async (t) => {
  const answers: Record<string, [number, string]> = {
    '127.0.0.1': [200, '{"healthy":true,"reason":"","version":"0.1.0+a"}'],
    '127.0.0.2': [503, '{"healthy":false,"reason":"joins","version":"0.1.0+b"}'],
    '127.0.0.3': [200, '{"healthy":true,"reason":""}'],
    '127.0.0.4': [200, 'nonsense'],
  };
  const server = createServer((request, response) => {
    const [status, body] = answers[request.socket.localAddress ?? ''] ?? [500, ''];
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  t.after(() => server.close());
  const names = ['db-1', 'db-2', 'db-3', 'db-4', 'db-5'];
  const versions = askDatabaseVersions(
    names.map((name) => `${name}:3306`),
    {
      port: (server.address() as AddressInfo).port,
      addressOf: async (host) => {
        if (host === 'db-5') throw new Error('no such name');
        return `127.0.0.${host.slice(3)}`;
      },
    },
  );
  assert.deepEqual(
    [...(await versions.look())],
    [
      ['db-1', '0.1.0+a'],
      ['db-2', '0.1.0+b'],
    ],
  );
});
