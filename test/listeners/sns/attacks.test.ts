import { createHash, constants as crypto, generateKeyPairSync, type KeyLike, privateEncrypt, sign } from 'node:crypto';
import { connect } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { httpServer } from '../../../src/listeners/http.ts';
import { snsListener } from '../../../src/listeners/sns/index.ts';
import {
  certificate,
  type Envelope,
  type Listener,
  notification,
  now,
  oldTopic,
  signature,
  signedText,
  signer,
  snsHeaders,
  startListener,
  topic,
  without,
} from './aws.ts';

/** Attacks beside the numbered bad inputs: signatures made in other ways, and requests that servers read differently. */

const text = (envelope: Envelope): string => signedText(without(envelope, 'Signature'));
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const modulus = BigInt(
  `0x${Buffer.from(String(signer.publicKey.export({ format: 'jwk' }).n), 'base64url').toString('hex')}`,
);
const encoded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A notification that is right but for its signature, which is made of what is signed. */
const signedBy = (make: (signed: string, envelope: Envelope) => string, changes: Envelope = {}): Envelope => {
  const envelope = notification(changes);
  return { ...envelope, Signature: make(text(envelope), envelope) };
};
const byHash = (hash: string, key: KeyLike = signer.privateKey) =>
  signedBy((signed) => sign(hash, Buffer.from(signed), key).toString('base64'));
/** Signed over another text than that of the message. */
const over = (change: (signed: string, envelope: Envelope) => string, changes: Envelope = {}): Envelope =>
  signedBy((signed, envelope) => signature(change(signed, envelope)), changes);
/** Signed as it is, and then changed. */
const altered = (change: (envelope: Envelope) => Envelope, changes: Envelope = {}): Envelope =>
  change(notification(changes));
const accent = { Message: 'Zvl\u00e1\u0161tn\u00ed' };

