import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestCluster, testCluster } from '../test-cluster.ts';
import { benchBlob } from './blob.ts';
import { benchCompile } from './compile.ts';
import { type Content, makeContent } from './content.ts';
import { benchPages } from './pages.ts';
import { publishContent } from './publish.ts';
import { isKept, type Section } from './report.ts';
import { benchSearcher, benchSearchThrough } from './search.ts';
import { benchUpload, uploadSection } from './upload.ts';
import { openWorkspace, type Workspace } from './workspace.ts';
import { Wrk } from './wrk.ts';

const APIS = 6;
/** As little as shows that each figure is measured: how fast it is here is `npm run bench`'s affair. */
const LITTLE = { rounds: 1, seconds: 1, queries: 10 };

let client: TestCluster;
let workspace: Workspace;
let content: Content;
before(async () => {
  client = await testCluster();
  workspace = await openWorkspace();
  content = await makeContent(workspace.own, APIS);
});
after(() => workspace?.remove());

const named = (section: Section, what: string) => {
  const found = section.figures.find((figure) => figure.what === what);
  assert.ok(found, `${section.title} has no "${what}"`);
  return found;
};
function allMeasured(section: Section): void {
  for (const { what, value } of section.figures)
    assert.ok(Number.isFinite(value) && value >= 0, `${section.title}: ${what} is ${value}`);
}

test('an upload of 1 GiB raises the memory of the portal that takes it by less than 64 MiB', async (t) => {
  const section = uploadSection(await benchUpload(client, 1024));
  t.diagnostic(JSON.stringify(section));
  assert.equal(isKept(named(section, 'rise of resident memory')), true, JSON.stringify(section));
});

test('compiling is measured in processes of its own, and search at the searcher', async () => {
  const compiled = await benchCompile(content, workspace.own, [2, APIS], 1);
  allMeasured(compiled);
  assert.ok(
    named(compiled, `${APIS} APIs: of it shared`).value > named(compiled, '2 APIs: of it shared').value,
  );
  const searched = await benchSearcher(content, APIS, LITTLE);
  allMeasured(searched);
  assert.ok(named(searched, 'queries that found something').value > 0);
});

test('pages, a file and search are measured on a cluster, each in the way that its name says', async (t) => {
  const n = await publishContent(client, content, workspace.shared, APIS);
  const searched = await benchSearchThrough(client, n, APIS, LITTLE);
  const wrk = await Wrk.start(client.cluster, workspace.shared);
  const parts = { client, wrk, shared: workspace.shared, ...LITTLE };
  const [pages, blob] = await (async () =>
    [await benchPages(parts), await benchBlob(parts, 1024 * 1024)] as const)().finally(() => wrk.stop());
  for (const section of [searched, pages, blob]) {
    t.diagnostic(JSON.stringify(section));
    allMeasured(section);
  }
  const [cached, uncached] = pages.figures.filter(({ what }) => what === '  part that came from the cache');
  assert.ok(cached!.value > 0.8, `of what is called cached, ${cached!.value} came from the cache`);
  assert.ok(uncached!.value < 0.05, `of what is called uncached, ${uncached!.value} came from the cache`);
  const names = (await client.cluster.compose.ps()).map(({ service }) => service);
  assert.deepEqual(
    names.filter((name) => name === 'static' || name === 'wrk'),
    [],
    'what stood beside the cluster is gone',
  );
});
