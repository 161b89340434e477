import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../config/config.ts';
import { controlRows } from '../../../framework/catalogues.ts';
import { evaluate } from '../../../framework/credential-report/evaluate.ts';
import { defaultThresholds, type Thresholds } from '../../../framework/credential-report/thresholds.ts';
import { credentialReportCalls } from '../../../reports/calls.ts';
import { controlCells, controlHeader } from '../../../reports/controls.ts';
import { credentialReportDocument } from '../../../reports/credential-report.ts';
import { csvFile } from '../../../reports/csv.ts';
import { reportedFinding, writeFindings } from '../../../reports/findings.ts';
import { describeFiles } from '../../../reports/manifest.ts';
import { writePdf } from '../../../reports/pdf.ts';
import { type DigestRun, runBefore } from '../../../store/digests/runs.ts';
import { aboutReport, accountCoverage, assignedKeys, drawChart, trendOf, withEdition } from '../common.ts';
import { type Digest, type DigestParts, everyAccount, ownersOf, type Reported } from '../digest.ts';
import { answersName, factsOf, reportName } from './answers.ts';
import { askOrganization, collectAccount, Shared } from './collect.ts';
import { comparedAccounts, toStored } from './compared.ts';
import { exceptionsOf } from './exceptions.ts';
import { emptySum, standsOf, summedUp } from './sum.ts';
import { userHeader, userRows } from './users.ts';
import { accountHeader, accountRows, credentialResult } from './words.ts';
import { writeCredentialWorkbook } from './workbook.ts';

/** The IAM credential report of every account: what it breaks of the CIS benchmark, and what changed since the last time. */
export const credentialReport = {
  name: 'credentialReport',
  command: 'credential-report',
  title: 'Credential report',
  ask: (parts) => ({
    places: async () => ({ ...(await everyAccount(parts)), shared: await askOrganization(parts.aws) }),
    collect: async (place, shared) => {
      const { aws, config, now, stopping } = parts;
      const { answers, report: bytes } = await collectAccount(aws, place, Shared.parse(shared), now, stopping);
      const facts = factsOf(bytes, answers);
      return {
        reportedAt: facts.generatedAt,
        content: toStored(evaluate(facts, thresholdsOf(config)), answers),
        raw: [
          { name: reportName(place.account), bytes },
          { name: answersName(place.account), bytes: Buffer.from(`${JSON.stringify(answers, null, 1)}\n`) },
        ],
      };
    },
  }),
  report,
} satisfies Digest;

const thresholdsOf = ({ digests }: Config): Thresholds => ({
  ...defaultThresholds,
  ...Object.fromEntries(
    Object.entries(digests.credentialReport?.thresholds ?? {}).filter(([, value]) => value !== undefined),
  ),
});

/** How many findings the PDF shows; the other files have all. */
const printedFindings = 40;

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { database } = parts;
  const { db } = database;
  const thresholds = thresholdsOf(parts.config);
  const before = await runBefore(db, run);
  const exceptions = await exceptionsOf(parts, run.started_at, before?.started_at ?? null);
  const sum = emptySum();
  const context = { exceptions, assigned: await assignedKeys(db, run), at: run.started_at };
  await writeFindings(folder, summedUp(comparedAccounts(database, run, thresholds), context, sum), reportedFinding);
  await writeFile(join(folder, 'accounts.csv'), csvFile(accountHeader, accountRows(sum.accounts)));
  await writeFile(join(folder, 'users.csv'), csvFile(userHeader, userRows(db, run, thresholds, parts.nameOf)));
  const trend = await trendOf(db, run, sum.totals, ['critical', 'high', 'medium', 'low'], {
    title: 'Open findings by severity',
    unit: 'open findings',
  });
  const owners = await ownersOf(
    parts,
    [...sum.usedAgain, ...sum.worst].map(({ finding }) => finding),
  );
  const coverage = await accountCoverage(db, run);
  const result = withEdition(run, credentialResult(coverage, sum, owners, trend, { exceptions, thresholds }));
  const byControl = controlRows(standsOf(sum, thresholds));
  await writeFile(join(folder, 'controls.csv'), csvFile(controlHeader, controlCells(byControl)));
  await writeCredentialWorkbook(folder, {
    result,
    accounts: sum.accounts,
    exceptions: exceptions.all,
    controls: byControl,
  });
  const document = credentialReportDocument({
    ...aboutReport(run, await parts.aws.home(), parts.now(), coverage),
    result,
    askedAt: run.started_at,
    chart: await drawChart(folder, trend.chart),
    files: await describeFiles(folder),
    signOff: null,
    accounts: sum.accounts,
    thresholds,
    openByRule: sum.openByRule,
    controlRows: byControl,
    usedAgain: sum.usedAgain,
    worst: sum.worst.slice(0, printedFindings),
    exceptions: exceptions.all,
  });
  await writePdf(document, createWriteStream(join(folder, 'report.pdf')));
  return {
    result,
    gone: sum.gone,
    about: { limits: thresholds, exceptions: exceptions.all, calls: credentialReportCalls },
  };
}
