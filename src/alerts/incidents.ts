import { at, isRecord, textAt } from '../words/json.ts';
import { isAddress, isPrivateAddress } from '../words/networks.ts';
import { oneLine } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Alert } from './alert.ts';
import { severityRank } from './severity.ts';
import type { Actor, Signal } from './signal.ts';

/** What tells one attacker from another, the most telling first. */
const kinds = ['key', 'session', 'principal', 'ip', 'resource'] as const;

type LinkKind = (typeof kinds)[number];

/** Something that an alert names and that another one of the same attack would name too. */
export interface AlertLink {
  kind: LinkKind;
  /** As people read it: `AKIA…`, `deploy-bot`, `203.0.113.7`. */
  value: string;
  /** What is compared: kind, account where the value is of one, and value. At most 400 characters. */
  name: string;
}

/** What a reader is told that two alerts share. */
const kindWords: Record<LinkKind, string> = {
  key: 'access key',
  session: 'role session',
  principal: 'user',
  ip: 'address',
  resource: 'resource',
};

/** "same access key AKIA… as #41" */
export const joinReason = ({ kind, value }: Pick<AlertLink, 'kind' | 'value'>, alertId: number): string =>
  `same ${kindWords[kind]} ${value} as #${alertId}`;

/** "access key AKIA…" */
export const linkWords = ({ kind, value }: Pick<AlertLink, 'kind' | 'value'>): string => `${kindWords[kind]} ${value}`;

/** Many alerts of one attack: one message, one escalation, one owner. */
export interface Incident {
  id: number;
  /** Where its message is: the channel of the worst alert that began it. */
  channel: string;
  openedAt: Date;
  /** When its last alert joined. */
  lastAt: Date;
  /** Alerts in it. */
  count: number;
  /** The older incident that it became part of, when an alert turned up that belongs to both; null: it stands for itself. */
  mergedInto: number | null;
  version: number;
}

/** More alerts than these make a press that keeps others waiting: what comes then begins another incident. */
export const mostMembers = 200;

/** What was seen on alerts of more days than these, one after the other, is somebody's daily work and tells no attack. */
const mostDays = 4;
/** A week without it ends the count: it is news again. */
export const restMs = 7 * dayMs;

/** Whether an address is of the company itself, by `grouping.ownAddresses`. */
export type OwnAddress = (address: string) => boolean;

/** Whether an address may be an attacker's: an AWS service in its place is none, and a private one is shared by many. */
const isTelling = (address: string, isOwn: OwnAddress): boolean =>
  isAddress(address) && !isPrivateAddress(address) && !isOwn(address);

const link = (kind: LinkKind, value: string, of = ''): AlertLink => {
  const shown = oneLine(value, 150);
  return { kind, value: shown, name: `${kind}:${of}:${oneLine(value, 300)}`.toLowerCase().slice(0, 400) };
};

export const accessKeyId = /^(?:AKIA|ASIA)[A-Z0-9]{12,28}$/;

/**
 * What an alert names that is its attacker's, most telling first. Never what all share: the root user of an account, an AWS
 * service, the account itself, private addresses and the company's own.
 */
export function linksOf(signal: Signal, isOwn: OwnAddress): AlertLink[] {
  const { actor, resource, sourceIp = '', account = '' } = signal;
  const keys = [actor?.accessKeyId, resource?.name, ...issuedIn(signal.raw)].filter(
    (key): key is string => key !== undefined && accessKeyId.test(key),
  );
  const links = [
    ...keys.map((key) => link('key', key)),
    ...principalOf(actor, account),
    ...(isTelling(sourceIp, isOwn) ? [link('ip', sourceIp)] : []),
    ...resourceLink(signal),
  ];
  const once = new Map(links.map((each) => [each.name, each]));
  return [...once.values()].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind)).slice(0, 10);
}

/** Keys that a call gave out: whoever uses them goes on with what it began. Source: CloudTrail, responses of IAM and STS. */
function issuedIn(raw: unknown): string[] {
  const answer = at(raw, 'detail', 'responseElements') ?? at(raw, 'responseElements');
  if (!isRecord(answer)) return [];
  return [textAt(answer, 'accessKey', 'accessKeyId') ?? '', textAt(answer, 'credentials', 'accessKeyId') ?? ''];
}

