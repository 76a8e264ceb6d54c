import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kind, type Part, planRollout } from './plan.ts';

const part = (name: string, more: Partial<Part> = {}): Part => ({
  id: name,
  name,
  service: name.replace(/^(portal|agent)-\d+$/, '$1'),
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
