import type {
  DescribeTrailsRequest,
  DescribeTrailsResponse,
  Event,
  GetTrailRequest,
  GetTrailResponse,
  GetTrailStatusRequest,
  GetTrailStatusResponse,
  LookupEventsRequest,
  LookupEventsResponse,
  Trail,
} from '@aws-sdk/client-cloudtrail';
import { accountTrail, loggingStopped } from '../../organization/attack.ts';
import { accessKeyOf, deliveryDelayMs, indexOf, resourcesOf, usernameOf } from '../../organization/event-history.ts';
import type { TrailRecord } from '../../organization/organization.ts';
import { hexOf } from '../../organization/stable.ts';
import { lakeOperations } from '../queries/lake.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { logGroupArn } from './logs.ts';

const historyMs = 90 * 86_400_000;
const deliveryMs = 5 * 60_000;

/** CloudTrail: event history, trails and Lake. Source: CloudTrail API reference. */
export const cloudTrail = {
  signingName: 'cloudtrail',
  sdk: () => import('@aws-sdk/client-cloudtrail'),
  operations: {
    LookupEvents: lookupEvents,
    DescribeTrails: describeTrails,
    GetTrail: (call: Call<GetTrailRequest>): GetTrailResponse => ({ Trail: foundTrail(call) }),
    GetTrailStatus: getTrailStatus,
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

/** The trails that an account and region sees: the organization's everywhere, and one account's own. */
function trailsSeen({ account, region, organization: { trail } }: Call<unknown>, shadows: boolean): readonly Trail[] {
  const common = {
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
  };
  const central: Trail = {
    ...common,
    Name: trail.name,
    TrailARN: trail.arn,
    HomeRegion: trail.region,
    S3BucketName: trail.bucket,
    IsOrganizationTrail: true,
    LogFileValidationEnabled: true,
    KmsKeyId: `arn:aws:kms:${trail.region}:${trail.account}:key/4f0e2f0c-6d1b-4b8e-9a55-2a7c3c1d9e10`,
    CloudWatchLogsLogGroupArn: `${logGroupArn(trail)}:*`,
    CloudWatchLogsRoleArn: `arn:aws:iam::${trail.account}:role/organization-trail`,
  };
  const own: Trail = {
    ...common,
    Name: accountTrail.name,
    TrailARN: accountTrail.arn,
    HomeRegion: accountTrail.region,
    S3BucketName: accountTrail.bucket,
    IsOrganizationTrail: false,
    LogFileValidationEnabled: false,
  };
  // A trail of all regions has shadows in the regions that are not its home.
  return [central, ...(account === accountTrail.account ? [own] : [])].filter(
    ({ HomeRegion }) => shadows || HomeRegion === region,
  );
}

function describeTrails(call: Call<DescribeTrailsRequest>): DescribeTrailsResponse {
  const { trailNameList: names = [], includeShadowTrails = true } = call.input;
  const trails = trailsSeen(call, includeShadowTrails);
  return {
    trailList:
      names.length === 0
        ? [...trails]
        : trails.filter(({ Name = '', TrailARN = '' }) => names.includes(Name) || names.includes(TrailARN)),
  };
}

/** A trail by its ARN, or in its home region by its name. */
function foundTrail(call: Call<{ Name: string | undefined }>): Trail {
  const { Name } = call.input;
  const found = trailsSeen(call, true).find(
    (trail) => trail.TrailARN === Name || (trail.Name === Name && trail.HomeRegion === call.region),
  );
  if (found === undefined)
    throw new AwsError('TrailNotFoundException', `Unknown trail: ${Name} for the user: ${call.account}`);
  return found;
}

/** Trails log, and deliver every five minutes; the attack turned the account's own one off. */
function getTrailStatus(call: Call<GetTrailStatusRequest>): GetTrailStatusResponse {
  const { TrailARN } = foundTrail(call);
  const { organization, now, account } = call;
  const stopped =
    TrailARN === accountTrail.arn && now >= loggingStopped(organization.attack.from)
      ? loggingStopped(organization.attack.from)
      : undefined;
  const joined = organization.accounts.find(({ id }) => id === account)?.joined;
  const lastDelivery = new Date(Math.floor((stopped ?? now).getTime() / deliveryMs) * deliveryMs);
  return {
    IsLogging: stopped === undefined,
    StartLoggingTime: joined,
    StopLoggingTime: stopped,
    LatestDeliveryTime: lastDelivery,
    LatestDigestDeliveryTime: TrailARN === organization.trail.arn ? lastDelivery : undefined,
    LatestCloudWatchLogsDeliveryTime: TrailARN === organization.trail.arn ? lastDelivery : undefined,
  };
}
