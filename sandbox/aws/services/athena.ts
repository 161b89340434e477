import type {
  GetQueryExecutionInput,
  GetQueryExecutionOutput,
  GetQueryResultsInput,
  GetQueryResultsOutput,
  QueryExecution,
  StartQueryExecutionInput,
  StartQueryExecutionOutput,
  StopQueryExecutionInput,
} from '@aws-sdk/client-athena';
import { pageOf } from '../page.ts';
import { athenaPartitions, athenaTable, lineTable } from '../queries/columns.ts';
import { type Condition, conjuncts } from '../queries/condition.ts';
import { type Running, runningQueries, type Stage, stageOf } from '../queries/running.ts';
import { type Found, searchTrail, summedUp } from '../queries/search.ts';
import { ParameterCountError, parseSql, type SqlQuery, type Table } from '../queries/sql.ts';
import { QuerySyntaxError } from '../queries/tokens.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { partsOfTable, searchParts } from './lines.ts';

const mostAtOnce = 20;
/** The bucket holds gzip files: Athena counts the bytes that it reads. */
const compression = 10;

interface Execution {
  input: StartQueryExecutionInput;
  found: Found;
  columns: SqlQuery['columns'];
  /** Why it fails instead of giving rows. */
  failure: string | undefined;
}

const queries = runningQueries<Execution>('athena');

/** Athena over the bucket of the organization's trail. Source: Athena API reference, and its user guide. */
export const athena = {
  signingName: 'athena',
  sdk: () => import('@aws-sdk/client-athena'),
  operations: {
    StartQueryExecution: (call: Call<StartQueryExecutionInput>): StartQueryExecutionOutput => {
      const { QueryString = '', ExecutionParameters = [], WorkGroup = 'primary' } = call.input;
      if (WorkGroup !== 'primary') throw invalid(`WorkGroup ${WorkGroup} is not found.`);
      const query = parsed(QueryString, ExecutionParameters, isOfLines(call) ? lineTable : athenaTable);
      if (queries.open(call) >= mostAtOnce)
        throw new AwsError(
          'TooManyRequestsException',
          'You have exceeded the limit for the number of queries you can run concurrently.',
        );
      const failure = tableFailure(call, query.table) ?? injectedFailure(call, query);
      const matched = failure === undefined ? search(call, query) : nothing;
      const { found, columns } =
        query.totals.length === 0 ? { found: matched, columns: query.columns } : summedUp(query.totals, matched);
      const running = queries.start(call, {
        statement: QueryString,
        bytes: found.bytesScanned,
        result: { input: call.input, found, columns, failure },
      });
      return { QueryExecutionId: running.id };
    },

    GetQueryExecution: (call: Call<GetQueryExecutionInput>): GetQueryExecutionOutput => ({
      QueryExecution: executionOf(execution(call), call.now),
    }),

    GetQueryResults: (call: Call<GetQueryResultsInput>): GetQueryResultsOutput => {
      const { QueryExecutionId, NextToken: token, MaxResults: size = 1000 } = call.input;
      const running = execution(call);
      const state = stateOf(running, call.now);
      if (state !== 'SUCCEEDED') throw invalid(`Query did not finish successfully. Final query state: ${state}`);
      const { columns, found } = running.result;
      const header = { Data: columns.map(({ label }) => ({ VarCharValue: label })) };
      const rows = found.rows.map((row) => ({
        Data: columns.map(({ column: { value, shown = value } }) => ({ VarCharValue: shown(row) })),
      }));
      const { items, next } = pageOf([header, ...rows], {
        token,
        size,
        request: { QueryExecutionId },
        refusal: invalid('Invalid NextToken'),
      });
      const ColumnInfo = columns.map(({ label }) => ({ Name: label, Label: label, Type: 'varchar' }));
      return { ResultSet: { Rows: items, ResultSetMetadata: { ColumnInfo } }, NextToken: next, UpdateCount: 0 };
    },

    StopQueryExecution: (call: Call<StopQueryExecutionInput>): object => {
      const running = execution(call);
      const stage = stageOf(running, call.now);
      // Stopping what is over already changes nothing.
      if (stage === 'waiting' || stage === 'running') running.cancelled = call.now;
      return {};
    },
  },
} satisfies Service;

const nothing: Found = { rows: [], matched: 0, scanned: 0, bytesScanned: 0 };

/** The table's full name, as the statement has it. */
const tableOf = ({ input }: Call<StartQueryExecutionInput>, table: string): string =>
  table.includes('.') ? table : `${input.QueryExecutionContext?.Database ?? 'default'}.${table}`;

