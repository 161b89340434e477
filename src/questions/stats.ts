import type { Kysely } from 'kysely';
import { DateTime } from 'luxon';
import { type Grouping, groupings, groupOf, hourOf, type Measures, Tally } from '../alerts/numbers/count.ts';
import { type Load, loadOf } from '../alerts/numbers/load.ts';
import { type Noise, NoiseTally, type Proposal, propose } from '../alerts/numbers/noise.ts';
import type { Spell } from '../alerts/numbers/spells.ts';
import { shifts } from '../alerts/oncall/shifts.ts';
import { severities } from '../alerts/severity.ts';
import type { Config } from '../config/config.ts';
import type { Parts } from '../parts.ts';
import type { Chart } from '../reports/chart.ts';
import type { Person } from '../slack/access.ts';
import { zoneOf } from '../slack/people.ts';
import { alertsById } from '../store/alerts.ts';
import { overridesFrom } from '../store/overrides.ts';
import { channelsBetween, pagesBetween, type SpellQuery, spellsBetween } from '../store/spells.ts';
import type { Tables } from '../store/tables.ts';
import { dayMs } from '../words/time.ts';

/** What is counted, and for whom. */
interface StatsQuery extends SpellQuery {
  /** The reader's time zone (IANA name): hours of the day, days of the picture. */
  zone: string;
}

export interface Stats {
  all: Measures;
  /** Of each way to tell them apart the largest first; hours, levels and severities in their own order. */
  groups: Readonly<Record<Grouping, Group[]>>;
  /** Alerts that the spells stand for, and their signals. */
  alerts: number;
  signals: number;
  /** Spells that a silence, a digest or a route that only tells of them held back: in no other number. */
  held: number;
  noisiest: (Noise & { proposal: Proposal })[];
  load: Load[];
  /** Beginnings by severity: day after day, and by two hours of the day. */
  charts: { days: Chart; hours: Chart };
}

export interface Group {
  name: string;
  measures: Measures;
}

const noisiestShown = 10;

/** What one person may see of these numbers: the alerts of channels that they can read. */
export async function statsFor(
  parts: Parts,
  { user }: Person,
  { from, until }: Pick<StatsQuery, 'from' | 'until'>,
): Promise<Stats & { query: StatsQuery; partly: boolean }> {
  const { db } = parts.database;
  const all = await channelsBetween(db, from, until);
  const channels = await parts.access.readable(user, all);
  const query = { from, until, channels, zone: await zoneOf(parts.slack, user) };
  const zoneOfUser = (other: string) => zoneOf(parts.slack, other);
  const stats = await statsOf({ db, config: parts.config, zoneOf: zoneOfUser }, query);
  return { ...stats, query, partly: channels.length < all.length };
}

/** The alerts of a time in numbers, from Trailwatch's own records. Shifts are those of the schedules as they stand now. */
export async function statsOf(
  parts: { db: Kysely<Tables>; config: Pick<Config, 'schedules'>; zoneOf: (user: string) => Promise<string> },
  query: StatsQuery,
): Promise<Stats> {
  const { db } = parts;
  const [all, noise, groups] = [new Tally(), new NoiseTally(), tallies()];
  const [days, hours] = [dayBars(query), hourBars(query)];
  let [alerts, signals, held] = [0, 0, 0];
  for await (const spell of spellsBetween(db, query)) {
    if (spell.held) {
      held += 1;
      continue;
    }
    all.add(spell);
    noise.add(spell);
    days.add(spell);
    hours.add(spell);
    alerts += spell.alerts;
    signals += spell.signals;
    groups.add(spell, query.zone);
  }
  return {
    all: all.measures(),
    groups: groups.inOrder(),
    alerts,
    signals,
    held,
    noisiest: await withProposals(db, noise.noisiest(noisiestShown)),
    load: await loadBetween(parts, query),
    charts: { days: days.chart(), hours: hours.chart() },
  };
}

