import { alarmTopic, eventTopic } from '../../organization/monitoring.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { uuidOf } from '../../organization/stable.ts';

/** A subscription of a topic in the organization. */
export interface TopicSubscription {
  /** Null: it waits for its confirmation. */
  arn: string | null;
  protocol: string;
  endpoint: string;
  attributes: Record<string, string>;
}

/** A topic of the organization; nothing is sent through it. */
export interface OrganizationTopic {
  arn: string;
  attributes: Record<string, string>;
  subscriptions: TopicSubscription[];
}

/** The policy that SNS gives a new topic. Source: SNS developer guide, "Example cases for Amazon SNS access control". */
export const defaultTopicPolicy = (arn: string): object => ({
  Version: '2008-10-17',
  Id: '__default_policy_ID',
  Statement: [
    {
      Sid: '__default_statement_ID',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['SNS:Publish', 'SNS:Subscribe', 'SNS:GetTopicAttributes', 'SNS:ListSubscriptionsByTopic'],
      Resource: arn,
      Condition: { StringEquals: { 'AWS:SourceOwner': arn.split(':')[4] ?? '' } },
    },
  ],
});

const lets = (arn: string, service: string): object => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'ServicePublishes',
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sns:Publish',
      Resource: arn,
      ...(service === 'cloudwatch.amazonaws.com' && {
        Condition: { StringEquals: { 'aws:SourceAccount': arn.split(':')[4] ?? '' } },
      }),
    },
  ],
});

/** A topic without anything but its policy. */
export const newTopic = (arn: string, policy: object = defaultTopicPolicy(arn)): OrganizationTopic => ({
  arn,
  attributes: { TopicArn: arn, Owner: arn.split(':')[4] ?? '', Policy: JSON.stringify(policy) },
  subscriptions: [],
});

const subscribed = (arn: string, policy: object): OrganizationTopic => ({
  ...newTopic(arn, policy),
  subscriptions: [
    {
      arn: `${arn}:${uuidOf('subscription', arn)}`,
      protocol: 'https',
      endpoint: 'https://trailwatch.example.com/sns',
      attributes: {},
    },
  ],
});

/** The topics of the organization by ARN: of the alarms, and of the events that the central bus has. */
export const topicsOf = perOrganization(
  (organization: Organization) =>
    new Map(
      [
        subscribed(alarmTopic(organization), lets(alarmTopic(organization), 'cloudwatch.amazonaws.com')),
        subscribed(eventTopic(organization), lets(eventTopic(organization), 'events.amazonaws.com')),
      ].map((topic) => [topic.arn, topic]),
    ),
);

/** The receivers no longer answer: their subscriptions wait to be confirmed again. */
export function lapseSubscriptions(organization: Organization, topicArn: string): void {
  for (const subscription of topicsOf(organization).get(topicArn)?.subscriptions ?? []) subscription.arn = null;
}
