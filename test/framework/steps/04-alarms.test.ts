import { CloudTrailClient, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  CloudWatchClient,
  DeleteAlarmMuteRuleCommand,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutAlarmMuteRuleCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DeleteMetricFilterCommand,
  PutMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { addHistory, addLogAlarm } from '../../../sandbox/aws/services/cloudwatch.ts';
import { topicsOf } from '../../../sandbox/aws/services/topics.ts';
import { breaks } from '../../../sandbox/organization/breaks/04-alarms.ts';
import { alarmTopic, monitored } from '../../../sandbox/organization/monitoring.ts';
import type { Row } from '../../../src/framework/verdict.ts';
import { steps } from '../../../src/questions/framework/checks.ts';
import { type Lab, startLab } from '../lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  // An account whose rules tell of a control needs no alarm for it: here there are none.
  const { managementAccount, homeAccount } = lab.organization;
  for (const account of [inGroup().account, managementAccount, homeAccount])
    await rulesOf(lab, account, DisableRuleCommand);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const inGroup = () => ({ account: lab.organization.trail.account, region: lab.organization.trail.region });
/** Switches the rules of an account on or off that tell of calls and sign-ins. */
async function rulesOf(
  of: Lab,
  account: string,
  Command: typeof DisableRuleCommand | typeof EnableRuleCommand,
): Promise<void> {
  const rules = {
    'eu-west-1': ['api-calls', 'findings'],
    'us-east-1': ['api-calls', 'findings', 'iam-changes', 'sign-in'],
  };
  for (const [region, names] of Object.entries(rules))
    for (const name of names)
      await of.client(EventBridgeClient, { account, region }).send(new Command({ Name: `trailwatch-${name}` }));
}
const alarms = () => lab.client(CloudWatchClient, inGroup());
const filters = () => lab.client(CloudWatchLogsClient, inGroup());
const topics = () => lab.client(SNSClient, inGroup());
const patternOf = (topic: string): string => monitored.find((one) => one.topic === topic)?.pattern ?? '';

const putFilter = (topic: string, filterPattern: string, more: object = {}) =>
  filters().send(
    new PutMetricFilterCommand({
      logGroupName: lab.organization.trail.logGroup,
      filterName: `cis-${topic}`,
      filterPattern,
      metricTransformations: [
        {
          metricName: monitored.find((one) => one.topic === topic)?.metric,
          metricNamespace: 'CloudTrailMetrics',
          metricValue: '1',
        },
      ],
      ...more,
    }),
  );

/** What the fix of a control says, as the CLI would send it. */
async function fix(topic: string): Promise<void> {
  const check = (await steps()).flatMap(({ checks }) => checks).find(({ about }) => about.id === `alarm-${topic}`);
  const [, filterPattern] = /--filter-pattern '([^']+)'/.exec(check?.about.fix ?? '') ?? [];
  const name = `trailwatch-${topic}`;
  await filters().send(
    new PutMetricFilterCommand({
      logGroupName: lab.organization.trail.logGroup,
      filterName: name,
      filterPattern,
      metricTransformations: [{ metricName: name, metricNamespace: 'Trailwatch', metricValue: '1' }],
    }),
  );
  await alarms().send(new PutMetricAlarmCommand(alarmOf(topic)));
}

const alarmOf = (topic: string, more: Partial<PutMetricAlarmCommandInput> = {}): PutMetricAlarmCommandInput => ({
  AlarmName: `trailwatch-${topic}`,
  Namespace: 'Trailwatch',
  MetricName: `trailwatch-${topic}`,
  Statistic: 'Sum',
  Period: 300,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
  AlarmActions: [alarmTopic(lab.organization)],
  ...more,
});

const cisAlarm = (topic: string, more: Partial<PutMetricAlarmCommandInput> = {}) =>
  alarms().send(
    new PutMetricAlarmCommand(
      alarmOf(topic, {
        AlarmName: `cis-${topic}`,
        Namespace: 'CloudTrailMetrics',
        MetricName: monitored.find((one) => one.topic === topic)?.metric,
        ...more,
      }),
    ),
  );

