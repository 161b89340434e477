import { randomUUID } from 'node:crypto';
import type {
  ConfirmSubscriptionInput,
  ConfirmSubscriptionResponse,
  CreateTopicInput,
  CreateTopicResponse,
  GetSubscriptionAttributesInput,
  GetSubscriptionAttributesResponse,
  GetTopicAttributesInput,
  GetTopicAttributesResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  PublishInput,
  PublishResponse,
  SetSubscriptionAttributesInput,
  SetTopicAttributesInput,
  SubscribeInput,
  SubscribeResponse,
  UnsubscribeInput,
} from '@aws-sdk/client-sns';
import { type Sns, SnsError } from '../../sns/index.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { defaultTopicPolicy, newTopic, type OrganizationTopic, type TopicSubscription, topicsOf } from './topics.ts';

/** The part of the SNS API that Trailwatch and its tests call, over the topics of this machine and of the organization. Source: SNS API reference. */
export const sns = (topics: Sns): Service => ({
  signingName: 'sns',
  sdk: () => import('@aws-sdk/client-sns'),
  operations: {
    ConfirmSubscription: confirmSubscription(topics),
    ListSubscriptionsByTopic: listSubscriptionsByTopic(topics),
    Publish: publish(topics),
    GetTopicAttributes: getTopicAttributes(topics),
    ...organizationOperations,
  },
});

/** A topic of the organization, asked about in its own account. */
function ownTopic(call: Call<unknown>, arn: string): OrganizationTopic | undefined {
  const found = topicsOf(call.organization).get(arn);
  if (found === undefined || arn.split(':')[3] !== call.region) return undefined;
  if (arn.split(':')[4] !== call.account)
    throw new AwsError(
      'AuthorizationError',
      `User: ${call.caller.arn} is not authorized to perform this on resource: ${arn} because no resource-based policy allows it`,
      403,
    );
  return found;
}

