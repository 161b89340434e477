import type { ActionsBlock, RichTextBlock, RichTextElement, SectionBlock } from '@slack/types';
import type { Alert, AlertState } from '../../alerts/alert.ts';
import { isFlapping } from '../../alerts/grouping.ts';
import { nextStep } from '../../alerts/next-step.ts';
import type { Actor, Signal } from '../../alerts/signal.ts';
import { formatDuration } from '../../words/durations.ts';
import { capitalized, oneLine } from '../../words/text.ts';
import { momentIn, richClock, slackAt, slackClock } from '../dates.ts';
import { joined, type Mrkdwn, md, mention, safeUrl, userMention } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds, alertBlockId } from './action-ids.ts';
import {
  alertSentence,
  colour,
  consequence,
  headline,
  judged,
  phoneText,
  severityWord,
  sign,
  times,
  what,
  where,
  who,
} from './alert-words.ts';
import {
  actions,
  bold,
  button,
  code,
  context,
  lineBreak,
  option,
  plain,
  richText,
  section,
  words,
} from './elements.ts';
import { targetWords } from './target-words.ts';

/** What the message tells beyond the alert itself. */
export interface AlertContext {
  /** Steps of the alert's escalation policy. */
  levels?: number;
  /** Who the next step calls, as plain names: a mention would call them now. */
  next?: string[];
  /** Whom the next step calls beside these, as targets: only a mention names them. */
  mentions?: string[];
  /** Who was called last, and when: they have the call already, so that a mention calls nobody anew. */
  called?: { targets: string[]; at: Date };
  /** What its route wants beside the bar, by name and in this order (`routes[].show`). */
  show?: readonly string[];
  /** The incident that it is part of, and how many alerts this has. */
  incident?: { id: number; count: number };
}

/**
 * An alert's one message in its channel, as the alert stands now. While it fires: what it means; who, from where, when;
 * what to do first; in whose hands it is; one row of buttons; and the other facts beside a coloured bar, which Slack may
 * fold. Each fact stands once. In somebody's hands or over it is two lines, and what is only for information is one.
 */
export function alertMessage(alert: Alert, extra: AlertContext = {}): Message {
  if (alert.mode === 'notification' && alert.severity === 'info') return information(alert);
  const acts = alert.mode === 'alert';
  if (alert.state === 'resolved')
    return {
      text: phoneText(alert, md` ${ending(alert, 'Resolved')}`),
      blocks: [titled(alert), resolvedLine(alert, acts)],
    };
  if (alert.state !== 'firing')
    return {
      text: phoneText(
        alert,
        alert.acknowledgedBy === null ? md`` : md` Acknowledged by ${userMention(alert.acknowledgedBy)}`,
      ),
      blocks: [titled(alert), context(...standing(alert, extra)), ...(acts ? [buttons(alert, alert.state)] : [])],
    };
  const said = new Said(headline(alert));
  const step = nextStep(alert.signal);
  // Links alone need no line of their own: each line more pushes the next alert off the screen.
  const first = [circumstances(alert, said), ...(step === undefined ? links(alert).map((link) => [link]) : [])];
  const lines = [
    first.filter((part) => part.length > 0).flatMap(separated(' · ')),
    ...(step === undefined ? [] : [[words(`▶ ${step}`), ...links(alert).flatMap((link) => [words(' · '), link])]]),
  ].filter((line) => line.length > 0);
  // Once somebody has it in hand, the mention has done its work: an edit calls nobody.
  const calls = alert.mention.map(mention).filter((call) => call !== undefined);
  const { line: facts, placeOnly } = beside(alert, said, extra.show);
  const [hand = md`#${alert.id}`, ...notes] = standing(alert, extra);
  // Where it happened alone is no reason for a bar of its own.
  const inHand = placeOnly ? md`${hand} · ${facts}` : hand;
  return {
    text: phoneText(alert),
    blocks: [
      titled(alert, ...lines),
      // Slack calls nobody by what stands in a grey line.
      ...(calls.length === 0
        ? [context(inHand, ...notes)]
        : [
            section(joined([joined(calls.slice(0, 20), md` `), inHand], md` · `)),
            ...notes.map((note) => context(note)),
          ]),
      ...(acts ? [buttons(alert, alert.state)] : []),
    ],
    ...(facts === '' || placeOnly
      ? {}
      : { attachments: [{ color: colour(alert), blocks: [{ type: 'context', elements: [plain(facts)] }] }] }),
  };
}

