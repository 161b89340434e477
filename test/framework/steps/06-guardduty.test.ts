import {
  CreateDetectorCommand,
  CreateFilterCommand,
  DisableOrganizationAdminAccountCommand,
  EnableOrganizationAdminAccountCommand,
  GuardDutyClient,
  StartMonitoringMembersCommand,
  StopMonitoringMembersCommand,
  UpdateDetectorCommand,
  UpdateFilterCommand,
  UpdateMemberDetectorsCommand,
  UpdateOrganizationConfigurationCommand,
  UpdatePublishingDestinationCommand,
} from '@aws-sdk/client-guardduty';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { breaks } from '../../../sandbox/organization/breaks/06-guardduty.ts';
import { deleteDetector, detectorAt, regionOf } from '../../../sandbox/organization/guardduty.ts';
import type { FrameworkParts } from '../../../src/questions/framework/run.ts';
import { counts, type Lab, startLab } from '../lab.ts';

const web = '111122334444';
const payments = '111122223333';
const tooling = '111122222222';
const here = { accounts: ['prod-web', 'security-tooling'], regions: ['eu-west-1'] };
const denied = new AwsError('AccessDeniedException', 'You may not.', 403);

/** GuardDuty's client of an account's administrator, and the detector there. */
function guardDuty(lab: Lab, account = tooling, region = 'eu-west-1') {
  const client = lab.client(GuardDutyClient, { account, region });
  return { client, DetectorId: detectorAt(lab.organization, account, region)?.id };
}

describe('the administrator', () => {
  test('(a) off in one region, everything there follows from one cause', async () => {
    await using lab = await startLab();
    for (const { id } of lab.organization.accounts) deleteDetector(lab.organization, id, 'us-east-1');
    const rows = await lab.rows(['gd-admin', 'gd-enabled-everywhere', 'gd-auto-enable']);
    const there = rows.filter(({ region, verdict }) => region === 'us-east-1' && verdict === 'fail');
    const active = lab.organization.accounts.filter(({ state }) => state === 'ACTIVE').length;
    // The account whose role cannot be taken is not known.
    expect(there).toHaveLength(1 + (active - 1) + 1);
    expect(there.filter(({ cause }) => cause === null).map(({ check }) => check)).toEqual(['gd-admin']);
    expect(new Set(there.flatMap(({ cause }) => cause ?? []))).toEqual(new Set(['gd-admin']));
  });

  test('(c) where only a member could be asked, the answer is to ask elsewhere', async () => {
    await using lab = await startLab();
    for (const operation of ['organizations:ListDelegatedAdministrators', 'guardduty:ListOrganizationAdminAccounts'])
      lab.faults.inject({ operation, effect: denied });
    const rows = await lab.rows('gd-auto-enable', here, { securityAccount: payments });
    expect(rows).toMatchObject([{ verdict: 'unknown', unknown: 'ask elsewhere' }]);
  });

  test('(d) the management account denied, Organizations names the administrator', async () => {
    await using lab = await startLab();
    lab.faults.inject({ operation: 'guardduty:ListOrganizationAdminAccounts', effect: denied });
    const rows = await lab.rows('6', here);
    const of = (check: string) => counts(rows.filter((row) => row.check === check));
    expect(of('gd-admin')).toEqual({ unknown: 1 });
    expect(of('gd-enabled-everywhere')).toEqual({ pass: 2 });
    expect(of('gd-auto-enable')).toEqual({ pass: 1 });
    expect(of('gd-not-silenced')).toEqual({ pass: 1 });
  });

  test('its own fix turns gd-admin green', async () => {
    await using lab = await startLab();
    const { client } = guardDuty(lab, lab.organization.managementAccount, 'us-east-1');
    await client.send(new DisableOrganizationAdminAccountCommand({ AdminAccountId: tooling }));
    expect(await lab.rows('gd-admin')).toMatchObject([
      { region: 'eu-west-1', verdict: 'pass', proof: 'proven' },
      { region: 'us-east-1', verdict: 'fail' },
    ]);
    await client.send(new EnableOrganizationAdminAccountCommand({ AdminAccountId: tooling }));
    expect(counts(await lab.rows('gd-admin'))).toEqual({ pass: 2 });
  });
});

