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
  /** Where a line says when it was; null: nobody knows, so that a table is searched by whole days. */
  time: LineTime | null;
  /** Which word of a line, from 1 on, is the bytes it tells of; null: none. */
  sizeWord: number | null;
}

/** Where a line says its time: a word of seconds since 1970 (from 1 on), a key of JSON in ISO 8601, or between brackets. */
type LineTime = { word: number } | { key: 'query_timestamp' } | 'brackets';

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
  /** There are more than these: how many match, and the bytes they tell of, as the source counts; null: these are all. */
  total: LineTotal | null;
}

export interface LineTotal {
  lines: number;
  /** Null: the lines do not all say it in one place. */
  bytes: number | null;
}

/** A value as a part of a regular expression, meaning itself alone. Slack text is hostile. @throws AwsTrouble */
export const plainly = (value: string): string => token(value).replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** What a log group is asked. Source: CloudWatch Logs user guide, "Logs Insights QL". */
export const linesQuery = ({ patterns }: Pick<LineSearch, 'patterns'>): string =>
  ['fields @timestamp, @message', ...filters(patterns), 'sort @timestamp desc', `limit ${mostRows}`].join(' | ');

/** What a log group is asked for how many lines there are. Source: CloudWatch Logs user guide, "stats" and "parse". */
export const totalQuery = ({ patterns, sizeWord }: Pick<LineSearch, 'patterns' | 'sizeWord'>): string =>
  [
    ...filters(patterns),
    ...(sizeWord === null ? [] : [`parse @message /^(?:\\S+ +){${sizeWord - 1}}(?<size>\\d+)/`]),
    `stats count(*) as lines${sizeWord === null ? '' : ', sum(size) as bytes'}`,
  ].join(' | ');

const filters = (patterns: readonly string[]): string[] =>
  patterns.map((pattern) => `filter @message like /${pattern}/`);

/**
 * What a table is asked whose one column is the line, and whose partitions are days (`2026/11/24`) and others.
 * Source: Athena user guide, "Use parameterized queries".
 */
export function linesStatement(
  table: Pick<LogTable, 'database' | 'table'>,
  partitions: Readonly<Record<string, readonly string[]>>,
  search: LineSearch,
): SqlCondition {
  const { sql, values } = ofTable(table, partitions, search);
  const newest = search.time === null ? '' : ` order by ${timeOf(search.time)} desc`;
  return { sql: `select line ${sql}${newest} limit ${mostRows}`, values };
}

/** What a table is asked for how many lines there are. */
export function totalStatement(
  table: Pick<LogTable, 'database' | 'table'>,
  partitions: Readonly<Record<string, readonly string[]>>,
  search: LineSearch,
): SqlCondition {
  const { sql, values } = ofTable(table, partitions, search);
  const bytes = search.sizeWord === null ? '' : `, sum(${wordOf(search.sizeWord)}) as bytes`;
  return { sql: `select count(*) as lines${bytes} ${sql}`, values };
}

function ofTable(
  { database, table }: Pick<LogTable, 'database' | 'table'>,
  partitions: Readonly<Record<string, readonly string[]>>,
  { from, to, patterns, time }: LineSearch,
): SqlCondition {
  const wheres = [
    // Files are under the day on which they were written.
    { sql: 'day between ? and ?', values: [dayOf(from), dayOf(to)] },
    ...Object.entries(partitions).map(([name, values]) => ({
      sql: `"${name}" in (${values.map(() => '?').join(', ')})`,
      values: [...values],
    })),
    ...(time === null ? [] : [within(time, from, to)]),
    ...patterns.map((pattern) => ({ sql: 'regexp_like(line, ?)', values: [pattern] })),
  ];
  return {
    sql: `from "${database}"."${table}" where ${wheres.map(({ sql }) => sql).join(' and ')}`,
    values: wheres.flatMap(({ values }) => values),
  };
}

const wordOf = (place: number): string => `try_cast(element_at(split(line, ' '), ${place}) as bigint)`;

/** When a line was. Source: Athena user guide, "Query Amazon S3 server access logs"; Trino's functions. */
function timeOf(time: LineTime): string {
  if (time === 'brackets')
    return String.raw`try(parse_datetime(regexp_extract(line, '\[([^\]]+)\]', 1), 'dd/MMM/yyyy:HH:mm:ss Z'))`;
  return 'word' in time ? wordOf(time.word) : `json_extract_scalar(line, '$.${time.key}')`;
}

function within(time: LineTime, from: Date, to: Date): SqlCondition {
  const iso = [from, to].map((at) => at.toISOString());
  if (time === 'brackets')
    return { sql: `${timeOf(time)} between from_iso8601_timestamp(?) and from_iso8601_timestamp(?)`, values: iso };
  if ('key' in time) return { sql: `${timeOf(time)} between ? and ?`, values: iso.map((at) => `${at.slice(0, 19)}Z`) };
  const seconds = [from, to].map((at) => String(Math.floor(at.getTime() / 1000)));
  return { sql: `${timeOf(time)} between cast(? as bigint) and cast(? as bigint)`, values: seconds };
}

/** Lines of a log that match: the newest 10,000 at most, and how many there are where there are more. @throws AwsTrouble */
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
  const ask = (queryString: string) =>
    runQuery(client, name, { queryString, startTime: startTime ?? 0, endTime: endTime ?? 0 }, signal);
  const { rows, bytes } = await ask(linesQuery(search));
  const lines = rows.map(messageOf).map(({ message: text, time }) => ({
    text,
    at: Number.isNaN(time) ? null : new Date(time),
  }));
  if (lines.length < mostRows) return { lines, bytes, cost: costs.insights(bytes), total: null };
  const counted = await ask(totalQuery(search));
  const of = (field: string) => counted.rows[0]?.find((cell) => cell.field === field)?.value;
  return {
    lines,
    bytes: bytes + counted.bytes,
    cost: costs.insights(bytes + counted.bytes),
    total: totalIn(of('lines'), of('bytes')),
  };
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
  if (lines.length < mostRows) return { lines, bytes: read, cost: costs.athena(read), total: null };
  let total = totalIn(undefined, undefined);
  const counted = runStatement(client, table, totalStatement(table, partitions, search), signal);
  for await (const { bytes, rows } of counted) {
    read += bytes;
    total = totalIn(rows[0]?.['lines'], rows[0]?.['bytes']);
  }
  return { lines, bytes: read, cost: costs.athena(read), total };
}

/** What a source counted: at least as many as were read. */
const totalIn = (lines: string | undefined, bytes: string | undefined): LineTotal => ({
  lines: Math.max(mostRows, Number(lines ?? 0)),
  bytes: bytes === undefined || bytes === '' ? null : Number(bytes),
});