/** The links of a control as `filter pass proven`, in the place of the log group. */
async function linksOf(topic: string): Promise<Row[]> {
  const rows = await lab.rows(`alarm-${topic}`, { accounts: ['log-archive'] });
  return rows.filter(({ resource }) => resource !== null);
}
const shown = (rows: readonly Row[]) => rows.map(({ resource, verdict, proof }) => `${resource} ${verdict} ${proof}`);
const whole = ['filter', 'alarm', 'would-fire', 'actions', 'topic'].map((link) => `${link} pass proven`);

test('(a) the organization as it stands: what is whole is proven up to the topic, and two defects are found', async () => {
  const rows = await lab.rows('4', { accounts: ['log-archive', 'prod-web'], regions: ['eu-west-1'] });
  const failing = rows.filter(({ verdict, inheritedFrom }) => verdict === 'fail' && inheritedFrom === null);
  expect(failing.map(({ check, resource, reason }) => [check, resource, reason])).toEqual([
    ['alarm-route', 'actions', 'The actions of the alarm cis-route are switched off.'],
    ['alarm-s3-policy', 'filter', 'No metric filter catches DeleteBucketReplication.'],
  ]);
  expect(rows.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
  const root = rows.filter(
    ({ check, account }) => check === 'alarm-root' && account === lab.organization.trail.account,
  );
  expect(shown(root)).toEqual([...whole, 'delivered pass proven']);
  // (h) An alarm that never fired is configured, whatever INSUFFICIENT_DATA looks like; members inherit.
  const kms = rows.filter(({ check }) => check === 'alarm-kms');
  expect(shown(kms)).toEqual([...whole, 'delivered pass configured', 'null pass configured']);
  expect(kms.at(-1)).toMatchObject({ inheritedFrom: 'organization trail organization' });
  const states = rows.filter(({ check }) => check === 'alarm-state');
  expect(new Set(states.map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
});

test('every control fails without its filter and passes with its fix', { timeout: 60_000 }, async () => {
  const group = lab.organization.trail.logGroup;
  for (const { topic } of monitored)
    await filters().send(new DeleteMetricFilterCommand({ logGroupName: group, filterName: `cis-${topic}` }));
  const ids = monitored.map(({ topic }) => `alarm-${topic}`);
  const own = (rows: readonly Row[]) => rows.filter(({ resource }) => resource !== null);
  const red = own(await lab.rows(ids, { accounts: ['log-archive'] }));
  expect(new Set(red.map(({ verdict, reason }) => `${verdict} ${reason}`))).toEqual(
    new Set(['fail No metric filter of the trail’s log group catches any of it.']),
  );
  expect(red.map(({ check }) => check).toSorted()).toEqual(ids.toSorted());
  for (const { topic } of monitored) await fix(topic);
  const green = own(await lab.rows(ids, { accounts: ['log-archive'] }));
  expect(green.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  expect(green).toHaveLength(15 * 6);
  for (const { topic } of monitored) {
    await filters().send(new DeleteMetricFilterCommand({ logGroupName: group, filterName: `trailwatch-${topic}` }));
    await alarms().send(new DeleteAlarmsCommand({ AlarmNames: [`trailwatch-${topic}`] }));
    await putFilter(topic, patternOf(topic));
  }
});

describe('the filter', () => {
  const cloudtrail = ['StopLogging', 'StartLogging', 'DeleteTrail', 'CreateTrail', 'UpdateTrail'];
  const anyOf = (names: readonly string[]) => names.map((name) => `($.eventName='${name}')`).join('||');

  test('(b) other order, single quotes and no spaces pass', async () => {
    await putFilter('cloudtrail', `{${anyOf(cloudtrail)}}`);
    expect(shown(await linksOf('cloudtrail')).slice(0, 5)).toEqual(whole);
  });

  test('(c) a name that is left out fails, and is named', async () => {
    await putFilter('cloudtrail', `{${anyOf(cloudtrail.slice(1))}}`);
    expect(await linksOf('cloudtrail')).toMatchObject([
      { resource: 'filter', verdict: 'fail', reason: 'No metric filter catches StopLogging.' },
    ]);
    await putFilter('cloudtrail', patternOf('cloudtrail'));
  });

  test('(d) a negation that spares one user fails on that sample', async () => {
    breaks.find(({ id }) => id === 'filter-narrowed')?.break(lab.organization);
    const rows = await linksOf('iam-policy');
    expect(rows).toMatchObject([{ resource: 'filter', verdict: 'fail' }]);
    expect(rows[0]?.reason).toContain('by an administrator');
    await putFilter('iam-policy', patternOf('iam-policy'));
    expect((await linksOf('iam-policy')).every(({ verdict }) => verdict === 'pass')).toBe(true);
  });

  test.each([
    ['network', '$.sourceIPAddress != "10.*"', 'DisableKey with sourceIPAddress 10.x'],
    ['role', '$.userIdentity.arn != "*role/automation*"', 'DisableKey with userIdentity.arn xrole/automationx'],
    ['region', '$.awsRegion = "us-east-1"', 'DisableKey with awsRegion ap-southeast-2'],
    ['key', '$.requestParameters.keyId NOT EXISTS', 'DisableKey with requestParameters.keyId x'],
  ])('one that leaves out a %s fails on a sample of it', async (_, term, slipped) => {
    await putFilter('kms', patternOf('kms').replace(/\}$/, ` && (${term})}`));
    expect(await linksOf('kms')).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining(slipped) }]);
    await putFilter('kms', patternOf('kms'));
  });

  test('who is left out by one filter and caught by another is caught', async () => {
    const narrow = (term: string) => patternOf('kms').replace(/\}$/, ` && (${term})}`);
    await putFilter('kms', narrow('$.sourceIPAddress != "10.*"'));
    await putFilter('kms', narrow('$.sourceIPAddress = "10.*"'), { filterName: 'kms-more' });
    expect((await linksOf('kms'))[0]).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('2 filters') });
    await putFilter('kms', patternOf('kms'));
    await filters().send(
      new DeleteMetricFilterCommand({ logGroupName: lab.organization.trail.logGroup, filterName: 'kms-more' }),
    );
  });

  test('in a log group of another class no filter runs', async () => {
    const withdraw = lab.faults.inject({
      operation: 'logs:DescribeLogGroups',
      effect: { instead: { STANDARD: 'INFREQUENT_ACCESS' } },
    });
    expect(await linksOf('kms')).toMatchObject([
      { resource: 'filter', verdict: 'fail', reason: expect.stringContaining('INFREQUENT_ACCESS') },
    ]);
    withdraw();
  });

  test('a filter that matches too much is named with what it should leave alone', async () => {
    await putFilter('root', '{ $.userIdentity.type = "Root" }');
    expect((await linksOf('root'))[0]).toMatchObject({
      verdict: 'fail',
      reason: 'The filter cis-root also matches a service that acts for root, which is none of it.',
    });
    await putFilter('root', patternOf('root'));
  });

  test('a filter on sign-ins that takes federated people for users without MFA fails', async () => {
    const narrow = patternOf('signin-no-mfa');
    await putFilter('signin-no-mfa', narrow.replace('&& ($.userIdentity.type = "IAMUser") ', ''));
    expect((await linksOf('signin-no-mfa'))[0]).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('federated'),
    });
    await putFilter('signin-no-mfa', narrow);
  });

  test('a filter by words, not by fields, matches by accident and does not count', async () => {
    await putFilter('kms', '?DisableKey ?ScheduleKeyDeletion');
    expect((await linksOf('kms'))[0]).toMatchObject({
      resource: 'filter',
      verdict: 'fail',
      reason: expect.stringContaining('cis-kms looks for words anywhere in the event'),
    });
    await putFilter('kms', patternOf('kms'));
  });

  test('two filters together pass', async () => {
    await putFilter('kms', '{ ($.eventSource = kms.amazonaws.com) && ($.eventName = DisableKey) }');
    await putFilter('kms', '{ ($.eventSource = kms.amazonaws.com) && ($.eventName = ScheduleKeyDeletion) }', {
      filterName: 'kms-more',
    });
    expect((await linksOf('kms'))[0]).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('2 filters') });
    await putFilter('kms', patternOf('kms'));
    await filters().send(
      new DeleteMetricFilterCommand({ logGroupName: lab.organization.trail.logGroup, filterName: 'kms-more' }),
    );
  });

  test('(i) a filter that is narrowed to accounts fails for the others', async () => {
    const { homeAccount, trail } = lab.organization;
    await putFilter('kms', patternOf('kms'), { fieldSelectionCriteria: `@aws.account IN ["${trail.account}"]` });
    const rows = await lab.rows('alarm-kms', { accounts: ['log-archive', homeAccount] });
    expect(rows.find(({ account }) => account === homeAccount)).toMatchObject({ verdict: 'fail', inheritedFrom: null });
    expect(rows.filter(({ account }) => account === trail.account).every(({ verdict }) => verdict === 'pass')).toBe(
      true,
    );
  });

  test.each([
    ['left out', '!=', ['fail', 'pass']],
    ['alone taken', '=', ['pass', 'fail']],
  ])(
    '(i) where one account is %s by the pattern, only those that are left out fail',
    async (_, sign, [one, others]) => {
      const { homeAccount, managementAccount, trail } = lab.organization;
      for (const field of ['recipientAccountId', 'userIdentity.accountId']) {
        await putFilter('kms', patternOf('kms').replace(/\}$/, ` && ($.${field} ${sign} "${homeAccount}")}`));
        const rows = await lab.rows('alarm-kms', { accounts: ['log-archive', homeAccount, managementAccount] });
        const of = (account: string) => rows.filter((row) => row.account === account && row.resource === null);
        expect(of(homeAccount)).toMatchObject([{ verdict: one }]);
        expect(of(managementAccount)).toMatchObject([{ verdict: others }]);
        expect(rows.filter(({ resource }) => resource !== null).map(({ verdict }) => verdict)).not.toContain('fail');
        expect(of(trail.account)).toHaveLength(others === 'fail' ? 1 : 0);
      }
      await putFilter('kms', patternOf('kms'));
    },
  );

  test('(i) a filter for each account covers both, and the organization’s own events need the management account alone', async () => {
    const { homeAccount, managementAccount, trail } = lab.organization;
    const only = (topic: string, account: string) =>
      patternOf(topic).replace(/\}$/, ` && ($.recipientAccountId = "${account}")}`);
    await putFilter('kms', only('kms', homeAccount));
    await putFilter('kms', only('kms', trail.account), { filterName: 'kms-more' });
    await putFilter('organizations', only('organizations', managementAccount));
    const rows = await lab.rows(['alarm-kms', 'alarm-organizations'], { accounts: ['log-archive', homeAccount] });
    expect(rows.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    await putFilter('kms', patternOf('kms'));
    await putFilter('organizations', patternOf('organizations'));
    await filters().send(new DeleteMetricFilterCommand({ logGroupName: trail.logGroup, filterName: 'kms-more' }));
  });

  test('(i) a filter whose criteria cannot be read is unknown', async () => {
    await putFilter('kms', patternOf('kms'), { fieldSelectionCriteria: '@aws.region LIKE "eu-*"' });
    expect((await linksOf('kms'))[0]).toMatchObject({ verdict: 'unknown', unknown: 'not readable' });
    await putFilter('kms', patternOf('kms'));
  });

  test('(j) TestMetricFilter denied is unknown', async () => {
    const withdraw = lab.faults.inject({
      operation: 'logs:TestMetricFilter',
      effect: new AwsError('AccessDeniedException', 'You may not.', 400),
    });
    expect(await linksOf('kms')).toMatchObject([{ resource: 'filter', verdict: 'unknown', unknown: 'denied' }]);
    withdraw();
  });

  test('(l) a log alarm whose query names every event counts, and is configured', async () => {
    const logGroupName = lab.organization.trail.logGroup;
    await filters().send(new DeleteMetricFilterCommand({ logGroupName, filterName: 'cis-kms' }));
    addLogAlarm(lab.organization, 'kms-query', 'filter eventName in ["DisableKey", "ScheduleKeyDeletion"]');
    expect(shown(await linksOf('kms'))[0]).toBe('alarm pass configured');
    await alarms().send(new DeleteAlarmsCommand({ AlarmNames: ['kms-query'] }));
    await putFilter('kms', patternOf('kms'));
  });
});