describe('detectors', () => {
  test('(b) an account that is not in the list is asked itself, and is not ours', async () => {
    await using lab = await startLab();
    regionOf(lab.organization, 'eu-west-1').relationships.set(web, 'Created');
    const rows = await lab.rows(['gd-enabled-everywhere', 'gd-auto-enable'], here);
    const mine = rows.find(({ account }) => account === web);
    expect(mine).toMatchObject({ verdict: 'pass', inheritedFrom: null });
    expect(mine?.reason).toContain("not in the organization's list");
    const auto = rows.find(({ check }) => check === 'gd-auto-enable');
    expect(auto).toMatchObject({ verdict: 'pass' });
    expect(auto?.reason).toContain(web);
  });

  test('(e) NEW and an older account off: a note there, a fail here, and its fix', async () => {
    await using lab = await startLab();
    deleteDetector(lab.organization, web, 'eu-west-1');
    const rows = await lab.rows(['gd-enabled-everywhere', 'gd-auto-enable'], here);
    expect(rows.find(({ account }) => account === web)).toMatchObject({ verdict: 'fail', cause: null });
    expect(rows.find(({ check }) => check === 'gd-auto-enable')?.reason).toContain(web);
    await guardDuty(lab, web).client.send(
      new CreateDetectorCommand({ Enable: true, FindingPublishingFrequency: 'FIFTEEN_MINUTES' }),
    );
    expect(counts(await lab.rows('gd-enabled-everywhere', here))).toEqual({ pass: 2 });
  });

  test('a paused member fails, a word that nobody knows is unknown, a region that is off does not apply', async () => {
    await using lab = await startLab();
    const { client, DetectorId } = guardDuty(lab);
    await client.send(new StopMonitoringMembersCommand({ DetectorId, AccountIds: [web] }));
    const only = { ...here, accounts: ['prod-web'] };
    expect(await lab.rows('gd-enabled-everywhere', only)).toMatchObject([{ verdict: 'fail' }]);
    await client.send(new StartMonitoringMembersCommand({ DetectorId, AccountIds: [web] }));
    expect(await lab.rows('gd-enabled-everywhere', only)).toMatchObject([{ verdict: 'pass' }]);
    const { relationships } = regionOf(lab.organization, 'eu-west-1');
    relationships.set(web, 'Hibernating');
    expect(await lab.rows('gd-enabled-everywhere', only)).toMatchObject([{ verdict: 'unknown' }]);
    relationships.set(web, 'RegionDisabled');
    expect(await lab.rows('gd-enabled-everywhere', only)).toMatchObject([{ verdict: 'not applicable' }]);
  });

  test('(i) a region that is off in the account is not asked', async () => {
    await using lab = await startLab();
    const account = lab.organization.accounts.find(({ id }) => id === web);
    if (account !== undefined) account.regions = account.regions.filter((region) => region !== 'us-east-1');
    const rows = await lab.rows('gd-enabled-everywhere', { accounts: ['prod-web'] });
    expect(rows.map(({ region }) => region)).toEqual(['eu-west-1']);
  });
});

describe('protections', () => {
  const only = { ...here, accounts: ['prod-web'] };

  test('(f) the older monitoring alone is partial, (g) what is not offered does not count, and the fix', async () => {
    await using lab = await startLab();
    const features = detectorAt(lab.organization, web, 'eu-west-1')?.features;
    features?.set('RUNTIME_MONITORING', 'DISABLED').set('EKS_RUNTIME_MONITORING', 'ENABLED');
    const [partial] = await lab.rows('gd-protections', only);
    expect(partial).toMatchObject({ verdict: 'fail' });
    expect(partial?.reason).toContain('in part');
    const { client, DetectorId } = guardDuty(lab);
    await client.send(
      new UpdateMemberDetectorsCommand({
        DetectorId,
        AccountIds: [web],
        Features: [{ Name: 'RUNTIME_MONITORING', Status: 'ENABLED' }],
      }),
    );
    features?.delete('LAMBDA_NETWORK_LOGS');
    const [whole] = await lab.rows('gd-protections', only);
    expect(whole).toMatchObject({ verdict: 'pass' });
    expect(whole?.reason).toContain('not offered here: LAMBDA_NETWORK_LOGS');
    features?.delete('RUNTIME_MONITORING');
    const [older] = await lab.rows('gd-protections', only);
    expect(older).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('in part') });
    features?.clear();
    expect(await lab.rows('gd-protections', only)).toMatchObject([{ verdict: 'not applicable' }]);
  });

  test('what new accounts do not get fails in the administrator', async () => {
    await using lab = await startLab();
    regionOf(lab.organization, 'eu-west-1').features.set('S3_DATA_EVENTS', 'NONE');
    const rows = () => lab.rows('gd-protections', { ...here, accounts: ['security-tooling'] });
    expect(counts(await rows())).toEqual({ pass: 1, fail: 1 });
    const { client, DetectorId } = guardDuty(lab);
    await client.send(
      new UpdateOrganizationConfigurationCommand({
        DetectorId,
        AutoEnableOrganizationMembers: 'ALL',
        Features: [{ Name: 'S3_DATA_EVENTS', AutoEnable: 'ALL' }],
      }),
    );
    expect(counts(await rows())).toEqual({ pass: 2 });
  });
});

