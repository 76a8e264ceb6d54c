import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Observation } from './observation.ts';

/** What a supervisor shows its peers and the operator: its observation, and why it does what it does. */
export interface Report extends Observation {
  /** Undefined of a release that did not say it. */
  version?: string;
  /** The sentence of the last decision. */
  reason: string;
  /** What it knows of the others; null: no answer. */
  peers: Record<string, string | null>;
}

export interface Talk {
  port: number;
  key: string;
}

export async function fetchReport(host: string, talk: Talk, timeoutMs: number): Promise<Report> {
  const response = await fetch(`http://${host}:${talk.port}/report`, {
    headers: { authorization: `Bearer ${talk.key}` },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`${host} answered ${response.status}`);
  return (await response.json()) as Report;
}

/** Every peer's report, asked for now; undefined for one that did not answer. */
export async function fetchPeers(
  hosts: string[],
  talk: Talk,
  timeoutMs: number,
): Promise<Map<string, Report | undefined>> {
  const reports = await Promise.all(
    hosts.map(async (host) => {
      try {
        const report = await fetchReport(host, talk, timeoutMs);
        // A name that leads to another node (or to ourselves) is not that peer.
        return [host, report.name === host ? report : undefined] as const;
      } catch {
        // Why it did not answer makes no difference: it is unknown, and the plan says what follows from that.
        return [host, undefined] as const;
      }
    }),
  );
  return new Map(reports);
}

/** @param acceptLoss says whether the operator's word is taken, in a sentence */
export function serveReports(
  talk: Talk,
  report: () => Report,
  acceptLoss: () => { taken: boolean; sentence: string },
): Server {
  const expected = Buffer.from(`Bearer ${talk.key}`);
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const given = Buffer.from(request.headers.authorization ?? '');
    request.resume();
    // The container's own health check (compose/cluster.yaml): yes or no, and costs no process of Node;
    // and the portals' status page, which may not have more than this.
    if (request.method === 'GET' && request.url === '/healthy') {
      const { state, synced, reason, version } = report();
      const healthy = state === 'primary' && synced === true;
      return answer(healthy ? 200 : 503, { healthy, reason, version });
    }
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return answer(401, { error: 'unknown key' });
    if (request.method === 'GET' && request.url === '/report') return answer(200, report());
    if (request.method === 'POST' && request.url === '/accept-loss') {
      const { taken, sentence } = acceptLoss();
      return answer(taken ? 202 : 409, { sentence });
    }
    return answer(404, { error: 'no such page' });
  });
  server.listen(talk.port);
  return server;
}
