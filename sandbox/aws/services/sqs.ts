import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput,
  ChangeMessageVisibilityCommandInput,
  DeleteMessageBatchCommandInput,
  DeleteMessageBatchCommandOutput,
  DeleteMessageCommandInput,
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
  Message,
  QueueAttributeName,
  ReceiveMessageCommandInput,
  ReceiveMessageCommandOutput,
  SendMessageCommandInput,
  SendMessageCommandOutput,
  SetQueueAttributesCommandInput,
} from '@aws-sdk/client-sqs';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { AwsError, type Call, type Service } from '../service.ts';

type Bare<Output> = Omit<Output, '$metadata'>;

/** A queue as it is made by the sandbox. */
export interface QueueOptions {
  account: string;
  region: string;
  name: string;
  /** Seconds that a received message is hidden. SQS's own default: 30. */
  visibilityTimeout?: number;
  /** Where a message goes that was received `maxReceiveCount` times and is still there. */
  redrive?: { deadLetterQueue: string; maxReceiveCount: number };
  /** Who else may send, as JSON; absent: nobody but the account itself. */
  policy?: string;
}

interface Held {
  id: string;
  body: string;
  sentAt: Date;
  receives: number;
  firstReceived: Date | undefined;
  /** Hidden until then; undefined: to be had. */
  hiddenUntil: number | undefined;
  /** That of the newest receive; older ones are as good as gone. */
  receipt: string | undefined;
}

interface Queue extends Required<Omit<QueueOptions, 'redrive' | 'policy'>> {
  arn: string;
  redrive: QueueOptions['redrive'];
  policy: string | undefined;
  createdAt: Date;
  /** Oldest first. */
  messages: Held[];
  /** Says `message` when there may be something to receive. */
  arrivals: EventEmitter;
}

const queues = perOrganization(() => new Map<string, Queue>());

const arnOf = ({ account, region, name }: { account: string; region: string; name: string }): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;

/** Makes a queue and returns its ARN. */
export function createQueue(organization: Organization, options: QueueOptions): string {
  const arn = arnOf(options);
  queues(organization).set(arn, {
    ...options,
    visibilityTimeout: options.visibilityTimeout ?? 30,
    redrive: options.redrive,
    policy: options.policy,
    arn,
    createdAt: new Date(),
    messages: [],
    arrivals: new EventEmitter().setMaxListeners(0),
  });
  return arn;
}

/** Removes a queue with all that is in it. */
export const deleteQueue = (organization: Organization, arn: string): boolean => queues(organization).delete(arn);

/**
 * Puts a message in a queue and returns its id; undefined when there is no such queue.
 * `sentAt` is the world's time.
 */
export function send(organization: Organization, arn: string, body: string, sentAt: Date): string | undefined {
  const queue = queues(organization).get(arn);
  if (queue === undefined) return undefined;
  const id = randomUUID();
  queue.messages.push({
    id,
    body,
    sentAt,
    receives: 0,
    firstReceived: undefined,
    hiddenUntil: undefined,
    receipt: undefined,
  });
  queue.arrivals.emit('message');
  return id;
}

/** What is in a queue, hidden or not, for tests. */
export const messagesIn = (organization: Organization, arn: string): readonly { body: string; receives: number }[] =>
  queues(organization).get(arn)?.messages ?? [];

/**
 * Amazon SQS standard queues. Visibility and long polling go by this machine's clock, not by the world's: a clock moved a
 * day ahead must not end a poll that waits for twenty seconds.
 * Source: Amazon SQS API reference and developer guide.
 */
