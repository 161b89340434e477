import { mask } from '../../alerts/mask.ts';
import type { AthenaHistory } from '../../config/config.ts';
import { isRecord, type Json } from '../../words/json.ts';
import { AwsTrouble, type Services } from '../aws.ts';
import { pages } from '../pages.ts';
import { type Condition, type HistorySearch, lateMs } from './conditions.ts';
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

/** The columns by which a trail's table is cut beside the day, and what of a record stands in them. */
const partitionFields = { account: 'recipientAccountId', region: 'awsRegion' } as const;

/** Every account and region that is known, for a table that wants them named. */
export type NamedPartitions = Readonly<Record<keyof typeof partitionFields, readonly string[]>>;

/**
 * The statement over a trail's table with partition projection (`account`, `region`, `timestamp` by day), every value a
 * parameter; `named`: which partitions are searched where the search says none.
 * Source: Athena user guide, "Query AWS CloudTrail logs" and "Use parameterized queries". @throws AwsTrouble
 */
export function athenaQuery(
  { database, table }: Pick<AthenaHistory, 'database' | 'table'>,
  search: HistorySearch,
  named: Partial<NamedPartitions> = {},
): SqlCondition {
  const span = spanOf(search);
  // A file is under the day on which it was written: what happened at midnight is under the next one.
  const days = [dayOf(search.from), dayOf(new Date(search.to.getTime() + lateMs))];
  const partition = (name: keyof NamedPartitions): SqlCondition[] => {
    const asked = askedOf(search, name);
    const values = asked.length > 0 ? asked : (named[name] ?? []);
    return values.length === 0
      ? []
      : [{ sql: `${name} in (${values.map(() => '?').join(', ')})`, values: [...values] }];
  };
  const { sql, values } = all([
    { sql: '"timestamp" between ? and ?', values: days },
    ...partition('account'),
    ...partition('region'),
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

/** What a search asks of a partition: the values of each of its conditions. */
const askedOf = ({ conditions }: HistorySearch, name: keyof NamedPartitions): readonly string[] =>
  conditions
    .filter((condition): condition is Extract<Condition, { is: unknown }> => 'fields' in condition)
    .find(({ is, fields }) => is === 'equal' && fields.length === 1 && fields[0] === partitionFields[name])?.values ??
  [];

/**
 * Searches the table of a trail's bucket, newest first. Where the table's partition columns are injected, Athena wants each
 * value named: then `places` says which there are.
 */
export async function* searchTable(
  client: Services['athena'],
  history: AthenaHistory,
  search: HistorySearch,
  signal: AbortSignal,
  places: () => Promise<{ named: NamedPartitions; gap: string | null }>,
): AsyncGenerator<HistoryPage, void> {
  try {
    yield* searchPartitions(client, history, search, signal, {});
  } catch (error) {
    if (!isInjected(error)) throw error;
    const { named, gap } = await places();
    if (named.account.length === 0 || named.region.length === 0)
      throw new AwsTrouble(
        'invalid',
        `The table ${history.database}.${history.table} wants its accounts and regions named (its partition columns are injected), and Trailwatch knows none: give --account and --region.`,
      );
    if (gap !== null && askedOf(search, 'account').length === 0) yield { bytes: 0, gap, events: [] };
    yield* searchPartitions(client, history, search, signal, named);
  }
}

/** Athena says so before it reads anything. Source: Athena user guide, "Supported types for partition projection". */
const isInjected = (error: unknown): boolean =>
  error instanceof AwsTrouble && /injected projected partition column/i.test(error.message);

async function* searchPartitions(
  client: Services['athena'],
  history: AthenaHistory,
  search: HistorySearch,
  signal: AbortSignal,
  named: Partial<NamedPartitions>,
): AsyncGenerator<HistoryPage, void> {
  for await (const { bytes, rows } of runStatement(client, history, athenaQuery(history, search, named), signal))
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
