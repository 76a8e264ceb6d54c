/** A large public file: through the load balancer, which sends it when a portal has allowed it, beside a static one. */
import { randomBytes } from 'node:crypto';
import type { Section } from './report.ts';
import { type Arm, besides, byCpu, inTurn, type LoadParts, middle } from './rounds.ts';
import { startStatic } from './static-nginx.ts';

const MIB = 1024 * 1024;
/** More would only share the same cores. */
const CONNECTIONS = 4;
const LEAST = 0.9;

/** @param bytes of the file */
export async function benchBlob(parts: LoadParts, bytes = 10 * MIB): Promise<Section> {
  const { client, shared, rounds, seconds } = parts;
  const file = await client.upload(
    { name: 'bench-blob.bin', bytes: randomBytes(bytes), type: 'application/octet-stream' },
    { fields: { visibility: 'public' } },
  );
  try {
    const answer = await client.ask(file.url);
    if (answer.status !== 200) throw new Error(`${file.url}: ${answer.status}`);
    const files = await startStatic(client, shared, [{ location: '/media/', path: file.url, answer }]);
    const arms: Arm[] = [
      { name: 'static', load: { host: files.host, paths: [file.url] } },
      { name: 'blob', load: { host: 'lb', paths: [file.url] } },
    ];
    try {
      const runs = await inTurn(parts, files, arms, CONNECTIONS);
      // By bytes: of so large a file the last one of a round is never whole.
      const speed = (name: string) => runs.get(name)!.map((one) => one.bytes / MIB / one.seconds);
      return {
        title: 'blob',
        about: `one public file of ${(bytes / MIB).toFixed(1)} MiB, ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s each`,
        figures: [
          middle('static file', speed('static'), 'MiB/s'),
          ...byCpu(runs, 'static'),
          middle('through the load balancer', speed('blob'), 'MiB/s'),
          besides(speed('blob'), speed('static'), LEAST),
          ...byCpu(runs, 'blob'),
        ],
      };
    } finally {
      await files.stop();
    }
  } finally {
    await client.remove(file.id);
  }
}
