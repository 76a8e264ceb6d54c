/** JSON Schema 2020-12 of everything that the API takes and gives. */
import { catalogSchemas } from './catalog-schemas.ts';
import { count, object, ref, text, time } from './shapes.ts';

const ulid = {
  type: 'string',
  pattern: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$',
  description: 'A ULID: sorts by time.',
} as const;
const role = { type: 'string', enum: ['reader', 'publisher', 'admin'] } as const;
const visibility = {
  type: 'string',
  enum: ['public', 'internal'],
  description:
    'public: everybody reads it, and search finds it by its name. internal: whoever is signed in, or has a token.',
} as const;

const listOf = (name: string) =>
  object(
    {
      items: { type: 'array', items: ref(name) },
      nextCursor: { ...text, description: 'Send it as `cursor` for the next page; absent on the last.' },
      total: { ...count, description: 'All that match.' },
    },
    ['nextCursor'],
  );

const gate = object({ open: { type: 'boolean' }, reasons: { type: 'array', items: text } });
const health = object({ ok: { type: 'boolean' }, reason: text });

const token = {
  id: ulid,
  name: { ...text, minLength: 1, maxLength: 64 },
  role,
  createdBy: text,
  createdAt: time,
};

const generation = {
  ...object({ n: { ...count, description: '0: nothing was ever published.' }, epoch: count }),
  description: 'What is published, and by the how many-th activation; left out while it is not known.',
};

