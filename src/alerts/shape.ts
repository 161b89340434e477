import { parseArn, partitionNamed, partitionOfRegion, resourceType, shortName } from '../aws-names/arn.ts';
import { asText, at, isRecord, type Json, parseJson } from '../words/json.ts';
import { isoTime } from '../words/text.ts';
import type { Severity } from './severity.ts';
import type { Actor, Link, Resource, Signal } from './signal.ts';
import type { Payload } from './source.ts';

/**
 * Lenient readers: a missing, null or wrongly typed leaf is undefined, a missing record is an empty one, and nothing
 * ever fails. So a source reads by field name and never asks whether the way there exists. They are plain functions
 * because every payload goes through dozens of them, and a schema that may fail costs several times as much.
 */
export interface Shape<Out> {
  parse: (value: unknown) => Out;
}

/** What a reader returns. */
export type Parsed<Of> = Of extends Shape<infer Out> ? Out : never;

/** More than any reader is shown; patterns that look at a text stay cheap however long it came. */
const maxText = 8_000;

/** Text with something in it, cut at 8,000 characters; numbers and booleans become text. */
export const text: Shape<string | undefined> = {
  parse: (value) => {
    if (value === undefined) return undefined;
    const line = typeof value === 'boolean' ? String(value) : asText(value)?.slice(0, maxText).toWellFormed().trim();
    return line === '' ? undefined : line;
  },
};

/** JSON that may come as text: parsed. */
export const json: Shape<unknown> = {
  parse: (value) => (typeof value === 'string' ? parseJson(value) : value),
};

/** Whatever is there, looked into elsewhere. */
export const anything: Shape<unknown> = { parse: (value) => value };

/** A finite number, also where it comes as text. */
export const number: Shape<number | undefined> = {
  parse: (value) => {
    const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
  },
};

/** true or false, also as text in any case ("False"). */
export const flag: Shape<boolean | undefined> = {
  parse: (value) => {
    if (typeof value === 'boolean' || value === undefined) return value;
    return /^true$/i.test(String(value)) ? true : /^false$/i.test(String(value)) ? false : undefined;
  },
};

/** A record whose keys are data: tags, dimensions. */
export const map: Shape<Json> = { parse: (value) => (isRecord(value) ? value : {}) };

/** What was put into a text as JSON, read after it is parsed. */
export const fromText = <Out>(reader: Shape<Out>): Shape<Out> => ({
  parse: (value) => reader.parse(json.parse(value)),
});

type Leaves = Readonly<Record<string, Shape<unknown>>>;

/** A record with known fields; anything else reads as an empty record. */
export function shape<Known extends Leaves>(leaves: Known): Shape<{ [Key in keyof Known]: Parsed<Known[Key]> }>;
export function shape(leaves: Leaves): Shape<Json> {
  const fields = Object.entries(leaves);
  const read = (record: Json): Json => {
    const out: Json = {};
    for (const [key, leaf] of fields) out[key] = leaf.parse(record[key]);
    return out;
  };
  // Most records that a source knows are missing from any one payload: those are all one.
  const missing = Object.freeze(read({}));
  return { parse: (value) => (isRecord(value) ? read(value) : missing) };
}

/** A list; a single value is a list of one. At most 100 items are read. */
export const list = <Out>(item: Shape<Out>): Shape<Out[]> => ({
  parse: (value) => {
    if (value === undefined || value === null) return [];
    return (Array.isArray(value) ? value.slice(0, 100) : [value]).map((one) => item.parse(one));
  },
});

/** Keys in camelCase all the way down: APIs write `AccessKeyDetails` where EventBridge writes `accessKeyDetails`. */
export function camelKeys(value: unknown, depth = 0): unknown {
  // What begins in camelCase goes on in it: most records need no copy.
  if (depth === 0 && isRecord(value) && !Object.keys(value).some((key) => /^[A-Z]/.test(key))) return value;
  if (depth > 30) return undefined;
  if (Array.isArray(value)) return value.map((item) => camelKeys(item, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      /^[A-Z][A-Za-z0-9]*$/.test(key) ? key.charAt(0).toLowerCase() + key.slice(1) : key,
      camelKeys(item, depth + 1),
    ]),
  );
}

/** An event in EventBridge's envelope. CodeStar notifications write `detailType`. */
export interface AwsEvent {
  id: string | undefined;
  source: string;
  detailType: string;
  account: string | undefined;
  region: string | undefined;
  time: string | undefined;
  resources: string[];
  detail: Json;
  /** What CodeStar notifications add beside the detail: the actions that failed, and why. */
  additional: Json;
}

