import * as z from 'zod';
import { Refused } from '../acts/act.ts';
import { acknowledgeBundle, actOnAlert, actOnMatching, mayOpen, mustBeAnother } from '../acts/alerts.ts';
import { answerOffer } from '../acts/handover.ts';
import { mustHave } from '../acts/rights.ts';
import { actOnStorm } from '../acts/storms.ts';
import type { AlertCommand } from '../alerts/lifecycle.ts';
import { alertListMessage, copyOf, queryOf } from '../commands/alerts.ts';
import { stormShown } from '../jobs/deliver.ts';
import type { Parts } from '../parts.ts';
import type { Message } from '../slack/types.ts';
import { readAlertBlockId } from '../slack/views/action-ids.ts';
import { type AlertFilter, matcherOfList, readListBlockId, turnList } from '../slack/views/alert-list.ts';
import { assignListModal } from '../slack/views/modals/assign.ts';
import { fromCopy } from '../slack/views/modals/form.ts';
import { silenceModal } from '../slack/views/modals/silence.ts';
import { unacknowledgeModal } from '../slack/views/modals/unacknowledge.ts';
import { readValue } from '../slack/views/oncall-values.ts';
import { stormMessage } from '../slack/views/storm-message.ts';
import { alertById, listAlerts } from '../store/alerts.ts';
import { wouldCatch } from '../store/silences.ts';
import { plural } from '../words/text.ts';
import { type AlertForm, drawForm } from './forms.ts';
import { numberIn, type Press } from './press.ts';

/** Which alert a press is about. */
export const alertOf = (press: Press): number => readAlertBlockId(press.blockId)?.id ?? numberIn(press);

/** One press, one change of the alert. */
export const onAlert =
  (command: AlertCommand) =>
  async (parts: Parts, press: Press): Promise<string | undefined> => {
    const id = alertOf(press);
    try {
      await actOnAlert(parts, press.person, id, command, press.seen);
    } catch (error) {
      // What was refused is out of date on this screen too.
      if (error instanceof Refused) await redraw(parts, press, id);
      throw error;
    }
    await redraw(parts, press, id);
    // A call in another channel is not edited: whoever pressed there would not see that it was done.
    if (command.kind === 'acknowledge' && readAlertBlockId(press.blockId) === undefined)
      return `Your acknowledgement of #${id} is noted.`;
    // Nothing of the alert looks another way after this.
    return command.kind === 'hold' ? 'Good: you still have it in hand.' : undefined;
  };

/** A copy that only this person sees (in a modal, or shown by a list) is no message that is kept up to date: it is drawn anew. */
async function redraw(parts: Parts, press: Press, id: number): Promise<void> {
  if (press.view === undefined && !press.ephemeral) return;
  const alert = await alertById(parts.database.db, id);
  if (alert !== undefined) await refresh(parts, press, await copyOf(parts, alert));
}

/** Draws a copy anew after an act: what was done is done, whether or not Slack shows it. */
export const refresh = ({ log }: Parts, press: Press, message: Message): Promise<void> =>
  press.replace(message).catch((error: unknown) => log.warn({ err: error }, 'A copy could not be drawn anew.'));

/** Opens a modal about an alert. Slack's trigger is good for three seconds: nothing slow may stand before this. */
export const openForm =
  (form: AlertForm) =>
  async (parts: Parts, press: Press): Promise<undefined> => {
    const id = alertOf(press);
    await mustHave(parts, 'respond', press.person, `alert ${id}`);
    const alert = await alertById(parts.database.db, id);
    if (alert === undefined) throw new Refused(`There is no alert #${id}.`);
    const view = await drawForm(parts, form, alert, press.person.user);
    await press.open(press.ephemeral ? fromCopy(view, press.responseUrl) : view);
    return undefined;
  };

/** Asks what it turned out to be: the form resolves it. Whoever cannot is told so at once, and not when they have filled it in. */
export async function openResolve(parts: Parts, press: Press): Promise<string | undefined> {
  const id = alertOf(press);
  const alert = await alertById(parts.database.db, id);
  if (alert === undefined || alert.state === 'resolved') return onAlert({ kind: 'resolve' })(parts, press);
  await mustBeAnother(parts, press.person, id, { kind: 'resolve' });
  return openForm('resolve')(parts, press);
}

const OfferValue = z.object({ alert: z.int32().positive(), from: z.string(), until: z.iso.datetime() });

/** Takes over what somebody offered, or does not. */
export const onOffer =
  (accepts: boolean) =>
  async (parts: Parts, press: Press): Promise<string> => {
    const value = readValue(OfferValue, press.value);
    if (value === undefined) throw new Refused('This offer is out of date.');
    await answerOffer(parts, press.person, { ...value, to: press.person.user }, accepts);
    return accepts ? 'It is yours now.' : 'They hear that you do not take it.';
  };

