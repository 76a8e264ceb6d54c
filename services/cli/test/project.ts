/** Compose projects of test runs, by names from which it shows whether the run that owns one still lives. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { run } from '../docker.ts';

const PATTERN = /^portico-[a-z]+-(\d+)-([0-9a-f]{8})(-\d+)?$/;
let counter = 0;

/** `portico-<what>-<pid>-<which process of that number>-<which of its projects>` */
export function temporaryProject(what: string): string {
  return `portico-${what}-${process.pid}-${identity(process.pid)}-${++counter}`;
}

/** The projects of runs that ended without tidying up: killed, or the machine went down. */
export function staleAmong(
  projects: Iterable<string>,
  identityOf: (pid: number) => string | undefined,
): string[] {
  return [...new Set(projects)].filter((project) => {
    const [, pid, id] = PATTERN.exec(project) ?? [];
    return pid !== undefined && identityOf(Number(pid)) !== id;
  });
}

export async function staleProjects(): Promise<string[]> {
  const label = 'com.docker.compose.project';
  const lists = await Promise.all([
    run(['ps', '-a', '--filter', `label=${label}`, '--format', `{{.Label "${label}"}}`]),
    run(['volume', 'ls', '--filter', `label=${label}`, '--format', `{{.Label "${label}"}}`]),
    run(['network', 'ls', '--filter', `label=${label}`, '--format', `{{.Label "${label}"}}`]),
  ]);
  return staleAmong(
    lists.flatMap(({ stdout }) => stdout.split('\n')),
    identity,
  );
}

/** Tells a process from another that bears its number later; undefined when there is none. Eight hex digits. */
export function identity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return createHash('sha256')
    .update(`${birth(pid)}`)
    .digest('hex')
    .slice(0, 8);
}

/** Boot id and start time. Without /proc (macOS) the number alone has to do. */
function birth(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The process's name, in parentheses, may hold spaces; what follows it does not. Field 22 is the start time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return `${boot} ${fields[19]}`;
  } catch {
    return 'unknown';
  }
}