/** The event, or undefined where the payload is not in EventBridge's envelope. Source: EventBridge user guide, "Event structure". */
export function awsEvent(payload: Payload): AwsEvent | undefined {
  const { json } = payload;
  const detailType = detailTypeOf(payload);
  if (json === undefined || detailType === undefined) return undefined;
  const resources = [json['resources'] ?? []].flat();
  return {
    id: asText(json['id']),
    source: asText(json['source']) ?? '',
    detailType,
    account: asText(json['account']),
    region: asText(json['region']),
    time: asText(json['time']),
    resources: resources.slice(0, 100).flatMap((resource) => asText(resource) ?? []),
    detail: isRecord(json['detail']) ? json['detail'] : {},
    additional: isRecord(json['additionalAttributes']) ? json['additionalAttributes'] : {},
  };
}

export const detailTypeOf = ({ json }: Payload): string | undefined =>
  asText(json?.['detail-type'] ?? json?.['detailType']);

/** True for an event with this detail-type; the prefix of a family (`GuardDuty `) does too. */
export const hasDetailType = (payload: Payload, pattern: RegExp): boolean => pattern.test(detailTypeOf(payload) ?? '');

/** What a source says of a payload; candidates are given best first, and the first that is sound is taken. */
export interface SourceReading {
  source: string;
  kind: string;
  dedupKey: string;
  severity: Severity;
  state?: Signal['state'];
  title: string;
  sentence: string;
  accounts: (string | undefined)[];
  regions: (string | undefined)[];
  times: (string | undefined)[];
  resource?: Resource | undefined;
  actor?: Actor | undefined;
  sourceIp?: string | undefined;
  /** Given where the account lives, so that each link goes to the right console. */
  links: (where: { partition: Signal['partition']; region: string | undefined }) => Link[];
  runbook?: string | undefined;
  tags?: Record<string, string> | undefined;
  /** The source's own words in full; a field of its own where the sentence does not hold them all. */
  description?: string | undefined;
  fields: [name: string, value: string | number | undefined][];
}

/** The signal of a reading; what the payload lacks (account, region, time) comes from the ARNs in it, then from the topic. */
export function signalOf(payload: Payload, reading: SourceReading): Signal {
  const topic = payload.topicArn === undefined ? undefined : parseArn(payload.topicArn);
  const arn = reading.resource?.arn === undefined ? undefined : parseArn(reading.resource.arn);
  const region = [...reading.regions, arn?.region, topic?.region].find(isRegion) ?? fromArns(payload.json, 'region');
  const account =
    [...reading.accounts, arn?.account, topic?.account].find(isAccount) ??
    reading.accounts.find(isAccountLike) ??
    fromArns(payload.json, 'account');
  const partition =
    region === undefined ? (arn?.partition ?? topic?.partition ?? 'aws') : partitionOf(region, arn?.partition);
  return {
    source: reading.source,
    kind: reading.kind,
    dedupKey: reading.dedupKey,
    severity: reading.severity,
    state: reading.state ?? 'firing',
    title: reading.title,
    sentence: reading.sentence,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    partition,
    ...(reading.resource === undefined ? {} : { resource: withArn(reading.resource, { partition, region, account }) }),
    ...(reading.actor === undefined ? {} : { actor: reading.actor }),
    ...(isIp(reading.sourceIp) ? { sourceIp: reading.sourceIp } : {}),
    time: reading.times.map(utcTime).find((time) => time !== undefined) ?? payload.receivedAt,
    links: reading.links({ partition, region }),
    ...(reading.runbook === undefined ? {} : { runbook: reading.runbook }),
    ...(reading.tags === undefined || Object.keys(reading.tags).length === 0 ? {} : { tags: reading.tags }),
    fields: fieldsOf(reading),
    raw: payload.json ?? payload.text,
  };
}

/** The fields of a reading; what is described comes early enough to be among those that are kept. */
function fieldsOf({ fields, tags, resource, sentence, description }: SourceReading): Signal['fields'] {
  const given: Signal['fields'] = [];
  // People know machines by their Name tag, not by their id.
  const called = tags?.['Name'];
  if (called !== undefined && called !== '' && called !== resource?.name) given.push({ name: 'Name', value: called });
  for (const [name, value] of fields)
    if (value !== undefined && value !== '')
      given.push({ name, value: typeof value === 'string' ? value : String(value) });
  const whole = description?.trim();
  if (whole !== undefined && whole !== '' && !sentence.includes(whole))
    given.splice(8, 0, { name: 'Description', value: whole });
  return given;
}

