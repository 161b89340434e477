import type {
  CancelQueryRequest,
  CancelQueryResponse,
  DescribeQueryRequest,
  DescribeQueryResponse,
  GetQueryResultsRequest,
  GetQueryResultsResponse,
  ListEventDataStoresRequest,
  ListEventDataStoresResponse,
  StartQueryRequest,
  StartQueryResponse,
} from '@aws-sdk/client-cloudtrail';
import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';
import { eventDataStoreId, lakePartitions, lakeTable } from './columns.ts';
import { type Running, runningQueries, type Stage, stageOf } from './running.ts';
import { type Found, searchTrail } from './search.ts';
import { ParameterCountError, parseSql, type SqlQuery } from './sql.ts';
import { QuerySyntaxError } from './tokens.ts';

const mostAtOnce = 10;

const queries = runningQueries<Found & { columns: SqlQuery['columns'] }>('lake');

/** CloudTrail Lake's part of CloudTrail: queries over the organization's event data store, where it was set up before Lake was closed. */
export const lakeOperations = {
  ListEventDataStores: (call: Call<ListEventDataStoresRequest>): ListEventDataStoresResponse => {
    const { NextToken: token, MaxResults: size = 50 } = call.input;
    const stores = hasStore(call)
      ? [{ EventDataStoreArn: call.organization.trail.eventDataStoreArn, Name: call.organization.trail.name }]
      : [];
    const { items, next } = pageOf(stores, { token, size, request: {}, refusal: badToken });
    return { EventDataStores: items, NextToken: next };
  },

  StartQuery: (call: Call<StartQueryRequest>): StartQueryResponse => {
    const { QueryStatement, QueryAlias, QueryParameters } = call.input;
    if (QueryStatement === undefined || QueryAlias !== undefined || QueryParameters !== undefined)
      throw new AwsError(
        'InvalidParameterException',
        'Queries of dashboards, with an alias and parameters, are not in the sandbox.',
      );
    const query = parsed(QueryStatement);
    if (!hasStore(call) || query.table !== eventDataStoreId(call.organization))
      throw new AwsError('EventDataStoreNotFoundException', 'The specified event data store was not found.');
    if (queries.open(call) >= mostAtOnce)
      throw new AwsError(
        'MaxConcurrentQueriesException',
        'You are already running the maximum number of concurrent queries.',
      );
    const found = searchTrail(call.organization, {
      where: query.where,
      newestFirst: query.newestFirst,
      limit: query.limit ?? Number.POSITIVE_INFINITY,
      now: call.now,
      partitions: lakePartitions,
    });
    const running = queries.start(call, {
      statement: QueryStatement,
      bytes: found.bytesScanned,
      result: { ...found, columns: query.columns },
    });
    return { QueryId: running.id };
  },

  DescribeQuery: (call: Call<DescribeQueryRequest>): DescribeQueryResponse => {
    const query = foundQuery(call);
    const { id, statement, submitted, runs, result } = query;
    const stage = stageOf(query, call.now);
    const done = stage === 'done';
    return {
      QueryId: id,
      QueryString: statement,
      QueryStatus: statuses[stage],
      QueryStatistics: {
        EventsMatched: done ? result.matched : 0,
        EventsScanned: done ? result.scanned : 0,
        BytesScanned: done ? result.bytesScanned : 0,
        ExecutionTimeInMillis: done ? Math.round(runs) : 0,
        CreationTime: submitted,
      },
    };
  },

  GetQueryResults: (call: Call<GetQueryResultsRequest>): GetQueryResultsResponse => {
    const { QueryId, NextToken: token, MaxQueryResults: size = 1000 } = call.input;
    const query = foundQuery(call);
    const stage = stageOf(query, call.now);
    if (stage !== 'done') return { QueryStatus: statuses[stage] };
    const { rows, columns, bytesScanned } = query.result;
    const { items, next } = pageOf(rows, { token, size, request: { QueryId }, refusal: badToken });
    return {
      QueryStatus: statuses[stage],
      QueryStatistics: { ResultsCount: items.length, TotalResultsCount: rows.length, BytesScanned: bytesScanned },
      QueryResultRows: items.map((row) =>
        columns.map(({ label, column: { value, shown = value } }) => ({ [label]: shown(row) ?? '' })),
      ),
      NextToken: next,
    };
  },

  CancelQuery: (call: Call<CancelQueryRequest>): CancelQueryResponse => {
    const query = foundQuery(call);
    const stage = stageOf(query, call.now);
    if (stage === 'done' || stage === 'cancelled')
      throw new AwsError(
        'InactiveQueryException',
        'The specified query cannot be canceled because it is in the FINISHED, FAILED, TIMED_OUT, or CANCELLED state.',
      );
    query.cancelled = call.now;
    return { QueryId: query.id, QueryStatus: 'CANCELLED' };
  },
};

const statuses = {
  waiting: 'QUEUED',
  running: 'RUNNING',
  done: 'FINISHED',
  cancelled: 'CANCELLED',
} as const satisfies Record<Stage, string>;

const badToken = new AwsError('InvalidNextTokenException', 'Invalid token');

const hasStore = ({ account, region, organization: { trail } }: Call<unknown>): boolean =>
  account === trail.account && region === trail.region;

function parsed(statement: string): SqlQuery {
  try {
    return parseSql(statement, [], lakeTable);
  } catch (error) {
    if (!(error instanceof QuerySyntaxError || error instanceof ParameterCountError)) throw error;
    throw new AwsError('InvalidQueryStatementException', `The query statement is not valid: ${error.message}`);
  }
}

function foundQuery(call: Call<{ QueryId?: string | undefined }>): Running<Found & { columns: SqlQuery['columns'] }> {
  const query = queries.find(call, call.input.QueryId);
  if (query === undefined) throw new AwsError('QueryIdNotFoundException', 'The specified query ID was not found.');
  return query;
}
