import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { dnsAddress, splitPort } from '../platform/database/address.ts';
import { classify } from '../platform/database/outcome.ts';
import { createRouter, type Router } from '../platform/database/router.ts';
import { PorticoError } from '../platform/errors.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { type MigrateConfig, readConfig } from './config.ts';
import { migrate } from './migrations.ts';
import { seedAdministrator, tieToVolume } from './seed.ts';

/** One shot: schema, then what must be in it. Exits 0 only when both are as they should be. */
async function main(log: Logger): Promise<void> {
  const config = readConfig(process.env);
  const account = { user: 'portico_migrate', password: config.migratePassword, database: 'portico' };
  const router = createRouter({ nodes: config.nodes, ...account, log, connectionsPerNode: 2 });
  try {
    const applied = await whileLosingNodes(router, config, log, async (writer, lost) => {
      const { host, port } = splitPort(
        config.nodes.find((node) => splitPort(node, 0).host === writer)!,
        3306,
      );
      const address = { host: await dnsAddress(2000)(host), port };
      return migrate({ address, ...account }, log, lost);
    });
    log.info({ applied }, applied.length > 0 ? 'the schema is up to date now' : 'the schema was up to date');
    await tieToVolume(router, config.volumeId);
    if (await seedAdministrator(router, config.adminPassword)) {
      log.info(
        'the first administrator is made: admin; `npx portico token --admin-password` shows the password',
      );
    }
  } finally {
    await router.close();
  }
}

/** Waits for a writer, and begins again when it goes away in the middle: every migration may run twice. */
async function whileLosingNodes<T>(
  router: Router,
  { patienceMs }: MigrateConfig,
  log: Logger,
  work: (writer: string, lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  let told = start;
  for (;;) {
    const writer = router.writer();
    if (writer !== undefined) {
      const lost = new AbortController();
      const unwatch = router.onChange((nodes) => {
        if (nodes.some(({ name, state }) => name === writer && state === 'away')) {
          lost.abort();
        }
      });
      try {
        return await work(writer, lost.signal);
      } catch (error) {
        const verdict = classify(error);
        if (verdict.kind === 'final') {
          throw error;
        }
        log.warn({ writer }, `trying again: ${verdict.reason}`);
      } finally {
        unwatch();
      }
    }
    const now = performance.now();
    const waited = Math.round((now - start) / 1000);
    const states = router.nodes().map(({ name, reason }) => `${name} ${reason}`);
    if (now - start > patienceMs) {
      throw new PorticoError(
        'database-unavailable',
        `No database node took writes for ${waited} s: ${states.join('; ')}.`,
      );
    }
    if (now - told > 5000) {
      told = now;
      log.info(`waiting for the database (${waited} s): ${states.join('; ')}`);
    }
    await sleep(250);
  }
}

const log = createLogger('migrate', hostname());
try {
  await main(log);
} catch (error) {
  log.fatal({ err: error }, `migrate failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
