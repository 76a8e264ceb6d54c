import { request } from 'node:https';
import { z } from 'zod';
import { frontsOf, hasSecond, wantsTwo } from '../balancers.ts';
import type { Config, Front } from '../config.ts';
import { type Compose, type Container, run } from '../docker.ts';

/** A part of a release that did not say it says nothing. */
const version = z.string().optional();

/**
 * What is asked of each part, as far as status reads it. A part that answers something else says so in `fault`; one
 * of another version, during a rollout, may leave out what has a default.
 */
export const readiness = z.object({
  node: z.string(),
  version,
  full: z.object({ open: z.boolean(), reasons: z.array(z.string()) }),
  reading: z.object({ open: z.boolean(), reasons: z.array(z.string()) }),
  media: z.object({ ok: z.boolean(), reason: z.string() }).default({ ok: true, reason: '' }),
  database: z.object({
    writer: z.string().optional(),
    nodes: z.array(z.object({ name: z.string(), state: z.string(), reason: z.string() })),
  }),
  generation: z.object({ n: z.number(), epoch: z.number() }).optional(),
});
export const agentReadiness = z.object({
  version,
  role: z.enum(['primary', 'secondary', 'candidate']),
  reason: z.string(),
  uptime: z.number().default(0),
  jobs: z
    .array(
      z.object({
        name: z.string(),
        title: z.string(),
        schedule: z.string(),
        nextRun: z.string().optional(),
        everySeconds: z.number().default(Number.POSITIVE_INFINITY),
        running: z.boolean(),
      }),
    )
    .default([]),
});
/** What the database knows of the agents' work, and a portal reads for us. */
const records = z.object({
  runs: z.array(
    z.object({
      job: z.string(),
      state: z.enum(['running', 'done', 'failed', 'abandoned']),
      agent: z.string(),
      requestedBy: z.string().optional(),
      startedAt: z.coerce.date(),
      endedAt: z.coerce.date().optional(),
      result: z.string(),
    }),
  ),
  /** Blobs that are missing or rotten. */
  findings: z.number(),
});
export const supervisor = z.object({
  version,
  state: z.string(),
  synced: z.boolean().optional(),
  reason: z.string().default(''),
});
const gate = z.object({ up: z.boolean(), reason: z.string() });
export const picture = z.object({
  version,
  fresh: z.boolean(),
  peers: z.array(z.object({ address: z.string(), full: gate, reading: gate })),
});

export type Readiness = z.infer<typeof readiness>;
export type AgentSaid = z.infer<typeof agentReadiness>;
export type Records = z.infer<typeof records>;
export type Supervisor = z.infer<typeof supervisor>;
export type Picture = z.infer<typeof picture>;

/** An answer, or the sentence that says why there is none. */
export type Told<T> = { answer: T } | { fault: string };

export interface Observed {
  containers: Container[];
  /** By container id; running ones only. */
  portals: Map<string, Told<Readiness>>;
  agents: Map<string, Told<AgentSaid>>;
  databases: Map<string, Told<Supervisor>>;
  balancers: Map<string, Told<Picture>>;
  /** Undefined when nobody wanted them. */
  records: Told<Records> | undefined;
  /** The load balancers that this cluster shall have, and what `GET /-/ready` gives at their addresses: an HTTP status. */
  fronts: { service: Front['service']; address: string; told: Told<number> }[];
}

/** A container that is frozen, or a machine that is busy, must not hold the whole table up. */
const PATIENCE_MS = 5_000;

/**
 * Asks every part what it says of itself, all at once. Never throws for a part that does not answer.
 * @param options.records also what the agents did: it takes a process in a portal, and the database
 */
