import type { LogTable } from '../../config/config.ts';
import { type Asker, type Aws, AwsTrouble, type Place, type Services } from '../aws.ts';
import { troubleOf } from '../trouble.ts';
import { runStatement } from './athena.ts';
import { token } from './conditions.ts';
import { costs } from './costs.ts';
import { messageOf, mostRows, runQuery } from './insights.ts';
import { dayOf, type SqlCondition } from './sql.ts';

/** Where lines of a log are: a log group, or a table of Athena over a bucket, narrowed to some of its partitions. */
export type LineSource =
  | { kind: 'logGroup'; place: Place; name: string }
  | { kind: 'table'; table: LogTable; partitions: Readonly<Record<string, readonly string[]>> };

export interface LineSearch {
  from: Date;
  to: Date;
  /** Regular expressions that a line must match, all of them; whatever stands in them went through `plainly`. */
  patterns: readonly string[];
}

/** A line as it was written. */
export interface Line {
  text: string;
  /** When it was logged, where the source knows. */
  at: Date | null;
}

export interface FoundLines {
  /** The newest first in a log group; a table knows no order. */
  lines: readonly Line[];
  /** Bytes that were read for it. */
  bytes: number;
  /** US dollars, at the list price. */
  cost: number;
  /** There may be more than these. */
  full: boolean;
}

/** A value as a part of a regular expression, meaning itself alone. Slack text is hostile. @throws AwsTrouble */
export const plainly = (value: string): string => token(value).replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** What a log group is asked. Source: CloudWatch Logs user guide, "Logs Insights QL". */
export const linesQuery = ({ patterns }: Pick<LineSearch, 'patterns'>): string =>
  [
    'fields @timestamp, @message',
    ...patterns.map((pattern) => `filter @message like /${pattern}/`),
    'sort @timestamp desc',
    `limit ${mostRows}`,
  ].join(' | ');

/**
 * What a table is asked whose one column is the line, and whose partitions are days (`2026/11/24`) and others.
 * Source: Athena user guide, "Use parameterized queries".
 */
export function linesStatement(
  { database, table }: Pick<LogTable, 'database' | 'table'>,
  partitions: Readonly<Record<string, readonly string[]>>,
  { from, to, patterns }: LineSearch,
): SqlCondition {
  const wheres = [
    // Files are under the day on which they were written.
    { sql: 'day between ? and ?', values: [dayOf(from), dayOf(to)] },
    ...Object.entries(partitions).map(([name, values]) => ({
      sql: `"${name}" in (${values.map(() => '?').join(', ')})`,
      values: [...values],
    })),
    ...patterns.map((pattern) => ({ sql: 'regexp_like(line, ?)', values: [pattern] })),
  ];
  return {
    sql: `select line from "${database}"."${table}" where ${wheres.map(({ sql }) => sql).join(' and ')} limit ${mostRows}`,
    values: wheres.flatMap(({ values }) => values),
  };
}

/** Lines of a log that match: 10,000 at most. @throws AwsTrouble */
export async function searchLines(
  aws: Aws,
  source: LineSource,
  search: LineSearch,
  asker: Asker,
  signal: AbortSignal,
): Promise<FoundLines> {
  try {
    if (source.kind === 'logGroup')
      return await inLogGroup(await aws.client('cloudWatchLogs', source.place, asker), source.name, search, signal);
    const { table, partitions } = source;
    const home = await aws.home();
    const place = { account: table.account ?? home.account, region: table.region ?? home.region };
    return await inTable(await aws.client('athena', place, asker), table, partitions, search, signal);
  } catch (error) {
    if (signal.aborted) throw new AwsTrouble('stopped', 'It was ended before the search was through.');
    throw troubleOf(error, `search ${sourceWords(source)}`);
  }
}

/** How a source is named for people. */
export const sourceWords = (source: LineSource): string =>
  source.kind === 'logGroup'
    ? `log group ${source.name} of ${source.place.account} ${source.place.region}`
    : `table ${source.table.database}.${source.table.table} over bucket ${source.table.bucket}`;

async function inLogGroup(
  client: Services['cloudWatchLogs'],
  name: string,
  search: LineSearch,
  signal: AbortSignal,
): Promise<FoundLines> {
  const [startTime, endTime] = [search.from, search.to].map((at) => Math.floor(at.getTime() / 1000));
  const query = { queryString: linesQuery(search), startTime: startTime ?? 0, endTime: endTime ?? 0 };
  const { rows, bytes } = await runQuery(client, name, query, signal);
  const lines = rows.map(messageOf).map(({ message: text, time }) => ({
    text,
    at: Number.isNaN(time) ? null : new Date(time),
  }));
  return { lines, bytes, cost: costs.insights(bytes), full: lines.length >= mostRows };
}

async function inTable(
  client: Services['athena'],
  table: LogTable,
  partitions: Readonly<Record<string, readonly string[]>>,
  search: LineSearch,
  signal: AbortSignal,
): Promise<FoundLines> {
  const lines: Line[] = [];
  let read = 0;
  for await (const { bytes, rows } of runStatement(client, table, linesStatement(table, partitions, search), signal)) {
    read = bytes;
    lines.push(...rows.map(({ line = '' }) => ({ text: line, at: null })));
  }
  return { lines, bytes: read, cost: costs.athena(read), full: lines.length >= mostRows };
}
