import type { Database } from '../../platform/database/types.ts';
import type { Logger } from '../../platform/log.ts';
import type { Volume } from '../../platform/storage/volume.ts';
import { noteFinding } from '../../portal/media/findings.ts';
import { createReconcile, type ReconcileReport } from '../../portal/media/reconcile.ts';
import type { MediaParts } from '../../portal/media/service.ts';
import { count } from '../../portal/views/words.ts';
import type { Job } from '../types.ts';

/** A pass that takes longer makes its successor wait ten times as long as it took: ms. */
const LONG_MS = 6000;

export interface ReconcileParts {
  database: Database;
  volume: Volume;
  media: MediaParts;
  log: Logger;
}

/** Heals either of the two records of each file from the other. What it cannot heal makes its run fail, and is said. */
export function reconcileJob({ database, volume, media, log }: ReconcileParts): Job {
  let restUntil = 0;
  return {
    name: 'reconcile',
    title: 'Compare the two records of every file, and heal one from the other',
    schedule: '5 * * * * *',
    async run({ fence, signal }) {
      const lost = (sha256: string) =>
        database.write(async (tx) => {
          await fence.guard(tx);
          await noteFinding(tx, { sha256, kind: 'missing', keptAs: undefined });
        });
      // A pass reads every record: on a large library it takes a tenth of the time, whatever the schedule says.
      if (performance.now() < restUntil) return 'Left out: the last pass was long, and not long ago.';
      const began = performance.now();
      const report = await createReconcile(media, volume, log, undefined, lost, signal).pass();
      const took = performance.now() - began;
      if (took > LONG_MS) restUntil = performance.now() + 10 * took;
      if (report.stopped !== undefined) throw new Error(report.stopped);
      const sick =
        report.done['report-missing-blob'] + report.done['report-damaged-record'] + report.done.failed;
      if (sick > 0)
        throw new Error(`${sick === 1 ? '1 file is' : `${sick} files are`} not whole. ${said(report)}`);
      return said(report);
    },
  };
}

function said({ survey, done, losses }: ReconcileReport): string {
  const healed = done.register + done['write-sidecar'] + done['restore-blob'];
  const cleared = done.settle + done['delete-row'];
  const parts = [`${count(survey.records, 'record')} and ${count(survey.rows, 'row')} compared`];
  if (healed > 0) parts.push(`${healed} healed`);
  if (cleared > 0) parts.push(`${cleared} cleared away`);
  const [first] = losses;
  return `${parts.join(', ')}.${first ? ` ${first.id}: ${first.reason}.` : ''}`;
}
