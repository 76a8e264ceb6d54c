/** A real browser for the tests of pages. It reports what a person would not see: console errors, requests to strangers. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type Request,
} from 'playwright-core';
import type { TestCluster } from '../../drills/test-cluster.ts';

const QUIET = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // A page that did not come is opened again by the test, which knows what it waits for.
  '--disable-auto-reload',
];

/** Within it, whatever containers come with one another have come. */
const INSIST_MS = 20_000;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.PORTICO_CHROMIUM ?? '/usr/bin/chromium',
    args: QUIET,
  });
}

export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** Sentences about what must not happen: empty at the end of a good visit. */
  complaints: string[];
  /** What the page at hand asked for and did not get, each with why. */
  unanswered(): string[];
  open(path: string): Promise<{ status: number; node: string }>;
  signIn(password: string): Promise<void>;
  close(): Promise<void>;
}

/** Somebody with a browser of their own, at a cluster's front door. */
export async function visit(
  browser: Browser,
  cluster: Pick<TestCluster, 'baseUrl'>,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: cluster.baseUrl,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 860 },
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const own = new URL(cluster.baseUrl).origin;
  page.on('pageerror', (error) => complaints.push(`a script failed: ${error.message}`));
  page.on('console', (message) => {
    // What the server answered is each test's own business; a policy that was broken is not.
    const harmless = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !harmless) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== own && protocol !== 'data:' && protocol !== 'blob:')
      complaints.push(`a request left for ${request.url()}`);
  });

  const asked = new Map<Request, string>();
  page.on('request', (request) => {
    if (request.isNavigationRequest()) asked.clear();
    asked.set(request, 'no answer yet');
  });
  page.on('response', (response) => {
    const status = response.status();
    asked.set(response.request(), status < 400 ? 'not whole yet' : `${status}`);
  });
  page.on('requestfinished', async (request) => {
    // A page that was closed meanwhile does not tell any more.
    const response = await request.response().catch(() => null);
    if ((response?.status() ?? 0) < 400) asked.delete(request);
  });
  page.on('requestfailed', (request) => asked.set(request, request.failure()?.errorText ?? 'failed'));

  /** The browser drops its connections when a container comes or goes, as each brings a network interface with it. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + INSIST_MS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const dropped = /ERR_NETWORK_CHANGED|chrome-error:|interrupted by another navigation/.test(
          `${error} ${page.url()}`,
        );
        if (!dropped || Date.now() > deadline) throw error;
        // Some containers come one after the other, and each drops what the attempt before it began.
        await page.waitForTimeout(500);
      }
    }
  }

  async function open(path: string): Promise<{ status: number; node: string }> {
    const response = await insist(() => page.goto(path));
    return { status: response?.status() ?? 0, node: response?.headers()['x-portico-node'] ?? '' };
  }

  return {
    page,
    context,
    complaints,
    unanswered: () => [...asked].map(([request, why]) => `${new URL(request.url()).pathname}: ${why}`),
    open,
    close: () => context.close(),
    signIn: (password) =>
      insist(async () => {
        await page.goto('/sign-in?next=/library');
        await page.getByLabel('Name', { exact: true }).fill('admin');
        await page.getByLabel('Password').fill(password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL('**/library', { timeout: 15_000 });
      }),
  };
}

/** The library is opened again for so long until its uploader is at work: ms. */
const UPLOADER_MS = 60_000;

/**
 * The library with its uploader at work. A script that the browser dropped, as it drops pages, is not asked for again, so
 * the page is opened once more; what was missing is told, also when it comes in the end.
 */
export async function uploaderReady(visitor: Visitor): Promise<void> {
  const { page, open, complaints, unanswered } = visitor;
  const deadline = Date.now() + UPLOADER_MS;
  for (;;) {
    try {
      return await page.locator('[data-choose]').waitFor({ timeout: 10_000 });
    } catch (cause) {
      const missing =
        [...complaints, ...unanswered()].join('; ') || `nothing is missing: ${await gist(page)}`;
      const sentence = `The uploader did not come at ${page.url()}: ${missing}`;
      if (Date.now() > deadline) throw new Error(sentence, { cause });
      console.error(sentence);
      await open('/library');
    }
  }
}

const gist = async (page: Page) =>
  ((await page.locator('body').textContent()) ?? '').replaceAll(/\s+/g, ' ').slice(0, 300);

const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Axe {
  run(options: { runOnly?: string[]; preload: boolean }): Promise<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>;
}

/**
 * @param rules axe-core's names of those that are asked for; default: all
 * @returns a sentence for each serious fault of accessibility; the source is axe-core's
 */
export async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(await readFile(axeSource, 'utf8'));
  const found = await page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    // Preloading would set imported style sheets inline, which no page's policy allows.
    return (await axe.run({ preload: false, ...(runOnly && { runOnly }) })).violations;
  }, rules);
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

export async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}

/** Pixels by which a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Drags files from the machine over the page and lets them go, as the browser itself does it. */
export async function dropFiles(page: Page, paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 500, data });
  await session.detach();
}