/** The headline in bold, and below it what else is known: a header of Slack takes the height of two lines. */
const titled = (alert: Alert, ...lines: RichTextElement[][]): RichTextBlock =>
  richText(bold(headline(alert)), ...lines.flatMap((line) => [lineBreak, ...line]));

/** One grey line: nobody has to do anything. */
function information(alert: Alert): Message {
  const { signal } = alert;
  const place = where(alert);
  const by = who(signal.actor ?? { type: 'unknown', name: '' });
  const text = consequence(signal);
  const parts = [
    md`${sign(alert)} ${alert.state === 'resolved' ? 'Resolved' : severityWord(alert.severity)}`,
    ...(place === '' ? [] : [md`${place}`]),
    md`${text}`,
    ...(by.name === '' || text.includes(by.name) ? [] : [md`${by.name}`]),
    // When it came first stands beside the message.
    ...(alert.count === 1 ? [] : [md`${times(alert.count)}, last ${slackClock(alert.lastSeen, alert.firstSeen)}`]),
    ...(lateness(alert) === undefined ? [] : [md`Late`]),
    md`#${alert.id}`,
  ];
  return { text: phoneText(alert), blocks: [context(joined(parts, md` · `))] };
}

/** The alert's number and in whose hands it is; below it, that it flaps, and that its message was long on the way. */
function standing(alert: Alert, extra: AlertContext): Mrkdwn[] {
  const { incident } = extra;
  const story = incident === undefined ? [] : [md`incident ${incident.id} of ${incident.count} alerts`];
  const inHand = joined([md`#${alert.id}`, ...story, ...hands(alert, extra)], md` · `);
  const late = lateness(alert);
  return [
    inHand,
    ...(isFlapping(alert.flaps)
      ? [md`🔀 *Flapping*: ${alert.flaps.length} changes in 10 minutes. Updates appear here only; no one is called.`]
      : []),
    ...(late === undefined ? [] : [md`⏳ *Late*: ${late}`]),
  ];
}

/** What is said of a message that was long on the way. */
const lateness = ({ signal }: Alert): string | undefined => signal.fields.find(({ name }) => name === 'Late')?.value;

function hands(alert: Alert, extra: AlertContext): Mrkdwn[] {
  const assigned = alert.assignee === null ? [] : [md`assigned to ${userMention(alert.assignee)}`];
  switch (alert.state) {
    case 'firing':
      return alert.mode === 'alert' ? [firstHand(alert), ...assigned, ...ladder(alert, extra)] : [];
    case 'acknowledged': {
      const by =
        alert.acknowledgedBy === null ? md`acknowledged` : md`acknowledged by ${userMention(alert.acknowledgedBy)}`;
      const at = alert.acknowledgedAt === null ? md`` : md` ${slackClock(alert.acknowledgedAt, alert.firstSeen)}`;
      return [md`${by}${at}`, ...(alert.assignee === alert.acknowledgedBy ? [] : assigned)];
    }
    case 'snoozed':
      return [
        alert.snoozedUntil === null ? md`snoozed` : md`snoozed until ${slackClock(alert.snoozedUntil, alert.lastSeen)}`,
        ...assigned,
      ];
    case 'resolved':
      return [ending(alert), md`was ${alert.severity}`];
  }
}

