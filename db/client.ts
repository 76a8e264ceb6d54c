import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export class Unanswered extends Error {
  /** The server answered, if only to say no; or there is none. It does not hang. */
  readonly refused: boolean;

  constructor(message: string, refused: boolean) {
    super(message);
    this.refused = refused;
  }
}

/**
 * One session of Debian's `mariadb` client that is kept open: a process for each question would be what the node does
 * most. A question that is not answered in time ends the session; the next one opens another.
 */
export class Client {
  readonly #args: string[];
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  #count = 0;

  constructor(args: string[]) {
    this.#args = ['--no-defaults', '--batch', '--skip-column-names', '--unbuffered', ...args];
  }

  /** @returns the rows, tab-separated, one a line. One question at a time. @throws Unanswered */
  ask(sql: string, timeoutMs: number): Promise<string> {
    this.#child ??= spawn('mariadb', this.#args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const child = this.#child;
    const end = `end of answer ${++this.#count}`;
    return new Promise((resolve, reject) => {
      let answer = '';
      let complaint = '';
      const onAnswer = (chunk: Buffer) => {
        answer += chunk.toString();
        const at = answer.indexOf(`${end}\n`);
        if (at >= 0) settle(() => resolve(answer.slice(0, at)));
      };
      const onComplaint = (chunk: Buffer) => {
        complaint += chunk.toString();
      };
      const onEnd = () => fail(complaint.trim() || 'the client ended', true);
      const onError = (error: Error) => fail(error.message, true);
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`, false), timeoutMs);
      const settle = (done: () => void) => {
        clearTimeout(timer);
        child.stdout.off('data', onAnswer);
        child.stderr.off('data', onComplaint);
        child.off('close', onEnd).off('error', onError);
        child.stdin.off('error', onError);
        done();
      };
      const fail = (message: string, refused: boolean) => {
        settle(() => reject(new Unanswered(message, refused)));
        this.close();
      };
      child.stdout.on('data', onAnswer);
      child.stderr.on('data', onComplaint);
      child.once('close', onEnd).once('error', onError);
      child.stdin.once('error', onError);
      child.stdin.write(`${sql};\nSELECT '${end}';\n`);
    });
  }

  close(): void {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    // Nobody asks this session any more; what it still has to say is of no interest.
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    child.kill('SIGKILL');
  }
}
