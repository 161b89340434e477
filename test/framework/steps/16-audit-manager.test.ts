import {
  AuditManagerClient,
  CreateAssessmentReportCommand,
  ListAssessmentsCommand,
  RegisterOrganizationAdminAccountCommand,
  UpdateAssessmentCommand,
  UpdateAssessmentControlSetStatusCommand,
  UpdateSettingsCommand,
} from '@aws-sdk/client-auditmanager';
import { ConfigServiceClient, PutOrganizationConformancePackCommand } from '@aws-sdk/client-config-service';
import {
  BatchEnableStandardsCommand,
  SecurityHubClient,
  UpdateOrganizationConfigurationCommand,
} from '@aws-sdk/client-securityhub';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { setAuditManager } from '../../../sandbox/aws/services/auditmanager.ts';
import { assessmentsOf } from '../../../sandbox/organization/assessments.ts';
import { breaks } from '../../../sandbox/organization/breaks/16-audit-manager.ts';
import { evidenceSettings } from '../../../sandbox/organization/evidence.ts';
import type { FrameworkParts } from '../../../src/questions/framework/run.ts';
import { counts, startLab } from '../lab.ts';

const web = '111122334444';
const tooling = '111122222222';
const region = 'eu-west-1';
const here = { accounts: ['prod-web'], regions: [region] };
const everybody = { regions: [region] };
const denied = new AwsError('AccessDeniedException', 'You may not.', 403);

test('(a) INACTIVE with packs that evaluate: Audit Manager does not apply, the packs pass, proven', async () => {
  await using lab = await startLab();
  setAuditManager(lab.organization, 'INACTIVE');
  const rows = await lab.rows(['am-state', 'am-assessments', 'am-evidence-fresh', 'pack-evaluates'], here);
  expect(rows.map(({ check, verdict, proof }) => `${check} ${verdict} ${proof}`).toSorted()).toEqual([
    'am-assessments not applicable null',
    'am-evidence-fresh not applicable null',
    'am-state not applicable null',
    'pack-evaluates pass proven',
    'pack-evaluates pass proven',
  ]);
});

