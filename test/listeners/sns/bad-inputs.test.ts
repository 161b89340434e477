import { generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  certificate,
  certificateUrl,
  confirmation,
  type Envelope,
  host,
  type Listener,
  later,
  minutes,
  notification,
  oldTopic,
  send,
  signature,
  signedText,
  signer,
  snsHeaders,
  startListener,
  topicArn,
  without,
} from './aws.ts';

/** The bad inputs that every receiver of SNS messages should be tried with, by number; each goes through the real listener. */

afterEach(() => vi.restoreAllMocks());

const attackerArn = 'arn:aws:sns:us-west-2:666666666666:mine';
const id = (last: string) => `9d2c5580-b61d-550c-8583-37a58287090${last}`;
const sent = later(0).toISOString();

interface Expected {
  status: number;
  code: string;
}

const expectRefused = (answer: Answer, listener: Listener, { status, code }: Expected): void => {
  expect({ status: answer.status, code: listener.outcomes.at(-1) }, answer.line).toEqual({ status, code });
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  // One sentence, and nothing of our insides.
  expect(answer.line).toMatch(/^[^\n]+\n$/);
  expect(answer.line).not.toMatch(/node_modules|\.ts:|\n\s+at /);
  expect(listener.received).toEqual([]);
  expect(listener.confirmed).toEqual([]);
};

/** Sends each envelope to a listener of its own and expects the same refusal of all. */
const refused = async (
  status: number,
  code: string,
  inputs: Record<string, Envelope | [Envelope, Record<string, string>]>,
  { fetches }: { fetches: number },
): Promise<void> => {
  for (const [what, input] of Object.entries(inputs)) {
    const [envelope, headers] = Array.isArray(input) ? input : [input, {}];
    await using listener = await startListener();
    const answer = await listener.post(envelope, headers);
    expectRefused(answer, listener, { status, code });
    expect(listener.fetches.length, `${what}: certificates fetched`).toBe(fetches);
  }
};

/** No certificate is fetched for these: they are refused before the network is touched. */
const early = { fetches: 0 };
const late = { fetches: 1 };

/** AWS's own signature under a message that somebody published with a body made to be cut again elsewhere. */
const spliced = (cut: Envelope, signedBytes: string): Envelope => ({
  SignatureVersion: '2',
  SigningCertURL: certificateUrl,
  Signature: signature(signedBytes),
  ...cut,
});

const tail = (arn: string): string =>
  `MessageId\n${id('8')}\nTimestamp\n${sent}\nTopicArn\n${arn}\nType\nNotification\n`;

const certificateCases = async (answers: Record<string, string>, reason: RegExp): Promise<void> => {
  for (const [what, pem] of Object.entries(answers)) {
    await using listener = await startListener();
    listener.control.certificateHost = (_req, res) => res.end(pem);
    const answer = await listener.post(notification());
    expectRefused(answer, listener, { status: 503, code: 'certificate-unfit' });
    expect(answer.line, what).toMatch(reason);
    expect(listener.fetches, what).toEqual([certificateUrl]);
  }
};

const certificateUrls = (...urls: string[]) =>
  refused(
    403,
    'certificate-url',
    Object.fromEntries(urls.map((url) => [url, notification({ SigningCertURL: url })])),
    early,
  );

const file = '/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem';

