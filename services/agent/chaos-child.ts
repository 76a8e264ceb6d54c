import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An agent in a process of its own (chaos-agent.ts), which a test kills, freezes and starts again. */
export class ChaosChild {
  readonly name: string;
  /** What it said last; `starting` until it says anything. */
  role = 'starting';
  /** Another value for each process that it has been. */
  life = {};
  #args: string[];
  #project: string;
  #process: ChildProcess;
  #ended: Promise<number | null>;

  constructor(name: string, lease: string, jobs: number, project: string) {
    this.name = name;
    this.#args = [fileURLToPath(new URL('chaos-agent.ts', import.meta.url)), name, lease, String(jobs)];
    this.#project = project;
    [this.#process, this.#ended] = this.#spawn();
  }

  kill(): Promise<number | null> {
    this.#process.kill('SIGKILL');
    return this.#ended;
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  /** @returns its exit status */
  stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    return this.#ended;
  }

  startAgain(): void {
    [this.#process, this.#ended] = this.#spawn();
  }

  #spawn(): [ChildProcess, Promise<number | null>] {
    this.role = 'starting';
    this.life = {};
    const child = spawn(process.execPath, this.#args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORTICO_TEST_PROJECT: this.#project },
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (child === this.#process && /^(primary|secondary|candidate)$/.test(line)) this.role = line;
      else if (process.env.PORTICO_TEST_VERBOSE) process.stderr.write(`${line}\n`);
    });
    return [child, new Promise((resolve) => child.once('exit', resolve))];
  }
}
