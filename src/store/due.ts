import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** Which loops have something to do by now. */
export interface Due {
  /** Channels, users and pagers for which something is to be delivered. */
  targets: string[];
  intake: boolean;
  escalate: boolean;
  triage: boolean;
  digests: boolean;
  investigations: boolean;
  /** Storms in which nothing came for a minute. */
  storms: boolean;
  /** Services are to be asked whether somebody took a call. */
  receipts: boolean;
  /** Silences that begin or are over. */
  silences: boolean;
}

/**
 * What the clock has to do, asked in one statement. Investigations are looked at again when nobody looked for `lookEveryMs`;
 * a storm is over after `calmMs` without a new alert.
 */
export async function loopsDue(
  db: Kysely<Tables>,
  now: Date,
  { lookEveryMs, calmMs }: { lookEveryMs: number; calmMs: number },
): Promise<Due> {
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const { rows } = await sql<{ loop: string; target: string | null }>`
    select 'deliver' as loop, target from (
      select channel as target from slack_message where version < wanted and (retry_at is null or retry_at <= ${now})
      union
      select target from outbox where done_at is null and (retry_at is null or retry_at <= ${now})
    ) as shown_or_said
    union all select 'intake', null where exists (select from inbox where waiting is not null and trouble is null)
    union all select 'escalate', null where exists (select from alert where due_at <= ${now})
      or exists (select from storm where due_at <= ${now})
    union all select 'triage', null where exists (
      select from triage where done_at is null and wanted_at <= ${now} and (lease_until is null or lease_until < ${now}))
    union all select 'digests', null where exists (
      select from digest_run where state <> 'done' and channel <> ''
        and (lease_until is null or lease_until <= ${now}) and (retry_at is null or retry_at <= ${now}))
      or exists (select from digest_task where done_at is null and chase_at <= ${now})
      or exists (select from digest_report where done_at is null)
    union all select 'investigations', null where exists (
      select from question where state = 'following' and seen_at <= ${ago(lookEveryMs)})
      or exists (select from watch where ended_at is null and look_at <= ${now})
    union all select 'storms', null where exists (
      select from storm where ended_at is null and last_at <= ${ago(calmMs)})
    union all select 'receipts', null where exists (select from outbox where poll_at <= ${now})
    union all select 'silences', null where exists (
      select from silence where ended_at is null and (expires_at <= ${now} or (begun_at is null and starts_at <= ${now})))`.execute(
    db,
  );
  const named = new Set(rows.map(({ loop }) => loop));
  return {
    targets: rows.flatMap(({ target }) => target ?? []),
    intake: named.has('intake'),
    escalate: named.has('escalate'),
    triage: named.has('triage'),
    digests: named.has('digests'),
    investigations: named.has('investigations'),
    storms: named.has('storms'),
    receipts: named.has('receipts'),
    silences: named.has('silences'),
  };
}
