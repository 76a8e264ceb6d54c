import { z } from 'zod';
import { supervisorKey } from '../../../db/config.ts';
import { frontsOf, hasSecond, wantsTwo } from '../balancers.ts';
import type { Config, Front } from '../config.ts';
import type { Compose, Container } from '../docker.ts';
import type { Told } from '../status/observe.ts';
import {
  agentReadiness,
  askFront,
  type Observed,
  picture,
  readiness,
  supervisor,
} from '../status/observe.ts';
import { askDirectly } from './ask.ts';
import { type Followed, followContainers } from './containers.ts';

/** Twice a second is as often as a person sees. A part that takes longer to answer is not asked again meanwhile. */
const EVERY_MS = 500;
/** It costs a TLS handshake: ms. */
const FRONT_EVERY_MS = 1_000;
/** Between attempts to read a secret, which take a process: ms. */
const SECRET_EVERY_MS = 5_000;

const balancer = picture.extend({
  traffic: z
    .object({
      until: z.number(),
      seconds: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
      waits: z.object({ bounds: z.array(z.number()), counts: z.array(z.number()), seconds: z.number() }),
      portals: z.array(z.object({ name: z.string(), requests: z.number(), failed: z.number() })),
    })
    .optional(),
});
export type BalancerSaid = z.infer<typeof balancer>;

/** What `status` observes, and what each load balancer counts. */
export interface Seen extends Observed {
  balancers: Map<string, Told<BalancerSaid>>;
  /** The engine's own fault; what is known of the containers is then from before. */
  engine: string | undefined;
}

type Kind = 'portal' | 'agent' | 'database' | 'balancer';
const kindOf = ({ service }: Container): Kind | undefined =>
  service === 'portal' || service === 'agent'
    ? service
    : service.startsWith('db-')
      ? 'database'
      : service === 'lb' || service.startsWith('lb-')
        ? 'balancer'
        : undefined;

/** Looks at every part again and again, each at its own address: nothing is run in a container but to read a secret once. */
export class Lookout {
  readonly #compose: Compose;
  readonly #config: Config;
  readonly #followed: Followed;
  readonly #told = new Map<string, Told<unknown>>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #secrets = new Map<string, string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #containers: Container[] = [];
  readonly #fronts = new Map<Front['service'], Told<number>>();
  readonly #askingFronts = new Map<Front['service'], Promise<void>>();
  /** That it had a second load balancer when this began: it is missed although its container is gone. */
  readonly #hadTwo: boolean;
  #secretTriedAt = new Map<string, number>();

  private constructor(compose: Compose, config: Config, followed: Followed, hadTwo: boolean) {
    this.#hadTwo = hadTwo;
    this.#compose = compose;
    this.#config = config;
    this.#followed = followed;
  }

  /** @returns after every part has answered once, or failed to */
  static async open(compose: Compose, config: Config): Promise<Lookout> {
    const hadTwo = wantsTwo(config) || (await hasSecond(compose));
    const lookout = new Lookout(compose, config, await followContainers(compose), hadTwo);
    lookout.#look();
    lookout.#lookAtFronts();
    await Promise.all([...lookout.#asking.values(), ...lookout.#askingFronts.values()]);
    lookout.#timers.push(
      setInterval(() => lookout.#look(), EVERY_MS),
      setInterval(() => lookout.#lookAtFronts(), FRONT_EVERY_MS),
    );
    return lookout;
  }

  now(): Seen {
    this.#renew();
    const of = <T>(kind: Kind) =>
      new Map(
        this.#containers
          .filter((one) => one.state === 'running' && kindOf(one) === kind)
          .map((one) => [
            one.id,
            (this.#told.get(keyOf(one)) ?? { fault: 'it has just started' }) as Told<T>,
          ]),
      );
    const engine = this.#followed.now();
    return {
      containers: this.#containers,
      portals: of('portal'),
      agents: of('agent'),
      databases: of('database'),
      balancers: of('balancer'),
      records: undefined,
      fronts: this.#frontsNow().map(({ service, address }) => ({
        service,
        address,
        told: this.#fronts.get(service) ?? { fault: `${address} was not asked yet` },
      })),
      engine: 'fault' in engine ? engine.fault : undefined,
    };
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#followed.stop();
  }

  #renew(): void {
    const known = this.#followed.now();
    if ('answer' in known) this.#containers = known.answer;
  }

  #look(): void {
    this.#renew();
    const running = this.#containers.filter((one) => one.state === 'running');
    for (const one of running) {
      const key = keyOf(one);
      if (this.#asking.has(key)) continue;
      const asking = this.#ask(one)
        .then((told) => void (told && this.#told.set(key, told)))
        .finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    // What one that is frozen said last counts again when it thaws, until it has answered.
    const keys = new Set(this.#containers.map(keyOf));
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key);
  }

  #frontsNow(): Front[] {
    return frontsOf(this.#config, this.#hadTwo || this.#containers.some((one) => one.service === 'lb-2'));
  }

  #lookAtFronts(): void {
    for (const front of this.#frontsNow()) {
      if (this.#askingFronts.has(front.service)) continue;
      const asking = askFront(front)
        .then((told) => void this.#fronts.set(front.service, told))
        .finally(() => this.#askingFronts.delete(front.service));
      this.#askingFronts.set(front.service, asking);
    }
  }

  async #ask(one: Container): Promise<Told<unknown> | undefined> {
    const host = one.addresses.internal ?? one.addresses.dmz;
    if (host === undefined) return { fault: 'it has no address' };
    switch (kindOf(one)) {
      case 'portal':
        return askDirectly({ host, port: 8000, path: '/-/ready', schema: readiness });
      case 'agent':
        return askDirectly({ host, port: 8000, path: '/-/ready', schema: agentReadiness });
      case 'balancer': {
        const secret = await this.#secret(one, 'edge-secret');
        if ('fault' in secret) return secret;
        const headers = { 'x-portico-edge': secret.answer };
        return askDirectly({ host, port: 8090, path: '/-/lb', headers, schema: balancer });
      }
      case 'database': {
        const secret = await this.#secret(one, 'migrate-password');
        if ('fault' in secret) return secret;
        const headers = { authorization: `Bearer ${supervisorKey(secret.answer)}` };
        return askDirectly({ host, port: 4570, path: '/report', headers, schema: supervisor });
      }
      default:
        return undefined;
    }
  }

  /** Every container of a kind has the same; it is read once and shown to nobody. */
  async #secret(one: Container, name: string): Promise<Told<string>> {
    const known = this.#secrets.get(name);
    if (known !== undefined) return { answer: known };
    const fault = { fault: `it cannot be asked: its secret ${name} cannot be read` };
    // By container: one that is frozen must not keep the others from being asked for it.
    if (performance.now() - (this.#secretTriedAt.get(one.id) ?? Number.NEGATIVE_INFINITY) < SECRET_EVERY_MS)
      return fault;
    this.#secretTriedAt.set(one.id, performance.now());
    try {
      const path = `/run/portico/secrets/${name}`;
      const { stdout } = await this.#compose.exec(one.id, ['cat', path], { deadlineMs: SECRET_EVERY_MS });
      this.#secrets.set(name, stdout.trim());
      return { answer: stdout.trim() };
    } catch (error) {
      return { fault: `${fault.fault}: ${(error as Error).message.split('\n').at(-1)}` };
    }
  }
}

/** A container that was started again is another, which has said nothing yet. */
const keyOf = (one: Container) => `${one.id} ${one.startedAt.getTime()}`;
