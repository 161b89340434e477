import type { Transaction } from 'kysely';
import { escalateStorm } from '../alerts/grouping.ts';
import { lockAlert } from './alerts.ts';
import { pagersOf, putOut } from './deliveries.ts';
import { leadOf, lockStorms, updateStorms } from './storms.ts';
import type { Tables } from './tables.ts';
import { noticeRows, policyOf, type Standing } from './transitions.ts';

/**
 * Calls the next level for a storm that is due, inside the caller's transaction: once for all that is in it, in the name of
 * its worst alert that nobody has in hand. Where everything is in hand, its timer ends. Undefined: nothing was due.
 */
export async function callForStorm(
  trx: Transaction<Tables>,
  stormId: number,
  standing: Standing,
): Promise<{ level: number; called: string[]; alertId: number; targets: string[] } | undefined> {
  const { now } = standing;
  // An alert is locked before its storm, everywhere.
  const leadId = await leadOf(trx, stormId);
  const lead = leadId === undefined ? undefined : await lockAlert(trx, leadId);
  const [storm] = await lockStorms(trx, [], [stormId]);
  if (storm === undefined || storm.dueAt === null || storm.dueAt > now) return undefined;
  if (lead === undefined || lead.state !== 'firing') {
    await updateStorms(trx, [{ ...storm, dueAt: null }]);
    return undefined;
  }
  const { storm: next, notify, events } = escalateStorm(storm, policyOf(storm, standing), standing);
  await updateStorms(trx, [next]);
  const call = {
    ok: true as const,
    alert: { ...lead, level: next.level, round: next.round, firingSince: next.firingSince },
    events: events.map((event) => ({ ...event, at: now, by: { type: 'timer' as const } })),
    notify,
  };
  const paged = (await pagersOf(trx, [lead.id])).get(lead.id) ?? [];
  const rows = noticeRows(call, paged, { ...standing, storm: next });
  await putOut(trx, rows, now);
  const targets = [...new Set([storm.channel, ...rows.map(({ notice }) => notice.target)])];
  return { level: next.level, called: notify, alertId: lead.id, targets };
}
