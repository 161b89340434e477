import type { AssessmentControlSet, AuditManagerClient, ChangeLog } from '@aws-sdk/client-auditmanager';
import { median } from '../../../alerts/numbers/count.ts';
import type { HomeAccount } from '../../../aws/aws.ts';
import type { EvidenceControl, EvidenceSnapshot } from '../../../framework/evidence/snapshot.ts';
import { oneLine } from '../../../words/text.ts';
import { dayMs, weekMs } from '../../../words/time.ts';

type Sdk = typeof import('@aws-sdk/client-auditmanager');

/**
 * Everything Audit Manager knows of the active assessments, with the evidence of the week that ends now.
 * Source: AWS Audit Manager API reference. Insights are of the last day; AWS keeps no older ones.
 */
export async function auditManagerSnapshot(
  client: AuditManagerClient,
  home: HomeAccount,
  now: Date,
): Promise<EvidenceSnapshot> {
  const sdk = await import('@aws-sdk/client-auditmanager');
  const since = new Date(now.getTime() - weekMs);
  const { insights } = await client.send(new sdk.GetInsightsCommand({}));
  const snapshot: EvidenceSnapshot = {
    source: 'audit-manager',
    at: now.toISOString(),
    countedAt: insights?.lastUpdated?.toISOString() ?? null,
    assessments: [],
    controls: [],
    reviews: [],
    delegations: [],
    reports: [],
    changes: [],
    remarks: [],
    looks: [],
    seen: null,
  };
  for await (const page of sdk.paginateListAssessments({ client }, { status: 'ACTIVE' }))
    for (const { id, name } of page.assessmentMetadata ?? []) {
      if (id === undefined) continue;
      const assessment = { id, name: name ?? id };
      snapshot.assessments.push({ ...assessment, score: null });
      await addAssessment(client, sdk, home, assessment, since, snapshot);
    }
  for await (const page of sdk.paginateGetDelegations({ client }, {}))
    for (const each of page.delegations ?? [])
      if (each.status !== 'COMPLETE')
        snapshot.delegations.push({
          assessment: each.assessmentName ?? '',
          set: each.controlSetName ?? '',
          status: each.status ?? '',
          role: each.roleArn ?? '',
          since: each.creationTime?.toISOString() ?? null,
        });
  for await (const page of sdk.paginateListAssessmentReports({ client }, {}))
    for (const each of page.assessmentReports ?? [])
      if (snapshot.reports.length < 50)
        snapshot.reports.push({
          id: each.id ?? '',
          name: each.name ?? '',
          assessment: each.assessmentName ?? '',
          status: each.status ?? '',
          createdAt: each.creationTime?.toISOString() ?? null,
        });
  return snapshot;
}

interface Assessment {
  id: string;
  name: string;
}

async function addAssessment(
  client: AuditManagerClient,
  sdk: Sdk,
  home: HomeAccount,
  of: Assessment,
  since: Date,
  snapshot: EvidenceSnapshot,
): Promise<void> {
  const { assessment } = await client.send(new sdk.GetAssessmentCommand({ assessmentId: of.id }));
  const sets = assessment?.framework?.controlSets ?? [];
  const insights = await insightsOf(client, sdk, of.id);
  const folders = await foldersOf(client, sdk, of.id, since);
  const log = await changeLogOf(client, sdk, of.id);
  for (const set of sets) {
    for (const { id = '', name = id, evidenceCount } of set.controls ?? []) {
      const insight = insights.get(`${set.id}\n${id}`) ?? insights.get(id);
      const folder = folders.get(id);
      const control: EvidenceControl = {
        key: JSON.stringify([of.id, set.id, id]),
        name,
        assessment: of.name,
        set: set.id ?? '',
        domain: insight?.domain ?? null,
        counts: insight?.counts ?? { compliant: 0, noncompliant: 0, inconclusive: 0 },
        total: evidenceCount ?? null,
        week: folder?.week ?? { configurationData: 0, manual: 0, complianceCheck: 0, userActivity: 0 },
        lastEvidence: folder?.days.at(-1)?.toISOString() ?? null,
        link: `https://${home.region}.console.aws.amazon.com/auditmanager/home?region=${home.region}#/assessments/${encodeURIComponent(of.id)}/controlsets/${encodeURIComponent(set.id ?? '')}/controls/${encodeURIComponent(id)}`,
        at: null,
        status: null,
        severity: null,
        failing: [],
        suppressed: [],
        manual: folder?.manual ?? false,
        usualDays: folder === undefined ? null : usualDays(folder.days),
      };
      snapshot.controls.push(control);
    }
    if (set.status !== 'REVIEWED') snapshot.reviews.push(...reviewOf(of, set, log));
  }
  for (const { createdAt, createdBy, action, objectType, objectName } of log)
    if (createdAt !== undefined && createdAt >= since)
      snapshot.changes.push({
        at: createdAt.toISOString(),
        by: createdBy ?? '',
        what: oneLine(
          `${inWords(objectType ?? 'object')} ${objectName ?? ''} (${of.name}): ${inWords(action ?? 'changed')}`,
          300,
        ),
      });
}

