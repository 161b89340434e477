import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { asArray, asText, at, isRecord, type Json, parseJson } from '../../words/json.ts';
import { clip, isoTime, oneLine } from '../../words/text.ts';
import { fitting, holdsNoSecret, mask, maskText } from '../mask.ts';
import { withoutJson } from '../shape.ts';
import type { Actor, Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { accessAnalyzer } from './access-analyzer.ts';
import { alertmanager, alertsIn } from './alertmanager.ts';
import { autoscaling } from './autoscaling.ts';
import { billing } from './billing.ts';
import { canary } from './canary.ts';
import { cloudtrail } from './cloudtrail/index.ts';
import { cloudwatch } from './cloudwatch.ts';
import { config } from './config.ts';
import { controltower } from './controltower.ts';
import { elasticache } from './elasticache.ts';
import { eventbridge } from './eventbridge.ts';
import { events, letterOfFunction } from './events.ts';
import { framework } from './framework.ts';
import { generic } from './generic.ts';
import { guardduty } from './guardduty.ts';
import { health } from './health.ts';
import { inspector } from './inspector.ts';
import { lambda } from './lambda.ts';
import { logLines, logs } from './logs.ts';
import { macie } from './macie.ts';
import { notices } from './notices.ts';
import { rds } from './rds.ts';
import { route53resolver } from './route53resolver.ts';
import { s3 } from './s3.ts';
import { s3access } from './s3access.ts';
import { securityhub } from './securityhub.ts';
import { ses } from './ses.ts';
import { ssm } from './ssm.ts';
import { topics } from './topics.ts';
import { trustedadvisor } from './trustedadvisor.ts';
import { vpcflow } from './vpcflow.ts';

/** Every source that Trailwatch knows, asked in this order: the first that matches reads. A new source is a file and its line. */
// Control Tower's lifecycle events come in CloudTrail's envelope; log records have the loosest shapes and come last.
export const sources: readonly Source[] = [
  framework,
  canary,
  controltower,
  cloudtrail,
  cloudwatch,
  guardduty,
  securityhub,
  config,
  accessAnalyzer,
  ssm,
  health,
  macie,
  inspector,
  route53resolver,
  rds,
  trustedadvisor,
  s3,
  eventbridge,
  autoscaling,
  ses,
  billing,
  lambda,
  elasticache,
  logs,
  topics,
  events,
  alertmanager,
  notices,
  s3access,
  vpcflow,
];

const maxText = 256 * 1024;
const maxRaw = 64 * 1024;
/** Signals from one message. SNS carries 256 KB, so real batches stay below; the rest is reported in one last signal. */
const maxSignals = 500;

/** The payload of a verified SNS message: its Message parsed, its envelope remembered. */
export function payloadFromSns(sns: {
  message: string;
  subject?: string | undefined;
  topicArn?: string | undefined;
  timestamp: string;
}): Payload {
  return {
    ...payloadFromText(sns.message, sns.timestamp),
    ...(sns.subject === undefined ? {} : { subject: maskText(sns.subject) }),
    ...(sns.topicArn === undefined ? {} : { topicArn: sns.topicArn }),
  };
}

/** A bare payload: JSON, JSON inside a JSON string (up to three times), a list of records, or plain text. `at` is ISO 8601, UTC. */
export function payloadFromText(text: string, at: string): Payload {
  const kept = clip(text.replace(/^\uFEFF/, ''), maxText);
  // Some senders leave raw line breaks inside of JSON strings; outside of strings a space means the same.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON forbids in strings
  let value = parseJson(kept) ?? parseJson(kept.replace(/[\u0000-\u001f]/g, ' '));
  const whole = value !== undefined || !/^\s*[{[]/.test(kept);
  if (!whole) value = parseJson(mended(kept));
  let plain = kept;
  for (let depth = 0; depth < 3 && typeof value === 'string'; depth += 1) {
    // A text in quotes, as EventBridge's input transformers write it.
    plain = value;
    value = parseJson(value);
  }
  const json = Array.isArray(value) ? { Records: value.flat(3) } : isRecord(value) ? withDetail(value) : undefined;
  const cut = json !== undefined && !whole;
  return { json, text: plain, receivedAt: at, clean: holdsNoSecret(kept), ...(cut ? { cut } : {}) };
}

/** An event whose detail came as JSON in a text. */
function withDetail(json: Json): Json {
  const detail = typeof json['detail'] === 'string' ? parseJson(json['detail']) : undefined;
  return isRecord(detail) ? { ...json, detail } : json;
}

/** JSON that broke off, up to the last value that is whole, with its brackets closed. A text with something after its end is none. */
function mended(text: string): string {
  const open: string[] = [];
  let [safe, inString] = [0, false];
  for (let place = 0; place < text.length; place += 1) {
    const sign = text[place];
    if (inString) {
      if (sign === '\\') place += 1;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = true;
    else if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? '}' : ']');
      safe = place + 1;
    } else if (sign === '}' || sign === ']') {
      open.pop();
      safe = place + 1;
    } else if (sign === ',') safe = place;
  }
  return open.length === 0 ? '' : text.slice(0, safe) + open.reverse().join('');
}

/** Hears of a source that threw while it read a payload; the alert is made all the same. */
export type OnFault = (source: string, error: unknown) => void;

const unheard: OnFault = () => {};

/**
 * What a message says, normally one signal. Several where it holds several records (an SQS batch, a CloudTrail log,
 * Security Hub findings): none is lost. Always at least one: what cannot be taken apart is read as a whole.
 */
export function readSignals(payload: Payload, onFault = unheard): Signal[] {
  const parts = partsOf(payload, onFault);
  const signals = parts.slice(0, maxSignals).map((part) => readSignal(part, onFault));
  if (parts.length > maxSignals) signals.push(restSignal(payload, parts.length - maxSignals));
  return signals;
}

function partsOf(payload: Payload, onFault: OnFault): Payload[] {
  try {
    return unwrapped(payload, 0);
  } catch (error) {
    onFault('unwrapping', error);
    return [payload];
  }
}

/** What one payload says. A source that fails gives way to the generic signal: text from outside never stops an alert. */
function readSignal(payload: Payload, onFault = unheard): Signal {
  const shown = withoutSecrets(payload);
  let source: Source = generic;
  try {
    source = sourceOf(payload) ?? generic;
    return finished(source.read(shown), payload);
  } catch (error) {
    onFault(source.name, error);
    return finished(generic.read(shown), payload);
  }
}

const sourcesFound = new WeakMap<Payload, Source | null>();

/** The source of a payload. Unwrapping asks before reading does, and asking all of them costs as much as reading. */
function sourceOf(payload: Payload): Source | undefined {
  const known = sourcesFound.get(payload);
  if (known !== undefined) return known ?? undefined;
  const found = sources.find((source) => source.matches(payload));
  sourcesFound.set(payload, found ?? null);
  return found;
}

/** Sources read what is masked already: then nothing that they make of it (a title, a link, a key) can hold a secret. */
function withoutSecrets(payload: Payload): Payload {
  if (payload.clean === true) return payload;
  if (payload.json === undefined) return { ...payload, text: maskText(payload.text) };
  const json = mask(payload.json);
  // Nobody reads the raw text of a JSON payload: masking it would be wasted work.
  return { ...payload, json: isRecord(json) ? json : {}, text: '' };
}

/** Takes off what messages come wrapped in: SNS inside SQS or Lambda events, streams of logs, batches of records and findings. */
function unwrapped(payload: Payload, depth: number): Payload[] {
  const { json } = payload;
  if (depth >= 5) return [payload];
  const alerts = alertsIn(payload);
  if (alerts !== undefined) return alerts.map((alert) => ({ ...payload, json: alert }));
  if (json === undefined) return [payload];
  const inner = innerPayloads(json, payload);
  return inner === undefined || inner.length === 0 ? [payload] : inner.flatMap((one) => unwrapped(one, depth + 1));
}

function innerPayloads(json: Json, payload: Payload): Payload[] | undefined {
  const sns = fromSnsEnvelope(json, payload);
  if (sns !== undefined) return [sns];
  const carried = carriedText(json);
  // A dead letter says that it could not be delivered, and what it carries says what happened.
  if (typeof carried === 'string' && events.matches(payload)) {
    const { body: _body, Body: _Body, ...letter } = json;
    const inside = { ...payload, ...payloadFromText(carried, payload.receivedAt) };
    const empty = inside.json === undefined ? carried.trim() === '' : Object.keys(inside.json).length === 0;
    const told = !empty && (!letterOfFunction(payload) || isReadable(inside));
    return [{ ...payload, json: letter }, ...(told ? [inside] : [])];
  }
  if (carried !== undefined) return [{ ...payload, ...payloadFromText(carried, payload.receivedAt) }];
  const lines = logLines(json);
  if (lines !== undefined) return linesOfLog(json, lines, payload);
  const entry = fromEntry(json);
  if (entry !== undefined) return [{ ...payload, json: entry }];
  const several = (batchOf(json, payload) ?? findingsOf(json))?.map((one) => ({ ...payload, json: one }));
  return several ?? inWrapping(json, payload);
}

/** An entry of EventBridge's PutEvents call, as the event that it becomes. */
function fromEntry(json: Json): Json | undefined {
  if (typeof json['DetailType'] !== 'string' || typeof json['Source'] !== 'string') return undefined;
  return withDetail({
    source: json['Source'],
    'detail-type': json['DetailType'],
    detail: json['Detail'],
    resources: json['Resources'],
    time: json['Time'],
  });
}

/** Names under which functions, state machines and relays pass on what they were given. */
const wrappings = [
  'event',
  'Event',
  'payload',
  'Payload',
  'Message',
  'message',
  'default',
  'body',
  'input',
  'Input',
  'data',
  'detail',
  'responsePayload',
  'requestPayload',
];

/** A message that nobody knows, around one that somebody does. */
function inWrapping(json: Json, payload: Payload): Payload[] | undefined {
  const held = wrappings.filter(
    (key) => isRecord(json[key]) || (typeof json[key] === 'string' && json[key].length > 1),
  );
  if (held.length === 0 || isReadable(payload)) return undefined;
  for (const key of held) {
    const value = json[key];
    // Whether anybody reads a record is seen without writing it as text and parsing it again.
    if (isRecord(value) && !isReadable({ json: withDetail(value), text: '', receivedAt: payload.receivedAt })) continue;
    const inner = payloadFromText(typeof value === 'string' ? value : JSON.stringify(value), payload.receivedAt);
    if (inner.json !== undefined && isReadable(inner))
      return [{ ...payload, ...inner, ...(payload.subject === undefined ? subjectOf(json) : {}) }];
  }
  return undefined;
}

const subjectOf = (json: Json): { subject?: string } => {
  const subject = asText(json['Subject']);
  return subject === undefined ? {} : { subject: maskText(subject) };
};

/** The message that a record carries as text: an SQS body, a record of Kinesis, Firehose or Kafka, a log subscription, an event that LookupEvents found. */
function carriedText(json: Json): string | undefined {
  const body = json['body'] ?? json['Body'];
  if (typeof body === 'string' && (json['messageId'] ?? json['MessageId']) !== undefined) return body;
  if (typeof json['CloudTrailEvent'] === 'string') return json['CloudTrailEvent'];
  const data = at(json, 'awslogs', 'data') ?? at(json, 'kinesis', 'data') ?? streamedData(json);
  return typeof data === 'string' ? decodedText(data) : undefined;
}

const streamedData = (json: Json): unknown =>
  json['recordId'] !== undefined ? json['data'] : json['topic'] !== undefined ? json['value'] : undefined;

/** Base64, zipped or not. Source: CloudWatch Logs user guide, "Log group-level subscription filters". */
function decodedText(data: string): string | undefined {
  const bytes = Buffer.from(data, 'base64');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: 4 * 1024 * 1024 }).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Lambda events, receipts of queues and streams, CloudTrail logs and lists of findings: each record alone. */
function batchOf(json: Json, payload: Payload): Json[] | undefined {
  for (const key of ['Records', 'Messages', 'Findings', 'Entries', 'findings', 'records', 'events', 'Events']) {
    const items = Array.isArray(json[key]) ? json[key] : kafkaRecords(json[key]);
    if (items.length === 0 || !items.every(isRecord)) continue;
    // S3's records are known by the list they come in: one list each.
    if (items.some((item) => isRecord(item['s3'])))
      return items.length === 1 ? undefined : items.map((item) => ({ ...json, [key]: [item] }));
    // Other payloads use the plainer words for lists of their own.
    if (/^[a-z]|^E/.test(key) && !items.every((item) => isReadable({ ...payload, json: item }))) continue;
    return items.map((item) => (isRecord(item['Sns']) ? { ...item['Sns'], Type: 'Notification' } : item));
  }
  return undefined;
}

/** Kafka's records come in one list a partition. */
const kafkaRecords = (value: unknown): unknown[] => (isRecord(value) ? Object.values(value).flatMap(asArray) : []);

const isReadable = (payload: Payload): boolean =>
  (payload.json !== undefined && (carriedText(payload.json) ?? fromEntry(payload.json)) !== undefined) ||
  sourceOf(payload) !== undefined;

/** Log lines that a source knows (API calls, flow records) are read by it; the others stay together as what they are: lines of one log. */
function linesOfLog(json: Json, lines: readonly Json[], payload: Payload): Payload[] | undefined {
  const known: Payload[] = [];
  const others: Json[] = [];
  for (const line of lines) {
    const one = { ...payload, ...payloadFromText(asText(line['message']) ?? '', payload.receivedAt) };
    if (isReadable(one)) known.push(one);
    else others.push(line);
  }
  if (known.length === 0) return undefined;
  return others.length === 0 ? known : [...known, { ...payload, json: { ...json, logEvents: others } }];
}

/** Security Hub imports findings in batches: one event each, with the envelope around it. */
function findingsOf(json: Json): Json[] | undefined {
  const detail = json['detail'];
  if (!isRecord(detail)) return undefined;
  const findings = asArray(detail['findings']);
  return findings.length > 1
    ? findings.map((finding) => ({ ...json, detail: { ...detail, findings: [finding] } }))
    : undefined;
}

function fromSnsEnvelope(json: Json, payload: Payload): Payload | undefined {
  // Message is text by SNS's own word; relays and logs write the JSON inside it as JSON.
  const message = isRecord(json['Message']) ? JSON.stringify(json['Message']) : json['Message'];
  if (json['Type'] !== 'Notification' || typeof message !== 'string' || typeof json['TopicArn'] !== 'string')
    return undefined;
  const timestamp = asText(json['Timestamp']);
  return payloadFromSns({
    message,
    subject: asText(json['Subject']),
    topicArn: json['TopicArn'],
    timestamp: isoTime(timestamp) ?? payload.receivedAt,
  });
}

function restSignal(payload: Payload, rest: number): Signal {
  const signal = generic.read({ ...payload, json: undefined, text: `${rest} more records came in the same message` });
  return finished(
    {
      ...signal,
      sentence: `One message held more records than are shown one by one: ${rest} were left out. The message is kept with this alert.`,
    },
    payload,
  );
}

/** The one place that keeps a signal within its contract (signal.ts), whatever its source put into it. */
function finished(signal: Signal, payload: Payload): Signal {
  const time = isoTime(signal.time) ?? isoTime(payload.receivedAt) ?? new Date(0).toISOString();
  const account = signal.account !== undefined && /^\d{6,20}$/.test(signal.account) ? signal.account : undefined;
  const region = signal.region !== undefined && /^[a-z0-9-]{2,30}$/.test(signal.region) ? signal.region : undefined;
  const { account: _account, region: _region, runbook, ...rest } = signal;
  return {
    ...rest,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    kind: oneLine(signal.kind, 200) || 'event',
    dedupKey: boundedKey(signal.dedupKey),
    title: oneLine(withoutJson(signal.title), 150) || 'AWS event',
    sentence:
      oneLine(withoutJson(signal.sentence), 600) ||
      oneLine(signal.title, 600) ||
      'AWS sent an event without a readable text.',
    ...(signal.resource === undefined ? {} : { resource: cleanResource(signal.resource) }),
    ...(signal.actor === undefined ? {} : { actor: cleanActor(signal.actor) }),
    ...(signal.sourceIp === undefined ? {} : { sourceIp: oneLine(signal.sourceIp, 100) }),
    time,
    links: signal.links.filter(({ url }) => url.length <= 3000).slice(0, 10),
    ...(runbook !== undefined && isHttps(runbook) ? { runbook } : {}),
    fields: (payload.cut === true && signal.kind !== 'broken message' ? [brokenOff, ...signal.fields] : signal.fields)
      .map(({ name, value }) => ({
        name: oneLine(name, 60),
        value: oneLine(value, name === 'Description' || name === 'Message' || name === 'Reason' ? 1900 : 500),
      }))
      .filter(({ name, value }) => name !== '' && value !== '')
      .slice(0, 10),
    // A short text is short JSON: no number or escape grows it more than five times when it is written again.
    raw: payload.text.length < maxRaw / 5 ? signal.raw : fitting(signal.raw, maxRaw),
  };
}

const brokenOff = { name: 'Incomplete', value: 'The message broke off in the middle: this is what came before.' };

const cleanResource = ({ arn, name, type }: Resource): Resource => ({
  name: oneLine(name, 250) || 'unnamed',
  ...(arn === undefined ? {} : { arn: oneLine(arn, 2048) }),
  ...(type === undefined ? {} : { type: oneLine(type, 100) }),
});

const cleanActor = (actor: Actor): Actor => ({
  ...actor,
  name: oneLine(actor.name, 200) || 'unknown',
  ...(actor.arn === undefined ? {} : { arn: oneLine(actor.arn, 2048) }),
  ...(actor.human === undefined ? {} : { human: oneLine(actor.human, 200) }),
});

const isHttps = (url: string): boolean => url.length <= 3000 && /^https:\/\/[^\s<>|"]+$/.test(url) && URL.canParse(url);

/** Keys that are too long keep their start and get a hash of the whole, so that different ones stay different. */
function boundedKey(key: string): string {
  const line = key.toWellFormed().replaceAll('\0', '');
  if (line.length <= 512) return line;
  return `${line.slice(0, 440).toWellFormed()}#${createHash('sha256').update(line).digest('hex')}`;
}
