import { composeOf, loadConfig } from '../config.ts';
import { run } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { print, step } from '../terminal.ts';

/** Containers and networks go; every volume stays, so that the next `up` finds all as it was. */
export async function down(): Promise<number> {
  const config = loadConfig();
  const compose = composeOf(config);
  if ((await compose.ps()).length === 0) {
    print('Nothing of Portico runs here. (npm start)');
    return 0;
  }
  await step('Stopping the cluster', (latest) => compose.down(['--remove-orphans'], { onLine: latest }));
  print('Stopped. All data is kept; `npm start` brings everything back.');
  return 0;
}

/** As `down`, and every volume too: databases, uploads, secrets. */
export async function purge(options: { yes?: boolean }): Promise<number> {
  const config = loadConfig();
  const compose = composeOf(config);
  const containers = (await compose.ps()).length;
  const volumes = await volumesOf(config.project);
  if (containers + volumes.length === 0) {
    print('There is nothing to remove.');
    return 0;
  }
  if (!options.yes) {
    throw new UsageError(
      `This would remove ${containers} containers and these volumes, with every upload, account and secret in them:\n` +
        `${volumes.map((name) => `  ${name}`).join('\n')}\n` +
        'Nothing was removed. If that is what you want: npm run purge -- --yes',
    );
  }
  await step('Removing the cluster and all of its data', (latest) =>
    compose.down(['--volumes', '--remove-orphans'], { onLine: latest }),
  );
  // Compose removes those that its file names; one of an older version of the file would stay.
  const left = await volumesOf(config.project);
  if (left.length > 0) await run(['volume', 'rm', ...left]);
  print('Removed. `npm start` makes a new, empty cluster.');
  return 0;
}

async function volumesOf(project: string): Promise<string[]> {
  const { stdout } = await run([
    'volume',
    'ls',
    '-q',
    '--filter',
    `label=com.docker.compose.project=${project}`,
  ]);
  return stdout.split('\n').filter(Boolean);
}
