import { serviceName, shortName } from '../arn.ts';
import { serviceLink } from '../console-links.ts';
import { asArray, asText, isRecord, type Json, textAt } from '../json.ts';
import { isSecretName } from '../mask.ts';
import type { Severity } from '../severity.ts';
import type { Field, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { clip, listed, oneLine, sentenceFromDetailType, words } from '../text.ts';
import { type Facts, factsOf } from './facts.ts';
import { outcomeOf, severities } from './outcome.ts';
import { resourceNamed, sentence, signalOf } from './shape.ts';

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
  const byAws = from.startsWith('aws.');
  const service = from.replace(/^aws\./, '');
  const arns = asArray(event['resources']).filter((arn) => typeof arn === 'string');
  const facts = factsOf(event['detail']);
  const resource = resourceNamed(arns[0]) ?? facts.resource;
  const name = resource?.name;
  const telling = tellingFields(event['detail']).filter(({ value }) => value !== name && value !== resource?.arn);
  const what = `${sentenceFromDetailType(detailType)}${name === undefined ? '' : `: ${oneLine(name, 80)}`}`;
  const state = facts.state === undefined ? undefined : words(facts.state).toLowerCase();
  const account = asText(event['account']);
  const region = asText(event['region']);
  return signalOf(payload, {
    source: byAws ? oneLine(service, 60) : oneLine(from, 60) || 'generic',
    kind: oneLine(detailType, 200),
    dedupKey: ['event', account, region, from, detailType, resource?.arn ?? name ?? ''].join('|'),
    severity: severityOf(detailType, facts, byAws),
    title: clip(`${what}${state === undefined ? '' : ` (${oneLine(state, 60)})`}`, 150),
    sentence: sentence(
      `${byAws ? serviceName(service) : oneLine(from, 60) || 'A program'} reports: ${what}${said(telling, '; ')}`,
    ),
    accounts: [account, facts.account],
    regions: [region, facts.region],
    times: [asText(event['time']), facts.time],
    resource,
    actor: facts.actor,
    sourceIp: facts.sourceIp,
    links: (where) => (byAws ? [serviceLink(where, service)] : []),
    fields: [
      ...telling.map(({ name: label, value }): [string, string] => [label, value]),
      ['Resources', arns.length > 1 ? listed(arns.map(shortName), 5) : undefined],
      ['Event id', asText(event['id'])],
    ],
  });
}

/** "state is failed, reason is x and name is y", after what leads to it; nothing where nothing tells. */
const said = (telling: Field[], lead: string): string => {
  const words = listed(telling.slice(0, 3).map(({ name, value }) => `${name} is ${oneLine(value, 80)}`));
  return words === '' ? '' : `${lead}${words}`;
};

const titleKeys = [
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
];

/** What names a message: a key of its own, or of the record that holds its words. */
const namedBy = (json: Json): string | undefined =>
  [json, json['content'], json['alert']]
    .flatMap((record) => (isRecord(record) ? titleKeys.map((key) => record[key]) : []))
    .find((value) => typeof value === 'string' && value.trim() !== '')
    ?.toString();

/** Any other JSON: a title from whatever names it, the fields that tell most. */
function fromJson(json: Json, payload: Payload): Signal {
  const facts = factsOf(json);
  const telling = tellingFields(json);
  const keys = Object.keys(json).map((key) => oneLine(key, 30));
  const about = facts.resource;
  const title =
    oneLine(payload.subject ?? namedBy(json) ?? '', 150) ||
    (about === undefined
      ? `Message with ${listed(keys, 4) || 'no content'}`
      : clip(`Message about ${[about.type, about.name].filter((part) => part !== undefined).join(' ')}`, 150));
  // Lambda's records of streams and queues say where they come from: "aws:dynamodb".
  const from = /^aws:([a-z0-9]{2,30})$/.exec(asText(json['eventSource']) ?? '')?.[1];
  const resource = resourceNamed(textAt(json, 'eventSourceARN')) ?? facts.resource;
  const event = asText(json['eventName']);
  const record =
    from === undefined
      ? undefined
      : `${serviceName(from)} ${event === undefined ? 'record' : words(event).toLowerCase()}${resource === undefined ? '' : `: ${resource.name}`}`;
  return signalOf(payload, {
    source: from ?? 'generic',
    kind: from === undefined ? 'message' : (event ?? 'record'),
    dedupKey:
      from === undefined
        ? ['message', payload.topicArn, title].join('|')
        : [from, event, resource?.arn, title].join('|'),
    severity: severityOf(title, facts, false),
    title: record ?? title,
    sentence: sentence(`${record ?? title}${said(telling, ': ')}`),
    accounts: [facts.account],
    regions: [facts.region],
    times: [facts.time],
    resource,
    actor: facts.actor,
    sourceIp: facts.sourceIp,
    links: (where) => (from === undefined ? [] : [serviceLink(where, from)]),
    fields: telling.map(({ name, value }) => [name, value]),
  });
}