const signatures: Readonly<Record<string, Envelope>> = {
  'another key': byHash('RSA-SHA256', stranger),
  'SHA-1 labelled 2': byHash('RSA-SHA1'),
  'SHA-384': byHash('RSA-SHA384'),
  'SHA-512': byHash('RSA-SHA512'),
  MD5: byHash('RSA-MD5'),
  'SHA-512/256': byHash('RSA-SHA512/256'),
  'SHA3-256': byHash('RSA-SHA3-256'),
  PSS: signedBy((signed) =>
    encoded(sign('RSA-SHA256', Buffer.from(signed), { key: signer.privateKey, padding: crypto.RSA_PKCS1_PSS_PADDING })),
  ),
  'the bare hash, padded': signedBy((signed) =>
    encoded(privateEncrypt(signer.privateKey, createHash('sha256').update(signed).digest())),
  ),
  'the hash of the hash': signedBy((signed) =>
    encoded(sign('RSA-SHA256', createHash('sha256').update(signed).digest(), signer.privateKey)),
  ),
  'plus the modulus': signedBy((signed) => {
    const sum = BigInt(`0x${Buffer.from(signature(signed), 'base64').toString('hex')}`) + modulus;
    return encoded(Buffer.from(sum.toString(16).padStart(512, '0').slice(-512), 'hex'));
  }),
  'the modulus less itself': signedBy((signed) => {
    const rest = modulus - BigInt(`0x${Buffer.from(signature(signed), 'base64').toString('hex')}`);
    return encoded(Buffer.from(rest.toString(16).padStart(512, '0'), 'hex'));
  }),
  zero: signedBy(() => encoded(Buffer.alloc(256))),
  one: signedBy(() => encoded(Buffer.concat([Buffer.alloc(255), Buffer.of(1)]))),
  'all ones': signedBy(() => encoded(Buffer.alloc(256, 0xff))),
  'bytes in reverse': signedBy((signed) => encoded(Buffer.from(signature(signed), 'base64').reverse())),
  'the signature of another message': signedBy(() => String(notification({ Message: 'other' })['Signature'])),
  hexadecimal: signedBy((signed) => Buffer.from(signature(signed), 'base64').toString('hex')),
  'base64 of base64': signedBy((signed) => encoded(Buffer.from(signature(signed)))),
  'base64 with its last bits set': signedBy((signed) =>
    signature(signed).replace(/.(=+)$/, (_all, padding: string) => `/${padding}`),
  ),
  'a space before it': signedBy((signed) => ` ${signature(signed)}`),
  'a line break after it': signedBy((signed) => `${signature(signed)}\n`),
  'more padding': signedBy((signed) => `${signature(signed)}=`),
  'no break at the end of what is signed': over((signed) => signed.trimEnd()),
  'two breaks at its end': over((signed) => `${signed}\n`),
  'breaks of Windows': over((signed) => signed.replaceAll('\n', '\r\n')),
  'fields in the order of the envelope': over(
    (_signed, e) => `Type\n${e['Type']}\nMessageId\n${e['MessageId']}\nMessage\n${e['Message']}\n`,
  ),
  'values without names': over((signed) =>
    signed
      .split('\n')
      .filter((_line, at) => at % 2 === 1)
      .join('\n'),
  ),
  'the JSON of the envelope': over((_signed, envelope) => JSON.stringify(without(envelope, 'Signature'))),
  'the Message alone': over((_signed, envelope) => String(envelope['Message'])),
  'without the Subject': over((signed) => signed.replace(/Subject\n.*\n/, '')),
  'without the Timestamp': over((signed) => signed.replace(/Timestamp\n.*\n/, '')),
  'without the topic': over((signed) => signed.replace(/TopicArn\n.*\n/, '')),
  'the Timestamp printed again': over((signed) => signed.replace('.000Z', 'Z')),
  'the Message printed again': over((signed) =>
    signed.replace('{"AlarmName":"root login"}', '{ "AlarmName": "root login" }'),
  ),
  'in UTF-16': signedBy((signed) => encoded(sign('RSA-SHA256', Buffer.from(signed, 'utf16le'), signer.privateKey))),
  'composed letters taken apart': over((signed) => signed.normalize('NFD'), accent),
  'composed letters in Latin-1': signedBy(
    (signed) => encoded(sign('RSA-SHA256', Buffer.from(signed, 'latin1'), signer.privateKey)),
    accent,
  ),
  'letters taken apart after signing': altered(
    (e) => ({ ...e, Message: String(e['Message']).normalize('NFD') }),
    accent,
  ),
  'HTML entities after signing': altered((e) => ({ ...e, Message: String(e['Message']).replaceAll('"', '&quot;') })),
  'a space after the Message': altered((e) => ({ ...e, Message: `${e['Message']} ` })),
  'a mark of byte order before the Message': altered((e) => ({ ...e, Message: `\ufeff${e['Message']}` })),
  'a joiner in the Subject': altered((e) => ({ ...e, Subject: 'An al\u200darm' })),
  'the Subject of another': altered((e) => ({ ...e, Subject: 'Another alarm' })),
  'Message and Subject exchanged': altered((e) => ({ ...e, Message: e['Subject'], Subject: e['Message'] })),
  'another id': altered((e) => ({ ...e, MessageId: '9d2c5580-b61d-550c-8583-37a582870901' })),
  'the id in capitals': altered((e) => ({ ...e, MessageId: String(e['MessageId']).toUpperCase() })),
  'another time': altered((e) => ({ ...e, Timestamp: '2026-03-06T19:59:59.000Z' })),
  'the other topic, which is listed too': altered((e) => ({ ...e, TopicArn: oldTopic.arn, SignatureVersion: '1' })),
};

describe('signatures made in other ways', () => {
  let listener: Listener;
  beforeAll(async () => {
    listener = await startListener();
  });
  afterAll(() => listener[Symbol.asyncDispose]());

  test.each(Object.entries(signatures))('%s', async (_name, envelope) => {
    const { status, line } = await listener.post(envelope);
    expect([400, 403], line).toContain(status);
    expect(listener.received).toEqual([]);
  });

  test('a right one is taken by the same listener', async () => {
    expect((await listener.post(notification(accent))).status).toBe(200);
    expect(listener.received).toHaveLength(1);
  });
});

/** A request byte for byte; what is sent is never a message that may be taken, unless it says so. */
const evil = JSON.stringify({ ...notification({ Message: 'evil' }), Message: 'evil, altered' });
const head = (line: string, ...headers: string[]): string =>
  [line, 'Host: trailwatch.example.com', ...headers, '', ''].join('\r\n');
const sns = ['Content-Type: text/plain', 'X-Amz-Sns-Message-Type: Notification'];
const length = (body: string): string => `Content-Length: ${Buffer.byteLength(body)}`;
const chunk = (body: string): string => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
const post = (path: string, body = evil): string => head(`POST ${path} HTTP/1.1`, ...sns, length(body)) + body;

