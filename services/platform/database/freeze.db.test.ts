import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestNodes, until } from './test-nodes.ts';
import { TestStream } from './test-stream.ts';

describe('a process that was frozen', () => {
  let nodes: TestNodes;
  before(async () => {
    nodes = await TestNodes.get();
    await nodes.run(TestStream.tables);
  });
  after(() => nodes.run(TestStream.dropTables));

  it('takes no node for dead when it thaws, and its requests end well', async () => {
    const script = fileURLToPath(new URL('test-process.ts', import.meta.url));
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORTICO_TEST_PROJECT: nodes.cluster.project },
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      await until('the stream runs', 30_000, async () => lines.includes('streaming') || 'not yet');
      for (const _ of [1, 2]) {
        const flowing = performance.now() + 1000;
        await until('it ran for a while', 5000, async () => performance.now() > flowing || 'not yet');
        child.kill('SIGSTOP');
        const thaw = performance.now() + 6000;
        await until(
          'it was frozen for longer than any deadline',
          10_000,
          async () => performance.now() > thaw || 'not yet',
        );
        child.kill('SIGCONT');
      }
      const flowing = performance.now() + 2000;
      await until('it flows on', 5000, async () => performance.now() > flowing || 'not yet');
      child.kill('SIGTERM');
      assert.equal(await exited, 0);
      const changes = lines.filter((line) => line.startsWith('['));
      assert.deepEqual(changes, []);
      assert.ok(
        lines.some((line) => /^finished [1-9]/.test(line)),
        lines.join('\n'),
      );
    } finally {
      child.kill('SIGKILL');
    }
  });
});