/** Whether one of the two who have to has acknowledged it. */
function firstHand({ acknowledgedBy, secondWanted }: Alert): Mrkdwn {
  if (secondWanted === null) return md`not acknowledged`;
  const by = acknowledgedBy === null ? md`` : md` by ${userMention(acknowledgedBy)}`;
  return md`acknowledged${by}, *${secondWanted === 'lead' ? 'one of the leads' : 'a second person'} has to, too*`;
}

/** Who was called, and who is called next and when. */
export function ladder(
  alert: Pick<Alert, 'level' | 'firingSince' | 'dueAt'>,
  { levels, next = [], mentions = [], called }: AlertContext,
): Mrkdwn[] {
  const near = alert.firingSince;
  const of = levels === undefined ? '' : ` of ${levels}`;
  const whom = called?.targets.slice(0, 10).map(targetWords) ?? [];
  const reached =
    called !== undefined && whom.length > 0
      ? [md`📣 called ${joined(whom, md` `)} ${slackClock(called.at, near)}`]
      : alert.level === 0
        ? []
        : [md`📣 level ${alert.level}${of}`];
  if (alert.dueAt === null) return reached;
  // A message that was posted before anybody was called is edited by now, and an edit calls nobody.
  const named = [
    ...next.map((name) => md`${oneLine(name, 60)}`),
    ...(alert.level === 0 ? [] : mentions.map(targetWords)),
  ];
  const names = named.length === 0 ? md`level ${alert.level + 1}${of}` : joined(named.slice(0, 10), md`, `);
  return [...reached, md`calls ${names} ${slackAt(alert.dueAt, near)}`];
}

/** "resolved by @ana after 2 h 10 min", "resolved by AWS after 5 min" */
function ending(alert: Alert, word = 'resolved'): Mrkdwn {
  const how = md`${word} by ${alert.resolvedBy === null ? 'AWS' : userMention(alert.resolvedBy)}`;
  const as = alert.resolvedAs === null ? md`` : md`: ${alert.resolvedAs}`;
  if (alert.resolvedAt === null) return md`${how}${as}`;
  return md`${how} after ${formatDuration(alert.resolvedAt.getTime() - alert.firstSeen.getTime())}${as}`;
}

/** What stands in the message already. */
class Said {
  #text: string;

  constructor(text: string) {
    this.#text = text.toLowerCase();
  }

  /** Whether a text stands there whole. */
  holds(text: string): boolean {
    return text !== '' && this.#text.includes(text.toLowerCase());
  }

