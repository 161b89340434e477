import * as z from 'zod';
import { severityRank } from '../alerts/severity.ts';
import { EventRow } from './row.ts';

/** A value with how often and since when it was seen; times are ISO 8601, UTC. */
const SeenValue = z.object({ value: z.string(), count: z.number(), first: z.string(), last: z.string() });
export type SeenValue = z.infer<typeof SeenValue>;

const Group = z.object({
  different: z.number(),
  /** More values than are counted: the number is a lower bound. */
  more: z.boolean(),
  top: z.array(SeenValue),
});
export type Group = z.infer<typeof Group>;

/** What many events have in common: of each kind of value the most frequent. */
export const Summary = z.object({
  events: z.number(),
  failures: z.number(),
  /** Calls that changed something: of those that failed none did. */
  changes: z.number(),
  /** Rated medium or worse. */
  sensitive: z.number(),
  first: z.string().nullable(),
  last: z.string().nullable(),
  /** How many different values there are of each, and the ten most frequent. */
  actions: Group,
  /** What was changed, read or tried. */
  resources: Group,
  actors: Group,
  addresses: Group,
  agents: Group,
  accounts: Group,
  regions: Group,
  errors: Group,
  /** The worst, of equals the newest: at most five, worst first. They may be older than any row that is shown. */
  telling: z.array(EventRow),
});
export type Summary = z.infer<typeof Summary>;

const groups = {
  actions: (row: EventRow) => row.event,
  resources: (row: EventRow) => row.on,
  actors: (row: EventRow) => row.human ?? row.who,
  addresses: (row: EventRow) => row.from,
  agents: (row: EventRow) => row.agent,
  accounts: (row: EventRow) => row.account,
  regions: (row: EventRow) => row.region,
  errors: (row: EventRow) => row.error,
} as const satisfies Record<string, (row: EventRow) => string | null>;

export type GroupName = keyof typeof groups;
const groupNames = [
  'actions',
  'resources',
  'actors',
  'addresses',
  'agents',
  'accounts',
  'regions',
  'errors',
] as const satisfies GroupName[];

const mostTelling = 5;
const worstFirst = (a: EventRow, b: EventRow): number =>
  severityRank(a.severity) - severityRank(b.severity) || (a.time < b.time ? 1 : -1);

/** Different values that are counted of a kind: attackers choose user agents, and memory must not grow with them. */
const mostValues = 2000;

/** Counts events as they come, in any order, and keeps the newest. Its size does not grow with their number. */
export class Tally {
  #events = 0;
  #failures = 0;
  #changes = 0;
  #sensitive = 0;
  #first: string | null = null;
  #last: string | null = null;
  #newest: EventRow[] = [];
  #telling: EventRow[] = [];
  readonly #mostRows: number;
  readonly #values: Record<GroupName, Map<string, SeenValue>> = {
    actions: new Map(),
    resources: new Map(),
    actors: new Map(),
    addresses: new Map(),
    agents: new Map(),
    accounts: new Map(),
    regions: new Map(),
    errors: new Map(),
  };

  /** `mostRows`: the newest so many are kept to be shown. */
  constructor(mostRows = 100) {
    this.#mostRows = mostRows;
  }

  add(rows: readonly EventRow[]): void {
    for (const row of rows) {
      this.#events += 1;
      if (row.error !== null) this.#failures += 1;
      if (row.changes && row.error === null) this.#changes += 1;
      if (row.severity !== 'info' && row.severity !== 'low') this.#sensitive += 1;
      if (this.#first === null || row.time < this.#first) this.#first = row.time;
      if (this.#last === null || row.time > this.#last) this.#last = row.time;
      for (const name of groupNames) count(this.#values[name], groups[name](row), row.time);
      const least = this.#telling[mostTelling - 1];
      if (least === undefined || worstFirst(row, least) < 0)
        this.#telling = [...this.#telling, row].sort(worstFirst).slice(0, mostTelling);
    }
    const oldest = this.#newest.at(-1)?.time ?? '';
    const newer = this.#newest.length < this.#mostRows ? rows : rows.filter(({ time }) => time > oldest);
    if (newer.length > 0)
      this.#newest = [...this.#newest, ...newer].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, this.#mostRows);
  }

  /** The newest rows, newest first. */
  get newest(): readonly EventRow[] {
    return this.#newest;
  }

  get events(): number {
    return this.#events;
  }

  /** Every value of a kind that was counted. */
  values(name: GroupName): Iterable<string> {
    return this.#values[name].keys();
  }

  summary(): Summary {
    const group = (name: GroupName): Group => {
      const seen = [...this.#values[name].values()];
      return {
        different: seen.length,
        more: seen.length >= mostValues,
        top: seen.sort((a, b) => b.count - a.count || (a.first < b.first ? -1 : 1)).slice(0, 10),
      };
    };
    return {
      events: this.#events,
      failures: this.#failures,
      changes: this.#changes,
      sensitive: this.#sensitive,
      first: this.#first,
      last: this.#last,
      actions: group('actions'),
      resources: group('resources'),
      actors: group('actors'),
      addresses: group('addresses'),
      agents: group('agents'),
      accounts: group('accounts'),
      regions: group('regions'),
      errors: group('errors'),
      telling: this.#telling,
    };
  }
}

function count(values: Map<string, SeenValue>, value: string | null, time: string): void {
  if (value === null || value === '') return;
  const known = values.get(value);
  if (known === undefined) {
    if (values.size < mostValues) values.set(value, { value, count: 1, first: time, last: time });
    return;
  }
  known.count += 1;
  if (time < known.first) known.first = time;
  if (time > known.last) known.last = time;
}
