import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PorticoError } from '../../platform/errors.ts';
import { fingerprintOf } from '../generations/exchange/keys.ts';
import type { TrustedKey } from '../generations/exchange/repository.ts';
import type { Exchange } from '../generations/exchange/service.ts';
import type { Generations } from '../generations/service.ts';

const own = `ed25519:${'A'.repeat(43)}`;

/** Keys in memory. An export is only its number's name; an import of one is that generation, of anything else nobody's. */
export function fakeExchange(generations: Pick<Generations, 'get'>): Exchange {
  const keys = new Map<string, TrustedKey>();
  const bytesOf = (n: number) => Buffer.from(`generation ${n}`);
  return {
    key: { publicKey: own, fingerprint: fingerprintOf(own) },
    trusted: async () => [...keys.values()],
    async trust({ name, publicKey }, { by }) {
      if (keys.has(name)) throw new PorticoError('conflict', `“${name}” is trusted already.`);
      const key = {
        name,
        publicKey,
        fingerprint: fingerprintOf(publicKey),
        addedBy: by,
        addedAt: new Date(),
      };
      keys.set(name, key);
      return { key, replayed: false };
    },
    async distrust(name) {
      if (!keys.delete(name)) throw new PorticoError('not-found', `No key is called “${name}”.`);
      return { replayed: false };
    },
    async exported(n) {
      await generations.get(n);
      return { size: bytesOf(n).length, content: Readable.from([bytesOf(n)]) };
    },
    async imported(content) {
      const n = Number(/^generation (\d+)$/.exec((await buffer(content)).toString())?.[1]);
      if (!(n > 0))
        throw new PorticoError('untrusted', 'The file is signed with a key that is not trusted here.');
      const { info } = await generations.get(n);
      return { info, made: false, replayed: false };
    },
  };
}
