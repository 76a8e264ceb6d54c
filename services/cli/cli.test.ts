import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PorticoError } from '../platform/errors.ts';
import { ROOT, readConfig } from './config.ts';
import { EXIT, exitStatusOf, MachineError, UsageError } from './exit.ts';
import { execute } from './process.ts';
import { table } from './terminal.ts';
import { inOrder } from './test/files.ts';
import { identity, staleAmong, temporaryProject } from './test/project.ts';

describe('the settings', () => {
  test('stand in the environment, else in .env, else have a default', () => {
    const config = readConfig(
      { PORTICO_HTTPS_PORT: '9443', PORTICO_BIND: '' },
      { PORTICO_HTTPS_PORT: '7443', PORTICO_HTTP_PORT: '7080' },
    );
    assert.deepEqual(
      [config.fronts.lb.httpsPort, config.fronts.lb.httpPort, config.fronts.lb.bind, config.project],
      [9443, 7080, '127.0.0.1', 'portico'],
    );
  });

  test('every bad one is named at once', () => {
    assert.throws(
      () => readConfig({ PORTICO_HTTPS_PORT: 'x', PORTICO_HTTP_PORT: '70000' }, {}),
      (error) => error instanceof UsageError && /PORTICO_HTTPS_PORT.*PORTICO_HTTP_PORT/.test(error.message),
    );
  });

  const addresses: [string, string][] = [
    ['', 'https://localhost:8443'],
    ['0.0.0.0', 'https://localhost:8443'],
    ['192.0.2.7', 'https://192.0.2.7:8443'],
    ['2001:db8::7', 'https://[2001:db8::7]:8443'],
  ];
  for (const [bind, address] of addresses) {
    test(`published on ${bind || 'nothing named'}, it is found at ${address}`, () => {
      assert.equal(readConfig({ PORTICO_BIND: bind }, {}).address, address);
    });
  }
});

describe('exit statuses', () => {
  test('each error has its own, and each status one meaning', () => {
    assert.equal(exitStatusOf(new UsageError('x')), EXIT.usage.status);
    assert.equal(exitStatusOf(new MachineError('x')), EXIT.machine.status);
    assert.equal(exitStatusOf(new PorticoError('invalid', 'x')), EXIT.usage.status);
    assert.equal(exitStatusOf(new PorticoError('internal', 'x')), EXIT.failed.status);
    assert.equal(exitStatusOf(new TypeError('x')), EXIT.failed.status);
    const statuses = Object.values(EXIT).map(({ status }) => status);
    assert.equal(new Set(statuses).size, statuses.length);
  });
});

describe('the command', () => {
  const portico = (...args: string[]) =>
    execute(process.execPath, [join(ROOT, 'services/cli/portico.mjs'), ...args], { check: false });

  test('--help names every command and every exit status, and exits 0', async () => {
    const { code, stdout } = await portico('--help');
    assert.equal(code, 0);
    for (const name of ['up', 'down', 'purge', 'status', 'watch', 'logs', 'token', 'db', 'drill', 'test'])
      assert.match(stdout, new RegExp(`^  ${name} `, 'm'));
    for (const { meaning } of Object.values(EXIT)) assert.ok(stdout.includes(meaning));
  });

  const wrong: [string[], RegExp][] = [
    [['uo'], /unknown command/],
    [['up', '--portals', 'many'], /--portals takes a number/],
    [['up', '--two-lbs', '--one-lb'], /choose one/],
    [['token', 'create', '--role', 'king', '--name', 'x'], /--role is one of/],
    [['token', 'create', '--name', 'x'], /--role/],
    [['test', 'services/cli/nothing.test.ts'], /no test/],
  ];
  for (const [args, sentence] of wrong) {
    test(`portico ${args.join(' ')} exits 2 and says why on stderr`, async () => {
      const { code, stdout, stderr } = await portico(...args);
      assert.equal(code, EXIT.usage.status);
      assert.match(stderr, sentence);
      assert.equal(stdout, '');
    });
  }
});

describe('test runs', () => {
  test('files run from the cheapest kind to the dearest', () => {
    const files = ['b.browser.test.ts', 'a.cluster.test.ts', 'z.test.ts', 'a.db.test.ts', 'b.test.ts'];
    assert.deepEqual(inOrder(files), [
      'b.test.ts',
      'z.test.ts',
      'a.db.test.ts',
      'a.cluster.test.ts',
      'b.browser.test.ts',
    ]);
  });

  test('a project is stale when its process is gone, or is another one by now', () => {
    const alive = (pid: number) => (pid === 7 ? 'aaaaaaaa' : undefined);
    const projects = [
      'portico',
      'portico-test-7-aaaaaaaa',
      'portico-test-7-bbbbbbbb',
      'portico-test-8-aaaaaaaa',
      'portico-test-8-aaaaaaaa',
      'portico-lb-8-aaaaaaaa-2',
      'someone-else',
    ];
    assert.deepEqual(staleAmong(projects, alive), [
      'portico-test-7-bbbbbbbb',
      'portico-test-8-aaaaaaaa',
      'portico-lb-8-aaaaaaaa-2',
    ]);
  });

  test('this process is known by its name, and a number that nobody bears is not', () => {
    assert.deepEqual(staleAmong([temporaryProject('test'), temporaryProject('lb')], identity), []);
    assert.equal(identity(4_194_304 + 1), undefined);
  });
});

test('a table has columns as wide as their widest cell', () => {
  assert.equal(
    table([
      ['a', 'bb', 'c'],
      ['dddd', 'e', ''],
    ]),
    'a     bb  c\ndddd  e',
  );
});
