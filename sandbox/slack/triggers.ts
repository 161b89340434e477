import { randomBytes, randomInt } from 'node:crypto';
import { ApiError } from './api.ts';

/** Trigger ids: leave to open one view, for the person who acted, once and in time. */
export class Triggers {
  readonly #known = new Map<string, { user: string; at: number; used: boolean }>();
  readonly #holdsMs: number;

  /** `holdsMs`: of real time. */
  constructor(holdsMs: number) {
    this.#holdsMs = holdsMs;
  }

  issue(user: string): string {
    const id = `${Date.now()}.${randomInt(1e12)}.${randomBytes(16).toString('hex')}`;
    this.#known.set(id, { user, at: Date.now(), used: false });
    return id;
  }

  /** Uses an id up; answers whose it is. Throws as Slack refuses it. */
  use(id: string): string {
    const trigger = this.#known.get(id);
    if (trigger === undefined) throw new ApiError('invalid_trigger_id');
    if (trigger.used) throw new ApiError('exchanged_trigger_id');
    if (Date.now() - trigger.at > this.#holdsMs) throw new ApiError('expired_trigger_id');
    trigger.used = true;
    return trigger.user;
  }
}
