import { setTimeout as sleep } from 'node:timers/promises';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { infoOf } from './people.ts';
import { judgeFailure } from './posting.ts';

/** `audit`: to read digests and sign them off, without asking AWS. */
export type Right = 'see' | 'respond' | 'audit' | 'investigate' | 'administer';

/** Who asks, as Slack's verified request says. */
export interface Person {
  user: string;
  /** Their own workspace; '' where the request does not say, which is nobody's. */
  team: string;
}

type Reason = 'guest' | 'stranger' | 'deactivated' | 'not-listed' | 'unknown';

export type AccessVerdict =
  | { allowed: true }
  /** `holders`: who has the right (`user:U…`, `usergroup:S…`, `channel:C…`); none: nobody. */
  | { allowed: false; reason: Reason; holders: readonly string[] };

interface Remembered<T> {
  at: number;
  value: T;
}

/** How long an answer of Slack about people and groups is believed, in milliseconds. */
const believedMs = 60_000;

type Kind = 'member' | 'guest' | 'stranger' | 'deactivated';

/** Rights for which an older answer of Slack is better than none. */
const staleServes: ReadonlySet<Right> = new Set(['see', 'respond']);

/**
 * Who may do what. Slack proves who pressed a button, not that they may. People of other workspaces and deactivated ones are
 * refused; bots and guests too, except those listed by user id. People, groups and channels are asked of Slack and believed
 * for a minute; when Slack does not answer, an older answer serves for seeing and responding to alerts and for nothing else.
 */
export class Access {
  readonly #slack: WebClient;
  readonly #rights: Record<Right, readonly string[] | null>;
  readonly #now: () => Date;
  readonly #log: Logger;
  readonly #kinds = new Map<string, Remembered<Kind>>();
  readonly #members = new Map<string, Remembered<string[]>>();
  readonly #private = new Map<string, Remembered<boolean>>();

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

  /** A right without a list in the configuration (`see`, `respond`) is everybody's who is a full member of the workspace. */
  async check(right: Right, person: Person, ownTeam: string): Promise<AccessVerdict> {
    const holders = this.#holdersOf(right);
    const refuse = (reason: Reason): AccessVerdict => ({ allowed: false, reason, holders });
    if (person.team !== ownTeam) return refuse('stranger');
    const named = holders.includes(`user:${person.user}`);
    const staleOk = staleServes.has(right);
    try {
      const kind = await this.#kindOf(person.user, ownTeam, staleOk);
      if (kind === 'stranger' || kind === 'deactivated') return refuse(kind);
      if (named) return { allowed: true };
      if (kind === 'guest') return refuse('guest');
      if (this.#rights[right] === null) return { allowed: true };
      for (const holder of holders) if (await this.#holds(holder, person.user, staleOk)) return { allowed: true };
      return refuse('not-listed');
    } catch (error) {
      if (named) return { allowed: true };
      this.#log.warn({ err: error, user: person.user, right }, 'Slack did not say who this person is: refused.');
      return refuse('unknown');
    }
  }

  /** Whether a person is one of these (`user:U…`, `usergroup:S…`). Where Slack does not say, they are not. */
  async isAmong(user: string, holders: readonly string[]): Promise<boolean> {
    for (const holder of holders)
      try {
        if (holder === `user:${user}` || (await this.#holds(holder, user, true))) return true;
      } catch (error) {
        this.#log.warn({ err: error, holder }, 'Slack did not say who is in this group.');
      }
    return false;
  }

  /** Those of these channels whose messages the person may read: public ones, and private ones that they are in. */
  async readable(user: string, channels: readonly string[]): Promise<string[]> {
    const readable: string[] = [];
    for (const channel of channels)
      try {
        const isPrivate = await this.#remembered(this.#private, channel, true, () => this.#isPrivate(channel));
        if (!isPrivate || (await this.#holds(`channel:${channel}`, user, true))) readable.push(channel);
      } catch (error) {
        this.#log.warn(
          { err: error, channel },
          'Slack did not say who may read this channel: its alerts are not shown.',
        );
      }
    return readable;
  }

  /** Those of these channels that everybody of the workspace may read; where Slack does not say, none. */
  async readableByAll(channels: readonly string[]): Promise<string[]> {
    const open: string[] = [];
    for (const channel of channels)
      try {
        if (!(await this.#remembered(this.#private, channel, true, () => this.#isPrivate(channel)))) open.push(channel);
      } catch (error) {
        this.#log.warn({ err: error, channel }, 'Slack did not say who may read this channel: it counts as private.');
      }
    return open;
  }

  /** Whoever may do more may also see, and whoever may ask AWS may read what was asked of it. */
  #holdersOf(right: Right): readonly string[] {
    const { see, respond, audit, investigate, administer } = this.#rights;
    const all = (...lists: (readonly string[] | null)[]) => [...new Set(lists.flatMap((holders) => holders ?? []))];
    if (right === 'audit') return all(audit, investigate);
    return right === 'see' ? all(see, respond, audit, investigate, administer) : (this.#rights[right] ?? []);
  }

  #kindOf(user: string, ownTeam: string, staleOk: boolean): Promise<Kind> {
    return this.#remembered(this.#kinds, user, staleOk, async () => {
      const found = await infoOf(this.#slack, user);
      if (found === undefined) return 'stranger';
      if (found.deleted === true) return 'deactivated';
      // In an Enterprise organization a person has a home workspace and is in others too.
      const teams = [found.team_id, ...(found.enterprise_user?.teams ?? [])];
      if (found.is_stranger === true || !teams.includes(ownTeam)) return 'stranger';
      const restricted = found.is_restricted === true || found.is_ultra_restricted === true;
      return restricted || found.is_bot === true ? 'guest' : 'member';
    });
  }

  async #isPrivate(channel: string): Promise<boolean> {
    const { channel: found } = await this.#slack.conversations.info({ channel });
    return found === undefined || found.is_private === true || found.is_im === true || found.is_mpim === true;
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
      const value = await (staleOk && known !== undefined ? ask() : patiently(ask));
      if (cache.size > 10_000) cache.clear();
      cache.set(key, { at: now, value });
      return value;
    } catch (error) {
      if (staleOk && known !== undefined) return known.value;
      throw error;
    }
  }
}

/** For so long, in milliseconds, and so often Slack is asked in place of a refusal. */
const patience = { ms: 5000, times: 3 };

/** Asks again where Slack does not answer for a moment: whoever is refused then has to press once more. @throws what it said at last */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (let times = 1; ; times += 1)
    try {
      return await ask();
    } catch (error) {
      const failure = judgeFailure(error);
      const waitMs = failure.outcome === 'later' ? failure.waitMs : 1000;
      const isOver = times === patience.times || performance.now() - began + waitMs > patience.ms;
      if (failure.outcome === 'refused' || isOver) throw error;
      await sleep(waitMs);
    }
}
