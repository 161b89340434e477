import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { setEventMetric } from '../../../sandbox/aws/services/event-metrics.ts';
import { createQueue, deleteQueue } from '../../../sandbox/aws/services/sqs.ts';
import { topicsOf } from '../../../sandbox/aws/services/topics.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { breaks } from '../../../sandbox/organization/breaks/13-eventbridge.ts';
import { busRegion, centralBus, eventTopic } from '../../../sandbox/organization/monitoring.ts';
import type { Answer, Asked } from '../../../src/framework/asks.ts';
import { type Lab, startLab } from '../lab.ts';

/** What the bot's own store says: sources of what arrived, and ids of what somebody acknowledged. */
let arrived: readonly string[] | null = null;
let acknowledged: readonly string[] | null = null;
const store = async ({ call }: Asked): Promise<Answer<unknown>> =>
  call.operation === 'AcknowledgedEvents' && acknowledged !== null
    ? { is: 'value', value: { acknowledged }, at: new Date() }
    : received(call.operation);
const received = (operation: string): Answer<unknown> =>
  operation === 'ReceivedEvents' && arrived !== null
    ? {
        is: 'value',
        value: {
          events: arrived.map((source) => ({ id: source, source, at: new Date() })),
          keptSince: new Date(0),
          whole: true,
        },
        at: new Date(),
      }
    : { is: 'unknown', why: 'not asked', sentence: 'There is no store here.', at: new Date() };

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({}, {}, store);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const here = { regions: [busRegion] };
const events = (account: string, region = busRegion) => lab.client(EventBridgeClient, { account, region });
const rowsIn = (check: string, account: string, region = busRegion) =>
  lab.rows(check, { accounts: [account], regions: [region] });
const target = (account: string, more: Partial<Target> = {}): Target => ({
  Id: 'central',
  Arn: centralBus(lab.organization),
  RoleArn: `arn:aws:iam::${account}:role/events-to-central-bus`,
  DeadLetterConfig: { Arn: `arn:aws:sqs:${busRegion}:${account}:undelivered-events` },
  RetryPolicy: { MaximumEventAgeInSeconds: 86_400 },
  ...more,
});
const aim = (account: string, more: Partial<Target>) =>
  events(account).send(new PutTargetsCommand({ Rule: 'trailwatch-findings', Targets: [target(account, more)] }));
const ofFindings = async (check: string, account: string) =>
  (await rowsIn(check, account)).find(({ resource }) => resource?.endsWith('rule/trailwatch-findings'));
const kind = async (account: string, id: string, region = busRegion) =>
  (await rowsIn('eb-reaches-bot', account, region)).find(({ resource }) => resource === id);

test('the organization as it stands: every kind is sent on, and two defects are found', async () => {
  const rows = await lab.rows('13', here);
  const red = rows.filter(({ verdict, check }) => verdict === 'fail' && check !== 'eb-rules-unchanged');
  expect(red.map(({ check, account, resource }) => [check, account, resource?.split('/').at(-1)])).toEqual(
    expect.arrayContaining([
      ['eb-no-failures', known.staging, 'trailwatch-findings'],
      ['eb-dlq', known.dev, 'trailwatch-findings'],
      ['eb-dlq', known.dev, 'trailwatch-api-calls'],
    ]),
  );
  expect(red).toHaveLength(3);
  const web = rows.filter(({ check, account }) => check === 'eb-reaches-bot' && account === known.web);
  expect(new Set(web.map(({ verdict, proof }) => `${verdict} ${proof}`))).toEqual(new Set(['pass configured']));
  // (e) What may not be read is unknown.
  const closed = lab.organization.accounts.find(({ deniesReadRole, state }) => deniesReadRole && state === 'ACTIVE');
  expect(rows.find(({ check, account }) => check === 'eb-target-alive' && account === closed?.id)).toMatchObject({
    verdict: 'unknown',
    unknown: 'denied',
  });
});

test('what the bot received proves that it arrives', async () => {
  arrived = ['aws.guardduty'];
  expect(await kind(known.web, 'guardduty-finding')).toMatchObject({ verdict: 'pass', proof: 'proven' });
  expect(await kind(known.web, 'kms-api')).toMatchObject({ verdict: 'pass', proof: 'configured' });
  arrived = null;
});

