import type { BlockAction, BlockElementAction, ViewOutput } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { Refused, type Seen } from '../acts/act.ts';
import type { Person } from '../slack/access.ts';
import { directChannel } from '../slack/people.ts';
import { removeAt, respondAt } from '../slack/respond.ts';
import type { Message } from '../slack/types.ts';
import { actionIds, readAlertBlockId } from '../slack/views/action-ids.ts';
import { messageModal } from '../slack/views/modals/plain.ts';

/** One press, as Slack describes it: who, where, on what, and the ways to answer. */
export interface Press {
  person: Person;
  /** The action id of the element, or what was chosen in the ⋯ menu. */
  id: string;
  channel: string | undefined;
  /** In a message that only this person sees. */
  ephemeral: boolean;
  /** The view in which it is: App Home or a modal. Undefined: a message. */
  view: ViewOutput | undefined;
  triggerId: string;
  /** For messages to the person alone; '' for a press in a view, which has none. */
  responseUrl: string;
  blockId: string;
  /** A button's value, or the chosen option's. */
  value: string;
  seen: Seen;
  /** Says something that only the person sees: where they pressed, and directly where Slack does not take it there. */
  tell: (message: string | Message) => Promise<void>;
  /** Replaces the message or modal in which the button is, for this person. */
  replace: (message: Message) => Promise<void>;
  /** Edits the channel's message in which the button is, for everybody. Where there is none, nothing. */
  edit: (message: Message) => Promise<void>;
  /** Removes the message in which the button is, for this person. */
  remove: () => Promise<void>;
  /** Opens a modal, on top of the one in which the button is. */
  open: (view: ModalView) => Promise<void>;
}

/** After an error that nobody foresaw: what was asked for may be done all the same. */
export const unsure =
  'Something went wrong, and Trailwatch cannot say whether this was done. Look how it stands before you try again.';

export const outOfDate = 'This button is out of date: type /audit alerts for a new list, or ask again.';

/** The number that a button carries, of an alert or whatever else it is about. @throws Refused for anything else */
export function numberIn({ value }: Press): number {
  if (!/^\d{1,9}$/.test(value)) throw new Refused(outOfDate);
  return Number(value);
}

/** Who pressed or submitted. Slack has verified it; the workspace is the person's own, not the one in which it happened. */
export const personOf = ({ user }: { user: { id: string; team_id?: string | undefined } }): Person => ({
  user: user.id,
  team: user.team_id ?? '',
});

export function readPress(slack: WebClient, action: BlockElementAction, body: BlockAction): Press {
  const shown = readAlertBlockId(action.block_id);
  const channel = body.channel?.id ?? body.container?.['channel_id'];
  const person = personOf(body);
  const value = chosenIn(action);
  const at = {
    person,
    id: action.action_id === actionIds.more ? value : action.action_id,
    view: body.view,
    ephemeral: body.container?.['is_ephemeral'] === true,
    channel: typeof channel === 'string' ? channel : undefined,
    triggerId: body.trigger_id,
    blockId: action.block_id,
    value,
    seen: {
      ...(typeof channel === 'string' ? { channel } : {}),
      ...(shown === undefined ? {} : { version: shown.version }),
    },
  };
  const responseUrl = body.response_url ?? '';
  return responseUrl === ''
    ? { ...at, responseUrl, ...inView(slack, person, body) }
    : { ...at, ...inMessage(slack, person, responseUrl, body) };
}

type Answers = Pick<Press, 'tell' | 'replace' | 'edit' | 'remove' | 'open'>;

const messageOf = (said: string | Message): Message => (typeof said === 'string' ? { text: said, blocks: [] } : said);

/** Where no answer can be put beside the button: better there than nowhere. */
async function sayDirectly(slack: WebClient, { user }: Person, message: Message): Promise<void> {
  await slack.chat.postMessage({ channel: await directChannel(slack, user), ...message });
}

function inMessage(
  slack: WebClient,
  person: Person,
  responseUrl: string,
  body: BlockAction,
): Answers & { responseUrl: string } {
  return {
    responseUrl,
    async tell(said) {
      const message = messageOf(said);
      // In a thread the answer comes there: else it would stand at the channel's end, out of sight.
      await respondAt(responseUrl, message, 'beside', threadOf(body)).catch(() => sayDirectly(slack, person, message));
    },
    replace: (message) => respondAt(responseUrl, message, 'replace'),
    async edit(message) {
      const { channel, message: pressed } = body;
      if (channel === undefined || pressed?.ts === undefined) return;
      // The message is kept up to date all the same: what the press asks for is not left undone for this.
      await slack.chat.update({ channel: channel.id, ts: pressed.ts, ...message }).catch(() => {});
    },
    remove: () => removeAt(responseUrl),
    open: async (view) => void (await slack.views.open({ trigger_id: body.trigger_id, view })),
  };
}

/**
 * Slack gives no response_url for a press in a view (App Home, a modal): the answer is a modal, or a direct message where
 * the trigger has served or its three seconds are over. Source: docs.slack.dev, "Handling user interaction".
 */
function inView(slack: WebClient, person: Person, body: BlockAction): Answers {
  const { view } = body;
  const open = async (modal: ModalView): Promise<void> => {
    const asked = { trigger_id: body.trigger_id, view: modal };
    await (view?.type === 'modal' ? slack.views.push(asked) : slack.views.open(asked));
  };
  const tell = async (said: string | Message): Promise<void> => {
    const message = messageOf(said);
    await open(messageModal('Trailwatch', message)).catch(() => sayDirectly(slack, person, message));
  };
  return {
    open,
    tell,
    replace: async (message) => {
      if (view?.type !== 'modal') return tell(message);
      await slack.views.update({ view_id: view.id, view: messageModal(view.title.text, message) });
    },
    edit: async () => {},
    remove: async () => {},
  };
}

/** The thread in which the button is; undefined: in none. */
function threadOf({ message, container }: BlockAction): string | undefined {
  const ts: unknown = message?.['thread_ts'] ?? container?.['thread_ts'];
  return typeof ts === 'string' && ts !== message?.ts ? ts : undefined;
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
