/** What each of the clients writes, and in which order. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { multipart } from './http.ts';
import type { KeyedAnswer, KeyedWrite } from './keyed-client.ts';

export type Kind = 'token' | 'upload' | 'revoke' | 'delete';

export interface Planned {
  kind: Kind;
  /** Nobody else's: the name of what is made, or the id of what goes. */
  subject: string;
  write: KeyedWrite;
}

/**
 * Of eight writes four upload, two make tokens, and two take away what the same client made before. Every fifth first try
 * is hung up on within 60 ms: before, while or after it is carried out.
 */
export function createPlan(prefix: string, client: number, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const mine = { token: [] as string[], upload: [] as string[] };
  let turn = 0;

  function write(kind: Kind, subject: string, rest: Partial<KeyedWrite>): Planned {
    const hangUpMs = turn % 5 === 0 ? randomInt(1, 60) : undefined;
    const base: KeyedWrite = {
      key: randomUUID(),
      method: 'DELETE',
      path: '',
      headers,
      body: undefined,
      hangUpMs,
    };
    return { kind, subject, write: { ...base, ...rest } };
  }

  return {
    next(): Planned {
      const step = turn % 8;
      turn += 1;
      const name = `${prefix} ${client}-${turn}`;
      const old = step === 3 ? mine.token.shift() : step === 7 ? mine.upload.shift() : undefined;
      if (step === 3 && old) return write('revoke', old, { path: `/api/v1/tokens/${old}` });
      if (step === 7 && old) return write('delete', old, { path: `/api/v1/media/${old}` });
      if (step % 2 === 1) {
        const body = Buffer.from(JSON.stringify({ name, role: 'reader' }));
        const typed = { ...headers, 'content-type': 'application/json' };
        return write('token', name, { method: 'POST', path: '/api/v1/tokens', headers: typed, body });
      }
      const form = multipart({ name: `${name}.bin`, bytes: randomBytes(randomInt(100, 4_000)) });
      const typed = { ...headers, ...form.headers };
      return write('upload', `${name}.bin`, {
        method: 'POST',
        path: '/api/v1/media',
        headers: typed,
        body: form.body,
      });
    },
    answered({ kind }: Planned, { status, text }: KeyedAnswer): void {
      if (status === 201 && (kind === 'token' || kind === 'upload'))
        mine[kind].push((JSON.parse(text) as { id: string }).id);
    },
  };
}
