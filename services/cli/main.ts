import { Command, CommanderError } from 'commander';
import { down, purge } from './commands/down.ts';
import { describeError, EXIT, exitStatusOf } from './exit.ts';
import { say, table } from './terminal.ts';

/** Each command resolves to its exit status. What it needs is loaded only when it runs. */
const program = new Command('portico')
  .description('A highly available, self-hosted API portal: a cluster on this machine.')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(`portico help <command>` says more)')
  .exitOverride()
  .addHelpText('after', () => {
    const rows = Object.values(EXIT).map(({ status, meaning }) => [`  ${status}`, meaning]);
    return `\nExit status:\n${table(rows)}\n\nSettings stand in the environment or in .env beside compose.yaml; the README lists them.`;
  });

program
  .command('up')
  .summary('bring the cluster up (npm start)')
  .description(
    'Sees to everything that is missing on this machine, builds, starts, and waits until all is well.',
  )
  .option('--portals <n>', 'how many portals (default: PORTICO_PORTALS, or 2)')
  .option('--two-lbs', 'with a second load balancer; it stays, also over `down` and `up`, until --one-lb')
  .option('--one-lb', 'without the second load balancer; if there is one, it is taken away')
  .option('--json', 'print the state of the cluster as JSON')
  .action(async (options) => exit((await import('./commands/up.ts')).up(options)));

program
  .command('down')
  .summary('stop the cluster and keep all data (npm stop)')
  .action(() => exit(down()));

program
  .command('purge')
  .summary('remove the cluster with all of its data')
  .option('--yes', 'really do it; without it, only says what would be removed')
  .action((options) => exit(purge(options)));

program
  .command('status')
  .summary('every container, portal and database node, with its role and reason')
  .description('Exit status: 0 whole, 3 a part is missing but the cluster serves, 4 it does not serve.')
  .option('--json', 'the same for programs')
  .action(async (options) => exit((await import('./commands/status.ts')).status(options)));

program
  .command('watch')
  .summary('the cluster live: what goes and comes, and what its users notice')
  .description(
    'Every part as it goes and comes, with the reason; requests, failures and waits of the last minute. In a pipe: a line an event. With --once the exit status is that of `status`.',
  )
  .option('--once', 'look once, print it and end')
  .option('--json', 'a JSON line an event, and one a second')
  .action(async (options) => exit((await import('./commands/watch.ts')).watch(options)));

program
  .command('logs')
  .summary('what the containers say')
  .argument('[service...]', 'lb, lb-2, portal, agent, db-1, db-2, db-3, init, migrate; default: all')
  .option('-f, --follow', 'go on until Ctrl-C')
  .option('--tail <lines>', 'how many of the last lines, or `all` (default: 200)')
  .action(async (services, options) => exit((await import('./commands/logs.ts')).logs(services, options)));

program
  .command('drain')
  .summary('let a portal finish what it has in hand, and give it nothing new')
  .description(
    'Returns when nothing is in flight there any more. A restart of the portal ends it, and so does `undrain`; the status page has a button for both, and in the container it is the file /tmp/drain.',
  )
  .argument('<portal>', 'portal-1, portal-2, …')
  .option('--force', 'also the last one that serves')
  .option('--json', 'print JSON')
  .action(async (name, options) => exit((await import('./commands/drain.ts')).drain(name, options)));

program
  .command('rollout')
  .summary('replace every part by a new release, one at a time, without anybody noticing')
  .description(
    'Builds the images (or takes those of a tag) and replaces what runs others: portals, agents, database nodes, load balancers, each only when the one before is ready again. A portal answers us before it gets traffic. When a new one is no good everything goes back by itself, and the exit status is 1.',
  )
  .option('--only <kinds>', 'portal, agent, db, lb; several with commas')
  .option('--tag <tag>', 'take images of this tag instead of building')
  .option('--dry-run', 'say what would be replaced, and change nothing')
  .option('--json', 'print JSON')
  .action(async (options) => exit((await import('./commands/rollout.ts')).rollout(options)));

program
  .command('rollback')
  .summary('go back to the images of before the last rollout, one part at a time')
  .option('--only <kinds>', 'portal, agent, db, lb; several with commas')
  .option('--dry-run', 'say what would be replaced, and change nothing')
  .option('--json', 'print JSON')
  .action(async (options) => exit((await import('./commands/rollout.ts')).rollback(options)));

program
  .command('undrain')
  .summary('give a drained portal its share again')
  .argument('<portal>', 'portal-1, portal-2, …')
  .option('--json', 'print JSON')
  .action(async (name, options) => exit((await import('./commands/drain.ts')).undrain(name, options)));

program
  .command('publish')
  .summary('send an API’s description, and publish it')
  .description(
    'Reads OpenAPI, Swagger, AsyncAPI or GraphQL, one file or a zip archive of several, says what is wrong with it with file and line, sends it, and makes it current on every portal. For CI: PORTICO_TOKEN, and PORTICO_URL (several with commas) when the cluster is not this clone’s; exit status 1 when something is wrong.',
  )
  .argument('<file>', 'openapi.yaml, asyncapi.json, schema.graphql, specs.zip')
  .option('--check', 'only say what is wrong; needs no portal and no token')
  .option('--allow-errors', 'publish what is wrong and usable all the same')
  .option('--api <name>', 'for which API (default: from the description’s title)')
  .option('--version <version>', 'as which version (default: what the description says)')
  .option('--changelog <text>', 'what is new, in Markdown; @file reads it from a file')
  .option('--replace', 'put it in the place of a version of the same name')
  .option('--note <text>', 'why, for whoever looks at the generation later')
  .option('--no-activate', 'keep it as a draft')
  .option('--json', 'print JSON')
  .action(async (file, options) => exit((await import('./commands/publish.ts')).publish(file, options)));

