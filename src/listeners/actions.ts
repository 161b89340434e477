import type { App, BlockAction, BlockElementAction, RespondFn } from '@slack/bolt';
import type { Command } from '../alerts/lifecycle.ts';
import { alertListMessage } from '../commands/alerts.ts';
import type { Parts } from '../parts.ts';
import type { Person } from '../slack/access.ts';
import type { Message } from '../slack/types.ts';
import { actionIds, readAlertBlockId } from '../slack/views/action-ids.ts';
import { turnList } from '../slack/views/alert-list.ts';
import { alertMessage } from '../slack/views/alert-message.ts';
import { alertById } from '../store/alerts.ts';
import { endSilence } from '../store/silences.ts';
import { askTriage } from '../store/triage.ts';
import { act, actOnStorm, lacksRight, record, type Seen } from './act.ts';
import { digestPressed } from './digest-actions.ts';
import { countAgain, openForm, snoozeUntil } from './forms.ts';
import { questionPressed } from './question-actions.ts';

/** One press as Slack tells it: who, where, on what. */
export interface Press {
  person: Person;
  channel: string | undefined;
  triggerId: string;
  /** For messages to the person alone; '' for a press in a view, which has none. */
  responseUrl: string;
  /** The element pressed. */
  action: BlockElementAction;
  blockId: string;
  /** A button's value, or the chosen option's. */
  value: string;
  seen: Seen;
  /** Says something that only the person sees. */
  tell: (message: string | Message) => Promise<void>;
  /** Replaces the ephemeral message in which the button is. */
  replace: (message: Message) => Promise<void>;
}

/** Acts that need no form: one press, one command. */
const direct: Partial<Record<string, Command>> = {
  [actionIds.acknowledge]: { kind: 'acknowledge' },
  [actionIds.unacknowledge]: { kind: 'unacknowledge' },
  [actionIds.resolve]: { kind: 'resolve' },
  [actionIds.reopen]: { kind: 'reopen' },
  [actionIds.wake]: { kind: 'wake' },
};

/**
 * Buttons and menus. Slack is answered first (it waits three seconds), then the work is done; whatever is wrong is
 * told to the person who pressed, and to nobody else.
 */
export function registerActions(app: App, parts: Parts): void {
  app.action<BlockAction>({ type: 'block_actions' }, async ({ ack, action, body, respond }) => {
    await ack();
    if (action.action_id === actionIds.silencePreview && body.view !== undefined) return countAgain(parts, body.view);
    const press = readPress(action, body, respond);
    try {
      await pressed(parts, press);
    } catch (error) {
      parts.log.error({ err: error, action: action.action_id }, 'A press could not be carried out.');
      await press.tell('Trailwatch could not do this just now, and nothing was changed. Try again in a minute.');
    }
  });
}

function readPress(action: BlockElementAction, body: BlockAction, respond: RespondFn): Press {
  const shown = readAlertBlockId(action.block_id);
  const channel = body.channel?.id ?? body.container?.['channel_id'];
  return {
    person: { user: body.user.id, team: body.user.team_id ?? body.team?.id ?? '' },
    channel: typeof channel === 'string' ? channel : undefined,
    triggerId: body.trigger_id,
    responseUrl: body.response_url ?? '',
    action,
    blockId: action.block_id,
    value: chosenIn(action),
    seen: {
      ...(typeof channel === 'string' ? { channel } : {}),
      ...(shown === undefined ? {} : { version: shown.version }),
    },
    tell: async (message) => {
      const said = typeof message === 'string' ? { text: message } : message;
      await respond({ ...said, response_type: 'ephemeral', replace_original: false });
    },
    replace: async (message) => {
      await respond({ ...message, response_type: 'ephemeral', replace_original: true });
    },
  };
}

function chosenIn(action: BlockElementAction): string {
  switch (action.type) {
    case 'button':
      return action.value ?? '';
    case 'static_select':
    case 'overflow':
      return action.selected_option?.value ?? '';
    default:
      return '';
  }
}

