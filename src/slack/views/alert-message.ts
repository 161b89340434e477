import type { ActionsBlock, ContextBlock, KnownBlock, RichTextElement } from '@slack/types';
import type { Alert } from '../../alerts/alert.ts';
import { formatDuration } from '../../alerts/durations.ts';
import { isFlapping } from '../../alerts/grouping.ts';
import type { Actor, Resource, Signal } from '../../alerts/signal.ts';
import { capitalized, listed, oneLine } from '../../alerts/text.ts';
import { momentIn, richDate, slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, mention, safeUrl, userMention } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds, alertBlockId, snoozeChoices } from './action-ids.ts';
import { colour, headline, sentence, spokenAlert, times, what, who } from './alert-words.ts';
import {
  actions,
  bold,
  button,
  code,
  context,
  header,
  lineBreak,
  option,
  plain,
  richText,
  section,
  words,
} from './elements.ts';

/** What the message tells beyond the alert itself. */
export interface AlertContext {
  /** Steps of the alert's escalation policy. */
  levels?: number;
  /** Who the next step calls, as plain names: a mention would call them now. */
  next?: string[];
}

/**
 * An alert's one message in its channel, as the alert stands now. What a person needs first (what, where, in whose
 * hands, the buttons) stands in the message itself; the facts stand beside a coloured bar, which Slack may fold.
 */
export function alertMessage(alert: Alert, extra: AlertContext = {}): Message {
  const said = sentence(alert);
  // Once somebody has it in hand, the mention has done its work: an edit calls nobody.
  const calls = alert.state === 'firing' ? alert.mention.map(mention).filter((call) => call !== undefined) : [];
  return {
    text: fallback(summary(alert)),
    blocks: [
      header(headline(alert)),
      ...(said === '' || alert.state === 'resolved' ? [] : [richText(words(said, 700))]),
      ...(calls.length === 0 ? [] : [section(joined(calls.slice(0, 20), md` `))]),
      state(alert, extra),
      ...(alert.mode === 'alert' ? [buttons(alert)] : []),
    ],
    attachments: [{ color: colour(alert), blocks: details(alert) }],
  };
}

/** What notifications and screen readers say: headline, sentence, and in whose hands it is. */
const summary = (alert: Alert): Mrkdwn =>
  alert.state === 'resolved'
    ? md`${headline(alert)}. ${ending(alert)}`
    : alert.state === 'acknowledged' && alert.acknowledgedBy !== null
      ? md`${spokenAlert(alert)} Acknowledged by ${userMention(alert.acknowledgedBy)}.`
      : spokenAlert(alert);

/** One grey line: the alert's number and in whose hands it is. */
function state(alert: Alert, extra: AlertContext): ContextBlock {
  const parts = [md`#${alert.id}`, ...hands(alert, extra)];
  const lines = [joined(parts, md` · `)];
  if (isFlapping(alert.flaps))
    lines.push(
      md`🔀 *Flapping*: AWS changed its mind ${alert.flaps.length} times in 10 min. Further changes show here only.`,
    );
  return context(...lines);
}

function hands(alert: Alert, extra: AlertContext): Mrkdwn[] {
  const assigned = alert.assignee === null ? [] : [md`assigned to ${userMention(alert.assignee)}`];
  switch (alert.state) {
    case 'firing':
      return alert.mode === 'alert' ? [md`nobody has acknowledged yet`, ...assigned, ...ladder(alert, extra)] : [];
    case 'acknowledged': {
      const by =
        alert.acknowledgedBy === null ? md`acknowledged` : md`acknowledged by ${userMention(alert.acknowledgedBy)}`;
      const at = alert.acknowledgedAt === null ? md`` : md`, ${slackDate(alert.acknowledgedAt)}`;
      return [md`${by}${at}`, ...(alert.assignee === alert.acknowledgedBy ? [] : assigned)];
    }
    case 'snoozed':
      return [
        alert.snoozedUntil === null ? md`snoozed` : md`snoozed until ${slackDate(alert.snoozedUntil)}`,
        ...assigned,
      ];
    case 'resolved':
      return [ending(alert), md`was ${alert.severity}`];
  }
}

