import { type ChildProcess, spawn } from 'node:child_process';

/** A child process with its output by line. */
export interface Running {
  readonly exited: Promise<string>;
  readonly alive: boolean;
  /** The last lines that it wrote. */
  readonly tail: string[];
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL to the whole group after `graceMs`. Resolves when it has exited. */
  stop(graceMs: number): Promise<void>;
}

export function start(
  command: string,
  args: string[],
  onLine: (line: string) => void = () => {},
  input?: string,
): Running {
  // A group of its own: a state transfer's scripts and sockets must end with the server that started them.
  const child: ChildProcess = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const tail: string[] = [];
  let alive = true;
  for (const stream of [child.stdout!, child.stderr!]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.trim() === '') continue;
        tail.push(line);
        if (tail.length > 200) tail.shift();
        onLine(line);
      }
    });
  }
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      alive = false;
      resolve(`could not be started: ${error.message}`);
    });
    // 'exit', not 'close': a stray grandchild may hold the pipes open.
    child.once('exit', (code, signal) => {
      alive = false;
      kill('SIGKILL');
      resolve(signal === null ? `exit ${code}` : `signal ${signal}`);
    });
  });
  // A server that died before it read its input is reported by its exit.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input ?? '');
  return {
    exited,
    get alive() {
      return alive;
    },
    tail,
    signal: (signal) => {
      if (alive) child.kill(signal);
    },
    async stop(graceMs) {
      if (alive) child.kill('SIGTERM');
      const timer = setTimeout(() => kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
