import { type Alert, type AlertMode, isDenied, newAlert, type TimelineEvent } from './alert.ts';
import { nextDue } from './escalation.ts';
import {
  armStorm,
  type Burst,
  foldable,
  joinBurst,
  joinStorm,
  newStorm,
  type Storm,
  type StormKind,
  standsApart,
  stormKey,
  stormWindowMs,
} from './grouping.ts';
import {
  type AlertLink,
  byAge,
  type Incident,
  type Join,
  joinsOf,
  type KnownLink,
  linksOf,
  mostMembers,
  type Naming,
  type OwnAddress,
  seenOn,
} from './incidents.ts';
import { type EscalationPolicy, foot } from './ladder.ts';
import { type AlertChange, applySignal } from './lifecycle.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { Decision, Routing } from './routing.ts';
import { type Severity, severityRank, worse } from './severity.ts';
import type { Signal } from './signal.ts';
import { type Silence, silenceFor } from './silences.ts';
import type { OnCall } from './targets/target.ts';

/** Where a signal goes and how: what the routes of the configuration decided. */
export interface Placement {
  channel: string;
  mention: string[];
  escalation: string | null;
  quietHours: QuietHours | null;
  severity: Severity;
  mode: AlertMode;
  runbook: string | null;
  /** Other channels that show the alert too. */
  also: string[];
}

export interface Routed {
  signal: Signal;
  /** Null: a route drops it. */
  placement: Placement | null;
}

/** What became of a signal: the word that the metrics count it under. */
export type SignalOutcome =
  | 'opened'
  | 'reopened'
  | 'repeated'
  | 'resolved'
  | 'nothing-to-resolve'
  | 'stored'
  | 'dropped'
  | 'silenced';

/** What is known of everything that some signals are about. */
export interface Known {
  /** By dedup key: the open alert, else the last one that was resolved within the reopen window. */
  alerts: ReadonlyMap<string, Alert>;
  /** By dedup key: the newest end whose beginning has not come. */
  ends: ReadonlyMap<string, Signal>;
  /** The open storms of their kinds, and those that the alerts are in. */
  storms: readonly Storm[];
  /** By kind, where no storm is open. */
  bursts: ReadonlyMap<string, Burst>;
  silences: readonly Silence[];
  /** By name: the links that the signals name. */
  links: ReadonlyMap<string, KnownLink>;
  /** The alerts that named these links (where they are of several incidents, all alerts of these), and those of bursts. */
  linked: readonly Alert[];
  /** The incidents that any of these alerts is in, each with its worst open alert. */
  incidents: readonly KnownIncident[];
}

export interface KnownIncident extends Incident {
  /** The worst of its alerts that are not resolved; null: all are. */
  worst: Severity | null;
}

export interface Rules {
  now: Date;
  /** More new alerts of one kind than this, in one channel within a minute, are one storm. */
  storm: number;
  /** Alerts that share a link within this time are one incident; 0: none ever is. */
  incidentWindowMs: number;
  isOwn: OwnAddress;
  policyOf: (alert: Pick<Alert, 'escalation'>) => EscalationPolicy | undefined;
  onCall: OnCall;
}

/** An alert became part of an incident, because it shares a link with another one. */
export interface Joined {
  incidentId: number;
  /** The incident's channel. */
  channel: string;
  alert: Alert;
  link: AlertLink;
  with: number;
  /** The incident began with it: `with` is its first alert. */
  first: boolean;
}

/** Two incidents turned out to be one: the alerts of the younger one are of the older one from now on. */
export interface Merged {
  from: number;
  into: number;
  /** The alerts that went over. */
  alertIds: number[];
  /** What an alert shares with one of each. */
  link: AlertLink;
  /** This alert. */
  by: number;
}

