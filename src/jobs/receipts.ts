import type { Logger } from 'pino';
import type { PagerParts } from '../notify/pager.ts';
import { pushoverReceipt } from '../notify/pushover.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Database } from '../store/database.ts';
import { closeReceipt, takeReceipts } from '../store/deliveries.ts';
import { type Standing, transition } from '../store/transitions.ts';
import type { Wakes } from './wakes.ts';

export interface ReceiptParts {
  database: Database;
  environment: PagerParts;
  /** Whether a person has the right to respond to alerts. */
  mayRespond: (user: string) => Promise<boolean>;
  standing: (now: Date) => Promise<Standing>;
  wakes: Pick<Wakes, 'after'>;
  now: () => Date;
  log: Logger;
}

/** Asks the services that give receipts whether somebody took a call: acknowledged there is acknowledged here. */
export async function askReceipts(parts: ReceiptParts): Promise<void> {
  const { database, environment, log } = parts;
  for (const row of await takeReceipts(database.db, parts.now())) {
    const said = await pushoverReceipt(environment, row.receipt ?? '');
    if (said.outcome === 'waiting' || said.outcome === 'later' || said.outcome === 'unknown') continue;
    if (said.outcome === 'acknowledged' && row.alert_id !== null) await acknowledge(parts, row.alert_id, row);
    else if (said.outcome !== 'acknowledged') log.info({ target: row.target, said }, 'Nobody took a call in its time.');
    await closeReceipt(database.db, row.id, said.outcome === 'acknowledged');
  }
}

/** In the name of whose rule called, if it was one; a group's or a team's key is nobody's. */
async function acknowledge(
  parts: ReceiptParts,
  alertId: number,
  { person, target }: { person: string | null; target: string },
): Promise<void> {
  if (person !== null && !(await parts.mayRespond(person)))
    return parts.log.warn({ person, alert: alertId }, 'Somebody took a call who may not respond to alerts.');
  const by = person === null ? { type: 'trailwatch' as const } : { type: 'user' as const, id: person };
  const standing = await parts.standing(parts.now());
  const pending = await parts.database.transaction(async (trx) => {
    const done = await transition(trx, alertId, { kind: 'acknowledge' }, by, standing);
    if (done === undefined || !done.outcome.ok) return undefined;
    await appendAudit(trx, {
      at: standing.now,
      actor: { type: 'system' },
      action: 'acknowledge',
      subject: `alert ${alertId}`,
      detail: { on: target.slice(0, target.indexOf(':')), person },
    });
    return done.pending;
  });
  if (pending !== undefined) parts.wakes.after(pending);
}