/** Gives one's own acknowledgement back at once; asks before another's is taken away. */
export async function unacknowledge(parts: Parts, press: Press): Promise<string | undefined> {
  const alert = await alertById(parts.database.db, alertOf(press));
  const holder = alert?.acknowledgedBy ?? null;
  if (alert === undefined || holder === null || holder === press.person.user)
    return onAlert({ kind: 'unacknowledge' })(parts, press);
  await mustHave(parts, 'respond', press.person, `alert ${alert.id}`);
  await press.open(unacknowledgeModal(alert, holder));
  return undefined;
}

/** Shows one alert, with its buttons, to the person alone: to one who can read its channel, or whose alert it is. */
export async function openAlert(parts: Parts, press: Press): Promise<undefined> {
  const alert = await mayOpen(parts, press.person, numberIn(press));
  await press.tell(await copyOf(parts, alert));
}

/** Another page or filter of a list of alerts. */
export const turnAlertList =
  (id: string) =>
  async (parts: Parts, press: Press): Promise<undefined> => {
    const turned = turnList(press.blockId, id, press.value);
    if (turned === undefined) throw new Refused('This list is too old: type /audit alerts for a new one.');
    await press.replace(await alertListMessage(parts, press.person, turned.filter, turned.page));
  };

/** Acts on all open alerts of a storm. Hundreds take seconds: its message says at once, to everybody, who does what. */
export const onStorm =
  (act: 'acknowledge' | 'resolve') =>
  async (parts: Parts, press: Press): Promise<string> => {
    const id = numberIn(press);
    await mustHave(parts, 'respond', press.person, `storm ${id}`);
    const storm = () => stormShown({ ...parts, policies: parts.config.escalation }, id);
    const shown = (await storm()) ?? refuse('This storm does not exist any more.');
    await press.edit(stormMessage(shown, { by: press.person.user, act }));
    try {
      const count = await actOnStorm(parts, press.person, id, { kind: act });
      return `${count === 1 ? '1 alert was' : `${count} alerts were`} ${act === 'acknowledge' ? 'acknowledged' : 'resolved'}.`;
    } finally {
      const now = await storm();
      if (now !== undefined) await press.edit(stormMessage(now));
    }
  };

function refuse(sentence: string): never {
  throw new Refused(sentence);
}

/** The list that a button is below. @throws Refused for one of another version */
function listBelow(value: string): AlertFilter {
  const list = readListBlockId(value);
  if (list === undefined) throw new Refused('This list is too old: type /audit alerts for a new one.');
  return list.filter;
}

/** Acknowledges or resolves all that a list's filter lets through. */
export const actOnList =
  (kind: 'acknowledge' | 'resolve') =>
  async (parts: Parts, press: Press): Promise<string> => {
    const wanted = await queryOf(parts, press.person, listBelow(press.value));
    const count = await actOnMatching(parts, press.person, wanted, { kind });
    return `${plural(count, 'alert')} ${count === 1 ? 'was' : 'were'} ${kind === 'acknowledge' ? 'acknowledged' : 'resolved'}.`;
  };

/** Asks to whom all that a list's filter lets through are to be assigned. */
export async function assignListed(parts: Parts, press: Press): Promise<undefined> {
  await mustHave(parts, 'respond', press.person, 'a list of alerts');
  const wanted = await queryOf(parts, press.person, listBelow(press.value));
  const { total } = await listAlerts(parts.database.db, wanted, { offset: 0, limit: 0 });
  await press.open(assignListModal(press.value, total, press.person.user));
}

/** Opens the form of a silence, filled in with what a list is narrowed down to. */
export async function silenceListed(parts: Parts, press: Press): Promise<undefined> {
  await mustHave(parts, 'respond', press.person, 'silence');
  const match = matcherOfList(listBelow(press.value));
  await press.open(silenceModal(null, match, await wouldCatch(parts.database.db, match, parts.now())));
}

/** Acknowledges all alerts that one direct message called for. */
export async function acknowledgeAll(parts: Parts, press: Press): Promise<string> {
  const count = await acknowledgeBundle(parts, press.person, numberIn(press));
  return count === 1 ? '1 alert was acknowledged.' : `${count} alerts were acknowledged.`;
}

/** The open alerts of a storm. */
export async function listOfStorm(parts: Parts, press: Press): Promise<undefined> {
  const filter = { severity: 'any', state: 'open', storm: numberIn(press) } as const;
  await press.tell(await alertListMessage(parts, press.person, filter, 1));
}