/** Which columns a statement may name hangs on its table, which comes behind them. */
function isOfLines(call: Call<StartQueryExecutionInput>): boolean {
  const [, name = ''] = /\bfrom\s+([\w".]+)/i.exec(call.input.QueryString ?? '') ?? [];
  return partsOfTable(call.organization, call.account, tableOf(call, name.replaceAll('"', ''))) !== undefined;
}

const search = (call: Call<StartQueryExecutionInput>, query: SqlQuery): Found => {
  const parts = partsOfTable(call.organization, call.account, tableOf(call, query.table));
  if (parts !== undefined) {
    const [limit, now] = [query.limit ?? Number.POSITIVE_INFINITY, call.now.getTime()];
    const lines = searchParts(parts, { where: query.where, limit, span: { from: 0, to: now, now } });
    return { ...lines, bytesScanned: Math.ceil(lines.bytesScanned / compression) };
  }
  const found = searchTrail(call.organization, {
    where: query.where,
    newestFirst: query.newestFirst,
    limit: query.limit ?? Number.POSITIVE_INFINITY,
    now: call.now,
    partitions: athenaPartitions,
  });
  return { ...found, bytesScanned: Math.ceil(found.bytesScanned / compression) };
};

function parsed(statement: string, parameters: readonly string[], table: Table): SqlQuery {
  try {
    return parseSql(statement, parameters, table);
  } catch (error) {
    if (error instanceof QuerySyntaxError) throw invalid(`line 1:${error.offset + 1}: ${error.message}`);
    if (error instanceof ParameterCountError) throw invalid(error.message);
    throw error;
  }
}

/** The table is known only when the query runs: without it the query fails. */
function tableFailure(call: Call<StartQueryExecutionInput>, table: string) {
  const {
    account,
    region,
    organization: { trail },
  } = call;
  const full = tableOf(call, table);
  if (region === trail.region && partsOfTable(call.organization, account, full) !== undefined) return undefined;
  return account === trail.account &&
    region === trail.region &&
    [trail.table, trail.injectedTable].some((name) => full === `${trail.database}.${name}`)
    ? undefined
    : `TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.${full}' does not exist`;
}

/**
 * A table whose partition columns are injected knows no values of its own: each is named by equality.
 * Source: Athena user guide, "Supported types for partition projection".
 */
function injectedFailure(call: Call<StartQueryExecutionInput>, { table, where }: SqlQuery): string | undefined {
  const { trail } = call.organization;
  if (tableOf(call, table) !== `${trail.database}.${trail.injectedTable}`) return undefined;
  const unnamed = ['account', 'region'].find((column) => !conjuncts(where).some((one) => isNamedBy(one, column)));
  return unnamed === undefined
    ? undefined
    : `CONSTRAINT_VIOLATION: For the injected projected partition column ${unnamed}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.`;
}

const isNamedBy = (condition: Condition, column: string): boolean =>
  condition.kind === 'any'
    ? condition.of.every((one) => isNamedBy(one, column))
    : condition.kind === 'compare' && condition.column.name === column && condition.operator === '=';

function execution(call: Call<{ QueryExecutionId?: string | undefined }>): Running<Execution> {
  const running = queries.find(call, call.input.QueryExecutionId);
  if (running === undefined) throw invalid(`QueryExecution ${call.input.QueryExecutionId} was not found`);
  return running;
}

const states = {
  waiting: 'QUEUED',
  running: 'RUNNING',
  done: 'SUCCEEDED',
  cancelled: 'CANCELLED',
} as const satisfies Record<Stage, string>;

function stateOf(running: Running<Execution>, now: Date) {
  const stage = stageOf(running, now);
  return stage === 'done' && running.result.failure !== undefined ? 'FAILED' : states[stage];
}

function executionOf(running: Running<Execution>, now: Date): QueryExecution {
  const { id, statement, submitted, waits, runs, cancelled, result } = running;
  const State = stateOf(running, now);
  const over = State === 'SUCCEEDED' || State === 'FAILED';
  const CompletionDateTime = over ? new Date(submitted.getTime() + waits + runs) : (cancelled ?? undefined);
  return {
    QueryExecutionId: id,
    Query: statement,
    StatementType: 'DML',
    WorkGroup: 'primary',
    QueryExecutionContext: result.input.QueryExecutionContext,
    ExecutionParameters: result.input.ExecutionParameters,
    Status: {
      State,
      SubmissionDateTime: submitted,
      CompletionDateTime,
      StateChangeReason: State === 'FAILED' ? result.failure : undefined,
    },
    Statistics: {
      DataScannedInBytes: State === 'SUCCEEDED' ? result.found.bytesScanned : 0,
      QueryQueueTimeInMillis: waits,
      EngineExecutionTimeInMillis: Math.round(runs),
      TotalExecutionTimeInMillis: Math.round(waits + runs),
    },
  };
}

const invalid = (message: string) => new AwsError('InvalidRequestException', message);
