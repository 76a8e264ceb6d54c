import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCandidates, parseMirror } from './apt.ts';
import { OWN, planBaseImage, STANDARD } from './base-image.ts';
import { choosePackages } from './compose.ts';
import type { Facts } from './facts.ts';
import { planSetup } from './plan.ts';

const ready: Facts = {
  platform: 'linux',
  system: 'Debian GNU/Linux 12 (bookworm)',
  apt: true,
  root: 'is',
  systemd: true,
  engine: { state: 'running', version: '20.10.24' },
  compose: '2.26.1',
};
const bare: Facts = { ...ready, engine: { state: 'absent' }, compose: undefined, systemd: false };
const stopped = { state: 'stopped', detail: 'Cannot connect to the Docker daemon' } as const;

describe('planSetup', () => {
  const table: [string, Facts, string[] | RegExp][] = [
    ['all is there: nothing is touched', ready, []],
    [
      'Docker is there, on a system that is not Debian: nothing is touched',
      { ...ready, apt: false, system: 'Fedora' },
      [],
    ],
    [
      'Docker Desktop runs',
      { ...ready, platform: 'darwin', system: undefined, apt: false, root: 'sudo' },
      [],
    ],
    ['a bare Debian', bare, ['install-engine', 'start-engine', 'install-compose']],
    [
      'a bare Debian by sudo',
      { ...bare, root: 'sudo' },
      ['install-engine', 'start-engine', 'install-compose'],
    ],
    ['a bare Debian without root', { ...bare, root: 'no' }, /needs root/],
    ['an engine that was killed', { ...ready, engine: stopped }, ['start-engine']],
    ['an engine without Compose', { ...ready, compose: undefined }, ['install-compose']],
    [
      'a bare Fedora',
      { ...bare, apt: false, system: 'Fedora Linux 43' },
      /not on Fedora Linux 43\. Install Docker Engine/,
    ],
    ['a stopped engine on Fedora', { ...ready, apt: false, engine: stopped }, /systemctl start docker/],
    ['a bare Mac', { ...bare, platform: 'darwin', apt: false }, /On macOS install Docker Desktop/],
    [
      'Docker Desktop is closed',
      { ...ready, platform: 'darwin', apt: false, engine: stopped },
      /Start Docker Desktop/,
    ],
    [
      'no right to talk to Docker',
      { ...ready, root: 'sudo', engine: { state: 'forbidden', member: false } },
      /usermod -aG docker/,
    ],
    [
      'the right, but not yet in this session',
      { ...ready, root: 'sudo', engine: { state: 'forbidden', member: true } },
      ['enter-group'],
    ],
  ];
  for (const [title, facts, expected] of table) {
    test(title, () => {
      const plan = planSetup(facts);
      if (expected instanceof RegExp)
        assert.match('blocked' in plan ? plan.blocked : '(not blocked)', expected);
      else
        assert.deepEqual('changes' in plan ? plan.changes.map(({ kind }) => kind) : plan.blocked, expected);
    });
  }

  test('every change is announced by a sentence', () => {
    const plan = planSetup(bare);
    assert.ok('changes' in plan);
    for (const { says } of plan.changes) assert.match(says, /^[A-Z].{20,}\.$/);
  });
});

describe('planBaseImage', () => {
  const none = { given: undefined, hasStandard: false, hasOwn: false };
  const table: [string, Parameters<typeof planBaseImage>[0], string | undefined][] = [
    [
      'what the operator names is used',
      { given: 'mirror/debian:13', hasStandard: true, hasOwn: true },
      'mirror/debian:13',
    ],
    ['the standard one that is here', { ...none, hasStandard: true, hasOwn: true }, STANDARD],
    ['the one made here before', { ...none, hasOwn: true }, OWN],
    ['none yet: fetched or made', none, undefined],
  ];
  for (const [title, facts, use] of table) {
    test(title, () => {
      const plan = planBaseImage(facts);
      assert.equal('use' in plan ? plan.use : undefined, use);
    });
  }
});

describe('packages', () => {
  const candidates = (versions: Record<string, string>) => new Map(Object.entries(versions));
  const table: [string, Record<string, string>, string[] | undefined][] = [
    ['Debian 12 has only version 1', { 'docker-compose': '1.29.2-3' }, undefined],
    [
      'Debian 13',
      { 'docker-compose': '2.26.1-4', 'docker-buildx': '0.13.1' },
      ['docker-compose', 'docker-buildx'],
    ],
    [
      'Ubuntu 24.04',
      { 'docker-compose': '1.29.2-6', 'docker-compose-v2': '2.24.6', 'docker-buildx': '0.12.1' },
      ['docker-compose-v2', 'docker-buildx'],
    ],
    [
      'Docker’s own repository',
      { 'docker-compose-plugin': '5.0.1', 'docker-buildx-plugin': '0.30' },
      ['docker-compose-plugin', 'docker-buildx-plugin'],
    ],
    ['a version with an epoch', { 'docker-compose': '1:2.30-1' }, ['docker-compose']],
    ['none', {}, undefined],
  ];
  for (const [title, versions, expected] of table) {
    test(title, () => assert.deepEqual(choosePackages(candidates(versions)), expected));
  }

  test('what apt-cache says is read', () => {
    const policy =
      'docker-compose:\n  Installed: (none)\n  Candidate: 1.29.2-3\n  Version table:\n     1.29.2-3 500\ndocker-buildx:\n  Installed: (none)\n  Candidate: (none)\n';
    assert.deepEqual([...parseCandidates(policy)], [['docker-compose', '1.29.2-3']]);
  });

  test('of several repositories the Debian mirror is found', () => {
    const targets = [
      'Other\tOther\thttp://packages.example/apt/',
      'Debian\tDebian-Security\thttp://mirror.example/debian-security/',
      'Debian\tDebian\thttp://mirror.example/debian/',
    ];
    assert.equal(parseMirror(targets.join('\n')), 'http://mirror.example/debian');
    assert.equal(parseMirror('Ubuntu\tUbuntu\thttp://mirror.example/ubuntu/\n'), undefined);
  });
});