/** Ids that say by themselves what they are, and what EC2's ARNs call it. */
const idTypes: Readonly<Record<string, string>> = {
  i: 'instance',
  vol: 'volume',
  sg: 'security-group',
  vpc: 'vpc',
  subnet: 'subnet',
  eni: 'network-interface',
  igw: 'internet-gateway',
  rtb: 'route-table',
  acl: 'network-acl',
};

/** A resource that is known by its id alone, with the ARN that follows from where it is. Source: Service Authorization Reference, EC2 and S3. */
function withArn(
  resource: Resource,
  { partition, region, account }: { partition: string; region: string | undefined; account: string | undefined },
): Resource {
  if (resource.arn !== undefined) return resource;
  if (resource.type === 'S3 bucket' && /^[a-z0-9][a-z0-9.-]{2,62}$/.test(resource.name))
    return { ...resource, arn: `arn:${partition}:s3:::${resource.name}` };
  const type = idTypes[/^([a-z]{1,6})-[0-9a-f]{8}(?:[0-9a-f]{9})?$/.exec(resource.name)?.[1] ?? ''];
  if (type === undefined || region === undefined || !isAccount(account)) return resource;
  const arn = `arn:${partition}:ec2:${region}:${account}:${type}/${resource.name}`;
  return { arn, ...resource, type: resource.type ?? resourceType(arn) ?? type };
}

/** A region says its partition, except that an ARN may know better where the region is of the standard kind. */
const partitionOf = (region: string, fromArn: Signal['partition'] | undefined): Signal['partition'] =>
  partitionOfRegion(region) === 'aws' ? partitionNamed(fromArn ?? 'aws') : partitionOfRegion(region);

const isRegion = (value: string | undefined): boolean =>
  value !== undefined && /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(value);

export const isAccount = (value: string | undefined): boolean => value !== undefined && /^\d{12}$/.test(value);

/** Test events and samples write accounts of other lengths: shown as they came rather than lost. */
const isAccountLike = (value: string | undefined): boolean => value !== undefined && /^\d{6,20}$/.test(value);

/** The account or the region of the first ARN that has one, looked for near the top: the last resort of payloads that name none. */
function fromArns(value: unknown, part: 'account' | 'region', depth = 0): string | undefined {
  if (typeof value === 'string') return value.startsWith('arn:') ? parseArn(value)?.[part] || undefined : undefined;
  if (typeof value !== 'object' || value === null || depth > 4) return undefined;
  for (const inner of Object.values(value).slice(0, 100)) {
    const found = fromArns(inner, part, depth + 1);
    if (part === 'account' ? isAccount(found) : isRegion(found)) return found;
  }
  return undefined;
}

export const isIp = (value: string | undefined): boolean =>
  value !== undefined && /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[^:]*:[^:]*:)[0-9a-f:.]{3,45})$/i.test(value);

/** ISO 8601 in UTC of a time as services write it; epoch seconds and milliseconds too. */
export function utcTime(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (/^\d{10}(?:\.\d{1,9})?$/.test(value)) return new Date(Number(value) * 1000).toISOString();
  if (/^\d{13}$/.test(value)) return new Date(Number(value)).toISOString();
  return isoTime(value);
}

/** The resource that an ARN names; a text that is no ARN is its own name. Template marks (`${…}`, `<…>`) stay as they came. */
export function resourceNamed(arnOrName: string | undefined, type?: string): Resource | undefined {
  if (arnOrName === undefined || arnOrName.trim() === '') return undefined;
  const name = arnOrName.trim();
  const known = type ?? resourceType(name);
  return {
    ...(name.startsWith('arn:') ? { arn: name } : {}),
    name: readableName(name),
    ...(known === undefined ? {} : { type: known }),
  };
}

/** An ARN that is none by the book (a template, an account of 13 digits) still ends in a name. */
const readableName = (name: string): string => {
  const short = shortName(name);
  return short === name && name.startsWith('arn:') ? (/[^:/]+$/.exec(name)?.[0] ?? name) : short;
};

/** `[{Key, Value}]`, `[{key, value}]`, `[{name, value}]` or `{key: value}` as tags; at most 50. */
export function tagsOf(value: unknown): Record<string, string> | undefined {
  const pairs = Array.isArray(value)
    ? value.map((tag) => [at(tag, 'key') ?? at(tag, 'Key') ?? at(tag, 'name'), at(tag, 'value') ?? at(tag, 'Value')])
    : isRecord(value)
      ? Object.entries(value)
      : [];
  const tags = pairs.flatMap(([key, item]): [string, string][] => {
    const name = asText(key);
    return name === undefined ? [] : [[name, asText(item) ?? '']];
  });
  return tags.length === 0 ? undefined : Object.fromEntries(tags.slice(0, 50));
}

