import type { Asker, Aws, AwsAccount } from '../aws/aws.ts';
import { Copies } from '../aws/cloudtrail.ts';
import type { Coverage } from '../aws/coverage.ts';
import type { Condition, RecordField } from '../aws/history/conditions.ts';
import type { HistorySource } from '../aws/history/source.ts';
import { parseArn, shortName } from '../aws-names/arn.ts';
import { datedNames } from '../cloudtrail/calls.ts';
import { type EventRow, eventRow } from '../cloudtrail/row.ts';
import { globMatches } from '../words/glob.ts';
import { type Json, textAt } from '../words/json.ts';
import { costWords, sizeWords } from '../words/sizes.ts';
import { isAbout } from './about.ts';
import type { TreeNode } from './forward.ts';
import type { Question } from './lookup-query.ts';
import { narrowed } from './narrowing.ts';
import { type LookupSubject, namingOf } from './subject.ts';

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
  /** What is to be known of the answer, one sentence each: why nothing may have been found, whose name proves nothing. */
  notes: readonly string[];
  /** What came of a credential, from the first down; empty where that was not asked. */
  tree: readonly TreeNode[];
}

/** Events that were found by one name are not told again when they are found by another. */
const mostKnown = 200_000;

/** Events that were not found yet, in whichever of two accounts they were recorded. */
export const unknownOf = (events: readonly Json[], known: Set<string>): Json[] =>
  events.filter((event) => {
    const ids = ['eventID', 'sharedEventID'].flatMap((key) => textAt(event, key) ?? []);
    if (ids.some((id) => known.has(id))) return false;
    if (known.size < mostKnown) for (const id of ids) known.add(id);
    return true;
  });

/** Users and roles call in the account of their ARN. */
export function accountsOf({ accounts, subject }: Question): readonly string[] {
  const account = subject?.arn == null || subject.kind === 'resource' ? '' : parseArn(subject.arn)?.account;
  return accounts.length > 0 || account === undefined || account === '' ? accounts : [account];
}

export const attributeWords: Record<LookupSubject['kind'], string> = {
  ip: 'the address',
  role: 'the role',
  user: 'the user name',
  key: 'the access key',
  event: 'the event name',
  service: 'the service',
  id: 'the event id',
  resource: 'the resource',
};

/**
 * One search over all accounts, whose every match is looked at once more here. `known`: events that were found elsewhere,
 * and then those that are found here.
 */
export async function* searchHistory(
  aws: Aws,
  source: HistorySource,
  question: Question,
  meant: readonly AwsAccount[],
  asker: Asker,
  signal: AbortSignal,
  known = new Set<string>(),
): AsyncGenerator<Search, void> {
  const { subject, accounts, regions, span } = question;
  const { holds, words } = narrowed(question);
  const ids = new Set(meant.map(({ id }) => id));
  const alike = alikeIn(question);
  const abouts = subject === null ? [() => true] : [subject, ...alike].map(isAbout);
  const wanted = (event: Json): boolean =>
    abouts.some((about) => about(event)) &&
    (accountsOf(question).length === 0 || ids.has(textAt(event, 'recipientAccountId') ?? '')) &&
    (regions.length === 0 || regions.some((region) => globMatches(region, textAt(event, 'awsRegion') ?? ''))) &&
    holds(event);
  const conditions: Condition[] = [
    ...conditionsOf(question),
    ...(accounts.length === 0 || ids.size > mostValues
      ? []
      : [{ fields: ['recipientAccountId' as const], is: 'equal' as const, values: [...ids] }]),
    ...(regions.length === 0 || regions.some((region) => /[*?]/.test(region))
      ? []
      : [{ fields: ['awsRegion' as const], is: 'equal' as const, values: regions }]),
  ];
  let [read, bytes] = [0, 0];
  const gaps: string[] = [];
  // A trail may write an event twice, and two accounts one call.
  const copies = new Copies();
  const found = (events: readonly Json[], whole: boolean): Search => ({
    rows: events.map(eventRow),
    lines: events.map((event) => JSON.stringify(event)),
    read,
    coverage: null,
    whole,
    gaps: `${gaps[0] ?? ''}${gaps.length > 1 ? ` The same with ${gaps.length - 1} more.` : ''}`,
    filters: `${source.name} looked for ${subject === null ? 'every event of the span' : attributeWords[subject.kind]}${words.length === 0 ? '' : `; Trailwatch looked for ${words.join(', ')} among what it gave`}.`,
    source: `Source: ${source.name}, which holds what the trail wrote there; ${sizeWords(bytes)} read, ${costWords(source.cost(bytes))}.`,
    notes: question.notes,
    tree: [],
  });
  for await (const page of source.search(aws, { ...span, conditions }, asker, signal)) {
    read += page.events.length;
    bytes = page.bytes;
    if (page.gap !== null) gaps.push(page.gap);
    yield found(unknownOf(copies.once(page.events.filter(wanted)), known), false);
  }
  yield found(unknownOf(copies.rest(), known), gaps.length === 0);
}

const alikeIn = ({ subject, also }: Pick<Question, 'subject' | 'also'>): LookupSubject[] =>
  also.filter(({ kind }) => kind === subject?.kind);

/** What a history source is asked to look for; none: it gives everything, and each event is looked at here. */
export const conditionsOf = (question: Pick<Question, 'subject' | 'also'>): Condition[] =>
  question.subject === null || alikeIn(question).length > 0 ? [] : conditionOf(question.subject);

/** More accounts than this are told apart here. */
const mostValues = 50;

/** It may find more than is meant. */
function conditionOf({ kind, value, arn }: LookupSubject): Condition[] {
  const equal = (...fields: RecordField[]): Condition[] => [{ fields, is: 'equal', values: [arn ?? value] }];
  switch (kind) {
    case 'user':
      if (arn !== null) return equal('userIdentity.arn');
      return ['name', 'session', 'principal'].includes(namingOf(value))
        ? [
            {
              fields: ['userIdentity.userName', 'userIdentity.arn', 'userIdentity.principalId'],
              is: 'ends',
              values: [value],
            },
          ]
        : [{ anywhere: value }];
    case 'role':
      return [{ fields: ['userIdentity.sessionContext.sessionIssuer.userName'], is: 'equal', values: [value] }];
    case 'key':
      return equal('userIdentity.accessKeyId');
    case 'ip':
      // Networks, and addresses that may be spelled otherwise, are looked for here.
      return /[:/]/.test(value) ? [] : equal('sourceIPAddress');
    case 'event':
      return [{ fields: ['eventName'], is: 'equal', values: [value, ...datedNames(value)] }];
    case 'service':
      return equal('eventSource');
    case 'id':
      return equal('eventID');
    case 'resource':
      return [{ anywhere: shortName(value) }];
  }
}
