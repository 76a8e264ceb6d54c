import { Command, Option } from 'commander';
import { createRouter } from '../platform/database/router.ts';
import type { Database } from '../platform/database/types.ts';
import { latestRuns } from '../platform/jobs/repository.ts';
import { createLogger } from '../platform/log.ts';
import { createTokens } from './accounts/tokens.ts';
import { type Config, loadConfig } from './config.ts';
import { ROLES, type Role } from './http/context.ts';
import { blobFindings } from './media/findings.ts';

/** What an operator does from inside a portal's container: the way in when nobody can sign in yet. */
const program = new Command('admin').description('Runs inside a portal container.');

program
  .command('token')
  .command('create')
  .description('makes a token for a program, and prints it this once')
  .addOption(new Option('--role <role>', 'what the token may do').choices([...ROLES]).makeOptionMandatory())
  .requiredOption('--name <name>', 'what it is for')
  .option('--json', 'print JSON')
  .action(async (options: { role: Role; name: string; json?: boolean }) => {
    await withDatabase(async (database, { secrets }) => {
      const tokens = createTokens(database, secrets.sessionSecret);
      const { name, role } = options;
      const { token, secret } = await tokens.create({ name, role, createdBy: 'operator' });
      if (options.json) console.log(JSON.stringify({ id: token.id, name, role, token: secret }));
      else console.log(secret);
    });
  });

program
  .command('work')
  .description('prints as JSON how each job of the agents ran last, and how many blobs are not whole')
  .action(async () => {
    await withDatabase(async (database) => {
      const work = await database.read(
        async (reader) => ({
          runs: await latestRuns(reader),
          findings: (await blobFindings(reader, 1)).total,
        }),
        { impatient: true },
      );
      console.log(JSON.stringify(work));
    });
  });

async function withDatabase(work: (database: Database, config: Config) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const { databaseNodes: nodes, databaseUser: user, databaseName, secrets } = config;
  const log = createLogger('admin', 'operator', 'silent');
  const database = createRouter({ nodes, user, password: secrets.appPassword, database: databaseName, log });
  try {
    await work(database, config);
  } finally {
    await database.close();
  }
}

program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
