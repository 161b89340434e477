import { seeded } from '../../scripts/seeded.ts';

/** What happens in the simulated months: everything is chosen here, by a seed, before anything runs. Shares no code with src. */

/** Minutes; instants are milliseconds UTC. */
const minute = 60_000;
const hour = 60 * minute;

interface LayerWritten {
  timezone: string;
  rotation: { hours: number } | { days: number } | { weeks: number };
  handoff: string;
  start: string;
  users: readonly (readonly string[])[];
  restrictions?: { from: string; to: string };
}

interface ScheduleWritten {
  timezone: string;
  layers: readonly LayerWritten[];
  mayBeEmpty: true;
}

const alone = (...users: string[]): string[][] => users.map((user) => [user]);

/** Hand-offs at the hours that a change of the clocks skips or has twice, each in its own zone. */
const schedules = {
  prague: {
    timezone: 'Europe/Prague',
    mayBeEmpty: true,
    layers: [
      {
        timezone: 'Europe/Prague',
        rotation: { days: 1 },
        handoff: '22:00',
        start: '2027-01-01',
        users: alone('U0PRAGUE1', 'U0PRAGUE2', 'U0PRAGUE3'),
        restrictions: { from: '22:00', to: '06:00' },
      },
      {
        timezone: 'Europe/Prague',
        rotation: { weeks: 1 },
        handoff: 'Mon 09:00',
        start: '2027-01-04',
        users: alone('U0PRAGUE4', 'U0PRAGUE5'),
      },
    ],
  },
  newYork: {
    timezone: 'America/New_York',
    mayBeEmpty: true,
    layers: [
      {
        timezone: 'America/New_York',
        rotation: { days: 1 },
        handoff: '02:30',
        start: '2027-01-01',
        users: alone('U0YORK1', 'U0YORK2', 'U0YORK3'),
      },
    ],
  },
  lordHowe: {
    timezone: 'Australia/Lord_Howe',
    mayBeEmpty: true,
    layers: [
      {
        timezone: 'Australia/Lord_Howe',
        rotation: { days: 1 },
        handoff: '02:15',
        start: '2027-01-01',
        users: alone('U0HOWE1', 'U0HOWE2', 'U0HOWE3', 'U0HOWE4'),
        // From 21:00 to 02:15 nobody is there.
        restrictions: { from: '02:15', to: '21:00' },
      },
    ],
  },
  santiago: {
    timezone: 'America/Santiago',
    mayBeEmpty: true,
    layers: [
      {
        timezone: 'America/Santiago',
        rotation: { days: 2 },
        handoff: '00:00',
        start: '2027-01-01',
        users: alone('U0CHILE1', 'U0CHILE2', 'U0CHILE3'),
      },
    ],
  },
  cairo: {
    timezone: 'Africa/Cairo',
    mayBeEmpty: true,
    layers: [
      {
        timezone: 'Africa/Cairo',
        rotation: { hours: 12 },
        handoff: '00:00',
        start: '2027-01-01',
        users: alone('U0CAIRO1', 'U0CAIRO2', 'U0CAIRO3'),
      },
    ],
  },
  utc: {
    timezone: 'UTC',
    mayBeEmpty: true,
    layers: [
      {
        timezone: 'UTC',
        rotation: { weeks: 1 },
        handoff: 'Mon 00:00',
        start: '2027-01-04',
        users: [['U0UTC1', 'U0UTC2'], ['U0UTC3']],
      },
    ],
  },
} satisfies Record<string, ScheduleWritten>;

export type ScheduleName = keyof typeof schedules;
export const scheduleNames = ['prague', 'newYork', 'lordHowe', 'santiago', 'cairo', 'utc'] satisfies ScheduleName[];
export const layersOf = (name: ScheduleName): readonly LayerWritten[] => schedules[name].layers;

export type Severity = 'critical' | 'high' | 'medium';

export interface PolicyWritten {
  repeat: number;
  ackTimeout: Partial<Record<Severity, string>>;
  steps: readonly { notify: readonly string[]; after: string }[];
}

