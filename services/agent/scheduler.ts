import { createTask, type ScheduledTask } from 'node-cron';
import type { Logger } from '../platform/log.ts';
import type { Runner } from './runner.ts';
import type { AgentReadiness, Job } from './types.ts';

/** When the jobs are due. Every agent keeps the whole schedule; whether it runs a slot, its runner says. */
export interface Scheduler {
  jobs(): AgentReadiness['jobs'];
  /** Told when a term begins: what was due last, and was perhaps run by nobody, is made up for. */
  remember(): Promise<void>;
  close(): Promise<void>;
}

export function startScheduler(jobs: readonly Job[], runner: Runner, log: Logger): Scheduler {
  const tasks = jobs.map((job) => ({ job, task: taskOf(job, runner, log) }));
  for (const { task } of tasks) void task.start();
  return {
    jobs: () =>
      tasks.map(({ job: { name, title, schedule }, task }) => ({
        name,
        title,
        schedule,
        nextRun: task.getNextRun()?.toISOString(),
        everySeconds: stepOf(task) / 1000,
        running: runner.isRunning(name),
      })),
    async remember() {
      for (const { job, task } of tasks) {
        const slot = slotBefore(task);
        if (slot) await runner.dueBefore(job, slot);
      }
    },
    async close() {
      await Promise.all(tasks.map(({ task }) => task.destroy()));
    },
  };
}

/** The slot before the next, for a schedule of even steps. */
function slotBefore(task: ScheduledTask): string | undefined {
  const next = task.getNextRun();
  return next ? new Date(next.getTime() - stepOf(task)).toISOString() : undefined;
}

/** From the next slot to the one after it: ms. */
function stepOf(task: ScheduledTask): number {
  const [next, second] = task.getNextRuns(2);
  return next && second ? second.getTime() - next.getTime() : 0;
}

function taskOf(job: Job, runner: Runner, log: Logger): ScheduledTask {
  const logger = {
    info: (message: string) => log.debug({ job: job.name }, message),
    warn: (message: string) => log.warn({ job: job.name }, message),
    error: (message: string | Error, error?: Error) =>
      log.error({ job: job.name, err: error ?? message }, 'schedule'),
    debug: (message: string | Error) => log.debug({ job: job.name }, String(message)),
  };
  const task = createTask(job.schedule, () => runner.runElected(job), {
    name: job.name,
    timezone: 'UTC',
    distributed: true,
    noOverlap: true,
    suppressMissedWarning: true,
    logger,
    runCoordinator: {
      // The key is `<name>:<slot>`. Fails closed: what it throws is a slot that is not run now, and made up for.
      shouldRun: (key) => runner.elect(job, key.slice(job.name.length + 1)),
    },
  });
  // The event loop was late, or the process frozen: those slots were nobody's, or the other agent's.
  task.on('execution:missed', ({ date }) => runner.missed(job, date.toISOString()));
  task.on('execution:overlap', ({ date }) => runner.overlapped(job, date.toISOString()));
  return task;
}