function requireOwn(call: Call<unknown>, arn: string | undefined): OrganizationTopic {
  const found = ownTopic(call, arn ?? '');
  if (found === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
  return found;
}

function requireSubscription(call: Call<unknown>, arn: string | undefined): TopicSubscription {
  const topic = requireOwn(call, arn?.split(':').slice(0, -1).join(':'));
  const found = topic.subscriptions.find((one) => one.arn === arn);
  if (found === undefined) throw new AwsError('NotFound', 'Subscription does not exist', 404);
  return found;
}

const organizationOperations = {
  CreateTopic: (call: Call<CreateTopicInput>): CreateTopicResponse => {
    const TopicArn = `arn:aws:sns:${call.region}:${call.account}:${call.input.Name}`;
    const all = topicsOf(call.organization);
    if (!all.has(TopicArn)) all.set(TopicArn, newTopic(TopicArn));
    Object.assign(all.get(TopicArn)?.attributes ?? {}, call.input.Attributes);
    return { TopicArn };
  },

  SetTopicAttributes: (call: Call<SetTopicAttributesInput>): object => {
    const { TopicArn, AttributeName = '', AttributeValue = '' } = call.input;
    requireOwn(call, TopicArn).attributes[AttributeName] = AttributeValue;
    return {};
  },

  /** Mail and web addresses must confirm; a queue of the topic's account need not. */
  Subscribe: (call: Call<SubscribeInput>): SubscribeResponse => {
    const { TopicArn, Protocol = '', Endpoint = '', Attributes = {} } = call.input;
    const topic = requireOwn(call, TopicArn);
    const arn = Protocol === 'sqs' || Protocol === 'lambda' ? `${topic.arn}:${randomUUID()}` : null;
    topic.subscriptions.push({ arn, protocol: Protocol, endpoint: Endpoint, attributes: { ...Attributes } });
    return { SubscriptionArn: arn ?? 'pending confirmation' };
  },

  Unsubscribe: (call: Call<UnsubscribeInput>): object => {
    const { SubscriptionArn } = call.input;
    if (SubscriptionArn?.split(':').length !== 7)
      throw new AwsError('InvalidParameterException', 'Invalid parameter: SubscriptionArn');
    const found = requireSubscription(call, SubscriptionArn);
    const { subscriptions } = requireOwn(call, SubscriptionArn?.split(':').slice(0, -1).join(':'));
    subscriptions.splice(subscriptions.indexOf(found), 1);
    return {};
  },

  GetSubscriptionAttributes: (call: Call<GetSubscriptionAttributesInput>): GetSubscriptionAttributesResponse => {
    const { arn, protocol, endpoint, attributes } = requireSubscription(call, call.input.SubscriptionArn);
    return {
      Attributes: {
        SubscriptionArn: arn ?? '',
        TopicArn: arn?.split(':').slice(0, -1).join(':') ?? '',
        Owner: call.account,
        Protocol: protocol,
        Endpoint: endpoint,
        PendingConfirmation: 'false',
        ...attributes,
      },
    };
  },

  SetSubscriptionAttributes: (call: Call<SetSubscriptionAttributesInput>): object => {
    const { SubscriptionArn, AttributeName = '', AttributeValue } = call.input;
    const { attributes } = requireSubscription(call, SubscriptionArn);
    if (AttributeValue === undefined || AttributeValue === '' || AttributeValue === '{}')
      delete attributes[AttributeName];
    else attributes[AttributeName] = AttributeValue;
    return {};
  },
};

const getTopicAttributes =
  (topics: Sns) =>
  (call: Call<GetTopicAttributesInput>): GetTopicAttributesResponse => {
    const { TopicArn = '' } = call.input;
    const own = ownTopic(call, TopicArn);
    if (own !== undefined) return { Attributes: own.attributes };
    refusing(() => topics.subscriptionsOf(TopicArn));
    return {
      Attributes: {
        TopicArn,
        Owner: TopicArn.split(':')[4] ?? '',
        Policy: JSON.stringify(defaultTopicPolicy(TopicArn)),
      },
    };
  };

const confirmSubscription =
  (topics: Sns) =>
  ({ input: { TopicArn = '', Token = '' } }: Call<ConfirmSubscriptionInput>): ConfirmSubscriptionResponse =>
    refusing(() => ({ SubscriptionArn: topics.confirm(TopicArn, Token) }));

const listSubscriptionsByTopic =
  (topics: Sns) =>
  (call: Call<ListSubscriptionsByTopicInput>): ListSubscriptionsByTopicResponse => {
    const { TopicArn = '' } = call.input;
    const own = ownTopic(call, TopicArn);
    if (own !== undefined) return { Subscriptions: own.subscriptions.map((one) => listed(own, one)) };
    return refusing(() => ({
      Subscriptions: topics.subscriptionsOf(TopicArn).map(({ arn, topicArn, protocol, endpoint }) => ({
        SubscriptionArn: arn,
        Owner: topicArn.split(':')[4] ?? '',
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn: topicArn,
      })),
    }));
  };

const listed = ({ arn: TopicArn }: OrganizationTopic, { arn, protocol, endpoint }: TopicSubscription) => ({
  SubscriptionArn: arn ?? 'PendingConfirmation',
  Owner: TopicArn.split(':')[4] ?? '',
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn,
});

const publish =
  (topics: Sns) =>
  ({ input: { TopicArn = '', Message = '', Subject } }: Call<PublishInput>): PublishResponse =>
    refusing(() => ({
      MessageId: topics.publish(TopicArn, {
        message: Message,
        ...(Subject !== undefined && { subject: Subject }),
      }),
    }));

/** Refusals of the topics in the words of the API. */
function refusing<T>(perform: () => T): T {
  try {
    return perform();
  } catch (error) {
    if (error instanceof SnsError) throw new AwsError(error.code, error.message, error.status);
    throw error;
  }
}
