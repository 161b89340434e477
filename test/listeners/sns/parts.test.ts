import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signingCertificates } from '../../../src/listeners/sns/certificate.ts';
import { parseStrictJson } from '../../../src/listeners/sns/strict-json.ts';
import { topicOrigin } from '../../../src/listeners/sns/topic.ts';
import { certificate, later, now } from './aws.ts';

describe('who signs for a topic', () => {
  test.each([
    ['arn:aws:sns:us-east-1:111122223333:a', 'sns.us-east-1.amazonaws.com', 'sns.amazonaws.com'],
    ['arn:aws:sns:eu-west-3:111122223333:a.fifo', 'sns.eu-west-3.amazonaws.com', 'sns.amazonaws.com'],
    ['arn:aws:sns:af-south-1:111122223333:a', 'sns.af-south-1.amazonaws.com', 'sns-signing.af-south-1.amazonaws.com'],
    [
      'arn:aws:sns:ap-southeast-7:111122223333:a',
      'sns.ap-southeast-7.amazonaws.com',
      'sns-signing.ap-southeast-7.amazonaws.com',
    ],
    [
      'arn:aws:sns:eu-central-2:111122223333:a',
      'sns.eu-central-2.amazonaws.com',
      'sns-signing.eu-central-2.amazonaws.com',
    ],
    ['arn:aws-cn:sns:cn-north-1:111122223333:a', 'sns.cn-north-1.amazonaws.com.cn', 'sns-cn-north-1.amazonaws.com.cn'],
    [
      'arn:aws-cn:sns:cn-northwest-1:111122223333:a',
      'sns.cn-northwest-1.amazonaws.com.cn',
      'sns-cn-northwest-1.amazonaws.com.cn',
    ],
    [
      'arn:aws-us-gov:sns:us-gov-east-1:111122223333:a',
      'sns.us-gov-east-1.amazonaws.com',
      'sns-us-gov-west-1.amazonaws.com',
    ],
    [
      'arn:aws-eusc:sns:eusc-de-east-1:111122223333:a',
      'sns.eusc-de-east-1.amazonaws.eu',
      'sns-signing.eusc-de-east-1.amazonaws.eu',
    ],
  ])('%s', (arn, host, certificateName) => {
    expect(topicOrigin(arn)).toMatchObject({ host, certificateName });
  });

  test.each([
    'arn:aws:sns:cn-north-1:111122223333:a',
    'arn:aws-cn:sns:us-east-1:111122223333:a',
    'arn:aws:sqs:us-east-1:111122223333:a',
    'arn:aws:sns:us-east-1.evil.com/:111122223333:a',
    'arn:aws:sns:us-east-1:111122223333:a:b24e11a2-06bd-4e73-aa29-0ed2de3b41b5',
    'arn:aws:sns:us-east-1:111122223333:a\n',
    'arn:aws:sns:us-east-1:1111:a',
    '',
  ])('not a topic: %j', (arn) => expect(() => topicOrigin(arn)).toThrow('is not the ARN of an SNS topic'));
});

describe('strict JSON', () => {
  const flat = fc.dictionary(
    fc.string(),
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.string()),
    ),
  );
  const ordinary = flat.filter((object) => !JSON.stringify(object).includes('__proto__'));

  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(ordinary, fc.constantFrom(undefined, 2, '\t'), (object, space) => {
        const text = JSON.stringify(object, undefined, space);
        expect(parseStrictJson(Buffer.from(text))).toEqual({ text: text.toWellFormed(), json: JSON.parse(text) });
      }),
    );
  });

  test('refuses any key that comes twice, however it is written', () => {
    const escaped = (key: string): string =>
      `"${[...Array(key.length).keys()].map((at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
    fc.assert(
      fc.property(ordinary, fc.nat(), (object, pick) => {
        const keys = Object.keys(object);
        fc.pre(keys.length > 0);
        const key = keys[pick % keys.length] ?? '';
        const text = JSON.stringify(object);
        for (const again of [JSON.stringify(key), escaped(key)]) {
          expect(() => parseStrictJson(`${text.slice(0, -1)},${again}:1}`)).toThrow('the same key twice');
        }
      }),
    );
  });

  test('the same key in two objects, and a text that looks like keys, are fine', () => {
    const object = { a: { a: 1 }, b: [{ a: 1 }, { a: 2 }], c: '"a":1,"a":2,{[' };
    expect(parseStrictJson(JSON.stringify(object)).json).toEqual(object);
  });

  test('eight levels are read and nine are not', () => {
    const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    expect(parseStrictJson(nested(8)).json).toEqual(JSON.parse(nested(8)));
    expect(() => parseStrictJson(nested(9))).toThrow('deeper than 8 levels');
  });
});

describe('signing certificates', () => {
  const store = (fetch: (url: string) => Promise<Response>) => {
    const clock = { now };
    const asked: string[] = [];
    const get = signingCertificates({
      now: () => clock.now,
      fetch: (url) => {
        asked.push(url);
        return fetch(url);
      },
    });
    return { clock, asked, get: (url: string) => get(url, 'sns.amazonaws.com') };
  };
  const hours = 3_600_000;

  test('are kept for a day', async () => {
    const { clock, asked, get } = store(async () => new Response(certificate()));
    for (const at of [0, 23 * hours, 24 * hours, 25 * hours]) {
      clock.now = later(at);
      await get('https://a/');
    }
    expect(asked.length).toBe(2);
  });

  test('are not kept past their end', async () => {
    const { clock, get } = store(async () => new Response(certificate({ notAfter: later(hours) })));
    await get('https://a/');
    clock.now = later(hours + 1000);
    await expect(get('https://a/')).rejects.toMatchObject({ status: 503, code: 'certificate-unfit' });
  });

  test('sixteen are kept, the ones used last', async () => {
    const { asked, get } = store(async () => new Response(certificate()));
    for (let at = 0; at < 16; at += 1) await get(`https://${at}/`);
    await get('https://0/');
    await get('https://16/');
    await get('https://0/');
    expect(asked.length).toBe(17);
    await get('https://1/');
    expect(asked.length).toBe(18);
  });

  test('a flood of bad URLs does not push out a good certificate', async () => {
    const { asked, get } = store(async (url) => new Response(url === 'https://good/' ? certificate() : 'no'));
    await get('https://good/');
    for (let at = 0; at < 200; at += 1) await expect(get(`https://${at}/`)).rejects.toMatchObject({ status: 503 });
    await get('https://good/');
    expect(asked.filter((url) => url === 'https://good/').length).toBe(1);
  });

  test('at most eight are fetched at once', async () => {
    const answer = Promise.withResolvers<Response>();
    const { get } = store(async () => (await answer.promise).clone());
    const running = Array.from({ length: 8 }, (_, at) => get(`https://${at}/`));
    await expect(get('https://ninth/')).rejects.toMatchObject({ status: 503, code: 'overload' });
    answer.resolve(new Response(certificate()));
    expect((await Promise.all(running)).length).toBe(8);
    await get('https://ninth/');
  });
});
