import { Temporal } from 'temporal-polyfill';
import {
  type AlertTold,
  defaultChannel,
  layersOf,
  type OverrideTold,
  policies,
  quietHours,
  type ScheduleName,
  type Severity,
  type Story,
  scheduleNames,
  type Window,
} from './story.ts';

/**
 * What should have happened, counted anew from the story with Temporal alone: whom each alert calls, when, and what is passed over.
 * It knows the rules from docs/oncall.md and shares no code with src.
 */

const minute = 60_000;
/** The sweep comes every five seconds: a call that no wake brought is found by then. */
const sweepMs = 5_500;
/** A person gets one message of calls a minute. */
const pacedMs = 2 * minute;
/** After an outage what failed is tried again within so long. */
const backoffMs = 11 * minute;

/** What one alert did, as `/audit stats` counts it; undefined: it never did. */
interface Counted {
  severity: Severity;
  policy: string;
  hour: string;
  level: string;
  person: string;
  acknowledgeMs: number | undefined;
  resolveMs: number | undefined;
  escalated: boolean;
}

/** What `/audit stats` says of the months: by group, and of people. */
export interface NumbersSeen {
  groups: Readonly<
    Record<'severity' | 'policy' | 'hour' | 'level' | 'person', readonly { name: string; measures: unknown }[]>
  >;
  load: readonly { user: string; onCallMs: number; pages: number }[];
}

/** What was seen of one alert: its timeline, and what reached people. */
export interface Seen {
  events: readonly { kind: string; at: number; detail: string }[];
  direct: readonly { user: string; at: number; level: number | null }[];
  /** When the default channel was called. */
  here: readonly number[];
  /** Calls that the bot says it did not make, because somebody had the alert in hand: whom, and when it decided so. */
  withdrawn: readonly { target: string; at: number }[];
}

const wall = (date: Temporal.PlainDate, time: string): Temporal.PlainDateTime =>
  date.toPlainDateTime(Temporal.PlainTime.from(time));
const instant = (at: Temporal.PlainDateTime, zone: string): number =>
  at.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;

type Layer = ReturnType<typeof layersOf>[number];

/** Who has each schedule at any time of the story. */
class Rota {
  readonly #handoffs = new Map<Layer, number[]>();
  readonly #windows = new Map<Layer, { from: number; to: number }[]>();
  readonly #overrides: readonly OverrideTold[];

  constructor({ to, overrides }: Pick<Story, 'to' | 'overrides'>) {
    this.#overrides = overrides;
    for (const name of scheduleNames)
      for (const layer of layersOf(name)) {
        this.#handoffs.set(layer, handoffsOf(layer, to));
        if (layer.restrictions !== undefined) this.#windows.set(layer, windowsOf(layer, layer.restrictions, to));
      }
  }

  /** How long each person is on call between two times; two schedules at once count once. */
  onCallMs(from: number, to: number): Map<string, number> {
    const bounds = [
      from,
      to,
      ...[...this.#handoffs.values()].flat(),
      ...[...this.#windows.values()].flat().flatMap((window) => [window.from, window.to]),
      ...this.#overrides.flatMap((each) => [
        each.at,
        each.from,
        each.until,
        ...(each.endedAt === null ? [] : [each.endedAt]),
      ]),
    ]
      .filter((at) => from <= at && at <= to)
      .sort((a, b) => a - b);
    const held = new Map<string, number>();
    for (const [place, begin] of bounds.entries()) {
      const ms = (bounds[place + 1] ?? begin) - begin;
      if (ms === 0) continue;
      for (const user of new Set(scheduleNames.flatMap((name) => this.at(name, begin))))
        held.set(user, (held.get(user) ?? 0) + ms);
    }
    return held;
  }

  at(name: ScheduleName, at: number): readonly string[] {
    const standing = this.#overrides.findLast(
      (each) => each.schedule === name && each.at <= at && each.from <= at && at < (each.endedAt ?? each.until),
    );
    if (standing !== undefined) return [standing.user];
    for (const layer of layersOf(name)) {
      const windows = this.#windows.get(layer);
      if (windows !== undefined && !windows.some(({ from, to }) => from <= at && at < to)) continue;
      const turn = (this.#handoffs.get(layer) ?? []).findLastIndex((handoff) => handoff <= at);
      return layer.users[turn % layer.users.length] ?? [];
    }
    return [];
  }
}

