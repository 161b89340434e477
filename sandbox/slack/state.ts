import type { PageChannel, PageEvent, PageFile, PageMessage, PageUser, PageView } from '../page-api.ts';

export interface SlackUser extends PageUser {
  isGuest: boolean;
}

export interface StoredMessage extends PageMessage {
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
}

export interface StoredView extends PageView {
  hash: string;
  callbackId: string;
  privateMetadata: string;
}

export interface StoredFile extends PageFile {
  bytes: Buffer;
}

export const team = { id: 'T0TRAIL', name: 'Trailwatch demo', domain: 'trailwatch-demo' };
export const bot = { userId: 'U0TRAILBOT', botId: 'B0TRAILBOT', appId: 'A0TRAIL' };

const person = (id: string, name: string, realName: string, timeZone: string, isGuest = false): SlackUser => ({
  id,
  name,
  realName,
  timeZone,
  isBot: false,
  isGuest,
});

/** The workspace's facts and everything said in it; whoever watches hears of each change. */
export class State {
  readonly users: SlackUser[] = [
    person('U0ANA', 'ana', 'Ana', 'Europe/Prague'),
    person('U0BEN', 'ben', 'Ben', 'America/New_York'),
    person('U0CHRIS', 'chris', 'Chris', 'Asia/Tokyo'),
    person('U0DANA', 'dana', 'Dana (guest)', 'Europe/London', true),
    { ...person(bot.userId, 'trailwatch', 'Trailwatch', 'UTC'), isBot: true },
  ];
  readonly usergroups = [
    { id: 'S0ONCALL', handle: 'oncall', users: ['U0ANA', 'U0BEN'] },
    { id: 'S0SECLEADS', handle: 'sec-leads', users: ['U0CHRIS'] },
  ];
  readonly channels: PageChannel[] = [
    { id: 'C0ALERTS', name: 'alerts', kind: 'channel', topic: 'Alerts of every kind' },
    { id: 'C0SEC', name: 'security', kind: 'channel', topic: 'Critical and high' },
    { id: 'C0AUDIT', name: 'audit', kind: 'channel', topic: 'Digests' },
    { id: 'C0PROD', name: 'prod', kind: 'channel', topic: 'Production' },
    // A channel that the bot was not invited to.
    { id: 'C0PRIVATE', name: 'private', kind: 'channel', topic: 'Without the bot' },
  ];
  readonly botIsIn = new Set(['C0ALERTS', 'C0SEC', 'C0AUDIT', 'C0PROD']);
  readonly messages: StoredMessage[] = [];
  readonly views = new Map<string, StoredView>();
  readonly files = new Map<string, StoredFile>();
  readonly log: { at: string; line: string; ok: boolean }[] = [];
  readonly #watchers = new Set<(event: PageEvent) => void>();
  readonly #now: () => Date;
  #lastTs = 0;
  #ids = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  watch(watcher: (event: PageEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  tell(event: PageEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** A message's ts: unique in the workspace and rising, in seconds with six decimals. */
  nextTs(): string {
    this.#lastTs = Math.max(this.#lastTs + 1, this.#now().getTime() * 1000);
    return `${Math.floor(this.#lastTs / 1e6)}.${String(this.#lastTs % 1e6).padStart(6, '0')}`;
  }

  nextId(letter: string): string {
    this.#ids++;
    return `${letter}${this.#ids.toString(36).toUpperCase().padStart(9, '0')}`;
  }

  user(id: string): SlackUser | undefined {
    return this.users.find((user) => user.id === id);
  }

  channel(id: string): PageChannel | undefined {
    return this.channels.find((channel) => channel.id === id);
  }

  message(channel: string, ts: string): StoredMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  /** The direct messages of one person with the bot. */
  dm(user: string): PageChannel {
    const id = `D${user.slice(1)}`;
    const known = this.channel(id);
    if (known !== undefined) return known;
    const channel: PageChannel = { id, name: 'trailwatch', kind: 'dm', topic: '', user };
    this.channels.push(channel);
    this.tell({ type: 'channel', channel });
    return channel;
  }

  /** Adds a message, stamped with the next ts. */
  add(said: Omit<StoredMessage, 'ts' | 'files' | 'edited' | 'replyCount' | 'reactions'>): StoredMessage {
    const message: StoredMessage = {
      ...said,
      ts: this.nextTs(),
      files: [],
      edited: false,
      replyCount: 0,
      reactions: [],
    };
    this.messages.push(message);
    if (message.threadTs !== undefined) {
      const parent = this.message(message.channel, message.threadTs);
      if (parent !== undefined) {
        parent.replyCount++;
        this.changed(parent);
      }
    }
    this.changed(message);
    return message;
  }

  changed(message: StoredMessage): void {
    const { metadata: _hidden, ...shown } = message;
    this.tell({ type: 'message', message: shown });
  }

  remove(message: StoredMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
    this.tell({ type: 'message-deleted', channel: message.channel, ts: message.ts });
  }

  show(view: StoredView): void {
    this.views.set(view.id, view);
    this.tell({ type: 'view', view: pageView(view) });
  }

  closeView(id: string): void {
    if (this.views.delete(id)) this.tell({ type: 'view-closed', id });
  }

  note(line: string, ok: boolean): void {
    const entry = { at: this.#now().toISOString(), line, ok };
    this.log.push(entry);
    if (this.log.length > 100) this.log.shift();
    this.tell({ type: 'log', entry });
  }
}

export const pageView = ({ hash: _hash, callbackId: _id, privateMetadata: _data, ...view }: StoredView): PageView =>
  view;
