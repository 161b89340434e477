import { parseArn, serviceName, shortName } from '../../aws-names/arn.ts';
import { serviceLink } from '../../aws-names/console-links.ts';
import { asArray, asText, isRecord, type Json, textAt } from '../../words/json.ts';
import { clip, listed, oneLine, sentenceFromDetailType, spaced } from '../../words/text.ts';
import { isSecretName } from '../mask.ts';
import { asSentence, inBrief, inWords, labelled, resourceNamed, signalOf } from '../shape.ts';
import type { Field, Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { type Facts, factsOf } from './facts.ts';
import { gradeOf, gradeOfState, gradeStatedIn } from './grade.ts';
import {
  alertStateOf,
  isAlerting,
  type Lasting,
  lastingName,
  lastingTitle,
  outcomeOf,
  outcomeSeverities,
  tellsOfFailure,
} from './outcome.ts';

/** The last resort: any EventBridge event of a service without its own source, any other JSON, plain text. */
export const generic: Source = {
  name: 'generic',
  matches: () => true,
  read: (payload) => {
    if (payload.json === undefined) return fromText(payload);
    if (payload.cut === true && payload.subject === undefined && namedBy(payload.json) === undefined)
      return fromBroken(payload);
    return isEventBridge(payload.json) ? fromEventBridge(payload.json, payload) : fromJson(payload.json, payload);
  },
};

const isEventBridge = (json: Json): boolean =>
  typeof json['detail-type'] === 'string' && typeof json['source'] === 'string' && 'detail' in json;

/** What an EventBridge event says for itself. Source: EventBridge user guide, "Events structure". */
function fromEventBridge(event: Json, payload: Payload): Signal {
  const detailType = asText(event['detail-type']) ?? 'Event';
  const from = asText(event['source']) ?? 'generic';
  // Partners of AWS send by their own name: aws.partner/example.com/x.
  const byAws = from.startsWith('aws.') && !from.startsWith('aws.partner/');
  const service = from.replace(/^aws\.(?:partner\/)?/, '');
  const arns = asArray(event['resources']).filter((arn) => typeof arn === 'string');
  const facts = factsOf(event['detail']);
  const resource = resourceNamed(arns[0] === undefined ? undefined : lastingArn(arns[0])) ?? facts.resource;
  // A run goes by the name of its job, an incident by its title.
  const name =
    textUnder(event['detail'], ['title'], byAws ? undefined : titleOfOther) ??
    (resource?.arn !== undefined && runs.test(resource.arn) ? (facts.work ?? resource.name) : resource?.name);
  const telling = tellingFields(event['detail']).filter(({ value }) => value !== name && value !== resource?.arn);
  const what = `${eventWords(detailType, service)}${name === undefined ? '' : `: ${oneLine(name, 80)}`}`;
  const state = facts.state === undefined ? undefined : spaced(facts.state).toLowerCase();
  const lasting = lastingName(detailType);
  const words = wordsOf(event['detail'], what);
  const course = courseOf(lasting, facts, words, byAws);
  const account = asText(event['account']);
  const region = asText(event['region']);
  return signalOf(payload, {
    source: oneLine(byAws ? service : from.replace(/^aws\.partner\//, ''), 60) || 'generic',
    kind: oneLine(detailType, 200),
    // Neither a state nor the name of a message lasts: what alerts is known by its own id.
    dedupKey: ['event', account, region, from, lasting.stem, facts.alert ?? lastingThing(resource, facts) ?? ''].join(
      '|',
    ),
    ...course,
    title: clip(`${what}${state === undefined ? '' : ` (${oneLine(state, 60)})`}`, 150),
    sentence: asSentence(
      `${byAws ? serviceName(service) : oneLine(service, 60) || 'A program'} reports: ${what}${words === undefined ? said(telling, '; ') : `: ${inBrief(words)}`}`,
    ),
    // The envelope of others says where they send it to.
    accounts: byAws ? [account, facts.account] : [facts.account, account],
    regions: byAws ? [region, facts.region] : [facts.region, region],
    times: [asText(event['time']), facts.time],
    resource,
    actor: facts.actor,
    sourceIp: facts.sourceIp,
    links: (where) => (byAws ? [serviceLink(where, service)] : []),
    fields: [
      ['Description', words],
      ...telling
        .filter(({ value }) => value !== words)
        .map(({ name: label, value }): [string, string] => [label, value]),
      ['Resources', arns.length > 1 || arns[0] !== resource?.arn ? listed(arns.map(shortName), 5) : undefined],
      ['Event id', asText(event['id'])],
    ],
  });
}

/** Parts of an ARN that name one run or one version of something. */
const oneRun = /(?:[/:](?:executions?|runs?|job-runs?|task-executions?)[/:].+|[/:]\d+\.\d+\.\d+(?:[/:]\d+)?)$/;
const runs = /[:/](?:[a-z-]*job|[a-z-]*query|[a-z-]*execution|[a-z-]*run)s?[:/][^/:]+$/;

/** What is run, by the ARN of one run of it: the task of DataSync by that of its execution. */
export function lastingArn(arn: string): string {
  const whole = arn.replace(oneRun, '');
  // Where runs are things of their own nothing is left of the ARN.
  return parseArn(whole) === undefined ? arn : whole;
}

/** What an event is about that is still there the next time: the task rather than its execution, the job's name rather than its id. */
function lastingThing(resource: Resource | undefined, { work }: Facts): string | undefined {
  const arn = resource?.arn;
  if (arn === undefined) return work ?? resource?.name;
  const whole = lastingArn(arn);
  return whole === arn && work !== undefined && runs.test(arn) ? work : whole;
}

/** A detail-type in words that keep the service's own name: "Direct Connect connection state change". */
function eventWords(detailType: string, service: string): string {
  const words = sentenceFromDetailType(detailType);
  const name = serviceName(service);
  return words.toLowerCase().startsWith(name.toLowerCase()) ? `${name}${words.slice(name.length)}` : words;
}

/** Names of what counts and dates rather than tells. */
const numbering = /(?:^|\s)(?:id|uuid|arn|time|timestamp|date|version)$/i;

/** "state is failed, reason is x and name is y", after what leads to it; nothing where nothing tells. */
const said = (telling: Field[], lead: string): string => {
  const words = listed(
    [...telling]
      .sort((a, b) => Number(numbering.test(a.name)) - Number(numbering.test(b.name)))
      .slice(0, 3)
      .map(({ name, value }) => `${name} is ${oneLine(value, 80)}`),
  );
  return words === '' ? '' : `${lead}${words}`;
};

const titleKeys = ['title', 'headline', 'alarmname', 'alertname', 'subject', 'name', 'summary'];
/** What says what happened, where nothing names it. */
const saidKeys = ['message', 'msg', 'text', 'description'];

/** Other keys under which programs write what they call an alert: `ProblemTitle`, `search_name`, `monitorFriendlyName`. */
const titleKey =
  /(?:title|headline|subject)$|(?:alert|alarm|rule|condition|monitor|check|search|query|incident|problem|issue|test|policy|friendly|detect|detection)name$|servicedesc$|(?:alert|alarm)rule$/;

/** What programs beside AWS call the event that they send. */
const titleOfOther = new RegExp(`${titleKey.source}|^eventname$`);

/** The first text under one of these keys, whatever their case, in this order; then under one that `also` knows. */
function textUnder(record: unknown, wanted: readonly string[], also?: RegExp): string | undefined {
  if (!isRecord(record)) return undefined;
  const keys = Object.keys(record).slice(0, 60);
  const plain = keys.map((key) => key.toLowerCase().replace(/[-_ ]/g, ''));
  return [
    ...wanted.flatMap((name) => keys.filter((_, place) => plain[place] === name)),
    ...(also === undefined ? [] : keys.filter((_, place) => also.test(plain[place] ?? ''))),
  ]
    .map((key) => record[key])
    .find((value): value is string => typeof value === 'string' && value.trim() !== '');
}

/** Records that are the thing told of, so that their name is its name. */
const innerTitled = [
  'content',
  'alert',
  'alarm',
  'incident',
  'problem',
  'issue',
  'monitor',
  'condition',
  'check',
  'rule',
  'control',
];

/** What names a message: a key of its own, or of the record that holds its words; else the alert, rule or check that it is of. */
function nameOf(json: Json): string | undefined {
  return (
    [json, ...innerTitled.map((key) => json[key])]
      .map((record) => textUnder(record, titleKeys, titleKey))
      .find(Boolean) ?? innerTitled.map((key) => asText(json[key])).find((text) => /\p{L}{3}/u.test(text ?? ''))
  );
}

/** Keys under which programs say which of their jobs, checks and machines a message is about. */
const identities = new Set(
  `alert alarm check job task rule monitor sensor service servicedesc app application dag dagid taskid workflow pipeline queue
   topic device host hostname computername node server instance pod container site thing component project`.split(
    /\s+/,
  ),
);

/** What tells two messages of one kind apart, and lasts: "vat-import", "nas1". */
const identityOf = (json: Json): string[] =>
  Object.keys(json)
    .slice(0, 60)
    .flatMap((key) => {
      const value = json[key];
      return identities.has(key.toLowerCase().replace(/[-_ ]/g, '')) && typeof value === 'string' && value.length <= 100
        ? [value]
        : [];
    })
    .slice(0, 5);

/** What names a message, else what says what happened in it, else a title further in. */
function namedBy(json: Json): string | undefined {
  const inner = recordsIn(json);
  const deeper = inner.flatMap(recordsIn);
  const own = [json, ...innerTitled.map((key) => json[key])];
  return (
    nameOf(json) ??
    own.map((record) => textUnder(record, saidKeys)).find(Boolean) ??
    [...inner, ...deeper].map((record) => textUnder(record, ['title', 'headline', 'summary'], titleKey)).find(Boolean)
  );
}

/** Keys under which programs write what happened in words, best first. */
const wordKeys = new Map(
  [
    'description',
    'alarmdescription',
    'summary',
    'details',
    'detail',
    'message',
    'msg',
    'text',
    'body',
    'notes',
    'reason',
    'statereason',
    'cause',
    'error',
    'errormessage',
  ].map((key, rank) => [key, rank]),
);

/** Other keys that end so do too: `failureMessage`, `change-description`. */
const wordKey = /(?:message|reasons?|description|summary|cause|explanation|errorinfo|details?|output)$/;

const wordRanks = new Map<string, number>();

/** 0 for the key that tells best in words; Infinity for one that does not. */
function wordRank(key: string): number {
  const known = wordRanks.get(key);
  if (known !== undefined) return known;
  const plain = key.toLowerCase().replace(/[-_]/g, '');
  const rank = wordKeys.get(plain) ?? (wordKey.test(plain) ? wordKeys.size : Number.POSITIVE_INFINITY);
  if (wordRanks.size < 5_000 && key.length <= 60) wordRanks.set(key, rank);
  return rank;
}

/** The records in a record, and the first one of each list. */
const recordsIn = (value: Json): Json[] =>
  Object.values(value)
    .map((inner) => (Array.isArray(inner) ? inner[0] : inner))
    .filter(isRecord)
    .slice(0, 20);

/** A text, or the texts of a list. */
const wordsIn = (value: unknown): string | undefined =>
  asText(value) ??
  (Array.isArray(value)
    ? listed(value.filter((item) => typeof item === 'string').slice(0, 3)) || undefined
    : undefined);

/** What a record says in words, of its own or of a record up to two levels in it; not what the title says already. */
function wordsOf(value: unknown, title: string): string | undefined {
  if (!isRecord(value)) return undefined;
  const inner = recordsIn(value);
  for (const record of [value, ...inner, ...inner.flatMap(recordsIn)]) {
    const telling = Object.keys(record)
      .slice(0, 60)
      .filter((key) => wordRank(key) !== Number.POSITIVE_INFINITY)
      .sort((a, b) => wordRank(a) - wordRank(b));
    for (const key of telling) {
      const said = inWords(wordsIn(record[key]))?.trim();
      if (said !== undefined && /\S\s+\S/.test(said) && said !== title && !/^\s*[{[<]/.test(said)) return said;
    }
  }
  return undefined;
}

/** Lists of what to do, as Amazon Q's custom notifications have them. */
const stepsOf = (json: Json): string | undefined =>
  [json, json['content'], json['alert']]
    .flatMap((record) => (isRecord(record) ? asArray(record['nextSteps'] ?? record['next_steps']) : []))
    .flatMap((step) => asText(step) ?? [])
    .join('; ') || undefined;

/** Slack's short names of emoji, before a title. */
const emoji = /^(?::[a-z0-9_+-]{1,40}:\s*)+/;

/** What makes messages one alert: its own id, else its name and what it is about. Words change while it lasts: they count only where nothing else is there. */
function keyOf(json: Json, { subject }: Payload, { alert }: Facts, { stem }: Lasting): string[] {
  if (alert !== undefined) return [alert];
  const identity = identityOf(json);
  return subject === undefined && nameOf(json) === undefined && identity.length > 0 ? identity : [stem, ...identity];
}

/** States that say no more than that it is an alert. */
const anyAlert = /(?:^|[._])(?:alert(?:ing)?|alarm(?:ing)?|in.alarm|problem|trigger(?:ed)?|fired|firing|raised)$/i;

/** The state of what is not over, given beside a title that tells none: "down", "failed". A grade is shown as one. */
function stateToShow({ state, deed }: Facts, title: string): string | undefined {
  if ([state, deed].some((one) => alertStateOf(one) === 'over')) return undefined;
  const found = [state, deed].find(
    (one) =>
      (isAlerting(one) || outcomeOf(one) === 'failed') && gradeOf(one) === undefined && !anyAlert.test(one ?? ''),
  );
  const word = found === undefined ? '' : oneLine(spaced(found.replace(/^.*\./, '')).toLowerCase(), 40);
  return word === '' || title.toLowerCase().includes(word) || /\s(?:is|are|has|was)\s/.test(title) ? undefined : word;
}

/** A sentence with what it is about behind it, where neither it nor the title names that. */
const withThing = (sentence: string, title: string, about: Resource | undefined): string =>
  about === undefined || !isName.test(about.name) || sentence.includes(about.name) || title.includes(about.name)
    ? sentence
    : `${sentence.replace(/[.]$/, '')} (${oneLine([about.type?.toLowerCase(), about.name].filter(Boolean).join(' '), 100)})`;

/** What people know something by: no path and no number. */
const isName = /^(?![0-9a-f-]{12,}$)[\p{L}\d].*\p{L}|^[\p{L}].*\d/u;

/** Any other JSON: a title from whatever names it, what it says in words, the fields that tell most. */
function fromJson(json: Json, payload: Payload): Signal {
  const facts = factsOf(json);
  const keys = Object.keys(json).map((key) => oneLine(key, 30));
  const about = facts.resource;
  const named = oneLine((payload.subject ?? namedBy(json) ?? '').replace(emoji, ''), 150);
  const title =
    named ||
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
      : `${serviceName(from)} ${event === undefined ? 'record' : spaced(event).toLowerCase()}${resource === undefined ? '' : `: ${resource.name}`}`;
  const lasting = lastingTitle(title);
  const state = lasting.state === undefined && from === undefined ? stateToShow(facts, title) : undefined;
  const words = from === undefined ? wordsOf(json, title) : undefined;
  const telling = tellingFields(json).filter(
    ({ name, value }) => value !== words && value !== title && !/^(?:schema )?version$/.test(name),
  );
  return signalOf(payload, {
    source: from ?? 'generic',
    kind: from === undefined ? 'message' : (event ?? 'record'),
    dedupKey:
      from === undefined
        ? ['message', payload.topicArn, ...keyOf(json, payload, facts, lasting)].join('|')
        : [from, event, resource?.arn, title].join('|'),
    ...courseOf(lasting, facts, words, false),
    // What it says tells more than which keys it has; but the words may change while it lasts.
    title:
      record ??
      (named === '' && about === undefined && words !== undefined
        ? clip(words, 150)
        : state === undefined
          ? title
          : `${clip(title, 150 - state.length - 3)} (${state})`),
    sentence: asSentence(
      withThing(
        words !== undefined
          ? inBrief(words)
          : // A title that is a sentence says it all.
            record === undefined && /[.!?]$/.test(title)
            ? title
            : `${record ?? title}${said(telling, ': ')}`,
        title,
        from === undefined ? about : undefined,
      ),
    ),
    accounts: [facts.account],
    regions: [facts.region],
    times: [facts.time],
    resource,
    actor: facts.actor,
    sourceIp: facts.sourceIp,
    links: (where) => (from === undefined ? [] : [serviceLink(where, from)]),
    fields: [
      ['Next steps', stepsOf(json)],
      ['Description', words !== undefined && words.length > 280 ? words : undefined],
      ...telling.map(({ name, value }): [string, string] => [name, value]),
    ],
  });
}

/** Words that stand before an account in texts, and an ARN anywhere in them. */
const accountInText = /\baccount(?:\s+(?:id|number))?\s*[:#=(]?\s*(\d{12})\b/i;
const arnInText = /\barn:aws[a-z-]{0,10}:[a-z0-9-]{2,40}:[a-z0-9-]{0,20}:(?:\d{12})?:[^\s"'<>,;)\]]{1,300}/;
const regionInText =
  /\b(?:us|eu|ap|ca|sa|me|af|il|mx|cn)-(?:gov-)?(?:north|south|east|west|central)(?:east|west)?-\d\b/;

function fromText(payload: Payload): Signal {
  const sent = payload.text.slice(0, 8_000);
  // A page of HTML is read without its tags.
  const text = /^\s*<(?:!doctype|html|body|div|p)\b/i.test(sent) ? sent.replace(/<[^>]{0,500}>/g, ' ') : sent;
  const lines = text
    .split(/\r?\n/)
    .map((line) => oneLine(line, 600))
    .filter((line) => line !== '');
  const title = oneLine(payload.subject ?? '', 150) || clip(lines[0] ?? 'Empty message', 150);
  const lasting = lastingTitle(title);
  const stated = labelled(text, '(?:current |new )?(?:state|status)');
  const state = lasting.state ?? stated;
  const severity =
    gradeStatedIn(title) ??
    gradeStatedIn(clip(lines[0] ?? '', 150)) ??
    gradeOf(labelled(text, '(?:severity|priority|urgency)')) ??
    lasting.grade ??
    gradeOfState(stated);
  return signalOf(payload, {
    source: 'generic',
    kind: 'text',
    dedupKey: ['text', payload.topicArn, lasting.stem].join('|'),
    ...courseOf(
      lasting,
      { ...(state === undefined ? {} : { state }), ...(severity === undefined ? {} : { severity }) },
      undefined,
      false,
    ),
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

/**
 * JSON that breaks off before it says what it is about. Nobody can tell how bad it is, so it is not for information only; its
 * beginning is shown as it came.
 */
const fromBroken = (payload: Payload): Signal =>
  signalOf(payload, {
    source: 'generic',
    kind: 'broken message',
    dedupKey: ['broken', payload.topicArn, payload.text.slice(0, 60)].join('|'),
    severity: 'low',
    state: 'firing',
    title: 'Message that cannot be read: broken JSON',
    sentence: 'Message that cannot be read: broken JSON.',
    accounts: [accountInText.exec(payload.text)?.[1]],
    regions: [regionInText.exec(payload.text)?.[0]],
    times: [],
    links: () => [],
    fields: [['Begins with', payload.text.slice(0, 300)]],
  });

const failed =
  /\b(?:fail\w*|error\w*|unsuccessful\w*|denied|breach\w*|critical|alarm|timed[ _-]?out|abort\w*|drift\w*|lost)\b/i;
/** What runs out, by the names of events: "OCU Utilization Reached Max Limit". */
const reachesLimit =
  /\b(?:reach\w*|exceed\w*|exhaust\w*)\b.*\b(?:limit|quota|maximum|capacity|threshold)\b|\b(?:limit|quota|capacity|threshold)\b.*\b(?:reached|exceeded|exhausted)\b/i;
const nearsLimit =
  /\b(?:approach\w*|near\w*|about to reach)\b.*\b(?:limit|quota|maximum|capacity|threshold|expir\w+)\b/i;
/** What alerts, by the names of events. */
const alertName =
  /\b(?:alerts?|alarms?|insights?|anomal\w+|incidents?|issues?|outages?|violations?|autoshift|threats?|health events?|impairments?|disruptions?|degradations?)\b/i;

/**
 * How bad, and whether it is over. A severity that the payload states is believed up to high; a state that ends something
 * resolves. Else the state says: of AWS's own services as docs/severity.md has it, of anybody else's program no more than
 * low, unless it is a word that only an alert says of itself (FIRING, ALARM, DOWN); words of failure in its name are low.
 */
function courseOf(
  lasting: Lasting,
  facts: Facts,
  words: string | undefined,
  byAws: boolean,
): Pick<Signal, 'severity' | 'state'> {
  const states = [facts.state, facts.deed, lasting.state].filter((state) => state !== undefined);
  // What only an alert says of itself tells more than "error" beside it.
  const state = alertStateOf(states[0]) === 'over' ? states[0] : (states.find(isAlerting) ?? states[0]);
  const alert = facts.alert !== undefined || alertName.test(spaced(lasting.stem));
  const outcome = outcomeOf(state);
  const ended = alertStateOf(state);
  if (outcome === 'succeeded' ? !(alert && ended !== 'over') : ended === 'over')
    return byAws && tellsOfFailure(words) && !alert
      ? { severity: 'low', state: 'firing' }
      : { severity: 'info', state: 'resolved' };
  const stated = gradeOf(facts.severity) ?? states.map(gradeOfState).find(Boolean);
  if (stated === 'critical' || stated === 'high') return { severity: 'high', state: 'firing' };
  if (stated === 'medium' || stated === 'low') return { severity: stated, state: 'firing' };
  if (isAlerting(state) || (byAws && alert && ended === 'on')) return { severity: 'medium', state: 'firing' };
  if (facts.alert !== undefined && ended === 'on') return { severity: 'low', state: 'firing' };
  if (byAws && outcome === 'going') {
    const name = spaced(lasting.stem);
    if (reachesLimit.test(name)) return { severity: 'medium', state: 'firing' };
    if (nearsLimit.test(name) || tellsOfFailure(words) || /\bissues?\b/i.test(name))
      return { severity: 'low', state: 'firing' };
  }
  const severity = outcomeSeverities[outcome];
  const worst = severity === 'medium' && !byAws ? 'low' : severity;
  return { severity: worst === 'info' && failed.test(spaced(lasting.stem)) ? 'low' : worst, state: 'firing' };
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
    .map(({ keys, value: text }) => ({ name: oneLine(keys.map(spaced).join(' '), 60), value: oneLine(text, 300) }));
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
