import type { Alert, AlertState } from '../../alerts/alert.ts';
import type { Severity } from '../../alerts/severity.ts';
import type { Actor, Resource, Signal } from '../../alerts/signal.ts';
import { capitalized, clipWords, oneLine } from '../../words/text.ts';
import { clipMrkdwn, fallback, type Mrkdwn, md } from '../escape.ts';

/** Colour is never alone: the word stands beside it, and each severity has a sign of its own. */
const severityLook = {
  critical: { sign: '🚨', colour: '#8f0019' },
  high: { sign: '🔴', colour: '#d92d20' },
  medium: { sign: '🟠', colour: '#e8912d' },
  low: { sign: '🔵', colour: '#3b82c4' },
  info: { sign: '⚪', colour: '#8a94a0' },
} as const satisfies Record<Severity, { sign: string; colour: string }>;

const quietColours = { snoozed: '#8a94a0', resolved: '#5fa777' } as const;

export const severityWord = (severity: Severity): string => capitalized(severity);

export const severitySign = (severity: Severity): string => severityLook[severity].sign;

/** Severity's colour while the alert wants something of somebody; grey while it sleeps, green when it is over. */
export const colour = (alert: Alert): string =>
  alert.state === 'snoozed' || alert.state === 'resolved'
    ? quietColours[alert.state]
    : severityLook[alert.severity].colour;

const stateSign = { acknowledged: '👀', snoozed: '💤', resolved: '✅' } as const;

/** The sign to find an alert's state by at a glance: its severity's while nobody has it in hand. */
export const sign = (alert: Alert): string =>
  alert.state === 'firing' ? severitySign(alert.severity) : stateSign[alert.state];

export const stateWord: Record<AlertState, string> = {
  firing: 'Firing',
  acknowledged: 'Acknowledged',
  snoozed: 'Snoozed',
  resolved: 'Resolved',
};

/** How urgent, in words: "Critical", "High, acknowledged", "Resolved". */
const urgency = (alert: Alert): string =>
  alert.state === 'resolved'
    ? 'Resolved'
    : alert.state === 'firing'
      ? severityWord(alert.severity)
      : `${severityWord(alert.severity)}, ${alert.state}`;

/** Where, as people say it: the account's name, else its number, else the region; empty when the alert says nothing. */
export const where = ({ signal }: Alert, max = 50): string =>
  oneLine(signal.accountName ?? signal.account ?? signal.region ?? '', max);

/**
 * Reasons that tell of the caller or of the outcome instead of what was done, or of several things that may have been done: they
 * are no title. "root changed something" and "stopped, deleted or changed a trail" say less than the name of the call.
 */
const noConsequence = /\bsomething\b|\bor\b|^root (?:was used|signed in)\b|\bdid not succeed$|\bmade the call$/;

/** The judge's own first reason where it says what was done, and the reasons that are left. */
export function judged({ judgement }: Signal): { deed: string | undefined; others: string[] } {
  const reasons = (judgement?.reasons ?? []).map((reason) => oneLine(reason, 200)).filter((reason) => reason !== '');
  const [first, ...others] = reasons;
  // What was refused has no consequence: its title says what was tried.
  return first === undefined || noConsequence.test(first) || reasons.some((reason) => /\bdid not succeed$/.test(reason))
    ? { deed: undefined, others: reasons }
    : { deed: first, others };
}

/**
 * What it means and for what: "Security group opened to the internet: sg-1", else the title, of an API call with what it was done
 * to: "Stop logging in CloudTrail: org-trail". Plain text, one line.
 */
export function consequence(signal: Signal): string {
  const { deed } = judged(signal);
  const { kind, name } = signal.resource === undefined ? { kind: '', name: '' } : what(signal.resource);
  const said = deed
    ?.replace(/^it\b/, kind === '' ? 'it' : kind)
    .replace(/^(?:an?|the) /i, '')
    .replace(/ (?:was|were) /, ' ');
  const deedOrTitle = said === undefined ? oneLine(signal.title, 150) || 'Alert without a title' : capitalized(said);
  const named = name === '' || signal.judgement === undefined || deedOrTitle.includes(name);
  const [outcome = ''] = / \((?:refused|failed)\)$/.exec(deedOrTitle) ?? [];
  const text = named ? deedOrTitle : `${deedOrTitle.slice(0, deedOrTitle.length - outcome.length)}: ${name}${outcome}`;
  return signal.actor?.type === 'root' && !/\broot\b/i.test(text) ? `Root user: ${text}` : text;
}

/** A header longer than this takes two lines. */
export const headlineMax = 90;

/** Severity, where, and what it means: the first line of everything that is said about an alert. Plain text, one line. */
export function headline(alert: Alert): string {
  const place = where(alert, 40);
  const start = `${sign(alert)} ${urgency(alert)} · ${place === '' ? '' : `${place} · `}`;
  return `${start}${clipWords(consequence(alert.signal), headlineMax - start.length)}`;
}

/** The sentence under the headline; empty when it says no more than the title does. */
export function alertSentence({ signal }: Pick<Alert, 'signal'>): string {
  const line = oneLine(signal.sentence, 700);
  return line.replace(/\.$/, '') === oneLine(signal.title, 150).replace(/\.$/, '') ? '' : line;
}

/** A phone's lock screen shows about this much of a notification. */
export const phoneMax = 110;

/**
 * What a phone shows: the alert first (grade, where, what it means), then who did it where there is room, then `end`.
 * Source: docs.slack.dev/changelog/2026/07/13/notification-changes: phones read `text`, desktops the blocks.
 */
export function phoneText(alert: Alert, end: Mrkdwn = md``): string {
  const place = where(alert, 30);
  const grade = alert.state === 'resolved' ? 'Resolved' : severityWord(alert.severity);
  const start = `${sign(alert)} ${grade}${place === '' ? '' : ` ${place}`}: `;
  const tail = md` #${alert.id}${end}`;
  const subject = consequence(alert.signal);
  const by = oneLine(alert.signal.actor?.name ?? '', 60);
  const signed = by === '' || subject.includes(by) ? subject : `${subject} by ${by}`;
  const fits = (text: string): boolean => md`${start}${text}${tail}`.toString().length <= phoneMax;
  if (fits(`${signed}.`)) return fallback(md`${start}${signed}.${tail}`);
  // Escaped text is longer than it looks: shortened until it fits.
  let shown = subject;
  for (let max = phoneMax; max > 10 && !fits(shown); max -= 3) shown = clipWords(subject, max);
  return clipMrkdwn(md`${start}${shown}${tail}`.toString().trim(), phoneMax);
}

const actorWord: Record<Actor['type'], string> = {
  root: 'root user',
  user: 'user',
  role: 'role',
  federated: 'federated user',
  service: 'AWS service',
  account: 'account',
  anonymous: 'anonymous caller',
  unknown: '',
};

/** What kind of caller, and the name where it says more than the kind. */
export function who(actor: Actor): { kind: string; name: string } {
  const name = oneLine(actor.name, 150);
  const kind = actorWord[actor.type];
  const nameless = name === '' || name.toLowerCase() === actor.type || name.toLowerCase() === kind;
  return { kind: kind === '' && nameless ? 'unknown' : kind, name: nameless ? '' : name };
}

/** What kind of thing, and its short name. */
export const what = (resource: Resource): { kind: string; name: string } => ({
  kind: oneLine(resource.type ?? '', 60),
  name: oneLine(resource.name, 200),
});

/** "once", "12 times" */
export const times = (count: number): string => (count === 1 ? 'once' : `${count.toLocaleString('en')} times`);
