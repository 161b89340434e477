import { mask } from '../../alerts/mask.ts';
import { isRecord, type Json, parseJson } from '../../words/json.ts';
import { AwsTrouble, type Services } from '../aws.ts';
import { pages } from '../pages.ts';
import type { HistorySearch } from './conditions.ts';
import type { HistoryPage } from './page.ts';
import { all, quoted, whereOf } from './sql.ts';
import { wait } from './wait.ts';

/**
 * The statement over an event data store. Lake takes no parameters in a statement of one's own: every value is checked to
 * be a plain name, and quoted. Source: CloudTrail user guide, "CloudTrail Lake SQL constraints". @throws AwsTrouble
 */
export function lakeQuery(eventDataStore: string, search: HistorySearch): string {
  const time = (at: Date) => at.toISOString().slice(0, 19).replace('T', ' ');
  const { sql, values } = all([
    { sql: 'eventtime between ? and ?', values: [time(search.from), time(search.to)] },
    ...search.conditions.map((condition) => whereOf(condition, ['eventjson'])),
  ]);
  let place = 0;
  const filled = sql.replace(/\?/g, () => quoted(values[place++] ?? ''));
  return `select eventjson from ${eventDataStore.split('/').at(-1)} where ${filled} order by eventtime desc`;
}

/** Searches an event data store of CloudTrail Lake, newest first. */
export async function* searchEventDataStore(
  client: Services['cloudTrail'],
  eventDataStore: string,
  search: HistorySearch,
  signal: AbortSignal,
): AsyncGenerator<HistoryPage, void> {
  const { StartQueryCommand, DescribeQueryCommand, GetQueryResultsCommand, CancelQueryCommand } = await import(
    '@aws-sdk/client-cloudtrail'
  );
  const { QueryId } = await client.send(new StartQueryCommand({ QueryStatement: lakeQuery(eventDataStore, search) }));
  const stop = () => client.send(new CancelQueryCommand({ QueryId }));
  const bytes = await wait(stop, signal, async () => {
    const {
      QueryStatus = 'QUEUED',
      QueryStatistics,
      ErrorMessage,
    } = await client.send(new DescribeQueryCommand({ QueryId }));
    if (QueryStatus === 'QUEUED' || QueryStatus === 'RUNNING') return undefined;
    if (QueryStatus !== 'FINISHED')
      throw new AwsTrouble('other', `CloudTrail Lake could not search: ${ErrorMessage ?? QueryStatus}`);
    return QueryStatistics?.BytesScanned ?? 0;
  });
  for await (const rows of pages(async (NextToken) => {
    const page = await client.send(new GetQueryResultsCommand({ QueryId, NextToken, MaxQueryResults: 1000 }));
    return { items: page.QueryResultRows ?? [], next: page.NextToken };
  }))
    yield {
      bytes,
      gap: null,
      events: rows.flatMap((row): Json[] => {
        const text = row.flatMap((column) => Object.values(column)).join('');
        const record = mask(parseJson(text));
        return isRecord(record) ? [record] : [];
      }),
    };
}