export const sqs: Service = {
  signingName: 'sqs',
  sdk: () => import('@aws-sdk/client-sqs'),
  operations: {
    GetQueueUrl: (call: Call<GetQueueUrlCommandInput>): Bare<GetQueueUrlCommandOutput> => {
      const { QueueName: name = '', QueueOwnerAWSAccountId: account = call.account } = call.input;
      const queue = queues(call.organization).get(arnOf({ account, region: call.region, name }));
      if (queue === undefined) throw absent();
      requireOwner(call, queue);
      return { QueueUrl: `https://sqs.${queue.region}.amazonaws.com/${queue.account}/${queue.name}` };
    },

    GetQueueAttributes: (call: Call<GetQueueAttributesCommandInput>): Bare<GetQueueAttributesCommandOutput> => {
      const all = attributesOf(find(call));
      const asked: readonly string[] = call.input.AttributeNames ?? [];
      return {
        Attributes: Object.fromEntries(
          Object.entries(all).filter(([name]) => asked.includes('All') || asked.includes(name)),
        ),
      };
    },

    /** The policy alone can be set here. */
    SetQueueAttributes: (call: Call<SetQueueAttributesCommandInput>): object => {
      const { Policy, ...others } = call.input.Attributes ?? {};
      if (Object.keys(others).length > 0)
        throw new AwsError('InvalidAttributeName', `The sandbox does not set ${Object.keys(others).join(', ')}.`);
      find(call).policy = Policy === '' ? undefined : Policy;
      return {};
    },

    SendMessage: (call: Call<SendMessageCommandInput>): Bare<SendMessageCommandOutput> => {
      const { MessageBody: body = '' } = call.input;
      if (Buffer.byteLength(body) > 1024 * 1024)
        throw new AwsError('InvalidMessageContents', 'Message must be shorter than 1048576 bytes.');
      const { arn } = find(call);
      return { MessageId: send(call.organization, arn, body, call.now), MD5OfMessageBody: md5(body) };
    },

    ReceiveMessage: async (call: Call<ReceiveMessageCommandInput>): Promise<Bare<ReceiveMessageCommandOutput>> => {
      const { MaxNumberOfMessages: max = 1, WaitTimeSeconds = 0, VisibilityTimeout } = call.input;
      if (max < 1 || max > 10)
        throw invalid(
          `Value ${max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
        );
      if (WaitTimeSeconds < 0 || WaitTimeSeconds > 20)
        throw invalid(
          `Value ${WaitTimeSeconds} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
        );
      const queue = find(call);
      const end = Date.now() + WaitTimeSeconds * 1000;
      for (;;) {
        const taken = take(call.organization, queue, max, (VisibilityTimeout ?? queue.visibilityTimeout) * 1000);
        // SQS leaves the list out when there is nothing.
        if (taken.length > 0) return { Messages: taken.map((held) => messageOf(call, held)) };
        if (Date.now() >= end) return {};
        await somethingNew(queue, end, call.hungUp);
        // Nobody is there to take a message: it must not be hidden from those who are.
        if (call.hungUp?.aborted) return {};
      }
    },

    DeleteMessage: (call: Call<DeleteMessageCommandInput>): object => {
      remove(find(call), call.input.ReceiptHandle);
      return {};
    },

    DeleteMessageBatch: (call: Call<DeleteMessageBatchCommandInput>): Bare<DeleteMessageBatchCommandOutput> => {
      const queue = find(call);
      return batch(call.input.Entries, ({ ReceiptHandle }) => remove(queue, ReceiptHandle));
    },

    ChangeMessageVisibility: (call: Call<ChangeMessageVisibilityCommandInput>): object => {
      const { ReceiptHandle, VisibilityTimeout = 0 } = call.input;
      hide(find(call), ReceiptHandle, VisibilityTimeout);
      return {};
    },

    ChangeMessageVisibilityBatch: (
      call: Call<ChangeMessageVisibilityBatchCommandInput>,
    ): Bare<ChangeMessageVisibilityBatchCommandOutput> => {
      const queue = find(call);
      return batch(call.input.Entries, ({ ReceiptHandle, VisibilityTimeout = 0 }) =>
        hide(queue, ReceiptHandle, VisibilityTimeout),
      );
    },
  },
};

const absent = () => new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
/** SQS itself says InvalidParameterValue, which its model leaves out. */
const invalid = (message: string) => new AwsError('ValidationException', message);

function find(call: Call<{ QueueUrl: string | undefined }>): Queue {
  const [, account = '', name = ''] = URL.parse(call.input.QueueUrl ?? '')?.pathname.split('/') ?? [];
  const queue = queues(call.organization).get(arnOf({ account, region: call.region, name }));
  if (queue === undefined) throw absent();
  requireOwner(call, queue);
  return queue;
}

