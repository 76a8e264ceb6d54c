import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { MachineError } from '../exit.ts';
import { which } from '../process.ts';
import { aptInstall, aptUpdate } from './apt.ts';
import { engineFacts } from './facts.ts';
import { asRoot } from './root.ts';

const PID_FILE = '/var/run/docker.pid';
const LOG_FILE = '/var/log/portico-dockerd.log';
/** The first start makes the engine's own directories and networks; it takes about 3 s. */
const START_DEADLINE_MS = 60_000;
/** A daemon of ours that is not to be seen after this time has ended by itself. */
const SEEN_AFTER_MS = 10_000;

type Latest = (line: string) => void;

/** The distribution's engine. It brings the daemon, containerd and (except on the newest releases) the client. */
export async function installEngine(latest: Latest): Promise<void> {
  await aptUpdate(latest);
  await aptInstall(['docker.io', 'iptables', 'ca-certificates'], latest);
  // From Debian 13 on the client is a package of its own.
  if (!which('docker')) await aptInstall(['docker-cli'], latest);
  if (process.getuid?.() !== 0) await asRoot('usermod', ['-aG', 'docker', userInfo().username]);
}

export async function startEngine(systemd: boolean, latest: Latest): Promise<void> {
  if (systemd) await asRoot('systemctl', ['enable', '--now', 'docker']);
  else await startInBackground();
  const began = performance.now();
  for (;;) {
    const engine = await engineFacts();
    // Forbidden is an answer as well: it runs, and the group is entered next.
    if (engine.state === 'running' || engine.state === 'forbidden') return;
    const waited = performance.now() - began;
    const gone = !systemd && waited > SEEN_AFTER_MS && !isAlive();
    if (gone || waited > START_DEADLINE_MS) {
      const where = systemd ? '`journalctl -u docker`' : LOG_FILE;
      throw new MachineError(
        `The Docker daemon ${gone ? 'ended at once' : `did not answer within ${START_DEADLINE_MS / 1000} s`}. ${where} says why` +
          `${systemd ? '.' : `; its last lines:\n${tail(LOG_FILE)}`}\nIn a container of its own, Docker needs one that is privileged.`,
      );
    }
    latest('waiting for the daemon to answer');
    await pause(500);
  }
}

/** A session of its own, so that neither the end of npm nor Ctrl-C takes the daemon along. */
async function startInBackground(): Promise<void> {
  if (process.getuid?.() !== 0) {
    const command = `rm -f ${PID_FILE}; exec setsid dockerd >>${LOG_FILE} 2>&1 </dev/null &`;
    if (!isAlive()) await asRoot('sh', ['-c', command]);
    return;
  }
  if (isAlive()) return;
  // Left behind by a daemon that was killed, it keeps the next one from starting.
  await rm(PID_FILE, { force: true });
  await mkdir('/var/log', { recursive: true });
  const log = await open(LOG_FILE, 'a');
  try {
    spawn(which('dockerd') ?? 'dockerd', [], { detached: true, stdio: ['ignore', log.fd, log.fd] })
      .on('error', () => {}) // seen by the wait for its answer, which names the log
      .unref();
  } finally {
    await log.close();
  }
}

/** Whether the daemon of the pid file is really one: a process of another kind may have that number by now. */
function isAlive(): boolean {
  try {
    const pid = Number(readFileSync(PID_FILE, 'utf8'));
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'dockerd';
  } catch {
    return false;
  }
}

function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-8).join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}
