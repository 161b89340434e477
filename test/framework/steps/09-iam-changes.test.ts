import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { breaks } from '../../../sandbox/organization/breaks/09-iam-changes.ts';
import { centralBus } from '../../../sandbox/organization/monitoring.ts';
import type { Answer, Asked } from '../../../src/framework/asks.ts';
import { changeNames } from '../../../src/framework/steps/09-iam-changes/samples.ts';
import { type Lab, startLab } from '../lab.ts';

/** What the bot's own store says it received. */
let received: readonly { id: string; source: string; at: Date }[] | null = null;
let keptSince = new Date(0);
const store = async ({ call }: Asked): Promise<Answer<unknown>> =>
  call.operation === 'ReceivedEvents' && received !== null
    ? { is: 'value', value: { events: received, keptSince, whole: true }, at: new Date() }
    : { is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at: new Date() };

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({}, { regions: [] }, store);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const rule = 'trailwatch-iam-changes';
const events = (account: string, region = 'us-east-1') => lab.client(EventBridgeClient, { account, region });
const put = (account: string, pattern: object | null, region = 'us-east-1') =>
  events(account, region).send(
    new PutRuleCommand({
      Name: rule,
      EventPattern: JSON.stringify(pattern ?? { source: ['aws.iam'] }),
      State: 'ENABLED',
    }),
  );
const verdictOf = async (check: string, account: string) => {
  const [row] = await lab.rows(check, { accounts: [account] });
  return row;
};
const apiCall = { source: ['aws.iam'], 'detail-type': ['AWS API Call via CloudTrail'] };

test('the organization as it stands: two accounts fail, and what follows is folded', async () => {
  const rows = await lab.rows('9');
  const red = rows.filter(({ verdict }) => verdict === 'fail');
  expect(red.map(({ check, account, cause }) => [check, account, cause])).toEqual(
    expect.arrayContaining([
      ['iam-alerts-match', known.data, null],
      ['iam-alerts-match', known.staging, null],
      ['iam-alerts-arrive', known.staging, 'iam-alerts-match'],
    ]),
  );
  expect(red).toHaveLength(3);
  // (h) The alarm of the organization covers the account whose rule is off.
  expect(
    rows.find(({ check, account }) => check === 'iam-alerts-all-accounts' && account === known.staging),
  ).toMatchObject({
    verdict: 'pass',
    inheritedFrom: 'alarm of organization trail organization',
    reason: expect.stringContaining('got through'),
  });
  // (j) Accounts that are closed are listed and not judged; one whose role is refused is unknown.
  const active = lab.organization.accounts.filter(({ state }) => state === 'ACTIVE').map(({ id }) => id);
  const judged = rows.filter(({ verdict }) => verdict !== 'not applicable');
  expect(new Set(judged.map(({ account }) => account))).toEqual(new Set(active));
  expect(new Set(rows.filter(({ verdict }) => verdict === 'unknown').map(({ account }) => account)).size).toBe(1);
});

test('(c) the sixteen names of the benchmark leave the others unmatched', async () => {
  const row = await verdictOf('iam-alerts-match', known.data);
  expect(row).toMatchObject({ verdict: 'fail', proof: 'proven' });
  expect(row?.reason).toMatch(new RegExp(`^${changeNames.length - 16} of ${changeNames.length} unmatched: CreateUser`));
  await put(known.data, apiCall);
  expect(await verdictOf('iam-alerts-match', known.data)).toMatchObject({ verdict: 'pass', proof: 'proven' });
});

test('a rule that was narrowed to one name is found, and put anew it passes', async () => {
  breaks.find(({ id }) => id === 'iam-rule-narrowed')?.break(lab.organization);
  expect(await verdictOf('iam-alerts-match', known.payments)).toMatchObject({ verdict: 'fail' });
  await put(known.payments, apiCall);
  expect(await verdictOf('iam-alerts-match', known.payments)).toMatchObject({ verdict: 'pass' });
});

test('(a, b, d) every name by its source passes; a rule elsewhere or one that is off does not', async () => {
  await put(known.web, { detail: { eventSource: ['iam.amazonaws.com'] } });
  expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({ verdict: 'pass' });
  await events(known.web).send(new DisableRuleCommand({ Name: rule }));
  await put(known.web, apiCall, 'eu-west-1');
  expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({
    verdict: 'fail',
    reason: 'No rule that is on matches changes in IAM in us-east-1.',
  });
  await events(known.web).send(new EnableRuleCommand({ Name: rule }));
  expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({ verdict: 'pass' });
});

test('(e) newer syntax is decided by EventBridge', async () => {
  await put(known.web, {
    $or: [{ source: [{ prefix: 'aws.iam' }] }, { source: ['aws.sso'] }],
    detail: { eventName: [{ 'anything-but': { wildcard: 'Delete*' } }] },
  });
  const row = await verdictOf('iam-alerts-match', known.web);
  expect(row?.verdict).toBe('fail');
  expect(row?.reason).toMatch(/unmatched: DeleteUser/);
  await put(known.web, apiCall);
});

test.each([
  ['a user', { userIdentity: { userName: [{ 'anything-but': 'terraform' }] } }, 'userIdentity.userName terraform'],
  [
    'roles',
    { userIdentity: { arn: [{ 'anything-but': { wildcard: '*:role/ci-*' } }] } },
    'userIdentity.arn x:role/ci-x',
  ],
  ['an address', { sourceIPAddress: [{ 'anything-but': ['198.51.100.7'] }] }, 'sourceIPAddress 198.51.100.7'],
])('a rule that leaves out %s is narrow', async (_, detail, whose) => {
  await put(known.web, { ...apiCall, detail });
  expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({
    verdict: 'fail',
    proof: 'proven',
    reason: expect.stringContaining(`Calls with ${whose} are left out.`),
  });
  await put(known.web, apiCall);
  expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({ verdict: 'pass' });
});

