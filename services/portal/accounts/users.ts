import type { Database } from '../../platform/database/types.ts';
import type { Role } from '../http/context.ts';

export interface User {
  id: string;
  name: string;
  role: Role;
  /** Grows with each change of the password; sessions made before it end. */
  version: number;
  passwordHash: string;
}

export interface Users {
  byName(name: string): Promise<User | undefined>;
}

export function usersRepository(database: Database): Users {
  return {
    async byName(name) {
      const [user] = await database.read((reader) =>
        reader.query<User>(
          'SELECT id, name, role, version, password_hash AS passwordHash FROM users WHERE name = ?',
          [name],
        ),
      );
      return user;
    },
  };
}
