import type { Transaction } from 'kysely';
import type { Command } from '../alerts/lifecycle.ts';
import type { Parts } from '../parts.ts';
import type { Person, Right, Verdict } from '../slack/access.ts';
import { notAllowed, refused } from '../slack/views/refusals.ts';
import { appendAudit } from '../store/audit-log.ts';
import type { Tables } from '../store/database.ts';
import { openAlertsOfStorm } from '../store/storms.ts';
import { takeOutOfStorm, transition, type Wake } from '../store/transitions.ts';

/** Where and with what on screen somebody acted: for the audit log. */
export interface Seen {
  channel?: string;
  /** The version of the alert that the person saw when he pressed. */
  version?: number;
}

const why: Record<Extract<Verdict, { allowed: false }>['reason'], string> = {
  guest: 'Guests of this workspace may not do this.',
  stranger: 'People of other workspaces may not do this.',
  'not-listed': '',
  unknown: 'Slack did not say just now whether you may do this: try again in a moment.',
};

/**
 * Checks a right; answers the sentence for who lacks it, or undefined. A refusal is on the record too.
 */
export async function lacksRight(
  parts: Parts,
  right: Right,
  person: Person,
  what: string,
): Promise<string | undefined> {
  const verdict = await parts.access.check(right, person, parts.team);
  if (verdict.allowed) return undefined;
  await parts.database.transaction((trx) =>
    record(trx, parts, person, 'refused', what, { right, reason: verdict.reason }),
  );
  return why[verdict.reason] || notAllowed(right, verdict.holders);
}

/** Writes what a person did into the audit log, in the transaction in which it was done. */
export const record = (
  trx: Transaction<Tables>,
  parts: Parts,
  person: Person,
  action: string,
  subject: string,
  detail: Record<string, unknown>,
): Promise<unknown> =>
  appendAudit(trx, {
    at: parts.now(),
    actor: { type: 'user', team: person.team, user: person.user },
    action,
    subject,
    detail,
  });

/**
 * A person does something to an alert: right checked, alert changed, timeline and audit log written together, jobs
 * woken. Answers the sentence to show when nothing was changed, or undefined.
 */
export async function act(
  parts: Parts,
  person: Person,
  alertId: number,
  command: Command,
  seen: Seen = {},
): Promise<string | undefined> {
  const lacking = await lacksRight(parts, 'respond', person, `alert ${alertId}`);
  if (lacking !== undefined) return lacking;
  const standing = await parts.standing(parts.now());
  const wakes: Wake[] = [];
  const answer = await parts.database.transaction(async (trx) => {
    wakes.push(await takeOutOfStorm(trx, alertId));
    const done = await transition(trx, alertId, command, { type: 'user', id: person.user }, standing);
    if (done === undefined) return `There is no alert #${alertId}.`;
    wakes.push(done.wake);
    const result = done.outcome.ok ? { version: done.outcome.alert.version } : { refused: done.outcome.refusal.reason };
    await record(trx, parts, person, command.kind, `alert ${alertId}`, { ...details(command), ...seen, ...result });
    return done.outcome.ok ? undefined : refused(done.before, done.outcome.refusal);
  });
  for (const wake of wakes) await parts.wake(wake);
  if (answer === undefined) parts.metrics.acts.inc({ kind: command.kind });
  return answer;
}

const details = (command: Command): Record<string, unknown> => {
  switch (command.kind) {
    case 'escalate':
      return { reason: command.text, to: command.to };
    case 'snooze':
      return { until: command.until.toISOString() };
    case 'assign':
      return { to: command.to };
    case 'note':
      return { text: command.text };
    default:
      return {};
  }
};

/** Acknowledges or resolves every open alert of a storm, each on the record. */
export async function actOnStorm(
  parts: Parts,
  person: Person,
  stormId: number,
  command: { kind: 'acknowledge' } | { kind: 'resolve' },
): Promise<string> {
  const lacking = await lacksRight(parts, 'respond', person, `storm ${stormId}`);
  if (lacking !== undefined) return lacking;
  const standing = await parts.standing(parts.now());
  let changed = 0;
  for (const alertId of await openAlertsOfStorm(parts.database.db, stormId)) {
    const done = await parts.database.transaction(async (trx) => {
      const result = await transition(trx, alertId, command, { type: 'user', id: person.user }, standing);
      if (result?.outcome.ok)
        await record(trx, parts, person, command.kind, `alert ${alertId}`, {
          storm: stormId,
          version: result.outcome.alert.version,
        });
      return result;
    });
    if (!done?.outcome.ok) continue;
    changed++;
    await parts.wake(done.wake);
  }
  return `${changed === 1 ? '1 alert was' : `${changed} alerts were`} ${command.kind === 'resolve' ? 'resolved' : 'acknowledged'}.`;
}
