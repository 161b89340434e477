import type { KnownAccount } from './estate.ts';
import { type StepScore, StepTally } from './score.ts';
import type { Ignorance, Row } from './verdict.ts';

/** How many steps the framework has. */
export const stepCount = 16;

/**
 * How a step stands in an account: P all proven, C in place as far as settings say, F something fails, ? something is not
 * known, – the step does not apply. Letters, so that colour is not the only carrier.
 */
export const cells = ['P', 'C', 'F', '?', '–'] as const;
export type Cell = (typeof cells)[number];

/** What a cell stands for, in words. */
export const cellWords: Readonly<Record<Cell, string>> = {
  P: 'proven',
  C: 'configured',
  F: 'fails',
  '?': 'not known',
  '–': 'does not apply',
};

const bits = { failed: 1, unknown: 2, configured: 4, proven: 8 } as const;

const cellOf = (seen: number): Cell =>
  seen & bits.failed ? 'F' : seen & bits.unknown ? '?' : seen & bits.configured ? 'C' : seen & bits.proven ? 'P' : '–';

const bitOf = ({ verdict, proof }: Row): number =>
  verdict === 'fail'
    ? bits.failed
    : verdict === 'unknown'
      ? bits.unknown
      : verdict === 'not applicable'
        ? 0
        : proof === 'proven'
          ? bits.proven
          : bits.configured;

/** How many results of each verdict; passes by how they are known. */
export type Counts = StepScore['counts'];

/**
 * How the framework stands, counted as rows come: what it holds grows with accounts and checks, not with results.
 * `accepted` holds the keys of fails that are accepted and in date.
 */
export class Standing {
  readonly #accepted: ReadonlySet<string>;
  readonly #steps = new Map<number, StepTally>();
  readonly #accounts = new Map<string, Uint8Array>();
  readonly #checks = new Map<string, Counts>();
  readonly #reasons = new Map<Ignorance, number>();
  #results = 0;

  constructor(accepted: ReadonlySet<string> = new Set()) {
    this.#accepted = accepted;
  }

  add(row: Row): void {
    this.#results += 1;
    const tally = this.#steps.get(row.step) ?? new StepTally(row.step);
    this.#steps.set(row.step, tally);
    tally.add(row, this.#accepted);
    const seen = this.#accounts.get(row.account) ?? new Uint8Array(stepCount + 1);
    this.#accounts.set(row.account, seen);
    seen[row.step] = (seen[row.step] ?? 0) | bitOf(row);
    this.#count(row);
    if (row.unknown !== null) this.#reasons.set(row.unknown, (this.#reasons.get(row.unknown) ?? 0) + 1);
  }

  #count({ check, verdict, proof }: Row): void {
    const counts = this.#checks.get(check) ?? { proven: 0, configured: 0, failed: 0, unknown: 0, notApplicable: 0 };
    this.#checks.set(check, counts);
    if (verdict === 'pass') counts[proof === 'proven' ? 'proven' : 'configured'] += 1;
    else if (verdict === 'fail') counts.failed += 1;
    else if (verdict === 'unknown') counts.unknown += 1;
    else counts.notApplicable += 1;
  }

  /** The steps of which there are results, by their numbers. */
  scores(): StepScore[] {
    return [...this.#steps].toSorted(([a], [b]) => a - b).map(([, tally]) => tally.score());
  }

  /** The cells of an account, step by step. */
  cellsOf(account: string): Cell[] {
    const seen = this.#accounts.get(account);
    return Array.from({ length: stepCount }, (_, i) => cellOf(seen?.[i + 1] ?? 0));
  }

  /** Accounts of which there are results. */
  accounts(): string[] {
    return [...this.#accounts.keys()];
  }

  /** By the ids of the checks. */
  checks(): ReadonlyMap<string, Readonly<Counts>> {
    return this.#checks;
  }

  /** How many results there are, and how many of them are not known, by reason. */
  coverage(): { results: number; unknown: number; reasons: [Ignorance, number][] } {
    const reasons = [...this.#reasons].toSorted(([, a], [, b]) => b - a);
    return { results: this.#results, unknown: reasons.reduce((sum, [, count]) => sum + count, 0), reasons };
  }
}

/** "1,208 of 1,296 results; 88 unknown: 60 denied by organization, 28 throttled". */
export function coverageSentence({ results, unknown, reasons }: ReturnType<Standing['coverage']>): string {
  const number = (value: number) => value.toLocaleString('en');
  const why = reasons.map(([reason, count]) => `${number(count)} ${reason}`).join(', ');
  return unknown === 0
    ? results === 1
      ? 'The only result is known.'
      : `${number(results)} results, none of them unknown.`
    : `${number(results - unknown)} of ${number(results)} results are known; ${number(unknown)} unknown: ${why}.`;
}

/** One line of the heat map: an account, with those beside it in its unit that stand alike. */
export interface HeatRow {
  label: string;
  cells: readonly Cell[];
}

/** Lines of the heat map at most. */
const heatRows = 40;

/**
 * Accounts by steps, the worst first, those of one organizational unit that stand alike as one line. `more`: accounts
 * beyond the forty lines; none of them stands worse than the last.
 */
export function heatMap(
  standing: Standing,
  accounts: readonly KnownAccount[],
): { rows: readonly HeatRow[]; more: number } {
  const known = new Map(accounts.map((account) => [account.id, account]));
  const each = standing.accounts().map((id) => {
    const { name = null, organizationalUnits = [] } = known.get(id) ?? {};
    return { name: name ?? id, unit: organizationalUnits.join('/'), cells: standing.cellsOf(id) };
  });
  const alike = [...Map.groupBy(each, ({ unit, cells }) => `${unit} ${cells.join('')}`).values()].flatMap((of) => {
    const [first] = of.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return first === undefined ? [] : [{ ...first, size: of.length }];
  });
  const worst = alike.toSorted((a, b) => badness(b.cells) - badness(a.cells) || (a.name < b.name ? -1 : 1));
  const shown = worst.slice(0, heatRows);
  const units = [...Map.groupBy(shown, ({ unit }) => unit).values()];
  return {
    rows: units.flat().map(({ name, unit, cells, size }) => ({
      label: `${unit === '' ? '' : `${unit} / `}${name}${size === 1 ? '' : ` and ${size - 1} alike`}`,
      cells,
    })),
    more: worst.slice(heatRows).reduce((sum, { size }) => sum + size, 0),
  };
}

const badness = (of: readonly Cell[]): number =>
  of.reduce((sum, cell) => sum + (cell === 'F' ? 100 : cell === '?' ? 10 : cell === 'C' ? 1 : 0), 0);

/** The picture in words, for who cannot see it. */
export function heatMapAlt({ rows, more }: ReturnType<typeof heatMap>): string {
  const count = (cell: Cell) => rows.reduce((sum, row) => sum + row.cells.filter((one) => one === cell).length, 0);
  const said = cells.map((cell) => `${count(cell)} ${cellWords[cell]}`).join(', ');
  const [worst] = rows;
  const first = worst === undefined ? '' : ` Worst: ${worst.label}, steps ${failing(worst) || 'none'} fail.`;
  return `Accounts by the sixteen steps, ${rows.length} lines${more === 0 ? '' : ` and ${more} more accounts`}: ${said}.${first}`;
}

const failing = ({ cells }: HeatRow): string =>
  cells.flatMap((cell, i) => (cell === 'F' ? [String(i + 1)] : [])).join(', ');
