import { EnableOrganizationsRootCredentialsManagementCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  EnableAllFeaturesCommand,
  EnablePolicyTypeCommand,
  MoveAccountCommand,
  OrganizationsClient,
  RegisterDelegatedAdministratorCommand,
} from '@aws-sdk/client-organizations';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { changeZone, controlTower } from '../../../sandbox/aws/services/controltower.ts';
import { changeRootManagement } from '../../../sandbox/aws/services/iam.ts';
import { changePolicies } from '../../../sandbox/aws/services/organization-policies.ts';
import { breaks } from '../../../sandbox/organization/breaks/01-landing-zone.ts';
import { strayWorkloads } from '../../../sandbox/organization/workloads.ts';
import type { Row } from '../../../src/framework/verdict.ts';
import { type Lab, startLab } from '../lab.ts';

const verdicts = (rows: readonly Row[]) => rows.map(({ verdict }) => verdict);
const worst = (rows: readonly Row[]) => rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown');
const doBreak = (lab: Lab, check: string) => breaks.find((one) => one.check === check)?.break(lab.organization);
const organizations = (lab: Lab) => lab.client(OrganizationsClient, { account: lab.organization.managementAccount });
const [web, staging] = ['111122334444', '111122445555'];

/** Calls of Control Tower that are written: its SDK package has none of them. */
const reset = (lab: Lab, operation: string, input: object): void => {
  const { organization } = lab;
  const account = organization.managementAccount;
  const caller = { account, arn: `arn:aws:iam::${account}:user/ana`, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
  const call = { input, account, region: 'eu-west-1', caller, now: lab.now(), organization };
  const handler = controlTower.operations[operation];
  if (handler === undefined) throw new Error(`There is no ${operation}.`);
  Reflect.apply(handler, undefined, [call]);
};

test('the organization as it stands: three defects, the rest passes', async () => {
  await using lab = await startLab();
  const rows = await lab.rows('1');
  expect(worst(rows).map(({ check, verdict, account, resource }) => [check, verdict, account, resource])).toEqual([
    ['lz-accounts-governed', 'fail', staging, expect.stringContaining('enabledbaseline')],
    ['lz-current', 'fail', lab.organization.managementAccount, expect.stringContaining('landingzone')],
    ['org-delegated-admins', 'fail', lab.organization.managementAccount, 'account.amazonaws.com'],
  ]);
  // (i) a suspended account is listed and not applicable.
  expect(
    rows.find(({ check, account }) => check === 'org-accounts-placed' && account === '111122778888'),
  ).toMatchObject({
    verdict: 'not applicable',
    reason: 'The account is SUSPENDED.',
  });
  // (h) whoever a guardrail leaves out is named, and the management account is never covered.
  const guards = rows.filter(({ check }) => check === 'org-guard-audit');
  expect(guards.find(({ account }) => account === web)).toMatchObject({
    verdict: 'pass',
    proof: 'configured',
    reason: expect.stringContaining('AWSControlTowerExecution'),
  });
  expect(guards.find(({ account }) => account === lab.organization.managementAccount)?.verdict).toBe('not applicable');
});

describe('a fix turns its check green', () => {
  test('org-all-features: (a) consolidated billing alone', async () => {
    await using lab = await startLab();
    doBreak(lab, 'org-all-features');
    const rows = () => lab.rows(['org-all-features', 'org-policies-on'], { accounts: ['prod-web'] });
    expect(await rows()).toMatchObject([
      { check: 'org-all-features', verdict: 'fail' },
      { check: 'org-policies-on', verdict: 'fail', cause: 'org-all-features' },
    ]);
    await organizations(lab).send(new EnableAllFeaturesCommand({}));
    expect(verdicts(await rows())).toEqual(['pass', 'pass']);
  });

  test('org-policies-on', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows('org-policies-on', { accounts: ['prod-web'] });
    doBreak(lab, 'org-policies-on');
    expect(await rows()).toMatchObject([{ verdict: 'fail', resource: lab.organization.rootId }]);
    await organizations(lab).send(
      new EnablePolicyTypeCommand({ RootId: lab.organization.rootId, PolicyType: 'SERVICE_CONTROL_POLICY' }),
    );
    expect(verdicts(await rows())).toEqual(['pass']);
    // FullAWSAccess alone guards nothing.
    changePolicies(lab.organization, (policies) => {
      for (const policy of policies) if (!policy.awsManaged) policy.targets.clear();
    });
    expect(verdicts(await rows())).toEqual(['fail']);
  });

  test('org-guard-audit: a statement that is no list, by a policy of the fix', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows('org-guard-audit', { accounts: ['prod-web'] });
    doBreak(lab, 'org-guard-audit');
    expect(await rows()).toMatchObject([
      { verdict: 'fail', account: web, reason: expect.stringContaining('cloudtrail:StopLogging') },
    ]);
    const Content = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Deny',
        Action: [
          'cloudtrail:*',
          'config:*',
          'guardduty:*',
          'events:D*',
          'logs:DeleteLogGroup',
          'organizations:LeaveOrganization',
        ],
        Resource: '*',
      },
    });
    const created = await organizations(lab).send(
      new CreatePolicyCommand({
        Name: 'keep-the-audit',
        Type: 'SERVICE_CONTROL_POLICY',
        Description: 'Keep the audit',
        Content,
      }),
    );
    await organizations(lab).send(
      new AttachPolicyCommand({
        PolicyId: created.Policy?.PolicySummary?.Id,
        TargetId: lab.organization.rootId,
      }),
    );
    // Without conditions the simulator proves it.
    expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  });

  test('org-accounts-placed', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows('org-accounts-placed', { accounts: ['prod-web'] });
    doBreak(lab, 'org-accounts-placed');
    expect(await rows()).toMatchObject([{ verdict: 'fail', resource: lab.organization.rootId }]);
    await organizations(lab).send(
      new MoveAccountCommand({
        AccountId: web,
        SourceParentId: lab.organization.rootId,
        DestinationParentId: 'ou-tw01-wprod000',
      }),
    );
    expect(verdicts(await rows())).toEqual(['pass']);
  });

  test('org-mgmt-empty: what is not recorded says nothing, tools of the landing zone are a note', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows('org-mgmt-empty', { accounts: ['prod-web'] });
    const stray = strayWorkloads(lab.organization);
    expect(verdicts(await rows())).toEqual(['pass']);
    const account = lab.organization.managementAccount;
    stray.push({ account, region: 'eu-west-1', type: 'AWS::Lambda::Function', name: 'aws-controltower-forwarder' });
    expect(await rows()).toMatchObject([{ verdict: 'fail', severity: 'low' }]);
    doBreak(lab, 'org-mgmt-empty');
    expect(await rows()).toMatchObject([
      { verdict: 'fail', severity: 'medium', reason: expect.stringContaining('nightly-billing-export') },
    ]);
    stray.length = 0;
    expect(verdicts(await rows())).toEqual(['pass']);
    lab.faults.inject({
      operation: 'config:SelectAggregateResourceConfig',
      effect: new AwsError('AccessDeniedException', 'You may not.'),
    });
    expect(await rows()).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
  });

  test('org-delegated-admins', async () => {
    await using lab = await startLab();
    const rows = async () =>
      Object.fromEntries(
        (await lab.rows('org-delegated-admins', { accounts: ['prod-web'] })).map((row) => [row.resource, row.verdict]),
      );
    doBreak(lab, 'org-delegated-admins');
    expect(await rows()).toMatchObject({ 'guardduty.amazonaws.com': 'fail', 'config.amazonaws.com': 'pass' });
    for (const ServicePrincipal of ['guardduty.amazonaws.com', 'account.amazonaws.com'])
      await organizations(lab).send(
        new RegisterDelegatedAdministratorCommand({ AccountId: lab.organization.homeAccount, ServicePrincipal }),
      );
    expect(new Set(Object.values(await rows()))).toEqual(new Set(['pass']));
    // Security Hub and Detective keep lists of their own, region by region, which Organizations does not see.
    const { homeAccount } = lab.organization;
    for (const service of ['securityhub', 'detective']) {
      const operation = `${service}:ListOrganizationAdminAccounts`;
      let withdraw = lab.faults.inject({ operation, effect: { instead: { [homeAccount]: web } } });
      expect(await rows()).toMatchObject({ [`${service}.amazonaws.com`]: 'fail', 'config.amazonaws.com': 'pass' });
      withdraw();
      withdraw = lab.faults.inject({ operation, effect: new AwsError('AccessDeniedException', 'no', 403) });
      expect(await rows()).toMatchObject({ [`${service}.amazonaws.com`]: 'unknown', 'config.amazonaws.com': 'pass' });
      withdraw();
    }
  });

  test('org-root-central', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows('org-root-central', { accounts: ['prod-web'] });
    changeRootManagement(lab.organization, []);
    expect(verdicts(await rows())).toEqual(['fail']);
    await lab
      .client(IAMClient, { account: lab.organization.managementAccount })
      .send(new EnableOrganizationsRootCredentialsManagementCommand({}));
    expect(await rows()).toMatchObject([{ verdict: 'pass', reason: expect.stringContaining('Root sessions are off') }]);
  });

  test('lz-healthy and lz-current: (e) drift', async () => {
    await using lab = await startLab();
    const rows = () => lab.rows(['lz-current', 'lz-healthy'], { accounts: ['prod-web'] });
    doBreak(lab, 'lz-healthy');
    const [, healthy] = await rows();
    expect(healthy).toMatchObject({ check: 'lz-healthy', verdict: 'fail' });
    reset(lab, 'ResetLandingZone', { landingZoneIdentifier: healthy?.resource });
    reset(lab, 'UpdateLandingZone', { landingZoneIdentifier: healthy?.resource, version: '3.4' });
    expect(verdicts(await rows())).toEqual(['pass', 'pass']);
    changeZone(lab.organization, (zone) => {
      zone.status = 'PROCESSING';
      zone.version = '3.10';
    });
    expect((await rows()).map(({ verdict, unknown }) => unknown ?? verdict)).toEqual(['pass', 'pending']);
  });

  test('lz-controls-sync: (f) one is not known', async () => {
    await using lab = await startLab();
    const rows = async () =>
      (await lab.rows('lz-controls-sync', { accounts: ['prod-web'] })).filter(({ verdict }) => verdict !== 'pass');
    expect(await rows()).toEqual([]);
    changeZone(lab.organization, ({ controls: [first] }) => {
      if (first !== undefined) first.drift = 'UNKNOWN';
    });
    expect(verdicts(await rows())).toEqual(['unknown']);
    doBreak(lab, 'lz-controls-sync');
    const [drifted] = await rows();
    expect(drifted).toMatchObject({ verdict: 'fail', resource: expect.stringContaining('enabledcontrol') });
    reset(lab, 'ResetEnabledControl', { enabledControlIdentifier: drifted?.resource });
    expect(await rows()).toEqual([]);
    // A control may be in sync by itself and not be what its unit hands down any more.
    changeZone(lab.organization, ({ controls: [first] }) => {
      if (first !== undefined) first.inheritance = 'DRIFTED';
    });
    expect(verdicts(await rows())).toEqual(['fail']);
  });

  test('lz-accounts-governed: (g) for the moved account alone', async () => {
    await using lab = await startLab();
    const rows = async () => (await lab.rows('lz-accounts-governed')).filter(({ verdict }) => verdict === 'fail');
    const [drifted, ...others] = await rows();
    expect([drifted?.account, others]).toEqual([staging, []]);
    reset(lab, 'ResetEnabledBaseline', { enabledBaselineIdentifier: drifted?.resource });
    expect(await rows()).toEqual([]);
  });
});