/** What some signals change. Alerts, storms and incidents that are new have ids below 0. */
export interface Placed {
  /** One a signal, in order. */
  outcomes: SignalOutcome[];
  /** Every change, in order: the last one of an alert is how it stands now. */
  changes: AlertChange[];
  /** The new alerts and storms that get a Slack message, and in which channel. */
  shown: ({ channel: string } & ({ alertId: number } | { stormId: number } | { incidentId: number }))[];
  /** The storms that changed, as they stand now. */
  storms: Storm[];
  /** The incidents that changed, as they stand now, and what joined them, in order. */
  incidents: Incident[];
  joined: Joined[];
  merged: Merged[];
  /** By name: the links that the new alerts name. */
  links: ReadonlyMap<string, KnownLink>;
  /** How many signals each silence held back. */
  caught: ReadonlyMap<number, number>;
  /** By dedup key: the end to remember; null: its beginning came. */
  ends: ReadonlyMap<string, Signal | null>;
}

export const placementOf = ({ home, copies }: Routing): Placement | null =>
  home.mode === 'drop' ? null : { ...kept(home), mode: home.mode, also: copies.map(({ channel }) => channel) };

const kept = ({ channel, mention, escalation, quietHours, severity, runbook }: Decision) => ({
  channel,
  mention,
  escalation,
  quietHours,
  severity,
  runbook,
});

/**
 * Decides what signals open, change and end, in order: each sees what those before it did, as if they had come alone.
 * Signals of one dedup key are one alert, and a storm is seen as one.
 */
export function placeAll(routed: readonly Routed[], known: Known, rules: Rules): Placed {
  const placing = new Placing(known, rules);
  const outcomes = routed.map(({ signal, placement }) =>
    placement === null ? 'dropped' : placing.place(signal, placement),
  );
  return { outcomes, ...placing.result() };
}

/** One pass over signals: what is known, and what they changed so far. */
class Placing {
  readonly #rules: Rules;
  readonly #silences: readonly Silence[];
  readonly #alerts: Map<string, Alert>;
  readonly #ends: Map<string, Signal>;
  readonly #bursts: Map<string, Burst>;
  readonly #storms: Map<number, Storm>;
  /** Of the open ones, by kind. */
  readonly #openStorms = new Map<string, number>();
  readonly #changes: AlertChange[] = [];
  readonly #shown: Placed['shown'] = [];
  readonly #changedStorms = new Set<number>();
  readonly #caught = new Map<number, number>();
  readonly #changedEnds = new Set<string>();
  readonly #links: Map<string, KnownLink>;
  readonly #changedLinks = new Set<string>();
  /** Every alert that is known, as it stands after all that was decided so far. */
  readonly #linked: Map<number, Alert>;
  readonly #incidents: Map<number, KnownIncident>;
  readonly #changedIncidents = new Set<number>();
  readonly #joined: Joined[] = [];
  readonly #merged: Merged[] = [];
  #lastId = 0;

  constructor(known: Known, rules: Rules) {
    this.#rules = rules;
    this.#silences = known.silences;
    this.#alerts = new Map(known.alerts);
    this.#ends = new Map(known.ends);
    this.#bursts = new Map(known.bursts);
    this.#storms = new Map(known.storms.map((storm) => [storm.id, storm]));
    this.#links = new Map(known.links);
    this.#linked = new Map([...known.linked, ...known.alerts.values()].map((alert) => [alert.id, alert]));
    this.#incidents = new Map(known.incidents.map((incident) => [incident.id, incident]));
    for (const storm of known.storms) if (storm.endedAt === null) this.#openStorms.set(stormKey(storm), storm.id);
  }

