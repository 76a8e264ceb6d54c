import { composeOf, loadConfig } from '../config.ts';
import { EXIT } from '../exit.ts';
import { judge, type Verdict } from '../status/judge.ts';
import { observe } from '../status/observe.ts';
import { JOB_HEAD, jobRow } from '../status/work.ts';
import { print, printJson, table } from '../terminal.ts';

/** @returns the exit status: 0 whole, 3 degraded, 4 down */
export async function status(options: { json?: boolean }): Promise<number> {
  const config = loadConfig();
  const verdict = judge(await observe(composeOf(config), config, { records: true }));
  if (options.json) printJson({ project: config.project, address: config.address, ...verdict });
  else print(render(verdict, new Date()));
  return { whole: EXIT.done.status, degraded: EXIT.degraded.status, down: EXIT.down.status }[verdict.state];
}

function render(verdict: Verdict, now: Date): string {
  if (verdict.parts.every((part) => part.state === 'missing')) {
    return 'Nothing of Portico runs here. `npm start` brings the cluster up.';
  }
  const rows = verdict.parts.map((part) => [
    part.ok ? '✓' : '✗',
    part.container,
    part.state,
    part.role,
    part.version,
    part.reason,
  ]);
  const addresses = verdict.serving.join(' and ');
  const sentence = {
    whole: `The cluster is whole: ${addresses}`,
    degraded: `The cluster serves at ${addresses}, and this is amiss:`,
    down: 'The cluster does not serve:',
  }[verdict.state];
  return [
    table([['', 'CONTAINER', 'STATE', 'ROLE', 'VERSION', 'REASON'], ...rows]),
    '',
    ...(verdict.jobs.length > 0
      ? [table([JOB_HEAD, ...verdict.jobs.map((job) => jobRow(job, now))]), '']
      : []),
    sentence,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    ...(verdict.mixed.length > 0
      ? [
          '',
          ...verdict.mixed,
          'If no rollout is under way: `npx portico rollout` or `rollback` brings all to one.',
        ]
      : []),
  ].join('\n');
}
