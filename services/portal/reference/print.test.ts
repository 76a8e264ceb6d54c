import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import type { Generation, LoadedVersion } from '../generations/generation.ts';
import { type TestPortal, testPortal } from '../test-portal.ts';
import { deeper, printed } from './print.ts';
import { loadedVersion as loaded } from './test-version.ts';

const GRAPHQL =
  'type Query { "All of *them*" pets(kind: Kind): [Pet!]! }\nenum Kind { CAT }\ntype Pet { name: String }';

let portal: TestPortal;
before(async () => {
  portal = await testPortal();
});
after(() => portal.close());

const page = async (one: LoadedVersion, options: RequestInit = {}) => {
  portal.publish({ n: 1, version: () => one } as unknown as Generation);
  return fetch(`${portal.url}/apis/x/1.0/print`, options);
};

describe('a whole version on one page', async () => {
  for (const [format, one] of [
    ['OpenAPI', await loaded('tictactoe.yaml')],
    ['AsyncAPI', await loaded('streetlights-kafka-asyncapi.yml')],
    ['GraphQL', await loaded('pets.graphql', Buffer.from(GRAPHQL))],
  ] as const)
    it(`${format}: every operation and schema once, and no link that leads nowhere`, async () => {
      const answer = await page(one);
      const html = await answer.text();
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('cache-control') ?? '', /^public/);
      assert.equal(answer.headers.get('set-cookie'), null);
      const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!);
      assert.deepEqual(ids, [...new Set(ids)]);
      for (const id of one.compiled.entryIds) assert.ok(ids.includes(`operation-${id}`), id);
      for (const { slug } of one.compiled.overview.types) assert.ok(ids.includes(`schema-${slug}`), slug);
      for (const [, id] of html.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.includes(id!), id);
      assert.equal(html.match(/<h1/g)?.length, 1);
      assert.match(html, /<\/html>\s*$/);
    });

  it('is linked from the overview', async () => {
    await (await page(await loaded('tictactoe.yaml'))).text();
    assert.match(await (await fetch(`${portal.url}/apis/x`)).text(), /href="\/apis\/x\/1\.0\/print"/);
  });

  it('only its headers, when only they are asked for', async () => {
    const answer = await page(await loaded('tictactoe.yaml'), { method: 'HEAD' });
    assert.deepEqual([answer.status, await answer.text()], [200, '']);
  });

  it('one that cannot be rendered is an error page, or an answer that is cut off', async () => {
    const one = await loaded('tictactoe.yaml');
    const broken = () => {
      throw new Error('broken');
    };
    const overview = {
      get groups() {
        return broken();
      },
    };
    const atOnce = await page({ ...one, compiled: { ...one.compiled, overview: overview as never } });
    assert.equal(atOnce.status, 500);
    await assert.rejects(async () => {
      await (await page({ ...one, compiled: { ...one.compiled, entry: broken } })).text();
    });
  });
});

test('what would be too long ends, and says how much is missing', async () => {
  const one = await loaded('tictactoe.yaml');
  const pieces = (longest: number) => {
    const all = [];
    for (const piece of printed(one, longest)) {
      piece.change?.('x'.repeat(100));
      all.push(piece);
    }
    return all;
  };
  const total = one.compiled.entryIds.length + one.compiled.overview.types.length;
  assert.equal(pieces(1_000_000).at(-1)?.locals.left, '');
  assert.equal(pieces(250).at(-1)?.locals.left, `${total - 3} more pages`);
});

test('headings go deeper, and nothing else does', () => {
  assert.equal(
    deeper('<h1>A</h1><h2 id="b">B</h2><h5>C</h5><hr>&lt;h1&gt; <header>', 2),
    '<h3>A</h3><h4 id="b">B</h4><h6>C</h6><hr>&lt;h1&gt; <header>',
  );
});
