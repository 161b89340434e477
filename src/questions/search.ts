import { type Accounts, type Asker, type Aws, type AwsAccount, AwsTrouble } from '../aws/aws.ts';
import { type Found, globalRegionOf, lookupEvents, type TrailQuery } from '../aws/cloudtrail.ts';
import { type Coverage, coverageSentence } from '../aws/coverage.ts';
import { accountsMeant, targetsOf } from '../aws/everywhere.ts';
import { type HistorySource, historySource } from '../aws/history/source.ts';
import { shortName } from '../aws-names/arn.ts';
import { dataEventOf, datedNames } from '../cloudtrail/calls.ts';
import { eventRow } from '../cloudtrail/row.ts';
import type { Config } from '../config/config.ts';
import type { Parts } from '../parts.ts';
import { globMatches } from '../words/glob.ts';
import { type Json, parseJson, textAt } from '../words/json.ts';
import { didYouMean } from '../words/nearest.ts';
import { clip, listed, messageOf, plural } from '../words/text.ts';
import { dayMs, hourMs } from '../words/time.ts';
import { isAbout, isOn, userNameOf } from './about.ts';
import { FirstSeen } from './first-seen.ts';
import { searchForward } from './forward.ts';
import { historyDays, nothingElse, type Question } from './lookup-query.ts';
import { narrowed } from './narrowing.ts';
import { hintsOf, isObject, NameBearers, otherSpellings, Refusals } from './notes.ts';
import { accountsOf, attributeWords, conditionsOf, type Search, searchHistory, unknownOf } from './search-history.ts';
import { type LookupSubject, namingOf } from './subject.ts';

/** Pages of a place after which it is left, without --all: 10,000 events, which take 100 seconds. */
const mostPages = 200;

/**
 * Searches for what a question asks and gives it as it comes: in CloudTrail's event history, or past its 90 days in the
 * history source of the configuration. CloudTrail looks for one attribute; all else is looked for here, and `filters` says so.
 * Within the 90 days the history source is asked first for what CloudTrail cannot look for, and at the end for the accounts
 * that the event history did not give whole.
 * @throws AwsTrouble when AWS cannot be asked at all, or the question names no account that there is
 */
export async function* search(
  parts: Pick<Parts, 'aws' | 'config' | 'now'>,
  asked: Question,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const accounts = await parts.aws.accounts(asker);
  const meant = accountsMeant(accounts, accountsOf(asked));
  if (meant.length === 0) throw new AwsTrouble('absent', noSuchAccount(accountsOf(asked), accounts));
  const question = {
    ...asked,
    notes: [
      ...asked.notes,
      ...unread(asked, accounts),
      ...(await notEnabled(parts.aws, asked, asker)),
      ...tooOld(asked, parts.now()),
    ],
  };
  const once = (each: Question) => searchOnce(parts, each, meant, asker, signal);
  const all = question.firstSeen ? searchNew(once, question, parts.now()) : once(question);
  yield* question.narrowing.errors ? withRefusals(all) : all;
}

/** The same with which policies refused the calls, whichever source told of them. */
async function* withRefusals(all: AsyncGenerator<Search, void>): AsyncGenerator<Search, void> {
  const refusals = new Refusals();
  for await (const found of all) {
    for (const line of found.lines) refusals.add(textAt(parseJson(line), 'errorMessage') ?? '');
    yield { ...found, notes: [...found.notes, ...refusals.notes()] };
  }
}

/** Days before the span in which a caller's habits are looked for. */
const habitDays = 30;

/** The events of which something is new for their caller, after what is found of the days before. */
async function* searchNew(
  once: (question: Question) => AsyncGenerator<Search, void>,
  question: Question,
  now: Date,
): AsyncGenerator<Search, void> {
  const to = question.span.from;
  const from = new Date(Math.max(to.getTime() - habitDays * dayMs, now.getTime() - historyDays * dayMs));
  const days = Math.round((to.getTime() - from.getTime()) / dayMs);
  const seen = new FirstSeen();
  let whole = false;
  for await (const found of once(habitsOf({ ...question, span: { from, to } }))) {
    for (const row of found.rows) seen.add(row);
    whole = found.whole;
    yield { ...found, rows: [], lines: [], whole: false, notes: [`The ${plural(days, 'day')} before are read first.`] };
  }
  const unread = whole ? [] : ['Not all of the days before was read: what is called new may be older.'];
  for await (const found of once(question)) {
    const fresh = found.rows.map((row) => seen.isNew(row));
    yield {
      ...found,
      rows: found.rows.filter((_, place) => fresh[place]),
      lines: found.lines.filter((_, place) => fresh[place]),
      whole: found.whole && whole,
      notes: [...found.notes, seen.sentence(days), ...unread],
    };
  }
}

