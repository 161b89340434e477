import https from 'node:https';
import { connect, createServer, type TLSSocket } from 'node:tls';
import PayloadValidator from 'sns-payload-validator';
import MessageValidator from 'sns-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate } from '../../../sandbox/sns/certificate.ts';
import { snsVerifier } from '../../../src/listeners/sns/verify.ts';
import {
  certificate,
  certificateUrl,
  confirmation,
  type Envelope,
  host,
  later,
  minutes,
  notification,
  now,
  signature,
  signedText,
  signer,
  topic,
  topicArn,
  without,
} from './aws.ts';
import { genuine } from './genuine.ts';

/**
 * The two npm validators as a second opinion. They fetch certificates by themselves, through Node's https; here they
 * reach a server on this machine instead of AWS.
 */

/** Path of a SigningCertURL to what is served there. */
const served = new Map<string, string>();
const theirAgent = https.globalAgent;

const key = signer.privateKey.export({ type: 'pkcs8', format: 'pem' });
const server = createServer({
  key,
  cert: issueCertificate({
    name: 'localhost',
    publicKey: signer.publicKey,
    issuer: { name: 'localhost', privateKey: signer.privateKey },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
  }),
});
server.on('secureConnection', (socket: TLSSocket) => {
  socket.once('data', (request) => {
    const path = String(request).split(' ')[1] ?? '';
    const body = served.get(path) ?? certificate();
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  });
  socket.on('error', () => {});
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  class ToThisMachine extends https.Agent {
    override createConnection() {
      return connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    }
  }
  https.globalAgent = new ToThisMachine();
});

afterAll(() => {
  https.globalAgent = theirAgent;
  server.close();
});

// One cache for a URL would make one case's certificate another's: each case is asked in fresh validators, by a URL of its own.
const theirs = async (envelope: Envelope): Promise<{ snsValidator: boolean; payloadValidator: boolean }> => ({
  snsValidator: await new Promise((resolve) =>
    new MessageValidator().validate({ ...envelope }, (error) => resolve(error === null)),
  ),
  payloadValidator: await new PayloadValidator({ useCache: false }).validate(JSON.stringify(envelope)).then(
    () => true,
    () => false,
  ),
});

const ours = async (envelope: Envelope, pem = certificate()): Promise<boolean> => {
  const verify = snsVerifier({
    topics: [topic],
    trustedCertificates: [],
    now: () => now,
    fetch: async () => new Response(pem),
  });
  const headers = { 'x-amz-sns-message-type': String(envelope['Type']).split('\n', 1).join() };
  const verdict = await verify(JSON.stringify(envelope), headers);
  return verdict.ok && !verdict.stale;
};

const urlOf = (name: string): string => `https://${host}/SimpleNotificationService-${name.repeat(32)}.pem`;

const withSelfSigned = (): Envelope => {
  served.set(new URL(urlOf('a')).pathname, certificate({ name: 'evil.com', selfSigned: true }));
  return notification({ SigningCertURL: urlOf('a') });
};

const splice = (): Envelope => {
  const sent = now.toISOString();
  const Type = `Notification\nMessageId\n9d2c5580-b61d-550c-8583-37a582870907\nTimestamp\n${sent}\nTopicArn\narn:aws:sns:us-west-2:666666666666:mine\nType\nNotification`;
  const cut = {
    Message: 'evil',
    MessageId: '9d2c5580-b61d-550c-8583-37a582870908',
    Timestamp: sent,
    TopicArn: topicArn,
    Type,
  };
  const signed = Object.entries(cut)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
  return { ...cut, SignatureVersion: '2', SigningCertURL: certificateUrl, Signature: signature(signed) };
};

const spaced = (): Envelope => {
  const envelope = notification();
  const good = String(envelope['Signature']);
  return { ...envelope, Signature: `${good.slice(0, 40)}\n ${good.slice(40)}` };
};

/** Signed without a subject. */
const lambdaSubject = (): Envelope => {
  const signed = without(notification(), 'Subject');
  return { ...signed, Signature: signature(signedText(signed)), Subject: null };
};