/** The first sentence of a text, without the full stop's successors: descriptions run to paragraphs. */
export function firstSentence(description: string | undefined): string | undefined {
  const line = description?.replace(/\\n/g, ' ').replace(/\s+/g, ' ').trim();
  if (line === undefined || line === '') return undefined;
  const [, sentence = line] = /^(.{20,400}?[.!?])(?:\s+[A-Z0-9"'$*].*)?$/s.exec(line) ?? [];
  return sentence;
}

/** A reason as a sentence takes it: the whole where it is short, else its first sentence. The field beside keeps all of it. */
export const inBrief = (reason: string): string => {
  // Most reasons are one tidy line already.
  const line = /\\n|\s\s|[\t\n\r]|^\s|\s$/.test(reason)
    ? reason.replace(/\\n/g, ' ').replace(/\s+/g, ' ').trim()
    : reason;
  return line.length <= 280 ? line : (firstSentence(line) ?? line);
};

/** A reason that came as JSON in a text, in words: its message with its code. Any other text is itself. */
export function inWords(reason: string | undefined): string | undefined {
  const value = reason !== undefined && /^\s*[{[]/.test(reason) ? parseJson(reason) : undefined;
  const record = Array.isArray(value) ? value[0] : value;
  if (!isRecord(record)) return reason;
  const first = (pattern: RegExp): string | undefined =>
    Object.entries(record)
      .filter(([key]) => pattern.test(key))
      .map(([, inner]) => asText(inner))
      .find((inner) => inner !== undefined);
  const message = first(/message$|^cause$|reason$|description$/i);
  const code = first(/code$|type$|^error$/i);
  return message === undefined
    ? (code ?? reason)
    : code === undefined || message.includes(code)
      ? message
      : `${message.replace(/\.$/, '')} (${code})`;
}

/** A text without the JSON that its writer put into it: what that says in words, or nothing. */
export function withoutJson(line: string): string {
  if (!line.includes('{') && !line.includes('[')) return line;
  const start = /[{[]\s*["{[]/.exec(line)?.index;
  if (start === undefined) return line;
  const end = Math.max(line.lastIndexOf('}'), line.lastIndexOf(']')) + 1;
  const json = line.slice(start, end > start ? end : line.length);
  const said = inWords(json);
  const words = said === json || said === undefined || said === '' ? '…' : said;
  return `${line.slice(0, start)}${words}${end > start ? line.slice(end) : ''}`;
}

/** One full stop at the end. */
export const asSentence = (words: string): string => (/[.!?…]$/.test(words) ? words : `${words}.`);

/** The value after a label of a mail: "Budgeted Amount: $200.00", "- AWS Account:   111122223333". */
export const labelled = (message: string, label: string): string | undefined =>
  new RegExp(`^[\\s>*-]{0,8}${label}:[ \\t]{0,40}(\\S[^\\r\\n]{0,2000})`, 'im').exec(message)?.[1]?.trim();

/** The first https address in a text, without the punctuation that follows it. */
export const httpsIn = (value: string | undefined): string | undefined =>
  /https:\/\/[^\s<>"'|)\]]{3,2000}/.exec(value ?? '')?.[0].replace(/[.,;:!?]+$/, '');

/** Who an ARN names: a user, a role or its session, the root of an account. */
export function actorNamed(arn: string): Actor {
  const parts = parseArn(arn);
  const { resource = '' } = parts ?? {};
  const type =
    resource === 'root'
      ? 'root'
      : /role\//.test(resource)
        ? 'role'
        : resource.startsWith('user/')
          ? 'user'
          : /^federated-user\//.test(resource)
            ? 'federated'
            : 'unknown';
  const session = type === 'role' ? resource.split('/').at(-1) : undefined;
  return {
    type,
    name: type === 'root' ? 'root' : shortName(arn),
    ...(parts === undefined ? {} : { arn }),
    ...(parts === undefined || parts.account === '' ? {} : { account: parts.account }),
    ...(session !== undefined && isEmail(session) ? { human: session } : {}),
  };
}

/** Identity Center and many SAML set-ups name a role session after the person's address. */
export const isEmail = (text: string): boolean => /^[^\s@]{1,64}@[^\s@.]{1,60}(?:\.[^\s@.]{1,60}){1,6}$/.test(text);