/** A question for all that its subject did, whatever else it asks for; without a subject for the same kind of calls. */
const habitsOf = (question: Question): Question =>
  question.subject === null
    ? question
    : {
        ...question,
        also: question.also.filter(({ kind }) => kind === question.subject?.kind),
        narrowing: nothingElse,
      };

/** One search, in the source that is best for it. */
async function* searchOnce(
  parts: Pick<Parts, 'aws' | 'config' | 'now'>,
  question: Question,
  meant: readonly AwsAccount[],
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const source = historySource(parts.config.history);
  if (question.forward) yield* searchCredential(parts.aws, question, asker, signal);
  else if (source !== undefined && (isOld(question, parts.now()) || isDataEvent(question)))
    yield* searchHistory(
      parts.aws,
      source,
      isDataEvent(question) ? { ...question, notes: [...question.notes, dataEventsOnly] } : question,
      meant,
      asker,
      signal,
    );
  else yield* searchEventHistory(parts.aws, { question, meant, source }, asker, signal);
}

/** Which accounts of the organization a question over all of them leaves out. */
const unread = (question: Question, { closed }: Accounts): string[] =>
  closed.length === 0 || accountsOf(question).length > 0
    ? []
    : [
        `${plural(closed.length, 'account')} of the organization cannot be read: ${listed(
          closed.map(({ id, state }) => `${id} (${state})`),
          5,
        )}.`,
      ];

/** Which regions that a question names are enabled nowhere: of one alone the whole answer says so. */
async function notEnabled(aws: Aws, question: Question, asker: Asker): Promise<string[]> {
  if (question.regions.length < 2) return [];
  const { targets } = await targetsOf(aws, { accounts: accountsOf(question), regions: [] }, asker);
  const off = question.regions.filter((pattern) => !targets.some(({ region }) => globMatches(pattern, region)));
  return off.length === 0 ? [] : [`No account that was asked has ${listed(off, 5)} enabled.`];
}

/** What came of a credential is followed where CloudTrail can be asked for a key, whatever else is configured. */
const tooOld = (question: Question, now: Date): string[] =>
  question.forward && isOld(question, now)
    ? [`What came of a credential is followed in CloudTrail's event history, which keeps ${historyDays} days.`]
    : [];

const dataEventsOnly =
  'Data events are recorded where the trail’s selectors take them in: what those leave out is nowhere.';

/** Whether a question is about data events, which the event history does not hold. */
const isDataEvent = ({ subject, also }: Question): boolean =>
  [...(subject === null ? [] : [subject]), ...also].some(
    ({ kind, value }) =>
      (kind === 'event' && dataEventOf(value) !== undefined) || (kind === 'resource' && isObject(value)),
  );