/** Words that stand before an account in texts, and an ARN anywhere in them. */
const accountInText = /\baccount(?:\s+(?:id|number))?\s*[:#=(]?\s*(\d{12})\b/i;
const arnInText = /\barn:aws[a-z-]{0,10}:[a-z0-9-]{2,40}:[a-z0-9-]{0,20}:(?:\d{12})?:[^\s"'<>,;)\]]{1,300}/;
const regionInText =
  /\b(?:us|eu|ap|ca|sa|me|af|il|mx|cn)-(?:gov-)?(?:north|south|east|west|central)(?:east|west)?-\d\b/;

function fromText(payload: Payload): Signal {
  const text = payload.text.slice(0, 8_000);
  const lines = text
    .split(/\r?\n/)
    .map((line) => oneLine(line, 600))
    .filter((line) => line !== '');
  const title = oneLine(payload.subject ?? '', 150) || clip(lines[0] ?? 'Empty message', 150);
  return signalOf(payload, {
    source: 'generic',
    kind: 'text',
    dedupKey: ['text', payload.topicArn, title].join('|'),
    severity: severityOf(title, {}, false),
    title,
    sentence: clip(lines.join(' '), 600) || 'The message was empty.',
    accounts: [accountInText.exec(text)?.[1]],
    regions: [regionInText.exec(text)?.[0]],
    times: [],
    resource: resourceNamed(arnInText.exec(text)?.[0].replace(/[.:]+$/, '')),
    links: () => [],
    fields: [],
  });
}

const failed =
  /\b(?:fail\w*|error\w*|unsuccessful\w*|denied|breach\w*|critical|alarm|timed[ _-]?out|abort\w*|drift\w*|lost)\b/i;

/**
 * A severity that the payload states is believed up to high. Else its state says: of AWS's own services as
 * docs/severity.md has it, of anybody else's program no more than low; words of failure in its name do the same.
 */
function severityOf(title: string, { severity, state }: Facts, byAws: boolean): Severity {
  const stated = severity?.toLowerCase();
  if (stated === 'critical' || stated === 'high' || stated === 'fatal') return 'high';
  if (stated === 'medium' || stated === 'low') return stated;
  const outcome = severities[outcomeOf(state)];
  const worst = outcome === 'medium' && !byAws ? 'low' : outcome;
  return worst === 'info' && failed.test(words(title)) ? 'low' : worst;
}

/** The scalars of a record that tell most, at most eight; secrets by name are left out. */
export function tellingFields(value: unknown): Field[] {
  const found: { keys: string[]; value: string; rank: number }[] = [];
  const look = (record: Json, path: string[], depth: number): void => {
    for (const key of Object.keys(record).slice(0, 60)) {
      const inner = record[key];
      if (typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean') {
        if (inner !== '') found.push({ keys: [...path, key], value: String(inner), rank: depth * 20 + rankOf(key) });
      } else if (isRecord(inner) && depth < 2) look(inner, [...path, key], depth + 1);
    }
  };
  if (isRecord(value)) look(value, [], 0);
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 20)
    .filter(({ keys }) => !isSecretName(keys.at(-1) ?? ''))
    .slice(0, 8)
    .map(({ keys, value: text }) => ({ name: oneLine(keys.map(words).join(' '), 60), value: oneLine(text, 300) }));
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

const ranks = new Map<string, number>();

/** 0 for the most telling kind of key; keys that end in a telling word count as that word. */
function rankOf(key: string): number {
  const known = ranks.get(key);
  if (known !== undefined) return known;
  const lower = key.toLowerCase();
  const found = tellingEndings.findIndex((word) => lower.endsWith(word));
  const rank = /^(?:previous|old)/.test(lower)
    ? tellingEndings.length + 1
    : found === -1
      ? tellingEndings.length
      : found;
  if (ranks.size < 5_000 && key.length <= 60) ranks.set(key, rank);
  return rank;
}
