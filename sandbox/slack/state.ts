import type { PageChannel, PageEvent, PageFile, PageMessage, PageUser, PageView } from '../page-api.ts';

export interface SlackUser extends PageUser {
  isGuest: boolean;
  /** Of another workspace, in a channel that two share. */
  isStranger?: boolean;
  isDeactivated?: boolean;
  /** Do Not Disturb until then. */
  quietUntil?: Date;
}

export interface UserGroup {
  id: string;
  handle: string;
  users: string[];
}

export interface Metadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

export interface StoredMessage extends PageMessage {
  metadata?: Metadata;
  /** Of the last edit. */
  editedTs?: string;
}

export interface StoredView extends PageView {
  hash: string;
  /** The app's own name for it; '' when it gave none. */
  externalId: string;
}

export interface StoredFile extends PageFile {
  bytes: Buffer;
  /** Seconds since the epoch. */
  created: number;
  /** Milliseconds since the epoch, when the bytes had come. */
  uploadedAt?: number;
  /** Completed: no longer a mere place for an upload. */
  complete: boolean;
  /** Conversations in which it was shared. */
  channels: string[];
}

export const team = { id: 'T0TRAIL', name: 'Trailwatch demo', domain: 'trailwatch-demo' };
export const bot = { userId: 'U0TRAILBOT', botId: 'B0TRAILBOT', appId: 'A0TRAIL' };

/** Milliseconds that Slack takes to look at an uploaded file. */
const processingMs = 500;

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
  readonly usergroups: UserGroup[] = [
    { id: 'S0ONCALL', handle: 'oncall', users: ['U0ANA', 'U0BEN'] },
    { id: 'S0ONCALLNOW', handle: 'on-call-now', users: ['U0CHRIS'] },
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
  /** The workspace's setting "who can manage user groups": only admins. */
  groupsAreAdmins = false;
  readonly botIsIn = new Set(['C0ALERTS', 'C0SEC', 'C0AUDIT', 'C0PROD']);
  /** The people in each private channel; a channel that is not here is public. */
  readonly membersOfPrivate = new Map<string, readonly string[]>();
  readonly messages: StoredMessage[] = [];
  readonly views = new Map<string, StoredView>();
  readonly files = new Map<string, StoredFile>();
  readonly log: { at: string; line: string; ok: boolean }[] = [];
  readonly now: () => Date;
  readonly #byTs = new Map<string, StoredMessage>();
  readonly #watchers = new Set<(event: PageEvent) => void>();
  #lastTs = 0;
  #ids = 0;

  constructor(now: () => Date) {
    this.now = now;
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
    this.#lastTs = Math.max(this.#lastTs + 1, this.now().getTime() * 1000);
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
    return this.#byTs.get(`${channel} ${ts}`);
  }

  /** The replies of a thread that everybody sees, oldest first. */
  replies(channel: string, ts: string): StoredMessage[] {
    return this.messages.filter(
      (message) => message.channel === channel && message.threadTs === ts && message.ephemeralFor === undefined,
    );
  }

  /** Every person is in every channel but the private ones, the bot where it was invited. */
  membersOf(id: string): string[] {
    const channel = this.channel(id);
    if (channel?.kind === 'dm') return [channel.user ?? '', bot.userId];
    const people = this.membersOfPrivate.get(id);
    if (people !== undefined) return [...people, ...(this.botIsIn.has(id) ? [bot.userId] : [])];
    return this.users.filter((user) => !user.isBot || this.botIsIn.has(id)).map((user) => user.id);
  }

  /** A file's type; '' until Slack has looked at the bytes, a moment after they came. */
  mimetype(file: StoredFile): string {
    const seen = file.uploadedAt !== undefined && this.now().getTime() >= file.uploadedAt + processingMs;
    return seen ? file.mimetype : '';
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
  add(
    said: Omit<StoredMessage, 'ts' | 'files' | 'edited' | 'editedTs' | 'replyCount' | 'reactions'>,
    files: readonly StoredFile[] = [],
  ): StoredMessage {
    const message: StoredMessage = {
      ...said,
      ts: this.nextTs(),
      files: files.map(pageFile),
      edited: false,
      replyCount: 0,
      reactions: [],
    };
    this.messages.push(message);
    this.#byTs.set(`${message.channel} ${message.ts}`, message);
    if (message.threadTs !== undefined && message.ephemeralFor === undefined) {
      const parent = this.message(message.channel, message.threadTs);
      if (parent !== undefined) {
        parent.replyCount++;
        this.changed(parent);
      }
    }
    this.changed(message);
    return message;
  }

  /** Puts other contents into a message; its metadata stays unless other metadata is given. */
  edit(
    message: StoredMessage,
    shown: Pick<StoredMessage, 'text' | 'blocks' | 'attachments'>,
    metadata?: Metadata,
  ): void {
    Object.assign(message, shown);
    // Nobody sees that a message to one person alone was edited.
    if (message.ephemeralFor === undefined) {
      message.edited = true;
      message.editedTs = this.nextTs();
    }
    if (metadata !== undefined) message.metadata = metadata;
    this.changed(message);
  }

  changed(message: StoredMessage): void {
    this.tell({ type: 'message', message: pageMessage(message) });
  }

  remove(message: StoredMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
    this.#byTs.delete(`${message.channel} ${message.ts}`);
    const parent =
      message.threadTs === undefined || message.ephemeralFor !== undefined
        ? undefined
        : this.message(message.channel, message.threadTs);
    if (parent !== undefined) {
      parent.replyCount--;
      this.changed(parent);
    }
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
    const entry = { at: this.now().toISOString(), line, ok };
    this.log.push(entry);
    if (this.log.length > 100) this.log.shift();
    this.tell({ type: 'log', entry });
  }
}

/** What the page is told of each: nothing that only the app may know. */
export const pageMessage = ({ metadata: _metadata, editedTs: _ts, ...message }: StoredMessage): PageMessage => message;
export const pageView = ({ hash: _hash, externalId: _id, ...view }: StoredView): PageView => view;
const pageFile = ({
  bytes: _bytes,
  created: _created,
  uploadedAt: _uploadedAt,
  complete: _complete,
  channels: _channels,
  ...file
}: StoredFile): PageFile => file;