async function* searchEventHistory(
  aws: Aws,
  { question, meant, source }: { question: Question; meant: readonly AwsAccount[]; source: HistorySource | undefined },
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const where = { accounts: accountsOf(question), regions: question.regions };
  const { partition } = await aws.home();
  const { holds, words } = narrowed(question);
  const known = new Set<string>();
  const bearers = new NameBearers();
  const isNamed = question.subject?.kind === 'user' && question.subject.arn === null;
  // What gave no answer once is not waited for again.
  const silent = new Set<string>();
  /** Who else called: a name that is mistyped is near one of these. */
  const callers = new Set<string>();
  let matched = 0;
  /** Events that CloudTrail gave for the subject, fitting or not. */
  let given = 0;
  let before: Search | undefined;
  const besides: string[] = [];
  // A source that would have to give everything is no better.
  const trail = source === undefined || conditionsOf(question).length === 0 ? undefined : source;
  const ofTrail = async function* (accounts: readonly AwsAccount[], where: string): AsyncGenerator<Search, void> {
    if (trail === undefined || accounts.length === 0 || signal.aborted) return;
    const asked = accounts === meant ? question : { ...question, accounts: accounts.map(({ id }) => id) };
    let events = 0;
    try {
      for await (const found of searchHistory(aws, trail, asked, accounts, asker, signal, known)) {
        events += found.rows.length;
        before = { ...(before ?? found), rows: found.rows, lines: found.lines, whole: false };
        yield before;
        besides[0] = `${where}${found.source.replace(/^Source: |\.$/g, '')}: ${plural(events, 'event')}.${found.gaps === '' ? '' : ` ${found.gaps}`}`;
      }
    } catch (error) {
      besides[0] = `${where}${trail.name}, which gave no answer: ${messageOf(error)}`;
    }
    matched += events;
  };
  const isBetter = question.subject !== null && isLookedForHere(question.subject);
  if (isBetter) yield* ofTrail(meant, 'Searched too: ');
  let passes = passesOf(question, partition);
  let filters = filtersOf(question, words);
  const sessions =
    trail === undefined && !question.all ? await sessionsOf(aws, question, partition, where, asker, signal) : [];
  if (sessions.length > 0) passes = bySessions(passes, sessions);
  let isShort = false;
  for (const { attribute, holds: about, otherwise, glance, pages, instead } of passes) {
    // What was found and does not fit is not looked for under another name.
    if (otherwise === true && (matched > 0 || given > 0 || signal.aborted)) continue;
    if (instead === true && !isShort) {
      if (before?.coverage?.missing.every(({ kind }) => kind !== 'stopped') !== false) break;
      isShort = true;
      before = { ...before, coverage: withoutStopped(before.coverage) };
      filters = filters.replace('gave every event of the span', 'looked for each session that took the role');
      besides.push(
        `What the role did was looked for by the ${plural(sessions.length, 'name')} of the sessions that took it${question.subject?.arn === null ? ', where it has no path' : ''}. Sessions that come by other ways than AssumeRole (Roles Anywhere, pods of EKS) are found with --all, which reads every event.`,
      );
    }
    const query = {
      attribute,
      ...question.span,
      where,
      mostPages: glance ?? pages ?? (question.all ? null : mostPages),
      wanted: (event: Json) => {
        const caller = glance === undefined ? undefined : userNameOf(event);
        if (caller !== undefined && callers.size < mostCallers) callers.add(caller);
        return about(event) && holds(event);
      },
      silent,
    };
    let last: Search | undefined;
    for await (const found of lookupEvents(aws, query, asker, signal)) {
      const events = unknownOf(found.events, known);
      if (isNamed) bearers.add(events);
      if (otherwise === true && question.subject?.kind === 'user' && events.length > 0 && besides.length === 0)
        besides.push(`Nobody called as ${question.subject.value}: these are calls of ${userNameOf(events[0] ?? {})}.`);
      matched += events.length;
      if (attribute !== null && attribute.key !== 'ReadOnly') given = Math.max(given, found.read);
      const next = added(before, { ...found, events }, filters, [...question.notes, ...besides, ...bearers.notes()]);
      last = glance === undefined || before === undefined ? next : { ...next, ...restOf(before) };
      yield last;
    }
    before = last;
    for (const { place, kind, everywhere } of last?.coverage?.missing ?? [])
      if (kind !== 'stopped') silent.add(everywhere === true ? place.account : `${place.account}:${place.region}`);
  }
  if (!isBetter && before !== undefined) {
    const whole = before.whole;
    const unseen = new Set(before.coverage?.missing.map(({ place }) => place.account));
    const accounts = meant.filter(({ id }) => unseen.has(id));
    yield* ofTrail(accounts, `Of ${listed([...unseen], 5)}, not searched to the end there: `);
    if (besides.length > 0) {
      before = { ...before, rows: [], lines: [], whole, notes: [...new Set([...before.notes, ...besides])] };
      yield before;
    }
  }
  if (before?.coverage?.regions.asked === 0)
    throw new AwsTrouble(
      'absent',
      [
        `No account that was asked has the region ${question.regions.join(' or ')} enabled.`,
        ...hintsOf(question, globalRegionOf(partition)),
      ].join(' '),
    );
  // Where nobody answered nothing can be said of what was not found.
  if (before !== undefined && matched === 0 && before.coverage?.accounts.answered !== 0)
    yield {
      ...before,
      rows: [],
      lines: [],
      notes: [
        ...before.notes,
        ...(given > 0
          ? [
              `CloudTrail gave ${plural(given, 'event')}, and none of them fits the rest of the question: ${words.join(', ') || 'the whole ARN'}.`,
            ]
          : hintsOf(question, globalRegionOf(partition), callers)),
      ],
    };
}

