import { type Request, Router } from 'express';
import { clusterWords, type NodeCard } from '../assets/cluster-words.js';
import type { PageDeps } from '../http/context.ts';
import { render } from '../http/render.ts';
import { moment } from '../views/words.ts';
import { type Chart, chartOf, LINES } from './chart.ts';
import type { JobsService } from './jobs.ts';
import { knownJob } from './jobs-api.ts';
import { type HealthHistory, SAMPLE_SECONDS } from './samples.ts';
import { showEvent, showJob, showRun } from './shown.ts';
import type { PortalStatus } from './types.ts';

/** What the script clones for a node that was not there when the page was drawn. */
const BLANK: NodeCard = { name: '', tone: 'gone', icon: 'info', state: '', role: '', reason: '', facts: '' };

const BLANK_EVENT = { tone: 'gone', text: '', at: '', when: '', clock: '' };

const RANGES = [
  { hours: 1, label: 'The last hour', from: '1 hour ago' },
  { hours: 24, label: '24 hours', from: '24 hours ago' },
  { hours: 48, label: '2 days', from: '2 days ago' },
];
const RUNS_SHOWN = 50;
const DRAIN_NOTICES: Record<string, string> = {
  drained: 'The portal finishes what it has in hand, and gets nothing new.',
  undrained: 'The portal takes part again.',
};

export type StatusPagesDeps = Pick<PageDeps, 'guards' | 'status'> & {
  jobs: JobsService;
  history: HealthHistory;
};

/** Every node, its state and its reasons, and what the agents do; status.js keeps it up to date. */
export function statusPages({ guards, status, jobs, history }: StatusPagesDeps): Router {
  const router = Router();
  const admin = guards.requireRole('admin');

  router.get('/status', admin, async (request, response) => {
    const hours = rangeOf(request);
    const [now, charts] = await Promise.all([status.now(), drawn(history, hours)]);
    const { balancers, traffic, events, portals, agents, databases, volume, ...cluster } = clusterWords(now);
    const at = new Date();
    render(request, response, 'status', {
      title: 'Cluster status',
      cluster: { ...cluster, moment: moment(new Date(cluster.at)) },
      balancers,
      traffic,
      events: events.map(showEvent),
      portals,
      agents,
      databases,
      volume,
      jobs: now.jobs.map((job) => showJob(job, at)),
      charts,
      chartsFrom: RANGES.find((range) => range.hours === hours)!.from,
      ranges: RANGES.map((range) => ({ ...range, current: range.hours === hours })),
      blank: BLANK,
      blankEvent: BLANK_EVENT,
      mayRun: !request.principal?.claimed,
      notice:
        request.query.done === 'requested' ? 'The job was asked for; the primary agent begins it now.' : '',
      drainNotice: DRAIN_NOTICES[String(request.query.done)] ?? '',
      drains: drainsOf(now.portals),
    });
  });

  router.get('/status/jobs/:name', admin, async (request, response) => {
    const name = await knownJob(status, String(request.params.name));
    const known = (await status.now()).jobs.find((job) => job.name === name);
    const { items } = request.principal?.claimed
      ? { items: [] }
      : await jobs.runs(name, { limit: RUNS_SHOWN });
    const at = new Date();
    render(request, response, 'job', {
      title: `Job ${name}`,
      job: known ? showJob(known, at) : undefined,
      runs: items.map((run) => showRun(run)),
      shown: RUNS_SHOWN,
      mayRun: !request.principal?.claimed,
    });
  });

  router.post('/status/jobs/:name/run', admin, guards.form, async (request, response) => {
    const job = await knownJob(status, String(request.params.name));
    await jobs.request({ job, requestedBy: request.principal!.name });
    response.redirect(303, '/status?done=requested#jobs');
  });
  return router;
}

/** A button for each portal that can be told. */
function drainsOf(portals: readonly PortalStatus[]) {
  return portals
    .filter(({ state }) => state !== 'gone' && state !== 'silent')
    .map(({ name, reasons }) => {
      const drained = reasons.some((reason) => reason.startsWith('drained'));
      return { name, drained, path: `/status/portals/${name}/${drained ? 'undrain' : 'drain'}` };
    });
}

function rangeOf({ query }: Request): number {
  return RANGES.find(({ hours }) => String(hours) === query.hours)?.hours ?? 1;
}

async function drawn(history: HealthHistory, hours: number): Promise<Chart[]> {
  const samples = await history.since(hours);
  const to = Date.now();
  const from = to - hours * 3_600_000;
  // Two samples may be missed before a gap is drawn: a change of the primary takes as long.
  const step =
    samples.length > 1 ? Math.max(SAMPLE_SECONDS * 1000, (hours * 3_600_000) / 240) : SAMPLE_SECONDS * 1000;
  return LINES.map((line) => chartOf(samples, line, { from, to }, 3 * step));
}
