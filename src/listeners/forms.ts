import type { App, ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { DateTime } from 'luxon';
import { MovedOn, Refused } from '../acts/act.ts';
import { actOnAlert, actOnMatching } from '../acts/alerts.ts';
import { answerAsked, mustBeAsked } from '../acts/asked.ts';
import { addAnswer, beginCase } from '../acts/cases.ts';
import { markExpected } from '../acts/expected.ts';
import { offerAlert } from '../acts/handover.ts';
import { actOnIncident, splitIncident } from '../acts/incidents.ts';
import { askToSwap, override } from '../acts/oncall.ts';
import { setReach } from '../acts/reach.ts';
import { askToAccept, assignFinding, review } from '../acts/reviews.ts';
import { mustHave } from '../acts/rights.ts';
import { beginSilence } from '../acts/silences.ts';
import type { Alert } from '../alerts/alert.ts';
import { type AlertCommand, levelByHand } from '../alerts/lifecycle.ts';
import { matcherFor } from '../alerts/silences.ts';
import { queryOf } from '../commands/alerts.ts';
import { caseFor } from '../commands/case.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { md, userMention } from '../slack/escape.ts';
import { directChannel, zoneOf } from '../slack/people.ts';
import { isResponseUrl, respondAt } from '../slack/respond.ts';
import { callbackIds, type IdOf } from '../slack/views/action-ids.ts';
import { readListBlockId } from '../slack/views/alert-list.ts';
import { readVouchForm } from '../slack/views/asked.ts';
import { caseMessage } from '../slack/views/case.ts';
import { itemPlaceOf, readDigestAccept, readDigestAssign, readDigestReview } from '../slack/views/digest-forms.ts';
import { digestCallbacks } from '../slack/views/digest-ids.ts';
import { assignModal, readAssignForm } from '../slack/views/modals/assign.ts';
import { readCaseForm } from '../slack/views/modals/case.ts';
import { detailsModal, readNoteForm } from '../slack/views/modals/details.ts';
import { escalateModal, type NextStep, readEscalateForm } from '../slack/views/modals/escalate.ts';
import { expectedModal, readExpectedForm } from '../slack/views/modals/expected.ts';
import {
  type AlertOnScreen,
  alertOnScreen,
  type FormReading,
  listOnScreen,
  type SubmittedView,
  scheduleOnScreen,
} from '../slack/views/modals/form.ts';
import { readOverrideForm, readSwapForm } from '../slack/views/modals/oncall.ts';
import { errorModal } from '../slack/views/modals/plain.ts';
import { readReachForm } from '../slack/views/modals/reach.ts';
import { readResolveForm, resolveModal } from '../slack/views/modals/resolve.ts';
import { readSilenceForm, readSilenceMatch, silenceModal } from '../slack/views/modals/silence.ts';
import { readSnoozeForm, snoozeModal } from '../slack/views/modals/snooze.ts';
import { readSplitForm } from '../slack/views/modals/split.ts';
import { lookupCallbackId } from '../slack/views/question-ids.ts';
import { alertById, timeline } from '../store/alerts.ts';
import { callsFor } from '../store/deliveries.ts';
import { wouldCatch } from '../store/silences.ts';
import { ownValue } from '../words/json.ts';
import { plural } from '../words/text.ts';
import { acknowledgeAfter } from './answered.ts';
import { redrawCopy } from './copies.ts';
import { drawHome } from './home.ts';
import { type Press, personOf, unsure } from './press.ts';
import { lookUp } from './question-buttons.ts';

/** What is wrong, by the question at which it is shown. */
type Errors = Record<string, string>;

/** The form as it is by now: what it said was not so any more, and nothing was done. */
class Redrawn {
  readonly view: ModalView;
  readonly message: string;

  constructor(view: ModalView, message: string) {
    this.view = view;
    this.message = message;
  }
}

/** Something failed that nobody foresaw: it may be done all the same. */
class Unsure extends Refused {
  override name = 'Unsure';
}

/** Carries out a submitted form. A function that it returns goes on once the form is closed. @throws Refused */
type Form = (
  parts: Parts,
  person: Person,
  view: SubmittedView,
) => Promise<Errors | Redrawn | (() => Promise<void>) | undefined>;

/** Every form that our views draw. */
type FormId = IdOf<typeof callbackIds> | IdOf<typeof digestCallbacks> | typeof lookupCallbackId;

export const forms: Readonly<Record<FormId, Form>> = {
  [callbackIds.escalate]: escalate,
  [callbackIds.note]: alertForm(readNoteForm, ({ text }) => ({ kind: 'note', text })),
  [callbackIds.assign]: form(readAssignForm, (parts, person, { to, how }, subject) => {
    const { id, version } = known(subject);
    if (how === 'ask') return offerAlert(parts, person, id, to, { version });
    return actOnAlert(parts, person, id, { kind: 'assign', to }, { version });
  }),
  [callbackIds.resolve]: alertForm(readResolveForm, (filled) => ({ kind: 'resolve', ...filled })),
  [callbackIds.resolveIncident]: form(readResolveForm, async (parts, person, filled, subject) => {
    await actOnIncident(parts, person, known(subject).id, { kind: 'resolve', ...filled });
  }),
  [callbackIds.assignList]: assignList,
  [callbackIds.snooze]: alertForm(readSnoozeForm, ({ until }) => ({ kind: 'snooze', until })),
  [callbackIds.silence]: form(readSilenceForm, (parts, person, filled, subject) =>
    beginSilence(parts, person, filled, subject?.id ?? null),
  ),
  [callbackIds.expected]: form(readExpectedForm, (parts, person, filled, subject) =>
    markExpected(parts, person, known(subject), filled),
  ),
  // Whoever was not asked is told that, and not what the form lacks.
  [callbackIds.vouch]: async (parts, person, view) => {
    await mustBeAsked(parts, person, known(alertOnScreen(view)).id);
    return vouchForm(parts, person, view);
  },
  [callbackIds.unacknowledge]: alertForm(
    (): FormReading<object> => ({ ok: true, form: {} }),
    () => ({ kind: 'unacknowledge' }),
  ),
  [callbackIds.addToCase]: addToCase,
  [callbackIds.reach]: async (parts, person, view) => {
    const filled = readReachForm(view);
    if (!filled.ok) return filled.errors;
    await setReach(parts, person, filled.form);
    // What comes too late in some policy is said there.
    return () => drawHome(parts, person.user);
  },
  [callbackIds.split]: form(readSplitForm, async (parts, person, { alerts }, subject) => {
    await splitIncident(parts, person, known(subject).id, alerts);
  }),
  [callbackIds.override]: scheduleForm(readOverrideForm, async (parts, person, filled, schedule) => {
    const { user, from = parts.now(), until, instead = null } = filled;
    await override(parts, person, { schedule, user, from, until, instead });
  }),
  [callbackIds.swap]: scheduleForm(readSwapForm, async (parts, person, { user }, schedule) => {
    await askToSwap(parts, person, schedule, user);
  }),
  [digestCallbacks.assign]: form(readDigestAssign, (parts, person, filled, subject) =>
    assignFinding(parts, person, itemPlaceOf(known(subject)), filled),
  ),
  [digestCallbacks.accept]: form(readDigestAccept, (parts, person, filled, subject) =>
    askToAccept(parts, person, itemPlaceOf(known(subject)), filled),
  ),
  [digestCallbacks.review]: form(readDigestReview, async (parts, person, filled, subject) => {
    const { id, version } = known(subject);
    await review(parts, person, { id, edition: version }, filled);
  }),
  [lookupCallbackId]: lookUp,
};

function form<T>(
  read: (view: SubmittedView, now: Date) => FormReading<T>,
  act: (parts: Parts, person: Person, filled: T, subject: AlertOnScreen | null) => Promise<void>,
): Form {
  return async (parts, person, view) => {
    const filled = read(view, parts.now());
    if (!filled.ok) return filled.errors;
    const subject = alertOnScreen(view);
    if (subject === undefined) throw new Refused(formTooOld);
    await act(parts, person, filled.form, subject);
    return undefined;
  };
}

/** A form about a schedule. */
function scheduleForm<T>(
  read: (view: SubmittedView) => FormReading<T>,
  act: (parts: Parts, person: Person, filled: T, schedule: string) => Promise<void>,
): Form {
  return async (parts, person, view) => {
    const filled = read(view);
    if (!filled.ok) return filled.errors;
    const schedule = scheduleOnScreen(view);
    if (schedule === undefined) throw new Refused(formTooOld);
    await act(parts, person, filled.form, schedule);
    return () => drawHome(parts, person.user);
  };
}

const vouchForm = form(readVouchForm, (parts, person, { reason }, subject) =>
  answerAsked(parts, person, known(subject).id, { yes: true, reason }),
);

/** A form whose answer is one change of an alert. */
function alertForm<T>(
  read: (view: SubmittedView, now: Date) => FormReading<T>,
  command: (filled: T) => AlertCommand,
): Form {
  return form(read, (parts, person, filled, subject) => {
    const { id, version } = known(subject);
    return actOnAlert(parts, person, id, command(filled), { version });
  });
}

const escalation = form(readEscalateForm, (parts, person, { reason, to }, subject) => {
  const { id, version, calls } = known(subject);
  const whom = to === undefined ? { ...(calls === undefined ? {} : { level: calls }) } : { to: [`user:${to}`] };
  return actOnAlert(parts, person, id, { kind: 'escalate', text: reason, ...whom }, { version });
});

/** Calls whom the form names; where somebody else would be called by now, nobody is, and the form is shown anew. */
async function escalate(parts: Parts, person: Person, view: SubmittedView): ReturnType<Form> {
  try {
    return await escalation(parts, person, view);
  } catch (error) {
    const alert = error instanceof MovedOn && (await alertById(parts.database.db, alertOnScreen(view)?.id ?? 0));
    if (!alert) throw error;
    const filled = readEscalateForm(view);
    const again = { said: error.message, reason: filled.ok ? filled.form.reason : undefined };
    return new Redrawn(escalateModal(alert, nextStep(parts, alert), again), error.message);
  }
}

/** The level that an escalation by hand calls next; null: no policy applies. */
function nextStep({ config }: Parts, alert: Alert): NextStep | null {
  const policy = alert.escalation === null ? undefined : config.escalation.get(alert.escalation);
  if (policy === undefined) return null;
  const level = levelByHand(alert, policy);
  return { level, notify: policy.steps[level - 1]?.notify ?? [] };
}

/** Assigns all that a list's filter lets through at this moment, and says how many. */
async function assignList(parts: Parts, person: Person, view: SubmittedView): ReturnType<Form> {
  const filled = readAssignForm(view);
  if (!filled.ok) return filled.errors;
  const list = readListBlockId(listOnScreen(view) ?? '');
  if (list === undefined) throw new Refused('This form is out of date: type /audit alerts for a new list.');
  const { to } = filled.form;
  const wanted = await queryOf(parts, person, list.filter);
  const count = await actOnMatching(parts, person, wanted, { kind: 'assign', to });
  const text = md`${plural(count, 'alert')} ${count === 1 ? 'was' : 'were'} assigned to ${userMention(to)}.`.toString();
  return async () =>
    void (await parts.slack.chat.postMessage({ channel: await directChannel(parts.slack, person.user), text }));
}

/** Puts an answer into a case, a new one perhaps, and shows the case where the answer was. */
async function addToCase(parts: Parts, person: Person, view: SubmittedView): ReturnType<Form> {
  const filled = readCaseForm(view);
  if (!filled.ok) return filled.errors;
  const { case: chosen, name = '', note } = filled.form;
  const { id: question, copy } = known(alertOnScreen(view));
  const id = chosen ?? (await beginCase(parts, person, name));
  await addAnswer(parts, person, id, { question, note });
  return async () => {
    if (copy !== undefined && isResponseUrl(copy, parts.slack.slackApiUrl))
      await respondAt(copy, caseMessage(await caseFor(parts, person, id)));
  };
}

const formTooOld = 'This form is out of date: open it again.';

const tooOld: Form = async () => {
  throw new Refused(formTooOld);
};

function known(subject: AlertOnScreen | null | undefined): AlertOnScreen {
  if (subject == null) throw new Refused(formTooOld);
  return subject;
}

/** Submitted modals: what is wrong is shown at its question, in the answer to Slack itself. */
export function registerForms(app: App, parts: Parts): void {
  app.view<ViewSubmitAction>(/^/, async ({ ack, body, view }) => {
    const person = personOf(body);
    const form = view.callback_id;
    const submit = ownValue<Form>(forms, form) ?? tooOld;
    const work = allowed(parts, person, form, () => submit(parts, person, view)).catch((error: unknown) => {
      if (error instanceof Refused) return error.question === undefined ? error : { [error.question]: error.message };
      parts.log.error({ err: error, form }, 'A form could not be carried out.');
      return new Unsure(unsure);
    });
    const { result, late } = await acknowledgeAfter(work, async (came) => {
      if (came === undefined || typeof came === 'function') return ack();
      if (came instanceof Refused)
        return ack({ response_action: 'update', view: errorModal(titleOf(came), came.message) });
      if (came instanceof Redrawn) return ack({ response_action: 'update', view: came.view });
      return ack({ response_action: 'errors', errors: came });
    });
    const { copy, id } = alertOnScreen(view) ?? {};
    if (result === undefined && copy !== undefined && id !== undefined)
      await redrawCopy(parts, person, form === callbackIds.resolveIncident ? { incident: id } : { alert: id }, copy);
    if (typeof result === 'function') return result();
    // The form is closed by then: what was wrong goes to the person directly.
    if (late && result !== undefined) await tellLater(parts, person, result);
  });
}

/** Whoever may not see alerts submits no form; each asks for the further right that it needs. */
async function allowed<T>(parts: Parts, person: Person, form: string, submit: () => Promise<T>): Promise<T> {
  // Whoever is asked whether it was them may answer.
  if (form !== callbackIds.vouch) await mustHave(parts, 'see', person, `form ${form}`);
  return submit();
}

const titleOf = (wrong: Errors | Redrawn | Refused): string => (wrong instanceof Unsure ? 'Not sure' : 'Not done');

async function tellLater({ slack }: Parts, person: Person, wrong: Errors | Redrawn | Refused): Promise<void> {
  const text = wrong instanceof Refused || wrong instanceof Redrawn ? wrong.message : Object.values(wrong).join(' ');
  await slack.chat.postMessage({
    channel: await directChannel(slack, person.user),
    text: `${titleOf(wrong)}. ${text}`,
  });
}

export type AlertForm = 'escalate' | 'resolve' | 'snooze' | 'assign' | 'expected' | 'silence' | 'details';

/** Of an alert's calls so many are shown, the newest. */
const callsShown = 20;

/** A modal about an alert as it stands now. */
export async function drawForm(parts: Parts, which: AlertForm, alert: Alert, asker: string): Promise<ModalView> {
  switch (which) {
    case 'escalate':
      return escalateModal(alert, nextStep(parts, alert));
    case 'resolve':
      return resolveModal(alert);
    case 'snooze':
      return snoozeModal(alert, await tomorrowMorning(parts, asker));
    case 'assign':
      return assignModal(alert, asker);
    case 'expected':
      return expectedModal(alert);
    case 'details':
      return detailsModal(
        alert,
        await timeline(parts.database.db, alert.id, 1000),
        await callsFor(parts.database.db, alert.id, callsShown),
      );
    case 'silence': {
      const match = matcherFor(alert.signal);
      return silenceModal(alert, match, await wouldCatch(parts.database.db, match, parts.now()));
    }
  }
}

/** 9:00 of the next day where the person is. */
async function tomorrowMorning(parts: Parts, user: string): Promise<Date> {
  return DateTime.fromJSDate(parts.now(), { zone: await zoneOf(parts.slack, user) })
    .plus({ days: 1 })
    .set({ hour: 9, minute: 0, second: 0, millisecond: 0 })
    .toJSDate();
}

/** "Count again" in the silence form: the same form with what the fields hold now. */
export async function countAgain(parts: Parts, { view }: Press): Promise<undefined> {
  if (view === undefined) return;
  const match = readSilenceMatch(view);
  const preview = await wouldCatch(parts.database.db, match, parts.now());
  await parts.slack.views.update({
    view_id: view.id,
    hash: view.hash,
    view: silenceModal(alertOnScreen(view) ?? null, match, preview),
  });
}
