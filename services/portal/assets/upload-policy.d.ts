export const MAX_UNFORESEEN: number;
/** Seconds before the attempt after this one. */
export function backoff(attempt: number, retryAfter?: number): number;
/** Why a file is not worth sending. */
export function refuse(
  file: { size: number },
  limit: { maxBytes: number; maxText: string },
): string | undefined;
export interface Verdict {
  /** `wait` for the network, `sign-in` for a session; both keep what was sent. */
  action: 'retry' | 'wait' | 'sign-in' | 'restart' | 'fail';
  seconds?: number;
  message: string;
  /** A person may try it again. */
  again?: boolean;
}
export function judge(answer: {
  /** 0 is a connection that was lost. */
  status: number;
  code?: string | undefined;
  attempt: number;
  /** The upload has an address already. */
  begun: boolean;
  online: boolean;
  detail?: string | undefined;
  retryAfter?: number | undefined;
  maxText: string;
}): Verdict;
export function fingerprint(
  file: { name: string; size: number; lastModified: number },
  about: { user: string; visibility: string },
): string;
export type UploadState =
  | 'waiting'
  | 'sending'
  | 'saving'
  | 'pausing'
  | 'held'
  | 'paused'
  | 'failed'
  | 'cancelled'
  | 'done';
export interface Shown {
  file: { size: number };
  state: UploadState;
  sent: number;
  speed: number;
  message: string;
  note: string;
  node: string;
  retryAt: number;
  /** Not worth sending, so not counted in bytes. */
  refused?: boolean;
}
export const GROUPS: Record<UploadState, 'active' | 'failed' | 'cancelled' | 'done'>;
export interface Overall {
  total: number;
  active: number;
  failed: number;
  done: number;
  cancelled: number;
  bytes: number;
  sent: number;
  speed: number;
}
export function overall(uploads: readonly Shown[]): Overall;
export function overallWords(sum: Overall): string;
export function sentence(upload: Shown, now: number): string;
