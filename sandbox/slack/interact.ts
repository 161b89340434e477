import { randomBytes } from 'node:crypto';
import type { Api } from './api.ts';
import type { AppRequest, Retry } from './app-request.ts';
import { inputErrors, stateValues } from './blocks.ts';
import { messageAsApi } from './chat.ts';
import { entities, escaped } from './escaping.ts';
import { isObject, type Json, string } from './json.ts';
import type { Later } from './later.ts';
import {
  blocksOf,
  eventCallback,
  messageAction,
  messageShortcut,
  type Place,
  slashCommand,
  viewAction,
  viewClosed,
  viewSubmission,
} from './payloads.ts';
import { type ResponseUrls, saidIn } from './response-urls.ts';
import { bot, type SlackUser, type StoredMessage, type StoredView } from './state.ts';
import { type ToApp, Undelivered } from './to-app.ts';
import type { Triggers } from './triggers.ts';
import { modalsOf, pushView, putView } from './views.ts';

/** After a delivery of an event failed: again at once, then later. Source: Slack, Events API, "Retries". */
const retryDelaysMs = [0, 60_000, 300_000];

export interface InteractionParts {
  api: Api;
  toApp: ToApp;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  later: Later;
  /** Slash commands of the app, with their slash. */
  commands: readonly { command: string; should_escape?: boolean | undefined }[];
  /** Callback ids of the app's message shortcuts. */
  shortcuts: readonly string[];
}

/** What people do in the workspace, told to the app. What goes wrong is thrown in words for the person who did it. */
export class Interactions {
  readonly #parts: InteractionParts;

  constructor(parts: InteractionParts) {
    this.#parts = parts;
  }

