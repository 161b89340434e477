import type { SnsMessage } from './message.ts';
import { topicOrigin } from './topic.ts';

/**
 * Confirms our subscription to a listed topic through the API, never by the URL in the message: a URL that somebody sends
 * is not one to fetch. From then on only a signed call can unsubscribe us. Needs sns:ConfirmSubscription on the topic.
 * @throws Error when AWS refuses, or does not answer within 10 s (SNS itself waits 15 s for our answer)
 */
export const confirmSubscription = async ({
  topicArn,
  token,
}: Pick<SnsMessage, 'topicArn' | 'token'>): Promise<void> => {
  const { ConfirmSubscriptionCommand, SNSClient } = await import('@aws-sdk/client-sns');
  const client = new SNSClient({ region: topicOrigin(topicArn).region });
  try {
    await client.send(
      new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token: token, AuthenticateOnUnsubscribe: 'true' }),
      { abortSignal: AbortSignal.timeout(10_000) },
    );
  } finally {
    client.destroy();
  }
};
