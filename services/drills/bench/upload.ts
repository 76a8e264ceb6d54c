/** What a large upload costs: the portal's memory while it runs, and its speed beside a plain copy to the same volume. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ClusterClient, Uploaded } from '../client.ts';
import type { Cluster } from '../cluster.ts';
import { ask } from '../http.ts';
import type { Section } from './report.ts';

const MIB = 1024 * 1024;
/** The rise of resident memory that a 1 GiB upload may cause (issue's acceptance). */
const RISE_LIMIT = 64 * MIB;

export interface UploadBench {
  bytes: number;
  node: string;
  upload: { seconds: number; mibPerSecond: number };
  /** `dd conv=fsync` of as many bytes into the same volume, by the same container. */
  copy: { seconds: number; mibPerSecond: number };
  /** Upload speed as a part of the plain copy's. */
  ratio: number;
  /** Bytes of resident memory of the portal that took it. */
  memory: { before: number; peak: number; rise: number };
}

export async function benchUpload(client: ClusterClient, mebibytes = 1024): Promise<UploadBench> {
  const { cluster } = client;
  const bytes = mebibytes * MIB;
  await warmUp(client);
  const copySeconds = await copy(cluster, mebibytes);

  const before = await memoryOfEach(cluster);
  const watch = watchMemory(cluster);
  const began = performance.now();
  const { node, item } = await uploadOf(client, bytes).finally(() => watch.stop());
  const seconds = (performance.now() - began) / 1000;
  await client.remove(item.id);

  const rested = before[node] ?? 0;
  const peak = Math.max(watch.peaks[node] ?? 0, await highWater(cluster, node, rested));
  const speed = (time: number) => Number((mebibytes / time).toFixed(1));
  return {
    bytes,
    node,
    upload: { seconds: Number(seconds.toFixed(2)), mibPerSecond: speed(seconds) },
    copy: { seconds: Number(copySeconds.toFixed(2)), mibPerSecond: speed(copySeconds) },
    ratio: Number((copySeconds / seconds).toFixed(2)),
    memory: { before: rested, peak, rise: peak - rested },
  };
}

/** A small file through every portal, so that code which is loaded once is not counted as the upload’s. */
async function warmUp(client: ClusterClient): Promise<void> {
  for (let i = 0; i < 4; i++) {
    const { item } = await uploadOf(client, MIB);
    await client.remove(item.id);
  }
}

/** Streams a body of which only one MiB is ever in this process's memory. */
async function uploadOf(client: ClusterClient, bytes: number): Promise<{ node: string; item: Uploaded }> {
  const boundary = `portico-${randomBytes(8).toString('hex')}`;
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="bench.bin"\r\ncontent-type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const block = randomBytes(MIB);
  function* body() {
    yield head;
    for (let sent = 0; sent < bytes; sent += MIB) yield block;
    yield tail;
  }
  const answer = await client.ask('/api/v1/media', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await client.token()}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + bytes + tail.length),
    },
    body: Readable.from(body()),
    deadlineMs: 600_000,
  });
  if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.text().slice(0, 300)}`);
  return { node: answer.node ?? '', item: answer.json<Uploaded>() };
}

/** @returns seconds */
async function copy(cluster: Cluster, mebibytes: number): Promise<number> {
  const file = '/data/.bench';
  const command = `dd if=/dev/zero of=${file} bs=1M count=${mebibytes} conv=fsync 2>&1; status=$?; rm -f ${file}; exit $status`;
  const out = await cluster.exec('portal-1', ['sh', '-c', command], undefined, 600_000);
  const seconds = /([\d.]+) s,/.exec(out)?.[1];
  if (seconds === undefined) throw new Error(`dd said: ${out}`);
  return Number(seconds);
}

async function memoryOfEach(cluster: Cluster): Promise<Record<string, number>> {
  const memory: Record<string, number> = {};
  for (const portal of await cluster.portals()) {
    const answer = await ask(`http://${portal.addresses.dmz}:8000/-/ready`, { deadlineMs: 5_000 });
    const said = answer.json<{ node: string; memory: number }>();
    memory[said.node] = said.memory;
  }
  return memory;
}

/** Asks each portal again and again for its resident memory, and remembers the most. */
function watchMemory(cluster: Cluster): { peaks: Record<string, number>; stop: () => void } {
  const peaks: Record<string, number> = {};
  let asking = false;
  const timer = setInterval(async () => {
    if (asking) return;
    asking = true;
    // A look that fails is made up for by the kernel's own high-water mark.
    const now = await memoryOfEach(cluster).catch(() => ({}));
    for (const [node, rss] of Object.entries(now)) peaks[node] = Math.max(peaks[node] ?? 0, rss);
    asking = false;
  }, 200);
  return { peaks, stop: () => clearInterval(timer) };
}

/** The kernel's high-water mark, if the process had not been there before the upload began. */
async function highWater(cluster: Cluster, node: string, before: number): Promise<number> {
  const out = await cluster.exec(node, ['sh', '-c', 'grep -h VmHWM /proc/[0-9]*/status']);
  const marks = [...out.matchAll(/VmHWM:\s+(\d+) kB/g)].map((match) => Number(match[1]) * 1024);
  const mark = Math.max(0, ...marks);
  // A mark that stands far above could be the start's. Then the samples are what is known of the upload.
  return mark - before < 2 * RISE_LIMIT ? mark : 0;
}

export function uploadSection({ bytes, node, upload, copy: plain, ratio, memory }: UploadBench): Section {
  return {
    title: 'upload',
    about: `${bytes / MIB} MiB in one request, taken by ${node}`,
    figures: [
      { what: 'upload', value: upload.mibPerSecond, unit: 'MiB/s' },
      { what: 'dd conv=fsync on the same volume', value: plain.mibPerSecond, unit: 'MiB/s' },
      { what: 'upload, part of dd', value: ratio },
      {
        what: 'rise of resident memory',
        value: memory.rise / MIB,
        unit: 'MiB',
        goal: { atMost: RISE_LIMIT / MIB },
      },
    ],
  };
}
