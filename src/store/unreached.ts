import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Alert } from '../alerts/alert.ts';
import { isReminder } from '../alerts/notices.ts';
import type { VoiceEvent } from '../alerts/voice-events.ts';
import { appendEvents, lockAlerts, updateCourses } from './alerts.ts';
import { putOut } from './deliveries.ts';
import { jsonText } from './json.ts';
import type { OutboxTable, Tables } from './tables.ts';

type CallRow = Pick<Selectable<OutboxTable>, 'id' | 'key' | 'alert_id' | 'target' | 'step' | 'person' | 'payload'>;

/**
 * Calls that reach nobody: they cannot be made (`unreached`), or are made and nothing rings (`silent`). The timeline and the thread
 * say so, the person's other ways are due at once, and where nobody else is called in the same step the next level is. An alert in
 * the hands of somebody who cannot even be asked whether they are still on it fires again at once. Returns who is to be called now,
 * and whether the clock has something to do.
 */
export async function noteUnreached(
  trx: Transaction<Tables>,
  rows: readonly CallRow[],
  { now, error, outcome }: { now: Date; error: string; outcome: 'unreached' | 'silent' },
): Promise<{ targets: string[]; dueNow: boolean }> {
  const ids = rows.map(({ id }) => id);
  await trx
    .updateTable('outbox')
    .set({ done_at: now, error, outcome, attempted_at: null, retry_at: null })
    .where('id', '=', sql<number>`any(${ids}::integer[])`)
    .execute();
  const alerts = new Map(
    (await lockAlerts(trx, [...new Set(rows.flatMap(({ alert_id }) => alert_id ?? []))])).map((each) => [
      each.id,
      each,
    ]),
  );
  const lines = rows.flatMap(({ key, target, alert_id }) => {
    const alert = alerts.get(alert_id ?? 0);
    if (alert === undefined) return [];
    const event = {
      kind: 'unreached' as const,
      at: now,
      by: { type: 'trailwatch' as const },
      detail: target,
      text: error,
    };
    return [
      {
        alertId: alert.id,
        event,
        key: `${key}-${outcome}`,
        notice: { kind: 'reply' as const, target: alert.channel, event },
      },
    ];
  });
  await appendEvents(trx, lines);
  await putOut(
    trx,
    lines.filter(({ alertId }) => alerts.get(alertId)?.stormId === null),
    now,
  );
  const targets = [...new Set(lines.map(({ notice }) => notice.target)), ...(await hurryOtherWays(trx, rows))];
  const waiting = await stepsWithSomebody(trx, rows);
  const alone = rows.flatMap(({ step, alert_id, payload }) => {
    const alert = alerts.get(alert_id ?? 0);
    if (isReminder(payload)) return alert?.state === 'acknowledged' && alert.remindedAt !== null ? [alert] : [];
    return alert !== undefined && step !== null && !waiting.has(step) && goesOn(alert, now) ? [alert] : [];
  });
  await updateCourses(
    trx,
    [...new Set(alone)].map((alert) => ({ ...alert, dueAt: now })),
  );
  return { targets, dueNow: alone.length > 0 };
}

/** Whether an alert's next level may be called before its time. What is exhausted has none: it would be called again and again. */
const goesOn = ({ state, stormId, exhaustedAt, dueAt }: Alert, now: Date): boolean =>
  state === 'firing' && stormId === null && exhaustedAt === null && dueAt !== null && dueAt > now;

/** The other ways to the same people, in the same step, that wait for their time: they are due now. Returns the targets. */
export async function hurryOtherWays(
  trx: Kysely<Tables>,
  rows: readonly Pick<CallRow, 'step' | 'person'>[],
): Promise<string[]> {
  const called = rows.flatMap(({ step, person }) => (step === null || person === null ? [] : [{ step, person }]));
  if (called.length === 0) return [];
  const hurried = await sql<{ target: string }>`
    update outbox set retry_at = null from jsonb_to_recordset(${jsonText(called)}::jsonb) as call (step text, person text)
    where outbox.step = call.step and outbox.person = call.person and done_at is null and attempted_at is null
    returning target`.execute(trx);
  return [...new Set(hurried.rows.map(({ target }) => target))];
}

/** The steps in which somebody else was reached, or may still be. */
async function stepsWithSomebody(trx: Transaction<Tables>, rows: readonly CallRow[]): Promise<Set<string>> {
  const steps = [...new Set(rows.flatMap(({ step }) => step ?? []))];
  if (steps.length === 0) return new Set();
  const { rows: found } = await sql<{ step: string }>`
    select distinct step from outbox
    where step = any(${steps}::text[]) and (outcome is null or outcome in ('sent', 'rang'))
      and (kind in ('direct', 'notice', 'page') or (kind = 'call' and payload -> 'usergroups' <> '[]'::jsonb))`.execute(
    trx,
  );
  return new Set(found.map(({ step }) => step));
}

/** What became of telephone calls, as AWS says it: answered, or not reached, which goes on at once. */
export async function noteVoiceEvents(
  trx: Transaction<Tables>,
  events: readonly VoiceEvent[],
  now: Date,
): Promise<{ targets: string[]; dueNow: boolean }> {
  const heard = { targets: [] as string[], dueNow: false };
  for (const { messageId, outcome, why } of events) {
    if (outcome === null) continue;
    const calls = trx
      .selectFrom('outbox')
      .selectAll()
      .where('receipt', '=', messageId)
      .where('target', 'like', 'voice:%')
      .where('outcome', '=', 'sent');
    const rows = await calls.execute();
    if (outcome === 'unreached' && rows.length > 0) {
      const { targets, dueNow } = await noteUnreached(trx, rows, { now, error: why, outcome });
      heard.targets.push(...targets);
      heard.dueNow ||= dueNow;
    } else if (rows.length > 0) {
      const ids = rows.map(({ id }) => id);
      await trx.updateTable('outbox').set({ outcome: 'rang' }).where('id', 'in', ids).execute();
    }
  }
  return heard;
}
