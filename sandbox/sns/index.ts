import {
  createHash,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageType } from '../../src/listeners/sns/message.ts';
import { type SignedFields, stringToSign } from '../../src/listeners/sns/string-to-sign.ts';
import { isTopicArn, topicOrigin } from '../../src/listeners/sns/topic.ts';
import { issueCertificate } from './certificate.ts';

export interface SnsOptions {
  now: () => Date;
  /** Milliseconds before each retry. SNS's own default: three, 20 s apart. */
  retryDelays?: readonly number[];
  /** Puts a body into the queue with this ARN; false: there is no such queue. Without it nothing is delivered to queues. */
  toQueue?: (queueArn: string, body: string) => boolean;
}

export interface Publication {
  message: string;
  subject?: string;
  attributes?: Record<string, { Type: string; Value: string }>;
}

export interface Subscription {
  /** `PendingConfirmation` until the endpoint has confirmed, as in AWS. */
  arn: string;
  topicArn: string;
  protocol: 'http' | 'https' | 'sqs';
  /** A URL, or the ARN of a queue. */
  endpoint: string;
}

/** One attempt to deliver, for the panel. */
export interface Delivery {
  at: Date;
  type: MessageType;
  messageId: string;
  topicArn: string;
  endpoint: string;
  /** 1 for the first. */
  attempt: number;
  /** HTTP status, or why there was none. */
  result: number | string;
  outcome: 'delivered' | 'will retry' | 'given up';
}

/** As the SNS API would refuse it. */
export class SnsError extends Error {
  readonly code: 'InvalidAction' | 'InvalidParameter' | 'NotFound';
  readonly status: 400 | 404;

  constructor(code: SnsError['code'], message: string) {
    super(message);
    this.code = code;
    this.status = code === 'NotFound' ? 404 : 400;
  }
}

const answerTimeoutMs = 15_000;
const keptDeliveries = 1000;

interface Outgoing {
  type: MessageType;
  messageId: string;
  topicArn: string;
  /** The signed envelope. */
  body: string;
  /** The message alone, as raw delivery sends it. */
  message: string;
}

type Subscribed = Subscription & { token: string; raw: boolean };

/** One for all worlds of a process: to make one takes longer than to start a world. */
let keyPair: KeyPairKeyObjectResult | undefined;

/**
 * Amazon SNS on this machine: topics, HTTP subscriptions that want confirming, messages signed with version 2, and
 * retries. What it sends is what AWS sends but for the certificate, which is its own: pin `certificate` to believe it.
 */
