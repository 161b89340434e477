import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { controlRows } from '../../../framework/catalogues.ts';
import { DigestResult } from '../../../framework/digest-result.ts';
import type { StepScore } from '../../../framework/score.ts';
import { heatMap, heatMapAlt } from '../../../framework/standing.ts';
import { type ProvenWeeks, provenWeeks, yearWeeks } from '../../../framework/weeks.ts';
import { steps as knownSteps, type StepChecks } from '../../../questions/framework/checks.ts';
import { organizationPlace, Population, placesWithRows } from '../../../questions/framework/kept.ts';
import { controlCells, controlHeader } from '../../../reports/controls.ts';
import { csvFile } from '../../../reports/csv.ts';
import { writeFindings } from '../../../reports/findings.ts';
import { heatMapPng } from '../../../reports/framework/heat-map.ts';
import { reportedResult } from '../../../reports/framework/result.ts';
import { describeFiles } from '../../../reports/manifest.ts';
import { writePdf } from '../../../reports/pdf.ts';
import { type DigestRun, resultsBefore, runBefore } from '../../../store/digests/runs.ts';
import type { Tables } from '../../../store/tables.ts';
import { aboutReport, accountCoverage, assignedKeys, drawChart, trendOf, withEdition } from '../common.ts';
import { type Digest, type DigestParts, ownersOf, type Reported } from '../digest.ts';
import { acceptedRisks } from './accepted.ts';
import { askFramework } from './collect.ts';
import { type ComparedPlace, comparedPlaces } from './compared.ts';
import { frameworkDocument } from './document.ts';
import { alsoStandards } from './files.ts';
import { FrameworkSum } from './sum.ts';
import { type FrameworkFound, frameworkResult, totalsOf } from './words.ts';

/** The sixteen steps in every account: what stands, what is proven, and what changed since the last time. */
export const framework = {
  name: 'framework',
  command: 'framework',
  title: 'Sixteen steps',
  ask: (parts) => askFramework(parts, { of: [], accounts: [], regions: [] }),
  report,
} satisfies Digest;

async function report(parts: DigestParts, run: DigestRun, folder: string): Promise<Reported> {
  const { db } = parts.database;
  const steps = await knownSteps();
  const population = Population.parse(run.shared);
  const { failing, calls } = await firstPass(db, run, steps);
  const sum = new FrameworkSum({
    steps,
    failing,
    assigned: await assignedKeys(db, run),
    accepted: await acceptedRisks(parts, run.started_at),
    names: new Map(population.accounts.map(({ id, name }) => [id, name])),
  });
  const about = aboutReport(run, await parts.aws.home(), parts.now());
  await writeResults(folder, sum, comparedPlaces(db, run, steps), steps, { run: run.id, ...about });
  const scores = sum.standing.scores();
  const map = heatMap(sum.standing, population.accounts);
  const totals = totalsOf({ sum, scores, calls });
  const trend = await trendOf(db, run, totals, ['notInPlace', 'partly', 'configured', 'proven'], {
    title: 'Steps by how they stand',
    unit: 'steps',
  });
  const found: FrameworkFound = {
    sum,
    steps,
    scores,
    coverage: await coverageOf(db, run),
    weeks: await weeksOf(db, run, scores),
    map,
    calls,
    before: trend.before,
    at: run.started_at,
  };
  const byControl = controlRows(
    new Map(
      steps.flatMap(({ checks }) =>
        checks.map(({ about: { id, title } }) => {
          const counts = sum.standing.checks().get(id);
          const passed = (counts?.proven ?? 0) + (counts?.configured ?? 0);
          return [id, { title, open: counts?.failed ?? 0, unknown: counts?.unknown ?? 0, looked: passed > 0 }];
        }),
      ),
    ),
  );
  await writeFile(join(folder, 'controls.csv'), csvFile(controlHeader, controlCells(byControl)));
  const picture = await heatMapPng({ title: 'Accounts by the sixteen steps', ...map });
  await writeFile(join(folder, 'heat-map.png'), picture.png);
  const chart = await drawChart(folder, trend.chart);
  const document = frameworkDocument(found, population, {
    ...about,
    chart,
    picture: { ...picture, alt: heatMapAlt(map) },
    byControl,
    lastReview: await lastReview(parts, run),
    files: await describeFiles(folder),
  });
  const [owners] = await Promise.all([
    ownersOf(
      parts,
      sum.worst.map(({ result }) => result),
    ),
    writePdf(document, createWriteStream(join(folder, 'report.pdf'))),
  ]);
  return { result: withEdition(run, frameworkResult(found, owners, trend.chart)), gone: sum.gone };
}