/** A session lasts twelve hours at most. Source: IAM user guide, "Methods to assume a role". */
const longestSessionMs = 12 * hourMs;
/** More names of sessions than these are not looked for one by one. */
const mostSessions = 20;

/**
 * The names of the sessions that took the roles which a question is about, by the calls that made them; none: nobody took
 * them, not all of them are known, or they are too many to be looked for by name.
 */
async function sessionsOf(
  aws: Aws,
  { subject, also, span }: Question,
  partition: string,
  where: TrailQuery['where'],
  asker: Asker,
  signal: AbortSignal,
): Promise<string[]> {
  if (subject?.kind !== 'role') return [];
  const names = new Set<string>();
  for (const { value, arn } of [subject, ...also.filter(({ kind }) => kind === 'role')]) {
    const query: TrailQuery = {
      attribute: {
        key: 'ResourceName',
        value: arn ?? ((account) => `arn:${partition}:iam::${account}:role/${value}`),
      },
      from: new Date(span.from.getTime() - longestSessionMs),
      to: span.to,
      where,
      wanted: (event) => textAt(event, 'eventName')?.startsWith('AssumeRole') === true,
      mostPages: mostSessions,
    };
    let coverage: Coverage | undefined;
    for await (const found of lookupEvents(aws, query, asker, signal)) {
      coverage = found.coverage;
      for (const event of found.events) {
        const name = sessionName(event);
        if (name !== undefined) names.add(name);
      }
      if (names.size > mostSessions) return [];
    }
    if (coverage?.missing.some(({ kind }) => kind === 'stopped') === true) return [];
  }
  return [...names];
}

/** The name of the session that a call made; undefined: it made none. */
const sessionName = (event: Json): string | undefined =>
  textAt(event, 'errorCode') === undefined
    ? (/:assumed-role\/[^/]+\/(.+)$/.exec(textAt(event, 'responseElements', 'assumedRoleUser', 'arn') ?? '')?.[1] ??
      textAt(event, 'requestParameters', 'roleSessionName'))
    : undefined;

/**
 * Every event where that takes a place no more pages than there are sessions, else what CloudTrail has of each of them: the
 * busiest place decides how long a search takes.
 */
const bySessions = (passes: readonly Pass[], sessions: readonly string[]): Pass[] => [
  ...passes.map((pass) => ({ ...pass, pages: sessions.length })),
  ...sessions.map((value) => ({
    attribute: { key: 'Username', value } as const,
    holds: passes[0]?.holds ?? anything,
    instead: true as const,
  })),
];

/** A coverage without the places that were left early, which are searched in another way. */
const withoutStopped = (coverage: Coverage): Coverage => {
  const missing = coverage.missing.filter(({ kind }) => kind !== 'stopped');
  return { ...coverage, missing, searchedBackTo: null, whole: missing.length === 0 };
};

/** Names that are kept to find the nearest among. */
const mostCallers = 20_000;

/** What CloudTrail cannot be asked for: each of its events is looked at here. */
const isLookedForHere = ({ kind, value, arn }: LookupSubject): boolean =>
  kind === 'ip' ||
  kind === 'role' ||
  (kind === 'user' && arn === null && !['name', 'session'].includes(namingOf(value)));

/** On what an answer rests. */
const restOf = ({ coverage, whole, gaps }: Search): Pick<Search, 'coverage' | 'whole' | 'gaps'> => ({
  coverage,
  whole,
  gaps,
});

