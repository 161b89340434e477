import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * A pace that all replicas keep together: each turn is reserved in the database, by the database's clock. Same lanes as
 * slack's pace, stored under another name.
 */
export function sharedPace({ db }: Pick<Database, 'db'>) {
  return async (lane: string, perSecond: number, signal?: AbortSignal): Promise<void> => {
    const gap = sql<string>`${1000 / perSecond} * interval '1 millisecond'`;
    const { rows } = await sql<{ wait_ms: number }>`
      insert into lane (id, next_at) values (${`aws:${lane}`}, clock_timestamp() + ${gap})
      on conflict (id) do update set next_at = greatest(lane.next_at, clock_timestamp()) + ${gap}
      returning extract(epoch from next_at - ${gap} - clock_timestamp())::float8 * 1000 as wait_ms`.execute(db);
    const waitMs = rows[0]?.wait_ms ?? 0;
    if (waitMs > 0) await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  };
}
