import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AwsError } from '../../../sandbox/aws/service.ts';
import { createQueue, messagesIn, send } from '../../../sandbox/aws/services/sqs.ts';
import { createSns } from '../../../sandbox/sns/index.ts';
import type { SnsMessage } from '../../../src/listeners/sns/message.ts';
import { type SqsListener, type SqsListenerOptions, sqsListener } from '../../../src/listeners/sqs/index.ts';
import { type Harness, startHarness } from '../../sandbox/aws/harness.ts';
import * as signed from '../sns/aws.ts';

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:security-alerts';
const region = 'eu-west-1';
const patience = { timeout: 30_000, interval: 20 };

let aws: Harness;
let sns: ReturnType<typeof createSns>;
let arn: string;
const open: SqsListener[] = [];

beforeEach(async () => {
  aws = await startHarness();
  const { organization } = aws;
  const account = organization.homeAccount;
  arn = createQueue(organization, { account, region, name: 'alerts' });
  sns = createSns({
    now: aws.now,
    toQueue: (queue, body) => send(organization, queue, body, aws.now()) !== undefined,
  });
  sns.createTopic(topicArn);
  sns.subscribeQueue(topicArn, arn);
  const { accessKeyId, secretAccessKey } = aws.keys.administrator(account);
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
});

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
  await sns.close();
  await aws[Symbol.asyncDispose]();
});

/** What came in, what it was counted as and what was logged. */
async function listen(changes: Partial<SqsListenerOptions> = {}) {
  const received: { message: SnsMessage; stale: boolean }[] = [];
  const counted: string[] = [];
  const logged: string[] = [];
  const log = (_: unknown, line?: string) => void logged.push(line ?? '');
  const listener = await sqsListener({
    queues: [
      { url: `https://sqs.${region}.amazonaws.com/${aws.organization.homeAccount}/alerts`, region, deadLetter: false },
    ],
    topics: [{ arn: topicArn, signatureVersion: '2' }],
    trustedCertificates: [sns.certificate],
    now: aws.now,
    log: { info: log, warn: log, error: log },
    count: (queue, outcome) => counted.push(`${queue} ${outcome}`),
    confirmSubscription: async () => {},
    receive: async (message, stale) => void received.push({ message, stale }),
    ...changes,
  });
  open.push(listener);
  return { listener, received, counted, logged };
}

const empty = () => vi.waitFor(() => expect(messagesIn(aws.organization, arn)).toEqual([]), patience);

describe('a message', () => {
  test('is deleted when it was taken', async () => {
    const { received, counted } = await listen();
    sns.publish(topicArn, { message: 'hello', subject: 'A subject' });
    await empty();
    expect(received).toMatchObject([{ message: { message: 'hello', subject: 'A subject', topicArn }, stale: false }]);
    expect(counted).toEqual(['alerts accepted']);
  });

  test('stays when it could not be stored, is tried again later, and is not counted as taken', async () => {
    const { counted, logged } = await listen({ receive: () => Promise.reject(new Error('The database is away.')) });
    sns.publish(topicArn, { message: 'hello' });
    await vi.waitFor(() => expect(counted).toEqual(['alerts receive-failed']), patience);
    await vi.waitFor(
      () => expect(aws.calls().map(({ operation }) => operation)).toContain('sqs:ChangeMessageVisibility'),
      patience,
    );
    expect(messagesIn(aws.organization, arn)).toHaveLength(1);
    expect(aws.calls().some(({ operation }) => operation === 'sqs:DeleteMessage')).toBe(false);
    expect(logged.join('\n')).toMatch(/queue alerts refused: The message could not be stored/);
  });

  test('that could not be deleted is taken again: the store knows it', async () => {
    const withdraw = aws.faults.inject({
      operation: 'sqs:DeleteMessage',
      effect: new AwsError('AccessDeniedException', 'Access to the resource is denied.'),
    });
    const { received, logged } = await listen();
    sns.publish(topicArn, { message: 'hello' });
    await vi.waitFor(() => expect(logged.join('\n')).toMatch(/could not be deleted/), patience);
    withdraw();
    await empty();
    expect(new Set(received.map(({ message }) => message.messageId)).size).toBe(1);
    expect(received.length).toBeGreaterThan(1);
  }, 60_000);

  test('of days ago is taken, and said to be stale; so is one in a dead-letter queue', async () => {
    sns.publish(topicArn, { message: 'old' });
    await sns.idle();
    aws.moveClock(3 * 24 * 3_600_000);
    const { received } = await listen();
    await empty();
    expect(received).toMatchObject([{ message: { message: 'old' }, stale: true }]);
  });

  test('that confirms a subscription is confirmed, not stored', async () => {
    const confirmSubscription = vi.fn(async () => {});
    const { received } = await listen({
      confirmSubscription,
      topics: [signed.topic],
      trustedCertificates: [signed.certificate()],
      now: () => signed.now,
    });
    send(aws.organization, arn, JSON.stringify(signed.confirmation()), aws.now());
    await empty();
    expect(confirmSubscription).toHaveBeenCalledWith(
      expect.objectContaining({ topicArn: signed.topicArn, type: 'SubscriptionConfirmation' }),
    );
    expect(received).toEqual([]);
  });
});

