import type {
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  GetQueryResultsRequest,
  GetQueryResultsResponse,
  ResultField,
  StartQueryRequest,
  StartQueryResponse,
  StopQueryRequest,
  StopQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Organization } from '../../organization/organization.ts';
import { pageOf } from '../page.ts';
import { insightsField } from '../queries/columns.ts';
import type { Column, Row } from '../queries/condition.ts';
import { type InsightsQuery, parseInsights } from '../queries/insights.ts';
import { type Running, runningQueries, type Stage, stageOf } from '../queries/running.ts';
import { type Found, searchTrail } from '../queries/search.ts';
import { QuerySyntaxError } from '../queries/tokens.ts';
import { AwsError, type Call, type Service } from '../service.ts';

const mostRows = 10_000;
const mostAtOnce = 100;

const queries = runningQueries<Found & { fields: readonly Column[] }>('logs');

/**
 * CloudWatch Logs: the log group of the organization's trail, and Logs Insights over it.
 * Sources: CloudWatch Logs API reference, and its user guide, "CloudWatch Logs quotas".
 */
export const logs = {
  signingName: 'logs',
  sdk: () => import('@aws-sdk/client-cloudwatch-logs'),
  operations: {
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

    StartQuery: (call: Call<StartQueryRequest>): StartQueryResponse => {
      const { queryString = '', startTime = 0, endTime = 0, limit, queryLanguage = 'CWLI' } = call.input;
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
      const found = searchTrail(call.organization, {
        where: query.where,
        newestFirst: query.newestFirst,
        limit: Math.min(query.limit ?? limit ?? mostRows, mostRows),
        now: call.now,
        from: startTime * 1000,
        to: endTime * 1000,
        partitions: new Set(),
        byDelivery: true,
      });
      const running = queries.start(call, {
        statement: queryString,
        bytes: found.bytesScanned,
        result: { ...found, fields: query.fields },
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
  },
} satisfies Service;

const statuses = {
  waiting: 'Scheduled',
  running: 'Running',
  done: 'Complete',
  cancelled: 'Cancelled',
} as const satisfies Record<Stage, string>;

/** The trail's log group, in the one account and region where it is. */
function groupsIn({ account, region, organization: { trail, accounts } }: Call<unknown>) {
  if (account !== trail.account || region !== trail.region) return [];
  const arn = logGroupArn(trail);
  const creationTime = accounts.find(({ id }) => id === account)?.joined.getTime() ?? 0;
  return [
    {
      logGroupName: trail.logGroup,
      arn: `${arn}:*`,
      logGroupArn: arn,
      creationTime,
      retentionInDays: 365,
      logGroupClass: 'STANDARD' as const,
    },
  ];
}

/** The ARN of the log group that the organization's trail writes to. */
export const logGroupArn = (trail: Organization['trail']): string =>
  `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}`;

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
