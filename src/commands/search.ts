import type { LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import { parseArn, shortName } from '../alerts/arn.ts';
import { type Json, textAt } from '../alerts/json.ts';
import { nearest } from '../alerts/nearest.ts';
import { Record } from '../alerts/sources/cloudtrail/record.ts';
import { type EventRow, eventRow } from '../alerts/sources/cloudtrail/row.ts';
import { type Asker, AwsTrouble } from '../aws/aws.ts';
import { type Found, lookupEvents } from '../aws/cloudtrail.ts';
import type { Coverage } from '../aws/coverage.ts';
import { accountsMeant } from '../aws/everywhere.ts';
import type { Config } from '../config/config.ts';
import type { Parts } from '../parts.ts';
import type { Question, Subject } from './lookup-query.ts';
import { narrowed } from './narrowing.ts';

/** What was found since the last time, and how far the search is. */
export interface Search {
  rows: readonly EventRow[];
  /** The same events as JSON texts, secrets masked. */
  lines: readonly string[];
  /** Events that were read so far, wanted or not. */
  read: number;
  coverage: Coverage;
  /** What was looked for where, in a sentence. */
  filters: string;
  /** Where the events come from, in a sentence. */
  source: string;
}

/** Pages of a place after which it is left, without --all: 10,000 events, which take 100 seconds. */
const mostPages = 200;
/** Events that were found by one name are not told again when they are found by another. */
const mostKnown = 200_000;

/**
 * Searches for what a question asks and gives it as it comes. CloudTrail looks for one attribute; all else is looked for
 * here, and `filters` says so.
 * @throws AwsTrouble when AWS cannot be asked at all, or the question names no account that there is
 */
export async function* search(
  { aws }: Pick<Parts, 'aws'>,
  question: Question,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const where = { accounts: accountsOf(question), regions: question.regions };
  const accounts = await aws.accounts(asker);
  if (accountsMeant(accounts, where.accounts).length === 0)
    throw new AwsTrouble('absent', noSuchAccount(where.accounts, accounts.accounts));
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
  if (before?.coverage.regions.asked === 0)
    throw new AwsTrouble(
      'absent',
      `No account that was asked has the region ${question.regions.join(' or ')} enabled.`,
    );
}

function added(before: Search | undefined, found: Found, known: Set<string>, filters: string): Search {
  const events = found.events.filter((event) => {
    const id = textAt(event, 'eventID') ?? '';
    if (known.has(id)) return false;
    if (known.size < mostKnown) known.add(id);
    return true;
  });
  return {
    rows: events.map(eventRow),
    lines: events.map((event) => JSON.stringify(event)),
    read: found.read + (before?.read ?? 0),
    coverage: before === undefined ? found.coverage : both(before.coverage, found.coverage),
    filters,
    source: 'Source: CloudTrail event history; events of the last 15 minutes may still come.',
  };
}

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
      const { account = '' } = parseArn(value) ?? {};
      const ofAccount = (event: Json) =>
        account === '' || textAt(event, 'recipientAccountId') === account || JSON.stringify(event).includes(value);
      return [
        ...by('ResourceName'),
        ...(name === value ? [] : [{ attribute: { key: 'ResourceName' as const, value: name }, holds: ofAccount }]),
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

const attributeWords: Partial<{ [Kind in Subject['kind']]: string }> = {
  user: 'the user name',
  key: 'the access key',
  event: 'the event name',
  service: 'the service',
  id: 'the event id',
  resource: 'the resource',
};

/** Which filter CloudTrail applied, and which were applied here. */
function filtersOf({ subject, narrowing }: Question, words: readonly string[]): string {
  const server = (subject && attributeWords[subject.kind]) ?? (narrowing.writes ? 'changes' : undefined);
  const here = [
    ...(subject?.kind === 'ip' ? ['the address'] : []),
    ...(subject?.kind === 'role' ? ['the role'] : []),
    ...(subject?.kind === 'user' && subject.arn !== null ? ['the ARN'] : []),
    ...words.filter((word) => !(word === 'changes only' && server === 'changes')),
  ];
  const asked = server === undefined ? 'CloudTrail gave every event of the span' : `CloudTrail looked for ${server}`;
  return here.length === 0 ? `${asked}.` : `${asked}; Trailwatch looked for ${here.join(', ')} among what it gave.`;
}

/** Whether there is a source that reaches further back than CloudTrail's own history. */
export const hasHistory = ({ history }: Config): boolean => history.logGroup !== null;
