import type { Logger } from 'pino';
import type { Pending } from '../store/transitions.ts';

/** The loops by name; `deliver` is one loop for each target. */
export interface Loops {
  intake: () => Promise<void>;
  /** `target`: a Slack channel or user, or `pagerduty:name`. */
  deliver: (target: string) => Promise<void>;
  escalate: () => Promise<void>;
  triage: () => Promise<void>;
  digests: () => Promise<void>;
  investigations: () => Promise<void>;
}

/**
 * Wakes the loops over what is due. A wake names a loop, never an item: the loop asks the database what there is to do.
 * Every method returns at once and never throws. Wakes coalesce: however many come while a loop runs, it runs once more. With
 * a time, the loop is woken then: of several times, at the earliest. A wake that is lost is made up for by the sweep.
 *
 * Made before everything that wakes; wakes that come before `start` are kept until then.
 */
export class Wakes {
  readonly #now: () => Date;
  readonly #log: Logger;
  readonly #early = new Set<string>();
  readonly #running = new Map<string, { again: boolean; ended: Promise<void> }>();
  readonly #timers = new Map<string, { at: Date; timer: NodeJS.Timeout }>();
  #run: ((bell: string) => Promise<void>) | undefined;
  #keepsTime = false;
  #stopped = false;

  constructor({ now, log }: { now: () => Date; log: Logger }) {
    this.#now = now;
    this.#log = log;
  }

  /** Something waits in the inbox. */
  intake(): void {
    this.#wake('intake');
  }

  /** Something is to be shown or said in this channel, to this user, to this pager. */
  deliver(target: string, at?: Date): void {
    this.#wake(`deliver ${target}`, at);
  }

  /** The clock has something to do for an alert. */
  escalate(at?: Date): void {
    this.#wake('escalate', at);
  }

  /** An alert was posted, or somebody wants one looked into. */
  triage(): void {
    this.#wake('triage');
  }

  /** A run of a digest, or something else about digests, is due. */
  digests(at?: Date): void {
    this.#wake('digests', at);
  }

  /** An investigation of Detective is followed. */
  investigations(at?: Date): void {
    this.#wake('investigations', at);
  }

  /** What a committed change leaves to be done. */
  after({ targets, dueAt }: Pending): void {
    for (const target of targets) this.deliver(target);
    if (dueAt !== null) this.escalate(dueAt);
  }

  /** From now on wakes run these loops, in this process. */
  startLoops(loops: Loops): void {
    this.#keepsTime = true;
    this.#start((bell) => runLoop(loops, bell));
  }

  /** From now on wakes ring for the processes that run the loops: those find out themselves when something is due. */
  startRinging(ring: (bell: string) => Promise<void>): void {
    this.#start(ring);
  }

  /** Another process rang: `escalate`, `deliver C0SEC`. */
  hear(bell: string): void {
    this.#wake(bell);
  }

  /** Wakes whose time has come by the clock, however much of it the timers slept through. */
  catchUp(): void {
    for (const [bell, { at }] of this.#timers) if (at <= this.#now()) this.#wake(bell);
  }

  /** Wakes nothing more; fulfilled when no loop is under way any more. */
  async close(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #start(run: (bell: string) => Promise<void>): void {
    this.#run = run;
    for (const bell of this.#early) this.#wake(bell);
    this.#early.clear();
  }

  #wake(bell: string, at?: Date): void {
    if (this.#stopped) return;
    if (this.#run === undefined) this.#early.add(bell);
    else if (at !== undefined && this.#keepsTime && at > this.#now()) this.#wakeLater(bell, at);
    else this.#wakeNow(bell, this.#run);
  }

  #wakeLater(bell: string, at: Date): void {
    const known = this.#timers.get(bell);
    if (known !== undefined && known.at <= at) return;
    clearTimeout(known?.timer);
    const delayMs = Math.min(at.getTime() - this.#now().getTime(), longestTimerMs);
    this.#timers.set(bell, { at, timer: setTimeout(() => this.#wake(bell), delayMs).unref() });
  }

  #wakeNow(bell: string, run: (bell: string) => Promise<void>): void {
    clearTimeout(this.#timers.get(bell)?.timer);
    this.#timers.delete(bell);
    const running = this.#running.get(bell);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const state = { again: false, ended: Promise.resolve() };
    this.#running.set(bell, state);
    state.ended = this.#runUntilQuiet(bell, state, run);
  }

  async #runUntilQuiet(bell: string, state: { again: boolean }, run: (bell: string) => Promise<void>): Promise<void> {
    try {
      do {
        state.again = false;
        await run(bell);
      } while (state.again && !this.#stopped);
    } catch (error) {
      this.#log.warn({ err: error, loop: bell }, 'A loop failed; what is due is found again within seconds.');
    } finally {
      this.#running.delete(bell);
    }
  }
}

/** Node's timers hold 2^31 milliseconds; the loop looks for its next time itself. */
const longestTimerMs = 86_400_000;

async function runLoop(loops: Loops, bell: string): Promise<void> {
  if (bell.startsWith('deliver ')) return loops.deliver(bell.slice('deliver '.length));
  switch (bell) {
    case 'intake':
    case 'escalate':
    case 'triage':
    case 'digests':
    case 'investigations':
      return loops[bell]();
  }
  // While versions are being changed, a newer process may ring for a loop that only it has: its own sweep runs it.
}