  result(): Omit<Placed, 'outcomes'> {
    return {
      changes: this.#changes,
      shown: this.#shown,
      storms: [...this.#changedStorms].flatMap((id) => this.#storms.get(id) ?? []),
      incidents: [...this.#changedIncidents].flatMap((id) => this.#incidents.get(id) ?? []),
      joined: this.#joined,
      merged: this.#merged,
      links: new Map(
        [...this.#changedLinks].flatMap((name) => {
          const link = this.#links.get(name);
          return link === undefined ? [] : [[name, link] as const];
        }),
      ),
      caught: this.#caught,
      ends: new Map([...this.#changedEnds].map((key) => [key, this.#ends.get(key) ?? null])),
    };
  }

  place(signal: Signal, placement: Placement): SignalOutcome {
    // A window that lets critical alerts through goes by what the route and the person behind it say, as people do.
    const known = this.#alerts.get(signal.dedupKey);
    const severity = known !== undefined && isDenied(known) ? 'critical' : placement.severity;
    const silence =
      signal.state === 'firing' ? silenceFor({ ...signal, severity }, this.#silences, this.#rules.now) : undefined;
    if (silence === undefined) return this.#take(signal, placement);
    this.#caught.set(silence.id, (this.#caught.get(silence.id) ?? 0) + 1);
    this.#take(signal, { ...placement, mode: 'digest', also: [] });
    return 'silenced';
  }

  #take(signal: Signal, placement: Placement): SignalOutcome {
    const known = this.#alerts.get(signal.dedupKey);
    const placed = { ...signal, severity: placement.severity };
    // What a silence holds back must not wake an alert that was resolved in the open: it is stored as one of its own.
    const hidden = known?.state === 'resolved' && known.mode !== 'digest' && placement.mode === 'digest';
    if (known !== undefined && !(hidden && signal.state === 'firing')) return this.#repeat(known, placed, placement);
    if (signal.state === 'resolved') return this.#rememberEnd(signal);
    return this.#open(placed, placement);
  }

  #repeat(known: Alert, signal: Signal, placement: Placement): SignalOutcome {
    const { now } = this.#rules;
    const { also, severity: _severity, ...home } = placement;
    // An alert that was only stored (a silence, a digest) and is no longer: from now on it is shown like a new one.
    const shown = known.mode === 'digest' && placement.mode !== 'digest' && signal.state === 'firing';
    const alert: Alert = shown ? { ...known, ...home, ...foot(now) } : known;
    if (shown) for (const channel of [home.channel, ...also]) this.#shown.push({ alertId: alert.id, channel });
    const change = this.#apply(alert, signal, shown ? ['shown'] : []);
    this.#recount(change.alert, shown);
    const kind = change.events[0]?.kind;
    return kind === 'resolved' || kind === 'reopened' ? kind : 'repeated';
  }

  #open(signal: Signal, placement: Placement): SignalOutcome {
    const { now, policyOf } = this.#rules;
    const { channel, mode, also } = placement;
    const draft = newAlert(signal, placement, null, now);
    const id = this.#newId();
    const links = mode === 'digest' || this.#rules.incidentWindowMs === 0 ? [] : linksOf(signal, this.#rules.isOwn);
    const naming = { ...draft, id, links };
    const story = this.#incidentOf(naming);
    const stormId = mode === 'digest' || story !== null ? null : this.#stormOf(naming);
    const fresh = { ...draft, stormId, incidentId: story?.incidentId ?? null, id };
    const alert: Alert = { ...fresh, dueAt: nextDue(fresh, policyOf(fresh)) };
    if (stormId === null) this.#note(naming);
    if (mode !== 'digest' && stormId === null && story?.hides !== true)
      this.#shown.push({ alertId: alert.id, channel });
    if (mode !== 'digest') for (const other of also) this.#shown.push({ alertId: alert.id, channel: other });
    this.#keep({ ok: true, alert, events: [{ kind: 'opened', at: now, by: { type: 'aws' } }], notify: [] });
    const end = this.#takeEnd(signal);
    if (end !== undefined) this.#apply(alert, end);
    return mode === 'digest' ? 'stored' : 'opened';
  }

  /**
   * The incident that a new alert goes on with, or begins together with another alert; null: it stands alone. Where it belongs to
   * several, they are one from now on. An alert that is worse than all before it, or of another channel, has a line of its own
   * there; the others are told in the incident's.
   */
  #incidentOf(alert: Alert & Naming): { incidentId: number; hides: boolean } | null {
    const { now, incidentWindowMs, isOwn } = this.#rules;
    const joins = joinsOf(alert, {
      now,
      windowMs: incidentWindowMs,
      known: (name) => this.#links.get(name),
      alertOf: (id) => this.#linked.get(id),
      linksOfAlert: ({ signal }) => linksOf(signal, isOwn),
    });
    const open = joins.filter((each) => (this.#incidentWith(each)?.count ?? 0) < mostMembers);
    const [begun] = open;
    if (begun === undefined) return null;
    const [oldest] = open.flatMap((each) => this.#incidentWith(each) ?? []).sort(byAge);
    const id = oldest?.id ?? this.#begin(begun.with, alert).id;
    for (const each of open) this.#bringIn(each, id, alert.id);
    const incident = this.#incidents.get(id);
    const join = open.find((each) => this.#linked.get(each.with.id)?.incidentId === id);
    if (incident === undefined || join === undefined) return null;
    const { severity, channel } = alert;
    const first = oldest === undefined;
    const rises = incident.worst === null || severityRank(severity) < severityRank(incident.worst);
    this.#keepIncident({ ...oneMore(incident, now), worst: rises ? severity : incident.worst });
    const { link } = join;
    this.#joined.push({ incidentId: id, channel: incident.channel, alert, link, with: join.with.id, first });
    return {
      incidentId: id,
      hides: channel === incident.channel && (first || !rises || severity !== 'critical'),
    };
  }

  /** The incident of the alert that one shares something with. */
  #incidentWith = (join: Join): KnownIncident | undefined => this.#incidents.get(join.with.incidentId ?? 0);

  /** A new incident with its first alert in it, in the channel of the worse one of the two. */
  #begin(other: Alert, alert: Alert): KnownIncident {
    const { now } = this.#rules;
    const worst = severityRank(alert.severity) < severityRank(other.severity) ? alert : other;
    const incident: KnownIncident = {
      id: this.#newId(),
      channel: worst.channel,
      openedAt: now,
      lastAt: now,
      count: 1,
      worst: other.state === 'resolved' ? null : other.severity,
      mergedInto: null,
      version: 1,
    };
    this.#keepIncident(incident);
    this.#adopt(other, incident);
    this.#shown.push({ incidentId: incident.id, channel: incident.channel });
    return incident;
  }

  /** Whatever a new alert belongs to comes into its incident: another alert that stood alone, or another incident as a whole. */
  #bringIn({ link, with: { id } }: Join, into: number, by: number): void {
    const { now } = this.#rules;
    const incident = this.#incidents.get(into);
    const other = this.#linked.get(id);
    if (incident === undefined || other === undefined || other.incidentId === into) return;
    if (other.incidentId !== null) {
      const from = this.#incidents.get(other.incidentId);
      if (from !== undefined && from.count + incident.count < mostMembers) this.#merge(from, incident, link, by);
      return;
    }
    if (incident.count + 1 >= mostMembers) return;
    const grown = oneMore(incident, now);
    this.#keepIncident(
      other.state === 'resolved' ? grown : { ...grown, worst: worstOf(incident.worst, other.severity) },
    );
    this.#adopt(other, incident);
    this.#joined.push({ incidentId: into, channel: incident.channel, alert: other, link, with: by, first: false });
  }

  #merge(from: KnownIncident, into: KnownIncident, link: AlertLink, by: number): void {
    const { now } = this.#rules;
    const members = [...this.#linked.values()].filter(({ incidentId }) => incidentId === from.id);
    for (const alert of members) this.#adopt(alert, into);
    this.#keepIncident({
      ...into,
      lastAt: now,
      count: into.count + from.count,
      worst: from.worst === null ? into.worst : worstOf(into.worst, from.worst),
      version: into.version + 1,
    });
    this.#keepIncident({ ...from, count: 0, worst: null, mergedInto: into.id, version: from.version + 1 });
    this.#hide((place) => 'incidentId' in place && place.incidentId === from.id);
    this.#merged.push({ from: from.id, into: into.id, alertIds: members.map(({ id }) => id), link, by });
  }

  /** From now on an alert is part of an incident, which calls for it. What came in this very moment needs no message of its own. */
  #adopt(alert: Alert, { id, channel }: Incident): void {
    const moved: Alert = { ...alert, incidentId: id, version: alert.version + 1 };
    const member: Alert = { ...moved, dueAt: nextDue(moved, this.#rules.policyOf(moved)) };
    this.#hide((place) => 'alertId' in place && place.alertId === alert.id && place.channel === channel);
    this.#keep({ ok: true, alert: member, events: [], notify: [] });
  }

  #hide(which: (place: Placed['shown'][number]) => boolean): void {
    const place = this.#shown.findIndex(which);
    if (place !== -1) this.#shown.splice(place, 1);
  }

  #note(alert: Naming): void {
    for (const link of alert.links) {
      this.#links.set(link.name, seenOn(this.#links.get(link.name), alert, link, this.#rules.now));
      this.#changedLinks.add(link.name);
    }
  }

  #keepIncident(incident: KnownIncident): void {
    this.#incidents.set(incident.id, incident);
    this.#changedIncidents.add(incident.id);
  }

  #newId(): number {
    this.#lastId -= 1;
    return this.#lastId;
  }

  #apply(alert: Alert, signal: Signal, also: readonly TimelineEvent['kind'][] = []): AlertChange {
    const { now, policyOf, onCall } = this.#rules;
    const by = { type: 'aws' } as const;
    const applied = applySignal(alert, signal, { now, by, policy: policyOf(alert), onCall });
    const change = { ...applied, events: [...applied.events, ...also.map((kind) => ({ kind, at: now, by }))] };
    this.#keep(change);
    const storm = alert.stormId === null ? undefined : this.#storms.get(alert.stormId);
    if (storm !== undefined) {
      const fires = change.alert.state === 'firing' && change.alert.mode === 'alert';
      const touched = { ...storm, version: storm.version + 1 };
      this.#keepStorm(fires ? armStorm(touched, change.alert.severity, policyOf(storm), now) : touched);
    }
    const incident = alert.incidentId === null ? undefined : this.#incidents.get(alert.incidentId);
    if (incident !== undefined) this.#keepIncident({ ...incident, version: incident.version + 1 });
    return change;
  }

  #keep(change: AlertChange): void {
    this.#changes.push(change);
    const { alert } = change;
    this.#linked.set(alert.id, alert);
    const known = this.#alerts.get(alert.dedupKey);
    // A linked alert may be an older one of its key than that which is open now.
    if (known === undefined || known.id === alert.id || alert.state !== 'resolved')
      this.#alerts.set(alert.dedupKey, alert);
  }

  #keepStorm(storm: Storm): void {
    this.#storms.set(storm.id, storm);
    this.#changedStorms.add(storm.id);
  }

  /** The storm that shows a new alert, or null: there is none, or the alert keeps a message of its own. */
  #stormOf(alert: Alert): number | null {
    const { now, policyOf } = this.#rules;
    const kind = { channel: alert.channel, source: alert.signal.source, kind: alert.signal.kind };
    const storm = this.#openStorm(stormKey(kind)) ?? this.#breakOut(kind);
    if (storm === undefined) {
      this.#bursts.set(stormKey(kind), joinBurst(this.#bursts.get(stormKey(kind)), alert));
      return null;
    }
    const apart = standsApart(storm, alert);
    const joined = joinStorm(storm, alert, apart, now);
    if (joined.count === 1 && storm.count === 0) this.#shown.push({ stormId: storm.id, channel: storm.channel });
    this.#keepStorm(apart ? joined : armStorm(joined, alert.severity, policyOf(joined), now));
    return apart ? null : storm.id;
  }

  /** A known alert of the last minute counts among those that may become a storm: as bad as it is now, and since it is shown. */
  #recount({ id, channel, signal, severity, mode, firstSeen }: Alert, shown: boolean): void {
    if (mode === 'digest' || this.#rules.now.getTime() - firstSeen.getTime() >= stormWindowMs) return;
    const key = stormKey({ channel, source: signal.source, kind: signal.kind });
    const burst = this.#bursts.get(key);
    if (shown) this.#bursts.set(key, joinBurst(burst, { id, severity, signal }));
    else if (burst !== undefined) this.#bursts.set(key, { ...burst, worst: worse(burst.worst, severity) });
  }

  /** The open storm of a kind. It goes on while less than a minute passes between its alerts. */
  #openStorm(key: string): Storm | undefined {
    const storm = this.#storms.get(this.#openStorms.get(key) ?? 0);
    if (storm === undefined || this.#rules.now.getTime() - storm.lastAt.getTime() < stormWindowMs) return storm;
    this.#keepStorm({ ...storm, endedAt: storm.lastAt, version: storm.version + 1 });
    this.#openStorms.delete(key);
    return undefined;
  }

  /** The storm that one more alert of a kind makes, if it makes one. */
  #breakOut(kind: StormKind): Storm | undefined {
    const burst = this.#bursts.get(stormKey(kind));
    if (burst === undefined || burst.count < this.#rules.storm) return undefined;
    const storm = newStorm(this.#newId(), kind, burst, this.#rules.now);
    this.#openStorms.set(stormKey(kind), storm.id);
    const alerts = burst.alertIds.flatMap((id) => this.#linked.get(id) ?? []).sort(byNumber);
    return this.#fold(storm, foldable(alerts));
  }

  /** The alerts with which a storm began go into its message; its timer is that of the first of them. */
  #fold(storm: Storm, alerts: readonly Alert[]): Storm {
    const { now, policyOf } = this.#rules;
    const [first] = alerts;
    if (first === undefined) return storm;
    const whole = alerts.reduce<Storm>(
      (grown, alert) => {
        const joined = joinStorm(grown, alert, false, now);
        return alert.mode === 'alert' ? armStorm(joined, alert.severity, policyOf(joined), alert.firingSince) : joined;
      },
      { ...storm, openedAt: first.firstSeen },
    );
    for (const alert of alerts) {
      const inside: Alert = { ...alert, stormId: storm.id, version: alert.version + 1 };
      this.#hide((place) => 'alertId' in place && place.alertId === alert.id && place.channel === storm.channel);
      this.#keep({ ok: true, alert: { ...inside, dueAt: nextDue(inside, policyOf(inside)) }, events: [], notify: [] });
    }
    this.#shown.push({ stormId: storm.id, channel: storm.channel });
    this.#keepStorm(whole);
    return whole;
  }

  /** Keeps an end whose beginning has not come yet, the newest of a key: SNS does not keep order. */
  #rememberEnd(signal: Signal): SignalOutcome {
    const known = this.#ends.get(signal.dedupKey);
    if (known === undefined || known.time < signal.time) {
      this.#ends.set(signal.dedupKey, signal);
      this.#changedEnds.add(signal.dedupKey);
    }
    return 'nothing-to-resolve';
  }

  /** The end that came before this beginning, if there is one; an end of an earlier time belongs to something else. */
  #takeEnd(signal: Signal): Signal | undefined {
    const end = this.#ends.get(signal.dedupKey);
    if (end === undefined) return undefined;
    this.#ends.delete(signal.dedupKey);
    this.#changedEnds.add(signal.dedupKey);
    return end.time >= signal.time ? end : undefined;
  }
}

const oneMore = (incident: KnownIncident, now: Date): KnownIncident => ({
  ...incident,
  lastAt: now,
  count: incident.count + 1,
  version: incident.version + 1,
});

const worstOf = (known: Severity | null, other: Severity): Severity => (known === null ? other : worse(known, other));

/** In the order in which they came: those that came just now have ids below 0, the first of them the highest. */
const byNumber = (a: Alert, b: Alert): number => Number(a.id < 0) - Number(b.id < 0) || Math.abs(a.id) - Math.abs(b.id);
