/** `portico bench`: a large upload's memory and speed, measured on the running cluster. */
import { Command } from 'commander';
import { benchReport, benchUpload, RISE_LIMIT } from '../../drills/bench.ts';
import { ClusterClient } from '../../drills/client.ts';
import { Cluster } from '../../drills/cluster.ts';
import { PorticoError } from '../../platform/errors.ts';
import { loadConfig } from '../config.ts';

export const benchCommand = new Command('bench')
  .description(
    'upload a large file, and print what it costs in memory and how fast it is beside `dd conv=fsync`',
  )
  .option('--mib <n>', 'size of the upload in MiB', '1024')
  .option('--json', 'for programs')
  .action(async (flags: { mib: string; json?: boolean }) => {
    const mebibytes = Number(flags.mib);
    if (!Number.isInteger(mebibytes) || mebibytes < 1) {
      throw new PorticoError('invalid', `"${flags.mib}" is not a number of MiB.`);
    }
    const client = await ClusterClient.of(await Cluster.attach(loadConfig().project));
    const result = await benchUpload(client, mebibytes);
    console.log(flags.json ? JSON.stringify(result, null, 2) : benchReport(result));
    if (result.memory.rise > RISE_LIMIT) process.exitCode = 1;
  });
