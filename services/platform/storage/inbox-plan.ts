/** Pure: what is done with something that lies in the inbox. */

export interface InboxEntry {
  /** The name's bytes as latin1, so that every name is a string and no two become one. */
  key: string;
  /** Milliseconds, by the looker's monotonic clock, for which size and times have stayed the same. */
  unchangedMs: number;
}

const IN_PROGRESS = /\.(?:part|partial|tmp|temp|crdownload|filepart|swp)$|~$/iu;

/** Hidden files and what copying programs call a file that they have not finished. */
export function isIgnored(key: string): boolean {
  return key.startsWith('.') || key === 'rejected' || IN_PROGRESS.test(key);
}

export function planInbox(entry: InboxEntry, stableMs: number): 'ignore' | 'wait' | 'claim' {
  if (isIgnored(entry.key)) return 'ignore';
  return entry.unchangedMs < stableMs ? 'wait' : 'claim';
}
