import type { ActionsBlock, KnownBlock, RichTextElement } from '@slack/types';
import type { Alert, AlertState } from '../../alerts/alert.ts';
import { type AlertLink, type Incident, linkWords, mostMembers } from '../../alerts/incidents.ts';
import { nextStep } from '../../alerts/next-step.ts';
import { severityRank } from '../../alerts/severity.ts';
import { capitalized, clipWords, oneLine, plural } from '../../words/text.ts';
import { richClock, slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, mention, safeUrl, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds, incidentBlockId } from './action-ids.ts';
import { type AlertContext, ladder } from './alert-message.ts';
import {
  consequence,
  headline,
  headlineMax,
  phoneText,
  severitySign,
  severityWord,
  sign,
  where,
} from './alert-words.ts';
import {
  actions,
  bold,
  button,
  code,
  context,
  header,
  lineBreak,
  option,
  richText,
  section,
  words,
} from './elements.ts';

/** An incident as it stands now. */
export interface IncidentShown {
  incident: Incident;
  /** Its alerts, in the order in which they came; at least one. */
  alerts: readonly Alert[];
  /** Why each is in it, by its number. */
  reasons: ReadonlyMap<number, string>;
  /** What several of them share, the most telling first. */
  shared: readonly { link: AlertLink; count: number }[];
  /** Numbers of alerts of private channels: what they say is left out. */
  withheld: ReadonlySet<number>;
  /** Of the alert that leads: who was called, and who is next. */
  extra?: AlertContext;
}

const isOpen = ({ state }: Alert): boolean => state !== 'resolved';

/** The worst of those that are open, else of all; the first of several. */
export const worstOf = (alerts: readonly Alert[]): Alert | undefined =>
  [...alerts].sort(
    (a, b) =>
      Number(isOpen(b)) - Number(isOpen(a)) || severityRank(a.severity) - severityRank(b.severity) || a.id - b.id,
  )[0];

/** Firing while nobody has one of them in hand; resolved when all are. */
function stateOf(alerts: readonly Alert[]): AlertState {
  const states: readonly AlertState[] = ['firing', 'acknowledged', 'snoozed'];
  return states.find((state) => alerts.some((alert) => alert.state === state)) ?? 'resolved';
}

/** "🚨 Critical · prod-payments · Incident 3, 7 alerts: CloudTrail logging stopped: org-trail" */
export function incidentHeadline({ incident, alerts }: Pick<IncidentShown, 'incident' | 'alerts'>): string {
  const worst = worstOf(alerts);
  const title = `Incident ${incident.id}, ${plural(alerts.length, 'alert')}`;
  if (worst === undefined) return title;
  const state = stateOf(alerts);
  const signs = { firing: severitySign(worst.severity), acknowledged: '👀', snoozed: '💤', resolved: '✅' };
  const urgency = state === 'resolved' ? 'Resolved' : severityWord(worst.severity);
  const place = where(worst, 40);
  const start = `${signs[state]} ${urgency} · ${place === '' ? '' : `${place} · `}${title}: `;
  return `${start}${clipWords(consequence(worst.signal), Math.max(30, headlineMax + 15 - start.length))}`;
}

/**
 * The one message of an attack: what it means by its worst alert; what its alerts share; what to do first; in whose hands it
 * is; its alerts in order, each with what it means and why it is here; one row of buttons. Over, it is the title and the list.
 */
export function incidentMessage(shown: IncidentShown): Message {
  const { incident, alerts } = shown;
  const title = incidentHeadline(shown);
  const worst = worstOf(alerts);
  const step = stateOf(alerts) === 'firing' ? firstStep(alerts) : undefined;
  const lines = [sharedLine(shown), step === undefined ? [] : [words(`▶ ${step}`)]].filter((line) => line.length > 0);
  return {
    text:
      worst === undefined ? title : phoneText(worst, md` Incident ${incident.id}, ${plural(alerts.length, 'alert')}.`),
    blocks: [
      richText(bold(title), ...lines.flatMap((line) => [lineBreak, ...line])),
      context(joined([md`Incident ${incident.id}`, ...hands(shown)], md` · `)),
      richText(...memberLines(shown)),
      ...buttons(shown),
    ],
  };
}

/** What to do first: of the worst alert for which something is known. */
const firstStep = (alerts: readonly Alert[]): string | undefined =>
  [...alerts]
    .filter(isOpen)
    .sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || a.id - b.id)
    .flatMap(({ signal }) => nextStep(signal) ?? [])[0];

/** So much of what they share is named. */
const mostShared = 4;

