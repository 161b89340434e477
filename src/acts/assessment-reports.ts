import { assessmentReports, reportName } from '../aws/audit-manager.ts';
import { troubleOf } from '../aws/trouble.ts';
import { digestChannel } from '../config/digests/index.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md } from '../slack/escape.ts';
import { recordOf } from '../store/audit-log.ts';
import { noteReport } from '../store/digests/people.ts';
import type { DigestRun } from '../store/digests/runs.ts';
import { oneLine } from '../words/text.ts';
import { Refused } from './act.ts';
import { mustHave } from './rights.ts';

/**
 * The only things in which Trailwatch writes to Audit Manager, each switched on in the configuration and allowed to the
 * role on its own: having it make assessment reports, and attaching a review to a control as manual evidence.
 */

/** Has Audit Manager make a report of every active assessment. Returns the sentence to show. @throws Refused */
export async function createReports(parts: Parts, person: Person, run: number): Promise<string> {
  await mustHave(parts, 'administer', person, `digest run ${run}`);
  const settings = parts.config.digests.evidence;
  if (settings?.createReports !== true)
    throw new Refused(
      'Making assessment reports is switched off: set digests.evidence.createReports in the configuration.',
    );
  const auditManager = await assessmentReports(parts.aws, person.user);
  const made: string[] = [];
  const refused: string[] = [];
  for await (const { id, name } of auditManager.activeAssessments()) {
    const at = parts.now();
    const title = reportName(`${name}-${at.toISOString().slice(0, 19)}`);
    let report: string | undefined;
    try {
      report = await auditManager.create(id, title);
    } catch (error) {
      parts.log.warn({ err: error, assessment: id }, 'Audit Manager does not make a report.');
      refused.push(`${name}: ${troubleOf(error, 'make a report').message}`);
    }
    if (report === undefined) continue;
    await parts.database.transaction(async (trx) => {
      await noteReport(trx, {
        id: report,
        assessment: id,
        name: title,
        asked_by: person.user,
        channel: digestChannel(parts.config, 'evidence'),
        asked_at: at,
      });
      await recordOf(person, at)(trx, 'assessment-report-create', `assessment ${id}`, { report, name: title });
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

/** A fresh link to a report, for the one who asks, on the record; undefined when there is no such report. */
export async function reportLink(
  parts: Parts,
  person: Person,
  id: string,
): Promise<{ name: string; link: string } | undefined> {
  const auditManager = await assessmentReports(parts.aws, person.user);
  for await (const report of auditManager.reports())
    if (report.id === id) {
      const link = await auditManager.linkTo(report.assessment, id);
      await parts.database.transaction((trx) =>
        recordOf(person, parts.now())(trx, 'assessment-report-link', `report ${id}`),
      );
      return { name: report.name, link };
    }
  return undefined;
}

/**
 * Attaches a review to the controls that the configuration names. Returns the sentence to add, or null where nothing is to
 * be attached: a review is on the record whether or not this succeeds.
 */
export async function attachReview(parts: Parts, run: DigestRun, by: string): Promise<void> {
  const targets = parts.config.digests.evidence?.attachReviews ?? [];
  if (targets.length === 0) return;
  try {
    const auditManager = await assessmentReports(parts.aws, by);
    const text = `Slack user ${by} reviewed the ${run.digest} digest of ${run.started_at.toISOString().slice(0, 10)} (run ${run.id}) on ${parts.now().toISOString()}. SHA-256 of its manifest: ${run.manifest_sha256}`;
    for (const target of targets) await auditManager.attach(target, text);
  } catch (error) {
    parts.log.warn({ err: error, run: run.id }, 'A review was not attached to Audit Manager.');
  }
}