/** Which checks fail anywhere, so that what follows from them is told with them, and the calls of all processes that asked. */
async function firstPass(db: Kysely<Tables>, run: DigestRun, steps: readonly StepChecks[]) {
  const failing = new Set<string>();
  const most = new Map<string, Record<string, number>>();
  for await (const { rows, calls } of placesWithRows(db, run, steps)) {
    for (const { check, verdict } of rows) if (verdict === 'fail') failing.add(check);
    if (calls === null) continue;
    const known = most.get(calls.process) ?? {};
    most.set(calls.process, known);
    // A place holds what its process had asked by then.
    for (const [name, count] of Object.entries(calls.made)) known[name] = Math.max(known[name] ?? 0, count);
  }
  const calls: Record<string, number> = {};
  for (const made of most.values())
    for (const [name, count] of Object.entries(made)) calls[name] = (calls[name] ?? 0) + count;
  return { failing, calls };
}

/** Writes the results in all their forms, and sums them up on the way. */
async function writeResults(
  folder: string,
  sum: FrameworkSum,
  places: AsyncIterable<ComparedPlace>,
  steps: readonly StepChecks[],
  about: { run: number } & ReturnType<typeof aboutReport>,
): Promise<void> {
  const known = steps.flatMap(({ step, checks }) => checks.map((check) => ({ step: step.number, about: check.about })));
  const none = { proven: 0, configured: 0, failed: 0, unknown: 0, notApplicable: 0 };
  const run = {
    run: about.run,
    organization: about.organization,
    from: about.period.from.toISOString(),
    to: about.period.to.toISOString(),
    version: about.versions.trailwatch,
  };
  const counted = () => known.map((check) => ({ ...check, counts: sum.standing.checks().get(check.about.id) ?? none }));
  const results = alsoStandards(folder, summedUp(sum, places), run, { known, counted });
  await writeFindings(folder, results, reportedResult, 'results');
}

async function* summedUp(sum: FrameworkSum, places: AsyncIterable<ComparedPlace>) {
  for await (const place of places) yield* sum.add(place);
}

/** Accounts alone: what is judged once for all of them is no account. */
async function coverageOf(db: Kysely<Tables>, run: DigestRun): Promise<DigestResult['coverage']> {
  const coverage = await accountCoverage(db, run);
  const whole = coverage.missing.some(({ account }) => account === organizationPlace);
  return { ...coverage, asked: coverage.asked - 1, answered: coverage.answered - (whole ? 0 : 1) };
}

/** In how many weeks of the year each step was proven. */
async function weeksOf(
  db: Kysely<Tables>,
  run: DigestRun,
  scores: readonly StepScore[],
): Promise<ReadonlyMap<number, ProvenWeeks>> {
  const runs = (await resultsBefore(db, run, 2 * yearWeeks)).flatMap(({ at, result }) => {
    const read = DigestResult.safeParse(result);
    return read.success ? [{ at, totals: read.data.totals }] : [];
  });
  return new Map(
    scores.map(({ step, level }) => [
      step,
      provenWeeks(
        [
          ...runs.map(({ at, totals }) => ({ at, value: totals[`level${step}`] ?? null })),
          { at: run.started_at, value: level },
        ],
        run.started_at,
      ),
    ]),
  );
}

/** Who signed the run before, in a sentence. */
async function lastReview(parts: DigestParts, run: DigestRun): Promise<string> {
  const before = await runBefore(parts.database.db, run);
  if (before === undefined) return 'There was no run before this one.';
  const { id, reviewed_by, reviewed_at } = before;
  if (reviewed_by === null || reviewed_at === null) return `The run before (${id}) was signed off by nobody.`;
  return `The run before (${id}) was signed off by ${await parts.nameOf(reviewed_by)} on ${reviewed_at.toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
}
