import { type Asker, AwsTrouble } from '../../aws/aws.ts';
import { DigestResult } from '../../framework/digest-result.ts';
import type { KnownAccount } from '../../framework/estate.ts';
import { keyOf } from '../../framework/score.ts';
import { coverageSentence, heatMap, Standing } from '../../framework/standing.ts';
import type { Row } from '../../framework/verdict.ts';
import type { Parts } from '../../parts.ts';
import type { CheckShown, FrameworkAnswer, FrameworkAsked } from '../../slack/views/framework.ts';
import { exceptionsHeld } from '../../store/digests/people.ts';
import { type DigestRun, runBefore, runById, runsOf } from '../../store/digests/runs.ts';
import { globMatches } from '../../words/glob.ts';
import { clip } from '../../words/text.ts';
import { dayMs } from '../../words/time.ts';
import type { Typed } from '../../words/typed.ts';
import { type Wrong, wrong } from '../wrong.ts';
import { steps as knownSteps, noSuchStep, type StepChecks } from './checks.ts';
import { Population, placesWithRows } from './kept.ts';
import { runFramework } from './run.ts';
import { storeOf } from './store.ts';

export const frameworkUsage = 'framework [STEP|CHECK] [now] [--account NAME]';

/** Reads what stands after `/audit framework`. */
export async function readFramework({ words, options }: Typed): Promise<FrameworkAsked | { wrong: Wrong }> {
  for (const [name, value] of options) {
    if (name !== 'account') return wrong(`There is no option --${clip(name, 40)}: type /audit ${frameworkUsage}`);
    if (value.trim() === '') return wrong('--account needs a value after it.');
  }
  const said = words.map((word) => word.toLowerCase());
  const now = said.includes('now');
  const [of = null, more] = said.filter((word) => word !== 'now');
  if (more !== undefined) return wrong(`"${clip(more, 60)}" is one word too many. Type /audit ${frameworkUsage}`);
  if (of !== null) {
    const problem = await noSuchStep(of);
    if (problem !== undefined) return wrong(problem);
  }
  return { of, account: options.get('account') ?? null, now };
}

/** The line that asks this, as it would be typed. */
export const frameworkLine = ({ of, account, now }: FrameworkAsked): string =>
  [
    'framework',
    ...(of === null ? [] : [of]),
    ...(now ? ['now'] : []),
    ...(account === null ? [] : [`--account "${account.replaceAll('"', '')}"`]),
  ].join(' ');

/** The digest is weekly: what is older than its period and a day is asked anew. */
const freshMs = 8 * dayMs;
/** Places that are shown of a check. */
const shownPlaces = 12;

/**
 * How the framework stands: from the last digest where that is fresh and nobody wants it anew, else from AWS; `show` is
 * given what is known so far.
 * @throws AwsTrouble when AWS cannot be asked, or no such account is read
 */
export async function answerFramework(
  parts: Parts,
  asked: FrameworkAsked,
  asker: Asker,
  signal: AbortSignal,
  progress: (answer: FrameworkAnswer) => void,
): Promise<FrameworkAnswer> {
  const run = await lastFrameworkRun(parts);
  if (run !== undefined && !asked.now && parts.now().getTime() - run.started_at.getTime() < freshMs) {
    const kept = await fromDigest(parts, asked, run);
    if (kept !== undefined) return kept;
  }
  return fromAws(parts, asked, { asker, signal, progress, last: run });
}

/** The newest run of the framework digest that asked everything. */
async function lastFrameworkRun({ database }: Pick<Parts, 'database'>): Promise<DigestRun | undefined> {
  const runs = await runsOf(database.db, 'framework', 5);
  return runs.find(({ collected_at }) => collected_at !== null);
}

/** What one run kept, of the accounts that are meant; undefined: it knows nothing of what is asked. */
async function fromDigest(parts: Parts, asked: FrameworkAsked, run: DigestRun): Promise<FrameworkAnswer | undefined> {
  const { db } = parts.database;
  const population = Population.parse(run.shared);
  const gathered = await gather(parts, asked, population.accounts, run);
  for await (const { place, rows } of placesWithRows(db, run, gathered.steps)) {
    const one = population.accounts.find(({ id }) => id === place.account);
    if (asked.account !== null && (one === undefined || !named(asked.account, one))) continue;
    gathered.add(rows);
  }
  if (gathered.standing.coverage().results === 0) return undefined;
  const before = await runBefore(db, run);
  return gathered.answer({
    digest: { run: run.id, edition: run.state === 'collecting' ? run.edition - 1 : run.edition, at: run.started_at },
    before: before === undefined ? null : totalsOf(before),
    trouble: run.trouble,
    calls: null,
    progress: null,
  });
}

const named = (pattern: string, { id, name }: KnownAccount): boolean =>
  pattern.split(',').some((one) => globMatches(one.trim(), id) || (name !== null && globMatches(one.trim(), name)));

const totalsOf = ({ result }: DigestRun): Readonly<Record<string, number>> | null =>
  DigestResult.safeParse(result).data?.totals ?? null;

