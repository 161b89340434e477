import { isRecord, type Json, parseJson, textAt } from '../alerts/json.ts';
import { mask } from '../alerts/mask.ts';
import type { Asker, Aws, Place } from './aws.ts';
import { AwsTrouble } from './aws.ts';
import { type Chain, chainOf, type EventSearch, type FindEvent, type FindPerson } from './chain.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { everywhere, targetsOf } from './everywhere.ts';
import { pages } from './pages.ts';
import { troubleOf } from './trouble.ts';

/** Where a chain begins: a key, a role session, or one event. */
export type ChainStart =
  | { kind: 'key'; value: string }
  | { kind: 'session'; value: string }
  | { kind: 'event'; value: string }
  | { kind: 'record'; value: Json };

/** CloudTrail's event history. Source: CloudTrail user guide, "Viewing event history". */
const historyMs = 90 * 86_400_000;
/** Pages of 50 that are looked through for one event: the window is seconds wide. */
const mostPages = 10;

/** A chain, and on what it rests: where was searched for its events. */
export interface FollowedChain extends Chain {
  coverage: Coverage;
}

/** Where was searched so far, and where in vain. */
interface Searched {
  places: Place[];
  missing: Coverage['missing'][number][];
  trouble: string | null;
}

/**
 * Follows a key, a session or an event back to who stands behind it, in CloudTrail's event history.
 * @throws AwsTrouble when the beginning is not found, or AWS cannot be asked at all
 */
export async function followBack(
  aws: Aws,
  start: ChainStart,
  asker: Asker,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<FollowedChain> {
  const searched: Searched = { places: [], missing: [], trouble: null };
  const record = start.kind === 'record' ? start.value : await firstEvent(aws, start, asker, now, signal, searched);
  const chain = await chainOf(record, finder(aws, asker, signal, searched), personFinder(aws, asker, signal));
  return { ...chain, coverage: coverageOf(searched.places, searched.missing, { trouble: searched.trouble }) };
}

/** The newest event of a key, a session or an id, wherever it happened. */
async function firstEvent(
  aws: Aws,
  start: Exclude<ChainStart, { kind: 'record' }>,
  asker: Asker,
  now: Date,
  signal: AbortSignal,
  searched: Searched,
): Promise<Json> {
  const account = start.kind === 'session' ? /^arn:[^:]*:sts::(\d{12}):/.exec(start.value)?.[1] : undefined;
  const where = { accounts: account === undefined ? [] : [account], regions: [] };
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
  const span = { from: new Date(now.getTime() - historyMs), to: now };
  let newest: Json | undefined;
  const search = (place: Place) =>
    findIn(aws, place, asker, { ...span, attribute: attribute[start.kind], meant }, signal);
  for await (const said of everywhere(targets, search, { doing: 'search the event history', signal }))
    if ('trouble' in said) searched.missing.push(missed(said.place, said.trouble));
    else if (said.answer !== undefined && (newest === undefined || timeOf(said.answer) > timeOf(newest)))
      newest = said.answer;
  if (newest !== undefined) return newest;
  const [first] = searched.missing;
  const blind =
    first === undefined
      ? ''
      : ` ${searched.missing.length} of ${targets.length + missing.length} places could not be searched: ${first.reason}`;
  throw new AwsTrouble(
    'absent',
    `CloudTrail has no ${start.kind === 'event' ? 'such event' : `event of this ${start.kind}`} in the last 90 days.${blind}${listTrouble === null ? '' : ` ${listTrouble}`}`,
  );
}

const missed = ({ account, region }: Place, { kind, message }: AwsTrouble): Coverage['missing'][number] => ({
  place: { account, region },
  kind,
  reason: message,
});

const timeOf = (record: Json): string => textAt(record, 'eventTime') ?? '';

/** Looks for the events that made sessions: in the region of the call first, then where global calls are, then everywhere. */
function finder(aws: Aws, asker: Asker, signal: AbortSignal, searched: Searched): FindEvent {
  return async ({ account, nearRegion, resource, from, to, meant }: EventSearch) => {
    const attribute = { AttributeKey: 'ResourceName', AttributeValue: resource } as const;
    const regions = await aws.regions(account, asker).catch((error: unknown) => {
      const trouble = troubleOf(error, `search account ${account}`);
      searched.missing.push(missed({ account, region: nearRegion }, trouble));
      throw trouble;
    });
    const near = [...new Set([nearRegion, 'us-east-1'])].filter((region) => regions.includes(region));
    const troubles: AwsTrouble[] = [];
    // One region that gives no answer does not keep the others from being searched.
    const search = async (region: string): Promise<Json | undefined> => {
      const place = { account, region };
      searched.places.push(place);
      try {
        return await findIn(aws, place, asker, { from, to, attribute, meant }, signal);
      } catch (error) {
        const trouble = troubleOf(error, `search account ${account} in ${region}`);
        troubles.push(trouble);
        searched.missing.push(missed(place, trouble));
        return undefined;
      }
    };
    for (const region of near) {
      const found = await search(region);
      if (found !== undefined) return found;
    }
    const others = regions.filter((region) => !near.includes(region));
    const found = await Promise.all(others.map(search));
    const record = found.find((one) => one !== undefined);
    if (record === undefined && troubles[0] !== undefined) throw troubles[0];
    return record;
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
        const { UserName = id, DisplayName = UserName } = await client.send(asked, { abortSignal: signal });
        return { userName: UserName, fullName: DisplayName };
      } catch (error) {
        trouble = troubleOf(error, 'ask IAM Identity Center for the person').message;
      }
    return { trouble };
  };

interface Wanted {
  from: Date;
  to: Date;
  attribute: { AttributeKey: 'AccessKeyId' | 'Username' | 'EventId' | 'ResourceName'; AttributeValue: string };
  meant: (record: Json) => boolean;
}

/** The newest event of a place that is meant, secrets masked. */
async function findIn(
  aws: Aws,
  place: Place,
  asker: Asker,
  { from, to, attribute, meant }: Wanted,
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
