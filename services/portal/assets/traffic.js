// What several load balancers counted, as one flow. Pure, and the same for the terminal, the portals and the page.

/** Seconds over which a rate is an average. */
const RATE_OVER = 5;

/**
 * @param told of each load balancer, what its counters say
 * @returns undefined when none of them said anything
 */
export function flow(told) {
  if (told.length === 0) return undefined;
  const until = Math.max(...told.map((one) => one.until));
  const length = Math.max(...told.map((one) => one.seconds.length));
  const seconds = Array.from({ length }, (_, index) => ({
    at: until - length + index,
    requests: 0,
    failed: 0,
    again: 0,
    worst: 0,
  }));
  for (const one of told) {
    one.seconds.forEach(([requests, failed, again, worst], index) => {
      const second = seconds[one.until - one.seconds.length + index - (until - length)];
      if (!second) return;
      second.requests += requests;
      second.failed += failed;
      second.again += again;
      second.worst = Math.max(second.worst, worst);
    });
  }
  const recent = seconds.slice(-RATE_OVER);
  const sum = (list, what) => list.reduce((total, second) => total + second[what], 0);
  const span = Math.max(1, told[0].waits.seconds);
  const worst = Math.max(0, ...seconds.slice(-span).map((second) => second.worst));
  return {
    seconds,
    perSecond: sum(recent, 'requests') / Math.max(1, recent.length),
    failedPerSecond: sum(recent, 'failed') / Math.max(1, recent.length),
    requests: sum(seconds, 'requests'),
    failed: sum(seconds, 'failed'),
    again: sum(seconds, 'again'),
    p95: percentile(
      told.map((one) => one.waits),
      0.95,
      worst,
    ),
    worst,
    overSeconds: span,
  };
}

/** The upper bound of the class that the share falls into, in ms; beyond the last, and never more than, the worst. */
function percentile(waits, share, worst) {
  const { bounds } = waits[0];
  const counts = waits[0].counts.map((_, index) =>
    waits.reduce((sum, one) => sum + (one.counts[index] ?? 0), 0),
  );
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    if (below >= share * all) return Math.min(bounds[index] ?? worst, worst);
  }
  return worst;
}

/** "0.4", "12", "1,204" */
export function rate(perSecond) {
  if (perSecond === 0) return '0';
  return perSecond < 9.95 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
}

/** "35 ms", "1.2 s" */
export function wait(ms) {
  if (ms === undefined) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
