import type { Change } from '../../../framework/compare.ts';
import type { DigestItem, DigestResult } from '../../../framework/digest-result.ts';
import { keyOf, type StepScore } from '../../../framework/score.ts';
import { coverageSentence, type heatMap, heatMapAlt } from '../../../framework/standing.ts';
import { type ProvenWeeks, yearWeeks } from '../../../framework/weeks.ts';
import type { StepChecks } from '../../../questions/framework/checks.ts';
import { plural } from '../../../words/text.ts';
import { dayMs } from '../../../words/time.ts';
import { plainChart, silence, type trendOf } from '../common.ts';
import type { FrameworkSum } from './sum.ts';

/** A run as its message and its report tell of it. */
export interface FrameworkFound {
  sum: FrameworkSum;
  steps: readonly StepChecks[];
  scores: readonly StepScore[];
  coverage: DigestResult['coverage'];
  weeks: ReadonlyMap<number, ProvenWeeks>;
  map: ReturnType<typeof heatMap>;
  /** Calls that were made, by service and operation. */
  calls: Readonly<Record<string, number>>;
  /** The numbers of the run before; null: there was none. */
  before: Readonly<Record<string, number>> | null;
  at: Date;
}

/** A level as people read it; an arrow says that it moved since the run before. */
export function levelWords({ step, level }: StepScore, before: FrameworkFound['before']): string {
  if (level === null) return '–';
  const was = before?.[`level${step}`];
  const arrow = was === undefined || was === level ? '' : level > was ? ' ▲' : ' ▼';
  return `${level} of 4${arrow}`;
}

export const ageDays = ({ result }: Change, at: Date): number =>
  Math.max(0, Math.floor((at.getTime() - Date.parse(result.since)) / dayMs));

/** What of a step is worst, for its row: one sentence. */
export function worstWords({ worst }: StepScore, { sum }: FrameworkFound): string {
  if (worst === null) return '';
  return `${worst.severity}: ${sum.aboutOf(worst)?.title ?? worst.check} (${sum.nameOf(worst.account) ?? worst.account})`;
}