export const policies: Record<string, PolicyWritten> = {
  alpha: {
    repeat: 1,
    ackTimeout: { critical: '60m', high: '240m' },
    steps: [
      { notify: ['schedule:prague'], after: '0m' },
      { notify: ['schedule:utc'], after: '10m' },
      { notify: ['user:U0BOSS'], after: '25m' },
    ],
  },
  beta: {
    repeat: 0,
    ackTimeout: {},
    steps: [
      { notify: ['schedule:newYork'], after: '5m' },
      { notify: ['schedule:santiago'], after: '15m' },
    ],
  },
  gamma: {
    repeat: 2,
    ackTimeout: {},
    steps: [
      { notify: ['schedule:lordHowe'], after: '0m' },
      { notify: ['schedule:cairo'], after: '5m' },
    ],
  },
  delta: {
    repeat: 0,
    ackTimeout: { critical: '30m', high: '120m', medium: '120m' },
    steps: [
      { notify: ['schedule:cairo'], after: '2m' },
      { notify: ['user:U0BOSS'], after: '30m' },
    ],
  },
  epsilon: {
    repeat: 0,
    ackTimeout: {},
    steps: [
      { notify: ['schedule:santiago', 'schedule:lordHowe'], after: '0m' },
      { notify: ['schedule:utc'], after: '20m' },
    ],
  },
};

/** In which alerts of medium severity of the policy `epsilon` call nobody. */
export const quietHours = {
  policy: 'epsilon',
  severity: 'medium',
  from: '22:00',
  to: '06:00',
  zone: 'America/Santiago',
};

const channels = ['C0ALERTS', 'C0SEC', 'C0PROD'];
/** Where everybody is called when nobody else is left. */
export const defaultChannel = 'C0AUDIT';

/** trailwatch.yaml, which YAML lets be JSON. An alarm's name says its policy and its severity. */
export const configuration = {
  channels: { default: defaultChannel },
  escalation: policies,
  schedules,
  grouping: { storm: 10_000 },
  routes: Object.keys(policies).flatMap((policy, place) =>
    (['critical', 'high', 'medium'] satisfies Severity[]).map((severity) => ({
      match: { text: [`${policy}-${severity}-`] },
      channel: channels[place % channels.length],
      escalation: policy,
      severity,
      ...(policy === quietHours.policy && severity === quietHours.severity
        ? { quietHours: { from: quietHours.from, to: quietHours.to, timezone: quietHours.zone, below: 'high' } }
        : {}),
    })),
  ),
};

export const people: string[] = [
  ...new Set([
    ...Object.values(schedules).flatMap(({ layers }) => layers.flatMap(({ users }) => users.flat())),
    'U0BOSS',
  ]),
];

export type Act =
  | { at: number; kind: 'acknowledge' | 'unacknowledge' | 'resolve'; user: string }
  | { at: number; kind: 'snooze'; user: string; until: number }
  /** The source says that it is over. */
  | { at: number; kind: 'ok' };

export interface AlertTold {
  name: string;
  at: number;
  policy: string;
  severity: Severity;
  acts: readonly Act[];
}

export interface OverrideTold {
  at: number;
  schedule: ScheduleName;
  user: string;
  from: number;
  until: number;
  /** When it is ended before its time. */
  endedAt: number | null;
}

export interface Window {
  from: number;
  to: number;
}

export interface Story {
  from: number;
  to: number;
  alerts: readonly AlertTold[];
  overrides: readonly OverrideTold[];
  /** The bot is not running; it starts again at the end. */
  downs: readonly Window[];
  /** The queue is lost: no wake comes through, and none that was set. */
  deafs: readonly Window[];
  /** Slack answers nothing but HTTP 500. */
  outages: readonly Window[];
  /** From each of these times on Slack carries out one post and drops the answer, or says 429. */
  stumbles: readonly { at: number; kind: 'drop' | '429' }[];
}

/** The second of the minute in which things of one kind happen: nothing is due in the moment in which somebody presses. */
const second = { arrival: 5, acts: 10, end: 45 };
const onSecond = (at: number, ofMinute: number): number => Math.floor(at / minute) * minute + ofMinute * 1000;

export interface Chosen {
  from: string;
  to: string;
  alerts: number;
  seed: number;
}

