import { mask } from '../alerts/mask.ts';
import { parseArn } from '../aws-names/arn.ts';
import { isRecord, type Json, parseJson, textAt } from '../words/json.ts';
import { dayMs } from '../words/time.ts';
import type { Asker, Aws, Place } from './aws.ts';
import { AwsTrouble } from './aws.ts';
import { type Chain, chainOf, type EventSearch, type FindEvent, type FindPerson } from './chain.ts';
import { type Coverage, placeCoverage } from './coverage.ts';
import { everywhere, inTurn, targetsOf } from './everywhere.ts';
import type { Condition, HistorySearch } from './history/conditions.ts';
import type { HistorySource } from './history/source.ts';
import { pages } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** Where a chain begins: a key, a role session, or one event. */
export type ChainStart =
  | { kind: 'key'; value: string }
  | { kind: 'session'; value: string }
  | { kind: 'event'; value: string }
  | { kind: 'record'; value: Json };

/** When and where the beginning is looked for; empty accounts: all, or that of the session's ARN. */
export interface ChainScope {
  from: Date;
  to: Date;
  accounts: readonly string[];
}

/** CloudTrail's event history. Source: CloudTrail user guide, "Viewing event history". */
const historyMs = 90 * dayMs;
/** Pages of 50 that are looked through for one event: the window is seconds wide. */
const usualPages = 10;
/** Pages that are looked through for what made the sessions of one role: 2,000 sessions. */
const pagesOfRole = 40;

/** A chain, and on what it rests: where was searched for its events. */
export interface FollowedChain extends Chain {
  coverage: Coverage;
  /** The source that gave what the event history did not; null: none did. */
  trail: HistorySource['name'] | null;
}

/** Where was searched so far, and where in vain. */
interface Searched {
  places: Place[];
  missing: Coverage['missing'][number][];
  trouble: string | null;
  /** The source that gave what the event history did not. */
  trail: HistorySource['name'] | null;
}

/**
 * Follows a key, a session or an event back to who stands behind it, in CloudTrail's event history, and in what the trail
 * wrote where that says nothing.
 * @throws AwsTrouble when the beginning is not found, or AWS cannot be asked at all
 */
export async function followBack(
  aws: Aws,
  start: ChainStart,
  asker: Asker,
  {
    now,
    signal,
    scope,
    trail,
  }: { now: Date; signal: AbortSignal; scope?: ChainScope; trail?: HistorySource | undefined },
): Promise<FollowedChain> {
  const searched: Searched = { places: [], missing: [], trouble: null, trail: null };
  const record =
    start.kind === 'record'
      ? start.value
      : await firstEvent(aws, start, asker, scope ?? wholeHistory(now), signal, searched, trail);
  const find = findInBoth(aws, finder(aws, asker, signal, searched), trail, asker, signal, searched);
  const chain = await chainOf(record, find, personFinder(aws, asker, signal));
  const { places, missing, trouble } = searched;
  return { ...chain, coverage: placeCoverage(places, missing, { trouble }), trail: searched.trail };
}

/** All that CloudTrail's event history holds. */
export const wholeHistory = (now: Date): ChainScope => ({
  from: new Date(now.getTime() - historyMs),
  to: now,
  accounts: [],
});

/** Chains that are followed at once. */
const chainsAtOnce = 8;
/** Sessions of one role from which on the events that made them are asked for together. */
const fewSessions = 3;

/**
 * Follows many events of role sessions back, each to who stands behind it. What made the sessions of one role is asked for
 * together: a role of a build system is taken hundreds of times.
 * @throws AwsTrouble when AWS cannot be asked at all
 */
export async function followAll(
  aws: Aws,
  records: readonly Json[],
  asker: Asker,
  signal: AbortSignal,
  trail: HistorySource | undefined,
): Promise<{ chains: Chain[]; missing: Coverage['missing']; trail: FollowedChain['trail'] }> {
  const searched: Searched = { places: [], missing: [], trouble: null, trail: null };
  const find = findInBoth(aws, finder(aws, asker, signal, searched), trail, asker, signal, searched);
  const made = new Map<string, Promise<readonly Json[]>>();
  for (const [role, sessions] of Map.groupBy(records, (record) => roleOf(record) ?? ''))
    if (role !== '' && sessions.length > fewSessions)
      made.set(role, makersOf(aws, role, sessions, asker, signal, searched));
  const findQuickly: FindEvent = async (search) =>
    (await made.get(search.resource))?.find(search.meant) ?? find(search);
  const chains = await inTurn(records, chainsAtOnce, (record) =>
    chainOf(record, findQuickly, personFinder(aws, asker, signal)),
  );
  return { chains, missing: searched.missing, trail: searched.trail };
}