function handoffsOf({ rotation, handoff, start, timezone }: Layer, until: number): number[] {
  const time = handoff.split(' ').at(-1) ?? '';
  const first = wall(Temporal.PlainDate.from(start), time);
  const all: number[] = [];
  for (let turn = 0; (all.at(-1) ?? 0) < until; turn++) {
    const [[unit, every] = ['days', 1]] = Object.entries(rotation);
    all.push(instant(first.add({ [unit]: turn * every }), timezone));
  }
  return all;
}

function windowsOf({ start, timezone }: Layer, { from, to }: { from: string; to: string }, until: number): Window[] {
  const all: Window[] = [];
  for (let date = Temporal.PlainDate.from(start); (all.at(-1)?.from ?? 0) < until; date = date.add({ days: 1 }))
    all.push({
      from: instant(wall(date, from), timezone),
      to: instant(wall(to > from ? date : date.add({ days: 1 }), to), timezone),
    });
  return all;
}

/** The end of the quiet hours that a time is in, or the time itself. */
function afterQuiet({ policy, severity }: AlertTold, at: number): number {
  if (policy !== quietHours.policy || severity !== quietHours.severity) return at;
  const here = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(quietHours.zone);
  const time = here.toPlainTime().toString();
  if (time >= quietHours.to && time < quietHours.from) return at;
  const day = time < quietHours.to ? here.toPlainDate() : here.toPlainDate().add({ days: 1 });
  return instant(wall(day, quietHours.to), quietHours.zone);
}

const inWindow = (windows: readonly Window[], at: number): Window | undefined =>
  windows.find(({ from, to }) => from <= at && at < to);

const minutesOf = (text: string): number => Number(text.replace('m', '')) * minute;

/** One call as it should have been. */
interface CallDue {
  at: number;
  level: number;
  users: readonly string[];
}

export interface Verdict {
  alerts: number;
  /** Calls of levels that were due, and how they came. */
  calls: number;
  atOnce: number;
  lateByRestart: number;
  afterLostWake: number;
  /** Levels passed over because nobody was there, rounds that ended at the default channel, snoozes that ended, questions. */
  passedOver: number;
  exhausted: number;
  woken: number;
  asked: number;
  lapsed: number;
  /** Direct messages that had to come and did, once each, to the right person. */
  reached: number;
  /** Groups and people whose numbers in `/audit stats` were counted anew. */
  numbers: number;
  /** Not sent any more: somebody had the alert in hand before Slack could take it. */
  withdrawn: number;
  /** Milliseconds from the call to the message: usually, and at the most; and after an outage of Slack. */
  delays: number[];
  delaysAfterOutage: number[];
  /** What was not as it should be, in words. */
  wrong: string[];
}

type State = 'firing' | 'acknowledged' | 'snoozed' | 'resolved';

export function judge(
  story: Story,
  { alerts: seen, numbers }: { alerts: ReadonlyMap<string, Seen>; numbers: NumbersSeen },
): Verdict {
  const verdict: Verdict = {
    alerts: story.alerts.length,
    calls: 0,
    atOnce: 0,
    lateByRestart: 0,
    afterLostWake: 0,
    passedOver: 0,
    exhausted: 0,
    woken: 0,
    asked: 0,
    lapsed: 0,
    reached: 0,
    numbers: 0,
    withdrawn: 0,
    delays: [],
    delaysAfterOutage: [],
    wrong: [],
  };
  const rota = new Rota(story);
  const counted: Counted[] = [];
  for (const alert of story.alerts) {
    const of = seen.get(alert.name);
    if (of === undefined) verdict.wrong.push(`${alert.name}: was never opened`);
    else counted.push(...new Course(story, rota, alert, of, verdict).follow());
  }
  // Where a course was lost the numbers are not known.
  if (verdict.wrong.length > 0) return verdict;
  for (const by of ['severity', 'policy', 'hour', 'level', 'person'] as const) {
    const groups = Object.fromEntries(numbers.groups[by].map(({ name, measures }) => [name, measures]));
    const wanted = Object.entries(Object.groupBy(counted, (each) => each[by]));
    verdict.numbers += wanted.length;
    for (const name of new Set([...Object.keys(groups), ...wanted.map(([key]) => key)])) {
      const [want, got] = [wanted.find(([key]) => key === name)?.[1] ?? [], groups[name]];
      if (JSON.stringify(measuresOf(want)) !== JSON.stringify(got))
        verdict.wrong.push(
          `numbers of ${by} ${name}: ${JSON.stringify(got)} and not ${JSON.stringify(measuresOf(want))}`,
        );
    }
  }
  const held = rota.onCallMs(story.from, story.to);
  const heard = new Set(
    [...seen.values()].flatMap(({ direct }) =>
      direct.flatMap(({ user, at, level }) => (level === null ? [] : [`${user} ${at}`])),
    ),
  );
  for (const user of new Set([...held.keys(), ...numbers.load.map((each) => each.user)])) {
    const load = numbers.load.find((each) => each.user === user);
    const pages = [...heard].filter((each) => each.startsWith(`${user} `)).length;
    verdict.numbers++;
    if (load?.onCallMs !== (held.get(user) ?? 0) || load.pages !== pages)
      verdict.wrong.push(`load of ${user}: ${JSON.stringify(load)} and not ${held.get(user)} ms, ${pages} calls`);
  }
  return verdict;
}

