import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { refused } from '../slack/views/refusals.ts';
import { recordOf } from '../store/audit-log.ts';
import { putOut, settleWaiting } from '../store/deliveries.ts';
import { transition } from '../store/transitions.ts';
import { Refused, type Seen } from './act.ts';
import { mustBeAble } from './alerts.ts';
import { mustHave } from './rights.ts';

/** Somebody who is asked to take an alert over has this long to answer. */
const answerMs = 10 * 60_000;

/** One offer: whose alert it is, to whom, and until when. */
export interface Offer {
  alert: number;
  from: string;
  to: string;
  /** ISO 8601. */
  until: string;
}

const keyOf = ({ alert, from, to, until }: Offer): string => `offer-${alert}-${from}-${to}-${until}`;

/** Whoever has an alert asks another to take it over. Until they do it stays where it is, and its timers run. @throws Refused */
export async function offerAlert(parts: Parts, person: Person, alertId: number, to: string, seen: Seen): Promise<void> {
  const subject = `alert ${alertId}`;
  await mustHave(parts, 'respond', person, subject);
  await mustBeAble(parts, to, person.team);
  const now = parts.now();
  const until = new Date(now.getTime() + answerMs);
  const offer = { alert: alertId, from: person.user, to, until: until.toISOString() };
  const standing = await parts.standing(now);
  const { refusal, pending } = await parts.database.transaction(async (trx) => {
    const by = { type: 'user' as const, id: person.user };
    const result = await transition(trx, alertId, { kind: 'offer', to }, by, standing);
    if (result === undefined) return { refusal: `There is no alert #${alertId}.`, pending: undefined };
    const { outcome, before } = result;
    const came = outcome.ok ? {} : { refused: outcome.refusal.reason };
    await recordOf(person, now)(trx, 'offer', subject, { to, ...seen, ...came });
    if (!outcome.ok) return { refusal: refused(before, outcome.refusal), pending: undefined };
    const { level } = outcome.alert;
    const [asked, late] = [
      { kind: 'direct' as const, target: to, reason: 'offered' as const, by: person.user, until: offer.until, level },
      { kind: 'direct' as const, target: person.user, reason: 'not-taken' as const, by: to, level },
    ];
    await putOut(
      trx,
      [
        { key: keyOf(offer), alertId, notice: asked },
        { key: `${keyOf(offer)}-late`, alertId, notice: late, notBefore: until },
      ],
      now,
    );
    return { refusal: undefined, pending: result.pending };
  });
  if (refusal !== undefined) throw new Refused(refusal, 'to');
  if (pending !== undefined) parts.wakes.after(pending);
  for (const each of [to, person.user]) parts.wakes.deliver(each);
}

/** Whoever was asked takes an alert over, or says that they do not. @throws Refused for anybody else, and when it is too late */
export async function answerOffer(parts: Parts, person: Person, offer: Offer, accepts: boolean): Promise<void> {
  const subject = `alert ${offer.alert}`;
  await mustHave(parts, 'respond', person, subject);
  if (person.user !== offer.to) throw new Refused('This was offered to somebody else.');
  const now = parts.now();
  if (now > new Date(offer.until))
    throw new Refused('This offer is over: the alert stayed with who had it. They can offer it again.');
  const standing = await parts.standing(now);
  const { refusal, pending } = await parts.database.transaction(async (trx) => {
    if (!accepts) {
      await recordOf(person, now)(trx, 'decline', subject, { from: offer.from });
      await settleWaiting(trx, `${keyOf(offer)}-late`, { now, error: null });
      return { refusal: undefined, pending: undefined };
    }
    const by = { type: 'user' as const, id: person.user };
    const result = await transition(trx, offer.alert, { kind: 'take-over', from: offer.from }, by, standing);
    if (result === undefined) return { refusal: `There is no alert #${offer.alert}.`, pending: undefined };
    const { outcome, before } = result;
    const came = outcome.ok ? { version: outcome.alert.version } : { refused: outcome.refusal.reason };
    await recordOf(person, now)(trx, 'take-over', subject, { from: offer.from, ...came });
    if (!outcome.ok) return { refusal: refused(before, outcome.refusal), pending: undefined };
    await settleWaiting(trx, `${keyOf(offer)}-late`, { now, error: 'not sent: it was taken over' });
    return { refusal: undefined, pending: result.pending };
  });
  if (refusal !== undefined) throw new Refused(refusal);
  if (pending !== undefined) parts.wakes.after(pending);
  parts.wakes.deliver(offer.from);
}
