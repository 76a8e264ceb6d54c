export const MAX_ATTEMPTS: number;
/** Seconds before the attempt after this one. */
export function backoff(attempt: number, retryAfter?: number): number;
/** Why a file is not worth sending. */
export function refuse(
  file: { size: number },
  limit: { maxBytes: number; maxText: string },
): string | undefined;
export interface Verdict {
  action: 'done' | 'retry' | 'fail';
  seconds?: number;
  message: string;
  /** A person may try it again. */
  again?: boolean;
}
export function judge(answer: {
  /** 0 is a connection that was lost. */
  status: number;
  attempt: number;
  detail?: string | undefined;
  retryAfter?: number | undefined;
  maxText: string;
}): Verdict;
