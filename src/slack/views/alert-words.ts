import type { Alert, AlertState } from '../../alerts/alert.ts';
import type { Severity } from '../../alerts/severity.ts';
import type { Actor, Resource } from '../../alerts/signal.ts';
import { capitalized, clip, oneLine } from '../../alerts/text.ts';
import { type Mrkdwn, md } from '../escape.ts';
import { limits } from '../limits.ts';

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

/** Severity, what and where: the first line of everything that is said about an alert. Plain text, one line. */
export function headline(alert: Alert, max: number = limits.header.text): string {
  const start = `${sign(alert)} ${urgency(alert)} · `;
  const place = where(alert);
  const end = place === '' ? '' : ` · ${place}`;
  const title = oneLine(alert.signal.title, 150) || 'Alert without a title';
  return `${start}${clip(title, Math.max(max - start.length - end.length, 20))}${end}`;
}

/** The sentence under the headline; empty when it says no more than the title does. */
export function sentence({ signal }: Alert): string {
  const line = oneLine(signal.sentence, 700);
  return line.replace(/\.$/, '') === oneLine(signal.title, 150).replace(/\.$/, '') ? '' : line;
}

/** Headline and sentence as fallback text. */
export function spokenAlert(alert: Alert): Mrkdwn {
  const said = sentence(alert);
  return said === '' ? md`${headline(alert)}` : md`${headline(alert)}. ${said}`;
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