const inputs: Record<number, [name: string, run: () => Promise<void>]> = {
  1: [
    'field splice: Type swallows the tail',
    () => {
      const cut = { Message: 'evil', MessageId: id('7'), Timestamp: sent, TopicArn: topicArn };
      const head = `Message\nevil\nMessageId\n${id('7')}\nTimestamp\n${sent}\nTopicArn\n${topicArn}\nType\n`;
      const Type = `Notification\n${tail(attackerArn)}`.trimEnd();
      return refused(400, 'type', { splice: spliced({ ...cut, Type }, `${head}${Type}\n`) }, early);
    },
  ],
  2: [
    'field splice: TopicArn begins with a listed one and swallows the tail',
    () => {
      const TopicArn = `${topicArn}\nType\nNotification\n${tail(attackerArn)}`.replace(/\nType\nNotification\n$/, '');
      const cut = { Message: 'evil', MessageId: id('7'), Timestamp: sent, TopicArn, Type: 'Notification' };
      return refused(403, 'topic', { splice: spliced(cut, signedText(cut)) }, early);
    },
  ],
  3: [
    'field splice: Timestamp',
    () => {
      const Timestamp = `${sent}\nMessageId\n${id('8')}\nTimestamp\n${sent}`;
      return refused(400, 'timestamp', { splice: notification({ Timestamp }) }, early);
    },
  ],
  4: [
    'field splice: MessageId',
    () => {
      const MessageId = `${id('7')}\nTimestamp\n${sent}\nMessageId\n${id('8')}`;
      return refused(400, 'message-id', { splice: notification({ MessageId }) }, early);
    },
  ],
  5: [
    'Subject with a line break',
    () =>
      refused(
        400,
        'control-character',
        {
          lf: notification({ Subject: 'a\nb' }),
          cr: notification({ Subject: 'a\rb' }),
          nul: notification({ Subject: 'a\0' }),
        },
        early,
      ),
  ],
  6: [
    'a version 1 signature where 2 is required, with the command that switches the topic',
    async () => {
      await using listener = await startListener();
      const answer = await listener.post(notification({ SignatureVersion: '1' }));
      expectRefused(answer, listener, { status: 503, code: 'signature-version' });
      expect(answer.line).toContain(
        `aws sns set-topic-attributes --topic-arn ${topicArn} --attribute-name SignatureVersion --attribute-value 2`,
      );
      // The same message is welcome on a topic that is listed with version 1.
      expect((await listener.post(notification({ SignatureVersion: '1', TopicArn: oldTopic.arn }))).status).toBe(200);
    },
  ],
  7: [
    'SignatureVersion 3, a number, missing',
    async () => {
      await refused(400, 'signature-version', { three: notification({ SignatureVersion: '3' }) }, early);
      await refused(
        400,
        'field',
        { number: notification({ SignatureVersion: 2 }), missing: without(notification(), 'SignatureVersion') },
        early,
      );
    },
  ],
  8: [
    'a version 1 signature labelled 2 and the reverse',
    () =>
      refused(
        403,
        'signature',
        {
          'SHA-1 as 2': { ...notification({ SignatureVersion: '1' }), SignatureVersion: '2' },
          'SHA-256 as 1': { ...notification({ TopicArn: oldTopic.arn }), SignatureVersion: '1' },
        },
        late,
      ),
  ],
  9: [
    'a flipped bit in Message',
    () => refused(403, 'signature', { m: { ...notification(), Message: '{"AlarmName":"root logio"}' } }, late),
  ],
  10: [
    'a flipped bit in Subject',
    () => refused(403, 'signature', { s: { ...notification(), Subject: 'An alarn' } }, late),
  ],
  11: ['Subject removed', () => refused(403, 'signature', { s: without(notification(), 'Subject') }, late)],
  12: [
    'empty Subject added',
    () => refused(403, 'signature', { s: { ...notificationWithoutSubject(), Subject: '' } }, late),
  ],
  13: ['Subject null', () => refused(400, 'field', { s: { ...notificationWithoutSubject(), Subject: null } }, early)],
  14: [
    'a foreign topic, truly signed',
    () => refused(403, 'topic', { t: notification({ TopicArn: attackerArn }) }, early),
  ],
  15: [
    'a topic that differs in case, by a space, by a suffix',
    () =>
      refused(
        403,
        'topic',
        Object.fromEntries(
          [
            topicArn.toUpperCase(),
            `${topicArn} `,
            ` ${topicArn}`,
            `${topicArn}:b24e11a2`,
            topicArn.replace('alerts', 'Alerts'),
          ].map((TopicArn) => [TopicArn, notification({ TopicArn })]),
        ),
        early,
      ),
  ],
  16: [
    'a topic of another partition',
    () => refused(403, 'topic', { cn: notification({ TopicArn: topicArn.replace('arn:aws:', 'arn:aws-cn:') }) }, early),
  ],
  17: [
    'headers that differ from the body',
    () =>
      refused(
        400,
        'header',
        {
          topic: [notification(), { 'x-amz-sns-topic-arn': attackerArn }],
          id: [notification({ MessageId: id('7') }), { 'x-amz-sns-message-id': id('8') }],
          type: [notification(), { 'x-amz-sns-message-type': 'SubscriptionConfirmation' }],
        },
        early,
      ),
  ],
  18: [
    'Type in lower case, unknown, an array',
    async () => {
      await refused(
        400,
        'type',
        {
          lower: notification({ Type: 'notification' }),
          foo: notification({ Type: 'Foo' }),
          inherited: notification({ Type: 'toString' }),
        },
        early,
      );
      await refused(400, 'field', { array: notification({ Type: ['Notification'] }) }, early);
    },
  ],
  19: [
    'a SubscriptionConfirmation labelled Notification',
    () => refused(403, 'signature', { n: { ...confirmation(), Type: 'Notification' } }, late),
  ],
  20: [
    'a confirmation without a Token',
    () =>
      refused(
        400,
        'field',
        {
          missing: confirmationWithout('Token'),
          empty: confirmation({ Token: '' }),
          unsubscribe: confirmationWithout('Token', 'UnsubscribeConfirmation'),
        },
        early,
      ),
  ],
  21: [
    'a SubscribeURL that leads elsewhere; not even a right one is fetched',
    async () => {
      const good = String(confirmation()['SubscribeURL']);
      const elsewhere = [
        good.replace('https:', 'http:'),
        'http://169.254.169.254/latest/meta-data/',
        good.replace('us-west-2', 'us-east-1'),
        good.replace(host, `${host}.evil.com`),
        good.replace(host, `${host}@evil.com`),
        good.replace(host, `evil.com/${host}`),
        good.replace('security-alerts', 'other'),
        good.replace('ConfirmSubscription', 'Unsubscribe'),
        good.replace('/?', '/redirect?'),
        `${good}0`,
      ];
      await refused(
        403,
        'subscribe-url',
        Object.fromEntries(elsewhere.map((SubscribeURL) => [SubscribeURL, confirmation({ SubscribeURL })])),
        early,
      );
      await using listener = await startListener();
      // Only the certificate is asked for, so there is no redirect to follow.
      expect((await listener.post(confirmation())).status).toBe(200);
      expect(listener.fetches).toEqual([certificateUrl]);
      expect(listener.confirmed).toMatchObject([{ topicArn, token: confirmation()['Token'] }]);
    },
  ],
  22: ['SigningCertURL by http', () => certificateUrls(`http://${host}${file}`)],
  23: ['SigningCertURL sns.s3.amazonaws.com', () => certificateUrls(`https://sns.s3.amazonaws.com${file}`)],
  24: ['SigningCertURL sns.s3-us-west-2', () => certificateUrls(`https://sns.s3-us-west-2.amazonaws.com${file}`)],
  25: [
    'SigningCertURL in a bucket named like the host',
    () => certificateUrls(`https://s3.amazonaws.com/${host}${file}`),
  ],
  26: ['SigningCertURL on a longer host', () => certificateUrls(`https://${host}.evil.com${file}`)],
  27: ['SigningCertURL with the host in the path', () => certificateUrls(`https://evil.com/${host}${file}`)],
  28: [
    'SigningCertURL with user information',
    () => certificateUrls(`https://${host}@evil.com${file}`, `https://a@${host}${file}`, `https://a:b@${host}${file}`),
  ],
  29: [
    'SigningCertURL that parsers read differently',
    () =>
      certificateUrls(
        `https://${host}${file}#x`,
        `https://${host}\\${file}`,
        `https:\\\\${host}${file}`,
        `https://${host}/%2e${file}`,
        `https://${host}${file}\n`,
        `\thttps://${host}${file}`,
        `https://sns.us-west-2\t.amazonaws.com${file}`,
        `https://sns。us-west-2。amazonaws。com${file}`,
        `https://${host}.${file}`,
        `https://${host.toUpperCase()}${file}`,
        `HTTPS://${host}${file}`,
        `https://${host}:444${file}`,
        `https://${host}:443${file}`,
      ),
  ],
  30: ['SigningCertURL of another region', () => certificateUrls(`https://sns.us-east-1.amazonaws.com${file}`)],
  31: ['SigningCertURL of the Chinese partition', () => certificateUrls(`https://${host}.cn${file}`)],
  32: [
    'SigningCertURL with another path',
    () =>
      certificateUrls(
        `https://${host}/x/..${file}`,
        `https://${host}${file}?x=.pem`,
        `https://${host}/?Action=x&y=.pem`,
        `https://${host}${file.replace('.pem', '.crt')}`,
        `https://${host}/x.pem`,
        `https://${host}${file.replace('abcdef', 'ABCDEF')}`,
        `https://${host}${file.replace('abcdef', 'abcde')}`,
      ),
  ],
  33: [
    'a certificate host that fails, and recovers',
    async () => {
      const failures: Record<string, [Listener['control']['certificateHost'], reason: string, code?: string]> = {
        'not found': [(_req, res) => res.writeHead(404).end(certificate()), 'HTTP 404'],
        'server error': [(_req, res) => res.writeHead(500).end(certificate()), 'HTTP 500'],
        'no content': [(_req, res) => res.writeHead(204).end(), 'HTTP 204'],
        redirect: [
          (req, res) => {
            if (req.url?.includes('?')) res.end(certificate());
            else res.writeHead(302, { location: `${req.url}?moved` }).end();
          },
          'HTTP 302',
        ],
        'hung up': [(req) => req.socket.destroy(), 'could not be reached'],
        'a body without end': [
          (_req, res) => {
            const more = (): void => {
              while (!res.destroyed && res.write('-'.repeat(64 * 1024)));
              if (!res.destroyed) res.once('drain', more);
            };
            more();
          },
          'larger than 16384 bytes',
        ],
        HTML: [(_req, res) => res.end('<html>It works</html>'), 'not exactly one PEM block', 'certificate-unfit'],
      };
      for (const [what, [certificateHost, reason, code = 'certificate-unavailable']] of Object.entries(failures)) {
        await using listener = await startListener();
        const healthy = listener.control.certificateHost;
        listener.control.certificateHost = certificateHost;
        const answer = await listener.post(notification());
        expectRefused(answer, listener, { status: 503, code });
        expect(answer.line).toContain(reason);
        listener.control.certificateHost = healthy;
        // For 30 s the failure is remembered, then the host is asked again.
        listener.control.now = later(29_000);
        expectRefused(await listener.post(notification()), listener, { status: 503, code });
        expect(listener.fetches.length, what).toBe(1);
        listener.control.now = later(31_000);
        expect((await listener.post(notification())).status, what).toBe(200);
        expect(listener.fetches.length, what).toBe(2);
      }
    },
  ],
  34: [
    'a certificate that has expired or is not valid yet',
    () =>
      certificateCases(
        {
          expired: certificate({ notBefore: later(-100 * minutes), notAfter: later(-minutes) }),
          'not yet': certificate({ notBefore: later(minutes) }),
        },
        /expired|not valid yet/,
      ),
  ],
  35: [
    'a certificate with another name',
    () =>
      certificateCases(
        {
          other: certificate({ name: 'sns.us-west-2.amazonaws.com' }),
          longer: certificate({ name: 'sns.amazonaws.com.evil.com' }),
          wildcard: certificate({ name: '*.amazonaws.com' }),
          'opt-in region': certificate({ name: 'sns-signing.af-south-1.amazonaws.com' }),
        },
        /is not for sns.amazonaws.com/,
      ),
  ],
  36: [
    'a certificate with an EC key or a short RSA key',
    () =>
      certificateCases(
        {
          ec: certificate({ publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey }),
          pss: certificate({ publicKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey }),
        },
        /does not hold an RSA key/,
      ).then(() =>
        certificateCases(
          { short: certificate({ publicKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey }) },
          /shorter than 2048 bits/,
        ),
      ),
  ],
  37: [
    'two PEM blocks, text around one',
    () =>
      certificateCases(
        {
          two: certificate() + certificate(),
          after: `${certificate()}more`,
          before: `more\n${certificate()}`,
          broken: certificate().replace(/\n..../, '\nAAAA'),
          key: signer.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        },
        /not exactly one PEM block|cannot be parsed/,
      ),
  ],
  38: [
    'a self-signed certificate with the right name',
    () => certificateCases({ self: certificate({ selfSigned: true }) }, /self-signed/),
  ],
  39: [
    'a Signature that is empty, too short, too long, not base64',
    async () => {
      const good = String(notification()['Signature']);
      const bytes = Buffer.from(good, 'base64');
      await refused(
        400,
        'signature-form',
        {
          empty: { ...notification(), Signature: '' },
          junk: { ...notification(), Signature: `${good.slice(0, 10)}!\n ${good.slice(10)}` },
          unpadded: { ...notification(), Signature: good.replace(/=+$/, '') },
          'url-safe': {
            ...notification(),
            Signature: Buffer.concat([Buffer.of(0xfb, 0xff, 0xfe), bytes.subarray(3)]).toString('base64url'),
          },
        },
        late,
      );
      await refused(
        403,
        'signature',
        {
          '255 bytes': { ...notification(), Signature: bytes.subarray(1).toString('base64') },
          '257 bytes': { ...notification(), Signature: Buffer.concat([Buffer.of(0), bytes]).toString('base64') },
        },
        late,
      );
    },
  ],
  40: [
    'a Timestamp too old, ahead, or written otherwise',
    async () => {
      await using listener = await startListener();
      const at = (minutesAgo: number) => notification({ Timestamp: later(-minutesAgo * minutes).toISOString() });
      // Genuine but older than SNS delivers: not lost, but said to be stale.
      for (const minutesAgo of [74, 76, 120, -4]) expect((await listener.post(at(minutesAgo))).status).toBe(200);
      expect(listener.received.map(({ stale }) => stale)).toEqual([false, true, true, false]);
      // What is signed is the text as it came: `.000` stays.
      expect((await listener.post(notification({ Timestamp: sent }))).status).toBe(200);
      expect(sent).toMatch(/\.000Z$/);
      await refused(503, 'clock', { ahead: at(-10) }, late);
      await refused(
        403,
        'stale-confirmation',
        { played: confirmation({ Timestamp: later(-76 * minutes).toISOString() }) },
        late,
      );
      await refused(
        400,
        'timestamp',
        {
          'no milliseconds': notification({ Timestamp: sent.replace('.000', '') }),
          offset: notification({ Timestamp: sent.replace('Z', '+00:00') }),
          'no such day': notification({ Timestamp: '2026-02-30T00:00:00.000Z' }),
          'a long year': notification({ Timestamp: '+012026-03-06T20:00:00.000Z' }),
        },
        early,
      );
    },
  ],
  41: [
    'one MessageId fifty times at once: each is handed on under the same id, for the store to keep one',
    async () => {
      await using listener = await startListener();
      const envelope = notification({ MessageId: id('7') });
      const answers = await Promise.all(Array.from({ length: 50 }, () => listener.post(envelope)));
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      expect(listener.received.map(({ message }) => message.messageId)).toEqual(Array(50).fill(id('7')));
    },
  ],
  42: [
    'one MessageId with another body',
    () => refused(403, 'signature', { m: { ...notification({ MessageId: id('7') }), Message: 'other' } }, late),
  ],
  43: [
    'arrays, numbers, objects in every field',
    async () => {
      await using listener = await startListener();
      const fields = [...Object.keys(notification()), 'Token', 'SubscribeURL'];
      for (const field of fields) {
        for (const value of [['hi'], 5, { a: 'hi' }, true, null]) {
          // Signed over what a careless reader would make of it.
          const envelope =
            field === 'Signature' ? { ...notification(), Signature: value } : notification({ [field]: value });
          const answer = await listener.post(envelope, { 'x-amz-sns-message-type': 'Notification' });
          expectRefused(answer, listener, { status: 400, code: 'field' });
          expect(answer.line).toContain(field);
        }
      }
      expect(listener.fetches).toEqual([]);
    },
  ],
  44: [
    'duplicate keys, __proto__, a byte order mark, bad UTF-8, lone surrogates',
    async () => {
      const good = JSON.stringify(notification());
      const bodies: Record<string, string | Uint8Array> = {
        'a key twice': good.replace('{', `{"TopicArn":"${attackerArn}",`),
        'a key twice, escaped': good.replace('{', `{"\\u0054opicArn":"${attackerArn}",`),
        'a key twice, deeper': good.replace('{', '{"MessageAttributes":{"a":1,"a":2},'),
        __proto__: good.replace('{', '{"__proto__":{"Type":"Notification"},'),
        '__proto__, escaped': good.replace('{', '{"__proto\\u005f_":{},'),
        'byte order mark': `\uFEFF${good}`,
        'bad UTF-8': Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]),
        'surrogates in UTF-8': Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
        'deep arrays': `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
        'deep and open': '['.repeat(900_000),
        'an open string of escapes': `"${'\\"'.repeat(400_000)}`,
        array: `[${good}]`,
        string: JSON.stringify(good),
        null: 'null',
        empty: '',
        'two values': good + good,
      };
      for (const [what, body] of Object.entries(bodies)) {
        await using listener = await startListener();
        const before = performance.now();
        expectRefused(await listener.postText(body), listener, { status: 400, code: 'json' });
        expect(performance.now() - before, `${what}: milliseconds`).toBeLessThan(5_000);
      }
      await refused(
        400,
        'field',
        { message: notification({ Message: 'a\ud800' }), subject: notification({ Subject: '\udc00b' }) },
        early,
      );
    },
  ],
  45: [
    'a body too large, too slow, compressed; one without a length is welcome',
    async () => {
      const large = JSON.stringify(notification({ Message: 'x'.repeat(2 * 1024 * 1024) }));
      await using listener = await startListener();
      const headers = snsHeaders(notification());
      // Refused by its length alone, before a byte of it came.
      const announced = await send(listener.url, { ...headers, 'content-length': String(large.length) }, (out) =>
        out.flushHeaders(),
      );
      expectRefused(announced, listener, { status: 413, code: 'too-large' });
      const chunked = await send(listener.url, headers, (out) => {
        // Hung up on while it still writes: that the answer came is what counts.
        out.on('error', () => {});
        out.write(large.slice(0, 1024 * 1024));
        out.write(large.slice(1024 * 1024));
      });
      expectRefused(chunked, listener, { status: 413, code: 'too-large' });
      const over = notification({ Message: 'x'.repeat(256 * 1024 + 1) });
      expectRefused(await listener.post(over), listener, { status: 400, code: 'field' });

      const zipped = gzipSync(Buffer.alloc(50 * 1024 * 1024));
      expectRefused(await listener.postText(zipped, { 'content-encoding': 'gzip' }), listener, {
        status: 415,
        code: 'content-encoding',
      });
      expectRefused(await listener.postText('{}', { 'content-type': 'text/html' }), listener, {
        status: 415,
        code: 'content-type',
      });
      expectRefused(await send(listener.url, headers, (out) => out.end(), 'GET'), listener, {
        status: 405,
        code: 'method',
      });

      // The deadline is the platform's timer; here it runs out when the test says so.
      const deadline = new AbortController();
      const timer = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal);
      const slow = await send(
        listener.url,
        { ...headers, 'content-length': '100', connection: 'keep-alive' },
        async (out) => {
          out.write('{"Type":');
          await vi.waitFor(() => expect(timer).toHaveBeenCalledWith(10_000));
          deadline.abort();
        },
      );
      expectRefused(slow, listener, { status: 503, code: 'slow-body' });
      expect(slow.headers.connection).toBe('close');
      timer.mockRestore();

      const body = JSON.stringify(notification({ Message: 'é'.repeat(100_000) }));
      const welcome = await send(listener.url, headers, (out) => {
        for (let at = 0; at < body.length; at += 4000) out.write(body.slice(at, at + 4000));
        out.end();
      });
      expect(welcome.status).toBe(200);
    },
  ],
  46: [
    'raw delivery; 500 first messages at once; unknown fields; an UnsubscribeURL',
    async () => {
      await using listener = await startListener();
      const raw = await listener.postText('{"AlarmName":"root login"}', {
        'x-amz-sns-rawdelivery': 'true',
        'x-amz-sns-subscription-arn': `${topicArn}:b24e11a2-06bd-4e73-aa29-0ed2de3b41b5`,
      });
      expectRefused(raw, listener, { status: 400, code: 'raw-delivery' });
      expect(raw.line).toContain(
        `aws sns set-subscription-attributes --subscription-arn ${topicArn}:b24e11a2-06bd-4e73-aa29-0ed2de3b41b5 --attribute-name RawMessageDelivery --attribute-value false`,
      );

      const answers = await Promise.all(Array.from({ length: 500 }, () => listener.post(notification())));
      expect(answers.filter(({ status }) => status === 200).length).toBe(500);
      expect(listener.fetches).toEqual([certificateUrl]);

      const extra = {
        ...notification(),
        Token: 'x',
        SignedBy: 'AWS',
        message: 'other',
        SigningCertUrl: 'https://evil.com/x.pem',
      };
      const evil = { ...extra, UnsubscribeURL: 'http://169.254.169.254/latest/meta-data/' };
      expect((await listener.post(evil)).status).toBe(200);
      const { message } = listener.received.at(-1) ?? {};
      expect(message).toMatchObject({ message: '{"AlarmName":"root login"}' });
      expect(message).not.toHaveProperty('token');
      expect(listener.fetches).toEqual([certificateUrl]);
    },
  ],
};