/** "access key" */
const kindOf = (link: AlertLink): string => linkWords({ ...link, value: '' }).trim();

/** "access key `AKIA…` (5 of 7), address `198.51.100.23` (6 of 7)" */
const sharedLine = ({ shared, alerts }: IncidentShown): RichTextElement[] =>
  shared
    .slice(0, mostShared)
    .flatMap(({ link, count }, index) => [
      words(`${index === 0 ? '🔗 ' : ', '}${kindOf(link)} `),
      code(link.value, 100),
      ...(count === alerts.length ? [] : [words(` (${count} of ${alerts.length})`)]),
    ]);

/** In whose hands its alerts are, who was called and who is next. */
function hands({ alerts, incident, extra = {} }: IncidentShown): Mrkdwn[] {
  const lead = alerts.find(({ leads }) => leads);
  const of = (state: AlertState) => alerts.filter((alert) => alert.state === state);
  const by = (all: readonly Alert[], who: (alert: Alert) => string | null) =>
    [...Map.groupBy(all, who)].slice(0, 8).map(([user, those]) => ({ user, count: those.length }));
  const firing = of('firing').filter(({ mode }) => mode === 'alert').length;
  const part = (count: number): string => (count === alerts.length ? '' : ` ${count}`);
  return [
    ...(firing === 0 ? [] : [md`*${firing === alerts.length ? '' : `${firing} `}not acknowledged*`]),
    ...by(of('acknowledged'), ({ acknowledgedBy }) => acknowledgedBy).map(({ user, count }) =>
      user === null ? md`acknowledged${part(count)}` : md`👀 ${userMention(user)} acknowledged${part(count)}`,
    ),
    ...by(of('resolved'), ({ resolvedBy }) => resolvedBy).map(
      ({ user, count }) => md`✅ ${user === null ? md`AWS` : userMention(user)} resolved${part(count)}`,
    ),
    ...(of('snoozed').length === 0 ? [] : [md`💤 ${of('snoozed').length} snoozed`]),
    ...(lead === undefined || lead.state !== 'firing' ? [] : ladder(lead, extra)),
    ...(incident.count < mostMembers ? [] : [md`full: what comes next begins another incident`]),
  ];
}

/** So many of the first and of the last alerts are listed. */
const listed = { first: 8, last: 12 };

function memberLines(shown: IncidentShown): RichTextElement[] {
  const { alerts, incident } = shown;
  const line = (alert: Alert): RichTextElement[] => [lineBreak, ...memberLine(alert, reasonFor(alert, shown))];
  const left = alerts.length - listed.first - listed.last;
  const lines =
    left <= 0
      ? alerts.flatMap(line)
      : [
          ...alerts.slice(0, listed.first).flatMap(line),
          lineBreak,
          words(`… ${left} more: /audit alerts --incident ${incident.id}`),
          ...alerts.slice(-listed.last).flatMap(line),
        ];
  return lines.slice(1);
}