test('(b) insights of five days ago fail, and are stale', async () => {
  await using lab = await startLab();
  expect(await lab.rows('am-evidence-fresh', everybody)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  evidenceSettings(lab.organization).audit.lateMs = 5 * 86_400_000;
  expect(await lab.rows('am-evidence-fresh', everybody)).toMatchObject([{ verdict: 'fail', proof: 'stale' }]);
});

test('(c) an assessment of three hours ago has a day for its first evidence', async () => {
  await using lab = await startLab();
  for (const assessment of assessmentsOf(lab.organization))
    assessment.createdAt = new Date(lab.now().getTime() - 3 * 3_600_000);
  expect(await lab.rows('am-evidence-fresh', everybody)).toMatchObject([{ verdict: 'unknown', unknown: 'pending' }]);
});

test('(d) INACTIVE, no pack and no standard: nothing collects evidence; the fix of the packs', async () => {
  await using lab = await startLab();
  setAuditManager(lab.organization, 'INACTIVE');
  const { packs } = evidenceSettings(lab.organization);
  packs.deployed = false;
  expect(await lab.rows('pack-evaluates', here)).toMatchObject([{ verdict: 'not applicable' }]);
  const off = lab.faults.inject({
    operation: 'securityhub:GetEnabledStandards',
    effect: new AwsError('InvalidAccessException', 'The account is not subscribed to AWS Security Hub', 401),
  });
  expect(await lab.rows('pack-evaluates', here)).toMatchObject([{ verdict: 'fail' }]);
  // (h) Security Hub that is off does not apply by itself.
  expect(await lab.rows('sh-evaluates', here)).toMatchObject([{ verdict: 'not applicable' }]);
  off();
  await lab
    .client(ConfigServiceClient, { account: tooling, region })
    .send(
      new PutOrganizationConformancePackCommand({ OrganizationConformancePackName: 'CIS', TemplateS3Uri: 's3://a/b' }),
    );
  expect(counts(await lab.rows('pack-evaluates', here))).toEqual({ pass: 2 });
});

test('(e) a pack that has insufficient data follows from step 8; one that could not be made fails', async () => {
  await using lab = await startLab();
  const { packs } = evidenceSettings(lab.organization);
  packs.blind.add('OrgConformsPack-PCI-DSS-m9w4z7p2');
  const rows = await lab.rows('pack-evaluates', here);
  expect(counts(rows)).toEqual({ pass: 1, fail: 1 });
  expect(rows.find(({ verdict }) => verdict === 'fail')).toMatchObject({ cause: 'config-recording' });
  packs.failed.add(web);
  expect(counts(await lab.rows('pack-evaluates', here))).toEqual({ fail: 2 });
});

test('(f) denied is unknown, and so is all that stands on it', async () => {
  await using lab = await startLab();
  lab.faults.inject({ operation: 'auditmanager:GetAccountStatus', effect: denied });
  const rows = await lab.rows(['am-state', 'am-assessments', 'am-reports'], everybody);
  expect(rows.map(({ verdict, unknown }) => `${verdict} ${unknown}`)).toEqual([
    'unknown denied',
    'unknown denied',
    'unknown denied',
  ]);
});

test('(g) no user activity within a week follows from step 2', async () => {
  await using lab = await startLab();
  evidenceSettings(lab.organization).audit.withoutActivity = true;
  expect(await lab.rows('am-evidence-fresh', everybody)).toMatchObject([{ verdict: 'fail', cause: 'trail-org-wide' }]);
});

test('an account that is in no scope fails until the scope is replaced', async () => {
  await using lab = await startLab();
  const rows = () => lab.rows('am-assessments', { regions: [region] });
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
  evidenceSettings(lab.organization).audit.outOfScope.add(web);
  const [row] = await rows();
  expect(row).toMatchObject({ verdict: 'fail' });
  expect(row?.reason).toContain(web);
  const client = lab.client(AuditManagerClient, { account: tooling, region });
  const { assessmentMetadata = [] } = await client.send(new ListAssessmentsCommand({ status: 'ACTIVE' }));
  const awsAccounts = lab.organization.accounts.map(({ id }) => ({ id }));
  await client.send(new UpdateAssessmentCommand({ assessmentId: assessmentMetadata[0]?.id, scope: { awsAccounts } }));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test('the organization, the place of reports and a report of the quarter, with their fixes', async () => {
  await using lab = await startLab();
  const { audit } = evidenceSettings(lab.organization);
  Object.assign(audit, { connected: false, destination: null });
  const rows = () => lab.rows(['am-org', 'am-reports'], everybody);
  expect(counts(await rows())).toEqual({ fail: 2 });
  const client = lab.client(AuditManagerClient, { account: tooling, region });
  await lab
    .client(AuditManagerClient, { account: lab.organization.managementAccount, region })
    .send(new RegisterOrganizationAdminAccountCommand({ adminAccountId: tooling }));
  await client.send(
    new UpdateSettingsCommand({
      defaultAssessmentReportsDestination: { destinationType: 'S3', destination: 's3://reports/reports' },
    }),
  );
  const { assessmentMetadata = [] } = await client.send(new ListAssessmentsCommand({ status: 'ACTIVE' }));
  await client.send(new CreateAssessmentReportCommand({ name: 'quarter', assessmentId: assessmentMetadata[0]?.id }));
  lab.moveClock(3_600_000);
  expect(counts(await rows())).toEqual({ pass: 2 });
});

test('reviews that wait for more than a month fail by control set, and are reviewed', async () => {
  await using lab = await startLab();
  const rows = () => lab.rows('am-reviews', everybody);
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
  evidenceSettings(lab.organization).audit.reviewsLateMs = 31 * 86_400_000;
  expect(Object.keys(counts(await rows()))).toEqual(['fail']);
  const client = lab.client(AuditManagerClient, { account: tooling, region });
  for (const { id, controlSets } of assessmentsOf(lab.organization))
    for (const { id: controlSetId } of controlSets)
      await client.send(
        new UpdateAssessmentControlSetStatusCommand({
          assessmentId: id,
          controlSetId,
          status: 'REVIEWED',
          comment: 'reviewed',
        }),
      );
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test('standards that are incomplete, accounts left out, and their fixes', async () => {
  await using lab = await startLab();
  const rows = () => lab.rows('sh-evaluates', everybody);
  expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  const { hub } = evidenceSettings(lab.organization);
  const client = lab.client(SecurityHubClient, { account: tooling, region });
  hub.status = 'INCOMPLETE';
  expect(new Set((await rows()).map(({ verdict, cause }) => `${verdict} ${cause}`))).toEqual(
    new Set(['fail config-recording']),
  );
  const StandardsArn = `arn:aws:securityhub:${region}::standards/cis-aws-foundations-benchmark/v/1.4.0`;
  await client.send(new BatchEnableStandardsCommand({ StandardsSubscriptionRequests: [{ StandardsArn }] }));
  hub.autoEnable = false;
  expect(await rows()).toMatchObject([{ verdict: 'fail' }]);
  await client.send(new UpdateOrganizationConfigurationCommand({ AutoEnable: true }));
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
});

test('the evidence digest is known to the store alone', async () => {
  const at = new Date();
  const run = { at: at.toISOString(), complete: true, signedOff: true, filesVerify: true };
  let store: FrameworkParts['store'] = async () => ({ is: 'unknown', why: 'not asked', sentence: 'No store.', at });
  await using lab = await startLab({}, {}, (asked) => store(asked));
  const verdict = async () =>
    (await lab.rows('evidence-digest-lives', here)).map(({ verdict, proof }) => [verdict, proof]);
  expect(await verdict()).toEqual([['unknown', null]]);
  const answer =
    (value: object | null): FrameworkParts['store'] =>
    async () => ({ is: 'value', value: { run: value }, at });
  store = answer(null);
  expect(await verdict()).toEqual([['fail', 'configured']]);
  store = answer({ ...run, filesVerify: false });
  expect(await verdict()).toEqual([['fail', 'proven']]);
  store = answer({ ...run, signedOff: false });
  expect(await verdict()).toEqual([['fail', 'configured']]);
  store = answer(run);
  expect(await verdict()).toEqual([['pass', 'proven']]);
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: breakIt }) => {
  await using lab = await startLab();
  const failed = async () =>
    (await lab.rows(check, check === 'pack-evaluates' ? here : everybody)).flatMap(({ verdict, reason }) =>
      verdict === 'fail' ? [reason] : [],
    );
  const before = await failed();
  breakIt(lab.organization);
  const after = await failed();
  expect(after.some((reason) => !before.includes(reason))).toBe(true);
});
