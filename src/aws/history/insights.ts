import type { ResultField } from '@aws-sdk/client-cloudwatch-logs';
import { mask } from '../../alerts/mask.ts';
import { isRecord, type Json, parseJson, textAt } from '../../words/json.ts';
import { AwsTrouble, type Services } from '../aws.ts';
import { allOf } from '../pages.ts';
import { type Condition, type HistorySearch, lateMs, token } from './conditions.ts';
import type { HistoryPage } from './page.ts';
import { wait } from './wait.ts';

/** Rows of one query at most. Source: CloudWatch Logs API reference, StartQuery, limit. */
export const mostRows = 10_000;

/** The query in Logs Insights QL. Source: CloudWatch Logs user guide, "Logs Insights QL". @throws AwsTrouble */
export const insightsQuery = ({ conditions }: HistorySearch): string =>
  [
    'fields @timestamp, @message',
    ...conditions.map((condition) => `filter ${filterOf(condition)}`),
    'sort @timestamp desc',
    `limit ${mostRows}`,
  ].join(' | ');

function filterOf(condition: Condition): string {
  if ('anywhere' in condition) return `@message like "${token(condition.anywhere)}"`;
  return condition.fields
    .flatMap((field) =>
      condition.values.map((value) =>
        condition.is === 'equal'
          ? `${field} = "${token(value)}"`
          : // A pattern would need escaping; the end is looked at again here.
            `${field} like "${token(value)}"`,
      ),
    )
    .join(' or ');
}

/**
 * Searches a trail's log group, newest first, in as many queries as there are ten thousands of rows. A log group keeps
 * events by when they were delivered, which is up to 15 minutes after they happened. A second with more than one query
 * can give is left with a gap.
 */
export async function* searchLogGroup(
  client: Services['cloudWatchLogs'],
  logGroup: string,
  search: HistorySearch,
  signal: AbortSignal,
): AsyncGenerator<HistoryPage, void> {
  const queryString = insightsQuery(search);
  const startTime = Math.floor(search.from.getTime() / 1000);
  let bytes = 0;
  /** Rows of the second at which the next query begins, which gives them again. */
  let told = new Set<string>();
  for (let endTime = Math.ceil((search.to.getTime() + lateMs) / 1000); endTime >= startTime; ) {
    const found = await runQuery(client, logGroup, { queryString, startTime, endTime }, signal);
    bytes += found.bytes;
    const rows = found.rows.map(rowOf);
    const fresh = rows.filter(({ id, record }) => !told.has(id) && within(search, record));
    const oldest = Math.ceil((rows.at(-1)?.time ?? 0) / 1000);
    const more = rows.length === mostRows;
    const overfull = more && oldest >= endTime;
    yield {
      events: fresh.map(({ record }) => record),
      bytes,
      gap: overfull
        ? `More than 10,000 events were delivered in the second before ${new Date(endTime * 1000).toISOString()}: some of them are not here.`
        : null,
    };
    if (!more) return;
    endTime = overfull ? endTime - 1 : oldest;
    const again = (endTime + 1) * 1000;
    told = new Set(rows.filter(({ time }) => time < again).map(({ id }) => id));
  }
}

/**
 * One query over a log group, from and to seconds since 1970, with all its rows: 10,000 at most. @throws AwsTrouble when
 * the search fails; errors of the SDK; the reason of `signal`
 */
export async function runQuery(
  client: Services['cloudWatchLogs'],
  logGroup: string,
  query: { queryString: string; startTime: number; endTime: number },
  signal: AbortSignal,
): Promise<{ rows: readonly (readonly ResultField[])[]; bytes: number }> {
  const { StartQueryCommand, GetQueryResultsCommand, StopQueryCommand } = await import(
    '@aws-sdk/client-cloudwatch-logs'
  );
  const { queryId } = await client.send(
    new StartQueryCommand({
      ...(logGroup.startsWith('arn:') ? { logGroupIdentifiers: [logGroup] } : { logGroupName: logGroup }),
      ...query,
      limit: mostRows,
    }),
  );
  const stop = () => client.send(new StopQueryCommand({ queryId }));
  const bytes = await wait(stop, signal, async () => {
    const { status = 'Unknown', statistics } = await client.send(new GetQueryResultsCommand({ queryId, maxItems: 1 }));
    if (status === 'Scheduled' || status === 'Running' || status === 'Unknown') return undefined;
    if (status !== 'Complete')
      throw new AwsTrouble('other', `The search of the log group ended as ${status}: try a shorter time.`);
    return statistics?.bytesScanned ?? 0;
  });
  const rows = await allOf(async (nextToken) => {
    const page = await client.send(new GetQueryResultsCommand({ queryId, nextToken, maxItems: 1000 }));
    return { items: page.results ?? [], next: page.nextToken };
  });
  return { rows, bytes };
}

/** A row's record, its time in ms since 1970, and what it is known by in another query. */
function rowOf(fields: readonly ResultField[]): { record: Json; time: number; id: string } {
  const { message, time } = messageOf(fields);
  const record = mask(parseJson(message));
  return isRecord(record)
    ? { record, time, id: textAt(record, 'eventID') ?? message }
    : { record: {}, time, id: message };
}

/** The event of a row, as it was written, and its time in ms since 1970. */
export function messageOf(fields: readonly ResultField[]): { message: string; time: number } {
  const of = (name: string) => fields.find(({ field }) => field === name)?.value ?? '';
  return { message: of('@message'), time: Date.parse(`${of('@timestamp').replace(' ', 'T')}Z`) };
}

const within = ({ from, to }: HistorySearch, record: Json): boolean => {
  const time = Date.parse(textAt(record, 'eventTime') ?? '');
  return time >= from.getTime() && time <= to.getTime();
};
