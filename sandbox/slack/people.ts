import type { PageMessage } from '../page-api.ts';
import { eachBlock, elementsOf, optionsOf } from './blocks.ts';
import type { Slack } from './index.ts';
import { isObject, type Json, string } from './json.ts';
import { blocksOf } from './payloads.ts';
import { bot, type StoredMessage, type StoredView } from './state.ts';

/**
 * What end-to-end tests do in the workspace: people press, type and fill in forms, and wait for what they expect to
 * see. Nothing sleeps: each expectation holds as soon as the condition does, and fails with what was there instead.
 */
const patienceMs = 25_000;

/** Waits until `look` finds something. */
async function until<T>(slack: Slack, look: () => T | undefined, instead: () => string): Promise<T> {
  const found = look();
  if (found !== undefined) return found;
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(instead()));
    }, patienceMs);
    const stop = slack.state.watch(() => {
      const now = look();
      if (now === undefined) return;
      clearTimeout(timer);
      stop();
      resolve(now);
    });
  });
}

/** Everything a reader sees of a message or a view, as one text. */
export function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(readable).join(' ');
  if (!isObject(value)) return '';
  return [
    'text',
    'elements',
    'blocks',
    'fields',
    'attachments',
    'title',
    'label',
    'user_id',
    'rows',
    'caption',
    'value',
    'accessory',
  ]
    .map((key) => readable(value[key]))
    .join(' ');
}

const shown = (message: PageMessage): string =>
  `${message.text} ${readable(message.blocks)} ${readable(message.attachments)}`;
const list = (messages: readonly StoredMessage[]): string =>
  messages
    .slice(-8)
    .map(
      (message) => `  ${message.channel} ${message.threadTs === undefined ? '' : '↳ '}${shown(message).slice(0, 300)}`,
    )
    .join('\n') || '  nothing';

/** Every element of blocks with an action id, with the block it stands in. */
const elements = (blocks: unknown): { blockId: string; element: Json }[] =>
  eachBlock(blocks).flatMap(({ block }) =>
    elementsOf(block)
      .filter((element) => typeof element['action_id'] === 'string')
      .map((element) => ({ blockId: string(block['block_id']), element })),
  );

const textOf = (value: unknown): string => (isObject(value) ? string(value['text']) : '');

/** Someone in the workspace. */
export class Person {
  readonly #slack: Slack;
  readonly id: string;

  constructor(slack: Slack, name: string) {
    const user = slack.state.users.find((each) => each.name === name);
    if (user === undefined) throw new Error(`Nobody in the workspace is called ${name}.`);
    this.#slack = slack;
    this.id = user.id;
  }

  /** Types a line into the composer. */
  type(line: string, channel = 'C0ALERTS'): Promise<void> {
    return this.#slack.interactions.say(this.id, channel, line);
  }

  /** Presses a button by its words. */
  async press(message: { channel: string; ts: string }, words: string): Promise<void> {
    const { blockId, element } = this.#find(
      message,
      (each) => each['type'] === 'button' && textOf(each['text']) === words,
      words,
    );
    await this.#slack.interactions.press(
      this.id,
      { type: 'message', channel: message.channel, ts: message.ts },
      { ...element, block_id: blockId },
      {},
    );
  }

  /** Chooses from a menu by the words of the option. */
  async choose(message: { channel: string; ts: string }, words: string): Promise<void> {
    const option = (each: Json) => optionsOf(each).find((one) => textOf(one['text']) === words);
    const { blockId, element } = this.#find(message, (each) => option(each) !== undefined, words);
    await this.#slack.interactions.press(
      this.id,
      { type: 'message', channel: message.channel, ts: message.ts },
      { type: element['type'], action_id: element['action_id'], block_id: blockId, selected_option: option(element) },
      {},
    );
  }

  #find(at: { channel: string; ts: string }, wanted: (element: Json) => boolean, words: string) {
    const message = this.#slack.state.message(at.channel, at.ts);
    const all = elements(message?.blocks);
    const found = all.find(({ element }) => wanted(element));
    if (found === undefined)
      throw new Error(
        `There is no "${words}" in: ${all.map(({ element }) => textOf(element['text']) || string(element['action_id'])).join(', ')}`,
      );
    return found;
  }

  /** Waits for a modal that this person sees. */
  expectModal(title: RegExp): Promise<View> {
    return this.#expectView('modal', title);
  }

  /** Opens the App Home and waits until it shows this. */
  async openHome(pattern: RegExp): Promise<View> {
    await this.#slack.interactions.openHome(this.id);
    return this.#expectView('home', pattern);
  }

  async #expectView(kind: StoredView['kind'], pattern: RegExp): Promise<View> {
    const { state } = this.#slack;
    const view = await until(
      this.#slack,
      () =>
        [...state.views.values()].find(
          (each) => each.kind === kind && each.user === this.id && pattern.test(readable(each.view)),
        ),
      () =>
        `No ${kind} ${pattern} is open for ${this.id}: ${[...state.views.values()].map((each) => readable(each.view).slice(0, 200)).join(' | ') || 'none at all'}`,
    );
    return new View(this.#slack, this, view);
  }

  /** Waits for a message that only this person sees. */
  expectEphemeral(pattern: RegExp): Promise<StoredMessage> {
    const { state } = this.#slack;
    return until(
      this.#slack,
      () => state.messages.findLast((each) => each.ephemeralFor === this.id && pattern.test(shown(each))),
      () =>
        `${this.id} was not told ${pattern}. Told:\n${list(state.messages.filter((each) => each.ephemeralFor === this.id))}`,
    );
  }

  /** Waits for a direct message of the bot. */
  expectDirectMessage(pattern: RegExp): Promise<StoredMessage> {
    return new Channel(this.#slack, this.#slack.state.dm(this.id).id).expectMessage(pattern);
  }
}

