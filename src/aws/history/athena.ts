import { mask } from '../../alerts/mask.ts';
import type { AthenaHistory } from '../../config/config.ts';
import { isRecord, type Json } from '../../words/json.ts';
import { AwsTrouble, type Services } from '../aws.ts';
import { pages } from '../pages.ts';
import { type HistorySearch, lateMs } from './conditions.ts';
import type { HistoryPage } from './page.ts';
import { all, dayOf, quoted, recordOf, type SqlCondition, spanOf, whereOf } from './sql.ts';
import { wait } from './wait.ts';

const texts = [
  'eventversion',
  'eventtime',
  'eventsource',
  'eventname',
  'awsregion',
  'sourceipaddress',
  'useragent',
  'errorcode',
  'errormessage',
  'requestid',
  'eventid',
  'eventtype',
  'readonly',
  'recipientaccountid',
  'sharedeventid',
  'requestparameters',
  'responseelements',
  'additionaleventdata',
];
const structures = ['useridentity', 'resources'];

/**
 * The statement over a trail's table with partition projection (`account`, `region`, `timestamp` by day), every value a
 * parameter. Source: Athena user guide, "Query AWS CloudTrail logs" and "Use parameterized queries". @throws AwsTrouble
 */
export function athenaQuery(
  { database, table }: Pick<AthenaHistory, 'database' | 'table'>,
  search: HistorySearch,
): SqlCondition {
  const span = spanOf(search);
  // A file is under the day on which it was written: what happened at midnight is under the next one.
  const days = [dayOf(search.from), dayOf(new Date(search.to.getTime() + lateMs))];
  const partition = (name: string, field: 'recipientAccountId' | 'awsRegion'): SqlCondition[] =>
    search.conditions.flatMap((condition) =>
      'fields' in condition &&
      condition.is === 'equal' &&
      condition.fields.length === 1 &&
      condition.fields[0] === field
        ? [{ sql: condition.values.map(() => `${name} = ?`).join(' or '), values: [...condition.values] }]
        : [],
    );
  const { sql, values } = all([
    { sql: '"timestamp" between ? and ?', values: days },
    ...partition('account', 'recipientAccountId'),
    ...partition('region', 'awsRegion'),
    { sql: 'eventtime between ? and ?', values: [span.from, span.to] },
    ...search.conditions.map((condition) =>
      whereOf(condition, ['requestparameters', 'responseelements', 'errormessage']),
    ),
  ]);
  const columns = [...texts, ...structures.map((name) => `json_format(cast(${name} as json)) as ${name}`)];
  return {
    sql: `select ${columns.join(', ')} from "${database}"."${table}" where ${sql} order by eventtime desc`,
    values,
  };
}

/** Searches the table of a trail's bucket, newest first. */
export async function* searchTable(
  client: Services['athena'],
  history: AthenaHistory,
  search: HistorySearch,
  signal: AbortSignal,
): AsyncGenerator<HistoryPage, void> {
  for await (const { bytes, rows } of runStatement(client, history, athenaQuery(history, search), signal))
    yield {
      bytes,
      gap: null,
      events: rows.flatMap((row): Json[] => {
        const record = mask(recordOf(row));
        return isRecord(record) ? [record] : [];
      }),
    };
}

/**
 * One statement, with its rows by the names of their columns, a page at a time. @throws AwsTrouble when it fails; errors
 * of the SDK; the reason of `signal`
 */
export async function* runStatement(
  client: Services['athena'],
  { database, workGroup, output }: Pick<AthenaHistory, 'database' | 'workGroup' | 'output'>,
  { sql, values }: SqlCondition,
  signal: AbortSignal,
): AsyncGenerator<{ bytes: number; rows: readonly Readonly<Record<string, string | undefined>>[] }, void> {
  const { StartQueryExecutionCommand, GetQueryExecutionCommand, GetQueryResultsCommand, StopQueryExecutionCommand } =
    await import('@aws-sdk/client-athena');
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      ExecutionParameters: values.map(quoted),
      QueryExecutionContext: { Database: database },
      WorkGroup: workGroup,
      ...(output === null ? {} : { ResultConfiguration: { OutputLocation: output } }),
    }),
  );
  const stop = () => client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  const bytes = await wait(stop, signal, async () => {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State = 'QUEUED', StateChangeReason = '' } = QueryExecution?.Status ?? {};
    if (State === 'QUEUED' || State === 'RUNNING') return undefined;
    if (State !== 'SUCCEEDED')
      throw new AwsTrouble('other', `Athena could not search the table: ${StateChangeReason || State}`);
    return QueryExecution?.Statistics?.DataScannedInBytes ?? 0;
  });
  let names: readonly string[] | undefined;
  for await (const rows of pages(async (NextToken) => {
    const page = await client.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken, MaxResults: 1000 }));
    return { items: page.ResultSet?.Rows ?? [], next: page.NextToken };
  })) {
    const cells = rows.map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue));
    // The first row of the first page holds the names of the columns.
    const header = names ?? cells.shift()?.map((name) => name ?? '') ?? [];
    names = header;
    yield { bytes, rows: cells.map((row) => Object.fromEntries(header.map((name, place) => [name, row[place]]))) };
  }
}
