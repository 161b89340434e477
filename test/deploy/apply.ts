import { CloudWatchClient, PutMetricAlarmCommand, type PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { createQueue } from '../../sandbox/aws/services/sqs.ts';
import { deployTemplate } from '../../sandbox/aws/template.ts';
import type { Lab } from '../framework/lab.ts';

interface Stack {
  file: string;
  account: string;
  region: string;
  parameters: Record<string, string>;
}

/** What CloudFormation makes before others can name it. */
const order = ['AWS::KMS::Key', 'AWS::SNS::Topic', 'AWS::SQS::Queue'];
const rank = (type: string): number => (order.includes(type) ? order.indexOf(type) : order.length);

/** Makes the resources of a template in the sandbox, by the calls that CloudFormation would send. */
export async function apply(lab: Lab, { file, ...deployment }: Stack): Promise<void> {
  const resources = Object.values(deployTemplate(file, deployment).resources);
  /** The ARNs that keys really got, by those that the template was worked out with. */
  const keys = new Map<string, string>();
  const withKeys = (value: object): unknown =>
    JSON.parse([...keys].reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(value)));
  for (const { type, properties } of resources.toSorted((a, b) => rank(a.type) - rank(b.type))) {
    const make = calls[type];
    if (make === undefined) throw new Error(`The sandbox is not told how to make ${type}.`);
    const made = await make(lab, deployment, withKeys(properties));
    if (type === 'AWS::KMS::Key' && made !== undefined)
      keys.set(`arn:aws:kms:${deployment.region}:${deployment.account}:key/key`, made);
  }
}

type Make = (lab: Lab, place: { account: string; region: string }, properties: unknown) => Promise<string | undefined>;

const text = z.unknown().transform((value) => JSON.stringify(value));
const Filter = z.object({
  FilterName: z.string(),
  LogGroupName: z.string(),
  FilterPattern: z.string(),
  MetricTransformations: z.array(
    z.object({ MetricName: z.string(), MetricNamespace: z.string(), MetricValue: z.string() }).transform((of) => ({
      metricName: of.MetricName,
      metricNamespace: of.MetricNamespace,
      metricValue: of.MetricValue,
    })),
  ),
});
const Alarm = z.custom<PutMetricAlarmInput>((value) => typeof value === 'object');
const Rule = z.object({
  Name: z.string(),
  EventBusName: z.string().default('default'),
  State: z.enum(['ENABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']),
  EventPattern: text,
  Targets: z.array(z.custom<Target>((value) => typeof value === 'object')),
});
const BusPolicy = z.object({ EventBusName: z.string(), StatementId: z.string(), Statement: z.looseObject({}) });
const Topic = z.object({ TopicName: z.string(), KmsMasterKeyId: z.string(), SignatureVersion: z.string() });
const TopicPolicy = z.object({ Topics: z.tuple([z.string()]), PolicyDocument: text });
const Subscription = z.object({ TopicArn: z.string(), Protocol: z.string(), Endpoint: z.string() });

/** A bus and a role are in the sandbox already, and the policies of dead-letter queues are not asked for. */
const there: Make = async () => undefined;

const calls: Readonly<Record<string, Make>> = {
  'AWS::Events::EventBus': there,
  'AWS::IAM::Role': there,
  'AWS::SQS::QueuePolicy': there,
  'AWS::KMS::Key': async (lab, place, properties) => {
    const { KeyPolicy } = z.object({ KeyPolicy: text }).parse(properties);
    const made = await lab.client(KMSClient, place).send(new CreateKeyCommand({ Policy: KeyPolicy }));
    return made.KeyMetadata?.Arn;
  },
  'AWS::SNS::Topic': async (lab, place, properties) => {
    const { TopicName, ...attributes } = Topic.parse(properties);
    const client = lab.client(SNSClient, place);
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: TopicName }));
    for (const [AttributeName, AttributeValue] of Object.entries(attributes))
      await client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
    return TopicArn;
  },
  'AWS::SNS::TopicPolicy': async (lab, place, properties) => {
    const { Topics, PolicyDocument } = TopicPolicy.parse(properties);
    const attribute = { TopicArn: Topics[0], AttributeName: 'Policy', AttributeValue: PolicyDocument };
    await lab.client(SNSClient, place).send(new SetTopicAttributesCommand(attribute));
    return undefined;
  },
  'AWS::SNS::Subscription': async (lab, place, properties) => {
    await lab.client(SNSClient, place).send(new SubscribeCommand(Subscription.parse(properties)));
    return undefined;
  },
  'AWS::SQS::Queue': async (lab, place, properties) => {
    const { QueueName } = z.object({ QueueName: z.string() }).parse(properties);
    return createQueue(lab.organization, { ...place, name: QueueName });
  },
  'AWS::Logs::MetricFilter': async (lab, place, properties) => {
    const { FilterName, LogGroupName, FilterPattern, MetricTransformations } = Filter.parse(properties);
    const filter = {
      filterName: FilterName,
      logGroupName: LogGroupName,
      filterPattern: FilterPattern,
      metricTransformations: MetricTransformations,
    };
    await lab.client(CloudWatchLogsClient, place).send(new PutMetricFilterCommand(filter));
    return undefined;
  },
  'AWS::CloudWatch::Alarm': async (lab, place, properties) => {
    await lab.client(CloudWatchClient, place).send(new PutMetricAlarmCommand(Alarm.parse(properties)));
    return undefined;
  },
  'AWS::Events::Rule': async (lab, place, properties) => {
    const { Targets, ...rule } = Rule.parse(properties);
    const client = lab.client(EventBridgeClient, place);
    await client.send(new PutRuleCommand(rule));
    await client.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName: rule.EventBusName, Targets }));
    return undefined;
  },
  'AWS::Events::EventBusPolicy': async (lab, place, properties) => {
    const { EventBusName, StatementId, Statement } = BusPolicy.parse(properties);
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: StatementId, ...Statement }] });
    await lab.client(EventBridgeClient, place).send(new PutPermissionCommand({ EventBusName, Policy }));
    return undefined;
  },
};
