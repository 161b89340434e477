import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBus } from '../../sandbox/aws/services/events.ts';
import { known } from '../../sandbox/organization/accounts.ts';
import { alarmTopic, busRegion, centralBus, eventTopic } from '../../sandbox/organization/monitoring.ts';
import { type Lab, startLab } from '../framework/lab.ts';
import { apply } from './apply.ts';

/** Each template, made in the sandbox: the checks that it is for turn green. */
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Checks that do not pass, as `check resource: reason`. */
async function notGreen(
  checks: string | string[],
  where: { accounts: string[]; regions?: string[] },
): Promise<string[]> {
  const rows = await lab.rows(checks, where);
  expect(rows.length).toBeGreaterThan(0);
  return rows
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ check, resource, reason }) => `${check} ${resource}: ${reason}`);
}

test('cis-alarms.yaml mends what is wrong with the alarms of the organization', async () => {
  const { account, region, logGroup } = lab.organization.trail;
  const checks = ['alarm-route', 'alarm-s3-policy', 'alarm-root', 'alarm-unauthorized', 'alarm-organizations'];
  // What the filter of alarm-s3-policy misses, the account's own rules tell of.
  expect(await notGreen(checks, { accounts: [account] })).toEqual([expect.stringContaining('alarm-route actions')]);
  const parameters = { LogGroupName: logGroup, TopicArn: alarmTopic(lab.organization) };
  await apply(lab, { file: 'cis-alarms.yaml', account, region, parameters });
  // Whether Security Hub is on is no matter of the alarms.
  expect(await notGreen('4', { accounts: [account] })).toEqual([expect.stringContaining('alarm-securityhub')]);
});

test('alerts-topic.yaml makes a topic that alarms reach', async () => {
  const TopicArn = alarmTopic(lab.organization);
  const [, , , region = '', account = '', TopicName = ''] = TopicArn.split(':');
  const key = { TopicArn, AttributeName: 'KmsMasterKeyId', AttributeValue: 'alias/aws/sns' };
  await lab.client(SNSClient, { account, region }).send(new SetTopicAttributesCommand(key));
  expect(await notGreen('alarm-root', { accounts: [account] })).toEqual([expect.stringContaining('alarm-root topic')]);
  const parameters = { TopicName, Organization: lab.organization.id };
  await apply(lab, { file: 'alerts-topic.yaml', account, region, parameters });
  expect(await notGreen('alarm-root', { accounts: [account] })).toEqual([]);
});

test('central-bus.yaml closes the bus to everybody else', async () => {
  const account = lab.organization.homeAccount;
  const where = { accounts: [account], regions: [busRegion] };
  openBus(lab.organization);
  expect((await notGreen('eb-bus-closed', where)).length).toBeGreaterThan(0);
  const parameters = { Organization: lab.organization.id, TopicArn: eventTopic(lab.organization) };
  await apply(lab, { file: 'central-bus.yaml', account, region: busRegion, parameters });
  expect(await notGreen(['eb-bus-closed', 'eb-target-alive', 'eb-dlq'], where)).toEqual([]);
});

test.each([known.web, known.data])('event-rules.yaml alone sends every kind of event from %s', async (account) => {
  const regions = ['us-east-1', busRegion];
  const checks = ['eb-reaches-bot', 'iam-alerts-match', 'iam-alerts-arrive', 'iam-signin-alerts'];
  for (const region of regions) await removeRules(account, region);
  expect((await notGreen(checks, { accounts: [account], regions })).length).toBeGreaterThan(5);
  const parameters = { TargetArn: centralBus(lab.organization) };
  for (const region of ['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2', busRegion])
    await apply(lab, { file: 'event-rules.yaml', account, region, parameters });
  expect(await notGreen([...checks, 'eb-target-alive', 'eb-dlq'], { accounts: [account], regions })).toEqual([]);
});

async function removeRules(account: string, region: string): Promise<void> {
  const client = lab.client(EventBridgeClient, { account, region });
  const { Rules = [] } = await client.send(new ListRulesCommand({}));
  for (const { Name } of Rules) {
    const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: Name }));
    const Ids = Targets.map(({ Id }) => Id ?? '');
    if (Ids.length > 0) await client.send(new RemoveTargetsCommand({ Rule: Name, Ids }));
    await client.send(new DeleteRuleCommand({ Name }));
  }
}