async function fromAws(
  parts: Parts,
  asked: FrameworkAsked,
  by: {
    asker: Asker;
    signal: AbortSignal;
    progress: (answer: FrameworkAnswer) => void;
    last: DigestRun | undefined;
  },
): Promise<FrameworkAnswer> {
  const { aws, config, now, log } = parts;
  const wanted = {
    of: asked.of === null ? [] : [asked.of],
    accounts: asked.account === null ? [] : asked.account.split(',').map((one) => one.trim()),
    regions: [],
  };
  const framework = { aws, asker: by.asker, settings: config.framework, store: storeOf(parts), now, log };
  const before = by.last === undefined ? null : totalsOf(by.last);
  let gathered = await gather(parts, asked, []);
  let [trouble, calls]: [string | null, number] = [null, 0];
  const answer = (progress: FrameworkAnswer['progress']) =>
    gathered.answer({ digest: null, before, trouble, calls, progress });
  for await (const told of runFramework(framework, wanted, by.signal)) {
    if (told.kind === 'estate') {
      trouble = told.estate.trouble;
      gathered = await gather(parts, asked, told.estate.accounts);
    } else if (told.kind === 'rows') gathered.add(told.rows);
    else {
      calls = told.calls;
      by.progress(answer({ done: told.done, of: told.of }));
    }
  }
  if (gathered.standing.coverage().results === 0)
    throw new AwsTrouble(
      'absent',
      'Nothing of this is checked in these accounts: the check is for the whole organization.',
    );
  return answer(null);
}

/** Whether the same is said of two places of an account. */
const isAlike = (a: Row, b: Row): boolean =>
  a.account === b.account && a.verdict === b.verdict && a.reason === b.reason;

interface OpenOfCheck {
  /** With how many other places of the account there are of which the same is said. */
  shown: { row: Row; alike: number }[];
  all: number;
}

/** What is shown first. */
const order: readonly Row['verdict'][] = ['fail', 'unknown', 'pass', 'not applicable'];
const rank = ({ verdict }: Row): number => order.indexOf(verdict);

/** Collects rows as they come, and holds of each check as many open ones as are shown. */
async function gather(
  parts: Pick<Parts, 'database' | 'now'>,
  asked: FrameworkAsked,
  accounts: readonly KnownAccount[],
  run?: DigestRun,
) {
  const steps = await knownSteps();
  const held = await exceptionsHeld(parts.database.db, 'framework', parts.now());
  const accepted = new Set(held.map(({ finding }) => finding));
  const standing = new Standing(accepted);
  const open = new Map<string, OpenOfCheck>();
  const items = DigestResult.safeParse(run?.result).data?.items ?? [];
  const placeOf = new Map(items.map(({ key }, place) => [key, place]));
  const accountNames = new Map(accounts.map(({ id, name }) => [id, name]));
  const meant = ({ step, check }: Row) => asked.of === null || asked.of === String(step) || asked.of === check;
  const keep = (row: Row): void => {
    const of = open.get(row.check) ?? { shown: [], all: 0 };
    open.set(row.check, of);
    of.all += 1;
    // Where people act on each place, each is shown by itself.
    const same = placeOf.has(keyOf(row)) ? undefined : of.shown.find((one) => isAlike(one.row, row));
    if (same !== undefined) same.alike += 1;
    else if (of.shown.length < shownPlaces) of.shown.push({ row, alike: 0 });
    else {
      const weak = of.shown.findIndex((one) => rank(one.row) > rank(row));
      if (weak !== -1) of.shown[weak] = { row, alike: 0 };
    }
  };
  const shownOf = ({ step, checks }: StepChecks): CheckShown[] =>
    checks.flatMap(({ about }) => {
      const counts = standing.checks().get(about.id);
      if (counts === undefined) return [];
      const { shown: kept, all } = open.get(about.id) ?? { shown: [], all: 0 };
      const shown = kept
        .toSorted((a, b) => rank(a.row) - rank(b.row))
        .map(({ row, alike }) => ({
          row,
          alike,
          accountName: accountNames.get(row.account) ?? null,
          place: placeOf.get(keyOf(row)) ?? null,
          accepted: accepted.has(keyOf(row)),
        }));
      return [
        {
          step: step.number,
          about,
          counts,
          open: shown,
          more: all - kept.reduce((sum, { alike }) => sum + 1 + alike, 0),
        },
      ];
    });
  return {
    steps,
    standing,
    add: (rows: readonly Row[]): void => {
      for (const row of rows.filter(meant)) {
        standing.add(row);
        if (row.verdict === 'fail' || row.verdict === 'unknown' || row.check === asked.of) keep(row);
      }
    },
    answer: (of: Pick<FrameworkAnswer, 'digest' | 'before' | 'trouble' | 'calls' | 'progress'>): FrameworkAnswer => ({
      ...of,
      asked,
      before: asked.account === null ? of.before : null,
      // Of one step or account the levels are its own; before, they are everybody's.
      scores: standing.scores(),
      names: new Map(steps.map(({ step }) => [step.number, step.name])),
      titles: new Map(steps.flatMap(({ checks }) => checks.map(({ about }) => [about.id, about.title] as const))),
      accountNames,
      coverage: coverageSentence(standing.coverage()),
      checks: asked.of === null && asked.account === null ? null : steps.flatMap(shownOf),
    }),
  };
}

/** The heat map of a run of the digest; undefined: it is not kept any more. */
export async function heatMapOf({ database }: Pick<Parts, 'database'>, id: number) {
  const run = await runById(database.db, id);
  const population = Population.safeParse(run?.shared);
  if (run === undefined || !population.success) return undefined;
  const standing = new Standing();
  for await (const { rows } of placesWithRows(database.db, run, await knownSteps()))
    for (const row of rows) standing.add(row);
  return { at: run.started_at, map: heatMap(standing, population.data.accounts) };
}
