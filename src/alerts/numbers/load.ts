import { dayMs, hourMs } from '../../words/time.ts';
import { dateOf, wallTimeAt } from '../../words/wall-clock.ts';
import type { Shift } from '../oncall/shifts.ts';
import { union } from '../oncall/spans.ts';
import { hourOf } from './count.ts';

/** Somebody was called. */
export interface Page {
  user: string;
  at: Date;
}

/** What one person carried. */
export interface Load {
  user: string;
  /** On call, in any schedule; two at once count once. */
  onCallMs: number;
  pages: number;
  /** Of these, between 22:00 and 7:00 where the person is. */
  atNight: number;
  /** Nights with at least one. */
  nights: number;
}

const nightBegins = 22;
const nightEnds = 7;

function isNight(at: Date, zone: string): boolean {
  const hour = hourOf(at, zone);
  return hour >= nightBegins || hour < nightEnds;
}

/** The night that a time at night belongs to: what comes before the morning is of the day before. */
const nightOf = (at: Date, zone: string): number => dateOf(wallTimeAt(at.getTime(), zone) - nightEnds * hourMs) / dayMs;

/** What each person carried, the most at night first. `zoneOf`: where somebody is (IANA name). */
export function loadOf(pages: readonly Page[], shifts: readonly Shift[], zoneOf: (user: string) => string): Load[] {
  const onCall = new Map<string, { from: number; to: number }[]>();
  for (const { from, to, users } of shifts)
    for (const user of users)
      onCall.set(user, [...(onCall.get(user) ?? []), { from: from.getTime(), to: to.getTime() }]);
  const called = Map.groupBy(pages, ({ user }) => user);
  return [...new Set([...onCall.keys(), ...called.keys()])]
    .map((user): Load => {
      const zone = zoneOf(user);
      const own = called.get(user) ?? [];
      const nightly = own.filter(({ at }) => isNight(at, zone));
      return {
        user,
        onCallMs: union(onCall.get(user) ?? []).reduce((sum, { from, to }) => sum + to - from, 0),
        pages: own.length,
        atNight: nightly.length,
        nights: new Set(nightly.map(({ at }) => nightOf(at, zone))).size,
      };
    })
    .sort(
      (a, b) => b.atNight - a.atNight || b.pages - a.pages || b.onCallMs - a.onCallMs || (a.user < b.user ? -1 : 1),
    );
}

/** So few night pages are chance, whoever has them. */
const fewestAtNight = 5;

/**
 * Who carried much more of the nights than of the hours: one and a half times their share, and three pages at least. Undefined:
 * nobody, or there is too little to tell.
 */
export function unfair(loads: readonly Load[]): { user: string; pages: number; hours: number } | undefined {
  const sum = (of: (load: Load) => number): number => loads.reduce((all, load) => all + of(load), 0);
  const [atNight, hours] = [sum((load) => load.atNight), sum((load) => load.onCallMs)];
  if (atNight < fewestAtNight || hours === 0) return undefined;
  return loads
    .filter((load) => load.atNight >= 3 && load.onCallMs > 0)
    .map((load) => ({ user: load.user, pages: load.atNight / atNight, hours: load.onCallMs / hours }))
    .filter((share) => share.pages > 1.5 * share.hours)
    .sort((a, b) => b.pages / b.hours - a.pages / a.hours)[0];
}
