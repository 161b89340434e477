import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Alert } from '../alerts/alert.ts';
import { commandDue } from '../alerts/escalation.ts';
import type { AlertChange, AlertCommand } from '../alerts/lifecycle.ts';
import type { Metrics } from '../metrics.ts';
import { lockAlertsDue, nextDueAt, updateCourses } from '../store/alerts.ts';
import { type AuditEntry, appendAudit } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import { type Pending, type Standing, transitionAll } from '../store/transitions.ts';
import { escalateStorms } from './escalate-storms.ts';
import type { Wakes } from './wakes.ts';

export interface EscalateParts {
  database: Database;
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  wakes: Pick<Wakes, 'after' | 'escalate'>;
}

/** Alerts in one transaction. */
const mostAtOnce = 300;

/**
 * Does what the clock asks of alerts and storms: the next escalation step, or the end of a snooze. Takes all that is due, a batch
 * in one transaction. The database says what is due; run twice, or too early, it does nothing.
 */
export async function escalate(parts: EscalateParts): Promise<void> {
  for (let did = true; ; ) {
    const next = await nextDueAt(parts.database.db);
    if (next === null) return;
    if (next > parts.now()) return parts.wakes.escalate(next);
    // Another process has in hand what is due.
    if (!did) return;
    const alerts = await escalateBatch(parts);
    did = (await escalateStorms(parts)) || alerts;
  }
}

/** Returns whether anything was due. */
async function escalateBatch(parts: EscalateParts): Promise<boolean> {
  const standing = await parts.standing(parts.now());
  const { acts, pending } = await parts.database.transaction((trx) => escalateAlerts(trx, standing, parts.log));
  for (const { kind, lateMs } of acts) {
    parts.metrics.acts.inc({ kind });
    parts.metrics.escalationDelay.observe(lateMs / 1000);
  }
  parts.wakes.after(pending);
  if (acts.length > 0) parts.log.info({ alerts: acts.length }, 'The clock did what was due.');
  return acts.length > 0;
}

async function escalateAlerts(
  trx: Transaction<Tables>,
  standing: Standing,
  log: Logger,
): Promise<{ acts: { kind: AlertCommand['kind']; lateMs: number }[]; pending: Pending }> {
  const due = await lockAlertsDue(trx, standing.now, mostAtOnce);
  const commandFor = (alert: Alert) => commandDue(alert, standing.now);
  const { changes, refused, pending } = await transitionAll(trx, due, commandFor, { type: 'timer' }, standing);
  const before = new Map(due.map((alert) => [alert.id, alert]));
  const acts = changes.flatMap((change) => {
    const alert = before.get(change.alert.id);
    const command = alert && commandFor(alert);
    return alert === undefined || command === undefined
      ? []
      : [{ kind: command.kind, lateMs: lateMs(alert, standing), change }];
  });
  await appendAudit(trx, ...acts.map(({ kind, change }) => entry(standing, kind, change)));
  // Nobody is left to call for these: the policy that set their time was changed since.
  if (refused.length > 0) {
    log.warn({ alerts: refused.map(({ id }) => id) }, 'For these alerts the clock has nothing to do any more.');
    await updateCourses(
      trx,
      refused.map((alert) => ({ ...alert, dueAt: null })),
    );
  }
  return { acts, pending };
}

const lateMs = ({ dueAt }: Alert, { now }: Standing): number => (dueAt === null ? 0 : now.getTime() - dueAt.getTime());

const entry = ({ now }: Standing, action: string, { alert, notify }: AlertChange): AuditEntry => ({
  at: now,
  actor: { type: 'system' },
  action,
  subject: `alert ${alert.id}`,
  detail: { level: alert.level, called: notify },
});
