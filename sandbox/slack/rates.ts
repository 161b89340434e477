/** What a call is answered in place of the truth, for tests and the panel. */
export interface Fault {
  method: string;
  channel?: string;
  /** `hang`: no answer; `drop`: carried out, then the connection breaks; `500`; `429` with Retry-After 1. */
  kind: 'hang' | 'drop' | '500' | '429';
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
  'users.list': 20,
  'views.open': 100,
  'views.publish': 100,
  'views.push': 100,
  'views.update': 100,
};

/** One message a second and channel, after a short burst. */
const burst = 3;

/** Slack's pace. Answers for how many seconds a call has to wait; 0: it may pass. */
export class Rates {
  readonly #calls = new Map<string, number[]>();

  wait(method: string, channel: string | undefined, nowMs: number): number {
    if (method === 'chat.postMessage' && channel !== undefined) {
      const tokens = this.#take(`post ${channel}`, nowMs, burst * 1000, burst);
      if (tokens > 0) return tokens;
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
