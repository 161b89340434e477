import { verify as verifySignature, type X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Topic } from '../../config/config.ts';
import { type CertificateStore, type Fetch, isValidAt, readCertificate, signingCertificates } from './certificate.ts';
import { type MessageType, messageTypes, Refused, type SnsMessage, type SnsVerdict } from './message.ts';
import { parseStrictJson } from './strict-json.ts';
import { stringToSign } from './string-to-sign.ts';
import { isTopicArn, type TopicOrigin, topicOrigin } from './topic.ts';

export interface VerifierOptions {
  /** Only their messages are believed: anybody can make a topic and have AWS sign what he likes. */
  topics: readonly Topic[];
  /** PEM texts. When there are any, the SigningCertURL is never fetched and only these keys are tried. */
  trustedCertificates: readonly string[];
  now: () => Date;
  /** Fetches signing certificates; the global `fetch` unless given. */
  fetch?: Fetch;
  /** Where fetched certificates outlive the process; without it they do not. */
  certificates?: CertificateStore;
}

const forgetful: CertificateStore = { load: async () => [], keep: async () => {} };

/**
 * Judges one SNS envelope. `headers` are those of the HTTP request; without them (a message from SQS, or a file) the
 * envelope may also have the form in which Lambda gets it. Whatever is wrong with the message is in the verdict, not thrown.
 */
export type Verify = (body: Uint8Array | string, headers?: IncomingHttpHeaders) => Promise<SnsVerdict>;

const pastMs = 75 * 60_000;
const futureMs = 5 * 60_000;

/**
 * The verifier of SNS messages: who said it, to which topic, unchanged, and how long ago. The order of the checks is
 * fixed, cheap ones first, and no network is touched for a topic that is not listed. Every comparison is exact equality:
 * see docs/decisions/sns-verification.md for the forgeries that prefixes and patterns let through.
 * @throws Error when a listed topic is not an ARN or a pinned certificate cannot be used
 */
export const snsVerifier = ({
  topics,
  trustedCertificates,
  now,
  fetch = globalThis.fetch,
  certificates: store = forgetful,
}: VerifierOptions): Verify => {
  const listed = new Map(topics.map((topic) => [topic.arn, { ...topic, origin: topicOrigin(topic.arn) }]));
  const pinned = trustedCertificates.map(readCertificate);
  const certificateAt = signingCertificates({ fetch, now, store });

  const check = async (body: Uint8Array | string, headers?: IncomingHttpHeaders): Promise<SnsVerdict> => {
    const { text, json } = parseStrictJson(body);
    const envelope = readEnvelope(headers ? json : lambdaForm(json));
    const type = checkType(envelope, headers);
    const topic = listed.get(envelope.TopicArn);
    if (!topic) throw unlisted(envelope.TopicArn);
    const signatureVersion = checkSignatureVersion(envelope, topic);
    checkForm(envelope);
    if (type !== 'Notification') checkConfirmation(envelope, topic.origin);
    checkCertificateUrl(envelope.SigningCertURL, topic.origin.host);
    const certificates =
      pinned.length > 0
        ? pinnedAt(pinned, now())
        : [await certificateAt(envelope.SigningCertURL, topic.origin.certificateName)];
    checkSignature(envelope, type, signatureVersion, certificates, pinned.length > 0);
    const stale = checkAge(envelope.Timestamp, now());
    return { ok: true, message: toMessage(envelope, type, signatureVersion, text), stale };
  };

  return async (body, headers) => {
    try {
      return await check(body, headers);
    } catch (error) {
      if (error instanceof Refused) return error;
      throw error;
    }
  };
};

/** A string of at most `max` characters. A lone surrogate would turn into U+FFFD under the signature: two texts, one signature. */
const text = (max: number) =>
  z
    .string({ error: 'is missing or is not a string' })
    .max(max, { error: `is longer than ${max} characters` })
    .refine((value) => value.isWellFormed(), { error: 'has half of a surrogate pair' });

