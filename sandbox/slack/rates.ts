/** What a call is answered in place of the truth, for tests and the panel. */
export interface Fault {
  method: string;
  channel?: string;
  /**
   * `hang`: no answer; `accept`: carried out, then no answer; `drop`: carried out, then the connection breaks; `500`; `429` with
   * Retry-After 1; `garbage`: a page of HTML with status 200, as a proxy in between has it; or refused with this error.
   */
  kind: 'hang' | 'accept' | 'drop' | '500' | '429' | 'garbage' | { error: string };
  times: number;
}

/** Calls a minute by method. Source: Slack, "Rate limits", tiers 2 to 4; what is not named here is tier 3. */
const perMinute: Record<string, number> = {
  'auth.test': 600,
  'chat.postEphemeral': 100,
  'chat.postMessage': 600,
  'conversations.list': 20,
  'conversations.members': 100,
  'files.completeUploadExternal': 100,
  'files.getUploadURLExternal': 100,
  'files.info': 100,
  'usergroups.list': 20,
  'usergroups.users.list': 20,
  'usergroups.users.update': 20,
  'users.info': 100,
  'users.lookupByEmail': 50,
  'users.list': 20,
  'views.open': 100,
  'views.publish': 100,
  'views.push': 100,
  'views.update': 100,
};

/**
 * One message a second and channel, a short burst before it. A bucket that fills at that pace: who keeps the pace is not
 * refused because one message of several was late.
 */
const burst = 3;
const everyMs = 1000;

/** Slack's pace. Answers for how many seconds a call has to wait; 0: it may pass. */
export class Rates {
  readonly #calls = new Map<string, number[]>();
  /** Until when each channel's posts are paid for, if they came one every `everyMs`. */
  readonly #posts = new Map<string, number>();

  wait(method: string, channel: string | undefined, nowMs: number): number {
    if (method === 'chat.postMessage' && channel !== undefined) {
      const paidUntil = Math.max(this.#posts.get(channel) ?? 0, nowMs) + everyMs;
      const ahead = paidUntil - nowMs - burst * everyMs;
      if (ahead > 0) return Math.ceil(ahead / 1000);
      this.#posts.set(channel, paidUntil);
    }
    return this.#take(method, nowMs, 60_000, perMinute[method] ?? 50);
  }

  #take(key: string, nowMs: number, windowMs: number, most: number): number {
    const recent = (this.#calls.get(key) ?? []).filter((at) => nowMs - at < windowMs);
    const [oldest] = recent;
    if (recent.length >= most && oldest !== undefined)
      return Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000));
    recent.push(nowMs);
    this.#calls.set(key, recent);
    return 0;
  }
}
