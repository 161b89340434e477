import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { callForStorm } from '../store/storm-escalation.ts';
import { stormsDue } from '../store/storms.ts';
import type { Standing } from '../store/transitions.ts';
import type { Wakes } from './wakes.ts';

export interface EscalateStormsParts {
  database: Database;
  standing: (now: Date) => Promise<Standing>;
  now: () => Date;
  log: Logger;
  metrics: Metrics;
  wakes: Pick<Wakes, 'after'>;
}

/** Calls the next level for every storm that nobody took in hand in time, and returns whether there was one. Run twice, or too early, it does nothing. */
export async function escalateStorms(parts: EscalateStormsParts): Promise<boolean> {
  const { database } = parts;
  const now = parts.now();
  let any = false;
  for (const storm of await stormsDue(database.db, now)) {
    const standing = await parts.standing(now);
    const done = await database.transaction(async (trx) => {
      const call = await callForStorm(trx, storm, standing);
      if (call === undefined) return undefined;
      const { level, called, alertId } = call;
      await appendAudit(trx, {
        at: now,
        actor: { type: 'system' },
        action: 'escalate',
        subject: `storm ${storm}`,
        detail: { level, called, alert: alertId },
      });
      return call;
    });
    if (done === undefined) continue;
    any = true;
    parts.metrics.acts.inc({ kind: 'escalate' });
    parts.log.info({ storm, level: done.level }, 'A storm was escalated.');
    parts.wakes.after({ targets: done.targets, dueAt: null });
  }
  return any;
}