  /** A line in the composer: a slash command, or a message that the bot does not read. */
  async say(user: string, channel: string, text: string, threadTs?: string): Promise<void> {
    const { api, triggers, responseUrls, commands } = this.#parts;
    const person = this.#person(user);
    const place = this.#place(channel);
    if (!text.startsWith('/')) {
      api.state.add({
        channel,
        user,
        // Slack escapes what people type.
        text: entities(text),
        blocks: [],
        attachments: [],
        ...(threadTs === undefined ? {} : { threadTs }),
      });
      return;
    }
    if (threadTs !== undefined) throw new Error('Slash commands are not supported in threads.');
    const [command = ''] = text.split(' ', 1);
    const installed = commands.find((one) => one.command === command);
    if (installed === undefined) throw new Error(`${command} is not a valid command in this workspace.`);
    const words = text.slice(command.length + 1);
    const answer = await this.#send({
      kind: 'slash_commands',
      payload: slashCommand(person, place, {
        command,
        text: installed.should_escape === true ? escaped(api.state, words) : words,
        response_url: responseUrls.issue(user, channel),
        trigger_id: triggers.issue(user),
      }),
    });
    const said = saidIn(api, answer);
    if (said === undefined) return;
    const ephemeral = answer.response_type === 'in_channel' ? {} : { ephemeralFor: user };
    api.state.add({ channel, user: bot.userId, ...said, ...ephemeral });
  }

  /** A press or a choice in a message or a view. `filled` is what the page holds of state.values. */
  async press(
    user: string,
    at: { type: 'message'; channel: string; ts: string } | { type: 'view'; viewId: string },
    pressed: Json,
    filled: Json,
  ): Promise<void> {
    const { api, triggers, responseUrls } = this.#parts;
    const person = this.#person(user);
    const action = { ...pressed, action_ts: api.state.nextTs() };
    const trigger_id = triggers.issue(user);
    if (at.type === 'view') {
      const view = this.#view(at.viewId);
      const values = stateValues(blocksOf(view), filled);
      await this.#send({ kind: 'interactive', payload: viewAction(person, view, { trigger_id, action, values }) });
      return;
    }
    const message = this.#message(user, at.channel, at.ts);
    const { ts, threadTs } = message;
    const told = message.ephemeralFor === undefined ? messageAsApi(api, message) : undefined;
    await this.#send({
      kind: 'interactive',
      payload: messageAction(
        person,
        this.#place(at.channel),
        { ts, threadTs, message: told },
        {
          trigger_id,
          response_url: responseUrls.issue(user, at.channel, ts),
          action,
          values: stateValues(allBlocks(message), filled),
        },
      ),
    });
  }

  /** A choice of a message's "more actions" menu. */
  async shortcut(user: string, channel: string, ts: string, callbackId: string): Promise<void> {
    const { api, triggers, responseUrls, shortcuts } = this.#parts;
    const person = this.#person(user);
    if (!shortcuts.includes(callbackId)) throw new Error('The app has no such shortcut.');
    const message = this.#message(user, channel, ts);
    await this.#send({
      kind: 'interactive',
      payload: messageShortcut(person, this.#place(channel), messageAsApi(api, message), {
        callback_id: callbackId,
        trigger_id: triggers.issue(user),
        response_url: responseUrls.issue(user, channel, ts),
        action_ts: api.state.nextTs(),
        message_ts: ts,
      }),
    });
  }

  /** The submit button of a modal. What Slack itself finds wrong with the answers never reaches the app. */
  async submit(user: string, viewId: string, filled: Json): Promise<void> {
    const { api, triggers } = this.#parts;
    const { state } = api;
    const person = this.#person(user);
    const view = this.#view(viewId);
    const values = stateValues(blocksOf(view), filled);
    const errors = inputErrors(blocksOf(view), values);
    if (Object.keys(errors).length > 0) return state.show({ ...view, errors });
    const answer = await this.#send({
      kind: 'interactive',
      payload: viewSubmission(person, view, triggers.issue(user), values),
    });
    switch (answer.response_action) {
      case 'errors':
        return state.show({ ...view, errors: errorTexts(answer.errors) });
      case 'update':
        putView(api, answer.view, { user, kind: 'modal', id: view.id, stack: view.stack });
        return;
      case 'push':
        pushView(api, answer.view, user);
        return;
      case 'clear':
        for (const open of modalsOf(state, user)) state.closeView(open.id);
        return;
      default:
        if (Object.keys(answer).length > 0) throw new Error('We had some trouble connecting. Try again?');
        state.closeView(view.id);
    }
  }

  /** Closes a modal and those on top of it. */
  async close(user: string, viewId: string): Promise<void> {
    const { state } = this.#parts.api;
    const person = this.#person(user);
    const view = this.#view(viewId);
    const closed = modalsOf(state, user).filter((each) => each.id === view.id || each.stack.includes(view.id));
    for (const each of closed.toReversed()) state.closeView(each.id);
    for (const each of closed)
      if (isObject(each.view) && each.view.notify_on_close === true)
        await this.#send({ kind: 'interactive', payload: viewClosed(person, each, closed.length > 1) });
  }

  /** The Home tab is opened. */
  openHome(user: string): Promise<void> {
    const { state } = this.#parts.api;
    return this.event({ type: 'app_home_opened', user, channel: state.dm(user).id, tab: 'home' });
  }

  /** An event, tried again as Slack does by the workspace's clock. Throws when the app takes it neither now nor at once after. */
  async event(event: Json): Promise<void> {
    const { state } = this.#parts.api;
    const payload = eventCallback(
      { ...event, event_ts: state.nextTs() },
      `Ev${randomBytes(5).toString('hex').toUpperCase()}`,
      Math.floor(state.now().getTime() / 1000),
    );
    await this.#deliver({ kind: 'events_api', payload });
  }

  async #deliver(request: AppRequest): Promise<void> {
    try {
      await this.#send(request);
    } catch (error) {
      const delayMs = error instanceof Undelivered && !error.final ? retryDelaysMs[request.retry?.num ?? 0] : undefined;
      if (delayMs === undefined || !(error instanceof Undelivered)) throw error;
      const retry: Retry = { num: (request.retry?.num ?? 0) + 1, reason: error.reason };
      const again = () => this.#deliver({ ...request, retry });
      if (delayMs === 0) return again();
      // The failure is in the log; nobody waits for these.
      this.#parts.later.in(delayMs, () => void again().catch(() => {}));
      throw error;
    }
  }

  #send(request: AppRequest): Promise<Json> {
    return this.#parts.toApp.send(request);
  }

  #person(id: string): SlackUser {
    const user = this.#parts.api.state.user(id);
    if (user === undefined) throw new Error(`There is no user ${id}.`);
    return user;
  }

  #place(id: string): Place {
    const channel = this.#parts.api.state.channel(id);
    if (channel === undefined) throw new Error(`There is no channel ${id}.`);
    return { id, name: channel.kind === 'dm' ? 'directmessage' : channel.name };
  }

  #message(user: string, channel: string, ts: string): StoredMessage {
    const message = this.#parts.api.state.message(channel, ts);
    if (message === undefined || (message.ephemeralFor !== undefined && message.ephemeralFor !== user))
      throw new Error('This message is gone.');
    return message;
  }

  #view(id: string): StoredView {
    const view = this.#parts.api.state.views.get(id);
    if (view === undefined) throw new Error('This view is closed already.');
    return view;
  }
}

/** The blocks of a message and of its attachments. */
const allBlocks = ({ blocks, attachments }: StoredMessage): unknown[] => [
  ...blocks,
  ...attachments.flatMap((attachment) =>
    isObject(attachment) && Array.isArray(attachment.blocks) ? attachment.blocks : [],
  ),
];

const errorTexts = (errors: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(isObject(errors) ? errors : {}).map(([name, text]) => [name, string(text)]));
