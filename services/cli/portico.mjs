#!/usr/bin/env node
// Plain JavaScript for any Node from 20 on: it sees to the locked dependencies, the pinned Node among them, and hands
// over to main.ts. It uses nothing but Node itself, because nothing else may be there yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(root, 'node_modules');
const bin = join(modules, '.bin');
/** The hash of the package-lock.json whose packages are known to be installed. */
const stamp = join(modules, '.portico-lock');
const OLDEST_NODE = 20;
/** The first that runs TypeScript as it is and that every dependency accepts. */
const OLDEST_NODE_UNPINNED = 24;

try {
  await main();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

async function main() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    fail(
      `Portico needs Node ${OLDEST_NODE} or newer to begin with; this is ${process.versions.node}. See https://nodejs.org`,
    );
  }
  const lock = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  if (!isInstalled(JSON.parse(lock.toString()), hash)) await install();
  writeIfOther(stamp, hash);
  linkCommand();
  process.exitCode = await run(nodeToUse(major), [
    join(root, 'services/cli/main.ts'),
    ...process.argv.slice(2),
  ]);
}

/** By the stamp; without one (someone ran npm by hand) by npm's own record of what lies in node_modules. */
function isInstalled(lock, hash) {
  if (read(stamp) === hash) return true;
  const record = read(join(modules, '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(lock.packages).every(
    ([path, wanted]) => path === '' || wanted.optional || installed[path]?.version === wanted.version,
  );
}

async function install() {
  say('The dependencies of package-lock.json are not installed yet. Installing them with `npm ci` …');
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const ticker = setInterval(() => say(`  … still installing dependencies, ${seconds()} s`), 10_000);
  // npm names itself in npm_execpath when it runs us; that one is surely there.
  const npm = process.env.npm_execpath;
  const arguments_ = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const byNode = npm?.endsWith('npm-cli.js');
  const code = await (byNode ? run(process.execPath, [npm, ...arguments_]) : run('npm', arguments_)).finally(
    () => clearInterval(ticker),
  );
  if (code !== 0) {
    // A half-made tree must not be taken for a whole one by the next run.
    rmSync(stamp, { force: true });
    fail(
      `\`npm ci\` failed (exit ${code}); its message stands above. Can this machine reach an npm registry? ` +
        'Behind a TLS-inspecting proxy, name its CA file in NODE_EXTRA_CA_CERTS and run this again.',
    );
  }
  say(`Dependencies installed (${seconds()} s).`);
}

/** `npx portico` finds its commands there, and npm does not link a package's own. */
function linkCommand() {
  const link = join(bin, 'portico');
  if (process.platform === 'win32' || existsSync(link)) return;
  mkdirSync(bin, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync('../../services/cli/portico.mjs', link);
}

function nodeToUse(major) {
  const pinned = join(bin, 'node');
  if (existsSync(pinned)) return pinned;
  if (major >= OLDEST_NODE_UNPINNED) return process.execPath;
  return fail(
    `The lock file carries Node for Linux on x64 and arm64. On this machine install Node ${OLDEST_NODE_UNPINNED} or newer ` +
      `(this is ${process.versions.node}) and run this again. See https://nodejs.org`,
  );
}

/** Runs a program on this terminal and hands signals on to it. Resolves to its exit status. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const path = `${bin}${delimiter}${process.env.PATH ?? ''}`;
    const child = spawn(program, args, { stdio: 'inherit', cwd: root, env: { ...process.env, PATH: path } });
    // A terminal sends Ctrl-C to both, a supervisor's signal comes to us alone. The child decides what a second one means.
    const forward = (signal) => child.kill(signal);
    const listeners = [
      ['SIGINT', forward],
      ['SIGTERM', forward],
      ['SIGHUP', forward],
    ];
    for (const [signal, listener] of listeners) process.on(signal, listener);
    const done = () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    };
    child.once('error', (error) => {
      done();
      reject(new Error(`${program} could not be started: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeIfOther(path, content) {
  if (read(path) !== content) writeFileSync(path, content);
}

function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

function fail(sentence) {
  say(`portico: ${sentence}`);
  process.exit(1);
}
