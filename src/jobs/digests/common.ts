import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { DateTime } from 'luxon';
import manifest from '../../../package.json' with { type: 'json' };
import { weekly } from '../../framework/credential-report/trend.ts';
import { type Chart, chartAlt, chartPng } from '../../reports/chart.ts';
import { isUserId } from '../../slack/escape.ts';
import { DigestResult } from '../../slack/views/digest-result.ts';
import type { Tables } from '../../store/database.ts';
import { openTasks } from '../../store/digest-people.ts';
import { type DigestRun, placesOf, resultsBefore, runBefore } from '../../store/digests.ts';
import type { DigestParts } from './digest.ts';

/** Which accounts a run's result rests on. Accounts that left the organization were not to be asked. */
export async function coverageOf(db: Kysely<Tables>, run: DigestRun): Promise<DigestResult['coverage']> {
  const places = (await placesOf(db, run.id)).filter(({ state }) => state !== 'left');
  const times = places.flatMap(({ reported_at }) => (reported_at === null ? [] : [reported_at.getTime()]));
  const time = (pick: (...times: number[]) => number): string | null =>
    times.length === 0 ? null : new Date(times.reduce((a, b) => pick(a, b))).toISOString();
  return {
    asked: places.length,
    answered: places.filter(({ state }) => state === 'answered').length,
    missing: places
      .filter(({ state }) => state !== 'answered')
      .map(({ account, name, reason }) => ({ account, name, reason: reason ?? 'it gave no answer' })),
    trouble: run.trouble,
    oldest: time(Math.min),
    newest: time(Math.max),
  };
}

const weeks = 12;
const weekMs = 7 * 86_400_000;

/** The numbers of the run that this one is compared with, and those of `keys` over twelve weeks as a chart; a week without a run has no bar. */
export async function trendOf<Key extends string>(
  db: Kysely<Tables>,
  run: DigestRun,
  totals: Readonly<Record<Key, number>>,
  keys: readonly Key[],
  words: { title: string; unit: string },
): Promise<{ before: Readonly<Record<string, number>> | null; chart: Chart }> {
  const at = run.started_at;
  const runs = (await resultsBefore(db, run, 3 * weeks)).flatMap((one) => {
    const read = DigestResult.safeParse(one.result);
    return read.success ? [{ at: one.at, value: read.data.totals }] : [];
  });
  const now: Readonly<Record<string, number>> = totals;
  const points = weekly([...runs, { at, value: now }], at, weeks);
  const before = DigestResult.safeParse((await runBefore(db, run))?.result);
  return {
    before: before.success ? before.data.totals : null,
    chart: {
      ...words,
      categories: points.map((_, i) => dayAndMonth(new Date(at.getTime() - (weeks - 1 - i) * weekMs))),
      series: keys.map((key) => ({
        name: key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase(),
        values: points.map((point) => (point === null ? null : (point[key] ?? 0))),
      })),
    },
  };
}

/** "7 Sep": read the same on both sides of an ocean. */
const dayAndMonth = (time: Date): string =>
  DateTime.fromJSDate(time, { zone: 'utc' }).setLocale('en').toFormat('d MMM');

/** Keys of the findings that somebody was given to mend. */
export const assignedKeys = async (db: Kysely<Tables>, run: DigestRun): Promise<ReadonlySet<string>> =>
  new Set((await openTasks(db, run.digest)).map(({ finding }) => finding));

/** A chart as results keep it. */
export const plainChart = ({ title, unit, categories, series }: Chart): NonNullable<DigestResult['chart']> => ({
  title,
  unit,
  categories: [...categories],
  series: series.map(({ name, values }) => ({ name, values: [...values] })),
});

/** Names for the people among these (ids of Slack, as `U0ANA` or `user:U0ANA`); all else is called what it is. */
export async function namesOf(
  { nameOf }: DigestParts,
  who: readonly (string | null)[],
): Promise<(id: string) => string> {
  const names = new Map<string, string>();
  for (const id of new Set(who)) {
    const user = id?.replace(/^user:/, '') ?? '';
    if (id !== null && isUserId(user)) names.set(id, await nameOf(user));
  }
  return (id) => names.get(id) ?? id;
}

/** Writes the chart as a picture beside the files, and answers it with its words for the report. */
export async function drawChart(folder: string, chart: Chart): Promise<{ png: Uint8Array; alt: string }> {
  const png = await chartPng(chart);
  await writeFile(join(folder, 'trend.png'), png);
  return { png, alt: chartAlt(chart) };
}

/** What a headline says of accounts without an answer: they are not counted as clean. */
export const silence = ({ missing }: DigestResult['coverage']): string =>
  missing.length === 0 ? '' : ` ${plural(missing.length, 'account')} gave no answer.`;

/** `1 account`, `2,000 accounts`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What a report says of the time it covers, of who made it and what is in it. */
export const aboutReport = (run: DigestRun, home: { account: string }) => ({
  organization: `AWS organization, read from account ${home.account}`,
  period: { from: new Date(run.started_at.getTime() - weekMs), to: run.started_at },
  createdAt: run.started_at,
  versions: { trailwatch: manifest.version, node: process.version },
});
