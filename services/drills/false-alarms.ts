/** What counts as a false alarm. Pure. */

/** A part was thrown out, deposed or given up. */
export interface Alarm {
  /** When it was heard, by this process's monotonic clock: ms. */
  at: number;
  sentence: string;
}

/** This process's own timer was late: the machine, not a part of the cluster, stood still. */
export interface Stall {
  from: number;
  to: number;
}

/** The shortest silence that costs a part its place: three checks of the load balancer, 250 ms apart (peers.lua). */
export const DETECTION_MS = 750;
/** So long after a stall its consequences may be heard: a probe's deadline of 2 s, then Galera's 3 s to agree. */
const ECHO_MS = 5_000;

/** Alarms that the machine's own stall, longer than the detection takes, explains are told apart; the rest are false. */
export function sortAlarms(alarms: readonly Alarm[], stalls: readonly Stall[]) {
  const long = stalls.filter(({ from, to }) => to - from >= DETECTION_MS);
  const explained = ({ at }: Alarm) => long.some(({ from, to }) => at >= from && at <= to + ECHO_MS);
  return {
    falseAlarms: alarms.filter((one) => !explained(one)).map(({ sentence }) => sentence),
    explained: alarms.filter(explained).map(({ sentence }) => sentence),
  };
}

/** Whether a line of a part's log tells that somebody was thrown out, deposed or given up. @returns the sentence */
export function alarmIn(line: string): string | undefined {
  const balancer =
    /portal \S+ (?:full|reading) down: .*|portal \S+ is silent: .*|no portal to ask: [^,]*/.exec(line);
  if (balancer) return balancer[0];
  if (!line.startsWith('{')) return undefined;
  let said: { level?: string; msg?: string; state?: string; database?: string; lease?: string };
  try {
    said = JSON.parse(line);
  } catch {
    return undefined; // not one of ours
  }
  const { msg = '', database, state, lease } = said;
  if (database !== undefined && state !== undefined && state !== 'synced') return msg;
  if (lease !== undefined && /^(candidate|secondary|primary):/.test(msg)) return `the lease: ${msg}`;
  if (/gate.*clos|event loop stood still|ending the process/.test(msg)) return msg;
  return undefined;
}