describe('the alarm', () => {
  test('(e) one that watches the same name in another namespace fails', async () => {
    await cisAlarm('vpc', { Namespace: 'Elsewhere' });
    expect((await linksOf('vpc')).at(-1)).toMatchObject({
      resource: 'alarm',
      verdict: 'fail',
      reason: expect.stringContaining('elsewhere (Elsewhere)'),
    });
    await cisAlarm('vpc');
    expect(shown(await linksOf('vpc')).slice(0, 5)).toEqual(whole);
  });

  test('one that is written as metrics and calculates nothing is like any other', async () => {
    const as = (Stat: string) => {
      const Metric = { Namespace: 'CloudTrailMetrics', MetricName: 'VpcChanges' };
      return cisAlarm('vpc', {
        Namespace: undefined,
        MetricName: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: [{ Id: 'm1', ReturnData: true, MetricStat: { Metric, Period: 300, Stat } }],
      });
    };
    await as('Sum');
    expect(shown(await linksOf('vpc')).slice(0, 5)).toEqual(whole);
    await as('p90');
    expect((await linksOf('vpc')).at(-1)).not.toMatchObject({ verdict: 'pass', proof: 'proven' });
    await cisAlarm('vpc');
  });

  test('an average over three periods does not fire on one event; a threshold on refusals is medium', async () => {
    await cisAlarm('vpc', { EvaluationPeriods: 3, DatapointsToAlarm: 3 });
    expect((await linksOf('vpc')).at(-1)).toMatchObject({ resource: 'would-fire', verdict: 'fail' });
    await cisAlarm('vpc');
    await cisAlarm('unauthorized', { Threshold: 5 });
    expect((await linksOf('unauthorized')).at(-1)).toMatchObject({
      resource: 'would-fire',
      verdict: 'fail',
      severity: 'medium',
      reason: expect.stringContaining('a threshold is usual here'),
    });
    await cisAlarm('unauthorized');
  });

  test('(g) actions that are off fail, and on again they pass', async () => {
    await alarms().send(new DisableAlarmActionsCommand({ AlarmNames: ['cis-vpc'] }));
    expect((await linksOf('vpc')).at(-1)).toMatchObject({ resource: 'actions', verdict: 'fail' });
    await alarms().send(new EnableAlarmActionsCommand({ AlarmNames: ['cis-vpc'] }));
    expect((await linksOf('vpc')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'pass' });
  });

  test('a composite alarm acts for one without actions', async () => {
    await cisAlarm('vpc', { AlarmActions: [] });
    expect((await linksOf('vpc')).at(-1)).toMatchObject({ resource: 'actions', verdict: 'fail' });
    await alarms().send(
      new PutCompositeAlarmCommand({
        AlarmName: 'network',
        AlarmRule: 'ALARM("cis-vpc")',
        AlarmActions: [alarmTopic(lab.organization)],
      }),
    );
    expect((await linksOf('vpc')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'pass' });
    await alarms().send(new DeleteAlarmsCommand({ AlarmNames: ['network'] }));
    await cisAlarm('vpc');
  });

  test('a mute rule fails', async () => {
    await alarms().send(
      new PutAlarmMuteRuleCommand({
        Name: 'holidays',
        Rule: { Schedule: { Expression: 'cron(0 0 * * *)', Duration: 'PT12H' } },
        MuteTargets: { AlarmNames: ['cis-vpc'] },
      }),
    );
    expect((await linksOf('vpc')).at(-1)).toMatchObject({
      resource: 'actions',
      verdict: 'fail',
      reason: expect.stringContaining('without an end'),
    });
    await alarms().send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: 'holidays' }));
  });

  test('alarm-state: an evaluation that fails, and the alarm put anew', async () => {
    breaks.find(({ id }) => id === 'alarm-not-evaluated')?.break(lab.organization);
    const red = (await lab.rows('alarm-state')).filter(({ verdict }) => verdict === 'fail');
    expect(red).toMatchObject([{ reason: 'CloudWatch cannot evaluate the alarm cis-kms: EVALUATION_ERROR.' }]);
    // A word that AWS adds one day is no failure, and no pass.
    const withdraw = lab.faults.inject({
      operation: 'monitoring:DescribeAlarms',
      effect: { instead: { EVALUATION_ERROR: 'LATE' } },
    });
    expect((await lab.rows('alarm-state')).filter(({ verdict }) => verdict !== 'pass')).toMatchObject([
      { verdict: 'unknown', reason: expect.stringContaining('LATE') },
    ]);
    withdraw();
    await cisAlarm('kms');
    expect((await lab.rows('alarm-state')).filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect((await alarms().send(new DescribeAlarmsCommand({}))).MetricAlarms).toHaveLength(15);
  });
});

