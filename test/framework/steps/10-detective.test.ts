import {
  CreateGraphCommand,
  CreateMembersCommand,
  DetectiveClient,
  ListInvestigationsCommand,
  StartMonitoringMemberCommand,
  UpdateDatasourcePackagesCommand,
  UpdateInvestigationStateCommand,
  UpdateOrganizationConfigurationCommand,
} from '@aws-sdk/client-detective';
import { expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { breaks } from '../../../sandbox/organization/breaks/10-detective.ts';
import { detectiveSettings } from '../../../sandbox/organization/detective.ts';
import type { FrameworkParts } from '../../../src/questions/framework/run.ts';
import { counts, type Lab, startLab } from '../lab.ts';

const web = '111122334444';
const tooling = '111122222222';
const here = { accounts: ['prod-web', 'security-tooling'], regions: ['eu-west-1'] };
const denied = new AwsError('AccessDeniedException', 'You may not.', 403);
const clientOf = (lab: Lab, region = 'eu-west-1') =>
  lab.client(DetectiveClient, { account: tooling, region, maxAttempts: 3 });
const graphOf = (lab: Lab) => detectiveSettings(lab.organization).graphs.get(`${tooling} eu-west-1`);

test('a graph answers in one region, none is in another, and the fix makes one', async () => {
  await using lab = await startLab();
  expect(await lab.rows('det-graph')).toMatchObject([
    { region: 'eu-west-1', verdict: 'pass', proof: 'proven' },
    { region: 'us-east-1', verdict: 'fail' },
  ]);
  await clientOf(lab, 'us-east-1').send(new CreateGraphCommand({}));
  expect(counts(await lab.rows('det-graph'))).toEqual({ pass: 2 });
});

test('(a) a graph that a member has is not central', async () => {
  await using lab = await startLab();
  const { graphs } = detectiveSettings(lab.organization);
  graphs.clear();
  graphs.set(`${web} eu-west-1`, 'arn:aws:detective:eu-west-1:111122334444:graph:0123456789abcdef0123456789abcdef');
  const [row] = await lab.rows('det-graph', here);
  expect(row).toMatchObject({ verdict: 'fail' });
  expect(row?.reason).toContain(web);
});

test('no graph at all does not apply where the company does not use Detective; a graph is judged all the same', async () => {
  await using lab = await startLab();
  const rows = () => lab.rows('det-graph', here, { detective: 'none' });
  expect(await rows()).toMatchObject([{ verdict: 'pass' }]);
  detectiveSettings(lab.organization).graphs.clear();
  expect(await rows()).toMatchObject([{ verdict: 'not applicable' }]);
});

test('(b) a member that sends too much fails with the reason, and the fix sets it going', async () => {
  await using lab = await startLab();
  const where = { ...here, accounts: ['sandbox-experiments'] };
  const [row] = await lab.rows('det-members', where);
  expect(row).toMatchObject({ verdict: 'fail' });
  expect(row?.reason).toContain('VOLUME_TOO_HIGH');
  const AccountId = row?.account;
  await clientOf(lab).send(new StartMonitoringMemberCommand({ GraphArn: graphOf(lab), AccountId }));
  expect(await lab.rows('det-members', where)).toMatchObject([{ verdict: 'pass' }]);
});

test('an account that was never a member fails, the administrator is part of it, and the fix', async () => {
  await using lab = await startLab();
  detectiveSettings(lab.organization).absent.add(web);
  expect(counts(await lab.rows('det-members', here))).toEqual({ pass: 1, fail: 1 });
  const Accounts = [{ AccountId: web, EmailAddress: 'aws+prod-web@example.com' }];
  await clientOf(lab).send(new CreateMembersCommand({ GraphArn: graphOf(lab), Accounts }));
  expect(counts(await lab.rows('det-members', here))).toEqual({ pass: 2 });
});

test('(c) members that may not be listed are to be asked elsewhere, (e) a graph that may not be is denied', async () => {
  await using lab = await startLab();
  lab.faults.inject({ operation: 'detective:ListMembers', effect: denied });
  expect(await lab.rows('det-members', { ...here, accounts: ['prod-web'] })).toMatchObject([
    { verdict: 'unknown', unknown: 'ask elsewhere' },
  ]);
  lab.faults.inject({ operation: 'detective:ListGraphs', effect: denied });
  expect(await lab.rows(['det-graph', 'det-auto'], here)).toMatchObject([
    { verdict: 'unknown', unknown: 'denied' },
    { verdict: 'unknown', unknown: 'denied' },
  ]);
});

test('(d) volume that was counted five days ago is stale, today’s proves it, a source that stopped fails', async () => {
  await using lab = await startLab();
  expect(await lab.rows('det-sources', here)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  const settings = detectiveSettings(lab.organization);
  settings.countedAgoMs = 5 * 86_400_000;
  expect(await lab.rows('det-sources', here)).toMatchObject([{ verdict: 'fail', proof: 'stale' }]);
  settings.countedAgoMs = 3_600_000;
  settings.stopped.add('DETECTIVE_CORE');
  expect(await lab.rows('det-sources', here)).toMatchObject([{ verdict: 'fail' }]);
  await clientOf(lab).send(
    new UpdateDatasourcePackagesCommand({ GraphArn: graphOf(lab), DatasourcePackages: ['DETECTIVE_CORE'] }),
  );
  expect(await lab.rows('det-sources', here)).toMatchObject([{ verdict: 'pass' }]);
});

test('(f) a host that does not exist is a region without Detective where others answer, and unknown where none does', async () => {
  await using lab = await startLab();
  const effect = new AwsError('ENOTFOUND', 'getaddrinfo ENOTFOUND');
  lab.faults.inject({ operation: 'detective:ListGraphs', region: 'us-east-1', effect });
  expect(await lab.rows('det-graph')).toMatchObject([{ verdict: 'pass' }, { verdict: 'not applicable' }]);
  lab.faults.inject({ operation: 'detective:ListGraphs', region: 'eu-west-1', effect });
  expect(counts(await lab.rows('det-graph'))).toEqual({ unknown: 2 });
});

test('new accounts are members by themselves again after the fix; GuardDuty is on where the graph is', async () => {
  await using lab = await startLab();
  detectiveSettings(lab.organization).autoEnable = false;
  expect(await lab.rows(['det-auto', 'det-guardduty'], here)).toMatchObject([
    { check: 'det-auto', verdict: 'fail' },
    { check: 'det-guardduty', verdict: 'pass' },
  ]);
  await clientOf(lab).send(new UpdateOrganizationConfigurationCommand({ GraphArn: graphOf(lab), AutoEnable: true }));
  expect(await lab.rows('det-auto', here)).toMatchObject([{ verdict: 'pass' }]);
  lab.faults.inject({ operation: 'guardduty:GetDetector', effect: { instead: { ENABLED: 'DISABLED' } } });
  expect(await lab.rows('det-guardduty', here)).toMatchObject([
    { verdict: 'fail', reason: expect.stringContaining('suspended') },
  ]);
});

test('severe investigations that nobody closed fail, and archiving them is the fix', async () => {
  await using lab = await startLab();
  lab.moveClock(30 * 86_400_000);
  const GraphArn = graphOf(lab);
  const open = (await lab.rows('inv-open', here)).filter(({ verdict }) => verdict === 'fail');
  const { InvestigationDetails = [] } = await clientOf(lab).send(new ListInvestigationsCommand({ GraphArn }));
  const severe = InvestigationDetails.filter(
    ({ Severity = '', State }) => State === 'ACTIVE' && ['HIGH', 'CRITICAL'].includes(Severity),
  );
  expect(open.map(({ resource }) => resource).toSorted()).toEqual(
    severe.map(({ InvestigationId }) => InvestigationId).toSorted(),
  );
  const withdraw = lab.faults.inject({
    operation: 'detective:ListInvestigations',
    effect: { instead: { HIGH: 'SEVERE', CRITICAL: 'SEVERE' } },
  });
  expect(new Set((await lab.rows('inv-open', here)).map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  withdraw();
  for (const { InvestigationId } of severe)
    await clientOf(lab).send(new UpdateInvestigationStateCommand({ GraphArn, InvestigationId, State: 'ARCHIVED' }));
  expect(await lab.rows('inv-open', here)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
});

test('(g) IAM users that act are listed; those that are expected pass', async () => {
  await using lab = await startLab();
  const where = { accounts: ['prod-payments'] };
  // IAM takes its time to make the report.
  expect(await lab.rows('iam-nonfederated-use', where)).toMatchObject([{ verdict: 'unknown', unknown: 'pending' }]);
  lab.moveClock(60_000);
  const acted = await lab.rows('iam-nonfederated-use', where);
  expect(counts(acted)).toEqual({ fail: acted.length });
  expect(acted[0]?.resource).toMatch(/^arn:aws:iam::111122223333:user\//);
  const [listed] = await lab.rows('iam-nonfederated-use', where, { expectedUsers: ['*'] });
  expect(listed).toMatchObject({ verdict: 'pass', proof: 'proven' });
  expect(listed?.reason).toContain(acted[0]?.resource?.split('/').at(-1));
  lab.faults.inject({ operation: 'iam:GenerateCredentialReport', effect: denied });
  expect(await lab.rows('iam-nonfederated-use', where)).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
});

test('users that were made are somebody’s; without the store nothing is known of them', async () => {
  let store: FrameworkParts['store'] | undefined;
  await using lab = await startLab({}, {}, async (asked) =>
    store === undefined
      ? { is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at: new Date() }
      : store(asked),
  );
  lab.moveClock(86_400_000);
  const where = { accounts: ['prod-payments'] };
  expect(await lab.rows('iam-users-new', where)).toMatchObject([{ verdict: 'unknown' }]);
  store = async () => ({ is: 'value', value: { acknowledged: [] }, at: new Date() });
  const open = await lab.rows('iam-users-new', where);
  expect(open[0]).toMatchObject({ verdict: 'fail', proof: 'proven' });
  store = async ({ input }) => ({ is: 'value', value: { acknowledged: input['eventIds'] }, at: new Date() });
  expect(await lab.rows('iam-users-new', where)).toMatchObject([{ verdict: 'pass' }]);
});

test.each(breaks)('“$title” is found by $check', async ({ check, break: breakIt }) => {
  await using lab = await startLab();
  const failed = async () => (await lab.rows(check, here)).filter(({ verdict }) => verdict === 'fail').length;
  const before = await failed();
  breakIt(lab.organization);
  expect(await failed()).toBeGreaterThan(before);
});
