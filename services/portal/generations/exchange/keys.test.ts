import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { fingerprintOf, isSignedBy, signingKey } from './keys.ts';
import { testKey } from './test-exchange.ts';

describe('keys', () => {
  const key = testKey();
  const manifest = Buffer.from('{"v":1}');

  it('what is signed is verified by the public key alone', () => {
    const signature = key.sign(manifest);
    assert.equal(isSignedBy(key.publicKey, manifest, signature), true);
    assert.equal(isSignedBy(key.publicKey, Buffer.from('{"v":2}'), signature), false);
    assert.equal(isSignedBy(testKey().publicKey, manifest, signature), false);
    assert.equal(isSignedBy(key.publicKey, manifest, 'not base64url!'), false);
  });

  it('a fingerprint is of the key, and looks like those that people compare', () => {
    assert.match(key.fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
    assert.equal(fingerprintOf(key.publicKey), key.fingerprint);
    // Computed with `openssl pkey -pubin -outform DER | tail -c 32 | sha256sum`, of 32 zero bytes.
    assert.equal(
      fingerprintOf(`ed25519:${'A'.repeat(43)}`),
      'SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU',
    );
  });

  for (const wrong of [
    '',
    'ed25519:',
    `ed25519:${'A'.repeat(42)}`,
    `rsa:${'A'.repeat(43)}`,
    `ed25519:${'A'.repeat(42)}/`,
  ])
    it(`“${wrong.slice(0, 20)}” is no public key`, () =>
      assert.throws(() => fingerprintOf(wrong), /one word/));

  it('a secret of another kind is not taken for one', () => {
    assert.throws(() => signingKey('nonsense'), /not a private key/);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    assert.throws(() => signingKey(pem), /not an Ed25519 key/);
  });
});