const requests: Readonly<Record<string, string>> = {
  'length and chunks, the chunks shorter': `${head('POST /sns HTTP/1.1', ...sns, length(evil), 'Transfer-Encoding: chunked')}0\r\n\r\n${evil}`,
  'chunks and length, in this order': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: chunked', 'Content-Length: 4')}${chunk(evil)}0\r\n\r\n`,
  'chunked, with a space before the colon': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding : chunked')}${chunk(evil)}0\r\n\r\n`,
  'chunked in two headers':
    head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') +
    `${chunk(evil)}0\r\n\r\n`,
  'chunked with a tab': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding:\tchunked', length(evil))}${chunk(evil)}0\r\n\r\n`,
  'an unknown transfer encoding': head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: xchunked') + evil,
  'chunked and gzip': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: chunked, gzip')}${chunk(evil)}0\r\n\r\n`,
  'two lengths': head('POST /sns HTTP/1.1', ...sns, length(evil), 'Content-Length: 3') + evil,
  'two lengths in one header': head('POST /sns HTTP/1.1', ...sns, `${length(evil)}, 3`) + evil,
  'a negative length': head('POST /sns HTTP/1.1', ...sns, 'Content-Length: -1') + evil,
  'a length with a sign': head('POST /sns HTTP/1.1', ...sns, `Content-Length: +${evil.length}`) + evil,
  'a hexadecimal length': head('POST /sns HTTP/1.1', ...sns, 'Content-Length: 0x10') + evil,
  'a length past all numbers': head('POST /sns HTTP/1.1', ...sns, 'Content-Length: 99999999999999999999999') + evil,
  'a chunk of a negative length': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: chunked')}-1\r\n${evil}\r\n0\r\n\r\n`,
  'a chunk whose length overflows': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: chunked')}fffffffffffffffff\r\n${evil}`,
  'a chunk with an endless extension': `${head('POST /sns HTTP/1.1', ...sns, 'Transfer-Encoding: chunked')}5;${'x'.repeat(100_000)}\r\n`,
  'a second request hidden in the body': head('GET /healthz HTTP/1.1', 'Content-Length: 0') + post('/sns'),
  'a folded header': head('POST /sns HTTP/1.1', ...sns, 'X-A: a\r\n b', length(evil)) + evil,
  'a header with a bare line feed': `POST /sns HTTP/1.1\nHost: x\n${sns.join('\n')}\n${length(evil)}\n\n${evil}`,
  'a header with a zero byte': head('POST /sns HTTP/1.1', 'X-A: a\0b', ...sns, length(evil)) + evil,
  'a header with no name': head('POST /sns HTTP/1.1', ': x', ...sns, length(evil)) + evil,
  'headers of a megabyte': head('POST /sns HTTP/1.1', `X-A: ${'a'.repeat(1_000_000)}`) + evil,
  'ten thousand headers': head('POST /sns HTTP/1.1', ...Array.from({ length: 10_000 }, (_, at) => `X-${at}: 1`)) + evil,
  'no host': `POST /sns HTTP/1.1\r\n${sns.join('\r\n')}\r\n${length(evil)}\r\n\r\n${evil}`,
  'two hosts': head('POST /sns HTTP/1.1', 'Host: evil.example.com', ...sns, length(evil)) + evil,
  'HTTP 0.9': 'POST /sns\r\n\r\n',
  'HTTP 1.0': head('POST /sns HTTP/1.0', ...sns, length(evil)) + evil,
  'HTTP 2 in the clear': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${evil}`,
  'an upgrade': head('POST /sns HTTP/1.1', ...sns, 'Connection: Upgrade', 'Upgrade: h2c', length(evil)) + evil,
  'an upgrade to a socket': head('GET /sns HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket'),
  'a greeting of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'a whole address as the path': post('http://evil.example.com/sns'),
  'an address of the cloud as the path': head('GET http://169.254.169.254/latest/meta-data/ HTTP/1.1'),
  CONNECT: head('CONNECT 169.254.169.254:80 HTTP/1.1'),
  TRACE: head('TRACE /sns HTTP/1.1'),
  PUT: head('PUT /sns HTTP/1.1', ...sns, length(evil)) + evil,
  DELETE: head('DELETE /sns HTTP/1.1'),
  OPTIONS: head('OPTIONS * HTTP/1.1'),
  'the method overridden': head('GET /sns HTTP/1.1', 'X-HTTP-Method-Override: POST', ...sns, length(evil)) + evil,
  'a path with two slashes': post('//sns'),
  'a path with a slash at its end': post('/sns/'),
  'a path with a dot': post('/./sns'),
  'a path that goes up': post('/x/../sns'),
  'a path, encoded': post('/%73ns'),
  'a path with an encoded slash': post('/slack%2f..%2fsns'),
  'a path with a parameter': post('/sns;x=1'),
  'a path in capitals': post('/SNS'),
  'a path with a backslash': post('\\sns'),
  'a path with a zero byte': post('/sns%00'),
  'a path of the prototype': post('/__proto__'),
  'a path of a property of every object': post('/constructor'),
  'a fragment': post('/sns#x'),
  'a path of a hundred thousand letters': post(`/${'s'.repeat(100_000)}`),
  'fifty requests in one go': post('/sns').repeat(50),
};

/** What is answered; what is not named here is refused as no request, 400. */
const answersTo: Readonly<Record<string, string>> = {
  // Understood, and the message in it is not believed.
  'a second request hidden in the body': '404 503',
  'two hosts': '503',
  'HTTP 1.0': '503',
  'an upgrade': '503',
  'fifty requests in one go': Array(50).fill('503').join(' '),
  'HTTP 0.9': '415',
  CONNECT: '',
  ...Object.fromEntries(
    ['headers of a megabyte', 'ten thousand headers', 'a path of a hundred thousand letters'].map((name) => [
      name,
      '431',
    ]),
  ),
  ...Object.fromEntries(
    ['an upgrade to a socket', 'TRACE', 'PUT', 'DELETE', 'the method overridden'].map((name) => [name, '405']),
  ),
  ...Object.fromEntries(
    [
      'a whole address as the path',
      'an address of the cloud as the path',
      'OPTIONS',
      'a path with two slashes',
      'a path with a slash at its end',
      'a path with a dot',
      'a path that goes up',
      'a path, encoded',
      'a path with an encoded slash',
      'a path with a parameter',
      'a path in capitals',
      'a path with a zero byte',
      'a path of the prototype',
      'a path of a property of every object',
      'a fragment',
    ].map((name) => [name, '404']),
  ),
};

describe('requests that servers read differently', () => {
  const received: string[] = [];
  let port = 0;
  let close: () => void = () => {};
  const asked: string[] = [];

  beforeAll(async () => {
    const handle = snsListener({
      topics: [topic],
      trustedCertificates: [certificate()],
      now: () => now,
      fetch: async (url) => {
        asked.push(url);
        throw new Error('Nothing is fetched here.');
      },
      log: pino({ level: 'silent' }),
      count: () => {},
      confirmSubscription: async () => {},
      receive: async ({ message }) => void received.push(message),
    });
    const server = httpServer(
      { '/sns': { methods: ['POST'], handle } },
      { now: () => now, log: pino({ level: 'silent' }) },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
    close = () => {
      server.closeAllConnections();
      server.close();
    };
  });
  afterAll(() => close());

  /** Sends the bytes and then ends its side. Returns what came back until the other side ended or nothing more came. */
  const exchange = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let heard = '';
      socket.on('data', (data) => {
        heard += data.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(heard));
      socket.end(Buffer.from(bytes, 'utf8'));
    });

  test.each(Object.entries(requests))('%s', async (name, bytes) => {
    const answers = await exchange(bytes);
    const statuses = [...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
    expect(statuses.join(' ')).toBe(answersTo[name] ?? '400');
    expect(answers).not.toMatch(/node_modules|\.ts:\d/);
    expect(received).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('a genuine message is taken by the same server, with its length and in chunks', async () => {
    const good = JSON.stringify(notification());
    const headers = Object.entries(snsHeaders(notification())).map(([name, value]) => `${name}: ${value}`);
    const chunked = `${head('POST /sns HTTP/1.1', ...headers, 'Transfer-Encoding: chunked')}${chunk(good)}0\r\n\r\n`;
    expect(await exchange(head('POST /sns HTTP/1.1', ...headers, length(good)) + good)).toMatch(/^HTTP\/1\.1 200/);
    expect(await exchange(chunked)).toMatch(/^HTTP\/1\.1 200/);
    await vi.waitFor(() => expect(received).toHaveLength(2));
  });
});

test('these are a hundred attacks beside the numbered ones', () => {
  expect(Object.keys(signatures).length + Object.keys(requests).length).toBeGreaterThanOrEqual(100);
});
