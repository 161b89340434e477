import type { AuditManagerClient } from '@aws-sdk/client-auditmanager';
import type { Notice } from '../../../alerts/notices.ts';
import { oneLine } from '../../../alerts/text.ts';
import { troubleOf } from '../../../aws/trouble.ts';
import type { Parts } from '../../../parts.ts';
import type { Person } from '../../../slack/access.ts';
import { md } from '../../../slack/escape.ts';
import { appendAudit } from '../../../store/audit-log.ts';
import { putOut } from '../../../store/deliveries.ts';
import { type AskedReport, endReport, noteReport, reportsUnderWay } from '../../../store/digest-people.ts';
import type { DigestRun } from '../../../store/digests.ts';
import type { RunParts } from '../digest.ts';

/**
 * The only things in which Trailwatch writes to Audit Manager, each switched on in the configuration and allowed to the
 * role on its own: having it make assessment reports, and attaching a review to a control as manual evidence.
 */

type Sdk = typeof import('@aws-sdk/client-auditmanager');

async function auditManager(
  { aws }: Pick<Parts, 'aws'>,
  name: string,
): Promise<{ client: AuditManagerClient; sdk: Sdk }> {
  const sdk = await import('@aws-sdk/client-auditmanager');
  return { sdk, client: await aws.client('auditManager', await aws.home(), { name }) };
}

/** Has Audit Manager make a report of every active assessment. Answers the sentence to show. */
export async function createReports(parts: Parts, person: Person): Promise<string> {
  const settings = parts.config.digests.evidence;
  if (settings?.createReports !== true)
    return 'Making assessment reports is switched off: set digests.evidence.createReports in the configuration.';
  const { client, sdk } = await auditManager(parts, person.user);
  const made: string[] = [];
  const refused: string[] = [];
  for await (const page of sdk.paginateListAssessments({ client }, { status: 'ACTIVE' }))
    for (const { id, name } of page.assessmentMetadata ?? []) {
      if (id === undefined) continue;
      const at = parts.now();
      const title = reportName(`${name ?? id}-${at.toISOString().slice(0, 19)}`);
      let report: string | undefined;
      try {
        const created = await client.send(new sdk.CreateAssessmentReportCommand({ assessmentId: id, name: title }));
        report = created.assessmentReport?.id;
      } catch (error) {
        parts.log.warn({ err: error, assessment: id }, 'Audit Manager does not make a report.');
        refused.push(`${name ?? id}: ${troubleOf(error, 'make a report').message}`);
      }
      if (report === undefined) continue;
      await parts.database.transaction(async (trx) => {
        await noteReport(trx, {
          id: report,
          assessment: id,
          name: title,
          asked_by: person.user,
          channel: settings.channel,
          asked_at: at,
        });
        await appendAudit(trx, {
          at,
          actor: { type: 'user', team: person.team, user: person.user },
          action: 'assessment-report-create',
          subject: `assessment ${id}`,
          detail: { report, name: title },
        });
      });
      made.push(title);
    }
  const not =
    refused.length === 0
      ? ''
      : `Audit Manager does not report on ${oneLine(md`${refused.join('; ')}`.toString(), 500)}`;
  if (made.length === 0) return not || 'Audit Manager has no active assessment to report on.';
  return `Audit Manager makes ${made.length === 1 ? 'a report' : `${made.length} reports`}; the channel hears when it is done. ${not}`;
}

/** A name as Audit Manager takes it. Source: API reference, AssessmentReport. */
const reportName = (text: string): string => text.replace(/[^\w.-]+/g, '-').slice(0, 300);

/** An asked report that is not made in this time will not be. */
const patienceMs = 24 * 3_600_000;
/** Audit Manager is not asked more often than this. */
const everyMs = 30_000;
const lastAsked = new WeakMap<object, number>();

/** Looks after reports that were asked for, and tells the channel of those that are made, checked by Audit Manager itself. */
export async function followReports(
  parts: RunParts & { wakeTarget: (target: string, at: Date) => Promise<void> },
): Promise<void> {
  const { database, now } = parts;
  if (now().getTime() - (lastAsked.get(database) ?? 0) < everyMs) return;
  const waiting = await reportsUnderWay(database.db);
  if (waiting.length === 0) return;
  lastAsked.set(database, now().getTime());
  const { client, sdk } = await auditManager(parts, 'digest');
  const states = new Map<string, string>();
  for await (const page of sdk.paginateListAssessmentReports({ client }, {}))
    for (const { id = '', status = '' } of page.assessmentReports ?? []) states.set(id, status);
  for (const report of waiting) {
    const status = states.get(report.id);
    const late = now().getTime() - report.asked_at.getTime() > patienceMs;
    if (status !== 'COMPLETE' && status !== 'FAILED' && !late) continue;
    const sentence =
      status === 'COMPLETE' ? await integrityOf(client, sdk, report) : 'Audit Manager could not make this report.';
    await database.transaction(async (trx) => {
      if (!(await endReport(trx, report.id, now()))) return;
      const notice: Notice = {
        kind: 'digest',
        target: report.channel,
        news: { about: 'assessment-report', name: report.name, link: null, sentence, askedBy: report.asked_by },
      };
      await putOut(trx, [{ key: `assessment-report-${report.id}`, alertId: null, notice }], now());
    });
    await parts.wakeTarget(report.channel, now());
  }
}