// SNS takes at most 256 KiB; with these bounds a whole envelope stays under 300 KB once unescaped.
const Envelope = z.object({
  Type: text(512),
  MessageId: text(512),
  TopicArn: text(512),
  Message: text(256 * 1024),
  Timestamp: text(512),
  SignatureVersion: text(512),
  Signature: text(2048),
  SigningCertURL: text(512),
  Subject: text(1024).optional(),
  Token: text(2048).optional(),
  SubscribeURL: text(4096).optional(),
  UnsubscribeURL: text(4096).optional(),
});

type Envelope = z.infer<typeof Envelope>;

const readEnvelope = (json: Record<string, unknown>): Envelope => {
  const result = Envelope.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refused(400, 'field', `The field ${issue?.path.join('.')} ${issue?.message}.`);
};

/** Lambda writes two names otherwise and an absent subject as null. */
const lambdaForm = ({ SigningCertUrl, UnsubscribeUrl, Subject, ...rest }: Record<string, unknown>) => ({
  ...(SigningCertUrl === undefined ? {} : { SigningCertURL: SigningCertUrl }),
  ...(UnsubscribeUrl === undefined ? {} : { UnsubscribeURL: UnsubscribeUrl }),
  ...(Subject === null ? {} : { Subject }),
  ...rest,
});

/** With the type exact, no forger can hide the tail of another signed text in it ("field splice"). */
const checkType = (envelope: Envelope, headers: IncomingHttpHeaders | undefined): MessageType => {
  const type = messageTypes.find((known) => known === envelope.Type);
  if (!type) throw new Refused(400, 'type', `The Type is none of ${messageTypes.join(', ')}.`);
  if (headers) {
    if (headers['x-amz-sns-message-type'] !== type) {
      throw new Refused(400, 'header', 'The header x-amz-sns-message-type is missing or differs from the Type.');
    }
    const copies = { 'x-amz-sns-topic-arn': envelope.TopicArn, 'x-amz-sns-message-id': envelope.MessageId };
    for (const [name, value] of Object.entries(copies)) {
      if (headers[name] !== undefined && headers[name] !== value) {
        throw new Refused(400, 'header', `The header ${name} differs from the body.`);
      }
    }
  }
  return type;
};

const unlisted = (arn: string) =>
  new Refused(
    403,
    'topic',
    isTopicArn(arn)
      ? `The topic ${arn} is not listed under sns.topics.`
      : 'The TopicArn of the message is not the ARN of an SNS topic.',
  );

const checkSignatureVersion = ({ SignatureVersion }: Envelope, topic: Topic): '1' | '2' => {
  if (SignatureVersion === '2') return '2';
  if (SignatureVersion !== '1') throw new Refused(400, 'signature-version', 'The SignatureVersion is neither 1 nor 2.');
  if (topic.signatureVersion === '1') return '1';
  // 503: the message may well be genuine, and is accepted once the topic or our config is put right.
  throw new Refused(
    503,
    'signature-version',
    `The topic still signs with SHA-1 (SignatureVersion 1). Switch it: aws sns set-topic-attributes --topic-arn ${topic.arn} --attribute-name SignatureVersion --attribute-value 2`,
  );
};

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

const checkForm = (envelope: Envelope): void => {
  if (!uuid.test(envelope.MessageId)) throw new Refused(400, 'message-id', 'The MessageId is not a UUID.');
  const time = new Date(envelope.Timestamp);
  if (
    !timestamp.test(envelope.Timestamp) ||
    Number.isNaN(time.getTime()) ||
    time.toISOString() !== envelope.Timestamp
  ) {
    throw new Refused(400, 'timestamp', 'The Timestamp is not of the form 2026-01-31T12:00:00.000Z.');
  }
  // A line break here could move the border between two fields of the signed text.
  for (const name of ['Subject', 'Token', 'SubscribeURL'] as const) {
    if (/\p{Cc}/u.test(envelope[name] ?? '')) {
      throw new Refused(400, 'control-character', `The field ${name} has a control character.`);
    }
  }
};