describe('findings', () => {
  test('(h) a filter that archives from severity 1 on fails, and its fix', async () => {
    await using lab = await startLab();
    const { client, DetectorId } = guardDuty(lab);
    const severe = { Criterion: { severity: { Gte: 1 } } };
    const narrow = { Criterion: { 'resource.instanceDetails.instanceId': { Eq: ['i-0123'] } } };
    await client.send(
      new CreateFilterCommand({ DetectorId, Name: 'calm', Action: 'ARCHIVE', FindingCriteria: severe }),
    );
    await client.send(
      new CreateFilterCommand({ DetectorId, Name: 'scanner', Action: 'ARCHIVE', FindingCriteria: narrow }),
    );
    const [row, ...more] = await lab.rows('gd-not-silenced', here);
    expect([row?.verdict, more]).toEqual(['fail', []]);
    expect(row?.resource).toMatch(/filter\/calm$/);
    await client.send(new UpdateFilterCommand({ DetectorId, FilterName: 'calm', Action: 'NOOP' }));
    expect(await lab.rows('gd-not-silenced', here)).toMatchObject([{ verdict: 'pass' }]);
  });

  test('(j) a destination that cannot be written fails with its time, a slow frequency too, and their fixes', async () => {
    await using lab = await startLab();
    const { client, DetectorId } = guardDuty(lab);
    const { destinations } = regionOf(lab.organization, 'eu-west-1');
    const [DestinationId = ''] = destinations.keys();
    Object.assign(destinations.get(DestinationId) ?? {}, {
      status: 'UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY',
      failedSince: Date.UTC(2026, 0, 2),
    });
    const [broken] = await lab.rows('gd-publishing', here);
    expect(broken).toMatchObject({ verdict: 'fail' });
    expect(broken?.reason).toContain('2026-01-02');
    const properties = { DestinationArn: 'arn:aws:s3:::findings', KmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/a' };
    await client.send(
      new UpdatePublishingDestinationCommand({ DetectorId, DestinationId, DestinationProperties: properties }),
    );
    await client.send(new UpdateDetectorCommand({ DetectorId, FindingPublishingFrequency: 'SIX_HOURS' }));
    expect(await lab.rows('gd-publishing', here)).toMatchObject([{ verdict: 'fail' }]);
    await client.send(new UpdateDetectorCommand({ DetectorId, FindingPublishingFrequency: 'FIFTEEN_MINUTES' }));
    expect(await lab.rows('gd-publishing', here)).toMatchObject([{ verdict: 'pass' }]);
  });

  test('a severe finding is somebody’s after a week; without the store nothing is known of it', async () => {
    let store: FrameworkParts['store'] | undefined;
    await using lab = await startLab({}, {}, (asked) => {
      if (store === undefined) throw new Error('Nothing is old yet.');
      return store(asked);
    });
    lab.moveClock(86_400_000);
    expect(counts(await lab.rows('gd-findings-handled', here))).toEqual({ pass: 1 });
    lab.moveClock(9 * 86_400_000);
    const at = lab.now();
    store = async () => ({ is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at });
    const unknown = await lab.rows('gd-findings-handled', here);
    expect(new Set(unknown.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
    store = async () => ({ is: 'value', value: { keys: [] }, at });
    const open = await lab.rows('gd-findings-handled', here);
    expect(open).toHaveLength(unknown.length);
    expect(open.map(({ verdict, account }) => `${verdict} ${account}`)).toContain(`fail ${payments}`);
    store = async ({ input }) => ({ is: 'value', value: input, at });
    expect(await lab.rows('gd-findings-handled', here)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  });
});

test('findings of the week that came prove the way, one that did not breaks it; without the store the rules decide', async () => {
  let store: FrameworkParts['store'] | undefined;
  const at = new Date();
  await using lab = await startLab({}, {}, async (asked) =>
    store === undefined ? { is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at } : store(asked),
  );
  lab.moveClock(86_400_000);
  const [byRules] = await lab.rows('gd-alert-route', here);
  expect(byRules?.proof).not.toBe('proven');
  store = async ({ input }) => ({ is: 'value', value: input, at });
  expect(await lab.rows('gd-alert-route', here)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  store = async () => ({ is: 'value', value: { keys: [] }, at });
  expect(await lab.rows('gd-alert-route', here)).toMatchObject([{ verdict: 'fail', proof: 'proven' }]);
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: breakIt }) => {
  await using lab = await startLab();
  const failed = async () =>
    (await lab.rows(check, { accounts: ['prod-web', 'security-tooling'] })).filter(({ verdict }) => verdict === 'fail');
  const before = await failed();
  breakIt(lab.organization);
  expect((await failed()).length).toBeGreaterThan(before.length);
});
