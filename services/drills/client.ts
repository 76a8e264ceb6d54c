/** What a person or a program does with a running cluster, as drills and tests do it. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { type Cluster, DATABASES } from './cluster.ts';
import { type Answer, type Ask, ask, multipart } from './http.ts';

export interface DatabaseNode {
  name: string;
  host: string;
  port: number;
}

export interface Uploaded {
  id: string;
  name: string;
  mediaType: string;
  size: number;
  sha256: string;
  url: string;
}

export class ClusterClient {
  readonly cluster: Cluster;
  readonly baseUrl: string;
  readonly httpUrl: string;
  readonly ca: string;
  #tokens = new Map<string, Promise<string>>();

  constructor(cluster: Cluster, urls: { https: string; http: string }, ca: string) {
    this.cluster = cluster;
    this.baseUrl = urls.https;
    this.httpUrl = urls.http;
    this.ca = ca;
  }

  /** @param balancer which load balancer its requests go through: `lb`, `lb-2` */
  static async of(cluster: Cluster, balancer = 'lb'): Promise<ClusterClient> {
    const [https, http] = [await cluster.baseUrl(8443, balancer), await cluster.baseUrl(8080, balancer)];
    return new ClusterClient(cluster, { https, http }, await cluster.secret('lb', 'tls.crt'));
  }

  /** The nodes as they are reached from here, now: ask again after a restart. */
  async databaseNodes(): Promise<DatabaseNode[]> {
    const parts = await this.cluster.parts();
    return DATABASES.map((name) => {
      const host = parts.find((one) => one.service === name)?.addresses.internal ?? '';
      return { name, host, port: 3306 };
    });
  }

  /** One statement of a drill's own, on the first node, with the account that the portals have. */
  async sql<R extends object>(statement: string, values: unknown[] = []): Promise<R[]> {
    const [node] = await this.databaseNodes();
    const connection = await createConnection({
      host: node!.host,
      user: 'portico_app',
      password: await this.appPassword(),
      database: 'portico',
      timezone: 'Z',
      connectTimeout: 5_000,
    });
    try {
      // Other nodes' writes are there before it.
      await connection.query('SET SESSION wsrep_sync_wait = 15');
      const [rows] = await connection.query(statement, values);
      return Array.isArray(rows) ? (rows as R[]) : [];
    } finally {
      await connection.end();
    }
  }

  appPassword(): Promise<string> {
    return this.cluster.secret('portal', 'app-password');
  }

  migratePassword(): Promise<string> {
    return this.cluster.secret('migrate', 'migrate-password');
  }

  adminPassword(): Promise<string> {
    return this.cluster.secret('migrate', 'admin-password');
  }

  /** Through the load balancer. @param target `/path`, or a whole URL */
  ask(target: string, options: Ask = {}): Promise<Answer> {
    return ask(new URL(target, this.baseUrl), { ca: this.ca, ...options });
  }

  /** Straight at one portal, past the load balancer. */
  async askPortal(name: string, target: string, options: Ask = {}): Promise<Answer> {
    return ask(`http://${await this.cluster.address(name)}:8000${target}`, options);
  }

  /** An API token with that role, made once a process by a portal's own tool. */
  token(role: 'reader' | 'publisher' | 'admin' = 'publisher'): Promise<string> {
    const known = this.#tokens.get(role);
    if (known) return known;
    const name = `test-${role}-${randomUUID().slice(0, 8)}`;
    const tool = [
      'node',
      'services/portal/admin.ts',
      'token',
      'create',
      '--role',
      role,
      '--name',
      name,
      '--json',
    ];
    const made = this.cluster
      .exec('portal-1', tool)
      .then((out) => (JSON.parse(out.trim().split('\n').at(-1) ?? '') as { token: string }).token);
    this.#tokens.set(role, made);
    return made;
  }

  /** @throws Error the answer was not 201 */
  async upload(
    file: { name?: string; bytes?: Buffer; type?: string } = {},
    options: Ask & { key?: string; fields?: Record<string, string> } = {},
  ): Promise<Uploaded> {
    const bytes = file.bytes ?? randomBytes(20_000);
    const { key = randomUUID(), fields = {}, ...rest } = options;
    const form = multipart({ ...file, name: file.name ?? `test-${key}.bin`, bytes }, fields);
    const answer = await this.ask('/api/v1/media', {
      ...rest,
      method: 'POST',
      headers: {
        authorization: `Bearer ${await this.token()}`,
        'idempotency-key': key,
        ...form.headers,
        ...rest.headers,
      },
      body: form.body,
    });
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.text().slice(0, 500)}`);
    const made = answer.json<Uploaded>();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (made.sha256 !== sha256) throw new Error(`upload: receipt says ${made.sha256}, sent was ${sha256}`);
    return made;
  }

  /** @throws Error the answer was not 204 */
  async remove(id: string): Promise<void> {
    const headers = { authorization: `Bearer ${await this.token()}` };
    const answer = await this.ask(`/api/v1/media/${id}`, { method: 'DELETE', headers });
    if (answer.status !== 204) throw new Error(`delete: ${answer.status} ${answer.text().slice(0, 300)}`);
  }
}
