import {
  AuditManagerClient,
  BatchImportEvidenceToAssessmentControlCommand,
  CreateAssessmentReportCommand,
  GetAccountStatusCommand,
  GetAssessmentCommand,
  GetAssessmentReportUrlCommand,
  GetChangeLogsCommand,
  GetDelegationsCommand,
  GetEvidenceByEvidenceFolderCommand,
  GetEvidenceFoldersByAssessmentCommand,
  GetEvidenceFoldersByAssessmentControlCommand,
  GetInsightsByAssessmentCommand,
  GetInsightsCommand,
  ListAssessmentControlInsightsByControlDomainCommand,
  ListAssessmentReportsCommand,
  ListAssessmentsCommand,
  ListControlDomainInsightsByAssessmentCommand,
  ListNotificationsCommand,
  ValidateAssessmentReportIntegrityCommand,
} from '@aws-sdk/client-auditmanager';
import { describe, expect, test } from 'vitest';
import { setAuditManager } from '../../../sandbox/aws/services/auditmanager.ts';
import { type Harness, startHarness } from './harness.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

// After the clock was moved a client's first attempt tells it the time.
const clientOf = (aws: Harness) =>
  aws.client(AuditManagerClient, { account: aws.organization.homeAccount, maxAttempts: 3 });

async function firstAssessment(audit: AuditManagerClient) {
  const { assessmentMetadata } = await audit.send(new ListAssessmentsCommand({ status: 'ACTIVE' }));
  const assessmentId = assessmentMetadata?.[0]?.id;
  const { assessment } = await audit.send(new GetAssessmentCommand({ assessmentId }));
  return { assessmentId, sets: assessment?.framework?.controlSets ?? [] };
}

/** The ids of the controls whose evidence of the day before yesterday's night was non-compliant. */
async function failingControls(audit: AuditManagerClient, assessmentId: string | undefined): Promise<Set<string>> {
  const { controlDomainInsights = [] } = await audit.send(
    new ListControlDomainInsightsByAssessmentCommand({ assessmentId }),
  );
  const failing = new Set<string>();
  for (const { id: controlDomainId } of controlDomainInsights) {
    const { controlInsightsByAssessment = [] } = await audit.send(
      new ListAssessmentControlInsightsByControlDomainCommand({ assessmentId, controlDomainId }),
    );
    for (const { id = '', evidenceInsights } of controlInsightsByAssessment)
      if ((evidenceInsights?.noncompliantEvidenceCount ?? 0) > 0) failing.add(id);
  }
  return failing;
}

