import type { InboxMessage } from '../alerts/message.ts';
import type { Wakes } from '../jobs/wakes.ts';
import type { Metrics } from '../metrics.ts';
import type { Inbox } from '../store/inbox.ts';
import { traced, traceparent } from '../tracing.ts';
import type { SnsMessage } from './sns/message.ts';

/** A verified message as the inbox keeps it; undefined for one that only confirms a subscription. */
export const messageFrom = (
  { type, messageId, topicArn, timestamp, subject, message }: SnsMessage,
  stale: boolean,
): InboxMessage | undefined =>
  type === 'SubscriptionConfirmation'
    ? undefined
    : { type, id: messageId, topicArn, timestamp, message, stale, ...(subject === undefined ? {} : { subject }) };

/**
 * Takes a verified SNS message and returns once it is committed: both ways in (HTTP and SQS) end here, and whatever
 * becomes of it is decided afterwards. The wake waits for nothing, so no answer waits for it.
 * @throws what the database throws: the message must come again
 */
export const receiver =
  (parts: { inbox: Inbox; now: () => Date; metrics: Pick<Metrics, 'snsMessages'>; wakes: Pick<Wakes, 'intake'> }) =>
  async (sns: SnsMessage, stale: boolean): Promise<void> => {
    const message = messageFrom(sns, stale);
    if (message === undefined) return;
    const attributes = { 'messaging.system': 'aws.sns', 'messaging.message.id': message.id };
    await traced('receive message', { kind: 'CONSUMER', attributes }, async () => {
      const at = traceparent();
      const first = await parts.inbox.put(at === undefined ? message : { ...message, traceparent: at }, parts.now());
      if (first) parts.wakes.intake();
      else parts.metrics.snsMessages.inc({ outcome: 'repeated-message' });
    });
  };