const notificationWithoutSubject = (): Envelope => {
  const envelope = without(notification(), 'Subject');
  return { ...envelope, Signature: signature(signedText(envelope)) };
};

const confirmationWithout = (name: string, Type = 'SubscriptionConfirmation'): Envelope => {
  const envelope = without(confirmation({ Type }), name);
  return { ...envelope, Signature: signature(signedText(envelope)) };
};

describe('bad inputs', () => {
  test.each(Object.entries(inputs).map(([number, [name, run]]) => ({ number, name, run })))(
    '$number: $name',
    async ({ run }) => run(),
  );

  test('all 46 are tried', () => {
    expect(Object.keys(inputs)).toEqual(Array.from({ length: 46 }, (_, index) => String(index + 1)));
  });

  test('33: a certificate host that does not answer is given up after 5 s', async () => {
    await using listener = await startListener();
    const reached = Promise.withResolvers<void>();
    listener.control.certificateHost = () => reached.resolve();
    const deadline = new AbortController();
    const real = AbortSignal.timeout.bind(AbortSignal);
    const timer = vi
      .spyOn(AbortSignal, 'timeout')
      .mockImplementation((ms) => (ms === 5_000 ? deadline.signal : real(ms)));
    const answer = listener.post(notification());
    await reached.promise;
    deadline.abort();
    expectRefused(await answer, listener, { status: 503, code: 'certificate-unavailable' });
    expect(timer).toHaveBeenCalledWith(5_000);
  });
});
