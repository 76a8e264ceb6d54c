/** The order to take no traffic, without a stop: a file in the container, so that it needs nothing else, and ends with it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { Request } from 'express';

/** In a container's own memory: a look costs microseconds, and needs no watch. */
const LOOK_MS = 200;

export interface DrainOrder {
  given(): boolean;
  give(): Promise<void>;
  withdraw(): Promise<void>;
  close(): void;
}

/** @param onChange called after the order was given or withdrawn, by whomever */
export function watchDrainOrder(file: string, onChange: (given: boolean) => void): DrainOrder {
  let given = existsSync(file);
  const look = () => {
    const now = existsSync(file);
    if (now === given) return;
    given = now;
    onChange(given);
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    given: () => given,
    async give() {
      await writeFile(file, '', { mode: 0o600 });
      look();
    },
    async withdraw() {
      await rm(file, { force: true });
      look();
    },
    close: () => clearInterval(timer),
  };
}

/**
 * What one portal shows another that it carries an administrator's order. The secret itself is what the load balancer
 * shows, with everybody's requests; so this is made from it, and no request from outside can bear it.
 */
export function peerKey(edgeSecret: string): string {
  return createHmac('sha256', edgeSecret).update('an order from one portal to another').digest('base64url');
}

export function isPeer(request: Request, key: string): boolean {
  const shown = Buffer.from(request.get('authorization') ?? '');
  const wanted = Buffer.from(`Bearer ${key}`);
  return !request.fromEdge && shown.length === wanted.length && timingSafeEqual(shown, wanted);
}
