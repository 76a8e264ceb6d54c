import { hash } from '@node-rs/argon2';
import { ulid } from 'ulid';
import type { Database } from '../platform/database/types.ts';
import { PorticoError } from '../platform/errors.ts';

/**
 * Ties the database to the volume. A database beside a foreign volume would take every file for lost.
 * @throws PorticoError 'conflict' when they were tied to others before
 */
export async function tieToVolume(database: Database, volumeId: string): Promise<void> {
  const tied = await database.write(async (tx) => {
    await tx.execute("INSERT IGNORE INTO cluster_settings (name, value) VALUES ('volume_id', ?)", [volumeId]);
    const [row] = await tx.query<{ value: string }>(
      "SELECT value FROM cluster_settings WHERE name = 'volume_id'",
    );
    return row?.value;
  });
  if (tied !== volumeId) {
    throw new PorticoError(
      'conflict',
      `This database belongs to the volume ${tied}, but the volume here is ${volumeId}. Put the right one back; nothing was changed.`,
    );
  }
}

/** The first administrator, `admin`: made only while there is no user at all. @returns whether it was made now */
export async function seedAdministrator(database: Database, password: string): Promise<boolean> {
  const users = () =>
    database.read(async (reader) => {
      const [row] = await reader.query<{ total: number }>('SELECT COUNT(*) AS total FROM users');
      return row?.total ?? 0;
    });
  // Looked at first, because the hash takes a while on purpose.
  if ((await users()) > 0) {
    return false;
  }
  const passwordHash = await hash(password);
  return database.write(async (tx) => {
    // The unique name settles it when two run at once.
    const { affectedRows } = await tx.execute(
      `INSERT IGNORE INTO users (id, name, password_hash, role)
       SELECT ?, 'admin', ?, 'admin' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM users)`,
      [ulid(), passwordHash],
    );
    return affectedRows === 1;
  });
}