const generations = program
  .command('generations')
  .summary('what is published, and what was; from one cluster into another')
  .option('--json', 'print JSON')
  .action(async (options) => exit((await import('./commands/generations.ts')).generations(options)));
generations
  .command('export')
  .summary('write a generation as one file, signed with this cluster’s key')
  .argument('<n>', 'its number')
  .option('-o, --output <file>', 'where to; default: standard output')
  .action(async (n, options) => exit((await import('./commands/exchange.ts')).exportGeneration(n, options)));
generations
  .command('import')
  .summary('keep a generation that another cluster exported (admin)')
  .description(
    'Its key must be trusted (`generations trust`). Drafts stay as they are, and nobody sees it before it is activated. The same file again is the same generation.',
  )
  .argument('<file>', 'as `generations export` wrote it')
  .option('--activate', 'make it current on every portal, too')
  .option('--json', 'print JSON')
  .action(async (file, _, command: Command) =>
    exit((await import('./commands/exchange.ts')).importGeneration(file, command.optsWithGlobals())),
  );
generations
  .command('key')
  .summary('this cluster’s public key, for others to trust')
  .option('--json', 'print JSON')
  .action(async (_, command: Command) =>
    exit((await import('./commands/exchange.ts')).key(command.optsWithGlobals())),
  );
generations
  .command('trust')
  .summary('take exports that are signed with this key (admin)')
  .argument('<name>', 'what the other cluster is called here')
  .argument('<public-key>', 'as `generations key` prints it there')
  .option('--json', 'print JSON')
  .action(async (name, publicKey, _, command: Command) =>
    exit((await import('./commands/exchange.ts')).trust(name, publicKey, command.optsWithGlobals())),
  );
generations
  .command('trusted')
  .summary('whose exports are taken here (admin)')
  .option('--json', 'print JSON')
  .action(async (_, command: Command) =>
    exit((await import('./commands/exchange.ts')).trusted(command.optsWithGlobals())),
  );
generations
  .command('distrust')
  .summary('take no more exports of a cluster; what was imported stays (admin)')
  .argument('<name>', 'of `generations trusted`')
  .action(async (name) => exit((await import('./commands/exchange.ts')).distrust(name)));
for (const [name, pinned, summary] of [
  ['pin', true, 'keep a generation, however old it becomes'],
  ['unpin', false, 'let a generation go when it is old'],
] as const)
  generations
    .command(name)
    .summary(summary)
    .argument('<n>', 'its number')
    .option('--json', 'print JSON')
    .action(async (n, _, command: Command) =>
      exit((await import('./commands/exchange.ts')).pin(n, pinned, command.optsWithGlobals())),
    );

program
  .command('activate')
  .summary('make a generation current on every portal: a rollback of what is published')
  .argument('<n>', 'its number, of `generations`')
  .option('--json', 'print JSON')
  .action(async (n, options) => exit((await import('./commands/generations.ts')).activate(n, options)));

program
  .command('diff')
  .summary('what changed from one generation to another')
  .argument('<from>', 'a number; 0 for nothing')
  .argument('<to>', 'a number, or `draft`: what publishing now would change')
  .option('--json', 'print JSON')
  .action(async (from, to, options) =>
    exit((await import('./commands/generations.ts')).diff(from, to, options)),
  );

const token = program
  .command('token')
  .summary('access for programs, and the first administrator’s password')
  .option('--admin-password', 'print the password that `admin` signs in with at first')
  .option('--json', 'print JSON')
  .action(async (options, command: Command) => {
    if (!options.adminPassword) command.help({ error: true });
    return exit((await import('./commands/token.ts')).adminPassword(options));
  });
token
  .command('create')
  .summary('make an access token; it is shown this once')
  .requiredOption('--role <role>', 'reader, publisher or admin')
  .requiredOption('--name <name>', 'what it is for')
  .option('--json', 'print JSON')
  .action(async (_, command: Command) =>
    exit((await import('./commands/token.ts')).createToken(command.optsWithGlobals())),
  );

program
  .command('db')
  .summary('the database nodes')
  .command('recover')
  .summary('go on without a node that does not come back')
  .option('--accept-loss', 'accept that what only the missing node knows is lost')
  .option('--json', 'print JSON')
  .action(async (options) => exit((await import('./commands/db.ts')).recoverDatabase(options)));

// It brings a database driver and more along, so it is loaded, with its options, only when it is asked for.
program
  .command('drill')
  .summary('break a part of the cluster under load, and measure what its users notice')
  .argument('[words...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async (_, __, command: Command) => {
    await (await import('./commands/drill.ts')).drillCommand.parseAsync(command.args, { from: 'user' });
  });

program
  .command('bench')
  .summary('measure pages, files, compiling, search and uploads beside their goals (npm run bench)')
  .argument('[words...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async (_, __, command: Command) => {
    await (await import('./commands/bench.ts')).benchCommand.parseAsync(command.args, { from: 'user' });
  });

program
  .command('test')
  .summary('check and test everything on a cluster of its own (npm test)')
  .argument('[file...]', 'only these test files')
  .option('--no-check', 'leave out format, lint and types')
  .action(async (files, options) => exit((await import('./commands/test.ts')).test(files, options)));

async function exit(status: Promise<number>): Promise<void> {
  process.exitCode = await status;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what is wrong by itself; `--help` and `help` come here too, with 0.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage.status;
  } else {
    say(`portico: ${describeError(error)}`);
    process.exitCode = exitStatusOf(error);
  }
}
