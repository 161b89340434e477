import { route } from '../alerts/routing.ts';
import { askNotice } from '../jobs/ask-actor.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { closeQuestion, questionOf } from '../store/actor-questions.ts';
import { alertById } from '../store/alerts.ts';
import { recordOf } from '../store/audit-log.ts';
import { sayAnew } from '../store/deliveries.ts';
import { takeOutOfStorm, transition } from '../store/transitions.ts';
import { Refused } from './act.ts';

/** Whether this person may answer: nobody but the one who was asked, whatever rights they have. @throws Refused */
export async function mustBeAsked(parts: Parts, person: Person, alertId: number): Promise<void> {
  const question = await questionOf(parts.database.db, alertId);
  if (question?.user !== person.user || person.team !== parts.team)
    throw new Refused('This question was put to somebody else.');
  if (question.answer === 'expired')
    throw new Refused('This question waits for no answer any more: say it in the channel.');
  if (question.answer !== 'open') throw new Refused('You have answered this already.');
}

/**
 * The person behind an alert says whether it was them. Yes, with a reason, is noted, and resolves the alert where its route says so
 * and it is below high: for the rest it takes another person's word. No makes it critical, and level 1 is called now. @throws Refused
 */
export async function answerAsked(
  parts: Parts,
  person: Person,
  alertId: number,
  answer: { yes: true; reason: string } | { yes: false },
): Promise<void> {
  await mustBeAsked(parts, person, alertId);
  const now = parts.now();
  const { database, config } = parts;
  const alert = await alertById(database.db, alertId);
  if (alert === undefined) throw new Refused(`There is no alert #${alertId}.`);
  const ask = route(alert.signal, config.routes, config.channels.default, now).home.ask;
  const standing = await parts.standing(now);
  const reason = answer.yes ? answer.reason : null;
  const pending = await database.transaction(async (trx) => {
    const closed = await closeQuestion(trx, alertId, { answer: answer.yes ? 'yes' : 'no', reason, at: now });
    if (closed === undefined) throw new Refused('You have answered this already.');
    const apart = await takeOutOfStorm(trx, alertId, standing);
    const command = answer.yes
      ? { kind: 'vouch' as const, text: answer.reason, resolves: ask === 'actorResolves' }
      : { kind: 'deny' as const };
    const result = await transition(trx, alertId, command, { type: 'user', id: person.user }, standing);
    await sayAnew(trx, alertId, askNotice(closed).notice);
    await recordOf(person, now)(trx, answer.yes ? 'was-me' : 'was-not-me', `alert ${alertId}`, {
      ...(reason === null ? {} : { reason }),
      severity: alert.severity,
    });
    return [apart, ...(result === undefined ? [] : [result.pending]), { targets: [person.user], dueAt: null }];
  });
  for (const each of pending) parts.wakes.after(each);
}
