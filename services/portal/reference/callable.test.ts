import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Server } from '../../specs/model.ts';
import { callable } from './callable.ts';

const shown = (...servers: (string | Server)[]) =>
  callable(servers.map((one) => (typeof one === 'string' ? { url: one } : one)));

describe('which hosts an interactive reference may call', () => {
  const good: [what: string, url: string, origin: string][] = [
    ['a host', 'https://api.example.com/v1', 'https://api.example.com'],
    ['a port', 'https://api.example.com:8443/', 'https://api.example.com:8443'],
    ['an address', 'https://192.0.2.7', 'https://192.0.2.7'],
    ['this machine, also without TLS', 'http://localhost:3000/api', 'http://localhost:3000'],
    ['this machine by its number', 'http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['a host in capitals', 'HTTPS://API.Example.COM', 'https://api.example.com'],
    ['a host in another script', 'https://bücher.example', 'https://xn--bcher-kva.example'],
    ['an inner host', 'https://pets_api', 'https://pets_api'],
    ['no name and no password', 'https://user:word@api.example.com', 'https://api.example.com'],
    ['the scheme of the page', '//api.example.com/v1', 'https://api.example.com'],
    [
      'a path with variables that have no value',
      'https://api.example.com/{tenant}',
      'https://api.example.com',
    ],
    ['what comes before a comma in the path', 'https://api.example.com/a;b, c', 'https://api.example.com'],
  ];
  for (const [what, url, origin] of good)
    it(`takes ${what}`, () => assert.deepEqual(shown(url), { origins: [origin], own: false, refused: [] }));

  const hostile: [url: string, why: RegExp][] = [
    ['javascript:alert(1)', /http and https/],
    ['data:text/html,x', /http and https/],
    ['file:///etc/passwd', /http and https/],
    ['wss://api.example.com', /http and https/],
    ['https://*', /host/],
    ['https://*.example.com', /host/],
    ['https://api.example.com;script-src', /host/],
    ["https://api.example.com'unsafe-inline'", /host/],
    ['https://api.example.com,https://evil.example', /host/],
    ['https://a b', /no address/],
    ['https://a b; script-src *', /no address/],
    ['https://[2001:db8::1]/', /host/],
    ['https://api.example.com:99999', /no address/],
    ['https://{region}.example.com', /no address|host/],
    ['https://', /no address/],
    ['http://api.example.com', /over https/],
    ['http://localhost.example.com', /over https/],
    ['http://127.0.0.1.example.com', /over https/],
  ];
  for (const [url, why] of hostile)
    it(`refuses ${url}, and says why`, () => {
      const { origins, own, refused } = shown(url);
      assert.deepEqual([origins, own, refused.length], [[], false, 1]);
      assert.match(refused[0]!.why, why);
    });

  it('takes a path alone for this portal', () => {
    for (const url of ['/', '/v1', 'v1', '', '../v2'])
      assert.deepEqual(shown(url), { origins: [], own: true, refused: [] }, url);
  });

  it('names each host once, and nobody where there is no server', () => {
    assert.deepEqual(shown('https://a.example/v1', 'https://a.example/v2').origins, ['https://a.example']);
    assert.deepEqual(shown(), { origins: [], own: false, refused: [] });
  });

  it('takes every value that a variable is known to have, and judges each', () => {
    const { origins, refused } = shown({
      url: '{scheme}://{region}.example.com:{port}/{path}',
      variables: [
        { name: 'scheme', default: 'https', values: ['https', 'javascript'] },
        { name: 'region', default: 'eu', values: ['eu', 'us', '*'] },
        { name: 'port', default: '443' },
        { name: 'path', values: Array.from({ length: 500 }, (_, n) => `${n}`) },
      ],
    });
    assert.deepEqual(origins, ['https://eu.example.com', 'https://us.example.com']);
    assert.deepEqual(refused.map(({ url }) => url).sort(), [
      'https://*.example.com:443',
      'javascript://*.example.com:443',
      'javascript://eu.example.com:443',
      'javascript://us.example.com:443',
    ]);
    const whole = { url: '{server}/v1', variables: [{ name: 'server', default: 'https://a.example' }] };
    assert.deepEqual(shown(whole).origins, ['https://a.example']);
  });

  it('stops where a header would grow too long', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => `https://${'long-'.repeat(10)}${n}.example.com`);
    const { origins, refused } = shown(...many);
    assert.ok(origins.join(' ').length <= 4_000 && origins.length > 40);
    assert.equal(origins.length + refused.length, many.length);
    const values = Array.from({ length: 50 }, (_, n) => `v${n}`);
    const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
    const power = {
      url: `https://${letters.map((name) => `{${name}}`).join('.')}.example.com`,
      variables: letters.map((name) => ({ name, values })),
    };
    assert.ok(shown(power).origins.length <= 200);
  });
});
