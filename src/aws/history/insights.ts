import { isRecord, type Json, parseJson, textAt } from '../../alerts/json.ts';
import { mask } from '../../alerts/mask.ts';
import { AwsTrouble, type Services } from '../aws.ts';
import { allOf } from '../pages.ts';
import { type Condition, type HistorySearch, lateMs, token } from './conditions.ts';
import type { HistoryPage } from './source.ts';
import { wait } from './wait.ts';

/** Rows of one query at most. Source: CloudWatch Logs API reference, StartQuery, limit. */
const mostRows = 10_000;

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
 * events by when they were delivered, which is up to 15 minutes after they happened.
 * @throws AwsTrouble when one second holds more than a query can give
 */
export async function* searchLogGroup(
  client: Services['cloudWatchLogs'],
  logGroup: string,
  search: HistorySearch,
  signal: AbortSignal,
): AsyncGenerator<HistoryPage, void> {
  const { StartQueryCommand, GetQueryResultsCommand, StopQueryCommand } = await import(
    '@aws-sdk/client-cloudwatch-logs'
  );
  const queryString = insightsQuery(search);
  let bytes = 0;
  for (let to = Math.ceil((search.to.getTime() + lateMs) / 1000); ; ) {
    const { queryId } = await client.send(
      new StartQueryCommand({
        ...(logGroup.startsWith('arn:') ? { logGroupIdentifiers: [logGroup] } : { logGroupName: logGroup }),
        startTime: Math.floor(search.from.getTime() / 1000),
        endTime: to,
        queryString,
        limit: mostRows,
      }),
    );
    const stop = () => client.send(new StopQueryCommand({ queryId }));
    const done = await wait(stop, signal, async () => {
      const { status = 'Unknown', statistics } = await client.send(
        new GetQueryResultsCommand({ queryId, maxItems: 1 }),
      );
      if (status === 'Scheduled' || status === 'Running' || status === 'Unknown') return undefined;
      if (status !== 'Complete')
        throw new AwsTrouble('other', `The search of the log group ended as ${status}: try a shorter time.`);
      return statistics?.bytesScanned ?? 0;
    });
    const before = bytes;
    bytes = before + done;
    const rows = await allOf(async (nextToken) => {
      const page = await client.send(new GetQueryResultsCommand({ queryId, nextToken, maxItems: 1000 }));
      return { items: page.results ?? [], next: page.nextToken };
    });
    const of = (row: (typeof rows)[number], name: string) => row.find(({ field }) => field === name)?.value ?? '';
    const events = rows.flatMap((row): Json[] => {
      const record = mask(parseJson(of(row, '@message')));
      return isRecord(record) && within(search, record) ? [record] : [];
    });
    yield { events, bytes };
    const oldest = rows.at(-1);
    if (rows.length < mostRows || oldest === undefined) return;
    const second = Math.ceil(Date.parse(`${of(oldest, '@timestamp').replace(' ', 'T')}Z`) / 1000);
    if (!(second < to))
      throw new AwsTrouble('stopped', `More than ${mostRows} events came in one second: ask for less at once.`);
    to = second;
  }
}

const within = ({ from, to }: HistorySearch, record: Json): boolean => {
  const time = Date.parse(textAt(record, 'eventTime') ?? '');
  return time >= from.getTime() && time <= to.getTime();
};
