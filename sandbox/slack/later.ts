/** Work for later moments of a clock that runs like the machine's and can be moved ahead. */
export class Later {
  readonly #now: () => Date;
  #plans: { at: number; work: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Does the work when the clock has gone on by so many milliseconds. */
  in(delayMs: number, work: () => void): void {
    this.#plans.push({ at: this.#now().getTime() + delayMs, work });
    this.check();
  }

  /** Does what is due. To be called when the clock was moved. */
  check(): void {
    const now = this.#now().getTime();
    const due = this.#plans.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    this.#plans = this.#plans.filter(({ at }) => at > now);
    clearTimeout(this.#timer);
    const next = Math.min(...this.#plans.map(({ at }) => at));
    this.#timer = Number.isFinite(next) ? setTimeout(() => this.check(), next - now).unref() : undefined;
    for (const { work } of due) work();
  }

  close(): void {
    this.#plans = [];
    clearTimeout(this.#timer);
  }
}
