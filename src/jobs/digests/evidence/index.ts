import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { configSource } from '../../../framework/evidence/conformance.ts';
import { coverageOf, offSentences } from '../../../framework/looks.ts';
import { tableRow, writeFindings } from '../../../reports/findings.ts';
import { describeFiles } from '../../../reports/manifest.ts';
import { writePdf } from '../../../reports/pdf.ts';
import { placesOf } from '../../../store/digests/places.ts';
import type { DigestRun } from '../../../store/digests/runs.ts';
import type { RawFile } from '../../../store/digests/snapshots.ts';
import { aboutReport, accountCoverage, drawChart, namesOf, trendOf, withEdition } from '../common.ts';
import { type Digest, type DigestParts, everyAccount, type Reported } from '../digest.ts';
import { auditManagerStatus, fromAuditManager, fromConfig } from './collect.ts';
import { evidenceCalls, evidenceDocument } from './document.ts';
import { Shared, sumUp, worstFirst } from './sum.ts';
import { evidenceResult, header, rows } from './words.ts';

/**
 * The evidence of the week: from Audit Manager where it is set up, else from the conformance packs of AWS Config and the
 * standards of Security Hub, which the message then says.
 */
export const evidence = {
  name: 'evidence',
  command: 'evidence',
  title: 'Evidence',
  ask: (parts) => ({
    places: async () => {
      const status = await auditManagerStatus(parts);
      if (status !== 'ACTIVE') return { ...(await everyAccount(parts)), shared: { source: 'config', status } };
      const { account } = await parts.aws.home();
      const places = [{ account, name: 'Audit Manager' }];
      return { places, trouble: null, shared: { source: 'audit-manager', status } };
    },
    collect: async (place, shared) => {
      const { source } = Shared.parse(shared);
      const { snapshot, answers, unlooked } =
        source === 'audit-manager'
          ? { snapshot: await fromAuditManager(parts), answers: [], unlooked: null }
          : await fromConfig(parts, place);
      return {
        reportedAt: new Date(snapshot.countedAt ?? snapshot.at),
        trouble: unlooked,
        content: snapshot,
        raw: [
          // Every control that was looked at, with all its counts: what the findings are drawn from.
          jsonFile(`evidence/${place.account}-${source}.json`, snapshot),
          ...answers.map((answer) =>
            jsonFile(
              `raw/${place.account}-${answer.region}-${answer.source === configSource ? 'config' : 'security-hub'}.json`,
              answer,
            ),
          ),
        ],
      };
    },
  }),
  report,
} satisfies Digest;

const jsonFile = (name: string, content: object): RawFile => ({
  name,
  bytes: Buffer.from(`${JSON.stringify(content, null, 1)}\n`),
});

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { db } = parts.database;
  const sum = await sumUp(parts, run);
  const trend = await trendOf(db, run, sum.totals, ['noncompliant', 'withoutEvidence'], {
    title: 'Controls that need somebody, 12 weeks',
    unit: 'controls',
  });
  await writeFindings(folder, rows(sum), tableRow(header));
  const looked = sum.source === 'config' ? coverageOf(sum.snapshots) : null;
  const coverage = {
    ...(await accountCoverage(db, run)),
    ...(looked === null ? {} : { ...looked, gaps: [...looked.gaps, ...sum.switchedOff] }),
  };
  const result = withEdition(run, evidenceResult(sum, run.started_at, coverage, trend));
  const document = evidenceDocument(result, worstFirst(sum), {
    ...aboutReport(run, await parts.aws.home(), parts.now(), coverage),
    source: sum.source,
    places: (await placesOf(db, run.id)).filter(({ state }) => state !== 'left'),
    assessments: sum.assessments,
    called: await namesOf(
      parts,
      sum.controls.flatMap(({ accepted }) => (accepted === null ? [] : [accepted.owner, accepted.decided_by])),
    ),
    remarks: [...coverage.gaps, ...offSentences(sum.snapshots), ...sum.snapshots.flatMap(({ remarks }) => remarks)],
    chart: await drawChart(folder, trend.chart),
    files: await describeFiles(folder),
  });
  await writePdf(document, createWriteStream(join(folder, 'report.pdf')));
  const gone = sum.controls.filter(({ change }) => change === 'fixed' || change === 'removed');
  return {
    result,
    gone: gone.map(({ control }) => control.key),
    about: {
      exceptions: sum.controls.flatMap(({ accepted }) => (accepted === null ? [] : [accepted])),
      calls: evidenceCalls[sum.source],
    },
  };
}