const roleOf = (record: Json): string | undefined =>
  textAt(record, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn');

/** Everything that made sessions of a role while these were begun, as far as it is found; never throws. */
async function makersOf(
  aws: Aws,
  role: string,
  sessions: readonly Json[],
  asker: Asker,
  signal: AbortSignal,
  searched: Searched,
): Promise<readonly Json[]> {
  const begun = sessions
    .map((record) => Date.parse(textAt(record, 'userIdentity', 'sessionContext', 'attributes', 'creationDate') ?? ''))
    .filter((time) => !Number.isNaN(time));
  const account = parseArn(role)?.account ?? '';
  const regions = new Set(['us-east-1', ...sessions.map((record) => textAt(record, 'awsRegion') ?? 'us-east-1')]);
  if (begun.length === 0 || account === '') return [];
  const found: Json[] = [];
  const wanted = {
    from: new Date(Math.min(...begun) - 10_000),
    to: new Date(Math.max(...begun) + 10_000),
    attribute: { AttributeKey: 'ResourceName', AttributeValue: role } as const,
    mostPages: pagesOfRole,
    meant: (record: Json) => {
      found.push(record);
      return false;
    },
  };
  // What is not found so is looked for one by one, and what cannot be searched is noted then.
  await inTurn([...regions], chainsAtOnce, async (region) => {
    const place = { account, region };
    searched.places.push(place);
    await findIn(aws, place, asker, wanted, signal).catch(() => undefined);
  });
  return found;
}

/** The newest event of a key, a session or an id, wherever it happened. */
async function firstEvent(
  aws: Aws,
  start: Exclude<ChainStart, { kind: 'record' }>,
  asker: Asker,
  { from, to, accounts }: ChainScope,
  signal: AbortSignal,
  searched: Searched,
  trail: HistorySource | undefined,
): Promise<Json> {
  const account = start.kind === 'session' ? /^arn:[^:]*:sts::(\d{12}):/.exec(start.value)?.[1] : undefined;
  const where = { accounts: account === undefined || accounts.length > 0 ? accounts : [account], regions: [] };
  const { targets, missing, trouble: listTrouble } = await targetsOf(aws, where, asker);
  searched.places.push(...targets);
  searched.missing.push(...missing);
  searched.trouble = listTrouble;
  const attribute = {
    key: { AttributeKey: 'AccessKeyId', AttributeValue: start.value },
    // CloudTrail calls a session's name the user name.
    session: { AttributeKey: 'Username', AttributeValue: start.value.split('/').at(-1) ?? '' },
    event: { AttributeKey: 'EventId', AttributeValue: start.value },
  } as const;
  const meant = (record: Json): boolean =>
    start.kind !== 'session' || textAt(record, 'userIdentity', 'arn') === start.value;
  let newest: Json | undefined;
  const search = (place: Place) =>
    findIn(aws, place, asker, { from, to, attribute: attribute[start.kind], meant }, signal);
  for await (const said of everywhere(targets, search, { doing: 'search the event history', signal }))
    if ('trouble' in said) searched.missing.push(missed(said.place, said.trouble));
    else if (said.answer !== undefined && (newest === undefined || timeOf(said.answer) > timeOf(newest)))
      newest = said.answer;
  if (newest !== undefined) return newest;
  const kept = await newestOf(
    aws,
    trail,
    { from, to, conditions: [{ fields: [startFields[start.kind]], is: 'equal', values: [start.value] }] },
    meant,
    asker,
    signal,
    searched,
  ).catch(() => undefined);
  if (kept !== undefined) return kept;
  if (signal.aborted) throw new AwsTrouble('stopped', 'It was stopped before it was through.');
  const [first] = searched.missing;
  const blind =
    first === undefined
      ? ''
      : ` ${searched.missing.length} of ${targets.length + missing.length} places could not be searched: ${first.reason}`;
  throw new AwsTrouble(
    // What was not looked at everywhere may be there.
    first === undefined && listTrouble === null ? 'absent' : 'stopped',
    `CloudTrail has no ${start.kind === 'event' ? 'such event' : `event of this ${start.kind}`} since ${from.toISOString().slice(0, 16).replace('T', ' ')} UTC.${blind}${listTrouble === null ? '' : ` ${listTrouble}`}`,
  );
}

const missed = ({ account, region }: Place, { kind, message }: AwsTrouble): Coverage['missing'][number] => ({
  place: { account, region },
  kind,
  reason: message,
});

const timeOf = (record: Json): string => textAt(record, 'eventTime') ?? '';

/** By what the trail's copy of the beginning is found. */
const startFields = { key: 'userIdentity.accessKeyId', session: 'userIdentity.arn', event: 'eventID' } as const;

/** The newest event of those that the trail wrote that is meant. @throws AwsTrouble */
async function newestOf(
  aws: Aws,
  trail: HistorySource | undefined,
  search: HistorySearch,
  meant: (record: Json) => boolean,
  asker: Asker,
  signal: AbortSignal,
  searched: Searched,
): Promise<Json | undefined> {
  if (trail === undefined || signal.aborted) return undefined;
  for await (const { events } of trail.search(aws, search, asker, signal)) {
    const found = events.find(meant);
    if (found === undefined) continue;
    searched.trail = trail.name;
    return found;
  }
  return undefined;
}

/** Looks in the event history first, and where it says nothing in what the trail wrote: accounts that refuse, older events. */
function findInBoth(
  aws: Aws,
  find: FindEvent,
  trail: HistorySource | undefined,
  asker: Asker,
  signal: AbortSignal,
  searched: Searched,
): FindEvent {
  if (trail === undefined) return find;
  return async (search) => {
    const missed = searched.missing.length;
    let trouble: unknown;
    try {
      const found = await find(search);
      if (found !== undefined) return found;
    } catch (error) {
      trouble = error;
    }
    const { by, resource, from, to, meant } = search;
    const condition: Condition =
      by === 'Username'
        ? { fields: ['userIdentity.userName', 'userIdentity.arn'], is: 'ends', values: [resource] }
        : by === 'EventSource'
          ? { fields: ['eventSource'], is: 'equal', values: [resource] }
          : { anywhere: resource };
    const kept = await newestOf(
      aws,
      trail,
      { from, to, conditions: [condition] },
      meant,
      asker,
      signal,
      searched,
    ).catch(() => undefined);
    // What refused was not needed.
    if (kept !== undefined) searched.missing.splice(missed);
    else if (trouble !== undefined) throw trouble;
    return kept;
  };
}

/** Looks for the events that made sessions: in the region of the call first, then where global calls are, then everywhere. */
function finder(aws: Aws, asker: Asker, signal: AbortSignal, searched: Searched): FindEvent {
  const findInAccount = async (asked: EventSearch): Promise<Json | undefined> => {
    const { account, nearRegion, resource, by, nearOnly, from, to, meant } = asked;
    const attribute: Wanted['attribute'] = { AttributeKey: by ?? 'ResourceName', AttributeValue: resource };
    // An account of a stranger was never meant to be searched: it counts for nothing in what the answer rests on.
    const isOurs = (await aws.accounts(asker)).accounts.some(({ id }) => id === account);
    const note = (place: Place, trouble: AwsTrouble): void => {
      if (isOurs) searched.missing.push(missed(place, trouble));
    };
    const regions = await aws.regions(account, asker).catch((error: unknown) => {
      const trouble = troubleOf(error, `search account ${account}`);
      note({ account, region: nearRegion }, trouble);
      throw trouble;
    });
    // Global services are recorded in us-east-1, whichever regions are read otherwise.
    const near = [...new Set([nearRegion, 'us-east-1'])].filter(
      (region) => regions.includes(region) || (nearOnly === true && region === 'us-east-1'),
    );
    const troubles: AwsTrouble[] = [];
    // One region that gives no answer does not keep the others from being searched.
    const search = async (region: string): Promise<Json | undefined> => {
      const place = { account, region };
      if (isOurs) searched.places.push(place);
      try {
        return await findIn(aws, place, asker, { from, to, attribute, meant }, signal);
      } catch (error) {
        const trouble = troubleOf(error, `search account ${account} in ${region}`);
        troubles.push(trouble);
        note(place, trouble);
        return undefined;
      }
    };
    for (const region of near) {
      const found = await search(region);
      if (found !== undefined) return found;
    }
    if (nearOnly === true) return undefined;
    const others = regions.filter((region) => !near.includes(region));
    const found = await Promise.all(others.map(search));
    const record = found.find((one) => one !== undefined);
    if (record === undefined && troubles[0] !== undefined) throw troubles[0];
    return record;
  };
  return async (asked) => {
    const found = await findInAccount(asked);
    if (found !== undefined || asked.orElsewhere !== true) return found;
    const others = (await aws.accounts(asker)).accounts.filter(({ id }) => id !== asked.account);
    // One that gives no answer is told by the coverage.
    const all = await inTurn(others, chainsAtOnce, ({ id }) =>
      findInAccount({ ...asked, account: id }).catch(() => undefined),
    );
    return all.find((one) => one !== undefined);
  };
}

/**
 * Asks the directory of IAM Identity Center as the account that administers it: the bot's own, if it was delegated, or the
 * management account, in whose name the directory is. Source: Identity Store API reference, DescribeUser.
 */
const personFinder =
  (aws: Aws, asker: Asker, signal: AbortSignal): FindPerson =>
  async ({ id, storeArn, region }) => {
    const [, owner, store] = /^arn:[^:]+:identitystore::(\d{12}):identitystore\/([\w-]{1,36})$/.exec(storeArn) ?? [];
    if (owner === undefined) return { trouble: 'The event does not say which directory the person is in.' };
    const { DescribeUserCommand } = await import('@aws-sdk/client-identitystore');
    let trouble = '';
    for (const account of new Set([(await aws.home()).account, owner]))
      try {
        const client = await aws.client('identityStore', { account, region }, asker);
        const asked = new DescribeUserCommand({ IdentityStoreId: store, UserId: id });
        const {
          UserName = id,
          DisplayName = UserName,
          Emails = [],
        } = await client.send(asked, { abortSignal: signal });
        const email = (Emails.find(({ Primary }) => Primary) ?? Emails[0])?.Value;
        return { userName: UserName, fullName: DisplayName, ...(email === undefined ? {} : { email }) };
      } catch (error) {
        trouble = troubleOf(error, 'ask IAM Identity Center for the person').message;
      }
    return { trouble };
  };

interface Wanted {
  from: Date;
  to: Date;
  attribute: {
    AttributeKey: 'AccessKeyId' | 'Username' | 'EventId' | 'EventSource' | 'ResourceName';
    AttributeValue: string;
  };
  /** Pages of 50 that are looked through; ten where nothing else is said. */
  mostPages?: number;
  meant: (record: Json) => boolean;
}

/** The newest event of a place that is meant, secrets masked. */
async function findIn(
  aws: Aws,
  place: Place,
  asker: Asker,
  { from, to, attribute, meant, mostPages = usualPages }: Wanted,
  signal: AbortSignal,
): Promise<Json | undefined> {
  const client = await aws.client('cloudTrail', place, asker);
  const { LookupEventsCommand } = await import('@aws-sdk/client-cloudtrail');
  const asked = { StartTime: from, EndTime: to, MaxResults: 50, LookupAttributes: [attribute] };
  let searched = 0;
  for await (const events of pages(async (NextToken) => {
    const page = await client.send(new LookupEventsCommand({ ...asked, NextToken }), { abortSignal: signal });
    return { items: page.Events ?? [], next: page.NextToken };
  })) {
    for (const { CloudTrailEvent } of events) {
      const record = mask(parseJson(CloudTrailEvent ?? ''));
      if (isRecord(record) && meant(record)) return record;
    }
    searched += 1;
    if (searched >= mostPages)
      throw new AwsTrouble(
        'stopped',
        `Account ${place.account} has more than ${searched * 50} such events in ${place.region}: the older ones were not searched.`,
      );
  }
  return undefined;
}
