import { once } from 'node:events';
import type { Message } from '@aws-sdk/client-sqs';
import { troubleOf } from '../../aws/trouble.ts';
import type { Check } from '../../checks.ts';
import type { SqsQueue } from '../../config/config.ts';
import { isRecord, parseJson } from '../../words/json.ts';
import { type RefusalCode, Refused } from '../sns/message.ts';
import { refusalLog, refusalOf } from '../sns/refusal-log.ts';
import { type Taking, takeMessage } from '../sns/take.ts';
import { snsVerifier, type VerifierOptions, type Verify } from '../sns/verify.ts';

export interface SqsListenerOptions extends VerifierOptions, Taking {
  queues: readonly SqsQueue[];
  /** Called once for each message received, for the metrics; `queue` is the queue's name. */
  count: (queue: string, outcome: 'accepted' | RefusalCode) => void;
}

export interface SqsListener {
  /** One for each queue: can it be read, and if not, why. */
  checks: readonly Check[];
  /** Takes no new messages and returns once those under way are committed and deleted. */
  close: () => Promise<void>;
}

/** What one request brings at most, and so how many messages of a queue are handled at once. */
const batchSize = 10;
const waitSeconds = 20;
/** How long a queue that could not be read is left alone. */
const troubleMs = 10_000;
const hour = 3600;

/**
 * Reads SNS messages from SQS queues: the same verifier and the same store step as HTTP. A message is deleted only when
 * it is committed; one that is not taken stays in its queue and comes again later and later, until SQS moves it to the
 * dead-letter queue or its retention ends.
 * Source: SNS developer guide, "Fanout to Amazon SQS queues"; SQS developer guide, "Visibility timeout".
 */
export async function sqsListener(options: SqsListenerOptions): Promise<SqsListener> {
  const verify = snsVerifier(options);
  const readers = await Promise.all(options.queues.map((queue) => readQueue(queue, verify, options)));
  return {
    checks: readers.map(({ check }) => check),
    close: async () => {
      await Promise.all(readers.map(({ close }) => close()));
    },
  };
}

async function readQueue(queue: SqsQueue, verify: Verify, options: SqsListenerOptions) {
  const { log, count, now } = options;
  const [{ SQSClient }, { Consumer }] = await Promise.all([import('@aws-sdk/client-sqs'), import('sqs-consumer')]);
  const name = queue.url.split('/').at(-1) ?? queue.url;
  const take = takeMessage(options);
  const logRefusal = refusalLog(log, now, `Message of the queue ${name}`);
  /** Those that can never be believed, as opposed to those that something of ours is in the way of. */
  const definite = new WeakSet<Message>();
  let trouble: string | undefined;
  let working = false;
  let closing = false;

  const handle = async (message: Message): Promise<Message> => {
    const body = message.Body ?? '';
    try {
      const verdict = await verify(body);
      if (!verdict.ok) throw isEnvelope(body) ? verdict : rawDelivery();
      await take(verdict.message, verdict.stale || queue.deadLetter);
      count(name, 'accepted');
      // What the handler gives back is deleted.
      return message;
    } catch (error) {
      const refused = refusalOf(error);
      count(name, refused.code);
      logRefusal(refused);
      if (refused.status !== 503) definite.add(message);
      throw refused;
    }
  };

  const client = new SQSClient({
    ...(queue.region !== null && { region: queue.region }),
    // An address that is not AWS's own (a VPC endpoint, a stand-in) is where the queue is.
    useQueueUrlAsEndpoint: queue.region === null,
    requestHandler: { connectionTimeout: 5000, requestTimeout: (waitSeconds + 10) * 1000, throwOnRequestTimeout: true },
  });
  const consumer = Consumer.create({
    queueUrl: queue.url,
    sqs: client,
    batchSize,
    waitTimeSeconds: waitSeconds,
    authenticationErrorTimeout: troubleMs,
    messageSystemAttributeNames: ['ApproximateReceiveCount'],
    handleMessage: handle,
    terminateVisibilityTimeout: ([message]) => (message ? pauseSeconds(message, definite.has(message)) : 0),
    suppressFifoWarning: true,
    strictReturn: true,
  });
  const readable = (): void => {
    if (trouble === undefined) return;
    log.info({ queue: name }, 'The queue can be read again.');
    trouble = undefined;
    consumer.updateOption('pollingWaitTimeMs', 0);
  };
  consumer.on('empty', readable);
  consumer.on('message_received', () => {
    working = true;
    readable();
  });
  consumer.on('response_processed', () => {
    working = false;
  });
  consumer.on('error', (error, message) => {
    if (closing) return;
    if (message !== undefined) {
      // It is committed, so when it comes again it is known.
      log.warn({ err: error, queue: name }, 'A message could not be deleted from its queue; it will come again.');
      return;
    }
    const reason = sentenceOf(error instanceof Error ? error.cause : error, name, queue);
    if (reason !== trouble) log.error({ queue: name }, reason);
    trouble = reason;
    consumer.updateOption('pollingWaitTimeMs', troubleMs);
  });
  consumer.start();
  return {
    check: { name: `SQS ${name}`, trouble: async () => trouble } satisfies Check,
    close: async () => {
      closing = true;
      // A poll that waits for messages is cut off; messages under way are finished first.
      consumer.stop({ abort: !working });
      if (working) await once(consumer, 'response_processed');
      client.destroy();
    },
  };
}

/**
 * How long a message that was not taken stays hidden: longer each time. What may be right later comes again within
 * minutes. A forgery goes to the dead-letter queue soon where there is one; elsewhere it is looked at twice a day, costs
 * nothing and blocks nothing, and is there to be looked into until its retention ends.
 */
function pauseSeconds({ Attributes }: Message, definite: boolean): number {
  const receives = Math.max(1, Number(Attributes?.ApproximateReceiveCount ?? 1));
  const longer = 2 ** (receives - 1);
  // SQS allows twelve hours from the receipt.
  return definite ? Math.min(longer, 11 * hour) : Math.min(10 * longer, hour / 4);
}

/** Whether the body is in the envelope in which SNS puts what it signs. */
function isEnvelope(body: string): boolean {
  const json = parseJson(body);
  return isRecord(json) && Object.hasOwn(json, 'Signature') && Object.hasOwn(json, 'TopicArn');
}

const rawDelivery = () =>
  new Refused(
    400,
    'raw-delivery',
    'The message has no SNS envelope, so no signature says who sent it. If raw message delivery is on, turn it off: aws sns set-subscription-attributes --subscription-arn ARN --attribute-name RawMessageDelivery --attribute-value false (the ARN is in aws sns list-subscriptions-by-topic).',
  );

/** Why a queue could not be read, and what to do. */
function sentenceOf(error: unknown, name: string, { url, region }: SqsQueue): string {
  const code = error instanceof Error ? error.name : '';
  if (/^AccessDenied/.test(code))
    return `AWS does not let Trailwatch read the queue ${name}: allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on it to the role it runs as.`;
  if (/QueueDoesNotExist|NonExistentQueue/.test(code))
    return `There is no queue ${name}${region === null ? '' : ` in ${region}`}: check ${url} under sqs.queues.`;
  return troubleOf(error, `read the queue ${name}`).message;
}