/** A user or one session of a role. A role itself, root and services are used by many. */
function principalOf(actor: Actor | undefined, where: string): AlertLink[] {
  if (actor === undefined) return [];
  const account = actor.account ?? where;
  if (actor.type === 'role') {
    const session = actor.name.includes('/') ? actor.name.split('/').slice(-2).join('/') : undefined;
    return session === undefined ? [] : [link('session', session, account)];
  }
  if ((actor.type !== 'user' && actor.type !== 'federated') || account === '') return [];
  return [link('principal', actor.name.split('/').at(-1) ?? actor.name, account)];
}

/** The one thing that an alert is about. A user that was changed is a link to what this user does next. */
function resourceLink({ resource, account = '', source }: Signal): AlertLink[] {
  if (resource === undefined || source === 'cloudwatch' || accessKeyId.test(resource.name)) return [];
  const { name, type = '' } = resource;
  if (name === account || /^\d{12}$/.test(name) || /\b(?:account|organization|root)\b/i.test(type) || name === 'root')
    return [];
  if (/^IAM user$/i.test(type))
    return account === '' ? [] : [link('principal', name.split('/').at(-1) ?? name, account)];
  return type === '' ? [] : [link('resource', name, `${account}:${type}`)];
}

/** A link as the store knows it: which alerts named it, and on how many days in a row alerts did. */
export interface KnownLink {
  /**
   * The last alert that draws others to itself by this link, and those since that do not (see `draws`); without one, those that
   * wait for it. At most `mostWaiting`.
   */
  alertIds: readonly number[];
  at: Date;
  days: number;
}

/** So many alerts that draw nobody to themselves are kept with a link. */
const mostWaiting = 10;

/** What a link is after one more alert that names it. */
export const seenOn = (known: KnownLink | undefined, alert: Naming, link: AlertLink, now: Date): KnownLink => {
  const rested = known === undefined || now.getTime() - known.at.getTime() > restMs;
  const sameDay = known !== undefined && dayOf(known.at) === dayOf(now);
  return {
    alertIds: rested || draws(alert, link) ? [alert.id] : [...known.alertIds, alert.id].slice(-mostWaiting),
    at: now,
    days: rested ? 1 : sameDay ? known.days : known.days + 1,
  };
};

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** Whether a link is too common to tell an attack by. */
const isCommon = ({ at, days }: KnownLink, now: Date): boolean =>
  (dayOf(at) === dayOf(now) ? days : days + 1) > mostDays;

/** An alert with what it names. */
export type Naming = Pick<Alert, 'id' | 'mode' | 'signal'> & { links: readonly AlertLink[] };

/** Why an alert belongs to another one. */
export interface Join {
  link: AlertLink;
  /** The alert that it shares this with. */
  with: Alert;
}

/** What tells an attacker; a resource tells only what was attacked. */
const tellsWho = ({ kind }: AlertLink): boolean => kind !== 'resource';

/** A type of GuardDuty's, by whomever it is passed on. Source: GuardDuty user guide, "Finding format". */
const threatType = /^[A-Za-z]+:[A-Za-z0-9]+\/[A-Za-z0-9]/;

/** Whether an alert tells of an attack: it says who did it or from where, or it is a finding of a threat. */
const isAttack = ({ signal, links }: Naming): boolean =>
  links.some(tellsWho) || signal.source === 'guardduty' || threatType.test(signal.kind);

/** Two notifications are nothing to act on, and two faults of one resource are no attack. */
const belong = (a: Naming, b: Naming, link: AlertLink): boolean =>
  (a.mode === 'alert' || b.mode === 'alert') && (tellsWho(link) || isAttack(a) || isAttack(b));

/** Whether everything that names this link belongs to this alert. */
const draws = (alert: Naming, link: AlertLink): boolean =>
  alert.mode === 'alert' && (tellsWho(link) || isAttack(alert));

/**
 * The alerts whose story a new one goes on with, each once and by the most telling link that they share: those that named it
 * within the window and are not over by somebody's word. None: it stands alone.
 */