export const createSns = ({ now, retryDelays = [20_000, 20_000, 20_000], toQueue = () => false }: SnsOptions) => {
  keyPair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { publicKey, privateKey } = keyPair;
  // Valid for years around the start, for the sandbox's clock can be moved.
  const certificate = issueCertificate({
    name: 'sns.amazonaws.com',
    publicKey,
    issuer: { name: 'sns.amazonaws.com', privateKey },
    notBefore: new Date(now().getTime() - 365 * 24 * 3_600_000),
    notAfter: new Date(now().getTime() + 10 * 365 * 24 * 3_600_000),
  });
  const certificateFile = `SimpleNotificationService-${createHash('md5').update(certificate).digest('hex')}.pem`;

  const topics = new Set<string>();
  const subscriptions: Subscribed[] = [];
  const deliveries: Delivery[] = [];
  const watchers = new Set<(delivery: Delivery) => void>();
  const running = new Set<Promise<void>>();
  const closing = new AbortController();

  const requireTopic = (arn: string): void => {
    if (!topics.has(arn)) throw new SnsError('NotFound', 'Topic does not exist');
  };

  const envelope = (
    signed: SignedFields,
    unsigned: { UnsubscribeURL?: string; MessageAttributes?: Publication['attributes'] | undefined },
  ): Outgoing => {
    // In the order of SNS; absent ones are left out.
    const all = {
      Type: signed.Type,
      MessageId: signed.MessageId,
      Token: signed.Token,
      TopicArn: signed.TopicArn,
      Subject: signed.Subject,
      Message: signed.Message,
      SubscribeURL: signed.SubscribeURL,
      Timestamp: signed.Timestamp,
      SignatureVersion: '2',
      Signature: sign('RSA-SHA256', Buffer.from(stringToSign(signed)), privateKey).toString('base64'),
      SigningCertURL: `https://${topicOrigin(signed.TopicArn).host}/${certificateFile}`,
      ...unsigned,
    };
    return {
      type: signed.Type,
      messageId: signed.MessageId,
      topicArn: signed.TopicArn,
      body: JSON.stringify(all, undefined, 2),
      message: signed.Message,
    };
  };

  const stamp = () => ({ MessageId: randomUUID(), Timestamp: now().toISOString() });

  const confirmation = (
    type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
    topicArn: string,
    token: string,
    Message: string,
  ): Outgoing => {
    const { host } = topicOrigin(topicArn);
    const SubscribeURL = `https://${host}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;
    return envelope({ ...stamp(), Type: type, TopicArn: topicArn, Message, Token: token, SubscribeURL }, {});
  };

  const post = async (out: Outgoing, { endpoint, arn }: Subscription): Promise<number | string> => {
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        body: out.body,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerTimeoutMs)]),
        headers: {
          'content-type': 'text/plain; charset=UTF-8',
          'user-agent': 'Amazon Simple Notification Service Agent',
          'x-amz-sns-message-type': out.type,
          'x-amz-sns-message-id': out.messageId,
          'x-amz-sns-topic-arn': out.topicArn,
          ...(out.type === 'Notification' && { 'x-amz-sns-subscription-arn': arn }),
        },
      });
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return cause instanceof Error ? cause.message : String(cause);
    }
  };

  const enqueue = (out: Outgoing, { endpoint, raw }: Subscribed): 200 | string =>
    toQueue(endpoint, raw ? out.message : out.body) ? 200 : 'The queue does not exist.';

  const deliver = async (out: Outgoing, subscription: Subscribed): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const result = subscription.protocol === 'sqs' ? enqueue(out, subscription) : await post(out, subscription);
      if (closing.signal.aborted) return;
      const delivered = typeof result === 'number' && result >= 200 && result < 300;
      // No answer, 5xx and 429 are tried again; any other answer is final.
      const retryable = typeof result === 'string' || result >= 500 || result === 429;
      const delay = retryable ? retryDelays[attempt - 1] : undefined;
      record({
        at: now(),
        type: out.type,
        messageId: out.messageId,
        topicArn: out.topicArn,
        endpoint: subscription.endpoint,
        attempt,
        result,
        outcome: delivered ? 'delivered' : delay === undefined ? 'given up' : 'will retry',
      });
      if (delay === undefined) return;
      await sleep(delay, undefined, { signal: closing.signal }).catch(() => {});
      if (closing.signal.aborted) return;
    }
  };

  const record = (delivery: Delivery): void => {
    deliveries.push(delivery);
    if (deliveries.length > keptDeliveries) deliveries.shift();
    for (const watch of watchers) watch(delivery);
  };

  const start = (out: Outgoing, subscription: Subscribed): void => {
    const delivery = deliver(out, subscription).finally(() => running.delete(delivery));
    running.add(delivery);
  };

  const sns = {
    /** PEM: what the app must pin, as `sns.trustedCertificates`. */
    certificate,

    /** Attempts so far, oldest first, at most 1000. */
    deliveries: (): readonly Delivery[] => deliveries,

    /** Tells of each attempt as it is made. Returns the way to stop. */
    onDelivery(watch: (delivery: Delivery) => void): () => void {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },

    createTopic(arn: string): void {
      if (!isTopicArn(arn)) throw new SnsError('InvalidParameter', 'Invalid parameter: TopicArn');
      topics.add(arn);
    },

    /** Sends the endpoint a SubscriptionConfirmation; nothing else goes there until its token comes back through `confirm`. */
    subscribe(topicArn: string, endpoint: string): void {
      requireTopic(topicArn);
      const subscription: Subscribed = {
        arn: 'PendingConfirmation',
        topicArn,
        protocol: endpoint.startsWith('https:') ? 'https' : 'http',
        endpoint,
        token: randomBytes(128).toString('hex'),
        raw: false,
      };
      subscriptions.push(subscription);
      start(
        confirmation(
          'SubscriptionConfirmation',
          topicArn,
          subscription.token,
          `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
        ),
        subscription,
      );
    },

    /** Subscribes a queue of the topic's own account, which needs no confirming. `raw`: messages without their envelope. */
    subscribeQueue(topicArn: string, queueArn: string, { raw = false } = {}): void {
      requireTopic(topicArn);
      const arn = `${topicArn}:${randomUUID()}`;
      const token = randomBytes(128).toString('hex');
      subscriptions.push({ arn, topicArn, protocol: 'sqs', endpoint: queueArn, token, raw });
    },

    /** Returns the subscription's ARN; once confirmed, a token gives the same answer again. */
    confirm(topicArn: string, token: string): string {
      requireTopic(topicArn);
      const subscription = subscriptions.find((one) => one.topicArn === topicArn && one.token === token);
      if (!subscription) throw new SnsError('InvalidParameter', 'Invalid token');
      if (subscription.arn === 'PendingConfirmation') subscription.arn = `${topicArn}:${randomUUID()}`;
      return subscription.arn;
    },

    /** Ends a subscription and tells the endpoint so. */
    unsubscribe(subscriptionArn: string): void {
      const index = subscriptions.findIndex((one) => one.arn === subscriptionArn);
      const [subscription] = index < 0 ? [] : subscriptions.splice(index, 1);
      if (!subscription) throw new SnsError('NotFound', 'Subscription does not exist');
      start(
        confirmation(
          'UnsubscribeConfirmation',
          subscription.topicArn,
          subscription.token,
          `You have chosen to deactivate subscription ${subscriptionArn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
        ),
        subscription,
      );
    },

    subscriptionsOf(topicArn: string): Subscription[] {
      requireTopic(topicArn);
      return subscriptions
        .filter((one) => one.topicArn === topicArn)
        .map(({ arn, protocol, endpoint }) => ({ arn, topicArn, protocol, endpoint }));
    },

    /** Sends one message to every confirmed subscription and returns its id at once, as SNS does. */
    publish(topicArn: string, { message, subject, attributes }: Publication): string {
      requireTopic(topicArn);
      if (message === '') throw new SnsError('InvalidParameter', 'Invalid parameter: Empty message');
      if (Buffer.byteLength(message) > 256 * 1024) {
        throw new SnsError('InvalidParameter', 'Invalid parameter: Message too long');
      }
      if (subject !== undefined && !/^[^\p{Cc}]{1,100}$/u.test(subject)) {
        throw new SnsError('InvalidParameter', 'Invalid parameter: Subject');
      }
      const { host } = topicOrigin(topicArn);
      // Each subscription has its own UnsubscribeURL; what is signed is the same for all.
      const signed = {
        ...stamp(),
        Type: 'Notification',
        TopicArn: topicArn,
        Subject: subject,
        Message: message,
      } as const;
      for (const subscription of subscriptions) {
        if (subscription.topicArn !== topicArn || subscription.arn === 'PendingConfirmation') continue;
        const UnsubscribeURL = `https://${host}/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`;
        start(envelope(signed, { UnsubscribeURL, MessageAttributes: attributes }), subscription);
      }
      return signed.MessageId;
    },

    /** Settles when nothing is being delivered or waits for a retry. */
    async idle(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
    },

    /** Stops retries and requests under way. */
    async close(): Promise<void> {
      closing.abort();
      await sns.idle();
    },
  };
  return sns;
};

export type Sns = ReturnType<typeof createSns>;
