import type { Event, LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import { accessKeyOf, deliveryDelayMs, indexOf, resourcesOf, usernameOf } from '../../organization/event-history.ts';
import type { TrailRecord } from '../../organization/organization.ts';
import { digestSession, nightlyCall } from '../../organization/own-calls.ts';
import { hexOf } from '../../organization/stable.ts';
import { lakeOperations } from '../queries/lake.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { listPublicKeys } from './trail-files.ts';
import { trailOperations } from './trails.ts';

const historyMs = 90 * 86_400_000;

/** CloudTrail: event history, trails and Lake. Source: CloudTrail API reference. */
export const cloudTrail = {
  signingName: 'cloudtrail',
  sdk: () => import('@aws-sdk/client-cloudtrail'),
  operations: {
    LookupEvents: lookupEvents,
    ListPublicKeys: listPublicKeys,
    ...trailOperations,
    ...lakeOperations,
  },
} satisfies Service;

/**
 * The events of one account and region of the last 90 days, newest first, by one attribute: AWS takes the first and
 * ignores the others without a word. Events come into the history some minutes late.
 */
function lookupEvents({ input, account, region, now, organization }: Call<LookupEventsRequest>): LookupEventsResponse {
  const { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults = 50, NextToken } = input;
  if (MaxResults < 1 || MaxResults > 50)
    throw new AwsError('InvalidMaxResultsException', 'MaxResults is from 1 to 50.');
  const [{ AttributeKey, AttributeValue = '' } = {}] = LookupAttributes;
  if (EventCategory === 'insight' && !['EventId', 'EventName', 'EventSource', undefined].includes(AttributeKey))
    throw new AwsError('InvalidLookupAttributesException', `Insight events cannot be looked up by ${AttributeKey}.`);
  const oldest = now.getTime() - historyMs;
  const from = Math.max(StartTime?.getTime() ?? oldest, oldest);
  const to = EndTime?.getTime() ?? now.getTime();
  if ((StartTime?.getTime() ?? oldest) > to || to < oldest)
    throw new AwsError(
      'InvalidTimeRangeException',
      'The time range ends before it begins, or before the last 90 days.',
    );
  const mark = hexOf(account, region, JSON.stringify([LookupAttributes, StartTime, EndTime, EventCategory])).slice(
    0,
    16,
  );
  const start = NextToken === undefined ? 0 : positionIn(NextToken, mark);
  // Insight events are another kind of which this organization has none.
  if (EventCategory === 'insight') return { Events: [] };

  const ours = AttributeKey === 'Username' && AttributeValue === digestSession;
  const call = ours ? nightlyCall(organization, { account, region }, now) : null;
  if (call !== null) {
    const at = Date.parse(call.eventTime);
    return { Events: at >= from && at <= to ? [eventOf(call)] : [] };
  }

  const { records, times, positions } = indexOf(organization.events(account, region));
  const found = AttributeKey === undefined ? undefined : positions(AttributeKey, AttributeValue);
  const length = found?.length ?? records.length;
  const position = (rank: number): number => found?.[rank] ?? rank;
  const timeAt = (rank: number): number => times[position(rank)] ?? 0;

  const Events: Event[] = [];
  let rank = Math.max(start, firstNotAfter(to, length, timeAt));
  for (; rank < length && timeAt(rank) >= from && Events.length < MaxResults; rank++) {
    const record = records[position(rank)];
    if (record !== undefined && timeAt(rank) + deliveryDelayMs(record.eventID) <= now.getTime())
      Events.push(eventOf(record));
  }
  const more = rank < length && timeAt(rank) >= from;
  return { Events, NextToken: more ? Buffer.from(`${mark}:${rank}`).toString('base64') : undefined };
}

/** Where a page begins; a token is good only for the parameters that it was given out for. */
function positionIn(token: string, mark: string): number {
  const [, known, rank] = /^([0-9a-f]{16}):(\d{1,9})$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (known !== mark) throw new AwsError('InvalidNextTokenException', 'Invalid token');
  return Number(rank);
}

/** The first rank, newest first, whose time is not after `time`. */
function firstNotAfter(time: number, length: number, timeAt: (rank: number) => number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeAt(middle) > time) low = middle + 1;
    else high = middle;
  }
  return low;
}

const eventOf = (record: TrailRecord): Event => ({
  EventId: record.eventID,
  EventName: record.eventName,
  ReadOnly: String(record['readOnly']),
  AccessKeyId: accessKeyOf(record),
  EventTime: new Date(record.eventTime),
  EventSource: record.eventSource,
  Username: usernameOf(record),
  Resources: [...resourcesOf(record)],
  CloudTrailEvent: JSON.stringify(record),
});