/** Has Audit Manager check its own signature of a report. Source: API reference, ValidateAssessmentReportIntegrity. */
async function integrityOf(client: AuditManagerClient, sdk: Sdk, report: AskedReport): Promise<string> {
  const link = await linkTo(client, sdk, report.assessment, report.id);
  let how: string;
  try {
    const command = new sdk.ValidateAssessmentReportIntegrityCommand({ s3RelativePath: s3Path(new URL(link)) });
    const { signatureValid, signatureAlgorithm, signatureDateTime } = await client.send(command);
    how =
      signatureValid === true
        ? `its signature is valid (${signatureAlgorithm ?? 'unknown algorithm'}, ${signatureDateTime ?? 'no time'})`
        : 'its signature is NOT valid';
  } catch (error) {
    how = `its signature could not be checked: ${oneLine(troubleOf(error, 'check it').message, 300)}`;
  }
  return `The report is made, and ${how}. Type /audit evidence link ${report.id} for a link; it does not hold for long.`;
}

/** `s3://BUCKET/KEY` of a link of S3, with the bucket in the name of the host or in the path. */
function s3Path({ hostname, pathname }: URL): string {
  const key = decodeURIComponent(pathname.slice(1));
  const bucket = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  return `s3://${bucket === undefined ? key : `${bucket}/${key}`}`;
}

async function linkTo(
  client: AuditManagerClient,
  sdk: Sdk,
  assessmentId: string,
  assessmentReportId: string,
): Promise<string> {
  const { preSignedUrl } = await client.send(
    new sdk.GetAssessmentReportUrlCommand({ assessmentId, assessmentReportId }),
  );
  if (preSignedUrl?.link === undefined) throw new Error('Audit Manager gave no link to this report.');
  return preSignedUrl.link;
}

/** A fresh link to a report, for the one who asks; undefined when there is no such report. */
export async function reportLink(
  parts: Parts,
  person: Person,
  id: string,
): Promise<{ name: string; link: string } | undefined> {
  const { client, sdk } = await auditManager(parts, person.user);
  for await (const page of sdk.paginateListAssessmentReports({ client }, {}))
    for (const report of page.assessmentReports ?? [])
      if (report.id === id && report.assessmentId !== undefined)
        return { name: report.name ?? id, link: await linkTo(client, sdk, report.assessmentId, id) };
  return undefined;
}

/**
 * Attaches a review to the controls that the configuration names. Answers the sentence to add, or null where nothing is to
 * be attached: a review is on the record whether or not this succeeds.
 */
export async function attachReview(parts: Parts, run: DigestRun, by: string): Promise<string | null> {
  const targets = parts.config.digests.evidence?.attachReviews ?? [];
  if (targets.length === 0) return null;
  try {
    const { client, sdk } = await auditManager(parts, by);
    const textResponse = `Slack user ${by} reviewed the ${run.digest} digest of ${run.started_at.toISOString().slice(0, 10)} (run ${run.id}) on ${parts.now().toISOString()}. SHA-256 of its manifest: ${run.manifest_sha256}`;
    for (const { assessment, controlSet, control } of targets) {
      const { errors = [] } = await client.send(
        new sdk.BatchImportEvidenceToAssessmentControlCommand({
          assessmentId: assessment,
          controlSetId: controlSet,
          controlId: control,
          manualEvidence: [{ textResponse }],
        }),
      );
      if (errors[0] !== undefined) throw new Error(errors[0].errorMessage ?? 'Audit Manager took it not');
    }
    return `It is attached to ${targets.length === 1 ? 'one control' : `${targets.length} controls`} of Audit Manager.`;
  } catch (error) {
    parts.log.warn({ err: error, run: run.id }, 'A review was not attached to Audit Manager.');
    return 'It could not be attached to Audit Manager; the log says why.';
  }
}