describe('Audit Manager', () => {
  test('is on in the home account alone, and can be off everywhere', async () => {
    await using aws = await startHarness();
    const status = async (account: string) =>
      (await aws.client(AuditManagerClient, { account }).send(new GetAccountStatusCommand())).status;
    const { homeAccount, managementAccount } = aws.organization;
    expect(await status(homeAccount)).toBe('ACTIVE');
    expect(await status(managementAccount)).toBe('INACTIVE');
    setAuditManager(aws.organization, 'INACTIVE');
    expect(await status(homeAccount)).toBe('INACTIVE');
    await expect(clientOf(aws).send(new ListAssessmentsCommand())).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('lists assessments by status, and knows no other', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const all = await audit.send(new ListAssessmentsCommand());
    const active = await audit.send(new ListAssessmentsCommand({ status: 'ACTIVE' }));
    expect(all.assessmentMetadata).toHaveLength(4);
    expect(active.assessmentMetadata).toHaveLength(3);
    const page = await audit.send(new ListAssessmentsCommand({ maxResults: 3 }));
    const rest = await audit.send(new ListAssessmentsCommand({ maxResults: 3, nextToken: page.nextToken }));
    expect([...(page.assessmentMetadata ?? []), ...(rest.assessmentMetadata ?? [])]).toEqual(all.assessmentMetadata);
    const unknown = new GetAssessmentCommand({ assessmentId: '00000000-0000-0000-0000-000000000000' });
    await expect(audit.send(unknown)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('evidence', () => {
  test('is the same in folders, in their evidence and in the insights', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentId } = await firstAssessment(audit);
    const { insights } = await audit.send(new GetInsightsByAssessmentCommand({ assessmentId }));
    const day = new Date(insights?.lastUpdated?.getTime() ?? 0).toISOString().slice(0, 10);
    const counted = new Date(Date.parse(day) - dayMs).toISOString().slice(0, 10);

    const { evidenceFolders = [] } = await audit.send(
      new GetEvidenceFoldersByAssessmentCommand({ assessmentId, maxResults: 100 }),
    );
    const folders = evidenceFolders.filter(({ name }) => name === counted);
    const sum = (of: (folder: (typeof folders)[number]) => number | undefined) =>
      folders.reduce((all, folder) => all + (of(folder) ?? 0), 0);
    expect(folders.length).toBeGreaterThan(5);
    expect(insights?.noncompliantEvidenceCount).toBe(sum((f) => f.evidenceByTypeComplianceCheckIssuesCount));
    expect(insights?.compliantEvidenceCount).toBe(
      sum((f) => f.evidenceByTypeComplianceCheckCount) - sum((f) => f.evidenceByTypeComplianceCheckIssuesCount),
    );

    const broken = folders.find((folder) => (folder.evidenceByTypeComplianceCheckIssuesCount ?? 0) > 0);
    const { evidence = [] } = await audit.send(
      new GetEvidenceByEvidenceFolderCommand({
        assessmentId,
        controlSetId: broken?.controlSetId,
        evidenceFolderId: broken?.id,
      }),
    );
    expect(evidence).toHaveLength(broken?.totalEvidence ?? -1);
    expect(evidence.filter(({ complianceCheck }) => /^(Non-compliant|Fail)$/.test(complianceCheck ?? ''))).toHaveLength(
      broken?.evidenceByTypeComplianceCheckIssuesCount ?? -1,
    );
  });

  test('adds up over the active assessments', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentMetadata = [] } = await audit.send(new ListAssessmentsCommand({ status: 'ACTIVE' }));
    const each = await Promise.all(
      assessmentMetadata.map(({ id }) => audit.send(new GetInsightsByAssessmentCommand({ assessmentId: id }))),
    );
    const { insights } = await audit.send(new GetInsightsCommand());
    expect(insights?.activeAssessmentsCount).toBe(3);
    expect(insights?.noncompliantEvidenceCount).toBe(
      each.reduce((all, one) => all + (one.insights?.noncompliantEvidenceCount ?? 0), 0),
    );
  });

  test('changes from week to week: controls fail newly and are put right, all the time', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentId } = await firstAssessment(audit);
    let before = await failingControls(audit, assessmentId);
    let [fresh, fixed] = [0, 0];
    for (let week = 0; week < 10; week++) {
      aws.moveClock(7 * dayMs);
      const now = await failingControls(audit, assessmentId);
      expect(now.size).toBeGreaterThan(0);
      fresh += now.difference(before).size;
      fixed += before.difference(now).size;
      before = now;
    }
    expect(fresh).toBeGreaterThan(10);
    expect(fixed).toBeGreaterThan(10);
  }, 60_000);

  test('never came for some controls, and stopped coming for one or another', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentId, sets } = await firstAssessment(audit);
    const controls = sets.flatMap(({ id: controlSetId, controls = [] }) =>
      controls.map((control) => ({ controlSetId, control })),
    );
    const never = controls.filter(({ control }) => control.evidenceCount === 0);
    expect(never.length).toBeGreaterThan(0);
    const folders = async ({ controlSetId, control }: (typeof controls)[number]) =>
      (
        await audit.send(
          new GetEvidenceFoldersByAssessmentControlCommand({ assessmentId, controlSetId, controlId: control.id }),
        )
      ).evidenceFolders ?? [];
    for (const one of never) expect(await folders(one)).toEqual([]);

    const automatic = controls.filter(({ control }) => control.response === 'AUTOMATE');
    let stopped = 0;
    for (let week = 0; week < 4; week++) {
      for (const one of automatic) {
        const newest = (await folders(one))[0]?.date?.getTime() ?? 0;
        if (aws.now().getTime() - newest > 7 * dayMs) stopped += 1;
      }
      aws.moveClock(7 * dayMs);
    }
    expect(stopped).toBeGreaterThan(0);
  }, 60_000);

  test('is imported by hand, each piece by itself', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentId, sets } = await firstAssessment(audit);
    const set = sets[0];
    const where = { assessmentId, controlSetId: set?.id, controlId: set?.controls?.[0]?.id };
    const { errors } = await audit.send(
      new BatchImportEvidenceToAssessmentControlCommand({
        ...where,
        manualEvidence: [
          { textResponse: 'Reviewed in Slack by U0ANA' },
          { textResponse: 'two', evidenceFileName: 'at-once.pdf' },
        ],
      }),
    );
    expect(errors).toMatchObject([{ errorCode: '400', manualEvidence: { evidenceFileName: 'at-once.pdf' } }]);
    const { evidenceFolders = [] } = await audit.send(new GetEvidenceFoldersByAssessmentControlCommand(where));
    expect(evidenceFolders[0]).toMatchObject({ dataSource: 'Manual', evidenceByTypeManualCount: 1 });
    const { evidence } = await audit.send(
      new GetEvidenceByEvidenceFolderCommand({ ...where, evidenceFolderId: evidenceFolders[0]?.id }),
    );
    expect(evidence).toMatchObject([{ attributes: { textResponse: 'Reviewed in Slack by U0ANA' } }]);
    const { changeLogs } = await audit.send(new GetChangeLogsCommand(where));
    expect(changeLogs).toMatchObject([{ action: 'IMPORT_EVIDENCE', objectType: 'CONTROL' }]);
  });
});

