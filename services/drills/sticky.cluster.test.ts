import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Answer } from './http.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';

let client: TestCluster;
before(async () => {
  client = await testCluster();
});

/** Where a portal answers, and no cache. */
const PROBE = '/sign-in';

for (const mode of ['ip', 'cookie'] as const) {
  test(`PORTICO_STICKY=${mode}: one portal a client, and another without an error when that one goes`, async (t) => {
    await client.scenario(t, () => staysAndMoves(client, mode), { PORTICO_STICKY: mode });
  });
}

test('without stickiness one client is answered by every portal', async (t) => {
  await client.scenario(t, async () => {
    assert.equal((await nodesOf(new Browser(client), 20)).size, 2);
  });
});

async function staysAndMoves(client: TestCluster, mode: 'ip' | 'cookie'): Promise<void> {
  const browser = new Browser(client);
  const first = await nodesOf(browser, 20);
  assert.equal(first.size, 1, `20 requests were answered by ${[...first].join(', ')}`);
  const [home] = [...first];

  if (mode === 'cookie') {
    // Another client, without the cookie, need not be sent to the same portal; over many, both are used.
    const others = await Promise.all(Array.from({ length: 16 }, () => new Browser(client).ask(PROBE)));
    assert.equal(new Set(others.map((one) => one.node)).size, 2);
  }

  const stopping = client.cluster.stop(String(home));
  let stopped = false;
  stopping.then(() => {
    stopped = true;
  });
  const meanwhile = new Set<string>();
  while (!stopped) for (const node of await nodesOf(browser, 1)) meanwhile.add(node);
  for (const node of await nodesOf(browser, 20)) meanwhile.add(node);
  assert.ok(meanwhile.size === 2, `answered by ${[...meanwhile].join(', ')} while ${home} went`);
  assert.equal((await nodesOf(browser, 20)).size, 1, 'the client is kept on the other portal');
}

/** Keeps cookies, as a browser would. */
class Browser {
  #client: TestCluster;
  #cookies = new Map<string, string>();

  constructor(client: TestCluster) {
    this.#client = client;
  }

  async ask(path: string): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#client.ask(path, { headers: cookie ? { cookie } : {} });
    for (const line of answer.setCookie) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}

async function nodesOf(browser: Browser, requests: number): Promise<Set<string>> {
  const nodes = new Set<string>();
  for (let i = 0; i < requests; i++) {
    const answer = await browser.ask(PROBE);
    assert.equal(answer.status, 200, answer.text().slice(0, 200));
    nodes.add(answer.node ?? 'nobody');
  }
  return nodes;
}
