/** The logs of a cluster's parts, read as they are written: Docker keeps 30 MB of each, which load fills in minutes. */
import { run } from '../cli/docker.ts';
import { PorticoError } from '../platform/errors.ts';
import { type Cluster, shortName } from './cluster.ts';
import { type Alarm, alarmIn } from './false-alarms.ts';

export interface LogWatch {
  /** What was heard so far. */
  readonly alarms: readonly Alarm[];
  /** @returns every alarm since the start @throws PorticoError 'internal': a log was not followed to the end */
  stop(): Promise<Alarm[]>;
  /** For when what was watched has failed: nothing is told. */
  abandon(): void;
}

/** @param longestMs after which a log is followed no more: well above what the watch is to last */
export async function watchLogs(cluster: Cluster, longestMs: number): Promise<LogWatch> {
  const alarms: Alarm[] = [];
  const stopping = new AbortController();
  const unread: string[] = [];
  const since = new Date().toISOString();
  const follow = async (name: string, id: string) => {
    const onLine = (line: string) => {
      const sentence = alarmIn(line);
      if (sentence) alarms.push({ at: performance.now(), sentence: `${name}: ${sentence}` });
    };
    const followed = run(['logs', '--follow', '--since', since, id], {
      onLine,
      keep: false,
      check: false,
      signal: stopping.signal,
      deadlineMs: longestMs,
    });
    await followed.then(
      () => {
        // Its container has ended, which nobody asked for; what it says after that is not heard.
        if (!stopping.signal.aborted) alarms.push({ at: performance.now(), sentence: `${name}: ended` });
      },
      (error: Error) => unread.push(`${name}: ${error.message}`),
    );
  };
  const followers = (await cluster.parts()).map((one) => follow(shortName(one), one.id));
  return {
    alarms,
    async stop() {
      stopping.abort();
      await Promise.all(followers);
      if (unread.length > 0)
        throw new PorticoError('internal', `Not every log could be followed: ${unread.join('; ')}.`);
      return alarms;
    },
    abandon: () => stopping.abort(),
  };
}
