import { afterAll, beforeAll, expect, test } from 'vitest';
import { counts, type Lab, startLab } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const where = { accounts: ['prod-payments', 'security-tooling'], regions: ['eu-west-1'] };

/** A check, an answer on which it stands, and the word in it in place of which a later API says another. */
const cases: readonly (readonly [check: string, operation: string, word: string])[] = [
  ['org-policies-on', 'organizations:ListRoots', 'ENABLED'],
  ['lz-healthy', 'controltower:GetLandingZone', 'ACTIVE'],
  ['lz-healthy', 'controltower:GetLandingZone', 'IN_SYNC'],
  ['lz-controls-sync', 'controltower:ListEnabledControls', 'SUCCEEDED'],
  ['lz-accounts-governed', 'controltower:ListEnabledBaselines', 'SUCCEEDED'],
  ['trail-encrypted', 'kms:DescribeKey', 'Enabled'],
  ['archive-key-alive', 'kms:DescribeKey', 'Enabled'],
  ['archive-immutable', 's3:GetObjectLockConfiguration', 'GOVERNANCE'],
  ['archive-immutable', 's3:GetObjectLockConfiguration', 'Enabled'],
  ['flow-traffic', 'ec2:DescribeFlowLogs', 'ALL'],
  ['flow-delivers', 'ec2:DescribeFlowLogs', 'SUCCESS'],
  ['dns-vpc-covered', 'route53resolver:ListResolverQueryLogConfigAssociations', 'ACTIVE'],
  ['dns-vpc-covered', 'route53resolver:ListResolverQueryLogConfigs', 'CREATED'],
  ['gd-admin', 'guardduty:ListOrganizationAdminAccounts', 'ENABLED'],
  ['gd-auto-enable', 'guardduty:DescribeOrganizationConfiguration', 'NEW'],
  ['gd-publishing', 'guardduty:GetDetector', 'FIFTEEN_MINUTES'],
  ['config-recording', 'config:DescribeConfigurationRecorderStatus', 'SUCCESS'],
  ['config-aggregator', 'config:DescribeConfigurationAggregatorSourcesStatus', 'SUCCEEDED'],
  ['config-delivers', 'config:DescribeDeliveryChannelStatus', 'SUCCESS'],
  ['det-sources', 'detective:ListDatasourcePackages', 'STARTED'],
  ['aa-external', 'access-analyzer:ListAnalyzers', 'ACTIVE'],
  ['am-state', 'auditmanager:GetAccountStatus', 'ACTIVE'],
  ['sh-evaluates', 'securityhub:GetEnabledStandards', 'READY'],
];

test.each(cases)('%s by %s: a word in place of %s that nobody knows is unknown', async (check, operation, word) => {
  expect(counts(await lab.rows(check, where))).toMatchObject({ pass: expect.any(Number) });
  const withdraw = lab.faults.inject({ operation, effect: { instead: { [word]: 'DREAMING' } } });
  const rows = await lab.rows(check, where);
  withdraw();
  expect(counts(rows), JSON.stringify(rows.map(({ reason }) => reason))).toEqual({ unknown: expect.any(Number) });
});

test('an account in a state that nobody knows is checked like any other', async () => {
  const withdraw = lab.faults.inject({
    operation: 'organizations:ListAccountsForParent',
    effect: { instead: { ACTIVE: 'DREAMING' } },
  });
  expect(counts(await lab.rows('gd-enabled-everywhere', where))).toEqual({ pass: 2 });
  withdraw();
});
