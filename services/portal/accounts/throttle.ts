import { isIPv6 } from 'node:net';
import type { Database } from '../../platform/database/types.ts';

/**
 * Sign-in attempts are counted in the database, so it does not help to ask another portal. An attempt is counted
 * before the password is looked at: many at once cannot all slip in before the first is counted.
 */
export interface Throttle {
  /** Counts an attempt. @returns seconds to wait when it is one too many, else undefined */
  begin(name: string, address: string): Promise<number | undefined>;
  /** The attempt was a good one: it does not count, and the person's slate on this address is clean. */
  forgive(name: string, address: string): Promise<void>;
}

export const WINDOW_MINUTES = 15;

/**
 * Attempts in a window. Only the pair is strict: if an account's own limit were, anybody could lock anybody out, and
 * with a strict address a whole office behind one.
 */
export const LIMITS = { pair: 10, address: 50, account: 200 } as const;

/** Pure: what is counted for an attempt, in the order in which rows are locked. */
export function subjectsOf(name: string, address: string): { subject: string; limit: number }[] {
  const account = name.toLowerCase().slice(0, 64);
  // Whoever has one IPv6 address has its whole /64.
  const network = isIPv6(address) ? `${expandIPv6(address).slice(0, 4).join(':')}::/64` : address;
  return [
    { subject: `account ${account}`, limit: LIMITS.account },
    { subject: `address ${network}`, limit: LIMITS.address },
    { subject: `pair ${network} ${account}`, limit: LIMITS.pair },
  ];
}

function expandIPv6(address: string): string[] {
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill('0'), ...back].map((part) => part.replace(/^0+(?=.)/, ''));
}

export function createThrottle(database: Database): Throttle {
  return {
    begin: (name, address) =>
      database.write(async (tx) => {
        let wait: number | undefined;
        for (const { subject, limit } of subjectsOf(name, address)) {
          // MariaDB assigns from left to right: `failures` still sees the window that was.
          await tx.execute(
            `INSERT INTO sign_in_attempts (subject, failures, window_ends)
             VALUES (?, 1, UTC_TIMESTAMP(3) + INTERVAL ? MINUTE)
             ON DUPLICATE KEY UPDATE
               failures = IF(window_ends <= UTC_TIMESTAMP(3), 1, failures + 1),
               window_ends = IF(window_ends <= UTC_TIMESTAMP(3), VALUES(window_ends), window_ends)`,
            [subject, WINDOW_MINUTES],
          );
          const [row] = await tx.query<{ failures: number; seconds: number }>(
            `SELECT failures, CEIL(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3), window_ends) / 1e6) AS seconds
             FROM sign_in_attempts WHERE subject = ?`,
            [subject],
          );
          if (row && row.failures > limit) wait = Math.max(wait ?? 1, Number(row.seconds));
        }
        return wait;
      }),
    forgive: (name, address) =>
      database.write(async (tx) => {
        const [account, network, pair] = subjectsOf(name, address).map(({ subject }) => subject);
        for (const subject of [account!, network!]) {
          await tx.execute(
            'UPDATE sign_in_attempts SET failures = failures - 1 WHERE subject = ? AND failures > 0',
            [subject],
          );
        }
        await tx.execute('DELETE FROM sign_in_attempts WHERE subject = ?', [pair!]);
      }),
  };
}