/** How far the escalation got, and what it does next. */
function ladder(alert: Alert, { levels, next = [] }: AlertContext): Mrkdwn[] {
  const of = levels === undefined ? '' : ` of ${levels}`;
  const reached = alert.level === 0 ? [] : [md`escalation level ${alert.level}${of}`];
  if (alert.dueAt === null) return reached;
  const names = next.length === 0 ? '' : ` to ${listed(next.map((name) => oneLine(name, 60)))}`;
  return [...reached, md`escalates${names} ${slackDate(alert.dueAt)}`];
}

/** "Resolved by @ana after 2 h 10 min", "AWS says it is over, after 5 min" */
function ending(alert: Alert): Mrkdwn {
  const how = alert.resolvedBy === null ? md`AWS says it is over,` : md`resolved by ${userMention(alert.resolvedBy)}`;
  if (alert.resolvedAt === null) return how;
  return md`${how} after ${formatDuration(alert.resolvedAt.getTime() - alert.firstSeen.getTime())}, ${slackDate(alert.resolvedAt)}`;
}

/** The facts beside the coloured bar, and why they matter. A resolved alert keeps only what identifies it. */
function details(alert: Alert): KnownBlock[] {
  const lines = alert.state === 'resolved' ? identity(alert) : [...identity(alert), ...circumstances(alert)];
  const rows = [...lines, ...links(alert)];
  const elements = rows.flatMap((row, index) => (index === 0 ? row : [lineBreak, ...row]));
  const why = alert.state === 'resolved' ? '' : judgement(alert);
  return [
    richText(...elements),
    ...(why === '' ? [] : [{ type: 'context', elements: [plain(why, 1000)] } satisfies KnownBlock]),
  ];
}

/** One line of rich text: a bold label, a colon, and what it says. */
const fact = (label: string, ...value: RichTextElement[]): RichTextElement[] => [
  bold(`${label}:`, 61),
  words(' '),
  ...value,
];

/** Resource, who, and place: always in this order, so that the eye learns where to look. */
function identity({ signal }: Alert): RichTextElement[][] {
  const rows: RichTextElement[][] = [];
  if (signal.resource !== undefined) {
    const { kind, name } = what(signal.resource);
    rows.push(fact('Resource', ...(kind === '' ? [] : [words(`${kind} `)]), code(name)));
  }
  if (signal.actor !== undefined && !isResource(signal.actor, signal.resource))
    rows.push(fact('Who', ...caller(signal.actor, signal.account)));
  // The account's name, where it has one, stands in the headline already.
  if (signal.account !== undefined)
    rows.push(
      fact('Account', code(signal.account), ...(signal.region === undefined ? [] : [words(`, ${signal.region}`)])),
    );
  else if (signal.region !== undefined) rows.push(fact('Region', words(signal.region)));
  return rows;
}

/** A key, say, that is found in public: it stands as the resource already, and who has it is not known. */
const isResource = (actor: Actor, resource: Resource | undefined): boolean =>
  actor.type === 'unknown' && actor.name === resource?.name;

function caller(actor: Actor, account: string | undefined): RichTextElement[] {
  const { kind, name } = who(actor);
  const human = oneLine(actor.human ?? '', 100);
  return [
    ...(kind === '' ? [] : [words(name === '' ? kind : `${kind} `)]),
    ...(name === '' ? [] : [code(name)]),
    ...(human === '' || human === name ? [] : [words(` (${human})`)]),
    ...(actor.mfa === false ? [words(', '), bold('no MFA')] : []),
    ...(actor.account === undefined || actor.account === account
      ? []
      : [words(', of account '), code(actor.account, 60)]),
  ];
}

/** From where, when, why it is rated as it is, and the five most telling other fields; the rest are under "Show details". */
const circumstances = (alert: Alert): RichTextElement[][] => [
  ...fromFact(alert),
  whenFact(alert),
  ...ratingFact(alert),
  ...unsaidFields(alert).map(({ name, value }) => fact(oneLine(name, 60) || '–', momentIn(value) ?? words(value, 250))),
];

/** What stands in the lines above already, or in the headline, is not said again. */
function unsaidFields({ signal: { fields, sourceIp, actor, resource } }: Alert): Signal['fields'] {
  const said = [sourceIp, actor?.accessKeyId, actor?.name, resource?.name];
  return fields
    .filter(({ name, value }) => !said.includes(value) && !(name === 'MFA' && actor?.mfa === false))
    .slice(0, 5);
}