  /** Whether a value is new to the reader; from now on it is not. Words of two letters are no fact that could be found again. */
  isNew(value: string): boolean {
    const line = value.toLowerCase();
    if (line === '' || (line.length > 2 && this.#text.includes(line))) return false;
    this.#text += `\n${line}`;
    return true;
  }
}

/** One line: who did it, from where and when; of what is no API call, what its source says of it. */
function circumstances({ signal, count, lastSeen, firstSeen }: Alert, said: Said): RichTextElement[] {
  const { actor, judgement } = signal;
  const sentence = oneLine(alertSentence({ signal }), 300);
  // The sentence of an API call says what title, caller and address say, and one that quotes the title little more.
  const quotes = said.holds(signal.title) && sentence.toLowerCase().includes(signal.title.toLowerCase());
  const told =
    (judgement === undefined || actor === undefined) && !quotes && said.isNew(sentence) ? [words(sentence, 300)] : [];
  const by = actor === undefined || isResource(actor, signal) ? [] : caller(actor, signal, said);
  const ip = oneLine(signal.sourceIp ?? '', 100);
  const from = ip !== '' && said.isNew(ip) ? [words('from '), code(ip)] : [];
  const happened = new Date(signal.time);
  const at = Number.isNaN(happened.getTime()) ? firstSeen : happened;
  const when =
    count > 1 ? [words(`${times(count)}, last `), richClock(lastSeen, lastSeen)] : [richClock(at, firstSeen)];
  const named = by[0]?.type === 'text' && by[0].style?.bold !== true;
  const start = told.length === 0 ? [] : named ? [words('By ')] : [];
  const person = [[...start, ...by], from].filter((part) => part.length > 0).flatMap(separated(', '));
  return [told, person.length === 0 ? when : [...person, words(', '), ...when]]
    .filter((part) => part.length > 0)
    .flatMap(separated(' '));
}

const separated =
  (separator: string) =>
  (part: RichTextElement[], index: number): RichTextElement[] =>
    index === 0 ? part : [words(separator), ...part];

/** A key, say, that is found in public: it stands as the resource already, and who has it is not known. */
const isResource = (actor: Actor, { resource }: Signal): boolean =>
  actor.type === 'unknown' && actor.name === resource?.name;

/** "`ana`, through `Admin` (ana@example.com), no MFA" */
function caller(actor: Actor, { account }: Signal, said: Said): RichTextElement[] {
  const { kind, name } = who(actor);
  const human = oneLine(actor.human ?? '', 100);
  const [role = '', session] = actor.type === 'role' ? name.split('/') : [];
  const named =
    name === '' || !said.isNew(name)
      ? []
      : session === undefined || session === role
        ? [...(kind === '' ? [] : [words(`${kind} `)]), code(session ?? name)]
        : [code(session), words(', through '), code(role)];
  const parts = [
    named.length === 0 && name === '' && said.isNew(kind) ? [words(kind)] : named,
    human === '' || human === name || !said.isNew(human) ? [] : [words(`(${human})`)],
  ].filter((part) => part.length > 0);
  const outside = actor.account !== undefined && actor.account !== account && said.isNew(actor.account);
  return [
    parts.flatMap(separated(' ')),
    actor.mfa === false ? [bold('no MFA')] : [],
    outside ? [words('of account '), code(actor.account ?? '', 60)] : [],
  ]
    .filter((part) => part.length > 0)
    .flatMap(separated(', '));
}

/** Runbook first: it is what the team itself wrote. As many as fit: a link longer than what is left is dropped, never cut. */
export function links(alert: Pick<Alert, 'runbook' | 'signal'>): RichTextElement[] {
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
  return all.flatMap(({ url, title }): RichTextElement[] => {
    space -= url.href.length;
    return space < 0 ? [] : [{ type: 'link', url: url.href, text: title }];
  });
}

/** What only some readers want at once: it stays under "Details". */
const inDetailsOnly =
  /^(?:access key|from|event id|alarm|change|statistic|dimensions|service|category|status|code|starts|scope|resource type|how to fix|first seen|found|finding|product|workflow|custom action|sample|seen|tags|mfa|late)$/i;

/** What fits into one line of a desktop: a second one pushes the next alert off the screen. The rest is in the details. */
const besideMax = 90;

/** What a route may want shown: each up to this many characters, and so many in all. */
const wantedMax = { each: 250, all: 1500 };

/** Facts that say where, and nothing of what. */
const places: readonly string[] = ['account', 'region'];

/**
 * The other facts, each with its name, beside the bar that Slack may fold: those that the route wants, in its order, else as many
 * of the most telling as fit into a line and do not stand above. `placeOnly`: they say where, and nothing else.
 */
function beside({ signal }: Alert, said: Said, wanted?: readonly string[]): { line: string; placeOnly: boolean } {
  const max = wanted === undefined ? besideMax : wantedMax.all;
  const all = facts(signal);
  const chosen =
    wanted === undefined
      ? all.filter(({ id, value }) => !inDetailsOnly.test(id) && momentIn(value) === undefined)
      : wanted.flatMap((name) => all.find(({ id }) => id.toLowerCase() === name.toLowerCase()) ?? []);
  let line = '';
  const told: string[] = [];
  for (const { id, label, value, most } of chosen) {
    const shown = oneLine(value, wanted === undefined ? most : wantedMax.each);
    const next = `${line}${line === '' ? '' : ' · '}${label === '' ? '' : `${label} `}${shown}`;
    // What a route asks for stands there even where a part of the title says as much.
    const isTold = wanted === undefined ? said.isNew(shown) : shown !== '';
    if (next.length > max || !isTold) continue;
    line = next;
    told.push(id);
  }
  return { line, placeOnly: wanted === undefined && line !== '' && told.every((id) => places.includes(id)) };
}

/** Every fact by the name that a route calls it; `most`: characters of it that are shown where no route asks for it. */
function facts(signal: Signal): { id: string; label: string; value: string; most: number }[] {
  const { judgement, actor, resource, tags = {} } = signal;
  const { deed, others } = judged(signal);
  const thing = resource === undefined ? undefined : what(resource);
  const fact = (id: string, label: string, value: string | undefined, most = 60) => ({
    id,
    label,
    value: value ?? '',
    most,
  });
  return [
    fact('account', 'account', signal.account),
    fact('region', '', signal.region),
    fact('resource', oneLine(thing?.kind ?? '', 60) || 'resource', thing?.name, 80),
    fact('call', '', deed === undefined ? '' : signal.kind),
    fact('key', 'key', actor?.accessKeyId),
    fact('why', deed === undefined ? `why ${judgement?.severity}:` : 'also', others.join('; '), 80),
    // "T1562.001 Impair Defenses": who knows the number knows the name, and the others find both in the details.
    fact('technique', 'technique', oneLine(judgement?.technique ?? '').split(' ', 1)[0]),
    ...signal.fields.map(({ name, value }) => fact(name, oneLine(name, 30).toLowerCase(), value)),
    ...Object.entries(tags).map(([name, value]) => fact(`tag ${name}`, oneLine(name, 30), value, 0)),
  ];
}

/** What can be done now: the usual next steps as buttons, the rest in the ⋯ menu; all in one row of a phone. */
function buttons(alert: Alert, state: Exclude<AlertState, 'resolved'>): ActionsBlock {
  const id = String(alert.id);
  const press = (action: 'acknowledge' | 'escalate' | 'resolve' | 'unacknowledge' | 'wake', primary = false) =>
    button(
      actionIds[action],
      capitalized(action),
      id,
      `${capitalized(action)} alert ${id}`,
      primary ? 'primary' : undefined,
    );
  const elements = {
    firing: () => [press('acknowledge', true), press('escalate'), press('resolve'), menu(snooze, ...usual)],
    acknowledged: () => [press('resolve', true), press('escalate'), press('unacknowledge'), menu(snooze, ...usual)],
    snoozed: () => [press('wake', true), press('acknowledge'), press('resolve'), menu(...usual)],
  }[state]();
  return actions(alertBlockId(alert), elements);
}

/** How it ended, with the menu at its side: nothing has to be pressed any more. */
const resolvedLine = (alert: Alert, acts: boolean): SectionBlock => ({
  ...section(
    joined([md`#${alert.id}`, ...hands(alert, {})], md` · `),
    acts ? menu(reopen, triage, details) : undefined,
  ),
  block_id: alertBlockId(alert),
});

/** Slack takes five choices at most. */
const menu = (...choices: (readonly [id: string, text: string])[]) => ({
  type: 'overflow' as const,
  action_id: actionIds.more,
  options: choices.map(([value, text]) => option(value, text)),
});

const snooze = [actionIds.snooze, 'Snooze…'] as const;
const triage = [actionIds.triage, 'Triage'] as const;
const reopen = [actionIds.reopen, 'Reopen'] as const;
const details = [actionIds.details, 'Details and notes…'] as const;
const usual = [triage, [actionIds.expected, 'Expected or silence…'], [actionIds.assign, 'Assign…'], details] as const;
