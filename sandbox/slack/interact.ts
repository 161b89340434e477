import { createHmac, randomBytes } from 'node:crypto';
import { ApiError } from './api.ts';
import { inputErrors, stateValues } from './blocks.ts';
import { checked, messageAsApi } from './chat.ts';
import { isObject, type Json, parseJson, string } from './json.ts';
import { bot, type State, type StoredView, team } from './state.ts';
import { modalsOf, pushView, putView, viewAsApi } from './views.ts';

/** Slack gives an app three seconds: for its acknowledgement, and for the use of a trigger id. */
const patienceMs = 3000;
const responseUrlMs = 30 * 60_000;
const responseUrlUses = 5;

interface ResponseUrl {
  until: number;
  uses: number;
  user: string;
  channel: string;
  /** The message with the button, for replace_original. */
  original: { channel: string; ts: string } | undefined;
}

/** Requests of people to the app: signed, with trigger ids that expire and response URLs that are counted. */
export class Interactions {
  readonly #state: State;
  readonly #secret: string;
  readonly #now: () => Date;
  readonly #url: () => string;
  readonly #triggers = new Map<string, { user: string; at: number; used: boolean }>();
  readonly #responses = new Map<string, ResponseUrl>();
  #app: string | undefined;

  constructor(parts: { state: State; signingSecret: string; now: () => Date; url: () => string }) {
    this.#state = parts.state;
    this.#secret = parts.signingSecret;
    this.#now = parts.now;
    this.#url = parts.url;
  }

  /** Where the app listens for Slack. */
  connect(address: string): void {
    this.#app = address;
  }

