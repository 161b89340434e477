import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import { confirmation, later, minutes, notification, startListener, topicArn } from './aws.ts';

test('a notification is answered 200 only after it is stored', async () => {
  const stored = Promise.withResolvers<void>();
  let asked = false;
  await using listener = await startListener({
    receive: async () => {
      asked = true;
      await stored.promise;
    },
  });
  let answered = false;
  const answer = listener.post(notification()).then((got) => {
    answered = true;
    return got;
  });
  await vi.waitFor(() => expect(asked).toBe(true), 20_000);
  expect(answered).toBe(false);
  stored.resolve();
  expect(await answer).toMatchObject({ status: 200, line: 'ok\n' });
  expect(listener.outcomes).toEqual(['accepted']);
});

test('what the caller receives is what was signed', async () => {
  await using listener = await startListener();
  const envelope = notification({ Message: '{"a":"é😀"}' });
  await listener.post(envelope, { 'x-amz-sns-topic-arn': topicArn, 'content-type': 'application/json' });
  expect(listener.received).toEqual([
    {
      stale: false,
      message: {
        type: 'Notification',
        messageId: envelope['MessageId'],
        topicArn,
        subject: 'An alarm',
        message: '{"a":"é😀"}',
        timestamp: envelope['Timestamp'],
        signatureVersion: '2',
        raw: JSON.stringify(envelope),
      },
    },
  ]);
});

test('when storing fails SNS is asked to try again, and the reason stays in our log', async () => {
  await using listener = await startListener({
    receive: async () => {
      throw new Error('connection to 10.0.0.7 refused');
    },
  });
  const answer = await listener.post(notification());
  expect(answer.status).toBe(503);
  expect(answer.line).toBe('The message could not be stored; try again.\n');
  expect(listener.outcomes).toEqual(['receive-failed']);
  expect(listener.logged).toMatchObject([
    { level: 50, code: 'receive-failed', err: { message: 'connection to 10.0.0.7 refused' } },
  ]);
});

test('a subscription is confirmed by topic and token, and the caller hears nothing of it', async () => {
  await using listener = await startListener();
  expect((await listener.post(confirmation())).status).toBe(200);
  expect(listener.confirmed).toMatchObject([{ topicArn, token: confirmation()['Token'] }]);
  expect(listener.received).toEqual([]);
});

test('a confirmation that AWS does not take is tried again', async () => {
  await using listener = await startListener({
    confirmSubscription: async () => {
      throw new Error('AuthorizationError');
    },
  });
  expect((await listener.post(confirmation())).status).toBe(503);
  expect(listener.outcomes).toEqual(['confirm-failed']);
  expect(listener.logged).toMatchObject([{ err: { message: 'AuthorizationError' } }]);
});

test('an end of a subscription is handed on, and not undone by itself', async () => {
  await using listener = await startListener();
  expect((await listener.post(confirmation({ Type: 'UnsubscribeConfirmation' }))).status).toBe(200);
  expect(listener.received).toMatchObject([{ message: { type: 'UnsubscribeConfirmation', topicArn } }]);
  expect(listener.confirmed).toEqual([]);
});

test('a flood of forgeries is one line of log a minute for each reason', async () => {
  await using listener = await startListener();
  const forged = { ...notification(), Message: 'other' };
  for (let at = 0; at < 20; at += 1) await listener.post(forged);
  await listener.post(notification({ TopicArn: `${topicArn}2` }));
  expect(listener.logged.map(({ code, unlogged }) => [code, unlogged])).toEqual([
    ['signature', 0],
    ['topic', 0],
  ]);
  listener.control.now = later(2 * minutes);
  await listener.post(forged);
  expect(listener.logged.at(-1)).toMatchObject({ level: 40, code: 'signature', unlogged: 19 });
  expect(listener.outcomes.length).toBe(22);
});

test('no token, signature or body is written to the log', async () => {
  await using listener = await startListener();
  await listener.post(confirmation());
  await listener.post(notification());
  await listener.post({ ...notification(), Message: 'other' });
  const log = JSON.stringify(listener.logged);
  expect(listener.logged.length).toBe(3);
  for (const secret of [String(confirmation()['Token']), 'root login', 'Signature"']) expect(log).not.toContain(secret);
});

test('a sender who hangs up is counted and does no harm', async () => {
  await using listener = await startListener();
  const { hostname, port } = new URL(listener.url);
  const socket = connect(Number(port), hostname);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n{"Type"');
  await vi.waitFor(() => expect(socket.bytesWritten).toBeGreaterThan(0), 20_000);
  socket.end();
  await vi.waitFor(() => expect(listener.outcomes).toEqual(['aborted']), 20_000);
  expect((await listener.post(notification())).status).toBe(200);
});

test('more than 64 MiB at once is too much, until some of it is done', async () => {
  const stored = Promise.withResolvers<void>();
  await using listener = await startListener({ receive: () => stored.promise });
  const padded = JSON.stringify(notification()).padEnd(1024 * 1024);
  const answers = Array.from({ length: 70 }, () => listener.postText(padded));
  await vi.waitFor(() => expect(listener.outcomes).toContain('overload'), { timeout: 25_000 });
  stored.resolve();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  // All of it is done: there is room for as much again.
  for (let at = 0; at < 70; at += 1) expect((await listener.postText(padded)).status).toBe(200);
});
