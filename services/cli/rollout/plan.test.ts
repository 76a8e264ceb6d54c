import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  behind,
  concerning,
  KINDS,
  type Kind,
  type Part,
  planRollback,
  planRollout,
  wayBack,
  whyWait,
} from './plan.ts';

const part = (name: string, more: Partial<Part> = {}): Part => ({
  id: name,
  name,
  service: name.replace(/^(portal|agent)-\d+$/, '$1'),
  image: `portico-${name.replace(/-.*/, '')}:latest`,
  running: 'old',
  wanted: 'new',
  ...more,
});
const names = (parts: Part[], only?: Kind[]) => planRollout(parts, only).map(({ name }) => name);

test('portals, agents, databases, load balancers; who has the work comes last of its kind', () => {
  const parts = [
    part('lb'),
    part('db-1', { leads: true }),
    part('db-2'),
    part('agent-1', { leads: true }),
    part('agent-2'),
    part('portal-10'),
    part('portal-2'),
    part('lb-2'),
    part('db-3'),
    part('init'),
    part('migrate'),
  ];
  assert.deepEqual(names(parts), [
    'portal-2',
    'portal-10',
    'agent-2',
    'agent-1',
    'db-2',
    'db-3',
    'db-1',
    'lb',
    'lb-2',
  ]);
});

test('what runs the wanted image already is left alone, so that a rollout that was broken off can be taken up', () => {
  assert.deepEqual(names([part('portal-1', { running: 'new' }), part('portal-2')]), ['portal-2']);
  assert.deepEqual(names([part('portal-1', { running: 'new' })]), []);
});

test('only some kinds', () => {
  assert.deepEqual(names([part('portal-1'), part('db-1'), part('lb')], ['db', 'lb']), ['db-1', 'lb']);
});

test('an image that none of the chosen kinds runs keeps its name: the next `up` would make all that run it anew at once', () => {
  const containers = ['portal', 'agent', 'db-1', 'db-2', 'lb', 'init'].map((service) => ({
    service,
    image: `portico-${({ agent: 'portal', init: 'portal' } as Record<string, string>)[service] ?? service.replace(/-.*/, '')}:latest`,
  }));
  const changes = ['portal', 'db', 'lb'].map((image) => ({
    name: `portico-${image}:latest`,
    from: 'old',
    to: 'new',
  }));
  const kept = (only: Kind[]) =>
    concerning(changes, containers, only)
      .filter(({ to }) => to === 'new')
      .map(({ name }) => name);
  assert.deepEqual(kept(['portal']), ['portico-portal:latest']);
  assert.deepEqual(kept(['agent']), ['portico-portal:latest']);
  assert.deepEqual(kept(['db', 'lb']), ['portico-db:latest', 'portico-lb:latest']);
  assert.deepEqual(kept([...KINDS]).length, 3);
});

test('a part is not touched while one of its kind is ill; to go back, only the quorum is waited for', () => {
  const well = { ok: true, reason: '' };
  const others = (ill: string) =>
    ['db-1', 'db-2', 'db-3', 'portal-1', 'portal-2', 'agent-1', 'lb'].map((id) => ({
      id,
      service: id.replace(/^(portal|agent)-.$/, '$1'),
      ...(id === ill ? { ok: false, reason: 'it is exited' } : well),
    }));
  const db = { id: 'db-1', service: 'db-1' };
  const portal = { id: 'portal-1', service: 'portal' };
  const table: [string, typeof db, string, boolean, string | undefined][] = [
    ['all is well', db, '', false, undefined],
    ['another node is away', db, 'db-3', false, 'db-3: it is exited'],
    ['another node is away, and we go back', db, 'db-3', true, 'db-3: it is exited'],
    ['it is itself the ill one', db, 'db-1', false, undefined],
    ['a portal is ill', db, 'portal-1', false, undefined],
    ['another portal is ill', portal, 'portal-2', false, 'portal: it is exited'],
    ['another portal is ill, and we go back', portal, 'portal-2', true, undefined],
  ];
  for (const [what, part, ill, undoing, reason] of table)
    assert.equal(whyWait(part, others(ill), undoing), reason, what);
  const twoIll = others('db-3').map((one) =>
    one.id === 'db-1' ? { ...one, ok: false, reason: 'ill' } : one,
  );
  assert.equal(whyWait(db, twoIll, true), undefined, 'two nodes are ill, and going back is what mends them');
  assert.match(
    whyWait({ id: 'db-2', service: 'db-2' }, twoIll, true) ?? '',
    /db-1: ill/,
    'the one that is well waits',
  );
});

test('going back begins with what is ill, and there with the databases', () => {
  const parts = [
    part('portal-1', { ill: true }),
    part('portal-2'),
    part('db-1', { leads: true }),
    part('db-2'),
    part('db-3', { ill: true }),
  ];
  assert.deepEqual(
    planRollback(parts).map(({ name }) => name),
    ['db-3', 'portal-1', 'portal-2', 'db-2', 'db-1'],
  );
});

test('the way back leads to before the last rollout, and to what runs where one was broken off', () => {
  const changes = ['portal', 'db'].map((image) => ({ name: `portico-${image}:latest`, from: 'now' }));
  const runs = (running: string, wanted = 'now') => [
    part('portal-1', { running, wanted }),
    part('db-1', { running: 'now', wanted: 'now' }),
  ];
  const back = (...of: Parameters<typeof wayBack>) => Object.fromEntries(wayBack(...of));
  assert.deepEqual(back(runs('now'), changes), {
    'portico-portal:latest': 'now',
    'portico-db:latest': 'now',
  });
  assert.deepEqual(back(runs('before'), changes), { 'portico-portal:latest': 'before' });
});

const one = (name: string, imageId: string, image = 'portico-portal:latest') => ({ name, image, imageId });
const LEFT: [what: string, containers: ReturnType<typeof one>[], left: string[]][] = [
  ['nothing', [one('portal-1', 'new'), one('portal-2', 'new')], []],
  ['one of two', [one('portal-1', 'new'), one('portal-2', 'old')], ['portal-2']],
  ['not an image without a name', [one('portal-1', 'sha256:1', 'sha256:1')], []],
];
for (const [what, containers, left] of LEFT)
  test(`a rollout that was broken off has left behind ${what}`, () =>
    assert.deepEqual(behind(containers, new Map([['portico-portal:latest', 'new']])), left));
