import type { EventRow } from '../cloudtrail/row.ts';
import { listed, plural } from '../words/text.ts';

/** What may be new of a call for whoever made it, by what it is called. */
const facts: Readonly<Record<string, (row: EventRow) => string | null>> = {
  address: ({ from }) => from,
  // Versions change every week.
  agent: ({ agent }) => agent?.split(/[\s/]/)[0] ?? null,
  region: ({ region }) => region,
  call: ({ event }) => event,
  role: ({ event, on }) => (/^AssumeRole/.test(event) ? on : null),
};

/** Values that are remembered: attackers choose user agents, and memory must not grow with them. */
const mostKnown = 200_000;
/** Values of a kind that the sentence names. */
const mostNamed = 5;

/** What callers did before, and what of later calls is new beside it. */
export class FirstSeen {
  readonly #known = new Set<string>();
  readonly #fresh = new Map<string, Set<string>>();
  #events = 0;

  /** Remembers a call of the days before. */
  add(row: EventRow): void {
    this.#events += 1;
    for (const [kind, value] of factsOf(row))
      if (this.#known.size < mostKnown) this.#known.add(keyOf(row, kind, value));
  }

  /** Whether anything of a later call is new for its caller; the sentence tells of it then. */
  isNew(row: EventRow): boolean {
    const fresh = factsOf(row).filter(([kind, value]) => !this.#known.has(keyOf(row, kind, value)));
    for (const [kind, value] of fresh) {
      const values = this.#fresh.get(kind) ?? new Set();
      this.#fresh.set(kind, values);
      if (values.size < mostKnown) values.add(value);
    }
    return fresh.length > 0;
  }

  /** What is new beside so many days, each kind with its values. */
  sentence(days: number): string {
    const kinds = [...this.#fresh].map(([kind, values]) => `${kind} ${listed([...values], mostNamed)}`);
    return `${kinds.length === 0 ? 'Nothing is new' : 'New'} beside the ${plural(days, 'day')} before, in which ${plural(this.#events, 'event')} were found${kinds.length === 0 ? '.' : `: ${kinds.join('; ')}.`}`;
  }
}

const factsOf = (row: EventRow): [kind: string, value: string][] =>
  [['caller', callerOf(row)] as const, ...Object.entries(facts).map(([kind, of]) => [kind, of(row)] as const)].flatMap(
    ([kind, value]) => (value === null || value === '' ? [] : [[kind, value]]),
  );

/** Whoever is behind a call; else the role, whose sessions have many names. */
const callerOf = ({ human, who, account }: EventRow): string => human ?? `${who.split('/')[0]} (${account})`;

const keyOf = (row: EventRow, kind: string, value: string): string => `${callerOf(row)} ${kind} ${value}`;
