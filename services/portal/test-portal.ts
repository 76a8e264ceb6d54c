/** The portal's app as it is, over fakes in memory: for what is HTTP's business and not the database's. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Express } from 'express';
import session from 'express-session';
import { pino } from 'pino';
import { ulid } from 'ulid';
import type { Database } from '../platform/database/types.ts';
import { PorticoError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { blobPath } from '../platform/storage/paths.ts';
import type { Volume } from '../platform/storage/volume.ts';
import { createSpecReader } from '../specs/reader.ts';
import { createClaims } from './accounts/claims.ts';
import { createAccounts, SESSION_COOKIE } from './accounts/service.ts';
import { newSessionId } from './accounts/sessions.ts';
import type { SignIns } from './accounts/sign-ins.ts';
import type { ApiToken, Tokens } from './accounts/types.ts';
import { createApp } from './app.ts';
import { specReceiver } from './catalog/receive.ts';
import { bundleReceiver } from './generations/exchange/receive.ts';
import type { Generation } from './generations/generation.ts';
import type { Principal, Role } from './http/context.ts';
import { createCsrf } from './http/csrf.ts';
import { createGuards } from './http/guards.ts';
import { uploadReceiver } from './media/receive.ts';
import type { MediaParts } from './media/service.ts';
import type { MediaItem, MediaService } from './media/types.ts';
import type { DrainOrder } from './operations/drain-order.ts';
import { clusterStatus } from './operations/status.ts';
import type { Readiness } from './operations/types.ts';
import { featureRoutes } from './routes.ts';
import { createFileIndex } from './search/files.ts';
import { fakeCatalog, fakeGenerations } from './testing/fake-catalog.ts';
import { fakeExchange } from './testing/fake-exchange.ts';
import { createUploads, type Uploads } from './uploads/service.ts';

export const EDGE = 'edge-secret';
export const PASSWORD = 'correct horse';
const MAX_UPLOAD = 1_000_000;

export interface TestPortal {
  url: string;
  app: Express;
  media: FakeMedia;
  readiness: Readiness;
  /** Lines of the log. */
  lines: Record<string, unknown>[];
  drain(): void;
  /** From now on this is what is published. */
  publish(generation: Generation, readBlob?: (sha256: string) => Promise<Buffer>): void;
  /** From now on the database is away, or back. */
  setAway(away: boolean): void;
  token(role: Role): Promise<string>;
  close(): Promise<void>;
}