test('global kinds come up in us-east-1 alone, the organization’s in its management account', async () => {
  const ids = async (account: string, region: string) =>
    (await rowsIn('eb-reaches-bot', account, region)).map(({ resource }) => resource);
  expect(await ids(known.web, busRegion)).not.toContain('iam-api');
  expect(await ids(known.web, 'us-east-1')).toEqual(expect.arrayContaining(['iam-api', 'console-sign-in']));
  expect(await ids(known.web, 'us-east-1')).toEqual(expect.arrayContaining(['sts-api']));
  expect(await ids(known.web, 'us-east-1')).not.toContain('organizations-api');
  // Control Tower speaks where it is at home, Audit Manager where it is active.
  expect(await kind(known.management, 'control-tower')).toMatchObject({ verdict: 'pass' });
  expect(await ids(known.management, 'us-east-1')).not.toContain('control-tower');
  expect(await kind(lab.organization.homeAccount, 'audit-manager')).toMatchObject({ verdict: 'pass' });
  expect(await ids(known.web, busRegion)).not.toContain('audit-manager');
  expect(await kind(known.management, 'organizations-api', 'us-east-1')).toMatchObject({
    verdict: 'pass',
    reason: expect.stringContaining('reaches'),
  });
});

test('eb-reaches-bot: a rule that is off fails, and findings are told by their administrator', async () => {
  const payments = events(known.payments);
  breaks.find(({ id }) => id === 'findings-rule-off')?.break(lab.organization);
  expect(await kind(known.payments, 'config-compliance')).toMatchObject({ verdict: 'fail', cause: null });
  expect(await kind(known.payments, 'guardduty-finding')).toMatchObject({
    verdict: 'pass',
    inheritedFrom: expect.stringContaining('administrator'),
  });
  await payments.send(new EnableRuleCommand({ Name: 'trailwatch-findings' }));
  expect(await kind(known.payments, 'config-compliance')).toMatchObject({ verdict: 'pass' });
});

test('(f) a rule of grave findings alone passes with a note', async () => {
  const home = events(lab.organization.homeAccount);
  const put = (EventPattern: object) =>
    home.send(new PutRuleCommand({ Name: 'trailwatch-findings', EventPattern: JSON.stringify(EventPattern) }));
  await put({ source: ['aws.guardduty'], detail: { severity: [{ numeric: ['>=', 7] }] } });
  const row = await kind(lab.organization.homeAccount, 'guardduty-finding');
  expect(row).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('Grave ones only') });
  await put({ source: ['aws.guardduty', 'aws.access-analyzer', 'aws.securityhub', 'aws.config', 'aws.health'] });
});

test('a pattern that names account and region is tried with those of its place', async () => {
  const web = events(known.web);
  const put = (account: string) =>
    web.send(
      new PutRuleCommand({
        Name: 'trailwatch-api-calls',
        EventPattern: JSON.stringify({
          account: [account],
          detail: { awsRegion: [busRegion], recipientAccountId: [account] },
        }),
      }),
    );
  await put(known.web);
  expect(await kind(known.web, 'kms-api')).toMatchObject({ verdict: 'pass' });
  await put(known.dev);
  expect(await kind(known.web, 'kms-api')).toMatchObject({ verdict: 'fail' });
  await web.send(
    new PutRuleCommand({
      Name: 'trailwatch-api-calls',
      EventPattern: '{"source":["aws.cloudtrail","aws.kms","aws.s3","aws.ssm"]}',
    }),
  );
  expect(await kind(known.web, 'kms-api')).toMatchObject({ verdict: 'pass' });
});

test('(a) a topic whose subscriptions wait fails, and subscribed again it passes', async () => {
  const topic = eventTopic(lab.organization);
  const kept =
    topicsOf(lab.organization)
      .get(topic)
      ?.subscriptions.map((one) => ({ ...one })) ?? [];
  breaks.find(({ id }) => id === 'event-topic-lapsed')?.break(lab.organization);
  const rows = await rowsIn('eb-target-alive', known.web);
  expect(rows[0]).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('No subscription') });
  // What follows from it says so.
  expect(await kind(known.web, 'kms-api')).toMatchObject({ verdict: 'fail', cause: 'eb-target-alive' });
  topicsOf(lab.organization)
    .get(topic)
    ?.subscriptions.splice(0, 1, ...kept);
  expect((await rowsIn('eb-target-alive', known.web))[0]).toMatchObject({ verdict: 'pass' });
});

test('(j) a queue that is gone fails, one whose policy lets the rule send passes', async () => {
  const Arn = createQueue(lab.organization, { account: known.web, region: busRegion, name: 'alerts-web' });
  await aim(known.web, { Arn });
  expect(await ofFindings('eb-target-alive', known.web)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('does not let the rule'),
  });
  const client = lab.client(SQSClient, { account: known.web, region: busRegion });
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'alerts-web' }));
  const rule = `arn:aws:events:${busRegion}:${known.web}:rule/trailwatch-findings`;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: Arn,
        Condition: { ArnEquals: { 'aws:SourceArn': rule } },
      },
    ],
  });
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  expect(await ofFindings('eb-target-alive', known.web)).toMatchObject({ verdict: 'pass' });
  deleteQueue(lab.organization, Arn);
  expect(await ofFindings('eb-target-alive', known.web)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('does not exist'),
  });
  await aim(known.web, {});
  expect(await ofFindings('eb-target-alive', known.web)).toMatchObject({ verdict: 'pass' });
});

