import type { Transaction } from 'kysely';
import type { Alert } from '../alerts/alert.ts';
import type { Resolution } from '../alerts/resolution.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { askedAbout } from '../store/actor-questions.ts';
import { appendAudit } from '../store/audit-log.ts';
import { putOut } from '../store/deliveries.ts';
import type { Tables } from '../store/tables.ts';
import { transitionAll } from '../store/transitions.ts';
import { saidIn } from './act.ts';

/** What can be done to all of an incident or a storm. */
export type Deed = { kind: 'acknowledge' } | { kind: 'resolve'; as?: Resolution; text?: string };

/** What can be done to many alerts by one press. */
export type ManyCommand = Deed | { kind: 'assign'; to: string };

/**
 * Does one thing to the alerts that `lock` finds, in one transaction and each on the record with `detail`. Whoever is given
 * them hears of it once. Returns how many. The caller has checked the right.
 */
export async function actOnMany(
  parts: Parts,
  person: Person,
  command: ManyCommand,
  { lock, detail }: { lock: (trx: Transaction<Tables>) => Promise<Alert[]>; detail: object },
): Promise<number> {
  const now = parts.now();
  const standing = await parts.standing(now);
  const done = command.kind === 'assign' ? { ...command, quiet: true as const } : command;
  const to = command.kind === 'assign' && command.to !== person.user ? command.to : null;
  const { changes, pending } = await parts.database.transaction(async (trx) => {
    const found = await lock(trx);
    // What is critical is not over by the word of the one who was asked whether it was them.
    const critical = done.kind === 'resolve' ? found.filter(({ severity }) => severity === 'critical') : [];
    const own = await askedAbout(
      trx,
      person.user,
      critical.map(({ id }) => id),
    );
    const result = await transitionAll(
      trx,
      found.filter(({ id }) => !own.has(id)),
      () => done,
      { type: 'user', id: person.user },
      standing,
    );
    const entries = result.changes.map(({ alert: { id, version } }) => ({
      at: now,
      actor: { type: 'user' as const, team: person.team, user: person.user },
      action: command.kind,
      subject: `alert ${id}`,
      detail: { ...detail, ...saidIn(command), version },
    }));
    await appendAudit(trx, ...entries);
    const [first] = result.changes;
    if (to !== null && first !== undefined) {
      const notice = { kind: 'given' as const, target: to, by: person.user, count: result.changes.length };
      const key = `given-${first.alert.id}-${first.alert.version}`;
      await putOut(trx, [{ key, alertId: null, notice }], now);
    }
    return result;
  });
  parts.wakes.after(pending);
  if (to !== null && changes.length > 0) parts.wakes.deliver(to);
  return changes.length;
}