function requireOwner({ account, caller }: Call<unknown>, queue: Queue): void {
  if (queue.account !== account)
    throw new AwsError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform this action on ${queue.arn} because no resource-based policy allows it`,
    );
}

const isVisible = ({ hiddenUntil }: Held): boolean => hiddenUntil === undefined || hiddenUntil <= Date.now();

/** Takes the oldest messages that can be had; those received too often go to the dead-letter queue instead. */
function take(organization: Organization, queue: Queue, max: number, hiddenMs: number): Held[] {
  const { redrive } = queue;
  const deadLetters = redrive && queues(organization).get(redrive.deadLetterQueue);
  const taken: Held[] = [];
  for (const held of [...queue.messages]) {
    if (taken.length === max) break;
    if (!isVisible(held)) continue;
    if (redrive !== undefined && deadLetters !== undefined && held.receives >= redrive.maxReceiveCount) {
      queue.messages.splice(queue.messages.indexOf(held), 1);
      deadLetters.messages.push({ ...held, receives: 0, firstReceived: undefined, hiddenUntil: undefined });
      deadLetters.arrivals.emit('message');
      continue;
    }
    held.receives += 1;
    held.hiddenUntil = Date.now() + hiddenMs;
    held.receipt = randomUUID();
    taken.push(held);
  }
  return taken;
}

/** Waits for a message, for one that shows itself again, or for the end of the poll. */
async function somethingNew(
  { messages, arrivals }: Queue,
  end: number,
  hungUp: AbortSignal | undefined,
): Promise<void> {
  const next = Math.min(end, ...messages.map(({ hiddenUntil = 0 }) => hiddenUntil));
  const over = AbortSignal.timeout(Math.max(1, next - Date.now()));
  const signal = hungUp === undefined ? over : AbortSignal.any([hungUp, over]);
  await once(arrivals, 'message', { signal }).catch(() => undefined);
}

function messageOf({ input, now }: Call<ReceiveMessageCommandInput>, held: Held): Message {
  held.firstReceived ??= now;
  const all = {
    SentTimestamp: String(held.sentAt.getTime()),
    ApproximateReceiveCount: String(held.receives),
    ApproximateFirstReceiveTimestamp: String(held.firstReceived.getTime()),
    SenderId: 'AIDAIT2UOQQY3AUEKVGXU',
  };
  const asked: readonly string[] = input.MessageSystemAttributeNames ?? input.AttributeNames ?? [];
  const given = Object.entries(all).filter(([name]) => asked.includes('All') || asked.includes(name));
  return {
    MessageId: held.id,
    ReceiptHandle: held.receipt,
    MD5OfBody: md5(held.body),
    Body: held.body,
    ...(given.length > 0 && { Attributes: Object.fromEntries(given) }),
  };
}

/** A handle that is no longer the newest does nothing, as in a standard queue. */
function remove(queue: Queue, receipt: string | undefined): void {
  const place = queue.messages.findIndex((held) => held.receipt !== undefined && held.receipt === receipt);
  if (place >= 0) queue.messages.splice(place, 1);
}

function hide(queue: Queue, receipt: string | undefined, seconds: number): void {
  const held = queue.messages.find((one) => one.receipt !== undefined && one.receipt === receipt);
  if (held === undefined)
    throw new AwsError(
      'MessageNotInflight',
      'Message does not exist or is not available for visibility timeout change.',
    );
  held.hiddenUntil = Date.now() + seconds * 1000;
  if (seconds === 0) queue.arrivals.emit('message');
}

/** Each entry by itself; what fails is told by its id. */
function batch<Entry extends { Id: string | undefined }>(
  entries: readonly Entry[] | undefined,
  act: (entry: Entry) => void,
) {
  const Successful: { Id: string }[] = [];
  const Failed: { Id: string; SenderFault: boolean; Code: string; Message: string }[] = [];
  for (const entry of entries ?? []) {
    const Id = entry.Id ?? '';
    try {
      act(entry);
      Successful.push({ Id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

const attributesOf = (queue: Queue): Partial<Record<QueueAttributeName, string>> => ({
  QueueArn: queue.arn,
  ApproximateNumberOfMessages: String(queue.messages.filter(isVisible).length),
  ApproximateNumberOfMessagesNotVisible: String(queue.messages.filter((held) => !isVisible(held)).length),
  ApproximateNumberOfMessagesDelayed: '0',
  CreatedTimestamp: String(Math.floor(queue.createdAt.getTime() / 1000)),
  LastModifiedTimestamp: String(Math.floor(queue.createdAt.getTime() / 1000)),
  VisibilityTimeout: String(queue.visibilityTimeout),
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '1209600',
  DelaySeconds: '0',
  ReceiveMessageWaitTimeSeconds: '0',
  ...(queue.policy !== undefined && { Policy: queue.policy }),
  ...(queue.redrive !== undefined && {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: queue.redrive.deadLetterQueue,
      maxReceiveCount: queue.redrive.maxReceiveCount,
    }),
  }),
});

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