/** A tally for each group, of every way to tell spells apart. */
function tallies() {
  const counted = new Map(groupings.map((by) => [by, new Map<string, Tally>()]));
  const ordered = (by: Grouping): Group[] =>
    [...(counted.get(by) ?? [])]
      .map(([name, tally]) => ({ name, measures: tally.measures() }))
      .sort((a, b) => {
        if (by === 'severity') return ranks.indexOf(a.name) - ranks.indexOf(b.name);
        const size = by === 'hour' || by === 'level' ? 0 : b.measures.spells - a.measures.spells;
        return size || (a.name < b.name ? -1 : 1);
      });
  return {
    add: (spell: Spell, zone: string): void => {
      for (const [by, groups] of counted) {
        const name = groupOf(spell, by, zone);
        const group = groups.get(name) ?? new Tally();
        group.add(spell);
        groups.set(name, group);
      }
    },
    inOrder: (): Stats['groups'] => ({
      severity: ordered('severity'),
      source: ordered('source'),
      account: ordered('account'),
      hour: ordered('hour'),
      level: ordered('level'),
      person: ordered('person'),
      policy: ordered('policy'),
      reason: ordered('reason'),
    }),
  };
}

const ranks: readonly string[] = severities;

/** What each person carried in a time that is over. */
async function loadBetween(
  { db, config, zoneOf }: Parameters<typeof statsOf>[0],
  { from, until }: Pick<StatsQuery, 'from' | 'until'>,
): Promise<Load[]> {
  const pages = await pagesBetween(db, from, until);
  const overrides = await overridesFrom(db, from);
  const held = [...config.schedules].flatMap(([name, turns]) => shifts(turns, from, until, overrides.get(name) ?? []));
  const people = new Set([...pages.map(({ user }) => user), ...held.flatMap(({ users }) => users)]);
  const zones = new Map(await Promise.all([...people].map(async (user) => [user, await zoneOf(user)] as const)));
  return loadOf(pages, held, (user) => zones.get(user) ?? 'UTC');
}

async function withProposals(db: Kysely<Tables>, noisiest: readonly Noise[]): Promise<Stats['noisiest']> {
  const alerts = await alertsById(
    db,
    noisiest.map(({ alert }) => alert),
  );
  const signals = new Map(alerts.map(({ id, signal }) => [id, signal]));
  return noisiest.flatMap((noise) => {
    const signal = signals.get(noise.alert);
    return signal === undefined ? [] : [{ ...noise, proposal: propose(noise, signal) }];
  });
}

const mostBars = 14;

/** Bars of beginnings, a layer for each severity. */
function barsOf(title: string, labels: readonly string[], placeOf: (at: Date) => number) {
  const values = new Map(severities.map((severity) => [severity, labels.map(() => 0)]));
  return {
    add: ({ began, severity }: Spell): void => {
      const [bars, place] = [values.get(severity), placeOf(began)];
      if (bars !== undefined) bars[place] = (bars[place] ?? 0) + 1;
    },
    chart: (): Chart => ({
      title,
      unit: 'alerts',
      categories: labels,
      series: [...values]
        .filter(([, bars]) => bars.some((bar) => bar > 0))
        .map(([name, bars]) => ({ name, values: bars })),
    }),
  };
}

function dayBars({ from, until, zone }: StatsQuery) {
  const days = Math.max(1, Math.ceil((until.getTime() - from.getTime()) / dayMs));
  const width = Math.ceil(days / mostBars);
  const labels = Array.from({ length: Math.ceil(days / width) }, (_, bar) =>
    DateTime.fromMillis(from.getTime() + bar * width * dayMs, { zone })
      .setLocale('en')
      .toFormat('d LLL'),
  );
  const place = (at: Date): number => Math.floor((at.getTime() - from.getTime()) / (width * dayMs));
  return barsOf(width === 1 ? 'Alerts by day' : `Alerts, ${width} days a bar`, labels, place);
}

function hourBars({ zone }: StatsQuery) {
  const labels = Array.from({ length: 12 }, (_, bar) => `${bar * 2}–${bar * 2 + 2} h`);
  return barsOf('Alerts by hour of the day', labels, (at) => Math.floor(hourOf(at, zone) / 2));
}