describe('the topic', () => {
  test('(f) subscriptions that wait for confirmation fail once for all controls; a queue confirms by itself', async () => {
    const TopicArn = alarmTopic(lab.organization);
    const kept =
      topicsOf(lab.organization)
        .get(TopicArn)
        ?.subscriptions.map((one) => ({ ...one })) ?? [];
    breaks.find(({ id }) => id === 'alarm-topic-lapsed')?.break(lab.organization);
    const rows = await lab.rows('4', { accounts: ['log-archive'], regions: ['eu-west-1'] });
    const broken = rows.filter(({ resource, verdict }) => resource === 'topic' && verdict === 'fail');
    expect(broken).toHaveLength(13);
    expect(broken.filter(({ cause }) => cause === null)).toMatchObject([{ check: 'alarm-unauthorized' }]);
    expect(broken[0]?.reason).toContain('No subscription');
    await topics().send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:eu-west-1:${lab.organization.trail.account}:alerts`,
      }),
    );
    expect((await linksOf('kms')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'pass' });
    topicsOf(lab.organization)
      .get(TopicArn)
      ?.subscriptions.splice(0, 2, ...kept);
  });

  test('a policy without CloudWatch, the managed key and a filter policy fail', async () => {
    const TopicArn = alarmTopic(lab.organization);
    const set = (AttributeName: string, AttributeValue: string) =>
      topics().send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
    const policy = topicsOf(lab.organization).get(TopicArn)?.attributes['Policy'] ?? '';
    await set('Policy', policy.replace('cloudwatch.amazonaws.com', 'events.amazonaws.com'));
    expect((await linksOf('kms')).at(-1)?.reason).toContain('does not let cloudwatch.amazonaws.com publish');
    await set('Policy', policy);
    await set('KmsMasterKeyId', 'alias/aws/sns');
    expect((await linksOf('kms')).at(-1)?.reason).toContain('encrypted with alias/aws/sns');
    await set('KmsMasterKeyId', '');
    const SubscriptionArn = topicsOf(lab.organization).get(TopicArn)?.subscriptions[0]?.arn ?? '';
    const filter = (AttributeValue: string) =>
      topics().send(
        new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue }),
      );
    await filter('{"severity":["high"]}');
    expect((await linksOf('kms')).at(-1)).toMatchObject({ resource: 'topic', verdict: 'fail' });
    await filter('{}');
    expect((await linksOf('kms')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'pass' });
  });

  test('a customer key whose policy leaves CloudWatch out fails, one that names it passes', async () => {
    const kms = lab.client(KMSClient, inGroup());
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn;
    const set = (AttributeValue: string) =>
      topics().send(
        new SetTopicAttributesCommand({
          TopicArn: alarmTopic(lab.organization),
          AttributeName: 'KmsMasterKeyId',
          AttributeValue,
        }),
      );
    await set(KeyId ?? '');
    expect((await linksOf('kms')).at(-1)).toMatchObject({
      resource: 'topic',
      verdict: 'fail',
      reason: expect.stringContaining('does not let cloudwatch.amazonaws.com use it'),
    });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: ['kms:GenerateDataKey*', 'kms:Decrypt'],
          Resource: '*',
        },
      ],
    });
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    expect((await linksOf('kms')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'pass' });
    await set('');
  });

  test('what did not get through fails', async () => {
    breaks.find(({ id }) => id === 'alarm-action-failed')?.break(lab.organization);
    lab.moveClock(60_000);
    expect((await linksOf('root')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'fail' });
    // Later the alarm started a function, and that went well: nobody was told of it.
    lab.moveClock(60_000);
    const history = (HistoryData: string) => addHistory(lab.organization, 'cis-root', lab.now(), HistoryData);
    history('{"actionState":"Succeeded","notificationResource":"arn:aws:lambda:eu-west-1:111122225555:function:heal"}');
    history('{"actionState":"InProgress","notificationResource":"arn:aws:sns:eu-west-1:111122225555:alarms"}');
    lab.moveClock(60_000);
    expect((await linksOf('root')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'fail' });
    history('{"actionState":"Succeeded","notificationResource":"arn:aws:sns:eu-west-1:111122225555:alarms"}');
    lab.moveClock(60_000);
    expect((await linksOf('root')).at(-1)).toMatchObject({ resource: 'delivered', verdict: 'pass', proof: 'proven' });
  });
});

test('a control that the rules of every account tell of is covered, and the others are not', async () => {
  const web = '111122334444';
  const member = async (topic: string) =>
    (await lab.rows(`alarm-${topic}`, { accounts: ['log-archive', 'prod-web'] })).filter(
      ({ account }) => account === web,
    );
  const logGroupName = lab.organization.trail.logGroup;
  for (const topic of ['kms', 'vpc'])
    await filters().send(new DeleteMetricFilterCommand({ logGroupName, filterName: `cis-${topic}` }));
  // The log archive has no rules: the alarm is missed there, and by nobody whose rules tell of it.
  expect(await linksOf('kms')).toMatchObject([{ resource: 'filter', verdict: 'fail' }]);
  expect(await member('kms')).toMatchObject([
    {
      verdict: 'pass',
      inheritedFrom: null,
      reason: expect.stringMatching(/rules of its bus catch it.*not met to the letter/),
    },
  ]);
  expect(await member('vpc')).toMatchObject([{ verdict: 'fail', cause: 'alarm-vpc' }]);
  await rulesOf(lab, inGroup().account, EnableRuleCommand);
  expect(await linksOf('kms')).toEqual([]);
  expect(
    (await lab.rows('alarm-kms', { accounts: ['log-archive', 'prod-web'] })).map(({ verdict }) => verdict),
  ).toEqual(['pass', 'pass']);
  // One region without the rule is enough to miss a call there.
  const disable = new DisableRuleCommand({ Name: 'trailwatch-api-calls' });
  await lab.client(EventBridgeClient, { account: web, region: 'us-east-1' }).send(disable);
  expect(await member('kms')).toMatchObject([{ verdict: 'fail', cause: 'alarm-kms' }]);
  await rulesOf(lab, web, EnableRuleCommand);
  await rulesOf(lab, inGroup().account, DisableRuleCommand);
  for (const topic of ['kms', 'vpc']) await putFilter(topic, patternOf(topic));
});

test('(k) a trail without a log group is one finding', async () => {
  await using other = await startLab();
  const { managementAccount, trail } = other.organization;
  for (const account of [managementAccount, '111122334444']) await rulesOf(other, account, DisableRuleCommand);
  const client = other.client(CloudTrailClient, { account: managementAccount });
  await client.send(
    new UpdateTrailCommand({ Name: trail.arn, CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' }),
  );
  const rows = await other.rows(['4', 'trail-to-logs'], { accounts: ['prod-web'], regions: ['eu-west-1'] });
  const alarms = rows.filter(
    ({ check }) => check.startsWith('alarm-') && !['alarm-state', 'alarm-securityhub'].includes(check),
  );
  expect(new Set(alarms.map(({ verdict, cause }) => `${verdict} ${cause}`))).toEqual(new Set(['fail trail-to-logs']));
  expect(rows.find(({ check }) => check === 'trail-to-logs')).toMatchObject({ verdict: 'fail' });
});

test('(m) a log group whose account cannot be reached is unknown for all', async () => {
  await rulesOf(lab, '111122334444', DisableRuleCommand);
  lab.faults.inject({
    operation: 'logs:DescribeMetricFilters',
    effect: new AwsError('AccessDeniedException', 'You may not.', 400),
  });
  const rows = await lab.rows('alarm-kms', { accounts: ['prod-web'] });
  expect(rows.map(({ verdict, unknown }) => `${verdict} ${unknown}`)).toEqual([
    'unknown not readable',
    'unknown not readable',
  ]);
});
