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
  /** An error answered, an answer that comes late (milliseconds), or a connection that breaks without one. */
  effect: AwsError | { delayMs: number } | 'cut';
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
