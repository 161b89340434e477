import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CertificateStore,
  type KeptCertificate,
  signingCertificates,
} from '../../../src/listeners/sns/certificate.ts';
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
  const open = (
    fetch: (url: string) => Promise<Response>,
    store: CertificateStore = { load: async () => [], keep: async () => {} },
  ) => {
    const clock = { now };
    const asked: string[] = [];
    const get = signingCertificates({
      now: () => clock.now,
      fetch: (url) => {
        asked.push(url);
        return fetch(url);
      },
      store,
    });
    return { clock, asked, get: (url: string) => get(url, 'sns.amazonaws.com') };
  };
  const hours = 3_600_000;
  const overload = { status: 503, code: 'overload' };

  test('are fetched again behind the messages after a day, and serve meanwhile', async () => {
    const again = Promise.withResolvers<Response>();
    const { clock, asked, get } = open(async () => (asked.length === 1 ? new Response(certificate()) : again.promise));
    for (const at of [0, 23 * hours, 24 * hours, 25 * hours]) {
      clock.now = later(at);
      await get('https://a/');
    }
    expect(asked.length).toBe(2);
  });

  test('serve for thirty days when SNS cannot be reached, and no longer', async () => {
    const { clock, asked, get } = open(async () => {
      if (asked.length > 1) throw new Error('unreachable');
      return new Response(certificate({ notAfter: later(1000 * hours) }));
    });
    await get('https://a/');
    for (const day of [1, 2, 29]) {
      clock.now = later(day * 24 * hours);
      await get('https://a/');
    }
    expect(asked.length).toBeGreaterThan(2);
    clock.now = later(30 * 24 * hours);
    await expect(get('https://a/')).rejects.toMatchObject({ status: 503, code: 'certificate-unavailable' });
  });

  test('are not kept past their end', async () => {
    const { clock, get } = open(async () => new Response(certificate({ notAfter: later(hours) })));
    await get('https://a/');
    clock.now = later(hours + 1000);
    await expect(get('https://a/')).rejects.toMatchObject({ status: 503, code: 'certificate-unfit' });
  });

  test('outlive the process: what one fetched, the next need not', async () => {
    const kept: KeptCertificate[] = [];
    const store = { load: async () => kept, keep: async (each: KeptCertificate) => void kept.push(each) };
    await open(async () => new Response(certificate()), store).get('https://a/');
    const next = open(async () => new Response('no'), store);
    await next.get('https://a/');
    expect(next.asked).toEqual([]);
  });

  test('are looked at again when they come out of the store', async () => {
    const pems = {
      selfSigned: certificate({ selfSigned: true }),
      other: certificate({ name: 'sns.evil.com' }),
      cut: 'x',
    };
    const kept = Object.entries(pems).map(([name, pem]) => ({ url: `https://${name}/`, pem, fetchedAt: now }));
    const { asked, get } = open(async () => new Response(certificate()), {
      load: async () => kept,
      keep: async () => {},
    });
    for (const { url } of kept) await get(url);
    expect(asked.length).toBe(kept.length);
  });

  test('a store that fails is asked again, and costs no message', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      throw new Error('no database');
    };
    const { get } = open(async () => new Response(certificate()), { load, keep: load });
    await get('https://a/');
    await get('https://b/');
    expect(loads).toBeGreaterThan(2);
  });

  test('sixteen are kept, the ones used last', async () => {
    const { clock, asked, get } = open(async () => new Response(certificate()));
    for (let at = 0; at < 16; at += 1) {
      clock.now = later(at * 2_000);
      await get(`https://${at}/`);
    }
    clock.now = later(hours);
    await get('https://0/');
    await get('https://16/');
    await get('https://0/');
    expect(asked.length).toBe(17);
    await get('https://1/');
    expect(asked.length).toBe(18);
  });

  test('a flood of bad URLs does not push out a good certificate', async () => {
    const { asked, get } = open(async (url) => new Response(url === 'https://good/' ? certificate() : 'no'));
    await get('https://good/');
    for (let at = 0; at < 200; at += 1) await expect(get(`https://${at}/`)).rejects.toMatchObject({ status: 503 });
    await get('https://good/');
    expect(asked.filter((url) => url === 'https://good/').length).toBe(1);
  });

  test('a flood of new names gets ten fetches and one more each two seconds; one that was good gets its own', async () => {
    const { clock, asked, get } = open(async (url) => new Response(url === 'https://good/' ? certificate() : 'no'));
    await get('https://good/');
    for (let second = 0; second < 60; second += 1) {
      clock.now = later(31 * 24 * hours + second * 1_000);
      for (let at = 0; at < 5; at += 1)
        await expect(get(`https://${second}-${at}/`)).rejects.toMatchObject({ status: 503 });
    }
    expect(asked.length).toBeLessThanOrEqual(1 + 10 + 30);
    // It is too old to serve, and the flood has used up what new names get.
    await get('https://good/');
    expect(asked.at(-1)).toBe('https://good/');
  });

  test('at most eight are fetched at once, seven of them under a new name', async () => {
    const answer = Promise.withResolvers<Response>();
    const { clock, get } = open(async (url) =>
      url === 'https://good/' ? new Response(certificate()) : (await answer.promise).clone(),
    );
    await get('https://good/');
    clock.now = later(31 * 24 * hours);
    const running = Array.from({ length: 7 }, (_, at) => get(`https://${at}/`));
    await expect(get('https://eighth/')).rejects.toMatchObject(overload);
    await get('https://good/');
    answer.resolve(new Response(certificate()));
    expect((await Promise.all(running)).length).toBe(7);
    await get('https://eighth/');
  });
});
