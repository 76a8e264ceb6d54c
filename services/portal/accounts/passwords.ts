import { hash, verify } from '@node-rs/argon2';
import { PorticoError } from '../../platform/errors.ts';

/** argon2id (2) with OWASP's first choice for it: 19 MiB, two passes, one lane. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each takes a thread that files need too: more than this at once wait, and more than that are turned away. */
const AT_ONCE = 2;
const WAITING = 64;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an account that does not exist (`undefined`) as for one that does. */
  verify(stored: string | undefined, password: string): Promise<boolean>;
}

export function createPasswords(): Passwords {
  const turns = limit(AT_ONCE, WAITING);
  // A hash of nobody's password, made once: what an unknown user's password is checked against.
  const nobody = hash('nobody has this password', PARAMETERS);
  return {
    hash: (password) => turns(() => hash(password, PARAMETERS)),
    verify: (stored, password) =>
      turns(async () => {
        const matches = await verify(stored ?? (await nobody), password);
        return stored !== undefined && matches;
      }),
  };
}

function limit(atOnce: number, mayWait: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= mayWait)
        throw new PorticoError('throttled', 'Too many people are signing in. Try again in a moment.', {
          retryAfter: 2,
        });
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
