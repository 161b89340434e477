import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refused } from '../../../src/listeners/sns/message.ts';
import { snsVerifier } from '../../../src/listeners/sns/verify.ts';
import { anyCharacter } from '../../characters.ts';
import {
  certificate,
  confirmation,
  type Envelope,
  later,
  minutes,
  notification,
  now,
  snsHeaders,
  topic,
  topicArn,
} from './aws.ts';
import { genuine } from './genuine.ts';

const verifier = (pem: string, at = now, arn = topicArn, signatureVersion: '1' | '2' = '1') =>
  snsVerifier({ topics: [{ arn, signatureVersion }], trustedCertificates: [pem], now: () => at });

describe('messages signed by AWS', () => {
  test('are twelve', () => expect(genuine().length).toBe(12));

  test.each(genuine())('$name is genuine at its own time, by its pinned certificate', async (message) => {
    const verdict = await verifier(message.pem, message.sent, message.topicArn)(message.text);
    expect(verdict).toMatchObject({
      ok: true,
      stale: false,
      message: {
        type: message.envelope['Type'],
        messageId: message.envelope['MessageId'],
        topicArn: message.topicArn,
        message: message.envelope['Message'],
        raw: message.text,
      },
    });
  });

  test.each(genuine())('$name is genuine by its certificate as fetched', async (message) => {
    const asked: string[] = [];
    const verify = snsVerifier({
      topics: [{ arn: message.topicArn, signatureVersion: '1' }],
      trustedCertificates: [],
      now: () => message.sent,
      fetch: async (url) => {
        asked.push(new URL(url).pathname);
        return new Response(message.pem);
      },
    });
    expect(await verify(message.text)).toMatchObject({ ok: true });
    expect(asked).toEqual([message.certificatePath]);
  });

  test.each(genuine())(
    '$name over HTTP: only its own form',
    async ({ pem, sent, topicArn, text, envelope, lambda }) => {
      const verdict = await verifier(pem, sent, topicArn)(text, snsHeaders(envelope));
      expect(verdict).toMatchObject(lambda ? { ok: false, code: 'field' } : { ok: true });
    },
  );

  test.each(genuine())('$name, years later: the certificate has expired', async ({ pem, topicArn, text }) => {
    expect(await verifier(pem, new Date('2030-01-01T00:00:00Z'), topicArn)(text)).toMatchObject({
      ok: false,
      status: 503,
      code: 'certificate-unfit',
    });
  });
});

describe('pinned certificates', () => {
  test('the SigningCertURL is not fetched, and each pinned key is tried', async () => {
    const other = certificate({
      publicKey: generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey,
    });
    const expired = certificate({ notAfter: later(-minutes) });
    const pinned = (...trustedCertificates: string[]) =>
      snsVerifier({
        topics: [topic],
        trustedCertificates,
        now: () => now,
        fetch: () => {
          throw new Error('fetched');
        },
      })(JSON.stringify(notification()));
    expect(await pinned(other, certificate())).toMatchObject({ ok: true });
    // AWS may have changed its certificate: not a definite forgery, so SNS is asked to try again.
    expect(await pinned(other)).toMatchObject({ ok: false, status: 503, code: 'signature' });
    expect(await pinned(other, expired)).toMatchObject({ ok: false, status: 503, code: 'signature' });
    expect(await pinned(expired)).toMatchObject({ ok: false, status: 503, code: 'certificate-unfit' });
  });

  test('a pinned text that is no certificate, and a topic that is no ARN, are refused at the start', () => {
    expect(() => verifier('hello')).toThrow('not exactly one PEM block');
    expect(() => verifier(certificate(), now, 'security-alerts')).toThrow(
      '"security-alerts" is not the ARN of an SNS topic',
    );
  });
});

describe('any change is refused', () => {
  const verify = verifier(certificate(), now, topicArn, '2');
  const envelopes = [notification(), confirmation(), confirmation({ Type: 'UnsubscribeConfirmation' })];

  test('of one character of a signed field', async () => {
    const change = fc.constantFrom(...envelopes).chain((envelope) => {
      const names = [
        'Type',
        'MessageId',
        'TopicArn',
        'Subject',
        'Message',
        'Timestamp',
        'Token',
        'SubscribeURL',
        'Signature',
      ];
      return fc.constantFrom(...names.filter((name) => name in envelope)).chain((name) => {
        const value = String(envelope[name]);
        return fc.record({
          envelope: fc.constant(envelope),
          name: fc.constant(name),
          value: fc.constant(value),
          at: fc.nat(value.length - 1),
          put: fc.oneof(fc.constant(''), fc.string({ minLength: 1, maxLength: 1, unit: anyCharacter })),
        });
      });
    });
    for (const envelope of envelopes) expect(await verify(JSON.stringify(envelope))).toMatchObject({ ok: true });
    await fc.assert(
      fc.asyncProperty(change, async ({ envelope, name, value, at, put }) => {
        const changed = value.slice(0, at) + put + value.slice(at + 1);
        fc.pre(changed !== value);
        const verdict = await verify(JSON.stringify({ ...envelope, [name]: changed }));
        expect(verdict.ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('of one bit of the body, but in the certificate’s URL, which pinned keys do not use', async () => {
    const { UnsubscribeURL: _, ...envelope } = notification();
    const { SigningCertURL: url, ...signed } = envelope;
    const body = Buffer.from(JSON.stringify({ ...signed, SigningCertURL: url }));
    const bits = body.indexOf('"SigningCertURL"') * 8;
    await fc.assert(
      fc.asyncProperty(fc.nat(bits - 1), async (bit) => {
        const changed = Buffer.from(body);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect((await verify(changed)).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

test('whatever comes in, the verdict is a refusal and not a throw', async () => {
  const verify = verifier(certificate());
  const nearly = fc
    .tuple(
      fc.constantFrom<Envelope>(notification(), confirmation()),
      fc.dictionary(
        fc.constantFrom('Type', 'TopicArn', 'SigningCertURL', 'SubscribeURL', 'Timestamp', 'x'),
        fc.jsonValue(),
        { minKeys: 1 },
      ),
    )
    .map(([envelope, changes]) => JSON.stringify({ ...envelope, ...changes, Signature: 'AA==' }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.string(), fc.json(), nearly), async (body) => {
      expect(await verify(body)).toBeInstanceOf(Refused);
    }),
    { numRuns: 500 },
  );
});

test('a message from SQS needs no headers and may be old', async () => {
  const old = notification({ Timestamp: later(-24 * 60 * minutes).toISOString() });
  expect(await verifier(certificate({ notBefore: later(-48 * 60 * minutes) }))(JSON.stringify(old))).toMatchObject({
    ok: true,
    stale: true,
  });
});
