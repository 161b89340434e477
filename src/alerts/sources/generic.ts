import { parseArn, partitionOfRegion, resourceType, serviceName, shortName } from '../arn.ts';
import { serviceLink } from '../console-links.ts';
import { asArray, asText, at, isRecord, type Json, textAt } from '../json.ts';
import { isSecretName } from '../mask.ts';
import type { Field, Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { clip, isoTime, listed, oneLine, sentenceFromDetailType, words } from '../text.ts';

/** The last resort: any EventBridge event of a service without its own source, any other JSON, plain text. */
export const generic: Source = {
  name: 'generic',
  matches: () => true,
  read: (payload) => {
    if (payload.json === undefined) return fromText(payload);
    return isEventBridge(payload.json) ? fromEventBridge(payload.json, payload) : fromJson(payload.json, payload);
  },
};

const isEventBridge = (json: Json): boolean =>
  typeof json['detail-type'] === 'string' && typeof json['source'] === 'string' && 'detail' in json;

/** What an EventBridge event says for itself. Source: EventBridge user guide, "Events structure". */
function fromEventBridge(event: Json, payload: Payload): Signal {
  const detailType = asText(event['detail-type']) ?? 'Event';
  const from = asText(event['source']) ?? 'generic';
  const service = from.replace(/^aws\./, '');
  const region = asText(event['region']);
  const arns = asArray(event['resources']).filter((arn) => typeof arn === 'string');
  const resource = arns[0] === undefined ? namedResource(event['detail']) : resourceOf(arns[0]);
  const telling = tellingFields(event['detail']);
  const subject = resource === undefined ? '' : `: ${resource.name}`;
  const said = listed(telling.slice(0, 3).map(({ name, value }) => `${name} is ${oneLine(value, 80)}`));
  const where = { partition: partitionOfRegion(region), region };
  const account = asText(event['account']);
  return {
    ...common(payload),
    source: from.startsWith('aws.') ? oneLine(service, 60) : oneLine(from, 60) || 'generic',
    kind: oneLine(detailType, 200),
    dedupKey: ['event', account, region, from, detailType, resource?.arn ?? resource?.name ?? ''].join('|'),
    severity: severityOf(detailType, event['detail']),
    title: clip(`${sentenceFromDetailType(detailType)}${subject}`, 150),
    sentence: `${serviceName(service)} reports: ${sentenceFromDetailType(detailType)}${subject}${said === '' ? '' : `; ${said}`}.`,
    partition: where.partition,
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(resource === undefined ? {} : { resource }),
    time: isoTime(asText(event['time'])) ?? payload.receivedAt,
    links: from.startsWith('aws.') ? [serviceLink(where, service)] : [],
    fields: [
      ...telling,
      ...(arns.length > 1 ? [{ name: 'Resources', value: listed(arns.map(shortName), 5) }] : []),
      ...eventId(event),
    ],
    raw: event,
  };
}

const eventId = (event: Json): Field[] => {
  const id = asText(event['id']);
  return id === undefined ? [] : [{ name: 'Event id', value: id }];
};

/** Any other JSON: a title from whatever names it, the fields that tell most. */
function fromJson(json: Json, payload: Payload): Signal {
  const telling = tellingFields(json);
  const named = [
    'title',
    'Title',
    'AlarmName',
    'subject',
    'Subject',
    'name',
    'Name',
    'summary',
    'message',
    'Message',
    'text',
    'description',
    'Description',
  ]
    .map((key) => json[key])
    .find((value) => typeof value === 'string' && value.trim() !== '');
  const title =
    oneLine(payload.subject ?? (typeof named === 'string' ? named : ''), 150) ||
    `Message with ${
      listed(
        Object.keys(json).map((key) => oneLine(key, 30)),
        4,
      ) || 'no content'
    }`;
  const said = listed(telling.slice(0, 3).map(({ name, value }) => `${name} is ${oneLine(value, 80)}`));
  const arn = findArn(json);
  return {
    ...common(payload),
    severity: severityOf(title, json),
    kind: 'message',
    dedupKey: ['message', payload.topicArn, title].join('|'),
    title,
    sentence: said === '' ? `A message of unknown shape: ${title}` : `${title}: ${said}.`,
    ...(arn === undefined ? {} : { resource: resourceOf(arn) }),
    fields: telling,
    raw: json,
  };
}

function fromText(payload: Payload): Signal {
  const lines = payload.text
    .slice(0, 8_000)
    .split(/\r?\n/)
    .map((line) => oneLine(line, 600))
    .filter((line) => line !== '');
  const title = oneLine(payload.subject ?? '', 150) || clip(lines[0] ?? 'Empty message', 150);
  return {
    ...common(payload),
    severity: severityOf(title, undefined),
    kind: 'text',
    dedupKey: ['text', payload.topicArn, title].join('|'),
    title,
    sentence: clip(lines.join(' '), 600) || 'The message was empty.',
    raw: payload.text,
  };
}

/** What the envelope alone gives. */
function common(
  payload: Payload,
): Pick<Signal, 'source' | 'state' | 'partition' | 'account' | 'region' | 'time' | 'links' | 'fields'> {
  const topic = payload.topicArn === undefined ? undefined : parseArn(payload.topicArn);
  return {
    source: 'generic',
    state: 'firing',
    partition: topic?.partition ?? 'aws',
    ...(topic === undefined ? {} : { account: topic.account, region: topic.region }),
    time: payload.receivedAt,
    links: [],
    fields: [],
  };
}

export const resourceOf = (arn: string): Resource => {
  const type = resourceType(arn);
  return {
    name: shortName(arn),
    ...(parseArn(arn) === undefined ? {} : { arn }),
    ...(type === undefined ? {} : { type }),
  };
};

const failed =
  /\b(?:fail\w*|error\w*|unsuccessful\w*|denied|breach\w*|critical|alarm|timed[ _-]?out|abort\w*|drift\w*|lost)\b/i;

/** Words of failure make an unknown event low rather than info; more than that it cannot claim. A severity it states is believed up to high. */
function severityOf(title: string, detail: unknown): Signal['severity'] {
  const stated = (textAt(detail, 'severity') ?? textAt(detail, 'Severity') ?? textAt(detail, 'level'))?.toLowerCase();
  if (stated === 'critical' || stated === 'high') return 'high';
  if (stated === 'medium' || stated === 'low') return stated;
  const state = ['state', 'status', 'State', 'Status', 'result', 'outcome']
    .map((key) => textAt(detail, key))
    .find((text) => text !== undefined);
  return failed.test(words(title)) || (state !== undefined && failed.test(words(state))) ? 'low' : 'info';
}

/** The scalars of a record that tell most, at most eight; secrets by name are left out. */
export function tellingFields(value: unknown): Field[] {
  const found: (Field & { rank: number })[] = [];
  const look = (record: Json, prefix: string, depth: number): void => {
    for (const key of Object.keys(record).slice(0, 60)) {
      const inner = record[key];
      const label = oneLine(prefix === '' ? words(key) : `${prefix} ${words(key)}`, 60);
      if (typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean') {
        if (isSecretName(key) || inner === '') continue;
        found.push({ name: label, value: oneLine(String(inner), 300), rank: depth * 20 + rankOf(key) });
      } else if (isRecord(inner) && depth < 2) look(inner, label, depth + 1);
    }
  };
  if (isRecord(value)) look(value, '', 0);
  return found
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, 8)
    .map(({ name, value: text }) => ({ name, value: text }));
}