describe('reviews', () => {
  test('wait for weeks; the delegation, the notification and the change log say since when', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentMetadata = [] } = await audit.send(new ListAssessmentsCommand({ status: 'ACTIVE' }));
    const { delegations = [] } = await audit.send(new GetDelegationsCommand());
    const { notifications = [] } = await audit.send(new ListNotificationsCommand());
    const waiting = delegations.filter(({ status }) => status === 'UNDER_REVIEW');
    expect(waiting).toHaveLength(notifications.length);
    expect(waiting.some(({ creationTime }) => aws.now().getTime() - (creationTime?.getTime() ?? 0) > 14 * dayMs)).toBe(
      true,
    );
    const one = waiting[0];
    const { assessment } = await audit.send(new GetAssessmentCommand({ assessmentId: one?.assessmentId }));
    const set = assessment?.framework?.controlSets?.find(({ id }) => id === one?.controlSetName);
    expect(set?.status).toBe('UNDER_REVIEW');
    const { changeLogs = [] } = await audit.send(
      new GetChangeLogsCommand({ assessmentId: one?.assessmentId, controlSetId: one?.controlSetName }),
    );
    expect(changeLogs.find(({ action }) => action === 'UNDER_REVIEW')?.createdAt).toEqual(one?.creationTime);
    expect(assessmentMetadata.flatMap(({ delegations: inside = [] }) => inside).map(({ id }) => id)).toContain(one?.id);
  });
});

describe('a report', () => {
  test('is in progress, then complete, then has a link, and is whole', async () => {
    await using aws = await startHarness();
    const audit = clientOf(aws);
    const { assessmentId } = await firstAssessment(audit);
    const { assessmentReport } = await audit.send(
      new CreateAssessmentReportCommand({ assessmentId, name: 'week-48', description: 'Asked for in Slack' }),
    );
    expect(assessmentReport).toMatchObject({ status: 'IN_PROGRESS', name: 'week-48' });
    const link = new GetAssessmentReportUrlCommand({ assessmentId, assessmentReportId: assessmentReport?.id });
    await expect(audit.send(link)).rejects.toMatchObject({ name: 'ValidationException' });
    aws.moveClock(4 * minuteMs);
    const { assessmentReports = [] } = await audit.send(new ListAssessmentReportsCommand());
    expect(assessmentReports[0]).toMatchObject({ id: assessmentReport?.id, status: 'COMPLETE' });
    const { preSignedUrl } = await audit.send(link);
    const url = new URL(preSignedUrl?.link ?? '');
    const s3RelativePath = `s3://${url.hostname.split('.')[0]}${url.pathname}`;
    expect(await audit.send(new ValidateAssessmentReportIntegrityCommand({ s3RelativePath }))).toMatchObject({
      signatureValid: true,
      validationErrors: [],
    });
    const unknown = new ValidateAssessmentReportIntegrityCommand({ s3RelativePath: 's3://elsewhere/report.zip' });
    await expect(audit.send(unknown)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
