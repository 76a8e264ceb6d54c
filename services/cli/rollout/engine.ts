/** The engine's own HTTP interface, for the one thing that no `docker` command does: a container made like another one. */
import http from 'node:http';
import { PorticoError } from '../../platform/errors.ts';
import { run } from '../docker.ts';
import { type ImageDefaults, type InspectedContainer, recreation } from './recreate.ts';

/** Longer than any container's grace to stop. */
const DEADLINE_MS = 120_000;
/** After the name of a container that is kept until the one in its place runs. */
const REPLACED = '-replaced';

export class Engine {
  readonly #target: http.RequestOptions;

  private constructor(target: http.RequestOptions) {
    this.#target = target;
  }

  /** Where the `docker` command would go, too. @throws PorticoError: the engine is elsewhere, by ssh or TLS */
  static async connect(): Promise<Engine> {
    const host =
      process.env.DOCKER_HOST ??
      (await run(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])).stdout.trim();
    const url = new URL(host);
    if (url.protocol === 'unix:') return new Engine({ socketPath: url.pathname });
    if (url.protocol === 'tcp:' && !process.env.DOCKER_TLS_VERIFY)
      return new Engine({ host: url.hostname, port: url.port });
    throw new PorticoError('internal', `A rollout needs the engine's socket; this one is at ${host}.`);
  }

  /** @returns the image's id @throws PorticoError 'not-found' */
  async image(name: string): Promise<ImageDefaults> {
    return (await this.#ask('GET', `/images/${encodeURIComponent(name)}/json`)) as ImageDefaults;
  }

  async container(id: string): Promise<InspectedContainer> {
    return (await this.#ask('GET', `/containers/${id}/json`)) as InspectedContainer;
  }

  /**
   * Ends a container in good order and makes it anew from the image that its image's name stands for now. It is started.
   * When that cannot be done (its port is taken, its command is not there) the old one goes on.
   * @returns the new one's id
   */
  async replace(id: string): Promise<string> {
    const old = await this.container(id);
    const [from, to] = [await this.image(old.Image), await this.image(old.Config.Image)];
    const { name, body, networks } = recreation(old, from, to);
    // Everything is known before anything is touched.
    await run(['stop', id], { deadlineMs: DEADLINE_MS });
    await run(['rename', id, `${name}${REPLACED}`]);
    let made: string | undefined;
    try {
      made = await this.#create(name, body);
      for (const [network, endpoint] of Object.entries(networks)) {
        const join = { Container: made, EndpointConfig: endpoint };
        await this.#ask('POST', `/networks/${encodeURIComponent(network)}/connect`, join);
      }
      await this.#ask('POST', `/containers/${made}/start`);
    } catch (error) {
      if (made !== undefined) await run(['rm', '-f', made], { check: false });
      await run(['rename', id, name]);
      if (old.State.Running) await run(['start', id]);
      throw error;
    }
    await run(['rm', '-f', id]);
    return made;
  }

  async #create(name: string, body: unknown): Promise<string> {
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    return ((await this.#ask('POST', path, body)) as { Id: string }).Id;
  }

  #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const request = http.request(
        {
          ...this.#target,
          method,
          path,
          timeout: DEADLINE_MS,
          headers: { host: 'docker', ...(payload && { 'content-type': 'application/json' }) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const status = response.statusCode ?? 0;
            const said = text ? (JSON.parse(text) as { message?: string }) : {};
            if (status < 400) return resolve(said);
            const code = status === 404 ? 'not-found' : 'internal';
            reject(new PorticoError(code, `The engine refused ${method} ${path}: ${said.message ?? status}`));
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error('the engine does not answer')));
      request.on('error', (cause) =>
        reject(new PorticoError('internal', `The engine cannot be asked: ${cause.message}`, { cause })),
      );
      request.end(payload);
    });
  }
}
