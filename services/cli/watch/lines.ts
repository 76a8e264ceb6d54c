import type { ClusterEvent } from '../../portal/assets/changes.js';
import { rate, wait } from '../../portal/assets/traffic.js';
import { clock } from './frame.ts';
import type { Chapter } from './story.ts';

/** For programs and for pipes: a line an event, and one now and then for how things stand. */
export interface Teller {
  event(event: ClusterEvent): string;
  second(chapter: Chapter): string;
  /** Between two of the latter: ms. */
  everyMs: number;
}

export const json: Teller = {
  everyMs: 1_000,
  event: ({ at, ...event }) => JSON.stringify({ type: 'event', at: new Date(at).toISOString(), ...event }),
  second({ at, verdict, rows, flow }) {
    const { seconds, ...traffic } = flow ?? { seconds: undefined };
    return JSON.stringify({
      type: 'second',
      at: at.toISOString(),
      state: verdict.state,
      parts: rows.map(({ name, kind, tone, state, role, reason }) => ({
        name,
        kind,
        tone,
        state,
        role,
        reason,
      })),
      traffic: flow && { ...traffic, last: seconds?.at(-1) },
    });
  },
};

const SENTENCES = {
  whole: 'the cluster is whole',
  degraded: 'something is away, and the cluster serves',
  down: 'the cluster does not serve',
};

export const plain: Teller = {
  everyMs: 10_000,
  event: ({ at, tone, text }) =>
    `${clock(at)} ${tone === 'good' ? '●' : tone === 'warn' ? '▲' : '✗'} ${text}`,
  second({ at, verdict, flow }) {
    const traffic = flow
      ? `${rate(flow.perSecond)} requests/s, ${rate(flow.failedPerSecond)} failed/s, longest wait ${wait(flow.worst)}`
      : 'no load balancer says what it counts';
    return `${clock(at)}   ${SENTENCES[verdict.state]}; ${traffic}`;
  },
};