/** A story of so many alerts between two times. */
export function tell({ from: begin, to: end, alerts: count, seed }: Chosen): Story {
  const [from, to] = [Date.parse(begin), Date.parse(end)];
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[Math.floor(random() * list.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from.');
    return picked;
  };
  const after = (meanMinutes: number): number => Math.ceil(-Math.log(1 - random()) * meanMinutes) * minute;
  const days = (to - from) / (24 * hour);
  const windows = (each: number, minutes: readonly number[]): Window[] =>
    Array.from({ length: Math.max(1, Math.round(days / each)) }, () => {
      const start = onSecond(from + random() * (to - from - 3 * hour), second.end);
      return { from: start, to: start + pick(minutes) * minute };
    })
      .sort((a, b) => a.from - b.from)
      .filter((each, place, all) => each.from > (all[place - 1]?.to ?? 0) + hour);
  const downs = windows(6, [1, 3, 7, 20, 90]);
  const apart = (window: Window) => downs.every((down) => window.to + hour < down.from || window.from > down.to + hour);
  const deafs = windows(6, [5, 30, 120]).filter(apart);
  const outages = windows(7, [4, 12, 30]).filter(apart);

  /** People press when the bot is there and Slack is, and at a time at which nothing is due. */
  const pressable = (at: number, ofMinute: number): number => {
    const blocked = [...downs, ...outages].find((window) => at >= window.from - minute && at < window.to + minute);
    return onSecond(blocked === undefined ? at : blocked.to + 2 * minute, ofMinute);
  };
  const actsFrom = (born: number): Act[] => {
    const acts: Act[] = [];
    let last = born;
    let pressed = 0;
    const next = (meanMinutes: number): { at: number; user: string } => {
      last = pressable(last + after(meanMinutes), second.acts + 5 * pressed++);
      return { at: last, user: pick(people) };
    };
    const kind = random();
    if (kind < 0.45) acts.push({ kind: 'acknowledge', ...next(9) }, { kind: 'resolve', ...next(45) });
    else if (kind < 0.55) acts.push({ kind: 'acknowledge', ...next(5) }, { kind: 'resolve', ...next(600) });
    else if (kind < 0.65) acts.push({ kind: 'ok', at: next(20).at });
    else if (kind < 0.8) {
      const snooze = next(15);
      acts.push({ kind: 'snooze', ...snooze, until: snooze.at + pick([60, 120, 480]) * minute });
      acts.push({ kind: 'resolve', ...next(700) });
    } else if (kind < 0.88)
      acts.push(
        { kind: 'acknowledge', ...next(6) },
        { kind: 'unacknowledge', ...next(20) },
        { kind: 'acknowledge', ...next(20) },
        // What is critical calls every half hour until then.
        { kind: 'resolve', ...next(2880) },
      );
    else acts.push({ kind: 'resolve', ...next(240) });
    // What people would do after the end nobody sees.
    return acts.filter(({ at }) => at < to);
  };
  const names = Object.keys(policies);
  const alerts = Array.from({ length: count }, (_, number): AlertTold => {
    const [policy, severity] = [pick(names), pick<Severity>(['critical', 'high', 'high', 'medium', 'medium'])];
    const at = onSecond(from + random() * (to - from - 24 * hour), second.arrival);
    return { name: `${policy}-${severity}-${String(number).padStart(5, '0')}`, at, policy, severity, acts: [] };
  })
    .sort((a, b) => a.at - b.at)
    .map((alert) => ({ ...alert, acts: actsFrom(alert.at) }));
  const overrides = Array.from({ length: Math.ceil(days / 3) }, (): OverrideTold => {
    const at = pressable(from + random() * (to - from - 48 * hour), second.acts);
    const start = at + pick([0, 0, 120, 1440]) * minute;
    const until = start + pick([60, 240, 1200, 2880]) * minute;
    const early = random() < 0.2 ? pressable(start + (until - start) / 2, second.acts) : null;
    const schedule = pick(scheduleNames);
    return { at, schedule, user: pick(people), from: start, until, endedAt: early };
  }).sort((a, b) => a.at - b.at);
  const stumbles = Array.from({ length: Math.ceil(days) }, () => ({
    at: from + random() * (to - from),
    kind: pick(['drop', 'drop', '429'] satisfies ('drop' | '429')[]),
  })).sort((a, b) => a.at - b.at);
  return { from, to, alerts, overrides, downs, deafs, outages, stumbles };
}
