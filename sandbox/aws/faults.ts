import type { AwsError } from './service.ts';

/** Something that goes wrong on purpose. */
export interface Fault {
  /** As `cloudtrail:LookupEvents`. */
  operation: string;
  /** Only in this account; else in all. */
  account?: string;
  /** Only in this region; else in all. */
  region?: string;
  /** How many requests it meets; absent: every one until it is withdrawn. */
  times?: number;
  /**
   * An error answered, an answer that comes late (milliseconds), words of the answer in place of which a later API says
   * others, or a connection that breaks without an answer.
   */
  effect: AwsError | { delayMs: number } | { instead: Readonly<Record<string, string>> } | 'cut';
}

/** The faults that tests put into the sandbox. */
export class Faults {
  readonly #faults = new Set<Fault & { met: number }>();

  /** Returns the way to withdraw it. */
  inject(fault: Fault): () => void {
    const entry = { ...fault, met: 0 };
    this.#faults.add(entry);
    return () => this.#faults.delete(entry);
  }

  /** What happens to this request, which counts as met. */
  take(request: { operation: string; account: string; region: string }): Fault['effect'] | undefined {
    for (const fault of this.#faults) {
      const { operation, account = request.account, region = request.region, times = Infinity } = fault;
      if (operation !== request.operation || account !== request.account || region !== request.region) continue;
      if (fault.met >= times) continue;
      fault.met += 1;
      return fault.effect;
    }
    return undefined;
  }
}

/** A value with words in it replaced, however deep. */
export function reworded(value: unknown, instead: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return Object.hasOwn(instead, value) ? instead[value] : value;
  if (Array.isArray(value)) return value.map((one) => reworded(one, instead));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, reworded(one, instead)]));
}