/** The SubscribeURL is never fetched. That it points anywhere else than to SNS is still a sure sign of a forgery. */
const checkConfirmation = ({ Token, SubscribeURL, TopicArn }: Envelope, { host }: TopicOrigin): void => {
  if (!Token) throw new Refused(400, 'field', 'The field Token is missing.');
  const url = URL.parse(SubscribeURL ?? '');
  if (
    url?.origin !== `https://${host}` ||
    url.username !== '' ||
    url.password !== '' ||
    url.pathname !== '/' ||
    url.hash !== '' ||
    url.searchParams.get('Action') !== 'ConfirmSubscription' ||
    url.searchParams.get('TopicArn') !== TopicArn ||
    url.searchParams.get('Token') !== Token
  ) {
    throw new Refused(
      403,
      'subscribe-url',
      "The SubscribeURL is not the one for this topic at the region's SNS endpoint.",
    );
  }
};

const certificateFile = /^[0-9a-f]{32}\.pem$/;

/** The whole text is fixed but for 32 hex digits, so no URL parser's reading of it can differ from ours. */
const checkCertificateUrl = (url: string, host: string): void => {
  const start = `https://${host}/SimpleNotificationService-`;
  if (!url.startsWith(start) || !certificateFile.test(url.slice(start.length))) {
    throw new Refused(403, 'certificate-url', `The SigningCertURL is not ${start}….pem.`);
  }
};

const pinnedAt = (pinned: readonly X509Certificate[], at: Date): X509Certificate[] => {
  const valid = pinned.filter((certificate) => isValidAt(certificate, at));
  if (valid.length === 0) {
    throw new Refused(
      503,
      'certificate-unfit',
      'No certificate under sns.trustedCertificates is valid at this time: pin the current one, or check the clock.',
    );
  }
  return valid;
};

/** In this thread: an RSA signature is verified in less time than it takes to hand it to another thread. */
const checkSignature = (
  envelope: Envelope,
  type: MessageType,
  version: '1' | '2',
  certificates: readonly X509Certificate[],
  pinned: boolean,
): void => {
  const signature = Buffer.from(envelope.Signature, 'base64');
  if (signature.length === 0 || signature.toString('base64') !== envelope.Signature) {
    throw new Refused(400, 'signature-form', 'The Signature is not base64.');
  }
  const signed = Buffer.from(stringToSign({ ...envelope, Type: type }));
  const algorithm = version === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
  for (const { publicKey } of certificates) {
    const bytes = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    if (signature.length === bytes && verifySignature(algorithm, signed, publicKey, signature)) return;
  }
  throw pinned
    ? // AWS changes its certificate about once a year; what follows must not be taken for forgeries and lost.
      new Refused(
        503,
        'signature',
        'The Signature fits no certificate under sns.trustedCertificates: it is forged, or AWS has a new certificate to pin.',
      )
    : new Refused(403, 'signature', 'The Signature does not fit the message.');
};

/** True when the message is older than any delivery by HTTP can be. It is genuine: the caller says that it is late. */
const checkAge = (sent: string, now: Date): boolean => {
  const age = now.getTime() - new Date(sent).getTime();
  // AWS signed it, so it is our clock that is wrong.
  if (age < -futureMs) {
    throw new Refused(503, 'clock', "The Timestamp is more than 5 minutes ahead: this machine's clock is slow.");
  }
  return age > pastMs;
};

const toMessage = (envelope: Envelope, type: MessageType, signatureVersion: '1' | '2', raw: string): SnsMessage => ({
  type,
  messageId: envelope.MessageId,
  topicArn: envelope.TopicArn,
  // Only what was signed: a subject beside a confirmation and a token beside a notification are not.
  ...(type === 'Notification'
    ? envelope.Subject !== undefined && { subject: envelope.Subject }
    : { token: envelope.Token }),
  message: envelope.Message,
  timestamp: envelope.Timestamp,
  signatureVersion,
  raw,
});