/** The numbers of some alerts, counted by the words of docs/oncall.md. */
function measuresOf(counted: readonly Counted[]): unknown {
  const times = (all: readonly (number | undefined)[]) => {
    const sorted = all.flatMap((ms) => ms ?? []).sort((a, b) => a - b);
    const half = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)].map(
      (place) => sorted[place] ?? 0,
    );
    return {
      count: sorted.length,
      median: sorted.length < 5 ? null : half.reduce((a, b) => a + b) / 2,
      nineTenths: sorted.length < 10 ? null : sorted[Math.ceil(sorted.length * 0.9) - 1],
    };
  };
  const asked = counted.filter((each) => each.acknowledgeMs !== undefined || each.escalated);
  return {
    spells: counted.length,
    acknowledge: times(counted.map((each) => each.acknowledgeMs)),
    resolve: times(counted.map((each) => each.resolveMs)),
    inTime: { count: asked.filter((each) => !each.escalated).length, of: asked.length },
    untouched: counted.filter((each) => each.acknowledgeMs === undefined && each.resolveMs === undefined).length,
  };
}

const watched = new Set(['opened', 'escalated', 'skipped', 'exhausted', 'woken', 'reminded', 'lapsed']);

/** The course of one alert, beside what was seen of it. */
class Course {
  readonly #story: Story;
  readonly #rota: Rota;
  readonly #alert: AlertTold;
  readonly #seen: Seen;
  readonly #verdict: Verdict;
  readonly #events: Seen['events'];
  #place = 0;
  #state: State = 'firing';
  #level = 0;
  #round = 0;
  #firingSince = 0;
  #calledAt: number | null = null;
  #exhausted = false;
  #ackedAt = 0;
  #askedAt: number | null = null;
  #snoozedUntil = 0;
  #firstAcknowledged: { at: number; user: string } | undefined;
  #endedAt: number | undefined;
  readonly #calls: CallDue[] = [];
  readonly #exhaustedAt: number[] = [];
  /** When it ceased to fire. */
  readonly #inHand: number[] = [];

  constructor(story: Story, rota: Rota, alert: AlertTold, seen: Seen, verdict: Verdict) {
    this.#story = story;
    this.#rota = rota;
    this.#alert = alert;
    this.#seen = seen;
    this.#verdict = verdict;
    this.#events = seen.events.filter(({ kind }) => watched.has(kind));
  }

