import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  ConfirmSubscriptionCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Keys } from '../../../sandbox/aws/keys.ts';
import { memberRoles } from '../../../sandbox/aws/roles.ts';
import { startAws } from '../../../sandbox/aws/server.ts';
import { services } from '../../../sandbox/aws/services/index.ts';
import { createOrganization } from '../../../sandbox/organization/create.ts';
import { createSns, type Sns } from '../../../sandbox/sns/index.ts';
import { confirmSubscription } from '../../../src/listeners/sns/confirm.ts';
import { snsListener } from '../../../src/listeners/sns/index.ts';
import type { SnsMessage } from '../../../src/listeners/sns/message.ts';

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:security-alerts';
const now = (): Date => new Date();

let stack: AsyncDisposableStack;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});

afterEach(async () => {
  await stack.disposeAsync();
});

const urlOf = (server: Server): string => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
};

const serve = async (handler: RequestListener): Promise<string> => {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return urlOf(server);
};

const start = (retryDelays: number[] = [0, 0, 0]): Sns => {
  const sns = createSns({ now, retryDelays });
  stack.defer(() => sns.close());
  sns.createTopic(topicArn);
  return sns;
};

/** An endpoint that answers with the given statuses in turn, the last one for ever, and keeps what it was sent. */
const endpoint = async (...statuses: number[]) => {
  const requests: { headers: Record<string, unknown>; body: string }[] = [];
  const url = await serve(async (req, res) => {
    requests.push({ headers: req.headers, body: await text(req) });
    res.writeHead(statuses[Math.min(requests.length, statuses.length) - 1] ?? 200).end();
  });
  return { url, requests };
};

/** The API on a loopback port, and the real SDK pointed at it. */
const api = async (sns: Sns): Promise<SNSClient> => {
  const organization = createOrganization({ until: now() });
  const keys = new Keys();
  const { accessKeyId, secretAccessKey } = keys.administrator(organization.homeAccount);
  const all = services({ keys, roles: memberRoles(organization), topics: sns });
  const aws = await startAws({ organization, keys, now, services: all });
  stack.defer(() => aws.close());
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  const client = new SNSClient({ region: 'eu-west-1' });
  stack.defer(() => client.destroy());
  return client;
};

describe('with the real listener', () => {
  const listener = async (sns: Sns, fail: () => boolean = () => false) => {
    const received: SnsMessage[] = [];
    const outcomes: string[] = [];
    const url = await serve(
      snsListener({
        topics: [{ arn: topicArn, signatureVersion: '2' }],
        trustedCertificates: [sns.certificate],
        now,
        log: pino({ level: 'silent' }),
        count: (outcome) => outcomes.push(outcome),
        confirmSubscription,
        receive: async (message) => {
          if (fail()) throw new Error('the database is down');
          received.push(message);
        },
      }),
    );
    return { url: `${url}/sns`, received, outcomes };
  };

  test('subscribe, confirm through the SDK, publish, unsubscribe', async () => {
    const sns = start();
    await api(sns);
    const app = await listener(sns);
    sns.subscribe(topicArn, app.url);
    await sns.idle();
    const [subscription] = sns.subscriptionsOf(topicArn);
    expect(subscription?.arn).toMatch(`${topicArn}:`);

    const message = '{"AlarmName":"é 😀 \\" <&>"}';
    const attributes = { level: { Type: 'String', Value: 'high' } };
    const messageId = sns.publish(topicArn, { message, subject: 'ALARM', attributes });
    await sns.idle();
    expect(app.received).toMatchObject([{ type: 'Notification', messageId, topicArn, subject: 'ALARM', message }]);

    sns.unsubscribe(subscription?.arn ?? '');
    await sns.idle();
    expect(app.received.at(-1)).toMatchObject({ type: 'UnsubscribeConfirmation', topicArn });
    expect(app.outcomes).toEqual(['accepted', 'accepted', 'accepted']);
    expect(sns.subscriptionsOf(topicArn)).toEqual([]);
    sns.publish(topicArn, { message: 'nobody hears this' });
    await sns.idle();
    expect(app.received.length).toBe(2);
  });

  test('a fault of ours is tried again until it is over', async () => {
    const sns = start();
    await api(sns);
    let faults = 0;
    const app = await listener(sns, () => {
      faults += 1;
      return faults < 3;
    });
    sns.subscribe(topicArn, app.url);
    await sns.idle();
    const messageId = sns.publish(topicArn, { message: 'hello' });
    await sns.idle();
    expect(app.outcomes).toEqual(['accepted', 'receive-failed', 'receive-failed', 'accepted']);
    expect(app.received).toMatchObject([{ messageId }]);
  });

  test('a subscription that AWS does not confirm is refused with 503', async () => {
    const sns = start([]);
    await api(createSns({ now }));
    const app = await listener(sns);
    sns.subscribe(topicArn, app.url);
    await sns.idle();
    expect(app.outcomes).toEqual(['confirm-failed']);
    expect(sns.subscriptionsOf(topicArn)).toMatchObject([{ arn: 'PendingConfirmation' }]);
  });
});

