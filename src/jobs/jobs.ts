/** What the rest of the bot asks of the jobs beside waking them. */
export interface Jobs {
  /** Looks for everything that is due, and wakes it. */
  sweep: () => Promise<void>;
  /** Milliseconds since everything that is due was last looked for; 0 in a process that runs no loops. */
  sweepAgeMs: () => number;
  /** Milliseconds since a bell last went all the way round through the queue. */
  canaryAgeMs: () => number;
  /** How many bells are waiting, active, delayed, failed in the queue. */
  counts: () => Promise<Record<string, number>>;
  /**
   * Wakes nothing more and lets what is under way finish, for `deadlineMs` at most. A digest stops between two accounts, and
   * goes on after the next start.
   */
  close: (deadlineMs: number) => Promise<void>;
}
