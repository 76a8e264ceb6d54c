import { createServer } from 'node:net';
import type { Config, Front } from '../config.ts';
import type { Compose } from '../docker.ts';
import { UsageError } from '../exit.ts';
import { engineFacts } from './facts.ts';

/** Said before anything is changed: a port that somebody else has taken would stop the load balancer only at the end. */
export async function checkPorts(config: Config, fronts: readonly Front[], compose: Compose): Promise<void> {
  // Without an engine nothing of ours can hold a port; what else is wrong with it is found by the set-up.
  const containers = (await engineFacts()).state === 'running' ? await compose.ps() : [];
  const ours = containers
    .filter((one) => one.service in config.fronts && one.state === 'running')
    .flatMap((one) => Object.values(one.ports));
  const wanted = wantedPorts(fronts);
  const faults = sharedPorts(wanted);
  for (const { variable, bind, port } of wanted) {
    if (ours.some((one) => one.port === port && meet(one.host, bind))) continue;
    const fault = await whyNot(port, bind);
    if (fault) faults.push(`Port ${port} on ${bind} ${fault}: choose another with ${variable}.`);
  }
  if (faults.length > 0) {
    throw new UsageError(
      `${faults.join('\n')}\nIn .env beside compose.yaml, or for one run: PORTICO_HTTPS_PORT=9443 npm start`,
    );
  }
}

interface Wanted {
  variable: string;
  bind: string;
  port: number;
}

export function wantedPorts(fronts: readonly Front[]): Wanted[] {
  return fronts.flatMap(({ service, bind, httpsPort, httpPort }) => {
    const suffix = service === 'lb' ? '' : '_2';
    return [
      { variable: `PORTICO_HTTPS_PORT${suffix}`, bind, port: httpsPort },
      { variable: `PORTICO_HTTP_PORT${suffix}`, bind, port: httpPort },
    ];
  });
}

/** A sentence for each port that two settings name. */
export function sharedPorts(wanted: readonly Wanted[]): string[] {
  return wanted.flatMap(({ variable, bind, port }, i) =>
    wanted
      .slice(0, i)
      .filter((other) => other.port === port && meet(other.bind, bind))
      .map((other) => `${other.variable} and ${variable} are both ${port}: choose two.`),
  );
}

/** Whether who listens at one address is in the way of the other. */
function meet(one: string, other: string): boolean {
  return one === other || [one, other].some((bind) => bind === '0.0.0.0' || bind === '::');
}

function whyNot(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('is taken by another program');
      else if (error.code === 'EADDRNOTAVAIL')
        resolve('cannot be had, because this machine has no such address (PORTICO_BIND, PORTICO_BIND_2)');
      // The Docker daemon is root and may listen where we may not.
      else if (error.code === 'EACCES') resolve(undefined);
      else resolve(`cannot be had (${error.message})`);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