describe('delivery', () => {
  const subscribed = async (sns: Sns, ...statuses: number[]) => {
    const target = await endpoint(200, ...statuses);
    sns.subscribe(topicArn, target.url);
    await sns.idle();
    sns.confirm(topicArn, JSON.parse(target.requests[0]?.body ?? '').Token);
    return target;
  };

  const outcomes = (sns: Sns) =>
    sns
      .deliveries()
      .slice(1)
      .map(({ attempt, result, outcome }) => [attempt, result, outcome]);

  test('looks like SNS: headers, content type, the fields and their order', async () => {
    const sns = start();
    const target = await subscribed(sns, 200);
    const messageId = sns.publish(topicArn, { message: 'hello', subject: 'hi' });
    await sns.idle();
    const [subscription] = sns.subscriptionsOf(topicArn);
    const [confirmation, notification] = target.requests;
    expect(Object.keys(JSON.parse(confirmation?.body ?? ''))).toEqual([
      'Type',
      'MessageId',
      'Token',
      'TopicArn',
      'Message',
      'SubscribeURL',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
    ]);
    expect(confirmation?.headers).not.toHaveProperty('x-amz-sns-subscription-arn');
    expect(Object.keys(JSON.parse(notification?.body ?? ''))).toEqual([
      'Type',
      'MessageId',
      'TopicArn',
      'Subject',
      'Message',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
      'UnsubscribeURL',
    ]);
    expect(notification?.headers).toMatchObject({
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': messageId,
      'x-amz-sns-topic-arn': topicArn,
      'x-amz-sns-subscription-arn': subscription?.arn,
    });
  });

  test('nothing is sent to an endpoint that has not confirmed', async () => {
    const sns = start();
    const target = await endpoint(200);
    sns.subscribe(topicArn, target.url);
    sns.publish(topicArn, { message: 'hello' });
    await sns.idle();
    expect(target.requests.length).toBe(1);
  });

  test.each([500, 503, 429])('%i is tried three more times, then given up', async (status) => {
    const sns = start();
    const target = await subscribed(sns, status);
    sns.publish(topicArn, { message: 'hello' });
    await sns.idle();
    expect(outcomes(sns)).toEqual([
      [1, status, 'will retry'],
      [2, status, 'will retry'],
      [3, status, 'will retry'],
      [4, status, 'given up'],
    ]);
    // Each attempt carries the same message.
    expect(new Set(target.requests.slice(1).map(({ body }) => body)).size).toBe(1);
  });

  test.each([400, 403, 404, 302])('%i is never tried again', async (status) => {
    const sns = start();
    await subscribed(sns, status);
    sns.publish(topicArn, { message: 'hello' });
    await sns.idle();
    expect(outcomes(sns)).toEqual([[1, status, 'given up']]);
  });

  test('an endpoint that is away is tried again', async () => {
    const sns = start([0]);
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const url = urlOf(gone);
    gone.close();
    await once(gone, 'close');
    sns.subscribe(topicArn, url);
    await sns.idle();
    expect(sns.deliveries().map(({ outcome }) => outcome)).toEqual(['will retry', 'given up']);
    expect(sns.deliveries()[0]?.result).toContain('ECONNREFUSED');
  });

  test('close ends the wait for a retry', async () => {
    const sns = start([3_600_000]);
    const target = await subscribed(sns, 503);
    const failed = Promise.withResolvers<void>();
    const stop = sns.onDelivery(() => failed.resolve());
    sns.publish(topicArn, { message: 'hello' });
    await failed.promise;
    stop();
    await sns.close();
    expect(target.requests.length).toBe(2);
  });
});

describe('the API, by the real SDK', () => {
  test('Publish, ListSubscriptionsByTopic', async () => {
    const sns = start();
    const client = await api(sns);
    const target = await endpoint(200);
    sns.subscribe(topicArn, `${target.url}/?a=<&>"`);
    await sns.idle();
    const listed = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
    expect(listed.Subscriptions).toEqual([
      {
        SubscriptionArn: 'PendingConfirmation',
        Owner: '111122223333',
        Protocol: 'http',
        Endpoint: `${target.url}/?a=<&>"`,
        TopicArn: topicArn,
      },
    ]);
    sns.confirm(topicArn, JSON.parse(target.requests[0]?.body ?? '').Token);
    const { MessageId } = await client.send(
      new PublishCommand({ TopicArn: topicArn, Message: 'a&b=ü', Subject: 'hi' }),
    );
    await sns.idle();
    expect(JSON.parse(target.requests[1]?.body ?? '')).toMatchObject({ MessageId, Message: 'a&b=ü', Subject: 'hi' });
  });

  test('errors have the names of AWS', async () => {
    const sns = start();
    const client = await api(sns);
    const other = `${topicArn}-2`;
    const confirm = (TopicArn: string) => client.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'wrong' }));
    await expect(confirm(topicArn)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid token',
    });
    await expect(confirm(other)).rejects.toMatchObject({
      name: 'NotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      client.send(new PublishCommand({ TopicArn: topicArn, Message: 'x'.repeat(256 * 1024 + 1) })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(
      client.send(new PublishCommand({ TopicArn: topicArn, Message: 'x', Subject: 'a\nb' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(client.send(new UnsubscribeCommand({ SubscriptionArn: topicArn }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
  });
});