async function pressed(parts: Parts, press: Press): Promise<void> {
  // The ⋯ menu carries the action id of what was chosen.
  const id = press.action.action_id === actionIds.more ? press.value : press.action.action_id;
  const alertId = readAlertBlockId(press.blockId)?.id ?? Number(press.value);
  const command = direct[id];
  if (command !== undefined) return done(press, await act(parts, press.person, alertId, command, press.seen));
  switch (id) {
    case actionIds.link:
      return;
    case actionIds.assignToMe:
      return done(
        press,
        await act(parts, press.person, alertId, { kind: 'assign', to: press.person.user }, press.seen),
      );
    case actionIds.snooze: {
      const until = await snoozeUntil(parts, press);
      if (until === undefined) return openForm(parts, press, 'snooze', alertId);
      return done(press, await act(parts, press.person, alertId, { kind: 'snooze', until }, press.seen));
    }
    case actionIds.escalate:
      return openForm(parts, press, 'escalate', alertId);
    case actionIds.assign:
      return openForm(parts, press, 'assign', alertId);
    case actionIds.note:
      return openForm(parts, press, 'note', alertId);
    case actionIds.silence:
      return openForm(parts, press, 'silence', alertId);
    case actionIds.details:
      return openForm(parts, press, 'details', alertId);
    case actionIds.triage:
      return done(press, await lookInto(parts, press, alertId));
    case actionIds.expected:
      return done(
        press,
        await act(parts, press.person, alertId, { kind: 'note', text: 'Expected: I vouch for it.' }, press.seen),
      );
    case actionIds.open:
      return openAlert(parts, press);
    case actionIds.listSeverity:
    case actionIds.listState:
    case actionIds.listNext:
    case actionIds.listPrevious:
      return showList(parts, press, id);
    case actionIds.stormOpenList:
      return press.tell(
        await alertListMessage(parts, { severity: 'any', state: 'open', storm: Number(press.value) }, 1),
      );
    case actionIds.stormAcknowledge:
      return press.tell(await actOnStorm(parts, press.person, Number(press.value), { kind: 'acknowledge' }));
    case actionIds.stormResolve:
      return press.tell(await actOnStorm(parts, press.person, Number(press.value), { kind: 'resolve' }));
    case actionIds.silenceEnd:
      return press.tell(await endSilenceNow(parts, press));
    default:
      if (await questionPressed(parts, press, id)) return;
      if (await digestPressed(parts, press, id)) return;
      parts.log.warn({ action: id }, 'An unknown button was pressed.');
      return press.tell('This button is of an older version of Trailwatch: type /audit alerts to see the alert anew.');
  }
}

const done = async (press: Press, sentence: string | undefined): Promise<void> => {
  if (sentence !== undefined) await press.tell(sentence);
};

/** Somebody wants to know more of an alert: the reply comes into its thread. */
async function lookInto(parts: Parts, press: Press, alertId: number): Promise<string | undefined> {
  const lacking = await lacksRight(parts, 'investigate', press.person, `alert ${alertId}`);
  if (lacking !== undefined) return lacking;
  if (parts.wakeTriage === null)
    return 'Trailwatch reads no AWS accounts yet: set `accounts.role` or `accounts.discover` in the configuration.';
  await parts.database.transaction(async (trx) => {
    await askTriage(trx, alertId, press.person.user, parts.now());
    await record(trx, parts, press.person, 'triage', `alert ${alertId}`, { ...press.seen });
  });
  await parts.wakeTriage(alertId);
  return undefined;
}

/** Shows one alert, with its buttons, to the person alone. */
async function openAlert(parts: Parts, press: Press): Promise<void> {
  const alert = await alertById(parts.database.db, Number(press.value));
  if (alert === undefined) return press.tell('This alert does not exist any more.');
  return press.tell(alertMessage({ ...alert, mention: [] }));
}

async function showList(parts: Parts, press: Press, id: string): Promise<void> {
  const turned = turnList(press.blockId, id, press.value);
  if (turned === undefined) return press.tell('This list is too old: type /audit alerts for a new one.');
  return press.replace(await alertListMessage(parts, turned.filter, turned.page));
}

async function endSilenceNow(parts: Parts, press: Press): Promise<string> {
  const id = Number(press.value);
  const lacking = await lacksRight(parts, 'respond', press.person, `silence ${id}`);
  if (lacking !== undefined) return lacking;
  const channel = await parts.database.transaction(async (trx) => {
    const ended = await endSilence(trx, id, press.person.user, parts.now());
    if (ended !== undefined) await record(trx, parts, press.person, 'end-silence', `silence ${id}`, { ...press.seen });
    return ended;
  });
  if (channel === undefined) return 'This silence is over already.';
  await parts.wake({ targets: [channel], alerts: [] });
  return 'The silence is ended: alerts of this kind are told again.';
}
