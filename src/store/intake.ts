import { sql, type Transaction } from 'kysely';
import { type Alert, type AlertMode, newAlert, type TimelineEvent } from '../alerts/alert.ts';
import { nextDue } from '../alerts/escalation.ts';
import { applySignal, type Change } from '../alerts/lifecycle.ts';
import type { Severity } from '../alerts/severity.ts';
import type { Signal } from '../alerts/signal.ts';
import { appendEvents, findAlert, insertAlert, lockKey } from './alerts.ts';
import type { Tables } from './database.ts';
import { showAlert } from './deliveries.ts';
import { jsonb, plainText } from './json.ts';
import { stormFor } from './storms.ts';
import { policyOf, type Standing, say, store, type Wake } from './transitions.ts';

export interface UnmatchedEndTable {
  dedup_key: string;
  signal: Signal;
  at: Date;
}

/** Where a signal goes and how: what the routes of the configuration decided. */
export interface Placement {
  channel: string;
  mention: string[];
  escalation: string | null;
  severity: Severity;
  mode: AlertMode;
  runbook: string | null;
  /** Other channels that show the alert too. */
  also: string[];
}

export interface Grouping {
  reopenWindowMs: number;
  storm: number;
}

/** What became of a signal: the word that is kept with the message and counted in the metrics. */
export type Intake = 'opened' | 'reopened' | 'repeated' | 'resolved' | 'nothing-to-resolve' | 'stored';

const silent: Wake = { targets: [], alerts: [] };

/**
 * Opens or updates the alert that a signal belongs to, inside the caller's transaction. Signals of one kind wait for
 * each other, so that those of one dedup key are one alert, and a storm is seen as one, whatever arrives at once on
 * however many replicas. A caller with several signals brings them in the order of source, kind and dedup key.
 */
export async function takeIn(
  trx: Transaction<Tables>,
  signal: Signal,
  placement: Placement,
  grouping: Grouping,
  standing: Standing,
): Promise<{ intake: Intake; wake: Wake }> {
  await lockKey(trx, `${signal.source}:${signal.kind}`);
  await lockKey(trx, signal.dedupKey);
  const resolvedAfter = new Date(standing.now.getTime() - grouping.reopenWindowMs);
  const known = await findAlert(trx, signal.dedupKey, resolvedAfter);
  const placed = { ...signal, severity: placement.severity };
  // What a silence holds back must not wake an alert that was resolved in the open: it is stored as one of its own.
  const hidden = known?.state === 'resolved' && known.mode !== 'digest' && placement.mode === 'digest';
  if (known !== undefined && !(hidden && signal.state === 'firing'))
    return repeat(trx, known, placed, placement, standing);
  if (signal.state === 'resolved') {
    await rememberEnd(trx, signal, standing.now);
    return { intake: 'nothing-to-resolve', wake: silent };
  }
  return open(trx, placed, placement, grouping, standing);
}

async function repeat(
  trx: Transaction<Tables>,
  known: Alert,
  signal: Signal,
  placement: Placement,
  standing: Standing,
): Promise<{ intake: Intake; wake: Wake }> {
  // An alert that was only stored (a silence, a digest) and is no longer: from now on it is shown like a new one.
  const shown = known.mode === 'digest' && placement.mode !== 'digest' && signal.state === 'firing';
  const alert: Alert = shown ? { ...known, ...place(placement), firingSince: standing.now, level: 0 } : known;
  const change = applySignal(alert, signal, {
    now: standing.now,
    by: { type: 'aws' },
    policy: policyOf(alert, standing),
  });
  if (shown) for (const channel of [placement.channel, ...placement.also]) await showAlert(trx, alert.id, channel);
  const wake = await store(trx, change, standing);
  const last = change.events[0]?.kind;
  return { intake: last === 'resolved' || last === 'reopened' ? last : 'repeated', wake };
}

const place = (placement: Placement) => ({
  channel: placement.channel,
  mention: placement.mention,
  runbook: placement.runbook,
  escalation: placement.escalation,
  mode: placement.mode,
});

async function open(
  trx: Transaction<Tables>,
  signal: Signal,
  placement: Placement,
  grouping: Grouping,
  standing: Standing,
): Promise<{ intake: Intake; wake: Wake }> {
  const { now } = standing;
  const { channel, mode } = placement;
  const storm = { channel, source: signal.source, kind: signal.kind };
  const stormId = mode === 'digest' ? null : await stormFor(trx, storm, grouping.storm, now);
  const fresh = newAlert(signal, placement, stormId, now);
  const dueAt = nextDue({ ...fresh, id: 0 }, policyOf(fresh, standing));
  const alert = await insertAlert(trx, { ...fresh, dueAt });
  const opened: TimelineEvent = { kind: 'opened', at: now, by: { type: 'aws' } };
  await appendEvents(trx, alert.id, [opened]);
  if (mode !== 'digest' && stormId === null) await showAlert(trx, alert.id, channel);
  if (mode !== 'digest') for (const other of placement.also) await showAlert(trx, alert.id, other);
  const change: Change = { ok: true, alert, events: [opened], notify: [] };
  const opening = await say(trx, change, standing);
  const end = await takeEnd(trx, signal);
  const ending = end && applySignal(alert, end, { now, by: { type: 'aws' }, policy: policyOf(alert, standing) });
  const wake = ending === undefined ? opening : await store(trx, ending, standing);
  return {
    intake: mode === 'digest' ? 'stored' : 'opened',
    wake: mode === 'digest' ? silent : { ...wake, targets: [...wake.targets, ...placement.also] },
  };
}

/** Keeps an end whose beginning has not come yet, the newest of a key: SNS does not keep order. */
async function rememberEnd(trx: Transaction<Tables>, signal: Signal, now: Date): Promise<void> {
  const row = { signal: jsonb(signal), at: now };
  await trx
    .insertInto('unmatched_end')
    .values({ dedup_key: plainText(signal.dedupKey), ...row })
    .onConflict((conflict) =>
      conflict.column('dedup_key').doUpdateSet(row).where(sql`unmatched_end.signal ->> 'time'`, '<', signal.time),
    )
    .execute();
}

/** The end that came before this beginning, if there is one; an end of an earlier time belongs to something else. */
async function takeEnd(trx: Transaction<Tables>, signal: Signal): Promise<Signal | undefined> {
  const row = await trx
    .deleteFrom('unmatched_end')
    .where('dedup_key', '=', plainText(signal.dedupKey))
    .returning('signal')
    .executeTakeFirst();
  return row !== undefined && row.signal.time >= signal.time ? row.signal : undefined;
}