  /** Uses a trigger id up; answers whose it is. */
  useTrigger(id: string): string {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) throw new ApiError('invalid_trigger_id');
    if (trigger.used) throw new ApiError('exchanged_trigger_id');
    if (Date.now() - trigger.at > patienceMs) throw new ApiError('expired_trigger_id');
    trigger.used = true;
    return trigger.user;
  }

  #trigger(user: string): string {
    const id = `${Date.now()}.${randomBytes(6).readUIntBE(0, 6)}.${randomBytes(16).toString('hex')}`;
    this.#triggers.set(id, { user, at: Date.now(), used: false });
    return id;
  }

  #responseUrl(user: string, channel: string, original?: { channel: string; ts: string }): string {
    const id = randomBytes(12).toString('hex');
    this.#responses.set(id, { until: this.#now().getTime() + responseUrlMs, uses: 0, user, channel, original });
    return `${this.#url()}/response/${id}`;
  }

  /** A post to a response URL. Answers the HTTP status and body, as Slack does. */
  respond(id: string, body: string): [number, string] {
    const response = this.#responses.get(id);
    if (response === undefined || this.#now().getTime() > response.until)
      return [404, '{"ok":false,"error":"expired_url"}'];
    if (++response.uses > responseUrlUses) return [404, '{"ok":false,"error":"used_url"}'];
    const args = parseJson(body);
    if (!isObject(args)) return [500, 'invalid_payload'];
    const original = response.original && this.#state.message(response.original.channel, response.original.ts);
    if (args['delete_original'] === true) {
      if (original !== undefined) this.#state.remove(original);
      return [200, '{"ok":true}'];
    }
    try {
      const shown = checked(
        { state: this.#state },
        { text: string(args['text']), blocks: args['blocks'] ?? [], attachments: args['attachments'] ?? [] },
      );
      if (args['replace_original'] === true && original !== undefined) this.#state.edit(original, shown);
      else
        this.#state.add({
          channel: response.channel,
          user: bot.userId,
          ...shown,
          ...(typeof args['thread_ts'] === 'string' ? { threadTs: args['thread_ts'] } : {}),
          ...(args['response_type'] === 'in_channel' ? {} : { ephemeralFor: response.user }),
        });
      return [200, '{"ok":true}'];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#state.note(`response_url: ${error.message} ${JSON.stringify(error.more)}`, false);
      return [400, error.message];
    }
  }

  /** Sends a signed request to the app; answers its body, or throws what the person at the page reads. */
  async #send(what: string, body: string, type: string, more: Record<string, string> = {}): Promise<string> {
    if (this.#app === undefined) throw new Error('No app is connected to this workspace yet.');
    const timestamp = String(Math.floor(this.#now().getTime() / 1000));
    const signature = `v0=${createHmac('sha256', this.#secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
    try {
      const response = await fetch(this.#app, {
        method: 'POST',
        body,
        headers: {
          'content-type': type,
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': signature,
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          ...more,
        },
        signal: AbortSignal.timeout(patienceMs),
      });
      this.#state.note(`Slack → app: ${what}: ${response.status}`, response.ok);
      if (!response.ok)
        throw new Error(`failed with the error "dispatch_failed" (the app answered ${response.status})`);
      return await response.text();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'TimeoutError')) throw error;
      this.#state.note(`Slack → app: ${what}: no answer in three seconds`, false);
      throw new Error('failed with the error "operation_timeout": the app did not answer within three seconds');
    }
  }

  #payload(what: string, payload: Record<string, unknown>): Promise<string> {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    return this.#send(what, body, 'application/x-www-form-urlencoded');
  }

  #common(user: string): Record<string, unknown> {
    const known = this.#state.user(user);
    if (known === undefined) throw new Error(`There is no user ${user}.`);
    return {
      user: { id: user, username: known.name, name: known.name, team_id: team.id },
      team: { id: team.id, domain: team.domain },
      api_app_id: bot.appId,
      token: 'legacy-verification-token',
      is_enterprise_install: false,
      enterprise: null,
    };
  }

  /** A line in the composer: a slash command, or a message that the bot does not read. */
  async say(user: string, channel: string, text: string, threadTs?: string): Promise<void> {
    const known = this.#state.user(user);
    const place = this.#state.channel(channel);
    if (known === undefined || place === undefined) throw new Error('There is no such user or channel.');
    if (!text.startsWith('/')) {
      this.#state.add({
        channel,
        user,
        // Slack escapes what people type.
        text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
        blocks: [],
        attachments: [],
        ...(threadTs === undefined ? {} : { threadTs }),
      });
      return;
    }
    if (threadTs !== undefined) throw new Error('Slash commands are not supported in threads.');
    const [command = ''] = text.split(' ', 1);
    if (command !== '/audit') throw new Error(`${command} is not a valid command in this workspace.`);
    const form = new URLSearchParams({
      token: 'legacy-verification-token',
      team_id: team.id,
      team_domain: team.domain,
      channel_id: channel,
      channel_name: place.kind === 'dm' ? 'directmessage' : place.name,
      user_id: user,
      user_name: known.name,
      command,
      text: text.slice(command.length + 1),
      api_app_id: bot.appId,
      is_enterprise_install: 'false',
      response_url: this.#responseUrl(user, channel),
      trigger_id: this.#trigger(user),
    });
    const answer = await this.#send(command, form.toString(), 'application/x-www-form-urlencoded');
    if (answer === '') return;
    const json = parseJson(answer);
    const said = isObject(json) ? json : { text: answer };
    this.#state.add({
      channel,
      user: bot.userId,
      ...checked(
        { state: this.#state },
        { text: string(said['text']), blocks: said['blocks'] ?? [], attachments: said['attachments'] ?? [] },
      ),
      ...(said['response_type'] === 'in_channel' ? {} : { ephemeralFor: user }),
    });
  }

  /** A press or a choice in a message or a view. */
  async press(
    user: string,
    at: { type: 'message'; channel: string; ts: string } | { type: 'view'; viewId: string },
    action: Record<string, unknown>,
    state: Json,
  ): Promise<void> {
    const common = {
      type: 'block_actions',
      ...this.#common(user),
      trigger_id: this.#trigger(user),
      actions: [{ ...action, action_ts: this.#state.nextTs() }],
    };
    if (at.type === 'view') {
      const view = this.#view(at.viewId);
      const values = { values: stateValues(blocksOf(view), state) };
      await this.#payload('block_actions', {
        ...common,
        container: { type: 'view', view_id: view.id },
        view: { ...viewAsApi(view), state: values },
      });
      return;
    }
    const message = this.#state.message(at.channel, at.ts);
    if (message === undefined || (message.ephemeralFor !== undefined && message.ephemeralFor !== user))
      throw new Error('This message is gone.');
    const place = this.#state.channel(at.channel);
    const ephemeral = message.ephemeralFor !== undefined;
    await this.#payload('block_actions', {
      ...common,
      container: { type: 'message', message_ts: at.ts, channel_id: at.channel, is_ephemeral: ephemeral },
      channel: { id: at.channel, name: place?.kind === 'dm' ? 'directmessage' : (place?.name ?? '') },
      ...(ephemeral ? {} : { message: messageAsApi({ state: this.#state, url: this.#url }, message) }),
      state: { values: stateValues(message.blocks, state) },
      response_url: this.#responseUrl(user, at.channel, at),
    });
  }

  #view(id: string): StoredView {
    const view = this.#state.views.get(id);
    if (view === undefined) throw new Error('This view is closed already.');
    return view;
  }

  /** The submit button of a modal. What Slack itself finds wrong with the answers never reaches the app. */
  async submit(user: string, viewId: string, state: Json): Promise<void> {
    const view = this.#view(viewId);
    const values = stateValues(blocksOf(view), state);
    const errors = inputErrors(blocksOf(view), values);
    if (Object.keys(errors).length > 0) return this.#state.show({ ...view, errors });
    const answer = await this.#payload('view_submission', {
      type: 'view_submission',
      ...this.#common(user),
      trigger_id: this.#trigger(user),
      view: { ...viewAsApi(view), state: { values } },
      response_urls: [],
    });
    const json = answer === '' ? {} : parseJson(answer);
    if (!isObject(json)) throw new Error('We had some trouble connecting. Try again?');
    switch (json['response_action']) {
      case 'errors':
        return this.#state.show({
          ...view,
          errors: isObject(json['errors'])
            ? Object.fromEntries(Object.entries(json['errors']).map(([name, text]) => [name, string(text)]))
            : {},
        });
      case 'update':
        putView(this.#state, json['view'], { user, kind: 'modal', id: view.id, stack: view.stack });
        return;
      case 'push':
        pushView(this.#state, json['view'], user);
        return;
      case 'clear':
        for (const open of modalsOf(this.#state, user)) this.#state.closeView(open.id);
        return;
      default:
        this.#state.closeView(view.id);
    }
  }

  close(viewId: string): void {
    const view = this.#view(viewId);
    for (const other of [...this.#state.views.values()])
      if (other.stack.includes(view.id)) this.#state.closeView(other.id);
    this.#state.closeView(view.id);
  }

  /** An Events API delivery, tried three times more as Slack does, at shorter intervals. */
  async event(event: Record<string, unknown>): Promise<void> {
    const body = JSON.stringify({
      token: 'legacy-verification-token',
      team_id: team.id,
      api_app_id: bot.appId,
      type: 'event_callback',
      event_id: `Ev${randomBytes(6).toString('hex').toUpperCase()}`,
      event_time: Math.floor(this.#now().getTime() / 1000),
      authorizations: [
        { team_id: team.id, user_id: bot.userId, is_bot: true, enterprise_id: null, is_enterprise_install: false },
      ],
      event: { ...event, event_ts: this.#state.nextTs() },
    });
    for (let retry = 0; ; retry++) {
      const more: Record<string, string> =
        retry === 0 ? {} : { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_error' };
      try {
        await this.#send(string(event['type']), body, 'application/json', more);
        return;
      } catch (error) {
        if (retry === 3) throw error;
      }
    }
  }
}

const blocksOf = (view: StoredView): unknown => (isObject(view.view) ? view.view['blocks'] : []);
