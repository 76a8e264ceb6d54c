import type { IdempotencyKey } from '../../platform/database/types.ts';
import type { Role } from '../http/context.ts';

/** A Bearer token for programs. Its secret is shown once, when it is made, and only its SHA-256 is kept. */
export interface ApiToken {
  /** ULID. */
  id: string;
  name: string;
  role: Role;
  createdBy: string;
  createdAt: Date;
}

export interface TokenPage {
  items: ApiToken[];
  nextCursor?: string;
  total: number;
}

export interface Tokens {
  list(query: { cursor?: string; limit: number }): Promise<TokenPage>;
  /**
   * @param order.idempotency the client's Idempotency-Key, and whose it is: the same request gets the same token again
   * @throws PorticoError 'invalid' (name: 1 to 64 printable characters), 'conflict' when the name is taken
   */
  create(order: {
    name: string;
    role: Role;
    createdBy: string;
    idempotency?: IdempotencyKey;
  }): Promise<{ token: ApiToken; secret: string; replayed: boolean }>;
  /** Ends the token at once. @throws PorticoError 'not-found' */
  remove(id: string, idempotency?: IdempotencyKey): Promise<{ replayed: boolean }>;
}
