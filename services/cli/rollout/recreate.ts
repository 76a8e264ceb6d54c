/** A container made anew from another image, and otherwise as it was: what is sent to the engine. Pure. */

export interface ImageDefaults {
  Id: string;
  Config: Partial<Record<Defaulted, unknown>> & { Env?: string[] | null; Labels?: Labels | null };
}

type Labels = Record<string, string>;
/**
 * Compose writes these on the images that it builds as well, with the project in which it built them; a container's own say
 * whose it is.
 */
const COMPOSE = 'com.docker.compose.';
/** What a container has from its image unless it was told otherwise. */
const DEFAULTED = [
  'Cmd',
  'Entrypoint',
  'User',
  'WorkingDir',
  'ExposedPorts',
  'StopSignal',
  'Healthcheck',
  'Volumes',
  'OnBuild',
  'Shell',
] as const;
type Defaulted = (typeof DEFAULTED)[number];

export interface InspectedContainer {
  Id: string;
  Name: string;
  State: { Running: boolean };
  /** The id of the image that it runs. */
  Image: string;
  Config: Partial<Record<Defaulted, unknown>> & {
    /** The name by which it was asked for, e.g. `portico-portal:latest`. */
    Image: string;
    Hostname?: string;
    Env?: string[] | null;
    Labels?: Labels | null;
  };
  HostConfig: { NetworkMode: string } & Record<string, unknown>;
  NetworkSettings: { Networks: Record<string, { Aliases?: string[] | null }> };
}

interface Endpoint {
  Aliases: string[];
}

export interface Recreation {
  name: string;
  body: Record<string, unknown>;
  /** Joined after it was made: the engine takes only one network with the rest. */
  networks: Record<string, Endpoint>;
}

/**
 * Compose takes a container for up to date when its labels say so: the hash of its settings stays, the image's id is the
 * new one's. So `docker compose up` leaves alone what was recreated here.
 * @param from the image that it ran: what came from there is left to the new one
 * @param to the image that it shall run, under the name by which it was asked for
 */
export function recreation(
  old: InspectedContainer,
  from: ImageDefaults,
  to: Pick<ImageDefaults, 'Id'>,
): Recreation {
  const own = { ...old.Config };
  for (const key of DEFAULTED) if (same(own[key], from.Config[key])) delete own[key];
  const shortId = old.Id.slice(0, 12);
  if (own.Hostname === shortId) delete own.Hostname;
  const defaults = new Set(from.Config.Env ?? []);
  own.Env = (own.Env ?? []).filter((entry) => !defaults.has(entry));
  const imageLabels = from.Config.Labels ?? {};
  own.Labels = Object.fromEntries(
    Object.entries(own.Labels ?? {}).filter(
      ([key, value]) => key.startsWith(COMPOSE) || imageLabels[key] !== value,
    ),
  );
  own.Labels[`${COMPOSE}image`] = to.Id;

  const endpoints = Object.fromEntries(
    Object.entries(old.NetworkSettings.Networks).map(([network, { Aliases }]) => [
      network,
      { Aliases: (Aliases ?? []).filter((alias) => alias !== shortId) },
    ]),
  );
  const first = old.HostConfig.NetworkMode;
  const { [first]: joined, ...networks } = endpoints;
  return {
    name: old.Name.replace(/^\//, ''),
    body: {
      ...own,
      HostConfig: old.HostConfig,
      ...(joined && { NetworkingConfig: { EndpointsConfig: { [first]: joined } } }),
    },
    networks,
  };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