export async function testPortal(): Promise<TestPortal> {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const readiness = wellReadiness();
  const csrf = createCsrf('session-secret');
  const tokens = fakeTokens();
  const sessions = new session.MemoryStore();
  let isAway = false;
  const unlessAway = () => {
    if (isAway) throw new PorticoError('database-unavailable', 'The database is away.', { retryAfter: 5 });
  };
  const claims = createClaims('session-secret');
  const guards = createGuards({
    session: session({
      name: SESSION_COOKIE,
      secret: 'session-secret',
      store: awayable(sessions, () => isAway),
      genid: (request) => request.begunSession ?? newSessionId(),
      resave: false,
      saveUninitialized: false,
      cookie: { secure: true, httpOnly: true, sameSite: 'lax', path: '/' },
    }),
    tokenHolder: async (secret, patient) => {
      const holder = await tokens.holder(secret);
      if (patient) unlessAway();
      return holder && isAway ? { ...holder, claimed: true } : holder;
    },
    csrf,
    claims,
  });
  const media = new FakeMedia();
  const specs = createSpecReader();
  const catalog = fakeCatalog(specs);
  const generations = fakeGenerations(catalog);
  const published: { generation: Generation | undefined; readBlob: (sha256: string) => Promise<Buffer> } = {
    generation: undefined,
    readBlob: async () => assert.fail('there are no blobs here'),
  };
  let draining = false;
  const order: DrainOrder = {
    given: () => draining,
    give: async () => {
      draining = true;
    },
    withdraw: async () => {
      draining = false;
    },
    close: () => {},
  };
  const app = createApp({
    node: 'portal-1',
    edgeSecret: EDGE,
    log,
    traffic: { running: 0, total: 0, lastStart: 0 },
    isDraining: () => draining,
    readiness: () => readiness,
    epoch: () => published.generation?.n,
    isReadingOnly: () => isAway,
    generation: () => published.generation?.n,
    routes: featureRoutes({
      guards,
      csrf,
      accounts: createAccounts({
        users: { byName: async (name) => USERS.find((user) => user.name === name) },
        passwords: { hash: async (text) => text, verify: async (stored, text) => stored === text },
        throttle: fakeThrottle(unlessAway),
        signIns: fakeSignIns(sessions),
        claims,
        log,
      }),
      tokens,
      media: media.service(),
      uploads: noUploads(log),
      receiveUpload: uploadReceiver({ media, csrf, maxUpload: MAX_UPLOAD, silenceMs: 3_000 }),
      thumbnails: { of: async () => undefined },
      specs,
      catalog,
      receiveSpec: specReceiver({ csrf, maxBytes: MAX_UPLOAD }),
      generations,
      exchange: fakeExchange(generations),
      receiveBundle: bundleReceiver({ csrf, maxUpload: MAX_UPLOAD }),
      published: {
        current: () => published.generation,
        byNumber: async () => published.generation ?? assert.fail('nothing is published here'),
        blobPath,
        files: media.found,
        readBlob: (sha256) => published.readBlob(sha256),
      },
      status: { now: async () => ({ ...clusterStatus(readiness, [], new Date()), events: [] }) },
      jobs: {
        now: async () => [],
        runs: async () => ({ items: [] }),
        request: async () => assert.fail('there is no database here'),
      },
      history: { since: async () => [] },
      drain: { order, node: readiness.node, port: 0, edgeSecret: EDGE },
      maxUpload: MAX_UPLOAD,
    }),
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    app,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    media,
    readiness,
    lines,
    drain: () => {
      draining = true;
    },
    publish(generation, readBlob = published.readBlob) {
      published.generation = generation;
      published.readBlob = readBlob;
    },
    setAway(away) {
      isAway = away;
    },
    async token(role) {
      return (await tokens.create({ name: `${role} ${ulid()}`, role, createdBy: 'test' })).secret;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const USERS = (['reader', 'publisher', 'admin'] as const).map((role) => ({
  id: ulid(),
  name: role,
  role,
  version: 1,
  passwordHash: PASSWORD,
}));

function wellReadiness(): Readiness {
  const gate = () => ({ open: true, reasons: [] });
  const node = { state: 'synced', reason: 'synced', latencyMs: 1.5, role: 'standby' } as const;
  return {
    node: 'portal-1',
    version: '0.1.0',
    full: gate(),
    reading: gate(),
    uptime: 5,
    memory: 1000,
    requests: { running: 0, total: 0 },
    volume: { ok: true, reason: '', freeBytes: 10 ** 9 },
    media: { ok: true, reason: '' },
    database: {
      writer: 'db-1',
      nodes: [
        { ...node, name: 'db-1', role: 'writer' },
        { ...node, name: 'db-2' },
      ],
    },
    generation: { n: 41, epoch: 57 },
  };
}

function fakeTokens(): Tokens & { holder(secret: string): Promise<Principal | undefined> } {
  const kept = new Map<string, ApiToken>();
  return {
    async holder(secret) {
      const token = kept.get(secret);
      return token && { id: token.id, name: token.name, role: token.role, kind: 'token' };
    },
    async list({ limit }) {
      return { items: [...kept.values()].slice(0, limit), total: kept.size };
    },
    async create({ name, role, createdBy }) {
      if ([...kept.values()].some((one) => one.name === name))
        throw new PorticoError('conflict', 'There is one already.');
      const token = { id: ulid(), name, role, createdBy, createdAt: new Date() };
      const secret = `portico_${randomBytes(32).toString('base64url')}`;
      kept.set(secret, token);
      return { token, secret, replayed: false };
    },
    async remove(id) {
      const found = [...kept].find(([, token]) => token.id === id);
      if (!found) throw new PorticoError('not-found', 'There is no such token.');
      kept.delete(found[0]);
      return { replayed: false };
    },
  };
}

function fakeSignIns(sessions: session.Store): SignIns {
  return {
    async begin({ principal, replaces }) {
      sessions.destroy(replaces);
      return { id: newSessionId(), principal, replayed: false };
    },
    async end(id) {
      sessions.destroy(id);
      return { replayed: false };
    },
    ended: async () => ({ replayed: false }),
  };
}

/** The sessions as they are found while the database serves. */
function awayable(sessions: session.MemoryStore, isAway: () => boolean): session.Store {
  const found = sessions.get.bind(sessions);
  sessions.get = (id, callback) => {
    if (isAway())
      callback(new PorticoError('database-unavailable', 'The database is away.', { retryAfter: 5 }));
    else found(id, callback);
  };
  return sessions;
}

function fakeThrottle(ask: () => void) {
  const counts = new Map<string, number>();
  return {
    async begin(name: string) {
      ask();
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return counts.get(name)! > 10 ? 900 : undefined;
    },
    async forgive(name: string) {
      counts.delete(name);
    },
  };
}

/** Resumable uploads need the database and the volume; here they only have their addresses. */
function noUploads(log: Logger): Uploads {
  const absent = new Proxy({}, { get: () => assert.fail('there is no database and no volume here') });
  return createUploads({
    database: absent as Database,
    volume: absent as Volume,
    media: absent as MediaParts,
    node: 'portal-1',
    log,
  });
}

/** Keeps files in memory, and remembers what it was asked. */
export class FakeMedia implements MediaService {
  readonly files = new Map<string, { item: MediaItem; bytes: Buffer }>();
  /** As the shelf would tell it. */
  readonly found = createFileIndex();
  /** Thrown by everything, when set. */
  failure: PorticoError | undefined;
  /** Uploads whose stream broke. */
  broken = 0;
  lookups = 0;

  async upload({ content, name, visibility, createdBy }: Parameters<MediaService['upload']>[0]) {
    if (this.failure) throw this.failure;
    const bytes = await buffer(content).catch((error: unknown) => {
      this.broken += 1;
      throw error;
    });
    if (bytes.length > MAX_UPLOAD) throw new PorticoError('too-large', 'The file is too large.');
    if (bytes.length === 0) throw new PorticoError('empty-file', 'The file is empty.');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const mediaType = /\.html$/.test(name) ? 'text/html' : /\.png$/.test(name) ? 'image/png' : 'text/plain';
    const item: MediaItem = {
      id: ulid(),
      name,
      mediaType,
      size: bytes.length,
      sha256,
      visibility,
      createdBy,
      createdAt: new Date(),
    };
    this.files.set(item.id, { item, bytes });
    this.found.set(item.id, item);
    return { item, replayed: false };
  }

  async list() {
    const items = [...this.files.values()].map(({ item }) => item);
    return { items, total: items.length };
  }

  async lost() {
    return new Set<string>();
  }

  async get(id: string) {
    this.lookups += 1;
    if (this.failure) throw this.failure;
    const file = this.files.get(id);
    if (!file) throw new PorticoError('not-found', 'There is no such file.');
    return file.item;
  }

  async remove(id: string) {
    await this.get(id);
    this.files.delete(id);
    this.found.set(id, undefined);
    return { replayed: false };
  }

  blobPath({ sha256 }: MediaItem) {
    return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
  }

  open({ id }: MediaItem, range?: { start: number; end: number }) {
    const { bytes } = this.files.get(id)!;
    return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]);
  }

  /** As a plain object: what wraps it spreads it. */
  service(): MediaService {
    return {
      upload: (upload) => this.upload(upload),
      list: () => this.list(),
      get: (id) => this.get(id),
      remove: (id) => this.remove(id),
      lost: () => this.lost(),
      blobPath: (item) => this.blobPath(item),
      open: (item, range) => this.open(item, range),
    };
  }
}
