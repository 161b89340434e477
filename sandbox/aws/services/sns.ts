import type {
  ConfirmSubscriptionInput,
  ConfirmSubscriptionResponse,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsByTopicResponse,
  PublishInput,
  PublishResponse,
} from '@aws-sdk/client-sns';
import { type Sns, SnsError } from '../../sns/index.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** The part of the SNS API that Trailwatch and its tests call, over the topics of this machine. Source: SNS API reference. */
export const sns = (topics: Sns): Service => ({
  signingName: 'sns',
  sdk: () => import('@aws-sdk/client-sns'),
  operations: {
    ConfirmSubscription: confirmSubscription(topics),
    ListSubscriptionsByTopic: listSubscriptionsByTopic(topics),
    Publish: publish(topics),
  },
});

const confirmSubscription =
  (topics: Sns) =>
  ({ input: { TopicArn = '', Token = '' } }: Call<ConfirmSubscriptionInput>): ConfirmSubscriptionResponse =>
    refusing(() => ({ SubscriptionArn: topics.confirm(TopicArn, Token) }));

const listSubscriptionsByTopic =
  (topics: Sns) =>
  ({ input: { TopicArn = '' } }: Call<ListSubscriptionsByTopicInput>): ListSubscriptionsByTopicResponse =>
    refusing(() => ({
      Subscriptions: topics.subscriptionsOf(TopicArn).map(({ arn, topicArn, protocol, endpoint }) => ({
        SubscriptionArn: arn,
        Owner: topicArn.split(':')[4] ?? '',
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn: topicArn,
      })),
    }));

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
