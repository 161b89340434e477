import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';

export type Right = 'respond' | 'investigate' | 'administer';

/** Who asks, as Slack's verified request says. */
export interface Person {
  user: string;
  team: string;
}

export type Verdict =
  | { allowed: true }
  /** `holders`: who has the right (`user:U…`, `usergroup:S…`, `channel:C…`); none: nobody. */
  | { allowed: false; reason: 'guest' | 'stranger' | 'not-listed' | 'unknown'; holders: readonly string[] };

interface Remembered<T> {
  at: number;
  value: T;
}

/** How long an answer of Slack about people and groups is believed, in milliseconds. */
const believedMs = 60_000;

/**
 * Who may do what. Slack proves who pressed a button, not that they may. People of other workspaces, bots and guests
 * are refused, but for a guest who is listed by user id. Groups are asked of Slack and believed for a minute; when
 * Slack does not answer, an older answer serves for responding to alerts and for nothing else.
 */
export class Access {
  readonly #slack: WebClient;
  readonly #rights: Record<Right, readonly string[] | null>;
  readonly #now: () => Date;
  readonly #log: Logger;
  readonly #guests = new Map<string, Remembered<boolean>>();
  readonly #members = new Map<string, Remembered<string[]>>();

  constructor(parts: {
    slack: WebClient;
    rights: Record<Right, readonly string[] | null>;
    now: () => Date;
    log: Logger;
  }) {
    this.#slack = parts.slack;
    this.#rights = parts.rights;
    this.#now = parts.now;
    this.#log = parts.log;
  }

  /** `respond` without a list in the configuration is everybody's who is a full member of the workspace. */
  async check(right: Right, person: Person, ownTeam: string): Promise<Verdict> {
    const listed = this.#rights[right];
    const holders = listed ?? [];
    const refuse = (reason: 'guest' | 'stranger' | 'not-listed' | 'unknown'): Verdict => ({
      allowed: false,
      reason,
      holders,
    });
    if (person.team !== ownTeam) return refuse('stranger');
    if (holders.includes(`user:${person.user}`)) return { allowed: true };
    const staleOk = right === 'respond';
    try {
      if (await this.#isGuest(person.user, staleOk)) return refuse('guest');
      if (listed === null) return { allowed: true };
      for (const holder of holders) if (await this.#holds(holder, person.user, staleOk)) return { allowed: true };
      return refuse('not-listed');
    } catch (error) {
      this.#log.warn({ err: error, user: person.user, right }, 'Slack did not say who this person is: refused.');
      return refuse('unknown');
    }
  }

  #isGuest(user: string, staleOk: boolean): Promise<boolean> {
    return this.#remembered(this.#guests, user, staleOk, async () => {
      const { user: found } = await this.#slack.users.info({ user });
      return (
        found === undefined ||
        found.deleted === true ||
        found.is_bot === true ||
        found.is_restricted === true ||
        found.is_ultra_restricted === true
      );
    });
  }

  async #holds(holder: string, user: string, staleOk: boolean): Promise<boolean> {
    const id = holder.slice(holder.indexOf(':') + 1);
    if (holder.startsWith('usergroup:'))
      return (await this.#remembered(this.#members, holder, staleOk, () => this.#groupMembers(id))).includes(user);
    if (holder.startsWith('channel:'))
      return (await this.#remembered(this.#members, holder, staleOk, () => this.#channelMembers(id))).includes(user);
    return false;
  }

  async #groupMembers(usergroup: string): Promise<string[]> {
    const { users } = await this.#slack.usergroups.users.list({ usergroup });
    return users ?? [];
  }

  async #channelMembers(channel: string): Promise<string[]> {
    const members: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#slack.conversations.members({ channel, limit: 1000, ...(cursor ? { cursor } : {}) });
      members.push(...(page.members ?? []));
      cursor = page.response_metadata?.next_cursor;
    } while (cursor);
    return members;
  }

  async #remembered<T>(
    cache: Map<string, Remembered<T>>,
    key: string,
    staleOk: boolean,
    ask: () => Promise<T>,
  ): Promise<T> {
    const known = cache.get(key);
    const now = this.#now().getTime();
    if (known !== undefined && now - known.at < believedMs) return known.value;
    try {
      const value = await ask();
      if (cache.size > 10_000) cache.clear();
      cache.set(key, { at: now, value });
      return value;
    } catch (error) {
      if (staleOk && known !== undefined) return known.value;
      throw error;
    }
  }
}
