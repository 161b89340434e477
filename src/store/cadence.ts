import { type Kysely, sql, type Transaction } from 'kysely';
import { ownKinds } from '../alerts/sources/trailwatch.ts';
import { hourMs } from '../words/time.ts';
import type { Database } from './database.ts';
import { plainText } from './json.ts';
import type { Tables } from './tables.ts';

/** In the place of a stream: Trailwatch itself ran in this hour. */
const awake = 'awake';

/** The hour of a time, in hours since 1970. */
export const hourOf = (time: Date): number => Math.floor(time.getTime() / hourMs);

export interface HeardIn {
  stream: string;
  hour: number;
}

/** What this process knows to be noted of the hour that runs. */
const notedIn = new WeakMap<object, { hour: number; streams: Set<string> }>();

/** So that a stream is written down once an hour, however many messages come: what of it is not noted yet, and that it is by now. */
export function unnoted(database: Pick<Database, 'db'>, now: Date) {
  const hour = hourOf(now);
  const known = notedIn.get(database);
  const { streams: noted } = known?.hour === hour ? known : { streams: new Set<string>() };
  return {
    fresh: (streams: readonly string[]): HeardIn[] =>
      streams.filter((stream) => !noted.has(stream)).map((stream) => ({ stream, hour })),
    committed: (streams: readonly string[]): void => {
      for (const stream of streams) noted.add(stream);
      notedIn.set(database, { hour, streams: noted });
    },
  };
}

/** Notes in which hours streams were heard of, in one statement. */
export async function noteHeard(db: Kysely<Tables> | Transaction<Tables>, heard: readonly HeardIn[]): Promise<void> {
  if (heard.length === 0) return;
  await sql`
    insert into heard (stream, hour)
    select * from unnest(${heard.map(({ stream }) => plainText(stream))}::text[], ${heard.map(({ hour }) => hour)}::integer[])
    on conflict do nothing`.execute(db);
}

/** Notes that Trailwatch runs. */
export async function noteAwake(database: Pick<Database, 'db'>, now: Date): Promise<void> {
  const { fresh, committed } = unnoted(database, now);
  await noteHeard(database.db, fresh([awake]));
  committed([awake]);
}

/** The hours in which Trailwatch ran. */
export async function awakeHours(db: Kysely<Tables>): Promise<Set<number>> {
  const rows = await db.selectFrom('heard').select('hour').where('stream', '=', awake).execute();
  return new Set(rows.map(({ hour }) => hour));
}

/** Streams that are read at once. */
const pageSize = 500;

/** Streams with the hours in which they were heard of, of which the last is before `before`; a page at a time. */
export async function* quietStreams(
  db: Kysely<Tables>,
  before: number,
): AsyncGenerator<{ stream: string; hours: number[] }> {
  let after = '';
  for (;;) {
    const { rows } = await sql<{ stream: string; hours: number[] }>`
      select stream, array_agg(hour order by hour) as hours from heard
      where stream > ${after} and stream <> ${awake}
      group by stream having max(hour) < ${before} order by stream limit ${pageSize}`.execute(db);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = last.stream;
  }
}

/** The topics and the sources (over all accounts) with their hours, and how many other streams there are. */
export async function mainStreams(
  db: Kysely<Tables>,
): Promise<{ streams: { stream: string; hours: number[] }[]; others: number }> {
  const main = sql<boolean>`(stream like 'topic %' or (stream like 'source %' and stream not like '% in %'))`;
  const { rows } = await sql<{ stream: string; hours: number[] }>`
    select stream, array_agg(hour order by hour) as hours from heard where ${main} group by stream order by stream`.execute(
    db,
  );
  const others = await sql<{ count: number }>`
    select count(distinct stream)::integer as count from heard where not ${main} and stream <> ${awake}`.execute(db);
  return { streams: rows, others: others.rows[0]?.count ?? 0 };
}

export async function topicStreams(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ topic: string }>`
    select distinct substr(stream, 7) as topic from heard where stream like 'topic %' order by 1`.execute(db);
  return rows.map(({ topic }) => topic);
}

/** Open alerts about a stream that was heard of since, and about a subscription of a topic that was. */
export async function heardAgain(
  db: Kysely<Tables>,
): Promise<{ streams: { stream: string; last: number }[]; topics: { topic: string; at: Date }[] }> {
  const streams = await sql<{ stream: string; last: number }>`
    select signal -> 'raw' ->> 'stream' as stream, (signal -> 'raw' ->> 'last')::integer as last from alert
    where state <> 'resolved' and source = 'trailwatch' and kind = ${ownKinds.silence} and exists (
      select from heard where heard.stream = signal -> 'raw' ->> 'stream' and hour > (signal -> 'raw' ->> 'last')::integer)`.execute(
    db,
  );
  const topics = await sql<{ topic: string; at: Date }>`
    select topic.arn as topic, topic.heard_at as at from alert
    join topic on dedup_key = 'sns:subscription-removed:' || topic.arn
    where state <> 'resolved' and source = 'sns' and topic.heard_at > alert.last_seen`.execute(db);
  return { streams: streams.rows, topics: topics.rows };
}

/** The queues about which an alert is open, with how many messages waited when it was told. */
export async function queuesTold(db: Kysely<Tables>): Promise<Map<string, number>> {
  const { rows } = await sql<{ queue: string; waiting: number }>`
    select signal -> 'raw' ->> 'queue' as queue, (signal -> 'raw' ->> 'waiting')::integer as waiting from alert
    where state <> 'resolved' and source = 'trailwatch' and kind = ${ownKinds.queue}`.execute(db);
  return new Map(rows.map(({ queue, waiting }) => [queue, waiting]));
}
