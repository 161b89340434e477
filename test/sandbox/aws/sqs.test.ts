import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { createQueue, messagesIn, send } from '../../../sandbox/aws/services/sqs.ts';
import { type Harness, startHarness } from './harness.ts';

const region = 'eu-west-1';

async function queue(aws: Harness, options: Partial<Parameters<typeof createQueue>[1]> = {}) {
  const account = aws.organization.homeAccount;
  const arn = createQueue(aws.organization, { account, region, name: 'alerts', ...options });
  const sqs = aws.client(SQSClient, { account });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: options.name ?? 'alerts' }));
  const receive = async (input: Partial<ConstructorParameters<typeof ReceiveMessageCommand>[0]> = {}) =>
    (
      await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MessageSystemAttributeNames: ['All'],
          MaxNumberOfMessages: 10,
          ...input,
        }),
      )
    ).Messages ?? [];
  return { sqs, arn, QueueUrl, receive };
}

test('a message is hidden while it is worked on, comes again, and is gone once deleted', async () => {
  await using aws = await startHarness();
  const { sqs, arn, QueueUrl, receive } = await queue(aws);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  const [first] = await receive();
  expect(first).toMatchObject({ Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } });
  expect(await receive()).toEqual([]);
  const visible = (seconds: number, receipt = first?.ReceiptHandle) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receipt, VisibilityTimeout: seconds }));
  await visible(0);
  const [second] = await receive();
  expect(second?.Attributes?.['ApproximateReceiveCount']).toBe('2');
  // A handle that was overtaken deletes nothing.
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  expect(messagesIn(aws.organization, arn)).toHaveLength(1);
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle }));
  expect(messagesIn(aws.organization, arn)).toEqual([]);
});

test('a long poll ends as soon as a message comes', async () => {
  await using aws = await startHarness();
  const { arn, receive } = await queue(aws);
  const start = performance.now();
  const polling = receive({ WaitTimeSeconds: 20 });
  setTimeout(() => send(aws.organization, arn, 'late', aws.now()), 100);
  expect(await polling).toMatchObject([{ Body: 'late' }]);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test('a message received too often goes to the dead-letter queue', async () => {
  await using aws = await startHarness();
  const account = aws.organization.homeAccount;
  const deadLetterQueue = createQueue(aws.organization, { account, region, name: 'dead' });
  const { arn, receive } = await queue(aws, { redrive: { deadLetterQueue, maxReceiveCount: 2 } });
  send(aws.organization, arn, 'poison', aws.now());
  const again = { VisibilityTimeout: 0 };
  expect(await receive(again)).toHaveLength(1);
  expect(await receive(again)).toHaveLength(1);
  expect(await receive(again)).toEqual([]);
  expect(messagesIn(aws.organization, arn)).toEqual([]);
  expect(messagesIn(aws.organization, deadLetterQueue)).toMatchObject([{ body: 'poison' }]);
});

test('ten are deleted at once, and the attributes count what is left', async () => {
  await using aws = await startHarness();
  const { sqs, arn, QueueUrl, receive } = await queue(aws);
  for (let i = 0; i < 12; i++) send(aws.organization, arn, `message ${i}`, aws.now());
  const taken = await receive();
  const Entries = taken.map(({ ReceiptHandle }, place) => ({ Id: `${place}`, ReceiptHandle }));
  const { Successful } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful).toHaveLength(10);
  await receive({ MaxNumberOfMessages: 1 });
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    QueueArn: arn,
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
  });
});

test('a missing queue and a stranger are refused as SQS does', async () => {
  await using aws = await startHarness();
  const { sqs, QueueUrl } = await queue(aws);
  const missing = new ReceiveMessageCommand({ QueueUrl: QueueUrl?.replace('alerts', 'nothing') });
  await expect(sqs.send(missing)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  const stranger = aws.client(SQSClient, { account: aws.organization.managementAccount });
  await expect(stranger.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('a poll that is cut off takes nothing', async () => {
  await using aws = await startHarness();
  const { sqs, arn, QueueUrl, receive } = await queue(aws);
  const cut = new AbortController();
  const poll = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
  const polling = sqs.send(poll, { abortSignal: cut.signal });
  await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  cut.abort();
  await expect(polling).rejects.toMatchObject({ name: 'AbortError' });
  await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  send(aws.organization, arn, 'for the next', aws.now());
  expect(await receive({ WaitTimeSeconds: 5 })).toMatchObject([{ Body: 'for the next' }]);
});
