import type { LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import { parseArn, shortName } from '../alerts/arn.ts';
import { globMatches } from '../alerts/glob.ts';
import { type Json, textAt } from '../alerts/json.ts';
import { nearest } from '../alerts/nearest.ts';
import { Record } from '../alerts/sources/cloudtrail/record.ts';
import { type EventRow, eventRow } from '../alerts/sources/cloudtrail/row.ts';
import { type Asker, type Aws, type AwsAccount, AwsTrouble } from '../aws/aws.ts';
import { type Found, lookupEvents } from '../aws/cloudtrail.ts';
import { type Coverage, coverageSentence } from '../aws/coverage.ts';
import { accountsMeant } from '../aws/everywhere.ts';
import type { Condition, Field } from '../aws/history/conditions.ts';
import { type HistorySource, historySource } from '../aws/history/source.ts';
import type { Config } from '../config/config.ts';
import type { Parts } from '../parts.ts';
import { historyDays, type Question, type Subject } from './lookup-query.ts';
import { narrowed } from './narrowing.ts';

/** What was found since the last time, and how far the search is. */
export interface Search {
  rows: readonly EventRow[];
  /** The same events as JSON texts, secrets masked. */
  lines: readonly string[];
  /** Events that were read so far, wanted or not. */
  read: number;
  /** Null: a history source was searched, which holds what the trail wrote there and knows no accounts. */
  coverage: Coverage | null;
  whole: boolean;
  /** What a history source did not give, in a sentence; '': nothing. The event history says it in its coverage. */
  gaps: string;
  /** What was looked for where, in a sentence. */
  filters: string;
  /** Where the events come from, in a sentence. */
  source: string;
}

/** Pages of a place after which it is left, without --all: 10,000 events, which take 100 seconds. */
const mostPages = 200;
/** Events that were found by one name are not told again when they are found by another. */
const mostKnown = 200_000;
const dayMs = 86_400_000;

/**
 * Searches for what a question asks and gives it as it comes: in CloudTrail's event history, or past its 90 days in the
 * history source of the configuration. CloudTrail looks for one attribute; all else is looked for here, and `filters` says so.
 * @throws AwsTrouble when AWS cannot be asked at all, or the question names no account that there is
 */
export async function* search(
  parts: Pick<Parts, 'aws' | 'config' | 'now'>,
  question: Question,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const accounts = await parts.aws.accounts(asker);
  const meant = accountsMeant(accounts, accountsOf(question));
  if (meant.length === 0) throw new AwsTrouble('absent', noSuchAccount(accountsOf(question), accounts.accounts));
  const source = isOld(question, parts.now()) ? historySource(parts.config.history) : undefined;
  if (source === undefined) yield* searchEventHistory(parts.aws, question, asker, signal);
  else yield* searchHistory(parts.aws, source, question, meant, asker, signal);
}

async function* searchEventHistory(
  aws: Aws,
  question: Question,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const where = { accounts: accountsOf(question), regions: question.regions };
  const { holds, words } = narrowed(question.narrowing);
  const known = new Set<string>();
  let before: Search | undefined;
  for (const { attribute, holds: about } of passesOf(question)) {
    const query = {
      attribute,
      ...question.span,
      where,
      mostPages: question.all ? null : mostPages,
      wanted: (event: Json) => about(event) && (words.length === 0 || holds(Record.parse(event))),
    };
    let last: Search | undefined;
    for await (const found of lookupEvents(aws, query, asker, signal)) {
      last = added(before, found, known, filtersOf(question, words));
      yield last;
    }
    before = last;
  }
  if (before?.coverage?.regions.asked === 0)
    throw new AwsTrouble(
      'absent',
      `No account that was asked has the region ${question.regions.join(' or ')} enabled.`,
    );
}

/** Past 90 days: one search over all accounts, whose every match is looked at once more here. */
async function* searchHistory(
  aws: Aws,
  source: HistorySource,
  question: Question,
  meant: readonly AwsAccount[],
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const { subject, narrowing, accounts, regions, span } = question;
  const { holds, words } = narrowed(narrowing);
  const ids = new Set(meant.map(({ id }) => id));
  const wanted = (event: Json): boolean =>
    (subject === null || isAbout(event, subject)) &&
    (accountsOf(question).length === 0 || ids.has(textAt(event, 'recipientAccountId') ?? '')) &&
    (regions.length === 0 || regions.some((region) => globMatches(region, textAt(event, 'awsRegion') ?? ''))) &&
    (words.length === 0 || holds(Record.parse(event)));
  const conditions: Condition[] = [
    ...(subject === null ? [] : [conditionOf(subject)]),
    ...(accounts.length === 0 || ids.size > mostValues
      ? []
      : [{ fields: ['recipientAccountId' as const], is: 'equal' as const, values: [...ids] }]),
  ];
  let [read, bytes] = [0, 0];
  const gaps: string[] = [];
  // A trail may write an event twice.
  const known = new Set<string>();
  const found = (events: readonly Json[], whole: boolean): Search => ({
    rows: events.map(eventRow),
    lines: events.map((event) => JSON.stringify(event)),
    read,
    coverage: null,
    whole,
    gaps: `${gaps[0] ?? ''}${gaps.length > 1 ? ` So it was with ${gaps.length - 1} more.` : ''}`,
    filters: `${source.name} looked for ${subject === null ? 'every event of the span' : attributeWords[subject.kind]}${words.length === 0 ? '' : `; Trailwatch looked for ${words.join(', ')} among what it gave`}.`,
    source: `Source: ${source.name}, which holds what the trail wrote there; ${sizeOf(bytes)} read, ${costWords(source.cost(bytes))}.`,
  });
  for await (const page of source.search(aws, { ...span, conditions }, asker, signal)) {
    read += page.events.length;
    bytes = page.bytes;
    if (page.gap !== null) gaps.push(page.gap);
    yield found(unknownOf(page.events.filter(wanted), known), false);
  }
  yield found([], gaps.length === 0);
}

/** More accounts than this are told apart here. */
const mostValues = 50;

const costWords = (dollars: number): string => (dollars < 0.01 ? 'less than $0.01' : `about $${dollars.toFixed(2)}`);

const sizeOf = (bytes: number): string =>
  bytes < 1024 ** 2
    ? `${Math.ceil(bytes / 1024)} KB`
    : bytes < 1024 ** 3
      ? `${Math.ceil(bytes / 1024 ** 2)} MB`
      : `${(bytes / 1024 ** 3).toFixed(1)} GB`;

/** What a history source looks for; it may find more than is meant. */
function conditionOf({ kind, value, arn }: Subject): Condition {
  const equal = (...fields: Field[]): Condition => ({ fields, is: 'equal', values: [arn ?? value] });
  switch (kind) {
    case 'user':
      return arn === null
        ? {
            fields: ['userIdentity.userName', 'userIdentity.arn', 'userIdentity.principalId'],
            is: 'ends',
            values: [value],
          }
        : equal('userIdentity.arn');
    case 'role':
      return { fields: ['userIdentity.sessionContext.sessionIssuer.userName'], is: 'equal', values: [value] };
    case 'key':
      return equal('userIdentity.accessKeyId');
    case 'ip':
      return equal('sourceIPAddress');
    case 'event':
      return equal('eventName');
    case 'service':
      return equal('eventSource');
    case 'id':
      return equal('eventID');
    case 'resource':
      return { anywhere: shortName(value) };
  }
}

/** Whether an event is about the subject, by the same rules as CloudTrail's event history. */
function isAbout(event: Json, subject: Subject): boolean {
  const { kind, value, arn } = subject;
  const identity = (key: string) => textAt(event, 'userIdentity', key);
  switch (kind) {
    case 'user': {
      if (arn !== null) return identity('arn') === arn;
      const session = /:(?:assumed-role|federated-user)\/(?:.*\/)?([^/]+)$/.exec(identity('arn') ?? '')?.[1];
      return (session ?? (identity('type') === 'Root' ? 'root' : identity('userName'))) === value;
    }
    case 'role':
      return isBy(event, subject);
    case 'key':
      return identity('accessKeyId') === value;
    case 'ip':
      return textAt(event, 'sourceIPAddress')?.toLowerCase() === value;
    case 'event':
      return textAt(event, 'eventName') === value;
    case 'service':
      return textAt(event, 'eventSource') === value;
    case 'id':
      return textAt(event, 'eventID') === value;
    case 'resource':
      return isOn(event, value);
  }
}

/** Whether an event of the resource's account, or one that names its ARN, names the resource. */
function isOn(event: Json, resource: string): boolean {
  const text = JSON.stringify(event);
  const { account = '' } = parseArn(resource) ?? {};
  if (text.includes(resource)) return true;
  return (
    text.includes(`"${shortName(resource)}"`) && (account === '' || textAt(event, 'recipientAccountId') === account)
  );
}

/** What it would cost, where the configuration wants to be asked first; undefined: go on. */
export function costOf(
  { config, now }: Pick<Parts, 'config' | 'now'>,
  question: Question,
): { sentence: string; source: string } | undefined {
  const source = historySource(config.history);
  const days = Math.ceil((now().getTime() - question.span.from.getTime() - askedForMs) / dayMs);
  if (source === undefined || !isOld(question, now()) || days <= config.history.askAboveDays) return undefined;
  return {
    sentence: `This searches ${days} days with ${source.name}, which charges for what it reads: about $${source.cost(1024 ** 4).toFixed(2)} a terabyte. More than ${config.history.askAboveDays} days are not searched unasked.`,
    source: `Source: ${source.name}.`,
  };
}

/** What was asked as "90 days ago" is a little older when it is searched. */
const askedForMs = 60_000;

const isOld = ({ span }: Question, now: Date): boolean =>
  span.from.getTime() < now.getTime() - historyDays * dayMs - askedForMs;

function added(before: Search | undefined, found: Found, known: Set<string>, filters: string): Search {
  const events = unknownOf(found.events, known);
  return {
    rows: events.map(eventRow),
    lines: events.map((event) => JSON.stringify(event)),
    read: found.read + (before?.read ?? 0),
    ...covered(before?.coverage == null ? found.coverage : both(before.coverage, found.coverage)),
    filters,
    source: 'Source: CloudTrail event history; events of the last 15 minutes may still come.',
  };
}

const unknownOf = (events: readonly Json[], known: Set<string>): Json[] =>
  events.filter((event) => {
    const id = textAt(event, 'eventID');
    if (id === undefined) return true;
    if (known.has(id)) return false;
    if (known.size < mostKnown) known.add(id);
    return true;
  });

const covered = (coverage: Coverage) => ({ coverage, whole: coverage.whole, gaps: '' });

/** Two searches of the same places: what one of them did not see is missing. */
function both(one: Coverage, other: Coverage): Coverage {
  const places = new Map(
    [...one.missing, ...other.missing].map((each) => [`${each.place.account}:${each.place.region}`, each]),
  );
  const fewer = (key: 'accounts' | 'regions') => ({
    asked: Math.max(one[key].asked, other[key].asked),
    answered: Math.min(one[key].answered, other[key].answered),
  });
  const times = [one.searchedBackTo, other.searchedBackTo].filter((time) => time !== null);
  return {
    accounts: fewer('accounts'),
    regions: fewer('regions'),
    missing: [...places.values()],
    searchedBackTo: times.length === 0 ? null : new Date(Math.max(...times.map(Number))),
    whole: one.whole && other.whole,
  };
}

/** One search: the attribute that CloudTrail looks for, and the test for what it cannot look for. */
interface Pass {
  attribute: { key: LookupAttributeKey; value: string } | null;
  holds: (event: Json) => boolean;
}

const anything = () => true;

function passesOf({ subject, narrowing }: Question): Pass[] {
  const changes = narrowing.writes ? { key: 'ReadOnly' as const, value: 'false' } : null;
  if (subject === null) return [{ attribute: changes, holds: anything }];
  const { value, arn } = subject;
  const by = (key: LookupAttributeKey, holds: Pass['holds'] = anything): Pass[] => [
    { attribute: { key, value }, holds },
  ];
  switch (subject.kind) {
    case 'user':
      return by('Username', arn === null ? anything : (event) => textAt(event, 'userIdentity', 'arn') === arn);
    case 'key':
      return by('AccessKeyId');
    case 'event':
      return by('EventName');
    case 'service':
      return by('EventSource');
    case 'id':
      return by('EventId');
    case 'ip':
      return [{ attribute: changes, holds: (event) => textAt(event, 'sourceIPAddress')?.toLowerCase() === value }];
    case 'role':
      return [{ attribute: changes, holds: (event) => isBy(event, subject) }];
    case 'resource': {
      // The event history knows many resources by their names alone.
      const name = shortName(value);
      return [
        ...by('ResourceName'),
        ...(name === value
          ? []
          : [{ attribute: { key: 'ResourceName' as const, value: name }, holds: (event: Json) => isOn(event, value) }]),
      ];
    }
  }
}

/** Whether a role's session called: CloudTrail can be searched for the session's name, not for the role's. */
function isBy(event: Json, { value, arn }: Subject): boolean {
  const issuer = (key: string) => textAt(event, 'userIdentity', 'sessionContext', 'sessionIssuer', key);
  if (arn !== null) return issuer('arn') === arn;
  return (
    issuer('userName') === value || (textAt(event, 'userIdentity', 'arn') ?? '').includes(`:assumed-role/${value}/`)
  );
}

/** Users and roles call in the account of their ARN. */
function accountsOf({ accounts, subject }: Question): readonly string[] {
  const account = subject?.arn == null || subject.kind === 'resource' ? '' : parseArn(subject.arn)?.account;
  return accounts.length > 0 || account === undefined || account === '' ? accounts : [account];
}

function noSuchAccount(asked: readonly string[], known: readonly { id: string; name: string | null }[]): string {
  if (known.length === 0)
    return 'No account is known: list accounts in the configuration, or let AWS Organizations tell them.';
  const names = known.flatMap(({ id, name }) => [id, ...(name === null ? [] : [name])]);
  const close = asked.map((name) => nearest(name, names)).find((name) => name !== undefined);
  return `There is no account ${asked.slice(0, 5).join(', ')} among the ${known.length} that are read.${close === undefined ? '' : ` Did you mean ${close}?`}`;
}

const attributeWords: Record<Subject['kind'], string> = {
  ip: 'the address',
  role: 'the role',
  user: 'the user name',
  key: 'the access key',
  event: 'the event name',
  service: 'the service',
  id: 'the event id',
  resource: 'the resource',
};

/** Which filter CloudTrail applied, and which were applied here. */
function filtersOf({ subject, narrowing }: Question, words: readonly string[]): string {
  const asksFor =
    subject !== null && subject.kind !== 'ip' && subject.kind !== 'role' ? attributeWords[subject.kind] : undefined;
  const server = asksFor ?? (narrowing.writes ? 'changes' : undefined);
  const here = [
    ...(subject?.kind === 'ip' ? ['the address'] : []),
    ...(subject?.kind === 'role' ? ['the role'] : []),
    ...(subject?.kind === 'user' && subject.arn !== null ? ['the ARN'] : []),
    ...words.filter((word) => !(word === 'changes only' && server === 'changes')),
  ];
  // A name that is written a little differently finds nothing, and says nothing.
  const exact = ['user', 'resource', 'event'].includes(subject?.kind ?? '') ? ', whole and in this case' : '';
  const asked =
    server === undefined ? 'CloudTrail gave every event of the span' : `CloudTrail looked for ${server}${exact}`;
  return here.length === 0 ? `${asked}.` : `${asked}; Trailwatch looked for ${here.join(', ')} among what it gave.`;
}

/** Whether there is a source that reaches further back than CloudTrail's own history. */
export const hasHistory = ({ history }: Config): boolean => historySource(history) !== undefined;

/** On what an answer rests, in words; `time` writes a time for the reader. */
export const coverageWords = (
  { coverage, whole, gaps }: Search,
  { span }: Question,
  time: (at: Date) => string,
): string =>
  coverage === null
    ? `${whole ? 'searched' : gaps === '' ? 'searching' : 'searched in part'} what the trail wrote, back to ${time(span.from)}`
    : coverageSentence(coverage, time);