test('(b) one account without an organization: nothing applies', async () => {
  await using lab = await startLab();
  lab.faults.inject({
    operation: 'organizations:DescribeOrganization',
    effect: new AwsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.'),
  });
  const rows = await lab.rows('1', { accounts: [lab.organization.homeAccount] });
  expect(rows.length).toBeGreaterThanOrEqual(10);
  expect(new Set(verdicts(rows))).toEqual(new Set(['not applicable']));
});

test('(c) policies asked in a member: ask elsewhere, not fail', async () => {
  await using lab = await startLab();
  lab.faults.inject({
    operation: 'organizations:ListPolicies',
    effect: new AwsError('AccessDeniedException', "You don't have permissions to access this resource."),
  });
  const rows = await lab.rows(['org-policies-on', 'org-guard-audit'], { accounts: ['prod-web'] });
  expect(rows.map(({ verdict, unknown }) => [verdict, unknown])).toEqual([
    ['unknown', 'ask elsewhere'],
    ['unknown', 'ask elsewhere'],
  ]);
});

test('accounts whose place could not be read are unknown for the same reason', async () => {
  await using lab = await startLab();
  lab.faults.inject({
    operation: 'organizations:ListAccountsForParent',
    effect: new AwsError('TooManyRequestsException', 'AWS Organizations could not process the request.'),
  });
  const [row] = await lab.rows('org-accounts-placed', { accounts: [lab.organization.homeAccount] });
  expect(row).toMatchObject({ verdict: 'unknown', unknown: 'throttled' });
});

test('(d) no Control Tower: not applicable, but where the company wants it', async () => {
  await using lab = await startLab();
  changeZone(lab.organization, null);
  const checks = ['lz-healthy', 'lz-current', 'lz-controls-sync', 'lz-accounts-governed'];
  const where = { accounts: ['prod-web'] };
  expect(new Set(verdicts(await lab.rows(checks, where)))).toEqual(new Set(['not applicable']));
  expect(new Set(verdicts(await lab.rows(checks, where, { controlTower: 'required' })))).toEqual(new Set(['fail']));
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: doIt }) => {
  await using lab = await startLab();
  doIt(lab.organization);
  expect(verdicts(await lab.rows(check, { accounts: ['prod-*'] }))).toContain('fail');
});