test('a rule in a state that nobody knows is unknown', async () => {
  const withdraw = lab.faults.inject({ operation: 'events:ListRules', effect: { instead: { ENABLED: 'PAUSED' } } });
  expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({
    verdict: 'unknown',
    reason: expect.stringContaining('PAUSED'),
  });
  withdraw();
});

test('(f, i) what cannot be tried is unknown', async () => {
  for (const effect of [
    new AwsError('AccessDeniedException', 'You may not.', 400),
    new AwsError('InvalidEventPatternException', 'Event pattern is not valid.', 400),
  ]) {
    const withdraw = lab.faults.inject({ operation: 'events:TestEventPattern', effect });
    expect(await verdictOf('iam-alerts-match', known.web)).toMatchObject({ verdict: 'unknown' });
    expect(await verdictOf('iam-alerts-arrive', known.web)).toMatchObject({ verdict: 'unknown' });
    withdraw();
  }
});

test('iam-alerts-arrive: a rule without a target fails, its fix passes', async () => {
  await events(known.web).send(new RemoveTargetsCommand({ Rule: rule, Ids: ['central'] }));
  expect(await verdictOf('iam-alerts-arrive', known.web)).toMatchObject({
    verdict: 'fail',
    reason: `The rule ${rule} has no target.`,
  });
  const RoleArn = `arn:aws:iam::${known.web}:role/events`;
  await events(known.web).send(
    new PutTargetsCommand({ Rule: rule, Targets: [{ Id: '1', Arn: centralBus(lab.organization), RoleArn }] }),
  );
  expect(await verdictOf('iam-alerts-arrive', known.web)).toMatchObject({ verdict: 'pass', proof: 'configured' });
});

test('(g) a change that happened and was not told is named; told, it is proven', async () => {
  const dayMs = 86_400_000;
  const changesIn = (id: string, days: number) =>
    lab.organization
      .events(id, 'us-east-1')
      .filter(
        ({ eventSource, eventName, eventTime }) =>
          eventSource === 'iam.amazonaws.com' &&
          changeNames.includes(eventName) &&
          Date.parse(eventTime) > Date.now() - days * dayMs,
      );
  const changedBefore = (ageMs: number) =>
    lab.organization.accounts.find(
      ({ id, state, deniesReadRole }) =>
        state === 'ACTIVE' &&
        !deniesReadRole &&
        changesIn(id, 6.9).some(
          (event) => event['errorCode'] === undefined && Date.parse(event.eventTime) < Date.now() - ageMs,
        ),
    );
  // One that only a look at the whole week finds, if there is one.
  const first = changedBefore(dayMs) ?? changedBefore(0);
  if (first === undefined) throw new Error('Nothing changed in IAM in the last week.');
  await put(first.id, apiCall);
  received = [];
  const missed = await verdictOf('iam-alerts-arrive', first.id);
  expect(missed).toMatchObject({ verdict: 'fail', proof: 'proven', reason: expect.stringContaining('were not told') });
  expect(missed?.reason).toMatch(/^(\d+) of \1 changes since/);
  received = changesIn(first.id, 8).map(({ eventID, eventTime }) => ({
    id: eventID,
    source: 'aws.iam',
    at: new Date(eventTime),
  }));
  expect(await verdictOf('iam-alerts-arrive', first.id)).toMatchObject({ verdict: 'pass', proof: 'proven' });
  // What happened before the bot was there cannot have come to it.
  received = [];
  keptSince = new Date();
  expect(await verdictOf('iam-alerts-arrive', first.id)).toMatchObject({ verdict: 'pass', proof: 'configured' });
  received = null;
  keptSince = new Date(0);
});

test('iam-alerts-all-accounts: without rule and alarm it fails', async () => {
  breaks.find(({ id }) => id === 'iam-rule-off')?.break(lab.organization);
  const withdraw = lab.faults.inject({
    operation: 'logs:DescribeMetricFilters',
    effect: new AwsError('ResourceNotFoundException', 'The specified log group does not exist.', 400),
  });
  expect(await verdictOf('iam-alerts-all-accounts', known.web)).toMatchObject({
    verdict: 'fail',
    cause: 'iam-alerts-match',
  });
  await put(known.web, apiCall);
  expect(await verdictOf('iam-alerts-all-accounts', known.web)).toMatchObject({ verdict: 'pass', inheritedFrom: null });
  withdraw();
});

test('iam-signin-alerts: each sign-in region that is on is looked at', async () => {
  const regions = async () =>
    (await lab.rows('iam-signin-alerts', { accounts: [known.web] })).map(
      ({ region, verdict }) => `${region} ${verdict}`,
    );
  expect(await regions()).toEqual(['us-east-1 pass', 'us-east-2 pass', 'eu-north-1 pass', 'ap-southeast-2 pass']);
  const client = events(known.web, 'eu-north-1');
  await client.send(new DisableRuleCommand({ Name: 'trailwatch-sign-in' }));
  expect(await regions()).toContain('eu-north-1 fail');
  await client.send(
    new PutRuleCommand({ Name: 'trailwatch-sign-in', EventPattern: '{"source":["aws.signin"]}', State: 'ENABLED' }),
  );
  expect(await regions()).toContain('eu-north-1 pass');
});