describe('what is not believed', () => {
  test.each([
    ['a bare message of raw delivery', '{"version":"0","source":"aws.guardduty"}', 'raw-delivery'],
    ['text', 'ALARM: "cpu" in EU (Ireland)', 'raw-delivery'],
    ['nothing at all', '', 'raw-delivery'],
    ['an envelope of a stranger', '{"TopicArn":"arn:aws:sns:eu-west-1:999988887777:x","Signature":"x"}', 'field'],
  ])('stays in the queue: %s', async (_, body, code) => {
    const { received, counted, logged } = await listen();
    send(aws.organization, arn, body, aws.now());
    await vi.waitFor(() => expect(counted).toContain(`alerts ${code}`), patience);
    sns.publish(topicArn, { message: 'after it' });
    await vi.waitFor(() => expect(received).toHaveLength(1), patience);
    await vi.waitFor(
      () => expect(messagesIn(aws.organization, arn).map((message) => message.body)).toEqual([body]),
      patience,
    );
    if (code === 'raw-delivery')
      expect(logged.join('\n')).toMatch(/aws sns set-subscription-attributes .* RawMessageDelivery .* false/);
  });

  test('is logged once a minute, however much of it comes', async () => {
    const { counted, logged } = await listen();
    for (let i = 0; i < 25; i++) send(aws.organization, arn, `forged ${i}`, aws.now());
    await vi.waitFor(() => expect(counted.length).toBeGreaterThanOrEqual(25), patience);
    expect(logged.filter((line) => /refused/.test(line))).toHaveLength(1);
  });
});

describe('closing', () => {
  test('cuts off a poll that waits', async () => {
    const { listener } = await listen();
    await vi.waitFor(() => expect(listener.checks).toHaveLength(1), patience);
    const start = performance.now();
    await listener.close();
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('finishes and deletes what is under way', async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const { listener } = await listen({
      receive: () => {
        begun.resolve();
        return finish.promise;
      },
    });
    sns.publish(topicArn, { message: 'slow' });
    await begun.promise;
    const closed = listener.close();
    finish.resolve();
    await closed;
    expect(messagesIn(aws.organization, arn)).toEqual([]);
  });
});

describe('a queue that cannot be read', () => {
  test('says why, and how to put it right', async () => {
    const url = `https://sqs.${region}.amazonaws.com/${aws.organization.homeAccount}/nothing`;
    const { listener } = await listen({ queues: [{ url, region, deadLetter: false }] });
    const [check] = listener.checks;
    await vi.waitFor(
      async () =>
        expect(await check?.trouble()).toMatch(/There is no queue nothing in eu-west-1: check .* sqs\.queues/),
      patience,
    );
    expect(check?.name).toBe('SQS nothing');
  });

  test('works as soon as it may be read', async () => {
    const withdraw = aws.faults.inject({
      operation: 'sqs:ReceiveMessage',
      effect: new AwsError('AccessDeniedException', 'Access to the resource is denied.'),
    });
    const { listener, received, logged } = await listen();
    await vi.waitFor(
      async () => expect(await listener.checks[0]?.trouble()).toMatch(/allow sqs:ReceiveMessage/),
      patience,
    );
    withdraw();
    sns.publish(topicArn, { message: 'at last' });
    await vi.waitFor(() => expect(received).toHaveLength(1), { ...patience, timeout: 25_000 });
    expect(await listener.checks[0]?.trouble()).toBeUndefined();
    expect(logged).toContain('The queue can be read again.');
  }, 60_000);
});
