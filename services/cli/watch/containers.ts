import type { Compose, Container } from '../docker.ts';
import { run } from '../docker.ts';
import type { Told } from '../status/observe.ts';

/** What the engine says of a container that changes how it is shown; its health checks alone would be three a second. */
const NEWS = [
  'create',
  'start',
  'die',
  'kill',
  'stop',
  'pause',
  'unpause',
  'restart',
  'destroy',
  'oom',
  'rename',
];
/** Several containers mostly change at once: ms. */
const SETTLE_MS = 80;
/** Also without any news, should one be missed: ms. */
const ANYWAY_MS = 20_000;
const AGAIN_MS = 2_000;
/** The longest that a timer can be set to: ms. */
const FOR_EVER_MS = 2 ** 31 - 1;

export interface Followed {
  now(): Told<Container[]>;
  stop(): Promise<void>;
}

/**
 * The containers of a project, kept up to date by the engine's own news: one process that waits costs next to nothing,
 * two processes a look would cost more than everything else here.
 * @returns after the first look
 * @throws PorticoError when there is no engine to ask
 */
export async function followContainers(compose: Compose): Promise<Followed> {
  const leaving = new AbortController();
  let known: Told<Container[]> = { answer: await compose.ps() };
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const soon = (ms: number) => {
    clearTimeout(timer);
    if (!leaving.signal.aborted) timer = setTimeout(look, ms);
  };
  const look = () => {
    // News that comes meanwhile is seen by the next look.
    if (looking) return soon(SETTLE_MS);
    looking = compose
      .ps()
      .then(
        (answer) => {
          known = { answer };
          soon(ANYWAY_MS);
        },
        (error: Error) => {
          known = { fault: error.message };
          soon(AGAIN_MS);
        },
      )
      .finally(() => {
        looking = undefined;
      });
    return undefined;
  };
  const listening = listen(compose.project, leaving.signal, () => soon(SETTLE_MS));
  soon(ANYWAY_MS);
  return {
    now: () => known,
    async stop() {
      leaving.abort();
      clearTimeout(timer);
      await Promise.all([listening, looking]);
    },
  };
}

/** Listens until it is told to stop. The engine may be restarted meanwhile. */
async function listen(project: string, signal: AbortSignal, news: () => void): Promise<void> {
  const filters = [`label=com.docker.compose.project=${project}`, ...NEWS.map((name) => `event=${name}`)];
  const args = ['events', '--format', '{{.Action}}', ...filters.flatMap((filter) => ['--filter', filter])];
  while (!signal.aborted) {
    // An end that nobody asked for is no news of its own: the next look says whether the engine answers.
    await run(args, { check: false, keep: false, deadlineMs: FOR_EVER_MS, onLine: news, signal }).catch(news);
    if (!signal.aborted) await pause(AGAIN_MS, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
