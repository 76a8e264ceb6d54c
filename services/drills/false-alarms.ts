/** Pure: whether a line of a part's log tells that somebody was thrown out, deposed or given up. @returns the sentence */
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