/** Each kind: [sns-validator, sns-payload-validator] accept it. All are refused by ours. */
const kinds: Record<string, [envelope: () => Envelope, snsValidator: boolean, payloadValidator: boolean]> = {
  'field splice through Type': [splice, true, false],
  'ten years old': [() => notification({ Timestamp: '2016-03-06T20:00:00.000Z' }), true, true],
  'a self-signed certificate with another name': [withSelfSigned, true, true],
  'a topic of a foreign account': [
    () => notification({ TopicArn: 'arn:aws:sns:us-west-2:666666666666:mine' }),
    true,
    true,
  ],
  'a certificate in a bucket called sns': [
    () => notification({ SigningCertURL: certificateUrl.replace('sns.us-west-2', 'sns.s3-us-west-2') }),
    true,
    true,
  ],
  'a certificate at another path': [() => notification({ SigningCertURL: `https://${host}/x.pem` }), true, false],
  'a certificate by query': [() => notification({ SigningCertURL: `https://${host}/?Action=x&y=.pem` }), true, false],
  'a certificate URL with a user': [
    () => notification({ SigningCertURL: certificateUrl.replace('//', '//a@') }),
    true,
    false,
  ],
  'Message an array': [() => notification({ Message: ['hi'] }), true, true],
  'TopicArn an array': [() => notification({ TopicArn: [topicArn] }), true, true],
  'Message a number': [() => notification({ Message: 5 }), true, true],
  'white space in the Signature': [spaced, true, true],
  'a Type that does not exist': [() => notification({ Type: 'Foo' }), true, false],
  // Beyond those: what we ask of AWS's form and they do not.
  'SignatureVersion 1 where 2 is required': [() => notification({ SignatureVersion: '1' }), true, true],
  'a Subject with a line break': [() => notification({ Subject: 'a\nb' }), true, true],
  'a Subject of null, as Lambda has it, over HTTP': [lambdaSubject, true, true],
  'half of a surrogate pair': [() => notification({ Message: 'a\ud800' }), true, true],
  'a SubscribeURL to somewhere else': [() => confirmation({ SubscribeURL: 'http://169.254.169.254/' }), true, true],
  'a MessageId that is no UUID': [() => notification({ MessageId: '1' }), true, true],
  'a Timestamp without milliseconds': [() => notification({ Timestamp: '2026-03-06T20:00:00Z' }), true, true],
  'ten minutes ahead': [() => notification({ Timestamp: later(10 * minutes).toISOString() }), true, true],
};

describe('beside the npm validators', () => {
  test.each(Object.entries(kinds).map(([name, [envelope, sns, payload]]) => ({ name, envelope, sns, payload })))(
    'only ours refuses: $name',
    async ({ envelope, sns, payload }) => {
      const message = envelope();
      expect(await ours(message, served.get(new URL(String(message['SigningCertURL'])).pathname))).toBe(false);
      expect(await theirs(message)).toEqual({ snsValidator: sns, payloadValidator: payload });
    },
  );

  test('what ours accepts, they accept', async () => {
    const accepted: Envelope[] = [
      notification(),
      notification({ Message: 'é\u2028\n"\\😀'.repeat(1000) }),
      notification({ Message: '' }),
      { ...notification(), MessageAttributes: { a: { Type: 'String', Value: 'b' } } },
      confirmation(),
    ];
    for (const envelope of accepted) {
      expect(await ours(envelope)).toBe(true);
      expect(await theirs(envelope)).toEqual({ snsValidator: true, payloadValidator: true });
    }
  });

  test('all three refuse what was changed after signing', async () => {
    const good = notification();
    for (const name of ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']) {
      for (const bad of [without(good, name), { ...good, [name]: `${good[name]}x` }]) {
        expect(await ours(bad), name).toBe(false);
        expect(await theirs(bad), name).toEqual({ snsValidator: false, payloadValidator: false });
      }
    }
  });

  describe('messages signed by AWS', () => {
    test.each(genuine())('$name', async ({ name, envelope, pem, certificatePath }) => {
      served.set(certificatePath, pem);
      // sns-validator leaves the Token out of what it checks of an UnsubscribeConfirmation, and so refuses genuine ones.
      const snsValidator = !name.includes('UnsubscribeConfirmation');
      expect(await theirs(envelope)).toEqual({ snsValidator, payloadValidator: true });
    });
  });
});
