import type {
  AssociateKmsKeyRequest,
  CreateLogGroupRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  FilteredLogEvent,
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
  GetQueryResultsRequest,
  GetQueryResultsResponse,
  LogGroup,
  LogStream,
  PutRetentionPolicyRequest,
  ResultField,
  StartQueryRequest,
  StartQueryResponse,
  StopQueryRequest,
  StopQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { deliveryDelayMs } from '../../organization/event-history.ts';
import type { TrailRecord } from '../../organization/organization.ts';
import { ingestedAt, nightlyCall } from '../../organization/own-calls.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { type SessionLogGroup, sessionManagerIn } from '../../organization/session-manager.ts';
import { dayMs, hexOf, minuteMs } from '../../organization/stable.ts';
import { activeRegions } from '../../organization/trail.ts';
import { pageOf } from '../page.ts';
import { insightsField } from '../queries/columns.ts';
import type { Column, Row } from '../queries/condition.ts';
import { type InsightsQuery, parseInsights } from '../queries/insights.ts';
import { type Running, runningQueries, type Stage, stageOf } from '../queries/running.ts';
import { type Found, searchTrail, summedUp } from '../queries/search.ts';
import { QuerySyntaxError } from '../queries/tokens.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { deliveryOperations } from './deliveries.ts';
import { lineGroups, partsOfGroup, searchParts } from './lines.ts';
import { metricFilterOperations, readPattern } from './metric-filters.ts';
import { deliveredUntil, logGroupArn } from './trails.ts';

const mostRows = 10_000;
const mostAtOnce = 100;

const queries = runningQueries<Found & { fields: readonly Column[] }>('logs');

/**
 * CloudWatch Logs: the log group of the organization's trail with Logs Insights over it, and those of Session Manager.
 * Sources: CloudWatch Logs API reference, and its user guide, "CloudWatch Logs quotas".
 */
export const logs = {
  signingName: 'logs',
  sdk: () => import('@aws-sdk/client-cloudwatch-logs'),
  operations: {
    ...deliveryOperations,

    DescribeLogGroups: (call: Call<DescribeLogGroupsRequest>): DescribeLogGroupsResponse => {
      const { nextToken: token, limit: size = 50, ...request } = call.input;
      const groups = groupsIn(call).filter(({ logGroupName }) =>
        logGroupName.startsWith(request.logGroupNamePrefix ?? ''),
      );
      const { items, next } = pageOf(groups, {
        token,
        size,
        request,
        refusal: invalid('The specified nextToken is invalid.'),
      });
      return { logGroups: items, nextToken: next };
    },

    /** One stream for each account and region; of those that nothing was ever written to there is none. */
    DescribeLogStreams: (call: Call<DescribeLogStreamsRequest>): DescribeLogStreamsResponse => {
      const { nextToken: token, limit: size = 50, ...request } = call.input;
      const { logGroupName, logGroupIdentifier, logStreamNamePrefix = '' } = request;
      const named = groupsIn(call).find((group) =>
        [group.logGroupName, group.logGroupArn].includes(logGroupName ?? logGroupIdentifier ?? ''),
      );
      if (named === undefined) throw absent('The specified log group does not exist.');
      const sessions = sessionGroup(call, named.logGroupName);
      const streams = (
        sessions !== undefined
          ? sessionStreams(sessions)
          : partsOfGroup(call.organization, named.logGroupArn ?? '') === undefined
            ? streamsOf(call)
            : lineStreams(call, named)
      ).filter(({ logStreamName }) => logStreamName?.startsWith(logStreamNamePrefix));
      const { items, next } = pageOf(streams, {
        token,
        size,
        request,
        refusal: invalid('The specified nextToken is invalid.'),
      });
      return { logStreams: items, nextToken: next };
    },

    PutRetentionPolicy: (call: Call<PutRetentionPolicyRequest>): object => {
      keepFor(call, call.input.retentionInDays ?? null);
      return {};
    },

    DeleteRetentionPolicy: (call: Call<DeleteRetentionPolicyRequest>): object => {
      keepFor(call, null);
      return {};
    },

    AssociateKmsKey: (call: Call<AssociateKmsKeyRequest>): object => {
      const { logGroupName = '', kmsKeyId = null } = call.input;
      const group = sessionGroup(call, logGroupName);
      if (group === undefined) throw absent('The specified log group does not exist.');
      group.kmsKeyId = kmsKeyId;
      return {};
    },

    CreateLogGroup: (call: Call<CreateLogGroupRequest>): object => {
      const { account, region, now: created, organization } = call;
      const { logGroupName: name = '', kmsKeyId = null } = call.input;
      if (groupsIn(call).some(({ logGroupName }) => logGroupName === name))
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      const { all } = sessionManagerIn(organization, call);
      all.groups.push({ account, region, name, retentionInDays: null, kmsKeyId, created, streams: new Map() });
      return {};
    },

    /** The events of one stream; at its end the token is the one that was given. */
    GetLogEvents: (call: Call<GetLogEventsRequest>): GetLogEventsResponse => {
      const { logGroupName, logGroupIdentifier, logStreamName = '', nextToken: token, ...request } = call.input;
      const { startFromHead = false, limit = 10_000 } = request;
      const group = sessionGroup(call, logGroupName ?? logGroupIdentifier?.split(':log-group:')[1] ?? '');
      if (group === undefined) throw absent('The specified log group does not exist.');
      const events = group.streams.get(logStreamName);
      if (events === undefined) throw absent('The specified log stream does not exist.');
      const start = token === undefined ? (startFromHead ? 0 : Math.max(0, events.length - limit)) : placeOf(token);
      const shown = events.slice(start, start + limit);
      return {
        events: shown.map(({ timestamp, message }) => ({ timestamp, message, ingestionTime: timestamp })),
        nextForwardToken: `f/${start + shown.length}`,
        nextBackwardToken: `b/${start}`,
      };
    },

    /** Events of the trail's streams, which an exact pattern and a short time make few. */
    FilterLogEvents: (call: Call<FilterLogEventsRequest>): FilterLogEventsResponse => {
      const { nextToken: token, limit: size = 10_000, ...request } = call.input;
      const { logGroupName, logStreamNamePrefix = '', filterPattern = '', startTime = 0, endTime = Infinity } = request;
      const [group] = trailGroup(call);
      if (group === undefined || logGroupName !== group.logGroupName)
        throw absent('The specified log group does not exist.');
      const matches = readPattern(filterPattern);
      const found = streamsOf(call)
        .filter(({ logStreamName }) => logStreamName?.startsWith(logStreamNamePrefix))
        .flatMap((stream) => eventsOf(call, stream))
        .filter(
          ({ timestamp = 0, message = '' }) => timestamp >= startTime && timestamp <= endTime && matches(message),
        );
      const { items, next } = pageOf(found, {
        token,
        size,
        request,
        refusal: invalid('The specified nextToken is invalid.'),
      });
      return { events: items, nextToken: next };
    },

    StartQuery: (call: Call<StartQueryRequest>): StartQueryResponse => {
      const { queryString = '', startTime = 0, endTime = 0, limit: most, queryLanguage = 'CWLI' } = call.input;
      const names = groupNames(call.input);
      if (names.length === 0) throw invalid('One of the log groups must be named.');
      const known = new Set(
        groupsIn(call).flatMap(({ logGroupName, arn, logGroupArn }) => [logGroupName, arn, logGroupArn]),
      );
      for (const name of names)
        if (!known.has(name)) throw absent(`Log group '${name}' does not exist for account ID '${call.account}'`);
      if (startTime > endTime) throw invalid('The start time must not be after the end time.');
      if (queryLanguage !== 'CWLI') throw invalid('The sandbox knows Logs Insights QL alone.');
      const query = parsed(queryString);
      if (queries.open(call) >= mostAtOnce)
        throw new AwsError('LimitExceededException', 'Account maximum query concurrency limit of [100] reached.');
      const parts = names.flatMap((name) => partsOfGroup(call.organization, groupArn(call, name)) ?? []);
      const span = { from: startTime * 1000, to: endTime * 1000, now: call.now.getTime() };
      const isTotal = query.totals.length > 0;
      // A limit is of the rows that a query gives, not of those that it counts.
      const limit = isTotal ? Number.POSITIVE_INFINITY : Math.min(query.limit ?? most ?? mostRows, mostRows);
      const found =
        parts.length > 0
          ? searchParts(parts, { where: query.where, limit, span })
          : searchTrail(call.organization, {
              where: query.where,
              newestFirst: query.newestFirst,
              limit,
              now: call.now,
              from: startTime * 1000,
              to: endTime * 1000,
              partitions: new Set(),
              byDelivery: true,
            });
      const total = isTotal ? summedUp(query.totals, found) : undefined;
      const running = queries.start(call, {
        statement: queryString,
        bytes: found.bytesScanned,
        result:
          total === undefined
            ? { ...found, fields: query.fields }
            : { ...total.found, fields: total.columns.map(({ column }) => column) },
      });
      return { queryId: running.id };
    },

    GetQueryResults: (call: Call<GetQueryResultsRequest>): GetQueryResultsResponse => {
      const { queryId, nextToken: token, maxItems: size = mostRows } = call.input;
      const query = foundQuery(call, queryId);
      const stage = stageOf(query, call.now);
      const { rows, fields, matched, scanned, bytesScanned } = query.result;
      const share = { waiting: 0, running: 0.5, cancelled: 0.5, done: 1 }[stage];
      const statistics = {
        recordsMatched: Math.floor(matched * share),
        recordsScanned: Math.floor(scanned * share),
        bytesScanned: Math.floor(bytesScanned * share),
        estimatedRecordsSkipped: 0,
        estimatedBytesSkipped: 0,
        logGroupsScanned: 1,
      };
      // While it runs, a query answers with a part of its rows, and nothing but the status tells.
      const soFar = rows.slice(0, Math.floor(rows.length * share));
      const { items, next } = pageOf(soFar, {
        token,
        size,
        request: { queryId },
        refusal: invalid('The specified nextToken is invalid.'),
      });
      return {
        queryLanguage: 'CWLI',
        status: statuses[stage],
        statistics,
        results: items.map((row) => resultOf(row, fields)),
        nextToken: next,
      };
    },

    StopQuery: (call: Call<StopQueryRequest>): StopQueryResponse => {
      const query = foundQuery(call, call.input.queryId);
      const stage = stageOf(query, call.now);
      if (stage === 'done' || stage === 'cancelled')
        throw invalid(`Query with ID '${query.id}' is not running and cannot be stopped.`);
      query.cancelled = call.now;
      return { success: true };
    },

    ...metricFilterOperations,
  },
} satisfies Service;

const statuses = {
  waiting: 'Scheduled',
  running: 'Running',
  done: 'Complete',
  cancelled: 'Cancelled',
} as const satisfies Record<Stage, string>;

/** Days for which a log group keeps what it has; null: for ever. */
const retentions = perOrganization(({ trail }) => new Map<string, number | null>([[trail.logGroup, 365]]));

function keepFor(call: Call<{ logGroupName: string | undefined }>, days: number | null): void {
  const { logGroupName = '' } = call.input;
  if (!groupsIn(call).some((group) => group.logGroupName === logGroupName))
    throw absent('The specified log group does not exist.');
  const sessions = sessionGroup(call, logGroupName);
  if (sessions === undefined) retentions(call.organization).set(logGroupName, days);
  else sessions.retentionInDays = days;
}

const sessionGroup = (call: Call<unknown>, name: string): SessionLogGroup | undefined =>
  sessionManagerIn(call.organization, call).groups.find((group) => group.name === name);

const sessionStreams = ({ streams, account, region, name }: SessionLogGroup): LogStream[] =>
  [...streams].map(([logStreamName, events]) => ({
    logStreamName,
    creationTime: events[0]?.timestamp,
    firstEventTimestamp: events[0]?.timestamp,
    lastEventTimestamp: events.at(-1)?.timestamp,
    lastIngestionTime: events.at(-1)?.timestamp,
    arn: `arn:aws:logs:${region}:${account}:log-group:${name}:log-stream:${logStreamName}`,
  }));

/** One stream is enough of a log group that others deliver to. */
const lineStreams = ({ now }: Call<unknown>, { logGroupArn, creationTime }: NamedGroup): LogStream[] => {
  const last = now.getTime() - 5 * minuteMs;
  const logStreamName = 'delivered';
  return [
    {
      logStreamName,
      creationTime,
      firstEventTimestamp: creationTime,
      lastEventTimestamp: last,
      lastIngestionTime: last,
      arn: `${logGroupArn}:log-stream:${logStreamName}`,
    },
  ];
};

function placeOf(token: string): number {
  const [, place] = /^[fb]\/(\d{1,9})$/.exec(token) ?? [];
  if (place === undefined) throw invalid('The specified nextToken is invalid.');
  return Number(place);
}

/** The streams of the organization's trail: `o-…_<account>_CloudTrail_<region>`. */
function streamsOf({ organization, now }: Call<unknown>): LogStream[] {
  return organization.accounts.flatMap(({ id, state, regions, joined }) =>
    state === 'ACTIVE' && joined <= now
      ? regions.flatMap((region): LogStream[] => {
          const until = deliveredUntil(organization, { account: id, region, what: 'logs' }, now);
          const logStreamName = `${organization.id}_${id}_CloudTrail_${region}`;
          return until === null || !activeRegions.has(region)
            ? []
            : [
                {
                  logStreamName,
                  creationTime: joined.getTime(),
                  firstEventTimestamp: joined.getTime(),
                  lastEventTimestamp: until.getTime(),
                  lastIngestionTime: until.getTime(),
                  arn: `${logGroupArn(organization.trail)}:log-stream:${logStreamName}`,
                },
              ];
        })
      : [],
  );
}

/** What is in a stream of the organization's trail: what was recorded, and the bot's own calls. */
function eventsOf(call: Call<unknown>, { logStreamName = '', lastEventTimestamp = 0 }: LogStream): FilteredLogEvent[] {
  const { organization, now } = call;
  const [, account = '', , region = ''] = logStreamName.split('_');
  const written = (record: TrailRecord, ingested: number | null): FilteredLogEvent[] => {
    const timestamp = Date.parse(record.eventTime);
    return ingested === null || ingested > now.getTime() || timestamp > lastEventTimestamp
      ? []
      : [
          {
            logStreamName,
            timestamp,
            ingestionTime: ingested,
            message: JSON.stringify(record),
            eventId: hexOf(record.eventID),
          },
        ];
  };
  const own = nightlyCall(organization, { account, region }, now);
  return [
    ...organization
      .events(account, region)
      .flatMap((record) => written(record, Date.parse(record.eventTime) + deliveryDelayMs(record.eventID))),
    ...(own === null ? [] : written(own, ingestedAt(organization, account, own))),
  ];
}

type NamedGroup = LogGroup & { logGroupName: string };

/** The log groups of an account and region, by name. */
function groupsIn(call: Call<unknown>): NamedGroup[] {
  const sessions = sessionManagerIn(call.organization, call).groups.map(
    ({ account, region, name, retentionInDays, kmsKeyId, created }): NamedGroup => ({
      logGroupName: name,
      arn: `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
      logGroupArn: `arn:aws:logs:${region}:${account}:log-group:${name}`,
      creationTime: created.getTime(),
      ...(retentionInDays !== null && { retentionInDays }),
      ...(kmsKeyId !== null && { kmsKeyId }),
      logGroupClass: 'STANDARD',
    }),
  );
  const names = new Set(sessions.map(({ logGroupName }) => logGroupName));
  const prefix = `arn:aws:logs:${call.region}:${call.account}:log-group:`;
  const delivered = lineGroups(call.organization)
    .filter((arn) => arn.startsWith(prefix) && !names.has(arn.slice(prefix.length)))
    .map(
      (arn): NamedGroup => ({
        logGroupName: arn.slice(prefix.length),
        arn: `${arn}:*`,
        logGroupArn: arn,
        creationTime: call.organization.attack.from.getTime() - 90 * dayMs,
        retentionInDays: 400,
        logGroupClass: 'STANDARD',
      }),
    );
  return [...sessions, ...delivered, ...trailGroup(call)].toSorted((a, b) =>
    a.logGroupName < b.logGroupName ? -1 : 1,
  );
}

const groupArn = ({ account, region }: Call<unknown>, name: string): string =>
  name.startsWith('arn:') ? name.replace(/:\*$/, '') : `arn:aws:logs:${region}:${account}:log-group:${name}`;

/** The trail's log group, in the one account and region where it is. */
function trailGroup({ account, region, organization }: Call<unknown>): NamedGroup[] {
  const { trail, accounts } = organization;
  if (account !== trail.account || region !== trail.region) return [];
  const arn = logGroupArn(trail);
  const creationTime = accounts.find(({ id }) => id === account)?.joined.getTime() ?? 0;
  const retention = retentions(organization).get(trail.logGroup) ?? null;
  return [
    {
      logGroupName: trail.logGroup,
      arn: `${arn}:*`,
      logGroupArn: arn,
      creationTime,
      ...(retention !== null && { retentionInDays: retention }),
      logGroupClass: 'STANDARD' as const,
    },
  ];
}

const groupNames = ({
  logGroupName,
  logGroupNames = [],
  logGroupIdentifiers = [],
}: StartQueryRequest): readonly string[] => [
  ...(logGroupName === undefined ? [] : [logGroupName]),
  ...logGroupNames,
  ...logGroupIdentifiers,
];

function parsed(query: string): InsightsQuery {
  try {
    return parseInsights(query, insightsField);
  } catch (error) {
    if (error instanceof QuerySyntaxError) throw new AwsError('MalformedQueryException', error.message);
    throw error;
  }
}

function foundQuery(call: Call<unknown>, id: string | undefined): Running<Found & { fields: readonly Column[] }> {
  const query = queries.find(call, id);
  if (query === undefined) throw absent(`Query with ID '${id}' does not exist.`);
  return query;
}

/** Fields that a record does not have are left out. */
function resultOf(row: Row, fields: readonly Column[]): ResultField[] {
  const shown = fields.map(({ name, value, shown = value }) => ({ field: name, value: shown(row) }));
  const pointer = { field: '@ptr', value: Buffer.from(row.record.eventID).toString('base64') };
  return [...shown.filter(({ value }) => value !== undefined), pointer];
}

const invalid = (message: string) => new AwsError('InvalidParameterException', message);
const absent = (message: string) => new AwsError('ResourceNotFoundException', message);