export function joinsOf(
  alert: Naming,
  {
    now,
    windowMs,
    known,
    alertOf,
    linksOfAlert,
  }: {
    now: Date;
    windowMs: number;
    known: (name: string) => KnownLink | undefined;
    alertOf: (id: number) => Alert | undefined;
    linksOfAlert: (alert: Alert) => readonly AlertLink[];
  },
): Join[] {
  const joins = new Map<number, Join>();
  const isRecent = (at: Date): boolean => now.getTime() - at.getTime() <= windowMs;
  for (const link of alert.links) {
    const seen = known(link.name);
    if (seen === undefined || !isRecent(seen.at) || isCommon(seen, now)) continue;
    for (const id of seen.alertIds.toReversed()) {
      const other = alertOf(id);
      if (other === undefined || joins.has(id) || !mayBeMember(other) || !isRecent(other.lastSeen)) continue;
      if (belong(alert, { ...other, links: linksOfAlert(other) }, link)) joins.set(id, { link, with: other });
    }
  }
  return [...joins.values()];
}

/** Of two incidents that turn out to be one, the older one goes on. Those that are only being made have ids below 0. */
export const byAge = (a: Incident, b: Incident): number =>
  a.openedAt.getTime() - b.openedAt.getTime() || Number(a.id < 0) - Number(b.id < 0) || Math.abs(a.id) - Math.abs(b.id);

/** A storm is a story of its own, what is only stored is none, and what somebody resolved is over by their word. */
const mayBeMember = ({ mode, stormId, resolvedBy }: Alert): boolean =>
  mode !== 'digest' && stormId === null && resolvedBy === null;

/** What several alerts share, the most telling first; of one kind that which most share. */
export function sharedBy(alerts: readonly Alert[], isOwn: OwnAddress): { link: AlertLink; count: number }[] {
  const counts = new Map<string, { link: AlertLink; count: number }>();
  for (const { signal } of alerts)
    for (const each of linksOf(signal, isOwn))
      counts.set(each.name, { link: each, count: (counts.get(each.name)?.count ?? 0) + 1 });
  return [...counts.values()]
    .filter(({ count }) => count > 1)
    .sort((a, b) => kinds.indexOf(a.link.kind) - kinds.indexOf(b.link.kind) || b.count - a.count);
}

/** By number: the alert before that an alert goes on with, by the most telling thing that they share. Alerts come in order. */
export function followsIn(alerts: readonly Alert[], isOwn: OwnAddress): Map<number, { id: number; link: AlertLink }> {
  const last = new Map<string, number>();
  const follows = new Map<number, { id: number; link: AlertLink }>();
  for (const { id, signal } of alerts) {
    const links = linksOf(signal, isOwn);
    const link = links.find(({ name }) => last.has(name));
    const before = last.get(link?.name ?? '');
    if (link !== undefined && before !== undefined) follows.set(id, { id: before, link });
    for (const { name } of links) last.set(name, id);
  }
  return follows;
}

/** The alert of an incident that is looked into for all: the first that names a caller. They come in order. */
export const speakerOf = (members: readonly Alert[]): Alert | undefined =>
  members.find(({ signal }) => signal.actor !== undefined) ?? members[0];

/** A member as far as it decides who leads. */
export type Member = Pick<Alert, 'id' | 'severity' | 'state' | 'mode' | 'leads' | 'level'>;

/**
 * The alert whose timer is the incident's: the worst that fires or is in somebody's hands; of several the one that leads
 * already, then one that is in hand, then the one that called most levels, then the oldest. While the worst is in hand, what is not worse calls nobody: whoever has
 * the incident has it too. Undefined: there is nothing to call for.
 */
export function leadOf(members: readonly Member[]): Member | undefined {
  const rank = ({ severity, state, leads, level, id }: Member) =>
    [severityRank(severity), leads ? 0 : 1, state === 'acknowledged' ? 0 : 1, -level, id] as const;
  return members
    .filter(({ state, mode }) => mode === 'alert' && (state === 'firing' || state === 'acknowledged'))
    .sort((a, b) => compared(rank(a), rank(b)))[0];
}

function compared(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place === -1 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}
