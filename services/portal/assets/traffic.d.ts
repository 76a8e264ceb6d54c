import type { Second } from './changes.js';

/** `traffic` of what a load balancer tells at /-/lb (nginx/lua/counters.lua). */
export interface TrafficTold {
  /** Seconds since 1970: the last of `seconds` ended then. */
  until: number;
  /** Requests, failed, asked again, worst wait in ms; the oldest first. */
  seconds: [number, number, number, number][];
  /** Of the last `seconds` seconds: how many waited no longer than each bound (ms), and longer than the last. */
  waits: { bounds: number[]; counts: number[]; seconds: number };
}

export interface Flow {
  seconds: Second[];
  /** Averages over the last five seconds. */
  perSecond: number;
  failedPerSecond: number;
  /** Sums over `seconds`. */
  requests: number;
  failed: number;
  again: number;
  /** Of the last `overSeconds` seconds, ms: 95 of 100 waited no longer; undefined without any request. */
  p95: number | undefined;
  worst: number;
  overSeconds: number;
}

export function flow(told: readonly []): undefined;
export function flow(told: readonly TrafficTold[]): Flow | undefined;
export function rate(perSecond: number): string;
export function wait(ms: number | undefined): string;
