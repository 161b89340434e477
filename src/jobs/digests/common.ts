import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { DateTime } from 'luxon';
import manifest from '../../../package.json' with { type: 'json' };
import { weekly } from '../../framework/credential-report/trend.ts';
import { DigestResult } from '../../framework/digest-result.ts';
import { type Chart, chartAlt, chartPng } from '../../reports/chart.ts';
import { minute } from '../../reports/document.ts';
import { isUserId } from '../../slack/escape.ts';
import { openTasks } from '../../store/digests/people.ts';
import { placesOf } from '../../store/digests/places.ts';
import { type DigestRun, resultsBefore, runBefore } from '../../store/digests/runs.ts';
import type { Tables } from '../../store/tables.ts';
import { listed, plural } from '../../words/text.ts';
import { weekMs } from '../../words/time.ts';
import type { DigestParts } from './digest.ts';

/** Which accounts a run's result rests on. Accounts that left the organization were not to be asked. */
export async function accountCoverage(db: Kysely<Tables>, run: DigestRun): Promise<DigestResult['coverage']> {
  const all = await placesOf(db, run.id);
  const places = all.filter(({ state }) => state !== 'left' && state !== 'closed');
  const times = places.flatMap(({ reported_at }) => (reported_at === null ? [] : [reported_at.getTime()]));
  const time = (pick: (...times: number[]) => number): string | null =>
    times.length === 0 ? null : new Date(times.reduce((a, b) => pick(a, b))).toISOString();
  return {
    asked: places.length,
    answered: places.filter(({ state }) => state === 'answered').length,
    missing: places
      .filter(({ state }) => state !== 'answered')
      .map(({ account, name, reason }) => ({ account, name, reason: reason ?? 'it gave no answer' })),
    closed: all
      .filter(({ state }) => state === 'closed')
      .map(({ account, name, reason }) => ({ account, name, reason: reason ?? 'it is closed' })),
    regions: null,
    gaps: [],
    trouble: run.trouble,
    oldest: time(Math.min),
    newest: time(Math.max),
  };
}

const weeks = 12;

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

/** Keys of the findings that somebody was given to fix. */
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

/** Writes the chart as a picture beside the files, and returns it with its words for the report. */
export async function drawChart(folder: string, chart: Chart): Promise<{ png: Uint8Array; alt: string }> {
  const png = await chartPng(chart);
  await writeFile(join(folder, 'trend.png'), png);
  return { png, alt: chartAlt(chart) };
}

/** A result of accounts that were asked again, with what that brought beside the edition before. */
export function withEdition(run: DigestRun, result: DigestResult): DigestResult {
  // Until there is a new result, a run has that of its last edition.
  const before = DigestResult.safeParse(run.result).data;
  if (run.edition === 1 || before === undefined) return result;
  const missing = new Set(result.coverage.missing.map(({ account }) => account));
  const answered = before.coverage.missing.flatMap(({ account, name }) =>
    missing.has(account) ? [] : [name ?? account],
  );
  const [now] = result.numbers;
  const then = before.numbers[0]?.value;
  const moved =
    now?.value == null || then == null ? '' : ` ${now.label}: ${now.value}, in edition ${run.edition - 1} ${then}.`;
  const said = `Edition ${run.edition}: ${listed(answered, 5) || 'nobody'} answered, which had not before.${moved}`;
  return { ...result, notes: [said, ...result.notes] };
}

/** What a headline says of accounts without an answer: they are not counted as clean. */
export const silence = ({ missing }: DigestResult['coverage']): string =>
  missing.length === 0 ? '' : ` ${plural(missing.length, 'account')} gave no answer.`;

/** Which way is better for what is open: fewer are no good news where something else than a remedy took them away. */
export const betterFor = (now: number, before: number | null, remedied: boolean): 'down' | 'neither' =>
  before !== null && now < before && !remedied ? 'neither' : 'down';

/**
 * What a report says of the time it speaks of, of who made it and what is in it.
 * @param home the bot's own account; null when it is not known
 * @param made when the files are made, which may be long after the accounts were asked
 * @param coverage the times of what AWS reported; absent: all of it is of when it was asked
 */
export function aboutReport(
  run: DigestRun,
  home: { account: string } | null,
  made: Date,
  coverage?: Pick<DigestResult['coverage'], 'oldest' | 'newest'>,
) {
  const from = coverage?.oldest == null ? run.started_at : new Date(coverage.oldest);
  const to = coverage?.newest == null ? from : new Date(coverage.newest);
  const edition = run.edition > 1 ? `, edition ${run.edition}` : '';
  return {
    organization: `AWS organization, read from ${home === null ? 'an unknown account' : `account ${home.account}`}`,
    covers: `As of ${minute(from)}${minute(from) === minute(to) ? '' : ` to ${minute(to)}`} UTC`,
    origin: `Run ${run.id}${edition}, asked ${minute(run.started_at)} UTC`,
    period: { from: run.started_at, to: made },
    createdAt: made,
    versions: { trailwatch: manifest.version, node: process.version },
  };
}