export function changeWords(step: number, { sum, before }: FrameworkFound): string {
  if (before === null) return 'first run';
  const counts = sum.changedOf.get(step);
  const said = (['new', 'fixed', 'lost sight', 'gone', 'rule changed'] as const).flatMap((kind) => {
    const count = counts?.get(kind) ?? 0;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return said.join(', ') || 'none';
}

export const weeksWords = (weeks: ProvenWeeks | undefined): string =>
  weeks === undefined ? '' : `${weeks.proven} of ${yearWeeks}`;

/** The numbers that the next run and the trend need. */
export function totalsOf({ sum, scores, calls }: Pick<FrameworkFound, 'sum' | 'scores' | 'calls'>) {
  const levels = scores.flatMap(({ step, level }) => (level === null ? [] : [[`level${step}`, level] as const]));
  const steps = (...wanted: number[]) => levels.filter(([, level]) => wanted.includes(level)).length;
  const { results, unknown } = sum.standing.coverage();
  const count = (name: 'new' | 'fixed' | 'gone' | 'lost sight') => sum.changed.get(name) ?? 0;
  return {
    ...Object.fromEntries(levels),
    notInPlace: steps(0),
    partly: steps(1),
    configured: steps(2),
    proven: steps(3, 4),
    applying: levels.length,
    open: sum.openTotal,
    ...sum.open,
    new: count('new'),
    fixed: count('fixed'),
    gone: count('gone'),
    lostSight: count('lost sight'),
    accepted: sum.acceptedNow.length,
    results,
    unknown,
    calls: callsTotal(calls),
  };
}

export const callsTotal = (calls: FrameworkFound['calls']): number =>
  Object.values(calls).reduce((all, count) => all + count, 0);

/** What the reading came to. Source of the prices: CloudTrail and GuardDuty pricing pages. */
export function costSentence(calls: FrameworkFound['calls']): string {
  const total = callsTotal(calls);
  const most = Object.entries(calls)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([name, count]) => `${name} ${count.toLocaleString('en')}`);
  return `${plural(total, 'call')} of AWS and of the store${most.length === 0 ? '' : ` (most: ${most.join(', ')})`}; each is a management read event in CloudTrail: free in the first trail, about $${((total / 100_000) * 2).toFixed(2)} in each further copy.`;
}

export const headlineOf = ({ sum, scores, coverage, before }: FrameworkFound): string => {
  const applying = scores.filter(({ level }) => level !== null);
  const proven = applying.filter(({ level }) => level !== null && level >= 3).length;
  const open = sum.openTotal === 0 ? 'nothing is open' : `${plural(sum.openTotal, 'finding')} open`;
  const grave = sum.open.critical + sum.open.high;
  const weight = grave === 0 ? '' : `, ${grave.toLocaleString('en')} of them critical or high`;
  const count = (kind: 'new' | 'fixed' | 'lost sight') => (sum.changed.get(kind) ?? 0).toLocaleString('en');
  const changed =
    before === null
      ? ' This is the first run, a baseline: the next one says what changed.'
      : ` ${count('new')} new, ${count('fixed')} fixed, ${count('lost sight')} lost sight since the last time.`;
  return `${proven} of ${plural(applying.length, 'step')} proven; ${open}${weight}.${changed}${silence(coverage)}`;
};

/** The result of a run in words. */
export function frameworkResult(
  found: FrameworkFound,
  owners: ReadonlyMap<string, string | null>,
  chart: Awaited<ReturnType<typeof trendOf>>['chart'],
): DigestResult {
  const { sum, scores, steps, coverage, weeks, map, before, at } = found;
  const totals = totalsOf(found);
  const number = (label: string, key: 'proven' | 'open' | 'unknown', good: 'up' | 'down') => ({
    label,
    value: totals[key] ?? 0,
    unit: '',
    before: before?.[key] ?? null,
    good,
  });
  const nameOf = new Map(steps.map(({ step }) => [step.number, step.name]));
  return {
    title: 'Sixteen steps',
    headline: headlineOf(found),
    coverage,
    numbers: [
      number('Steps proven', 'proven', 'up'),
      number('Open', 'open', 'down'),
      number('Results unknown', 'unknown', 'down'),
    ],
    table: {
      title: 'The sixteen steps',
      header: ['Step', 'Level', 'Accounts ok', 'Proven', 'Weeks proven', 'Worst open', 'Change'],
      rows: scores.map((score) => [
        `${score.step} ${nameOf.get(score.step) ?? ''}`,
        levelWords(score, before),
        `${score.accounts.ok} of ${score.accounts.total}`,
        score.provenAt?.slice(0, 10) ?? '–',
        weeksWords(weeks.get(score.step)),
        worstWords(score, found) || '–',
        changeWords(score.step, found),
      ]),
    },
    alt: { 'heat-map.png': heatMapAlt(map) },
    chart: plainChart(chart),
    items: sum.worst.map((change) => toItem(change, found, owners)),
    itemsTotal: sum.openTotal,
    lists: listsOf(found),
    notes: [
      coverageSentence(sum.standing.coverage()),
      costSentence(found.calls),
      ...(sum.flapping === 0
        ? []
        : [
            `${plural(sum.flapping, 'result')} went back and forth in the last weeks: marked, and not called new again.`,
          ]),
      ...(at.getTime() - oldestOf(coverage, at) > 2 * dayMs
        ? ['Some accounts were asked more than two days before the others: their results are older.']
        : []),
    ],
    totals,
  };
}

const oldestOf = ({ oldest }: DigestResult['coverage'], at: Date): number =>
  oldest === null ? at.getTime() : Date.parse(oldest);

function toItem(change: Change, { sum, at }: FrameworkFound, owners: ReadonlyMap<string, string | null>): DigestItem {
  const { kind, result, flapping } = change;
  const following = sum.following.get(result.check) ?? 0;
  const name = sum.nameOf(result.account);
  const more = [
    ...(kind === 'lost sight' ? ['That was the last known state; it could not be asked this time.'] : []),
    ...(kind === 'rule changed' ? ['The rule of this check was changed.'] : []),
    ...(flapping ? ['It goes back and forth.'] : []),
    ...(following === 0
      ? []
      : [`${plural(following, 'more result')} ${following === 1 ? 'follows' : 'follow'} from it.`]),
  ];
  return {
    key: keyOf(result),
    severity: result.severity,
    title: `${result.step} · ${sum.aboutOf(result)?.title ?? result.check}`,
    sentence: [result.reason, ...more].join(' '),
    where: `${name === null ? result.account : `${name} (${result.account})`}, ${result.region}`,
    owner: owners.get(result.account) ?? null,
    ageDays: kind === 'baseline' ? null : ageDays(change, at),
    isNew: kind === 'new',
    link: null,
  };
}

export const placeWords = ({ result }: Change, { sum }: FrameworkFound): string =>
  `${sum.aboutOf(result)?.title ?? result.check}: ${sum.nameOf(result.account) ?? result.account}, ${result.region}${result.resource === null ? '' : `, ${result.resource}`}`;

const endingWithinDays = 30;

function listsOf(found: FrameworkFound): DigestResult['lists'] {
  const { sum, at } = found;
  const list = (title: string, kind: Change['kind']) => ({
    title,
    lines: (sum.examples.get(kind) ?? []).map((change) => `${change.result.step} · ${placeWords(change, found)}`),
  });
  const ending = sum.acceptedNow
    .filter(({ risk }) => Date.parse(risk.until) - at.getTime() <= endingWithinDays * dayMs)
    .toSorted((a, b) => (a.risk.until < b.risk.until ? -1 : 1));
  return [
    list('New this week', 'new'),
    list('Fixed', 'fixed'),
    list('Lost sight: was known, and is not now', 'lost sight'),
    list('Gone with an account or a resource', 'gone'),
    list('The rule was changed', 'rule changed'),
    {
      title: `Accepted risks that end within ${endingWithinDays} days`,
      lines: ending.map(
        ({ change, risk }) => `${risk.until.slice(0, 10)}: ${placeWords(change, found)} (${risk.owner})`,
      ),
    },
  ];
}
