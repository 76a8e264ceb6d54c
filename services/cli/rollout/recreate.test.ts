import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImageDefaults, type InspectedContainer, recreation } from './recreate.ts';

const image: ImageDefaults = {
  Id: 'sha256:old',
  Config: {
    Cmd: ['node', 'services/portal/main.ts'],
    User: '10001:10001',
    Env: ['PATH=/bin', 'NODE_ENV=production'],
    Labels: { maker: 'debian', 'com.docker.compose.project': 'portico' },
    StopSignal: 'SIGTERM',
  },
};
const container: InspectedContainer = {
  Id: 'abcdef0123456789',
  Name: '/portico-agent-1',
  State: { Running: true },
  Image: 'sha256:old',
  Config: {
    ...image.Config,
    Image: 'portico-portal:latest',
    Hostname: 'abcdef012345',
    Cmd: ['node', 'services/agent/main.ts'],
    Env: ['PORTICO_DB_NODES=db-1', 'PATH=/bin', 'NODE_ENV=production'],
    Labels: {
      maker: 'debian',
      'com.docker.compose.project': 'portico',
      'com.docker.compose.config-hash': 'h',
      'com.docker.compose.image': 'sha256:old',
    },
  },
  HostConfig: { NetworkMode: 'portico_dmz', Memory: 5, Sysctls: { a: 'b' } },
  NetworkSettings: {
    Networks: {
      portico_dmz: { Aliases: ['portico-agent-1', 'agent', 'abcdef012345'] },
      portico_internal: { Aliases: ['agent', 'abcdef012345'] },
    },
  },
};
const { name, body, networks } = recreation(container, image, { Id: 'sha256:new' });

test('what it was told stays: its command, its settings, its limits, its name', () => {
  assert.equal(name, 'portico-agent-1');
  assert.deepEqual(body.Cmd, ['node', 'services/agent/main.ts']);
  assert.deepEqual(body.Env, ['PORTICO_DB_NODES=db-1']);
  assert.deepEqual(body.HostConfig, container.HostConfig);
  assert.equal(body.Image, 'portico-portal:latest');
});

test('what came from the old image is left to the new one', () => {
  for (const key of ['User', 'StopSignal', 'Hostname']) assert.ok(!(key in body), key);
});

test('compose finds it up to date: its project and the settings’ hash stay, the image is the new one', () => {
  assert.deepEqual(body.Labels, {
    'com.docker.compose.project': 'portico',
    'com.docker.compose.config-hash': 'h',
    'com.docker.compose.image': 'sha256:new',
  });
});

test('it is on the same networks, under the same names, without the old container’s id', () => {
  assert.deepEqual(body.NetworkingConfig, {
    EndpointsConfig: { portico_dmz: { Aliases: ['portico-agent-1', 'agent'] } },
  });
  assert.deepEqual(networks, { portico_internal: { Aliases: ['agent'] } });
});

test('a host name of its own stays', () => {
  const node = { ...container, Config: { ...container.Config, Hostname: 'db-1' } };
  assert.equal(recreation(node, image, { Id: 'n' }).body.Hostname, 'db-1');
});