/** A modal, or the App Home, as one person sees it. */
export class View {
  readonly #slack: Slack;
  readonly #person: Person;
  readonly #view: StoredView;

  constructor(slack: Slack, person: Person, view: StoredView) {
    this.#slack = slack;
    this.#person = person;
    this.#view = view;
  }

  /** Fills in questions by block id and submits. Untouched questions keep what was filled in for them. */
  submit(answers: Record<string, Json>): Promise<void> {
    const view = this.#slack.state.views.get(this.#view.id) ?? this.#view;
    const filled = elements(blocksOf(view)).flatMap(({ blockId, element }) => {
      const answer = answers[blockId];
      return answer === undefined ? [] : [[blockId, { [string(element['action_id'])]: answer }]];
    });
    return this.#slack.interactions.submit(this.#person.id, view.id, Object.fromEntries(filled));
  }

  /** Presses a button by its words. */
  async press(words: string): Promise<void> {
    const view = this.#slack.state.views.get(this.#view.id) ?? this.#view;
    const found = elements(blocksOf(view)).find(({ element }) => textOf(element['text']) === words);
    if (found === undefined) throw new Error(`There is no "${words}" in: ${readable(view.view)}`);
    await this.#slack.interactions.press(
      this.#person.id,
      { type: 'view', viewId: view.id },
      { ...found.element, block_id: found.blockId },
      {},
    );
  }

  /** Waits for Slack to show an error at a question. */
  expectError(pattern: RegExp): Promise<unknown> {
    const now = () => this.#slack.state.views.get(this.#view.id);
    return until(
      this.#slack,
      () => Object.values(now()?.errors ?? {}).find((error) => pattern.test(error)),
      () => `The modal shows no error ${pattern}: ${JSON.stringify(now()?.errors)}`,
    );
  }
}

/** A channel as everybody in it sees it. */
export class Channel {
  readonly #slack: Slack;
  readonly #id: string;

  constructor(slack: Slack, id: string) {
    this.#slack = slack;
    this.#id = id;
  }

  messages(): StoredMessage[] {
    return this.#slack.state.messages.filter((each) => each.channel === this.#id && each.ephemeralFor === undefined);
  }

  /** Waits for a message of the bot at the top of the channel. */
  expectMessage(pattern: RegExp): Promise<StoredMessage> {
    return until(
      this.#slack,
      () =>
        this.messages().findLast(
          (each) => each.user === bot.userId && each.threadTs === undefined && pattern.test(shown(each)),
        ),
      () => `No message ${pattern} in ${this.#id}. There:\n${list(this.messages())}`,
    );
  }

  /** Waits until a message looks like this. */
  expectUpdate(message: { ts: string }, pattern: RegExp): Promise<StoredMessage> {
    const now = () => this.#slack.state.message(this.#id, message.ts);
    return until(
      this.#slack,
      () => {
        const current = now();
        return current !== undefined && pattern.test(shown(current)) ? current : undefined;
      },
      () =>
        `The message does not say ${pattern}: ${shown(now() ?? { channel: '', ts: '', user: '', text: 'it is gone', blocks: [], attachments: [], files: [], edited: false, replyCount: 0, reactions: [] })}`,
    );
  }

  /** Waits for a reply in a message's thread. */
  expectReply(message: { ts: string }, pattern: RegExp): Promise<StoredMessage> {
    const replies = () => this.messages().filter((each) => each.threadTs === message.ts);
    return until(
      this.#slack,
      () => replies().findLast((each) => pattern.test(shown(each))),
      () => `No reply ${pattern}. There:\n${list(replies())}`,
    );
  }
}
