import { composeOf, loadConfig } from '../config.ts';
import { EXIT } from '../exit.ts';
import type { Verdict } from '../status/judge.ts';
import { print } from '../terminal.ts';
import { frame, type Scene } from '../watch/frame.ts';
import { json, plain, type Teller } from '../watch/lines.ts';
import { Lookout, type Seen } from '../watch/look.ts';
import { Screen } from '../watch/screen.ts';
import { type Chapter, Story } from '../watch/story.ts';

/** Twice a second is as often as a person sees. */
const LOOK_MS = 500;

const STATUS: Record<Verdict['state'], number> = {
  whole: EXIT.done.status,
  degraded: EXIT.degraded.status,
  down: EXIT.down.status,
};

/** @returns the exit status: with `once` that of `status`, else 130 after Ctrl-C and 0 after q */
export async function watch(options: { once?: boolean; json?: boolean }): Promise<number> {
  const config = loadConfig();
  const lookout = await Lookout.open(composeOf(config), config);
  const story = new Story();
  const sceneOf = (seen: Seen, { at, verdict, rows, flow }: Chapter, hint = ''): Scene => ({
    project: config.project,
    address: config.address,
    at,
    state: verdict.state,
    rows,
    flow,
    events: story.events,
    fault: faultOf(seen),
    hint,
  });
  try {
    if (process.stdout.isTTY && !options.once && !options.json)
      return await onScreen(lookout, story, sceneOf);
    const seen = lookout.now();
    const chapter = story.next(seen);
    const { columns, isTTY } = process.stdout;
    const window = { width: columns || 140, height: undefined, colour: isTTY && process.stdout.hasColors() };
    print(options.json ? json.second(chapter) : frame(sceneOf(seen, chapter), window).join('\n'));
    if (options.once) return STATUS[chapter.verdict.state];
    return await asLines(lookout, story, options.json ? json : plain);
  } finally {
    await lookout.stop();
  }
}

function faultOf({ engine, containers }: Seen): string {
  if (engine !== undefined) return `The container engine does not answer: ${engine.split('\n').at(-1)}`;
  return containers.length === 0 ? 'Nothing of Portico runs here. `npm start` brings the cluster up.' : '';
}

async function onScreen(
  lookout: Lookout,
  story: Story,
  sceneOf: (seen: Seen, chapter: Chapter, hint: string) => Scene,
): Promise<number> {
  const colour = process.stdout.hasColors();
  return ending((end) => {
    const draw = () => {
      const seen = lookout.now();
      screen.show(frame(sceneOf(seen, story.next(seen), 'q leaves'), { ...screen.size, colour }));
    };
    const key = (pressed: string) => {
      if (pressed === '\x03') end(EXIT.interrupted.status);
      if (pressed === 'q') end(EXIT.done.status);
    };
    const screen = new Screen(process.stdout, process.stdin, { resize: () => draw(), key });
    draw();
    const timer = setInterval(draw, LOOK_MS);
    return () => {
      clearInterval(timer);
      screen.close();
    };
  });
}

/** Until Ctrl-C, or until whoever reads has had enough. */
function asLines(lookout: Lookout, story: Story, { event, second, everyMs }: Teller): Promise<number> {
  return ending((end) => {
    let told = performance.now();
    process.stdout.once('error', () => end(EXIT.done.status));
    const timer = setInterval(() => {
      const chapter = story.next(lookout.now());
      for (const one of chapter.news) print(event(one));
      // Half a look early rather than half a look late: a line a second is a line a second.
      if (performance.now() - told < everyMs - LOOK_MS / 2) return;
      told += everyMs;
      print(second(chapter));
    }, LOOK_MS);
    return () => clearInterval(timer);
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @param begin is given what ends it, and returns what cleans up after it */
function ending(begin: (end: (status: number) => void) => () => void): Promise<number> {
  return new Promise((resolve) => {
    const interrupted = () => end(EXIT.interrupted.status);
    const end = (status: number) => {
      for (const signal of SIGNALS) process.off(signal, interrupted);
      clean();
      resolve(status);
    };
    for (const signal of SIGNALS) process.on(signal, interrupted);
    const clean = begin(end);
  });
}