/** All that came of a credential, as it comes: the tree grows with it. */
async function* searchCredential(
  aws: Aws,
  question: Question,
  asker: Asker,
  signal: AbortSignal,
): AsyncGenerator<Search, void> {
  const { holds, words } = narrowed(question);
  const known = new Set<string>();
  const filters = `CloudTrail looked for each key, session and user that the calls before it made${words.length === 0 ? '' : `; Trailwatch looked for ${words.join(', ')} among what they did`}.`;
  for await (const { found, tree, notes } of searchForward(aws, question, asker, signal))
    yield {
      ...added(undefined, { ...found, events: unknownOf(found.events, known).filter(holds) }, filters, [
        ...question.notes,
        ...notes,
      ]),
      tree,
    };
}

/** What it would cost, where the configuration wants to be asked first; undefined: go on. */
export function costOf(
  { config, now }: Pick<Parts, 'config' | 'now'>,
  question: Question,
): { sentence: string; source: string } | undefined {
  const source = historySource(config.history);
  const days = Math.ceil((now().getTime() - question.span.from.getTime() - askedForMs) / dayMs);
  if (source === undefined || question.forward || !isOld(question, now()) || days <= config.history.askAboveDays)
    return undefined;
  return {
    sentence: `This searches ${days} days with ${source.name}, which charges for what it reads: about $${source.cost(1024 ** 4).toFixed(2)} a terabyte. More than ${config.history.askAboveDays} days are not searched unasked.`,
    source: `Source: ${source.name}.`,
  };
}

/** What was asked as "90 days ago" is a little older when it is searched. */
const askedForMs = 60_000;

const isOld = ({ span }: Question, now: Date): boolean =>
  span.from.getTime() < now.getTime() - historyDays * dayMs - askedForMs;

function added(before: Search | undefined, found: Found, filters: string, notes: readonly string[]): Search {
  return {
    rows: found.events.map(eventRow),
    lines: found.events.map((event) => JSON.stringify(event)),
    read: found.read + (before?.read ?? 0),
    ...covered(before?.coverage == null ? found.coverage : both(before.coverage, found.coverage)),
    filters,
    source: 'Source: CloudTrail event history; events of the last 15 minutes may still come.',
    notes,
    tree: [],
  };
}

const covered = (coverage: Coverage) => ({ coverage, whole: coverage.whole, gaps: '' });

/** Two searches of the same places: what one of them did not see is missing. */
function both(one: Coverage, other: Coverage): Coverage {
  const places = new Map(
    [...one.missing, ...other.missing].map((each) => [`${each.place.account}:${each.place.region}`, each]),
  );
  // The second leaves out what gave no answer to the first.
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
  attribute: TrailQuery['attribute'];
  holds: (event: Json) => boolean;
  /** Made only where the ones before found nothing. */
  otherwise?: true;
  /** Looks through so many pages of each place and no more: the answer rests on the others alone. */
  glance?: number;
  /** Looks through so many pages of each place, in place of the usual number. */
  pages?: number;
  /** Made only where the ones before left a place early, and in their place. */
  instead?: true;
}

const anything = () => true;

/** What CloudTrail is asked for, one after the other: each value of the subject's kind, in each way it may be recorded. */
function passesOf(question: Question, partition: string): Pass[] {
  const { subject, also, narrowing } = question;
  const every = everyEvent(question);
  if (subject === null) return every;
  const subjects = [subject, ...also.filter(({ kind }) => kind === subject.kind)];
  const abouts = subjects.map(isAbout);
  const about = (event: Json) => abouts.some((holds) => holds(event));
  const here = every.map((pass) => ({ ...pass, holds: about }));
  if (subjects.some(isLookedForHere)) return here;
  const passes = subjects.flatMap((one) => passesOn(one, partition, narrowing));
  return [
    ...passes.filter(({ otherwise }) => otherwise !== true),
    ...passes.filter(({ otherwise }) => otherwise === true),
  ];
}

/** Every event of the span; of what is bad the changes first, which are fewer: they are read to the end. */
function everyEvent({ narrowing: { writes, reads, severity, only } }: Question): Pass[] {
  const readOnly = (value: 'true' | 'false'): Pass => ({ attribute: { key: 'ReadOnly', value }, holds: anything });
  if (writes) return [readOnly('false')];
  if (reads) return [readOnly('true')];
  const everything: Pass = { attribute: null, holds: anything };
  return severity === null && only.length === 0 ? [everything] : [readOnly('false'), everything];
}

