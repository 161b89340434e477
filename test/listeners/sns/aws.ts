import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { issueCertificate } from '../../../sandbox/sns/certificate.ts';
import type { Topic } from '../../../src/config/config.ts';
import { type SnsListenerOptions, snsListener } from '../../../src/listeners/sns/index.ts';
import type { SnsMessage } from '../../../src/listeners/sns/message.ts';

/** An AWS of the test's own: an authority, a signing key, messages signed with it, and a listener to send them to. */

export const now = new Date('2026-03-06T20:00:00.000Z');
export const topicArn = 'arn:aws:sns:us-west-2:131990247566:security-alerts';
export const topic: Topic = { arn: topicArn, signatureVersion: '2' };
export const oldTopic: Topic = { arn: 'arn:aws:sns:us-west-2:131990247566:old-alerts', signatureVersion: '1' };
export const host = 'sns.us-west-2.amazonaws.com';
export const certificateUrl = `https://${host}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`;

const authority = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const signer = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const later = (ms: number): Date => new Date(now.getTime() + ms);
export const minutes = 60_000;

export const certificate = (
  changes: { name?: string; publicKey?: KeyObject; notBefore?: Date; notAfter?: Date; selfSigned?: boolean } = {},
): string => {
  const { name = 'sns.amazonaws.com', publicKey = signer.publicKey, selfSigned = false } = changes;
  return issueCertificate({
    name,
    publicKey,
    issuer: selfSigned
      ? { name, privateKey: signer.privateKey }
      : { name: 'Test authority', privateKey: authority.privateKey },
    notBefore: changes.notBefore ?? later(-24 * 60 * minutes),
    notAfter: changes.notAfter ?? later(365 * 24 * 60 * minutes),
  });
};

export type Envelope = Record<string, unknown>;

/** The signature over a text, as AWS would make it. */
export const signature = (signed: string, version: '1' | '2' = '2'): string =>
  sign(version === '2' ? 'RSA-SHA256' : 'RSA-SHA1', Buffer.from(signed), signer.privateKey).toString('base64');

/** Written out for itself, so that a mistake in ours does not sign its own approval. */
export const signedText = (envelope: Envelope): string => {
  const names =
    envelope['Type'] === 'SubscriptionConfirmation' || envelope['Type'] === 'UnsubscribeConfirmation'
      ? ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
  let signed = '';
  for (const name of names) if (name in envelope) signed += `${name}\n${envelope[name]}\n`;
  return signed;
};

const sealed = (envelope: Envelope): Envelope => ({
  ...envelope,
  Signature: signature(signedText(envelope), envelope['SignatureVersion'] === '1' ? '1' : '2'),
});

/** A signed notification; `changes` are made before signing. */
export const notification = (changes: Envelope = {}): Envelope =>
  sealed({
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topicArn,
    Subject: 'An alarm',
    Message: '{"AlarmName":"root login"}',
    Timestamp: now.toISOString(),
    SignatureVersion: '2',
    SigningCertURL: certificateUrl,
    UnsubscribeURL: `https://${host}/?Action=Unsubscribe&SubscriptionArn=${topicArn}:b24e11a2-06bd-4e73-aa29-0ed2de3b41b5`,
    ...changes,
  });

const token = '2336412f37'.repeat(25);

/** A signed SubscriptionConfirmation, or another type by `changes`. */
export const confirmation = (changes: Envelope = {}): Envelope =>
  sealed({
    Type: 'SubscriptionConfirmation',
    MessageId: randomUUID(),
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm, visit the SubscribeURL.`,
    SubscribeURL: `https://${host}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`,
    Timestamp: now.toISOString(),
    SignatureVersion: '2',
    SigningCertURL: certificateUrl,
    ...changes,
  });

export const without = (envelope: Envelope, name: string): Envelope =>
  Object.fromEntries(Object.entries(envelope).filter(([key]) => key !== name));

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  line: string;
}

const listen = async (handler: RequestListener): Promise<{ server: Server; url: string }> => {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, url: `http://127.0.0.1:${address.port}` };
};

/** One HTTP request, written by `write`: the whole body at once unless the test wants otherwise. */
export const send = (
  url: string,
  headers: Record<string, string>,
  write: (out: ReturnType<typeof request>) => void,
  method = 'POST',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const out = request(url, { method, headers, agent: false }, async (res) =>
      resolve({ status: res.statusCode ?? 0, headers: res.headers, line: await text(res) }),
    );
    out.on('error', reject);
    write(out);
  });

/** The headers that SNS sends with an envelope. */
export const snsHeaders = (envelope: Envelope): Record<string, string> => ({
  'content-type': 'text/plain; charset=UTF-8',
  'user-agent': 'Amazon Simple Notification Service Agent',
  ...(typeof envelope['Type'] === 'string' && { 'x-amz-sns-message-type': envelope['Type'].split('\n', 1).join() }),
});

/** A real listener on a loopback port, and the host that its signing certificate is fetched from. */
export const startListener = async (changes: Partial<SnsListenerOptions> = {}) => {
  const received: { message: SnsMessage; stale: boolean }[] = [];
  const confirmed: SnsMessage[] = [];
  /** URLs that a certificate was asked from. */
  const fetches: string[] = [];
  const outcomes: string[] = [];
  const logged: Record<string, unknown>[] = [];
  /** The clock, and what the certificate host answers. */
  const control: { now: Date; certificateHost: RequestListener } = {
    now,
    certificateHost: (_req, res) => res.end(certificate()),
  };
  const certificates = await listen((req, res) => control.certificateHost(req, res));
  const log = pino(
    new Writable({
      write(line, _encoding, done) {
        logged.push(JSON.parse(String(line)));
        done();
      },
    }),
  );
  const handle = snsListener({
    topics: [topic, oldTopic],
    trustedCertificates: [],
    now: () => control.now,
    fetch: (url, init) => {
      fetches.push(url);
      return fetch(`${certificates.url}${new URL(url).pathname}`, init);
    },
    log,
    count: (outcome) => outcomes.push(outcome),
    confirmSubscription: async (message) => void confirmed.push(message),
    receive: async (message, stale) => void received.push({ message, stale }),
    ...changes,
  });
  const sns = await listen(handle);
  return {
    received,
    confirmed,
    fetches,
    outcomes,
    logged,
    control,
    url: sns.url,
    post: (envelope: Envelope, headers: Record<string, string> = {}): Promise<Answer> =>
      send(sns.url, { ...snsHeaders(envelope), ...headers }, (out) => out.end(JSON.stringify(envelope))),
    postText: (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> =>
      send(sns.url, { ...snsHeaders({ Type: 'Notification' }), ...headers }, (out) => out.end(body)),
    [Symbol.asyncDispose]: async () => {
      for (const { server } of [sns, certificates]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};

export type Listener = Awaited<ReturnType<typeof startListener>>;
