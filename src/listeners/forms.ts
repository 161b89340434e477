import type { App, ViewSubmitAction } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { DateTime } from 'luxon';
import type { Alert } from '../alerts/alert.ts';
import { parseDuration } from '../alerts/durations.ts';
import type { Command } from '../alerts/lifecycle.ts';
import { matcherFor } from '../alerts/silences.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import { callbackIds } from '../slack/views/action-ids.ts';
import { assignModal, readAssignForm } from '../slack/views/modals/assign.ts';
import { detailsModal } from '../slack/views/modals/details.ts';
import { escalateModal, readEscalateForm } from '../slack/views/modals/escalate.ts';
import { type Read, type Subject, type SubmittedView, subjectOf } from '../slack/views/modals/form.ts';
import { noteModal, readNoteForm } from '../slack/views/modals/note.ts';
import { errorModal } from '../slack/views/modals/plain.ts';
import { readSilenceForm, readSilenceMatch, silenceModal } from '../slack/views/modals/silence.ts';
import { readSnoozeForm, snoozeModal } from '../slack/views/modals/snooze.ts';
import { alertById } from '../store/alerts.ts';
import { addSilence, wouldCatch } from '../store/silences.ts';
import { act, lacksRight, record } from './act.ts';
import type { Press } from './actions.ts';

export type Form = 'escalate' | 'snooze' | 'assign' | 'note' | 'silence' | 'details';

/** Opens a modal about an alert. Slack's trigger is good for three seconds: nothing slow may stand before this. */
export async function openForm(parts: Parts, press: Press, form: Form, alertId: number): Promise<void> {
  const lacking = await lacksRight(parts, 'respond', press.person, `alert ${alertId}`);
  if (lacking !== undefined) return press.tell(lacking);
  const alert = await alertById(parts.database.db, alertId);
  if (alert === undefined) return press.tell(`There is no alert #${alertId}.`);
  await parts.slack.views.open({ trigger_id: press.triggerId, view: await draw(parts, form, alert) });
}

async function draw(parts: Parts, form: Form, alert: Alert): Promise<ModalView> {
  switch (form) {
    case 'escalate': {
      const policy = alert.escalation === null ? undefined : parts.config.escalation.get(alert.escalation);
      if (policy === undefined || policy.length === 0) return escalateModal(alert, null);
      const level = Math.min(alert.level + 1, policy.length);
      return escalateModal(alert, { level, notify: policy[level - 1]?.notify ?? [] });
    }
    case 'snooze':
      return snoozeModal(alert, parts.now());
    case 'assign':
      return assignModal(alert);
    case 'note':
      return noteModal(alert);
    case 'details':
      return detailsModal(alert);
    case 'silence': {
      const match = matcherFor(alert.signal);
      return silenceModal(alert, match, await wouldCatch(parts.database.db, match, parts.now()));
    }
  }
}

/** Until when a choice of the snooze menu lasts; undefined when the person wants to choose a time himself. */
export async function snoozeUntil(parts: Parts, press: Press): Promise<Date | undefined> {
  const now = parts.now();
  const ms = parseDuration(press.value);
  if (ms !== undefined) return new Date(now.getTime() + ms);
  if (press.value !== 'tomorrow') return undefined;
  const { user } = await parts.slack.users.info({ user: press.person.user });
  return DateTime.fromJSDate(now, { zone: user?.tz ?? 'UTC' })
    .plus({ days: 1 })
    .set({ hour: 9, minute: 0, second: 0, millisecond: 0 })
    .toJSDate();
}

/** What a submitted form asks for. */
const commandOf: Record<string, (view: SubmittedView, now: Date) => Read<Command>> = {
  [callbackIds.escalate]: (view) =>
    then(readEscalateForm(view), ({ reason, to }) => ({
      kind: 'escalate',
      text: reason,
      ...(to === undefined ? {} : { to: [`user:${to}`] }),
    })),
  [callbackIds.note]: (view) => then(readNoteForm(view), ({ text }) => ({ kind: 'note', text })),
  [callbackIds.assign]: (view) => then(readAssignForm(view), ({ to }) => ({ kind: 'assign', to })),
  [callbackIds.snooze]: (view, now) => then(readSnoozeForm(view, now), ({ until }) => ({ kind: 'snooze', until })),
};

const then = <T, R>(read: Read<T>, make: (form: T) => R): Read<R> =>
  read.ok ? { ok: true, form: make(read.form) } : read;

/** Submitted modals: what is wrong is told at the question, in the answer to Slack itself. */
export function registerForms(app: App, parts: Parts): void {
  for (const callbackId of Object.values(callbackIds))
    app.view<ViewSubmitAction>(callbackId, async ({ ack, body, view }) => {
      const person = { user: body.user.id, team: body.user.team_id ?? body.team?.id ?? '' };
      try {
        const wrong = await submitted(parts, person, callbackId, view);
        if (wrong === undefined) return await ack();
        if (typeof wrong === 'string')
          return await ack({ response_action: 'update', view: errorModal('Not done', wrong) });
        await ack({ response_action: 'errors', errors: wrong });
      } catch (error) {
        parts.log.error({ err: error, form: callbackId }, 'A form could not be carried out.');
        await ack({
          response_action: 'update',
          view: errorModal(
            'Not done',
            'Trailwatch could not do this just now. Nothing was changed: try again in a minute.',
          ),
        });
      }
    });
}

async function submitted(
  parts: Parts,
  person: Person,
  callbackId: string,
  view: SubmittedView,
): Promise<string | Record<string, string> | undefined> {
  const subject = subjectOf(view);
  if (callbackId === callbackIds.silence) return silence(parts, person, view, subject);
  const read = commandOf[callbackId]?.(view, parts.now());
  if (read === undefined || subject === null) return 'This form is of an older version of Trailwatch: open it again.';
  if (!read.ok) return read.errors;
  return act(parts, person, subject.id, read.form, { version: subject.version });
}

async function silence(
  parts: Parts,
  person: Person,
  view: SubmittedView,
  subject: Subject | null,
): Promise<string | Record<string, string> | undefined> {
  const read = readSilenceForm(view);
  if (!read.ok) return read.errors;
  const lacking = await lacksRight(parts, 'respond', person, subject === null ? 'silence' : `alert ${subject.id}`);
  if (lacking !== undefined) return lacking;
  const alert = subject === null ? undefined : await alertById(parts.database.db, subject.id);
  const now = parts.now();
  const { match, reason, ms } = read.form;
  const until = new Date(now.getTime() + ms);
  const channel = alert?.channel ?? parts.config.channels.default;
  await parts.database.transaction(async (trx) => {
    const id = await addSilence(trx, { match, reason, until, channel, now, createdBy: person.user });
    await record(trx, parts, person, 'silence', `silence ${id}`, {
      match,
      reason,
      until: until.toISOString(),
      ...(subject === null ? {} : { alert: subject.id }),
    });
  });
  return undefined;
}

/** "Count again" in the silence form: the same form with what the fields hold now. */
export async function countAgain(parts: Parts, view: SubmittedView & { id: string; hash: string }): Promise<void> {
  const match = readSilenceMatch(view);
  const preview = await wouldCatch(parts.database.db, match, parts.now());
  await parts.slack.views.update({
    view_id: view.id,
    hash: view.hash,
    view: silenceModal(subjectOf(view), match, preview),
  });
}
