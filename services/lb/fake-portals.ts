/** The real load balancer in front of portals that misbehave on request (portal.fixture.ts), for its tests. */
import http from 'node:http';
import https from 'node:https';
import { testEnvironment } from '../cli/test/environment.ts';
import { temporaryProject } from '../cli/test/project.ts';
import { Cluster } from '../drills/cluster.ts';
import { type Answer, type Ask, ask } from '../drills/http.ts';
import { until } from '../drills/until.ts';

export interface PeerSeen {
  address: string;
  state: 'full' | 'suspect' | 'reading' | 'unknown';
  inFlight: number;
}

/** As counters.lua tells it. */
export interface Traffic {
  until: number;
  /** Requests, failed, asked again, worst wait in ms. */
  seconds: number[][];
  outcomes: Record<string, number>;
  again: number;
  portals: { name: string; requests: number; failed: number }[];
}

export interface Sample {
  start: number;
  ms: number;
  method: 'GET' | 'POST' | 'LB';
  /** 0: no answer. */
  status: number;
  node: string | undefined;
  why: string;
}

export class Rig {
  readonly cluster: Cluster;
  readonly baseUrl: string;
  readonly plainUrl: string;

  private constructor(cluster: Cluster, baseUrl: string, plainUrl: string) {
    this.cluster = cluster;
    this.baseUrl = baseUrl;
    this.plainUrl = plainUrl;
  }

  static async up(portals = 3): Promise<Rig> {
    const cluster = await Cluster.create({
      project: temporaryProject('lb'),
      env: {
        ...(await testEnvironment()),
        COMPOSE_FILE: 'compose/cluster.yaml:services/lb/compose.test.yaml',
        PORTICO_MAX_UPLOAD: '1MiB',
      },
      portals,
      services: ['portal', 'lb'],
    });
    try {
      const rig = new Rig(cluster, await cluster.baseUrl(8443), await cluster.baseUrl(8080));
      await rig.waitFor(portals, 60_000);
      return rig;
    } catch (error) {
      await cluster.saveLogs(`var/failed/${cluster.project}`);
      await cluster.destroy();
      throw error;
    }
  }

  ask(path: string, options: Ask = {}): Promise<Answer> {
    return ask(new URL(path, this.baseUrl), { agent: trusting, ...options });
  }

  async peers(): Promise<PeerSeen[]> {
    return (await this.#told()).peers;
  }

  async traffic(): Promise<Traffic> {
    return (await this.#told()).traffic;
  }

  async #told(): Promise<{ peers: PeerSeen[]; traffic: Traffic }> {
    const told = await this.cluster.exec('lb', ['bash', '/etc/portico/status.sh']);
    return JSON.parse(told) as { peers: PeerSeen[]; traffic: Traffic };
  }

  /** Until the load balancer holds exactly so many portals for ready. */
  waitFor(full: number, deadlineMs = 20_000): Promise<number> {
    return until(
      `${full} portals are ready`,
      deadlineMs,
      async () => {
        const seen = await this.peers();
        const open = seen.filter((peer) => peer.state === 'full').length;
        return open === full ? true : JSON.stringify(seen.map(({ address, state }) => ({ address, state })));
      },
      500,
    );
  }

  /**
   * 8 connections that read and 2 that write, each one request after another, and one that asks nginx for what it
   * answers alone (`LB`): what that one waits is the machine's own hiccup.
   */
  load(readers = 8, writers = 2): { samples: Sample[]; stop(): Promise<void> } {
    const samples: Sample[] = [];
    let running = true;
    const worker = async (method: Sample['method']) => {
      const kind = method === 'LB' ? http : https;
      const agent = new kind.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
      const url = new URL('/load', method === 'LB' ? this.plainUrl : this.baseUrl);
      while (running) {
        const start = performance.now();
        const sample = await ask(url, {
          method: method === 'POST' ? 'POST' : 'GET',
          agent,
          deadlineMs: 25_000,
        })
          .then(({ status, node, text }) => ({ status, node, why: status < 400 ? '' : text() }))
          .catch((error: Error) => ({ status: 0, node: undefined, why: error.message }));
        samples.push({ start, ms: performance.now() - start, method, ...sample });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      agent.destroy();
    };
    const all = [
      worker('LB'),
      ...Array.from({ length: readers }, () => worker('GET')),
      ...Array.from({ length: writers }, () => worker('POST')),
    ];
    return {
      samples,
      async stop() {
        running = false;
        await Promise.all(all);
      },
    };
  }
}

/** The certificate is init's own; who it is has its own test. */
const trusting = new https.Agent({ rejectUnauthorized: false });

export function shares(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { node, status } of samples) {
    if (node && status === 200) counts[node] = (counts[node] ?? 0) + 1;
  }
  return counts;
}

export function worst(samples: readonly Sample[], method: Sample['method']): number {
  return Math.round(Math.max(0, ...samples.filter((one) => one.method === method).map(({ ms }) => ms)));
}

export function failures(samples: readonly Sample[]): Sample[] {
  return samples.filter(({ method, status }) => status !== (method === 'LB' ? 308 : 200));
}
