/** `node services/migrate/name-release.ts <commit>`: from now on that commit is the last release. Done when a release goes out. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digest, type LastRelease, lastReleaseFile } from './last-release.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const git = (...args: string[]): Buffer =>
  execFileSync('git', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });

const [, , wanted] = process.argv;
if (wanted === undefined || wanted.startsWith('-')) {
  process.stderr.write('Usage: node services/migrate/name-release.ts <commit, branch or tag>\n');
  process.exit(2);
}
try {
  name(wanted);
} catch (error) {
  process.stderr.write(
    `${wanted} cannot be named the last release: ${(error as Error).message.split('\n')[0]}\n`,
  );
  process.exit(1);
}

function name(wanted: string): void {
  const commit = git('rev-parse', '--verify', '--end-of-options', `${wanted}^{commit}`).toString().trim();
  const { version } = JSON.parse(git('show', `${commit}:package.json`).toString()) as { version: string };
  const names = git('ls-tree', '--name-only', commit, 'db/migrations/')
    .toString()
    .split('\n')
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const release: LastRelease = {
    version,
    commit,
    migrations: Object.fromEntries(
      names.map((name) => [name.replace('db/migrations/', ''), digest(git('show', `${commit}:${name}`))]),
    ),
  };
  writeFileSync(lastReleaseFile, `${JSON.stringify(release, null, 2)}\n`);
  process.stdout.write(`The last release is ${version}, ${commit}.\n`);
}
