/** The quorum lost: what is published goes on, who is signed in goes on reading, and everything heals by itself. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { DATABASES } from './cluster.ts';
import { type Answer, type Ask, multipart } from './http.ts';
import { cleanUp } from './ledger.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import { until } from './until.ts';

const PORTALS = ['portal-1', 'portal-2'];
/** After its nodes died, a portal may need its probes' deadline to know it. */
const KNOWN_MS = 20_000;
/** The promise: a minute later all is healed without a hand. A busy machine gets more. */
const HEALED_MS = 120_000;

let client: TestCluster;
before(async () => {
  client = await testCluster();
});
after(() => cleanUp(client, 'reading-'));

interface Session {
  cookie: string;
  'x-csrf-token': string;
}

async function signIn(): Promise<Session> {
  const first = await client.ask('/api/v1/session');
  const cookies = new Map<string, string>();
  const keep = (answer: Answer) => {
    for (const line of answer.setCookie) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair);
    }
  };
  keep(first);
  const header = () => [...cookies.values()].join('; ');
  const answer = await client.ask('/api/v1/session', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: header(),
      'x-csrf-token': first.json<{ csrfToken: string }>().csrfToken,
    },
    body: JSON.stringify({ name: 'admin', password: await client.adminPassword() }),
  });
  assert.equal(answer.status, 201, answer.text());
  keep(answer);
  keep(await client.ask('/library', { headers: { cookie: header() } }));
  return { cookie: header(), 'x-csrf-token': answer.json<{ csrfToken: string }>().csrfToken };
}

/** While one portal takes everything again and the other not yet, the load balancer asks that one alone. */
const BOTH_MS = 30_000;

/** The same through the load balancer until each portal has answered it. */
async function fromEach(path: string, options: Ask, look: (answer: Answer) => void): Promise<void> {
  const seen = new Set<string>();
  const deadline = performance.now() + BOTH_MS;
  for (let tries = 0; seen.size < PORTALS.length && performance.now() < deadline; tries += 1) {
    // A public page may be the load balancer's own for as long as it likes.
    if (tries === 40 && !options.headers) break;
    const answer = await client.ask(path, options);
    look(answer);
    if (answer.node) seen.add(answer.node);
    if (tries > 8) await pause(50);
  }
  // A public page may come from the load balancer's own short memory, and then bears the name of who drew it.
  assert.ok(seen.size > 0, `${path}: nobody answered`);
  if (options.headers) assert.deepEqual([...seen].sort(), PORTALS, `${path} was not answered by each portal`);
}

test('with all database nodes down everything can be read from every portal, also after both were restarted', async (t) => {
  await client.scenario(t, async () => {
    const bytes = randomBytes(50_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const open = await client.upload({ name: 'reading-open.bin', bytes });
    const internal = await client.upload(
      { name: 'reading-internal.bin', bytes },
      { fields: { visibility: 'internal' } },
    );
    const session = await signIn();
    const headers = { cookie: session.cookie };

    const pages: [path: string, shows: RegExp][] = [
      ['/library', /reading-open\.bin/],
      ['/library?q=READING-INTERNAL', /reading-internal\.bin/],
      [`/library/${open.id}`, /reading-open\.bin/],
      ['/tokens', /Tokens/],
      ['/status', /Cluster status/],
    ];
    const readAll = async () => {
      await fromEach('/', {}, (answer) => assert.equal(answer.status, 200));
      await fromEach('/sign-in', {}, (answer) => assert.equal(answer.status, 200));
      for (const [path, shows] of pages) {
        await fromEach(path, { headers }, (answer) => {
          assert.equal(answer.status, 200, `${path} from ${answer.node}: ${answer.text().slice(0, 500)}`);
          assert.match(answer.text(), shows, `${path} from ${answer.node}`);
          assert.match(answer.text(), /data-banner/, `${path} from ${answer.node} has no banner`);
        });
      }
      for (const { url } of [open, internal]) {
        await fromEach(url, { headers }, (answer) => {
          assert.equal(answer.status, 200, `${url} from ${answer.node}`);
          assert.equal(createHash('sha256').update(answer.body).digest('hex'), sha256);
        });
      }
      await fromEach('/api/v1/media?search=reading-&limit=1', { headers }, (answer) => {
        const page = answer.json<{ items: object[]; total: number; nextCursor?: string }>();
        assert.deepEqual([page.items.length, page.total, typeof page.nextCursor], [1, 2, 'string']);
      });
      await fromEach('/api/v1/session', { headers }, (answer) => {
        assert.equal(answer.json<{ user: { name: string } }>().user.name, 'admin');
      });
    };
    const noneIsWritten = async () => {
      const form = multipart({ name: 'reading-late.bin', bytes });
      for (const [path, accept] of [
        ['/api/v1/media', 'application/json'],
        ['/library/upload', 'text/html'],
      ] as const) {
        const answer = await client.ask(path, {
          method: 'POST',
          headers: { ...session, accept, ...form.headers },
          body: form.body,
        });
        assert.equal(answer.status, 503, answer.text().slice(0, 300));
        assert.ok(Number(answer.headers['retry-after']) > 0, `${path}: no Retry-After`);
        if (accept === 'text/html') assert.match(answer.text(), /The database is away/);
        else assert.equal(answer.json<{ code: string }>().code, 'database-unavailable');
      }
    };

    await client.cluster.kill(...DATABASES);
    const known = await until('each portal says that the database is away', KNOWN_MS, async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => client.ask('/library', { headers })));
      return (
        answers.every((answer) => answer.status === 200 && /data-banner/.test(answer.text())) || 'not yet'
      );
    });
    await readAll();
    await noneIsWritten();

    await client.cluster.kill(...PORTALS);
    await client.cluster.start(...PORTALS);
    const back = await until('both portals read again', 60_000, async () => {
      const seen = new Set<string | undefined>();
      for (let i = 0; i < 8; i += 1) {
        const answer = await client.ask('/library?q=reading-open', { headers });
        if (answer.status === 200 && /reading-open/.test(answer.text())) seen.add(answer.node);
      }
      return seen.size === 2 || [...seen].join();
    });
    await readAll();
    await noneIsWritten();

    await client.cluster.start(...DATABASES);
    // Each portal finds the database by itself, and so each takes its banner down in its own time.
    const healed = await until('each portal offers writing again', HEALED_MS, async () => {
      const well = new Set<string | undefined>();
      for (let tries = 0; tries < 8; tries += 1) {
        const page = await client.ask('/library', { headers });
        if (page.status !== 200 || /data-banner/.test(page.text()))
          return `${page.status} from ${page.node}, with a banner`;
        well.add(page.node);
      }
      return well.size === PORTALS.length || [...well].join();
    });
    await client.upload({ name: 'reading-after.bin' }, { deadlineMs: 15_000 });
    await fromEach('/library', { headers }, (answer) => {
      assert.equal(answer.status, 200);
      assert.match(answer.text(), /data-uploader/, 'uploading is offered again');
    });
    t.diagnostic(
      `known after ${known} ms; two portals started without a database read after ${back} ms; healed after ${healed} ms`,
    );
  });
});
