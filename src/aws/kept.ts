/** The last so many values that were asked for, by name. */
export class Kept<Value> {
  readonly #values = new Map<string, Value>();
  readonly #most: number;
  readonly #gone: (value: Value) => unknown;

  constructor(most: number, gone: (value: Value) => unknown = () => {}) {
    this.#most = most;
    this.#gone = gone;
  }

  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: Value): void {
    this.#values.delete(name);
    this.#values.set(name, value);
    for (const [oldest, old] of this.#values) {
      if (this.#values.size <= this.#most) break;
      this.#values.delete(oldest);
      this.#gone(old);
    }
  }

  delete(name: string): void {
    this.#values.delete(name);
  }
}
