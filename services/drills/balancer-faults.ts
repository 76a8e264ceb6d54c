/** What may happen to the load balancer, and how long nobody is served then when it is the only one. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { Fault } from './faults.ts';
import { ask } from './http.ts';
import { rolled } from './rolled.ts';
import { until } from './until.ts';

const BALANCER_MS = 2_000;
const LOOK_MS = 20;
/** Two seconds in which nothing was refused. */
const DYING_LOOKS = 100;

/**
 * Its process dies as in a crash, and its container is started again by itself. With one load balancer nobody is
 * served meanwhile; what is promised is how long that lasts.
 */
export function balancerKilled(): Fault {
  let url = '';
  return {
    name: 'lb killed',
    target: 'lb',
    action: 'killed',
    danger: 'With one load balancer nobody is served until it is back.',
    inject: async (cluster) => {
      url = `${await cluster.baseUrl()}/`;
      // Killed from outside, the engine would take it for somebody's wish, and leave it down.
      const kill = cluster.exec('lb', ['sh', '-c', 'kill -9 $(cat /tmp/nginx.pid)']);
      await kill.catch((error: Error) => {
        // Its container may end before the command does, and takes it with it.
        if (!error.message.includes('exit 137')) throw error;
      });
    },
    heal: async () => {},
    async watch(cluster) {
      const what = 'the load balancer answers again';
      const ca = await cluster.secret('lb', 'tls.crt');
      // Its workers outlive the process that was killed by a moment, and answer for as long.
      let refused = false;
      let looks = 0;
      const look = async () => {
        looks += 1;
        const { status } = await ask(url, { ca, deadlineMs: 1_000 }).catch((error: Error) => {
          refused = true;
          throw error;
        });
        return (status === 200 && (refused || looks > DYING_LOOKS)) || `${status}`;
      };
      const ms = await until(what, 10 * BALANCER_MS, look, LOOK_MS);
      return { what, ms, promisedMs: BALANCER_MS };
    },
    promise: () => ({ stallMs: {}, failed: Number.POSITIVE_INFINITY }),
  };
}

/** With one load balancer nobody is served while it is replaced; what is promised is how long that lasts. */
export function balancerRolled(): Fault {
  let longest = 0;
  const lb = rolled(
    {
      name: 'lb replaced by a rollout',
      target: 'lb',
      action: 'rollout-lb',
      danger: 'With one load balancer nobody is served while it is replaced.',
    },
    ['lb'],
    () => ({ stallMs: {}, failed: Number.POSITIVE_INFINITY }),
  );
  return {
    ...lb,
    async inject(cluster) {
      const gaps = await watchGaps(cluster);
      try {
        await lb.inject(cluster);
      } finally {
        longest = await gaps.stop();
      }
    },
    watch: async () => ({ what: 'the load balancer answers again', ms: longest, promisedMs: BALANCER_MS }),
  };
}

/** @returns from `stop`: the longest time between two good answers of the load balancer, in milliseconds */
async function watchGaps(cluster: Cluster): Promise<{ stop(): Promise<number> }> {
  const url = `${await cluster.baseUrl()}/`;
  const ca = await cluster.secret('lb', 'tls.crt');
  let [running, longest, good] = [true, 0, performance.now()];
  const watching = (async () => {
    while (running) {
      const status = await ask(url, { ca, deadlineMs: 1_000 }).then(
        (answer) => answer.status,
        () => 0,
      );
      const now = performance.now();
      if (status === 200) [longest, good] = [Math.max(longest, now - good), now];
      await pause(LOOK_MS);
    }
  })();
  return {
    async stop() {
      running = false;
      await watching;
      return Math.round(longest);
    },
  };
}