export async function observe(
  compose: Compose,
  config: Config,
  options: { records?: boolean } = {},
): Promise<Observed> {
  const containers = await compose.ps();
  const running = containers.filter((one) => one.state === 'running');
  const portals = running.filter((one) => one.service === 'portal');
  const agents = running.filter((one) => one.service === 'agent');
  const databases = running.filter((one) => one.service.startsWith('db-'));
  const balancers = running.filter((one) => one.service in config.fronts);
  const [portalAnswers, agentAnswers, databaseAnswers, balancerAnswers, recordsAnswer, fronts] =
    await Promise.all([
      Promise.all(portals.map((one) => askInside(one, ASK_READY, readiness))),
      Promise.all(agents.map((one) => askInside(one, ASK_READY, agentReadiness))),
      Promise.all(databases.map((one) => askInside(one, ['node', 'db/status.ts'], supervisor))),
      Promise.all(balancers.map((one) => askInside(one, ASK_BALANCER, picture))),
      options.records ? askRecords(portals) : undefined,
      askFronts(compose, config),
    ]);
  return {
    containers,
    portals: byId(portals, portalAnswers),
    agents: byId(agents, agentAnswers),
    databases: byId(databases, databaseAnswers),
    balancers: byId(balancers, balancerAnswers),
    records: recordsAnswer,
    fronts,
  };
}

/**
 * What /-/ready says, also when it says 503. Bash opens the connection, because a Node for each look at each portal is
 * what a busy machine can do without; everything up to the empty line is dropped.
 */
const ASK_READY = [
  'bash',
  '-c',
  String.raw`exec 3<>/dev/tcp/127.0.0.1/8000 && printf 'GET /-/ready HTTP/1.0\r\n\r\n' >&3 && sed '1,/^\r*$/d' <&3`,
];
const ASK_BALANCER = ['bash', '/etc/portico/status.sh'];

const ASK_RECORDS = ['node', 'services/portal/admin.ts', 'work'];

/** The portals in turn: one that is ill, or cannot reach the database, does not speak for the others. */
async function askRecords(portals: Container[]): Promise<Told<Records>> {
  let last: Told<Records> = { fault: 'no portal is running' };
  for (const portal of portals) {
    last = await askInside(portal, ASK_RECORDS, records);
    if ('answer' in last) break;
  }
  return last;
}

async function askInside<T>(container: Container, command: string[], schema: z.ZodType<T>): Promise<Told<T>> {
  const began = performance.now();
  try {
    // `timeout` ends it inside too: what `docker exec` began outlives a `docker exec` that is killed.
    const bounded = ['timeout', String(PATIENCE_MS / 1000), ...command];
    const { stdout, stderr, code } = await run(['exec', container.id, ...bounded], {
      check: false,
      deadlineMs: PATIENCE_MS + 2_000,
    });
    // A part that is ill may say so by its exit status as well as in its answer; the answer says more.
    if (code !== 0 && stdout.trim() === '') return { fault: `it does not answer: ${lastLine(stderr)}` };
    return { answer: schema.parse(JSON.parse(stdout)) };
  } catch (error) {
    if (performance.now() - began >= PATIENCE_MS)
      return { fault: `it does not answer within ${PATIENCE_MS / 1000} s` };
    const sentence = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return { fault: `it answers what cannot be read: ${lastLine(sentence)}` };
  }
}

async function askFronts(compose: Compose, config: Config): Promise<Observed['fronts']> {
  const two = wantsTwo(config) || (await hasSecond(compose));
  return Promise.all(
    frontsOf(config, two).map(async (front) => {
      const { service, address } = front;
      return { service, address, told: await askFront(front) };
    }),
  );
}

/** Whether somebody answers at a load balancer's published address, and with which status. */
export function askFront(front: Front): Promise<Told<number>> {
  const { bind } = front;
  const host = bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '::1' : bind;
  return new Promise((resolve) => {
    // Whether somebody answers is asked here, not who: the certificate is the cluster's own, or an operator's.
    const options = {
      host,
      port: front.httpsPort,
      path: '/-/ready',
      rejectUnauthorized: false,
      agent: false,
    };
    const asked = request({ ...options, timeout: PATIENCE_MS }, (response) => {
      response.resume();
      resolve({ answer: response.statusCode ?? 0 });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
    asked.on('error', (error) => resolve({ fault: `${front.address} does not answer: ${error.message}` }));
    asked.end();
  });
}

function byId<T>(containers: Container[], answers: T[]): Map<string, T> {
  return new Map(containers.map((one, i) => [one.id, answers[i] as T]));
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