/** Why an alert is here, without what stands above already: nothing where all share it, "same address as #3" where some do. */
function reasonFor({ id }: Alert, { alerts, reasons, shared, withheld }: IncidentShown): string | undefined {
  const reason = reasons.get(id);
  const above = shared.slice(0, mostShared);
  for (const { link, count } of above) {
    const named = `same ${linkWords(link)}`;
    const rest = reason?.startsWith(named) === true ? reason.slice(named.length) : '';
    if (!/^ as #\d+$/.test(rest)) continue;
    if (count === alerts.length - withheld.size) return undefined;
    return `same ${kindOf(link)}${rest}`;
  }
  return reason;
}

/** "8:35 AM 🔴 #6 CloudTrail logging stopped: org-trail · same address 198.51.100.23 as #3" */
function memberLine(alert: Alert, reason: string | undefined): RichTextElement[] {
  return [
    richClock(alert.firstSeen, alert.firstSeen),
    words(` ${sign(alert)} `),
    bold(`#${alert.id}`),
    words(` ${clipWords(consequence(alert.signal), 120)}${reason === undefined ? '' : ` · ${oneLine(reason, 120)}`}`),
  ];
}

function buttons({ incident, alerts }: IncidentShown): ActionsBlock[] {
  const value = String(incident.id);
  const press = (id: string, text: string, style?: 'primary') =>
    button(id, text, value, `${text} incident ${incident.id}`, style);
  const can = alerts.some(({ mode }) => mode === 'alert');
  const open = alerts.filter(isOpen);
  const [free, held] = [
    open.some(({ state }) => state === 'firing' || state === 'snoozed'),
    open.some(({ state }) => state === 'acknowledged'),
  ];
  const menu = {
    type: 'overflow' as const,
    action_id: actionIds.more,
    options: [
      ...(held ? [option(actionIds.incidentUnacknowledge, 'Unacknowledge')] : []),
      option(actionIds.incidentSplit, 'Take alerts out…'),
      option(actionIds.incidentList, 'Open list'),
      option(actionIds.incidentExport, 'Export timeline'),
    ],
  };
  return [
    actions(incidentBlockId(incident), [
      ...(can && free ? [press(actionIds.incidentAcknowledge, 'Acknowledge', 'primary')] : []),
      ...(can && open.length > 0
        ? [
            press(actionIds.incidentEscalate, 'Escalate'),
            press(actionIds.incidentResolve, 'Resolve', free ? undefined : 'primary'),
          ]
        : []),
      menu,
    ]),
  ];
}

/** The message of an alert that is part of an incident or a storm: one line, and the way there. */
export function foldedMessage(alert: Alert, permalink: string): Message {
  const url = safeUrl(permalink);
  const whole = alert.incidentId === null ? 'the storm' : `incident ${alert.incidentId}`;
  const calls = alert.state === 'firing' ? alert.mention.map(mention).filter((call) => call !== undefined) : [];
  return {
    text: phoneText(alert, md` ${capitalized(whole)}.`),
    blocks: [
      ...(calls.length === 0 ? [] : [section(joined(calls.slice(0, 20), md` `))]),
      richText(
        words(`${headline(alert)} · #${alert.id} · `),
        url === undefined ? words(`in ${whole}`) : { type: 'link', url: url.href, text: `in ${whole}` },
      ),
    ],
  };
}

/** What joined an incident, as a reply in its thread; whoever has the incident in hand is told by name. */
export function joinedReply(
  alerts: readonly Alert[],
  reasons: ReadonlyMap<number, string>,
  owner: string | null,
): Message {
  const worst = worstOf(alerts);
  const shown = alerts.slice(0, 10);
  const more = alerts.length - shown.length;
  return {
    text: worst === undefined ? 'New in this incident' : phoneText(worst),
    blocks: [
      ...(owner === null ? [] : [section(md`${userMention(owner)}, new in the incident that you have:`)]),
      richText(
        words('➕ '),
        bold(alerts.length === 1 ? 'New in this incident' : `${alerts.length} new in this incident`),
        ...shown.flatMap((alert) => [lineBreak, ...memberLine(alert, reasons.get(alert.id))]),
        ...(more === 0 ? [] : [lineBreak, words(`… ${more} more`)]),
      ),
    ],
  };
}

/** `/audit incident`: the newest, two lines each. */
export function incidentList(
  incidents: readonly Pick<IncidentShown, 'incident' | 'alerts'>[],
  partly: boolean,
): Message {
  const title = incidents.length === 0 ? 'No incidents' : plural(incidents.length, 'incident');
  const rows = incidents.map((shown) =>
    section(
      md`*${incidentHeadline(shown)}*\n${joined(hands({ ...shown, reasons: new Map(), shared: [], withheld: new Set() }), md` · `)} · last alert ${slackDate(shown.incident.lastAt)}`,
      button(actionIds.incidentOpen, 'Open', String(shown.incident.id), `Open incident ${shown.incident.id}`),
    ),
  );
  const empty = section(
    md`Alerts that share an access key, a user, an address or a resource become one incident by themselves.`,
  );
  return {
    text: fallback(md`${title}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows: rows.length === 0 ? [empty] : rows,
        foot: partly ? [context(md`Incidents of private channels that you are not in are left out.`)] : [],
      },
      (left) => context(md`${left} more are not shown.`),
    ),
  };
}

/** An incident of which nothing is left: its alerts stand alone again, or are of the incident to whose message the link leads. */
export function endedIncident({ id, mergedInto }: Incident, permalink: string): Message {
  if (mergedInto === null)
    return {
      text: fallback(md`Incident ${id} is none any more.`),
      blocks: [context(md`Incident ${id} is none any more: its alerts have messages of their own.`)],
    };
  const url = safeUrl(permalink);
  const there = `incident ${mergedInto}`;
  return {
    text: fallback(md`Incident ${id} became part of ${there}.`),
    blocks: [
      richText(
        words(`🔗 Incident ${id} became part of `),
        url === undefined ? words(there) : { type: 'link', url: url.href, text: there },
        words(', where all its alerts are.'),
      ),
    ],
  };
}
