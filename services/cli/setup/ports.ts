import { createServer } from 'node:net';
import type { Config, Front } from '../config.ts';
import type { Compose } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { engineFacts } from './facts.ts';

/** Said before anything is changed: a port that somebody else has taken would stop the load balancer only at the end. */
export async function checkPorts(config: Config, fronts: readonly Front[], compose: Compose): Promise<void> {
  // Without an engine nothing of ours can hold a port; what else is wrong with it is found by the set-up.
  const containers = (await engineFacts()).state === 'running' ? await compose.ps() : [];
  const ours = new Set(
    containers
      .filter((one) => one.service in config.fronts && one.state === 'running')
      .flatMap((one) => Object.values(one.ports).map((published) => published.port)),
  );
  const wanted = wantedPorts(fronts);
  const faults = sharedPorts(wanted);
  for (const { variable, port } of wanted) {
    if (ours.has(port)) continue;
    const fault = await whyNot(port, config.bind);
    if (fault) faults.push(`Port ${port} on ${config.bind} ${fault}: choose another with ${variable}.`);
  }
  if (faults.length > 0) {
    throw new UsageError(
      `${faults.join('\n')}\nIn .env beside compose.yaml, or for one run: PORTICO_HTTPS_PORT=9443 npm start`,
    );
  }
}

interface Wanted {
  variable: string;
  port: number;
}

export function wantedPorts(fronts: readonly Front[]): Wanted[] {
  return fronts.flatMap(({ service, httpsPort, httpPort }) => {
    const suffix = service === 'lb' ? '' : '_2';
    return [
      { variable: `PORTICO_HTTPS_PORT${suffix}`, port: httpsPort },
      { variable: `PORTICO_HTTP_PORT${suffix}`, port: httpPort },
    ];
  });
}

/** A sentence for each port that two settings name. */
export function sharedPorts(wanted: readonly Wanted[]): string[] {
  return wanted.flatMap(({ variable, port }, i) =>
    wanted
      .slice(0, i)
      .filter((other) => other.port === port)
      .map((other) => `${other.variable} and ${variable} are both ${port}: choose two.`),
  );
}

function whyNot(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('is taken by another program');
      else if (error.code === 'EADDRNOTAVAIL')
        resolve('cannot be had, because this machine has no such address (PORTICO_BIND)');
      // The Docker daemon is root and may listen where we may not.
      else if (error.code === 'EACCES') resolve(undefined);
      else resolve(`cannot be had (${error.message})`);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
