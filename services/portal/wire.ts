import type { Express } from 'express';
import type { Database } from '../platform/database/types.ts';
import type { Logger } from '../platform/log.ts';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Traffic } from './drain.ts';
import { type Gate, type GateFacts, openGate, planGate } from './gate.ts';
import { gatherFacts } from './operations/facts.ts';
import { readiness } from './operations/readiness.ts';

export interface Portal {
  app: Express;
  traffic: Traffic;
  openGate(): Gate;
  beginDrain(): void;
  close(): Promise<void>;
}

/** The only place where adapters are constructed. */
export async function wire(config: Config, node: string, log: Logger): Promise<Portal> {
  const database = noDatabaseYet(config);
  let gate: Gate | undefined;
  let draining = false;
  let thawedAt: number | undefined;
  const traffic: Traffic = { running: 0, total: 0, lastStart: 0 };

  const facts = gatherFacts({
    dataDirectory: config.dataDirectory,
    volumeId: config.secrets.volumeId,
    database,
    missingMigrations: async () => [],
    onChange: () => gate?.evaluate(),
  });
  const gateFacts = (): GateFacts => ({
    draining,
    thawedAt,
    volume: facts.volume(),
    schema: facts.schema(),
    database: facts.database(),
  });

  const app = createApp({
    node,
    edgeSecret: config.secrets.edgeSecret,
    log,
    traffic,
    isDraining: () => draining,
    readiness: () =>
      readiness({ node, version: config.version, plan: planGate(gateFacts()), facts, database, traffic }),
    routes: [],
  });

  return {
    app,
    traffic,
    openGate() {
      gate = openGate({
        ports: { full: config.gatePort, reading: config.readingGatePort },
        facts: gateFacts,
        onThaw(at) {
          thawedAt = at;
          facts.renew();
        },
        log,
      });
      return gate;
    },
    beginDrain() {
      draining = true;
    },
    async close() {
      facts.stop();
      await database.close();
    },
  };
}

/** Until the router is there. */
function noDatabaseYet(config: Config): Database {
  const away = () => Promise.reject(new Error('no router yet'));
  return {
    read: away,
    write: away,
    nodes: () =>
      config.databaseNodes.map((name) => ({
        name,
        state: 'synced',
        reason: '',
        latencyMs: 0,
        role: 'standby',
      })),
    writer: () => undefined,
    close: async () => {},
  };
}
