import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { staticConf } from './static-conf.ts';

const file = (name: string) => readFileSync(new URL(`../../../nginx/${name}`, import.meta.url), 'utf8');

test('the nginx of the comparison has the load balancer’s own settings, and sends its headers', () => {
  const conf = staticConf(file('nginx.conf'), file('portal.conf'), [
    {
      location: '/apis/',
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-length': '12',
        'x-portico-node': 'portal-1',
        'content-security-policy': `default-src 'none'; x "quoted" $host`,
      },
    },
  ]);
  for (const line of [
    'worker_processes 2;',
    'sendfile on;',
    'keepalive_timeout 65s;',
    'listen 8443 ssl;',
    'http2 on;',
  ])
    assert.ok(conf.includes(line), line);
  assert.match(conf, /ssl_protocols TLSv1\.2 TLSv1\.3;/);
  assert.match(conf, /default_type "text\/html; charset=utf-8";/);
  assert.match(conf, /add_header x-portico-node "portal-1";/);
  assert.match(conf, /add_header content-security-policy "default-src 'none'; x \\"quoted\\" host";/);
  assert.doesNotMatch(conf, /content-length/);
});

test('a setting that the load balancer no longer has is said, not left out', () => {
  assert.throws(() => staticConf('worker_processes 2;', file('portal.conf'), []), /worker_rlimit_nofile/);
});