test('(b) a central bus that cannot be read is configured; a target without a role fails', async () => {
  const withdraw = lab.faults.inject({
    operation: 'events:ListEventBuses',
    account: lab.organization.homeAccount,
    effect: new AwsError('AccessDeniedException', 'You may not.', 400),
  });
  expect(await ofFindings('eb-target-alive', known.web)).toMatchObject({
    verdict: 'pass',
    proof: 'configured',
    reason: expect.stringContaining('cannot be read'),
  });
  withdraw();
  await events(known.web).send(
    new PutTargetsCommand({
      Rule: 'trailwatch-findings',
      Targets: [{ Id: 'central', Arn: centralBus(lab.organization) }],
    }),
  );
  expect(await ofFindings('eb-target-alive', known.web)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('has no role'),
  });
  await aim(known.web, {});
});

test('(c, d) eb-no-failures: failures are named with their time, silence is configured', async () => {
  breaks.find(({ id }) => id === 'invocations-failed')?.break(lab.organization);
  const calls = async () =>
    (await rowsIn('eb-no-failures', known.payments)).find(({ resource }) => resource?.endsWith('trailwatch-api-calls'));
  expect(await calls()).toMatchObject({
    verdict: 'fail',
    reason: expect.stringMatching(/FailedInvocations 5, since \d{4}-/),
  });
  const set = (metric: string, value: number) =>
    setEventMetric(
      lab.organization,
      { account: known.payments, region: busRegion },
      { rule: 'trailwatch-api-calls', bus: 'default', metric },
      value,
    );
  set('FailedInvocations', 0);
  expect(await calls()).toMatchObject({ verdict: 'pass', proof: 'proven' });
  set('Invocations', 0);
  expect(await calls()).toMatchObject({ verdict: 'pass', proof: 'configured' });
  // A part of the answer is no answer.
  const withdraw = lab.faults.inject({
    operation: 'monitoring:GetMetricData',
    effect: { instead: { Complete: 'PartialData' } },
  });
  expect(await calls()).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('PartialData') });
  withdraw();
});

test('eb-dlq: no dead letters or too few tries fail, the fix passes', async () => {
  await events(known.dev).send(
    new PutTargetsCommand({
      Rule: 'trailwatch-findings',
      Targets: [target(known.dev, { RetryPolicy: { MaximumEventAgeInSeconds: 60 } })],
    }),
  );
  expect(await ofFindings('eb-dlq', known.dev)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('60 seconds'),
  });
  await aim(known.dev, { RetryPolicy: { MaximumRetryAttempts: 0 } });
  expect(await ofFindings('eb-dlq', known.dev)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('tried once only'),
  });
  await aim(known.dev, {});
  expect(await ofFindings('eb-dlq', known.dev)).toMatchObject({ verdict: 'pass' });
});

test('(g) eb-bus-closed: a bus that is open to everybody fails, closed to the organization it passes', async () => {
  const { homeAccount, id } = lab.organization;
  const bus = async () =>
    (await rowsIn('eb-bus-closed', homeAccount)).find(({ resource }) => resource === centralBus(lab.organization));
  expect(await bus()).toMatchObject({ verdict: 'pass' });
  breaks.find(({ id: name }) => name === 'bus-opened')?.break(lab.organization);
  expect(await bus()).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('everybody') });
  const openTo = (organization: string) =>
    events(homeAccount).send(
      new PutPermissionCommand({
        EventBusName: 'security',
        StatementId: 'organization',
        Principal: '*',
        Action: 'events:PutEvents',
        Condition: { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: organization },
      }),
    );
  await openTo('o-somebodyelse');
  await events(homeAccount).send(new RemovePermissionCommand({ EventBusName: 'security', StatementId: 'everybody' }));
  // Another organization is anybody's who founds one.
  expect(await bus()).toMatchObject({ verdict: 'fail' });
  await openTo(id);
  expect(await bus()).toMatchObject({ verdict: 'pass' });
});

test('eb-input-intact: a transformer that drops the account fails, one that keeps everything passes', async () => {
  const transform = (InputPathsMap: Record<string, string>) =>
    aim(known.web, {
      InputTransformer: {
        InputPathsMap,
        InputTemplate: `{${Object.keys(InputPathsMap)
          .map((name) => `"${name}": <${name}>`)
          .join(',')}}`,
      },
    });
  await transform({ id: '$.detail.eventID', region: '$.region' });
  expect(await ofFindings('eb-input-intact', known.web)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('without the account'),
  });
  await transform({ id: '$.detail.eventID', region: '$.region', account: '$.account' });
  expect(await ofFindings('eb-input-intact', known.web)).toMatchObject({ verdict: 'pass' });
  await transform({ id: '$.detail.list[0].id' });
  expect(await ofFindings('eb-input-intact', known.web)).toMatchObject({ verdict: 'unknown' });
  await aim(known.web, {});
});

