import { isWord } from '../../../../words/text.ts';
import { dayMs } from '../../../../words/time.ts';
import { type Answer, type Asking, ask, mapped, type Place } from '../../../asks.ts';
import {
  type AuditSettings,
  getAuditSettings,
  getReportUrl,
  listAssessmentReports,
  type ReportName,
  validateReport,
} from '../../../calls/audit-manager.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type ActiveFacts, everyActive, judgeActive } from '../facts.ts';

const about: About = {
  id: 'am-reports',
  version: 1,
  title: 'A report was made within the quarter, and has a place of its own',
  severity: 'low',
  why: 'A report that was never made is one that nobody knows how to make on the day it is needed.',
  passes:
    'A default destination of reports is set, the newest COMPLETE report is at most 90 days old, and its signature is valid.',
  fix: `aws auditmanager update-settings --default-assessment-reports-destination destinationType=S3,destination=s3://<bucket>/reports --region {region}
aws auditmanager create-assessment-report --assessment-id <assessment> --name <name> --region {region}`,
  references: ['https://docs.aws.amazon.com/audit-manager/latest/userguide/generate-assessment-report.html'],
};

const daysAllowed = 90;

interface Facts {
  settings: Answer<AuditSettings>;
  reports: Answer<readonly ReportName[]>;
  /** Whether the signature of the newest complete report is valid; null: there is none. */
  signed: Answer<boolean> | null;
}

export const check = organizationCheck(about, everyActive(reports), judge);

function* reports(place: Place): Asking<Facts> {
  const settings = yield* ask(getAuditSettings, place, { attribute: 'ALL' });
  const listed = mapped(yield* ask(listAssessmentReports, place), ({ assessmentReports }) => assessmentReports);
  const newest = listed.is === 'value' ? newestOf(listed.value) : undefined;
  return { settings, reports: listed, signed: newest === undefined ? null : yield* signatureOf(place, newest) };
}

/** Audit Manager checks its own signature of a report, where it is kept. */
function* signatureOf(place: Place, { id, assessmentId }: ReportName): Asking<Answer<boolean>> {
  const url = yield* ask(getReportUrl, place, { assessmentId, assessmentReportId: id });
  if (url.is !== 'value') return url;
  const path = s3Path(url.value.preSignedUrl?.link);
  if (path === null)
    return { is: 'unknown', why: 'not asked', sentence: 'Audit Manager gives no link to the report.', at: url.at };
  return mapped(
    yield* ask(validateReport, place, { s3RelativePath: path }),
    ({ signatureValid }) => signatureValid === true,
  );
}

/** `s3://BUCKET/KEY` of a link of S3, with the bucket in the name of the host or in the path. */
function s3Path(link: string | undefined): string | null {
  if (link === undefined || !URL.canParse(link)) return null;
  const { hostname, pathname } = new URL(link);
  const key = decodeURIComponent(pathname.slice(1));
  const bucket = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  return `s3://${bucket === undefined ? key : `${bucket}/${key}`}`;
}

const newestOf = (reports: readonly ReportName[]): (ReportName & { creationTime: Date }) | undefined =>
  reports
    .flatMap(({ creationTime, ...report }) =>
      isWord(report.status, 'COMPLETE') && creationTime !== undefined ? [{ ...report, creationTime }] : [],
    )
    .toSorted((a, b) => b.creationTime.getTime() - a.creationTime.getTime())[0];

function judge(answer: Answer<readonly ActiveFacts<Facts>[]>, estate: Estate): Judged[] {
  return judgeActive(answer, estate, ({ settings, reports, signed }, spot) => {
    if (settings.is === 'unknown') return [unknownFrom(spot, settings)];
    if (reports.is === 'unknown') return [unknownFrom(spot, reports)];
    const destination =
      settings.is === 'value' ? settings.value.settings?.defaultAssessmentReportsDestination?.destination : undefined;
    if (destination === undefined) return [fail(spot, 'No default destination of reports is set.')];
    const newest = newestOf(reports.is === 'value' ? reports.value : []);
    if (newest === undefined) return [fail(spot, 'No report was ever completed.')];
    const said = `the newest report is of ${newest.creationTime.toISOString().slice(0, 10)}`;
    if (estate.now.getTime() - newest.creationTime.getTime() > daysAllowed * dayMs)
      return [fail(spot, `Reports go to ${destination}, but ${said}.`)];
    if (signed === null || signed.is === 'absent') return [fail(spot, `${said}, but its file is gone.`)];
    if (signed.is === 'unknown') return [unknownFrom(spot, signed)];
    return [
      signed.value
        ? pass(spot, `Reports go to ${destination}; ${said}, and its signature is valid.`, { proof: 'proven' })
        : fail(spot, `Reports go to ${destination}; ${said}, but its signature is not valid.`, { proof: 'proven' }),
    ];
  });
}
