/** Holders, parts and the end of an upload, on a real database and a real volume: what a killed or frozen portal leaves. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { ulid } from 'ulid';
import type { Router } from '../../platform/database/router.ts';
import { allSynced, TestNodes } from '../../platform/database/test-nodes.ts';
import { bury, RECORD_VERSION } from '../../platform/storage/records.ts';
import { quiet, testVolume } from '../../platform/storage/test-volume.ts';
import { type MediaParts, mediaParts } from '../media/service.ts';
import { expireUploads, finishStalled } from './expire.ts';
import { finishUpload } from './finish.ts';
import { PartWriter } from './parts.ts';
import { advanceUpload, findUpload, insertUpload, partsOf, takeUpload } from './repository.ts';
import type { NewUpload, UploadRow } from './types.ts';

const OWNER = `token test-${ulid()}`;
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const bounds = { guard: async () => {}, signal: new AbortController().signal };

// Of the file: one that is made in a hook goes with the hook.
const volume = await testVolume();

describe('resumable uploads, on a real database and a real volume', () => {
  let database: Router;
  let media: MediaParts;
  before(async () => {
    database = (await TestNodes.get()).router();
    await allSynced(database);
    media = mediaParts({ database, volume, log: quiet, maxUploadBytes: 10_000_000 });
  });
  after(async () => {
    await database.write(async (tx) => {
      await tx.execute(
        'DELETE p FROM upload_parts p JOIN uploads u ON u.id = p.upload_id WHERE u.owner = ?',
        [OWNER],
      );
      await tx.execute('DELETE FROM uploads WHERE owner = ?', [OWNER]);
      await tx.execute('DELETE FROM media WHERE created_by = ?', [OWNER]);
    });
    await database.close();
  });

  const parts = () => ({ database, volume, media, log: quiet });
  const row = async (id: string) => (await database.read((reader) => findUpload(reader, id)))!;

  async function begun(size: number): Promise<UploadRow> {
    const upload: NewUpload = {
      id: ulid(),
      operationId: ulid(),
      owner: OWNER,
      createdBy: OWNER,
      name: 'a file.bin',
      visibility: 'public',
      metadata: { filename: 'a file.bin' },
      size,
    };
    await database.write((tx) => insertUpload(tx, upload, undefined));
    return row(upload.id);
  }

  /** One holder's whole life: takes the upload, writes, and acknowledges so much of it. */
  async function holds(id: string, bytes: Buffer, acknowledged = bytes.length): Promise<number> {
    const { token, received } = await row(id);
    assert.ok(await database.write((tx) => takeUpload(tx, id, token, `portal/${token + 1}`)));
    const writer = await PartWriter.create(volume, id, token + 1);
    await writer.write(bytes);
    await writer.sync();
    await writer.close();
    const part = { token: token + 1, start: received, length: acknowledged };
    assert.equal(await database.write((tx) => advanceUpload(tx, id, received, part)), 'go-on');
    return token + 1;
  }

  it('two portals that want it at once: one has it', async () => {
    const { id, token } = await begun(10);
    const both = await Promise.all(
      ['portal-1/a', 'portal-2/b'].map((who) => database.write((tx) => takeUpload(tx, id, token, who))),
    );
    assert.deepEqual(both.sort(), [false, true]);
    assert.equal((await row(id)).token, token + 1);
  });

  it('a holder that thaws after another has gone on is told that it has lost it, and its bytes do not count', async () => {
    const first = randomBytes(1000);
    const second = randomBytes(2000);
    const { id } = await begun(3000);
    // It had written more than it acknowledged when it froze.
    const frozen = await holds(id, Buffer.concat([first, randomBytes(500)]), first.length);
    await holds(id, second);
    const late = { token: frozen, start: 0, length: 1500 };
    assert.equal(await database.write((tx) => advanceUpload(tx, id, 1000, late)), 'lost');
    assert.equal(await database.write((tx) => advanceUpload(tx, id, 3000, late)), 'lost');
    assert.deepEqual(await database.read((reader) => partsOf(reader, id)), [
      { token: frozen, start: 0, length: 1000 },
      { token: frozen + 1, start: 1000, length: 2000 },
    ]);
    const ended = await finishUpload(parts(), await row(id));
    assert.equal(ended.state, 'finished');
    assert.equal(ended.sha256, sha(Buffer.concat([first, second])));
  });

  it('an upload whose portal died after its last byte is finished by an agent, once', async () => {
    const bytes = randomBytes(5000);
    const { id } = await begun(bytes.length);
    await holds(id, bytes.subarray(0, 2000));
    await holds(id, bytes.subarray(2000));
    assert.equal(await finishStalled(parts(), bounds), 1);
    assert.equal((await row(id)).sha256, sha(bytes));
    assert.equal(
      (await media.register.find(id))?.item.sha256,
      sha(bytes),
      'the file has the id of the upload',
    );
    await assert.rejects(readdir(volume.paths.uploadDirectory(id)), /ENOENT/);
    assert.equal(await finishStalled(parts(), bounds), 0);
  });

  it('two that finish it at once make one file', async () => {
    const bytes = randomBytes(4000);
    const full = await begun(bytes.length);
    await holds(full.id, bytes);
    const now = await row(full.id);
    const ends = await Promise.all([finishUpload(parts(), now), finishUpload(parts(), now)]);
    assert.deepEqual(
      ends.map(({ state, sha256 }) => [state, sha256]),
      [
        ['finished', sha(bytes)],
        ['finished', sha(bytes)],
      ],
    );
    const rows = await database.read((reader) =>
      reader.query('SELECT id FROM media WHERE id = ?', [full.id]),
    );
    assert.equal(rows.length, 1);
  });

  it('a file that was deleted meanwhile does not come back by a late finisher', async () => {
    const bytes = randomBytes(3000);
    const full = await begun(bytes.length);
    await holds(full.id, bytes);
    const late = await row(full.id);
    const { sha256 = '' } = await finishUpload(parts(), late);
    const { id, operationId, name, visibility, createdBy } = late;
    const facts = { id, operationId, name, visibility, createdBy, sha256, size: bytes.length };
    const createdAt = new Date().toISOString();
    const sidecar = { v: RECORD_VERSION, kind: 'media', mediaType: 'x/y', createdAt, ...facts } as const;
    await media.sidecars.bury(bury(sidecar, 'ada', 'deleted'));
    await media.register.remove(id);
    await finishUpload(parts(), late).catch(() => {}); // its parts are gone: how it fails is its own affair
    assert.equal(await media.register.find(id), undefined);
    assert.equal((await media.sidecars.read(id)).state, 'tombstone');
  });

  it('what nobody goes on with goes after its time, with its bytes; what goes on stays', async () => {
    const gone = await begun(1000);
    const stays = await begun(1000);
    for (const { id } of [gone, stays]) await holds(id, randomBytes(400));
    await database.write((tx) =>
      tx.execute('UPDATE uploads SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE id = ?', [
        gone.id,
      ]),
    );
    assert.equal(await expireUploads(parts(), bounds), 1);
    assert.equal(await database.read((reader) => findUpload(reader, gone.id)), undefined);
    const left = await readdir(volume.paths.uploads);
    assert.ok(!left.includes(gone.id) && left.includes(stays.id), left.join());
  });

  it('a directory without a row goes once it is old', async () => {
    const orphan = ulid();
    const writer = await PartWriter.create(volume, orphan, 1);
    await writer.write(randomBytes(10));
    await writer.close();
    await expireUploads(parts(), bounds);
    assert.ok((await readdir(volume.paths.uploads)).includes(orphan), 'it may be being created');
    const { directory, file } = volume.paths.uploadPart(orphan, 1);
    const old = new Date(Date.now() - 2 * 3_600_000);
    for (const path of [file, directory]) await utimes(path, old, old);
    await expireUploads(parts(), bounds);
    assert.ok(!(await readdir(volume.paths.uploads)).includes(orphan));
  });
});
