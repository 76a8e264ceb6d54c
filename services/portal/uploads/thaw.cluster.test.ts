/** A portal is frozen in the middle of a write, another finishes the upload, and the first one thaws. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readyByItself } from '../../drills/cluster.ts';
import type { Answer, Ask } from '../../drills/http.ts';
import { cleanUp } from '../../drills/ledger.ts';
import { type TestCluster, testCluster } from '../../drills/test-cluster.ts';
import { until } from '../../drills/until.ts';

const SIZE = 40 * 1024 * 1024;
const FIRST = 3 * 1024 * 1024;
const NAME = 'thaw.bin';
const DEADLINE_MS = 60_000;

let client: TestCluster;
before(async () => {
  client = await testCluster();
});
after(() => cleanUp(client, 'thaw'));

test('a portal that was frozen in the middle of a write changes nothing when it thaws after another has finished', async (t) => {
  await client.scenario(t, async () => {
    const bytes = randomBytes(SIZE);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const created = await speak('portal-1', 'POST', '/api/v1/uploads', {
      headers: {
        'upload-length': String(SIZE),
        'upload-metadata': `filename ${Buffer.from(NAME).toString('base64')}`,
      },
    });
    assert.equal(created.status, 201, created.text());
    const path = String(created.headers.location);
    const id = String(path.split('/').at(-1));

    // What it reads after the thaw was never part of the file: were any of it kept, the hash would tell.
    const body = new TurningBody(bytes);
    const frozen = write('portal-1', path, 0, body.stream, SIZE).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await until('it has acknowledged some', DEADLINE_MS, async () => {
      const { offset } = (await speak('portal-2', 'GET', path)).json<{ offset: number }>();
      return offset >= FIRST || `${offset} bytes so far`;
    });
    await client.cluster.pause('portal-1');
    const sent = body.turn();
    assert.ok(sent < SIZE, 'it had everything before it froze');

    const head = await speak('portal-2', 'HEAD', path);
    const offset = Number(head.headers['upload-offset']);
    assert.equal(head.status, 200);
    assert.ok(offset >= FIRST && offset <= sent, `${offset} are acknowledged of ${sent} that were sent`);
    const rest = bytes.subarray(offset);
    const finished = await write('portal-2', path, offset, Readable.from([rest]), rest.length);
    assert.equal(finished.status, 204, finished.text());
    assert.equal(finished.headers['portico-sha256'], sha256);

    await client.cluster.unpause('portal-1');
    const outcome = await frozen;
    assert.ok(outcome === 'cut off' || Number(outcome) >= 400, `the thawed portal answered ${outcome}`);
    await until('the thawed portal is ready again', DEADLINE_MS, async () =>
      readyByItself(await client.cluster.address('portal-1')),
    );
    t.diagnostic(
      `frozen after ${sent} bytes, taken over at ${offset}, the thawed portal's client heard: ${outcome}`,
    );

    for (const portal of ['portal-1', 'portal-2']) {
      const after = await speak(portal, 'HEAD', path);
      assert.deepEqual(
        [after.headers['upload-offset'], after.headers['portico-sha256']],
        [String(SIZE), sha256],
      );
      const item = (await speak(portal, 'GET', `/api/v1/media/${id}`)).json<{
        sha256: string;
        size: number;
      }>();
      assert.deepEqual([item.sha256, item.size], [sha256, SIZE]);
    }
    const back = await client.ask(`/media/${id}/${NAME}`);
    assert.equal(createHash('sha256').update(back.body).digest('hex'), sha256);
    const left = await client.cluster.exec('portal-1', [
      'find',
      '/data/uploads',
      '-path',
      `*${id}*`,
      '-type',
      'f',
    ]);
    assert.equal(left.trim(), '', 'parts are left behind');
  });
});

/** The file's bytes as fast as they are taken, some 25 MB a second at most; after the turn all are wrong. */
class TurningBody {
  readonly stream: Readable;
  #sent = 0;
  #turned = false;

  constructor(bytes: Buffer) {
    const step = 256 * 1024;
    const turned = () => this.#turned;
    const count = (length: number) => {
      this.#sent += length;
    };
    async function* produce() {
      for (let at = 0; at < bytes.length; at += step) {
        const right = bytes.subarray(at, at + step);
        const chunk = turned() ? Buffer.from(right.map((byte) => byte ^ 0xff)) : right;
        count(chunk.length);
        yield chunk;
        await pause(10);
      }
    }
    this.stream = Readable.from(produce(), { highWaterMark: 1 });
  }

  /** @returns how many right bytes went out before */
  turn(): number {
    this.#turned = true;
    return this.#sent;
  }
}

async function speak(
  portal: string,
  method: string,
  path: string,
  { headers, ...rest }: Ask = {},
): Promise<Answer> {
  const usual = { authorization: `Bearer ${await client.token()}`, 'tus-resumable': '1.0.0' };
  return client.askPortal(portal, path, {
    method,
    headers: { ...usual, ...headers },
    deadlineMs: DEADLINE_MS,
    ...rest,
  });
}

function write(
  portal: string,
  path: string,
  offset: number,
  body: Readable,
  length: number,
): Promise<Answer> {
  return speak(portal, 'PATCH', path, {
    headers: {
      'content-type': 'application/offset+octet-stream',
      'content-length': String(length),
      'upload-offset': String(offset),
    },
    body,
  });
}