function passesOn(subject: LookupSubject, partition: string, { only }: Question['narrowing']): Pass[] {
  const { value, arn } = subject;
  const by = (
    key: NonNullable<TrailQuery['attribute']>['key'],
    sought: NonNullable<TrailQuery['attribute']>['value'],
    holds: Pass['holds'] = anything,
  ): Pass => ({ attribute: { key, value: sought }, holds });
  switch (subject.kind) {
    case 'user':
      if (arn !== null) return [by('Username', value, isAbout(subject))];
      // CloudTrail calls a session's name the user name.
      if (value.includes('/')) return [by('Username', value.split('/')[1] ?? '', isAbout(subject))];
      return [
        by('Username', value),
        ...otherSpellings(value).map((spelling) => ({ ...by('Username', spelling), otherwise: true as const })),
        // Any other spelling CloudTrail cannot be asked for.
        {
          attribute: null,
          holds: (event) => userNameOf(event)?.toLowerCase() === value.toLowerCase(),
          otherwise: true,
          glance: 10,
        },
      ];
    case 'key':
      return [by('AccessKeyId', value)];
    case 'event':
      return [value, ...datedNames(value)].map((name) => by('EventName', name));
    case 'service':
      return [by('EventSource', value)];
    case 'id':
      return [by('EventId', value)];
    case 'ip':
    case 'role':
      return [];
    case 'resource': {
      // The event history knows many resources by their names alone, and a role that is taken by its ARN alone.
      const name = shortName(value);
      const isRoleName = arn === null && /^[\w+=,.@-]{1,64}$/.test(value);
      return [
        by('ResourceName', value),
        ...(name === value ? [] : [by('ResourceName', name, (event) => isOn(event, value))]),
        ...(isRoleName ? [by('ResourceName', (account) => `arn:${partition}:iam::${account}:role/${value}`)] : []),
        // Of a role that somebody was refused to take, no resource is recorded.
        ...(only.includes('pivots')
          ? [by('EventName', 'AssumeRole', (event) => textAt(event, 'errorCode') !== undefined && isOn(event, value))]
          : []),
        // Whether secrets are among the resources of an event is said nowhere; callers name one by its name or by its ARN.
        ...(only.includes('secrets')
          ? [by('EventSource', 'secretsmanager.amazonaws.com', (event) => isOn(event, value))]
          : []),
      ];
    }
  }
}

/** The sentence about accounts of which none is read, with the nearest that is. */
export function noSuchAccount(asked: readonly string[], { accounts, trouble }: Accounts): string {
  if (accounts.length === 0)
    return 'No account is known: list accounts in the configuration, or let AWS Organizations tell them.';
  const names = accounts.flatMap(({ id, name }) => [id, ...(name === null ? [] : [name])]);
  const hint = asked.map((name) => didYouMean(name, names)).find((each) => each !== '') ?? '.';
  const sentence = `There is no account ${clip(asked.join(', '), 200)} among the ${accounts.length} that are read${hint}`;
  return trouble === null ? sentence : `${sentence} ${trouble}`;
}

/** Which filter CloudTrail applied, and which were applied here. */
function filtersOf({ subject, narrowing }: Question, words: readonly string[]): string {
  const isHere = subject !== null && isLookedForHere(subject);
  const asksFor = subject !== null && !isHere ? attributeWords[subject.kind] : undefined;
  const server = asksFor ?? (narrowing.writes ? 'changes' : narrowing.reads ? 'reads' : undefined);
  const here = [
    ...(subject !== null && isHere ? [subject.kind === 'user' ? 'the caller' : attributeWords[subject.kind]] : []),
    ...(subject?.kind === 'user' && subject.arn !== null ? ['the ARN'] : []),
    ...words.filter((word) => word !== `${server} only`),
  ];
  // A name that is written a little differently finds nothing, and says nothing.
  const exact = ['user', 'resource', 'event'].includes(subject?.kind ?? '') ? ' (an exact match, case-sensitive)' : '';
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