function fromFact({ signal }: Alert): RichTextElement[][] {
  const ip = oneLine(signal.sourceIp ?? '', 100);
  const key = oneLine(signal.actor?.accessKeyId ?? '', 60);
  if (ip === '') return key === '' || key === signal.resource?.name ? [] : [fact('Access key', code(key))];
  return [fact('From', code(ip), ...(key === '' ? [] : [words(' with key '), code(key)]))];
}

function ratingFact({ signal: { judgement } }: Alert): RichTextElement[][] {
  const reasons = oneLine(judgement?.reasons.slice(0, 4).join('; ') ?? '', 300);
  return judgement === undefined || reasons === '' ? [] : [fact(`Why ${judgement.severity}`, words(reasons))];
}

function whenFact({ count, firstSeen, lastSeen, signal }: Alert): RichTextElement[] {
  if (count > 1)
    return fact('Seen', words(`${times(count)}, first `), richDate(firstSeen), words(', last '), richDate(lastSeen));
  const happened = new Date(signal.time);
  return fact('When', richDate(Number.isNaN(happened.getTime()) ? firstSeen : happened));
}

/** Runbook and console, as many as fit: a link longer than what is left is dropped, never cut. */
function links(alert: Alert): RichTextElement[][] {
  const runbook = safeUrl(alert.runbook ?? alert.signal.runbook ?? '');
  const all = [
    // A runbook link from a payload shows its host: whoever wrote the payload chose where it goes.
    ...(runbook === undefined
      ? []
      : [{ url: runbook, title: alert.runbook === null ? `Runbook at ${runbook.host}` : 'Runbook' }]),
    ...alert.signal.links.slice(0, 3).flatMap(({ url, title }) => {
      const safe = safeUrl(url);
      return safe === undefined ? [] : [{ url: safe, title: oneLine(title, 60) || safe.host }];
    }),
  ];
  let space = 4000;
  const row = all.flatMap(({ url, title }): RichTextElement[] => {
    space -= url.href.length;
    return space < 0 ? [] : [words(' · '), { type: 'link', url: url.href, text: title }];
  });
  return row.length === 0 ? [] : [row.slice(1)];
}

/** Why an attacker does this, and which technique it is. Plain text, one line. */
function judgement({ signal: { judgement } }: Alert): string {
  const why = oneLine(judgement?.why ?? '', 300);
  const technique = oneLine(judgement?.technique ?? '', 100);
  return [why === '' ? '' : `Why it matters: ${why}`, technique === '' ? '' : `MITRE ATT&CK ${technique}`]
    .filter((part) => part !== '')
    .join(' · ');
}

/** What can be done now: the usual next step first, then Snooze, then the ⋯ menu for the rest. */
function buttons(alert: Alert): ActionsBlock {
  const id = String(alert.id);
  const press = (action: 'acknowledge' | 'escalate' | 'resolve' | 'reopen' | 'wake' | 'triage', primary = false) =>
    button(
      actionIds[action],
      capitalized(action),
      id,
      `${capitalized(action)} alert ${id}`,
      primary ? 'primary' : undefined,
    );
  const menu = (...choices: (readonly [id: string, text: string])[]) => ({
    type: 'overflow' as const,
    action_id: actionIds.more,
    options: [...choices, ...always].map(([value, text]) => option(value, text)),
  });
  const elements = {
    firing: () => [
      press('acknowledge', true),
      press('escalate'),
      press('resolve'),
      snooze,
      press('triage'),
      menu(toMe, toSomeone),
    ],
    acknowledged: () => [press('resolve', true), press('escalate'), snooze, press('triage'), menu(giveBack, toSomeone)],
    snoozed: () => [
      press('wake', true),
      press('acknowledge'),
      press('resolve'),
      press('triage'),
      menu(toMe, toSomeone),
    ],
    resolved: () => [press('reopen'), press('triage'), menu()],
  }[alert.state]();
  return actions(alertBlockId(alert), elements);
}

const toMe = [actionIds.assignToMe, 'Assign to me'] as const;
const toSomeone = [actionIds.assign, 'Assign to someone…'] as const;
const giveBack = [actionIds.unacknowledge, 'Unacknowledge'] as const;
const always = [
  [actionIds.note, 'Add a note…'],
  [actionIds.silence, 'Silence alerts like this…'],
  [actionIds.details, 'Show details and payload'],
] as const;

const snooze = {
  type: 'static_select' as const,
  action_id: actionIds.snooze,
  placeholder: plain('Snooze'),
  options: Object.entries(snoozeChoices).map(([value, text]) => option(value, text)),
};