  /** Returns what is counted of it: nothing where its course was lost. */
  follow(): Counted[] {
    const opened = this.#take('opened', '', this.#alert.at);
    if (opened === undefined) return [];
    this.#anew(opened);
    const acts = [...this.#alert.acts];
    for (;;) {
      const due = this.#due();
      const act = acts[0];
      if (act !== undefined && (due === undefined || act.at < due)) {
        acts.shift();
        this.#act(act);
      } else if (due === undefined || due >= this.#story.to) break;
      else if (!this.#clock(due)) return [];
    }
    const more = this.#events[this.#place];
    if (more !== undefined) this.#wrong(`${more.kind} ${more.detail} at ${iso(more.at)} was not due`);
    this.#messages();
    this.#verdict.calls += this.#calls.length;
    return [this.#counted(opened)];
  }

  #counted(opened: number): Counted {
    const { severity, policy } = this.#alert;
    const [acknowledged, ended] = [this.#firstAcknowledged, this.#endedAt];
    const until = acknowledged?.at ?? ended ?? Number.POSITIVE_INFINITY;
    const level = Math.max(0, ...this.#calls.filter(({ at }) => at < until).map((call) => call.level));
    const vain = this.#exhaustedAt.some((at) => at < until);
    const hour = Temporal.Instant.fromEpochMilliseconds(opened).toZonedDateTimeISO('UTC').hour;
    return {
      severity,
      policy,
      hour: `${String(hour).padStart(2, '0')}:00`,
      level: vain ? 'all levels in vain' : level === 0 ? '0 (nobody)' : String(level),
      person: acknowledged?.user ?? 'nobody',
      acknowledgeMs: acknowledged && acknowledged.at - opened,
      resolveMs: ended && ended - opened,
      escalated: vain || level > 1,
    };
  }

  #wrong(what: string): void {
    this.#verdict.wrong.push(`${this.#alert.name}: ${what}`);
  }

  /** The next thing seen, if it is this at about this time. Returns when it was. */
  #take(kind: string, detail: string, due: number): number | undefined {
    const down = inWindow(this.#story.downs, due);
    const at = down?.to ?? due;
    const next = this.#events[this.#place];
    const right = next?.kind === kind && next.detail === detail && next.at >= at && next.at <= at + sweepMs;
    if (!right) {
      const instead = next === undefined ? 'nothing' : `${next.kind} ${next.detail} at ${iso(next.at)}`;
      this.#wrong(`${kind} ${detail} was due at ${iso(at)}, and there was ${instead}`);
      return undefined;
    }
    this.#place++;
    if (kind === 'escalated') {
      if (down !== undefined) this.#verdict.lateByRestart++;
      else if (next.at > at + 500) this.#verdict.afterLostWake++;
      else this.#verdict.atOnce++;
    }
    return next.at;
  }

  #anew(at: number): void {
    this.#state = 'firing';
    this.#level = 0;
    this.#round = 0;
    this.#firingSince = at;
    this.#calledAt = null;
    this.#exhausted = false;
  }

  get #policy() {
    const policy = policies[this.#alert.policy];
    if (policy === undefined) throw new Error(`There is no policy ${this.#alert.policy}.`);
    return policy;
  }

  #act(act: AlertTold['acts'][number]): void {
    const state = this.#state;
    switch (act.kind) {
      case 'acknowledge':
        if (state === 'acknowledged' || state === 'resolved') return;
        this.#state = 'acknowledged';
        this.#ackedAt = act.at;
        this.#askedAt = null;
        this.#inHand.push(act.at);
        this.#firstAcknowledged ??= { at: act.at, user: act.user };
        return;
      case 'unacknowledge':
        if (state === 'acknowledged') this.#anew(act.at);
        return;
      case 'snooze':
        if (state === 'resolved') return;
        this.#state = 'snoozed';
        this.#snoozedUntil = act.until;
        this.#inHand.push(act.at);
        return;
      default:
        this.#endedAt ??= act.at;
        this.#state = 'resolved';
        this.#inHand.push(act.at);
    }
  }

  /** When the clock has something to do. */
  #due(): number | undefined {
    const { ackTimeout, repeat, steps } = this.#policy;
    if (this.#state === 'resolved') return undefined;
    if (this.#state === 'snoozed') return this.#snoozedUntil;
    if (this.#state === 'acknowledged') {
      const timeout = ackTimeout[this.#alert.severity];
      if (timeout === undefined) return undefined;
      return this.#askedAt === null ? this.#ackedAt + minutesOf(timeout) : this.#askedAt + 15 * minute;
    }
    if (this.#exhausted && this.#alert.severity !== 'critical') return undefined;
    const delay = (level: number): number => minutesOf(steps[level - 1]?.after ?? '0m');
    const last = steps.length;
    const roundMs = Math.max(5 * minute, delay(last) - delay(last - 1));
    const [planned, distance] = this.#exhausted
      ? [0, 30 * minute]
      : this.#level < last
        ? [
            this.#round === 0 ? this.#firingSince + delay(this.#level + 1) : 0,
            this.#level === 0 ? 0 : delay(this.#level + 1) - delay(this.#level),
          ]
        : [0, roundMs];
    void repeat;
    const spaced = Math.max(planned, this.#firingSince, (this.#calledAt ?? 0) + distance);
    return afterQuiet(this.#alert, spaced);
  }

  /** What the clock does at its time. Returns whether it did. */
  #clock(due: number): boolean {
    if (this.#state === 'acknowledged') {
      if (this.#askedAt === null) {
        const at = this.#take('reminded', this.#lastAcknowledger(), due);
        if (at === undefined) return false;
        this.#askedAt = at;
        this.#verdict.asked++;
        return true;
      }
      const at = this.#take('lapsed', this.#lastAcknowledger(), due);
      if (at === undefined) return false;
      this.#verdict.lapsed++;
      this.#anew(at);
      return true;
    }
    if (this.#state === 'snoozed') {
      const at = this.#take('woken', '', due);
      if (at === undefined) return false;
      this.#verdict.woken++;
      this.#anew(at);
      return afterQuiet(this.#alert, at) === at ? this.#climb(at) : true;
    }
    return this.#climb(due);
  }

  #lastAcknowledger(): string {
    const act = this.#alert.acts.findLast((each) => each.kind === 'acknowledge' && each.at === this.#ackedAt);
    return act !== undefined && 'user' in act ? act.user : '';
  }

  /** Calls the next level at which somebody is; the default channel when there is none. */
  #climb(due: number): boolean {
    const { repeat, steps } = this.#policy;
    const asked = new Set<number>();
    let [level, round] = [this.#level, this.#round];
    let at = due;
    for (;;) {
      if (this.#exhausted) level = steps.length;
      else if (level < steps.length) level++;
      else if (round < repeat) {
        level = 1;
        round++;
      } else return this.#lastResort(at);
      const users = [...new Set((steps[level - 1]?.notify ?? []).flatMap((target) => this.#usersOf(target, at)))];
      if (users.length > 0) {
        const made = this.#take('escalated', String(level), at);
        if (made === undefined) return false;
        // Who has the turn is whoever has it when the call is made.
        const then = [...new Set((steps[level - 1]?.notify ?? []).flatMap((target) => this.#usersOf(target, made)))];
        this.#calls.push({ at: made, level, users: then });
        this.#level = level;
        this.#round = round;
        this.#calledAt = made;
        return true;
      }
      if (asked.has(level)) return this.#lastResort(at);
      asked.add(level);
      const passed = this.#take('skipped', String(level), at);
      if (passed === undefined) return false;
      this.#verdict.passedOver++;
      at = passed;
    }
  }

  #lastResort(due: number): boolean {
    const at = this.#take('exhausted', String(this.#policy.steps.length), due);
    if (at === undefined) return false;
    this.#verdict.exhausted++;
    this.#exhaustedAt.push(at);
    this.#exhausted = true;
    this.#level = this.#policy.steps.length;
    this.#calledAt = at;
    return true;
  }

  #usersOf(target: string, at: number): readonly string[] {
    const [kind, id = ''] = target.split(':');
    if (kind === 'user') return [id];
    const name = scheduleNames.find((each) => each === id);
    const down = inWindow(this.#story.downs, at);
    return name === undefined ? [] : this.#rota.at(name, down?.to ?? at);
  }

  /** Whether each call reached each person, once and in time, or was withdrawn because somebody had it in hand. */
  #messages(): void {
    const left = [...this.#seen.direct];
    for (const { at, level, users } of this.#calls)
      for (const user of users) {
        const place = left.findIndex((each) => each.user === user && each.at >= at && each.level === level);
        const message = left[place];
        this.#reached({ target: user, level }, at, message?.at);
        if (message !== undefined) left.splice(place, 1);
      }
    for (const { user, at, level } of left)
      if (level !== null)
        this.#wrong(`${user} was called at ${iso(at)} for level ${level}, and nobody had asked for that`);
    const here = [...this.#seen.here];
    for (const at of this.#exhaustedAt) this.#reached({ target: defaultChannel }, at, here.shift());
    if (here.length > 0) this.#wrong(`the default channel was called ${here.length} times too often`);
  }

  #reached({ target, level }: { target: string; level?: number }, made: number, came: number | undefined): void {
    const who = level === undefined ? target : `${target} of level ${level}`;
    const outage = this.#story.outages.find(({ from, to }) => from <= made + pacedMs && made < to + minute);
    const last = Math.max(made + pacedMs, outage === undefined ? 0 : outage.to + backoffMs);
    if (came === undefined) {
      const inHand = this.#inHand.find((at) => at >= made && at <= last);
      const said = this.#seen.withdrawn.some(
        (each) => each.target === target && inHand !== undefined && each.at >= inHand && each.at <= last,
      );
      if (!said) this.#wrong(`${who} was called at ${iso(made)} and heard nothing`);
      else this.#verdict.withdrawn++;
      return;
    }
    this.#verdict.reached++;
    (outage === undefined ? this.#verdict.delays : this.#verdict.delaysAfterOutage).push(
      came - Math.max(made, outage?.to ?? 0),
    );
    if (came > last) this.#wrong(`${who} was called at ${iso(made)} and heard of it only at ${iso(came)}`);
  }
}

const iso = (at: number): string => new Date(at).toISOString();