/** Endings of keys that tell a reader most, in order. */
const tellingEndings = [
  'state',
  'status',
  'severity',
  'reason',
  'cause',
  'error',
  'message',
  'description',
  'event',
  'action',
  'operation',
  'name',
  'type',
  'user',
  'id',
  'arn',
];

/** 0 for the most telling kind of key; keys that end in a telling word count as that word. */
function rankOf(key: string): number {
  const lower = key.toLowerCase();
  const rank = tellingEndings.findIndex((word) => lower.endsWith(word));
  return rank === -1 ? tellingEndings.length : rank;
}

const namedResource = (detail: unknown): Resource | undefined => {
  const arn = isRecord(detail) ? findArn(detail) : undefined;
  if (arn !== undefined) return resourceOf(arn);
  for (const key of ['resourceId', 'resourceName', 'instance-id', 'instanceId', 'bucketName', 'name', 'id']) {
    const name = textAt(detail, key);
    if (name !== undefined) return { name };
  }
  const bucket = textAt(at(detail, 'bucket'), 'name');
  return bucket === undefined ? undefined : { name: bucket, type: 'S3 bucket' };
};

/** The first ARN at the top of a record. */
function findArn(record: Json): string | undefined {
  for (const key of Object.keys(record).slice(0, 60)) {
    const value = record[key];
    if (typeof value === 'string' && value.startsWith('arn:') && parseArn(value) !== undefined) return value;
  }
  return undefined;
}