/** `UNDER_REVIEW`: under review. */
export const inWords = (name: string): string => name.toLowerCase().replaceAll('_', ' ');

/** A set under review, since when, and who has to do it. */
function reviewOf(of: Assessment, set: AssessmentControlSet, log: readonly ChangeLog[]): EvidenceSnapshot['reviews'] {
  if (set.status !== 'UNDER_REVIEW') return [];
  const begun = log
    .filter(({ action, objectName }) => action === 'UNDER_REVIEW' && objectName === set.id)
    .at(0)?.createdAt;
  const delegated = set.delegations?.map(({ creationTime }) => creationTime).find((time) => time !== undefined);
  const people = (set.delegations ?? []).flatMap(({ roleArn }) => (roleArn === undefined ? [] : [roleArn]));
  return [
    {
      assessment: of.name,
      set: set.id ?? '',
      status: set.status,
      since: (begun ?? delegated)?.toISOString() ?? null,
      reviewers: people.map((arn) => arn.split('/').at(-1) ?? arn),
    },
  ];
}

/** What the last day's evidence says of each control, by set and id where the set is known. */
async function insightsOf(client: AuditManagerClient, sdk: Sdk, assessmentId: string) {
  const found = new Map<string, { domain: string; counts: EvidenceControl['counts'] }>();
  for await (const page of sdk.paginateListControlDomainInsightsByAssessment({ client }, { assessmentId }))
    for (const { id: controlDomainId, name: domain = '' } of page.controlDomainInsights ?? []) {
      if (controlDomainId === undefined) continue;
      const input = { assessmentId, controlDomainId };
      for await (const controls of sdk.paginateListAssessmentControlInsightsByControlDomain({ client }, input))
        for (const { id = '', controlSetName, evidenceInsights } of controls.controlInsightsByAssessment ?? []) {
          const insight = {
            domain,
            counts: {
              compliant: evidenceInsights?.compliantEvidenceCount ?? 0,
              noncompliant: evidenceInsights?.noncompliantEvidenceCount ?? 0,
              inconclusive: evidenceInsights?.inconclusiveEvidenceCount ?? 0,
            },
          };
          found.set(controlSetName === undefined ? id : `${controlSetName}\n${id}`, insight);
        }
    }
  return found;
}

/** The folders of each control (one a day): the week's evidence by type, the days with any, and whether people alone bring it. */
async function foldersOf(client: AuditManagerClient, sdk: Sdk, assessmentId: string, since: Date) {
  const found = new Map<string, { days: Date[]; manual: boolean; week: NonNullable<EvidenceControl['week']> }>();
  for await (const page of sdk.paginateGetEvidenceFoldersByAssessment({ client }, { assessmentId }))
    for (const folder of page.evidenceFolders ?? []) {
      const { controlId, date, totalEvidence = 0, evidenceByTypeManualCount: byHand = 0 } = folder;
      if (controlId === undefined || date === undefined || totalEvidence === 0) continue;
      const known = found.get(controlId) ?? {
        days: [],
        manual: true,
        week: { configurationData: 0, manual: 0, complianceCheck: 0, userActivity: 0 },
      };
      known.days.push(date);
      known.manual &&= byHand >= totalEvidence;
      if (date >= since) {
        known.week.configurationData += folder.evidenceByTypeConfigurationDataCount ?? 0;
        known.week.manual += byHand;
        known.week.complianceCheck += folder.evidenceByTypeComplianceCheckCount ?? 0;
        known.week.userActivity += folder.evidenceByTypeUserActivityCount ?? 0;
      }
      found.set(controlId, known);
    }
  for (const { days } of found.values()) days.sort((a, b) => a.getTime() - b.getTime());
  return found;
}

/** After how many days evidence usually comes, by the middle one of the gaps so far; null: it came once. */
function usualDays(days: readonly Date[]): number | null {
  const gaps = days.slice(1).map((day, i) => (day.getTime() - (days[i]?.getTime() ?? 0)) / dayMs);
  return median(gaps);
}

/** Who did what in an assessment, newest first. */
async function changeLogOf(client: AuditManagerClient, sdk: Sdk, assessmentId: string): Promise<ChangeLog[]> {
  const log: ChangeLog[] = [];
  for await (const page of sdk.paginateGetChangeLogs({ client }, { assessmentId }))
    log.push(...(page.changeLogs ?? []));
  return log.sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
}
