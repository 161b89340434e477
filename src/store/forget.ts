import { type Kysely, type RawBuilder, sql } from 'kysely';
import { learnedHours } from '../alerts/cadence.ts';
import { restMs } from '../alerts/incidents.ts';
import type { Config } from '../config/config.ts';
import { dayMs, hourMs, weekMs } from '../words/time.ts';
import { hourOf } from './cadence.ts';
import type { Tables } from './tables.ts';

export type Keeping = Pick<Config, 'retention' | 'digests'>;

/** Rows that one statement removes: it holds up nobody for long, and a process that ends in it has removed none. */
const batch = 500;

/** Removed together with what its rows belong to, or never. */
type Otherwise = 'with its alert' | 'with its run' | 'with its question' | 'with its case' | 'stays';

/** Which rows are over, and what goes with those whose ids are in `gone`. */
interface Over {
  where: RawBuilder<unknown>;
  together: RawBuilder<unknown>;
}

/** Of every table, which rows are of no more use; a word where that is not for its rows alone to say. */
function over(
  { retention, digests }: Keeping,
  now: Date,
): Record<keyof Tables, Over | RawBuilder<unknown> | Otherwise> {
  const before = (ms: number): Date => new Date(now.getTime() - ms);
  const alerts = before(retention.alertsMs);
  const unfinished = sql`
    (other.last_seen >= ${alerts} or other.resolved_at >= ${alerts} or other.state <> 'resolved' and other.mode = 'alert')`;
  const runs = before(digests.keepWeeks * weekMs);
  return {
    alert: {
      where: sql`
      last_seen < ${alerts} and (resolved_at is null or resolved_at < ${alerts}) and (state = 'resolved' or mode <> 'alert')
      and not exists (select from outbox where alert_id = alert.id and (done_at is null or poll_at is not null))
      and not exists (select from triage where alert_id = alert.id and done_at is null)
      and not exists (select from actor_question where alert_id = alert.id and answer = 'open')
      and not exists (select from storm where id = storm_id and (ended_at is null or ended_at >= ${alerts}))
      and not exists (select from alert as other where other.storm_id = alert.storm_id and ${unfinished})
      and not exists (select from alert as other where other.incident_id = alert.incident_id and ${unfinished})`,
      together: withAlert,
    },
    actor_question: 'with its alert',
    alert_event: 'with its alert',
    triage: 'with its alert',
    slack_message: 'with its alert',
    storm: {
      where: sql`ended_at < ${alerts} and not exists (select from alert where storm_id = storm.id)`,
      together: sql`, shown as (delete from slack_message where storm_id in (select id from gone))`,
    },
    incident: {
      where: sql`last_at < ${alerts} and not exists (select from alert where incident_id = incident.id)`,
      together: sql`, shown as (delete from slack_message where incident_id in (select id from gone))`,
    },
    silence: sql`ended_at < ${alerts}`,
    watch: sql`ended_at < ${alerts}`,
    case_file: {
      where: sql`closed_at < ${alerts}`,
      together: sql`, held as (delete from case_entry where case_id in (select id from gone))`,
    },
    case_entry: 'with its case',
    oncall_override: sql`ends_at < ${alerts}`,
    // What belongs to an alert is what it was about, who was called and what came of it.
    outbox: sql`alert_id is null and created_at < ${before(retention.newsMs)} and done_at is not null`,
    // The framework looks back 30 days at most.
    received_event: sql`at < ${before(35 * dayMs)}`,
    // One that was set apart has made no alert, and is kept as one would be.
    inbox: sql`
      received_at < ${before(retention.messagesMs)} and waiting is null or received_at < ${alerts} and trouble is not null`,
    question: sql`
      at < ${before(retention.answersMs)}
      and not (state in ('searching', 'following') and seen_at >= ${before(retention.answersMs)})
      and not exists (select from case_entry where kind = 'answer' and ref = question.id)`,
    question_part: 'with its question',
    // The newest of each digest is what the next one is compared with; a review that was begun is signed off first.
    digest_run: sql`
      started_at < ${runs} and (state = 'done' or channel = '')
      and id not in (select max(id) from digest_run where state = 'done' group by digest)
      and (reviewed_at is not null or not exists (select from digest_user_review where run_id = digest_run.id))`,
    digest_file: 'with its run',
    digest_place: 'with its run',
    digest_raw: 'with its run',
    digest_user_review: 'with its run',
    digest_daily: sql`day < ${runs.toISOString().slice(0, 10)}::date`,
    digest_exception: sql`decided_at < ${runs} and (not approved or expires_at < ${runs})`,
    digest_report: sql`done_at < ${runs}`,
    digest_task: sql`done_at < ${runs}`,
    digest_schedule: 'stays',
    // The chain is whole from its first row, or proves nothing.
    audit_log: 'stays',
    audit_head: 'stays',
    audit_anchor: 'stays',
    reach: 'stays',
    rota: 'stays',
    calendar_feed: 'stays',
    topic: 'stays',
    // What only guards against repeats and disorder. Slack's signatures hold for five minutes.
    slack_request: sql`at < ${before(hourMs)}`,
    unmatched_end: sql`at < ${before(14 * dayMs)}`,
    // Fetched again each day while they are in use.
    sns_certificate: sql`fetched_at < ${before(30 * dayMs)}`,
    link: sql`at < ${before(restMs)}`,
    heard: sql`hour < ${hourOf(now) - learnedHours}`,
    lane: sql`next_at < ${before(dayMs)}`,
  };
}

/** What is known of alerts. A message about several alerts is that of those which stay. */
const withAlert = sql`
  , freed as (
    update outbox set bundle = null where alert_id not in (select id from gone)
      and bundle in (select id from outbox where alert_id in (select id from gone)))
  , ${sql.join(
    ['outbox', 'slack_message', 'alert_event', 'triage', 'actor_question', 'received_event'].map(
      (table) =>
        sql`${sql.ref(`of_${table}`)} as (delete from ${sql.table(table)} where alert_id in (select id from gone))`,
    ),
  )}`;

/**
 * Throws away what nobody needs any more, of each table one batch. Never what is open, waits or is looked at by somebody: of an
 * incident and a storm everything is over before any of it goes. Returns whether there is more to throw away.
 */
export async function forget(db: Kysely<Tables>, keeping: Keeping, now: Date): Promise<boolean> {
  let more = false;
  for (const [table, rule] of Object.entries(over(keeping, now))) {
    if (typeof rule === 'string') continue;
    const [name, { where, together }] = [sql.table(table), 'where' in rule ? rule : { where: rule, together: sql`` }];
    const key = sql.ref('where' in rule ? 'id' : 'ctid');
    const { numAffectedRows } = await sql`
      with gone as (select ${key} from ${name} where ${where} limit ${batch} for update skip locked) ${together}
      delete from ${name} where ${key} in (select ${key} from gone)`.execute(db);
    more ||= Number(numAffectedRows ?? 0) === batch;
  }
  return more;
}