export const schemas = {
  ...catalogSchemas,
  Problem: {
    ...object(
      {
        type: { ...text, format: 'uri' },
        title: text,
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: { ...text, description: 'A sentence for the person who made the request.' },
        code: { ...text, description: 'The kind of problem, for programs.' },
        requestId: { ...text, pattern: '^[0-9a-f]{32}$' },
        fields: {
          type: 'object',
          additionalProperties: text,
          description: 'What is wrong with which field.',
        },
        problems: {
          type: 'array',
          items: ref('SpecProblem'),
          description: 'What is wrong with an API’s description.',
        },
      },
      ['fields', 'problems'],
    ),
    description: 'RFC 9457.',
  },
  Principal: object({ id: ulid, name: text, role, kind: { type: 'string', enum: ['user', 'token'] } }),
  Credentials: object({ name: text, password: { ...text, format: 'password' } }),
  Session: object({
    user: { anyOf: [ref('Principal'), { type: 'null' }] },
    csrfToken: {
      ...text,
      description: 'For the header X-CSRF-Token of writes made with the session cookie.',
    },
  }),
  Token: object(token),
  TokenOrder: object({ name: token.name, role }),
  NewToken: object({ ...token, token: { ...text, description: 'The secret. It is shown this once.' } }),
  TokenList: listOf('Token'),
  Media: object({
    id: ulid,
    name: text,
    mediaType: { ...text, description: 'Detected from the content.' },
    size: { ...count, description: 'Bytes.' },
    sha256: { ...text, pattern: '^[0-9a-f]{64}$' },
    visibility,
    createdBy: text,
    createdAt: time,
    url: { ...text, format: 'uri-reference', description: 'The bytes: ETag, ranges, immutable.' },
  }),
  MediaUpload: {
    type: 'object',
    properties: {
      visibility: { ...visibility, description: 'Must come before `file`. Default public.' },
      file: { type: 'string', format: 'binary' },
    },
    required: ['file'],
  },
  MediaList: listOf('Media'),
  Upload: object(
    {
      id: { ...ulid, description: 'Becomes the id of the file.' },
      state: {
        type: 'string',
        enum: ['open', 'finishing', 'finished'],
        description: '`finishing`: every byte is there, and the file is being put into the library.',
      },
      name: text,
      visibility,
      offset: { ...count, description: 'Bytes that are acknowledged.' },
      size: { type: ['integer', 'null'], description: 'Bytes; null while it has not been said.' },
      expiresAt: time,
      media: object({ id: ulid, sha256: text, url: text }),
    },
    ['media'],
  ),
  DatabaseNode: object(
    {
      name: text,
      state: { type: 'string', enum: ['synced', 'held', 'away', 'unfit'] },
      reason: text,
      latencyMs: { type: 'number', description: 'Milliseconds of the last good probe.' },
      role: { type: 'string', enum: ['writer', 'standby', 'none'] },
      version: { ...text, description: 'Which Portico runs it; only in `/status`.' },
    },
    ['latencyMs', 'version'],
  ),
  Database: object(
    {
      writer: text,
      nodes: { type: 'array', items: ref('DatabaseNode') },
      silentMs: { type: 'number', description: 'Milliseconds since any node answered this portal.' },
    },
    ['writer', 'silentMs'],
  ),
  Volume: object(
    {
      ok: { type: 'boolean' },
      reason: text,
      freeBytes: {
        type: 'integer',
        description: 'What uploads may still fill; negative when the floor is reached.',
      },
    },
    ['freeBytes'],
  ),
  Readiness: object(
    {
      node: text,
      version: text,
      full: gate,
      reading: gate,
      uptime: { ...count, description: 'Seconds.' },
      memory: { ...count, description: 'Resident, bytes.' },
      requests: object({ running: count, total: count }),
      volume: ref('Volume'),
      media: health,
      database: ref('Database'),
      generation,
    },
    ['generation'],
  ),
  Portal: object(
    {
      name: text,
      address: text,
      state: { type: 'string', enum: ['serving', 'reading', 'closed', 'silent', 'gone'] },
      reasons: { type: 'array', items: text },
      readiness: ref('Readiness'),
      lastSeenAt: time,
    },
    ['readiness', 'lastSeenAt'],
  ),
  Agent: object(
    {
      name: text,
      address: text,
      state: { type: 'string', enum: ['primary', 'secondary', 'candidate', 'silent', 'gone'] },
      reasons: { type: 'array', items: text },
      readiness: { type: 'object' },
      lastSeenAt: time,
    },
    ['readiness', 'lastSeenAt'],
  ),
  Balancer: object(
    {
      name: text,
      address: text,
      state: { type: 'string', enum: ['serving', 'alone', 'blind', 'silent', 'gone'] },
      reasons: { type: 'array', items: text },
      portals: object({ open: count, known: count }),
      version: text,
      lastSeenAt: time,
    },
    ['portals', 'version', 'lastSeenAt'],
  ),
  Traffic: {
    ...object(
      {
        seconds: {
          type: 'array',
          items: object({
            at: { ...count, description: 'Seconds since 1970.' },
            requests: count,
            failed: { ...count, description: 'Answered 5xx.' },
            again: { ...count, description: 'Given to yet another portal.' },
            worst: { ...count, description: 'The longest wait: milliseconds.' },
          }),
        },
        perSecond: { type: 'number', description: 'Over the last five seconds.' },
        failedPerSecond: { type: 'number' },
        requests: count,
        failed: count,
        again: count,
        p95: { ...count, description: 'Of the last `overSeconds` seconds: milliseconds.' },
        worst: count,
        overSeconds: count,
      },
      ['p95'],
    ),
    description: 'What the load balancers counted, uploads’ waits left out.',
  },
  ClusterEvent: object(
    {
      at: { ...count, description: 'Milliseconds since 1970.' },
      name: { ...text, description: 'The part; empty for the traffic.' },
      tone: { type: 'string', enum: ['good', 'warn', 'bad', 'gone'] },
      text,
      seenBy: text,
    },
    ['seenBy'],
  ),
  Run: object(
    {
      job: text,
      slot: { ...text, description: 'When it was due, or asked for.' },
      requestedBy: text,
      attempt: { ...count, description: '1, or more when the runs before it were abandoned.' },
      agent: text,
      token: { ...count, description: 'The fencing token under which it ran.' },
      state: { type: 'string', enum: ['running', 'done', 'failed', 'abandoned'] },
      startedAt: time,
      endedAt: time,
      result: text,
    },
    ['requestedBy', 'endedAt'],
  ),
  RunList: object({ items: { type: 'array', items: ref('Run') }, nextCursor: text }, ['nextCursor']),
  RunRequest: object({ job: text, requestedAt: time, requestedBy: text }),
  Job: object(
    {
      name: text,
      title: text,
      schedule: { ...text, description: 'Cron with seconds, in UTC.' },
      nextRun: time,
      requested: { type: 'boolean', description: 'Somebody asked for it, and no agent has begun it yet.' },
      running: { type: 'boolean' },
      runsKnown: {
        type: 'boolean',
        description: 'False while the database is away: nothing is known of lastRun and requested.',
      },
      overdue: { type: 'boolean', description: 'It should have run again by now.' },
      lastRun: ref('Run'),
    },
    ['nextRun', 'lastRun'],
  ),
  JobList: object({ items: { type: 'array', items: ref('Job') } }),
  HealthSample: object({
    at: time,
    portals: count,
    portalsServing: count,
    databasesSynced: count,
    requestsPerSecond: { type: ['number', 'null'] },
    latencyMs: { type: ['number', 'null'] },
    freeBytes: { type: ['integer', 'null'] },
  }),
  HealthHistory: object({ hours: count, items: { type: 'array', items: ref('HealthSample') } }),
  ClusterStatus: object(
    {
      observer: text,
      at: time,
      state: { type: 'string', enum: ['ok', 'degraded', 'failing'] },
      portals: { type: 'array', items: ref('Portal') },
      agents: { type: 'array', items: ref('Agent') },
      balancers: { type: 'array', items: ref('Balancer') },
      jobs: { type: 'array', items: ref('Job') },
      database: ref('Database'),
      volume: ref('Volume'),
      generation,
      alarms: { type: 'array', items: text },
      traffic: ref('Traffic'),
      events: {
        type: 'array',
        items: ref('ClusterEvent'),
        description: 'Of the last hour, the newest first.',
      },
    },
    ['traffic', 'generation'],
  ),
};
