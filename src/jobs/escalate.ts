import type { Logger } from 'pino';
import { commandDue } from '../alerts/escalation.ts';
import type { Metrics } from '../metrics.ts';
import { lockAlert } from '../store/alerts.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { type Standing, transition, type Wake } from '../store/transitions.ts';

export interface EscalateParts {
  database: Database;
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  wake: (wake: Wake) => Promise<void>;
}

/**
 * Does for an alert what the clock asks of it: the next escalation step, or the end of its snooze. The database says
 * what is due; run twice, or too early, it does nothing.
 */
export async function escalate(parts: EscalateParts, alertId: number): Promise<void> {
  const { database } = parts;
  const now = parts.now();
  const standing = await parts.standing(now);
  const done = await database.transaction(async (trx) => {
    const alert = await lockAlert(trx, alertId);
    const command = alert && commandDue(alert, now);
    if (alert === undefined || command === undefined) return undefined;
    const result = await transition(trx, alertId, command, { type: 'timer' }, standing);
    if (!result?.outcome.ok) return undefined;
    await appendAudit(trx, {
      at: now,
      actor: { type: 'system' },
      action: command.kind,
      subject: `alert ${alertId}`,
      detail: { level: result.outcome.alert.level, called: result.outcome.notify },
    });
    return { wake: result.wake, command, dueAt: alert.dueAt };
  });
  if (done === undefined) return;
  parts.metrics.acts.inc({ kind: done.command.kind });
  if (done.dueAt !== null) parts.metrics.escalationDelay.observe((now.getTime() - done.dueAt.getTime()) / 1000);
  parts.log.info({ alert: alertId, did: done.command.kind }, 'The clock did what was due.');
  await parts.wake(done.wake);
}
