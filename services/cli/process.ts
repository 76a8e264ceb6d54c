/** Runs the machine's own programs (apt, debootstrap, …). Docker is started in docker.ts only. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ExecuteOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
  /** false: an exit status other than 0 is an answer, not an error. */
  check?: boolean;
  /** Default: ten minutes. */
  deadlineMs?: number;
}

export interface ExecuteResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** @throws Error when the program is missing, is too slow, or (unless `check` is false) ends with another status than 0 */
export async function execute(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<ExecuteResult> {
  const { env, cwd, onLine, check = true, deadlineMs = 600_000 } = options;
  const name = [program, ...args].slice(0, 4).join(' ');
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['inherit', 'pipe', 'pipe'],
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  });
  const out: string[] = [];
  const err: string[] = [];
  const read = (from: NodeJS.ReadableStream, into: string[]) =>
    createInterface({ input: from }).on('line', (line) => {
      into.push(line);
      onLine?.(line);
    });
  // Both are pipes (stdio above); the type cannot know it.
  read(child.stdout as unknown as NodeJS.ReadableStream, out);
  read(child.stderr as unknown as NodeJS.ReadableStream, err);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${name} could not be started: ${cause.message}`, { cause })),
    );
    child.once('close', (status) => resolve(status ?? 128));
  });
  const result = { code, stdout: out.join('\n'), stderr: err.join('\n') };
  if (check && code !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-6).join('\n');
    throw new Error(`\`${name}\` failed (exit ${code}):\n${said}`);
  }
  return result;
}

/** The path of the first of these programs that there is. */
export function which(...names: string[]): string | undefined {
  // A plain user's PATH often lacks the directories of the system's programs.
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  for (const name of names) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (isExecutable(path)) return path;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
