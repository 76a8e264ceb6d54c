import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createLogger } from '../log.ts';
import { openVolume, type Volume, type VolumeOptions } from './volume.ts';

export const TEST_VOLUME_ID = 'test-volume';
export const quiet = createLogger('test', 'host', process.env.PORTICO_TEST_VERBOSE ? 'debug' : 'silent');

/** A volume of the test's own, on the host's disk; gone after the test file. */
export async function testVolume(options: Partial<VolumeOptions> = {}): Promise<Volume> {
  const root = await testDirectory();
  await writeFile(join(root, '.volume-id'), `${TEST_VOLUME_ID}\n`);
  return openTestVolume(root, options);
}

export async function openTestVolume(root: string, options: Partial<VolumeOptions> = {}): Promise<Volume> {
  const volume = await openVolume({ root, volumeId: TEST_VOLUME_ID, floorBytes: 0, log: quiet, ...options });
  after(() => volume.close());
  return volume;
}

export async function testDirectory(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'portico-volume-'));
  after(() => rm(root, { recursive: true, force: true }));
  return root;
}