test('eb-rules-unchanged: a rule that was switched off must have been acknowledged', async () => {
  expect(await rowsIn('eb-rules-unchanged', known.payments)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  breaks.find(({ id }) => id === 'rule-off-and-on')?.break(lab.organization);
  expect(await rowsIn('eb-rules-unchanged', known.payments)).toMatchObject([
    { verdict: 'unknown', reason: expect.stringContaining('DisableRule trailwatch-findings') },
  ]);
  acknowledged = [];
  expect(await rowsIn('eb-rules-unchanged', known.payments)).toMatchObject([{ verdict: 'fail', proof: 'proven' }]);
  const record = lab.organization
    .events(known.payments, busRegion)
    .find(({ eventName }) => eventName === 'DisableRule');
  acknowledged = [record?.eventID ?? ''];
  expect(await rowsIn('eb-rules-unchanged', known.payments)).toMatchObject([{ verdict: 'pass', proof: 'proven' }]);
  acknowledged = null;
});

test('(i) in a region where nothing ever happened nothing is asked', async () => {
  await using other = await startLab({}, { regions: [] });
  const rows = await other.rows('13', { accounts: [known.web], regions: ['sa-east-1', 'us-east-1'] });
  const idle = rows.filter(({ region }) => region === 'sa-east-1');
  expect(new Set(idle.map(({ check, verdict }) => `${check} ${verdict}`))).toEqual(
    new Set([
      ...['reaches-bot', 'target-alive', 'no-failures', 'dlq', 'rules-unchanged', 'input-intact', 'bus-closed'].map(
        (name) => `eb-${name} not applicable`,
      ),
    ]),
  );
  expect(rows.filter(({ region, verdict }) => region === 'us-east-1' && verdict === 'not applicable')).toEqual([]);
  const asked = other
    .calls()
    .filter(({ operation, region }) => operation.startsWith('events:') && region === 'sa-east-1');
  expect(asked.map(({ operation }) => operation)).toEqual([]);
});

test('(h) rules by schedule and of services are not looked at', async () => {
  const rows = await rowsIn('eb-target-alive', known.web);
  expect(rows.map(({ resource }) => resource?.split('/').at(-1))).toEqual([
    'trailwatch-findings',
    'trailwatch-api-calls',
  ]);
  await events(known.web).send(new DisableRuleCommand({ Name: 'nightly-snapshot' }));
  expect(await rowsIn('eb-target-alive', known.web)).toHaveLength(2);
});

test('eb-canary: an event of our own that comes back proves the way, one that does not breaks it; off, nothing is sent', async () => {
  const asked: unknown[] = [];
  let back: boolean | null = true;
  await using own = await startLab({}, {}, async ({ call, input }) => {
    const at = new Date();
    if (call.operation === 'ReceivedEvents')
      return { is: 'value', value: { events: [], keptSince: at, whole: true }, at };
    asked.push(input['id']);
    return back === null
      ? { is: 'unknown', why: 'not asked', sentence: 'The store is away.', at }
      : { is: 'value', value: { arrived: back }, at };
  });
  const on = { canaries: { events: true } };
  const rows = () => own.rows('eb-canary', here, on);
  expect(await own.rows('eb-canary', here)).toMatchObject([{ verdict: 'not applicable' }]);
  expect(await rows()).toMatchObject([{ verdict: 'pass', proof: 'proven', account: own.organization.homeAccount }]);
  back = false;
  expect(await rows()).toMatchObject([{ verdict: 'fail', proof: 'proven' }]);
  back = null;
  expect(await rows()).toMatchObject([{ verdict: 'unknown' }]);
  const sent = () => own.calls().filter(({ operation }) => operation === 'events:PutEvents');
  expect([sent().length, new Set(asked).size]).toEqual([3, 3]);
  own.faults.inject({
    operation: 'events:PutEvents',
    effect: new AwsError('AccessDeniedException', 'You may not.', 400),
  });
  expect(await rows()).toMatchObject([{ verdict: 'unknown', unknown: 'denied' }]);
  // In a terminal nobody would see it come back: nothing is sent.
  await using bare = await startLab();
  expect(await bare.rows('eb-canary', here, on)).toMatchObject([{ verdict: 'unknown' }]);
  expect(bare.calls().filter(({ operation }) => operation === 'events:PutEvents')).toEqual([]);
});
