import { globLiteral } from '../words/glob.ts';
import { type Matcher, matchesSignal } from './matcher.ts';
import { severities } from './severity.ts';
import type { Signal } from './signal.ts';

/** Signals it matches are stored, and posted nowhere, from `from` until before `until`. */
export interface Silence {
  id: number;
  match: Matcher;
  from: Date;
  until: Date;
  reason: string;
  /** Slack user id. */
  createdBy: string;
}

const isActive = (silence: Silence, now: Date): boolean => silence.from <= now && now < silence.until;

/** The silence that holds a signal back now: of several, the one that ends last. */
export function silenceFor(signal: Signal, silences: readonly Silence[], now: Date): Silence | undefined {
  return silences
    .filter((silence) => isActive(silence, now) && matchesSignal(silence.match, signal))
    .sort((a, b) => b.until.getTime() - a.until.getTime())[0];
}

/** Whether a matcher leaves nothing out: every pattern in it is made of stars and question marks, or there is none. */
export function matchesEverything({ tag = {}, severity, ...patterns }: Matcher): boolean {
  const open = (list: readonly string[] | undefined): boolean =>
    list === undefined || list.length === 0 || list.some((pattern) => /^[*?\s]*$/.test(pattern));
  return (
    Object.values(patterns).every(open) &&
    Object.values(tag).every(open) &&
    (severity === undefined || severities.every((each) => severity.includes(each)))
  );
}

/**
 * The matcher that a silence is prefilled with: the same kind of thing about the same resource (else the same
 * account and region), of an alarm that alarm. Its texts come from outside and are taken literally: a resource named `*`
 * silences itself alone.
 */
export function matcherFor(signal: Signal): Matcher {
  const resource = signal.resource?.arn ?? signal.resource?.name;
  const literal = (text: string | undefined) => (text === undefined || text === '' ? undefined : [globLiteral(text)]);
  const matcher: Matcher = { source: [globLiteral(signal.source)], kind: [globLiteral(signal.kind)] };
  const account = literal(signal.account);
  const region = literal(signal.region);
  const about = literal(resource);
  if (account !== undefined) matcher.account = account;
  if (region !== undefined) matcher.region = region;
  if (about !== undefined) matcher.resource = about;
  // One instance has several alarms: the noise of one must not hide the others.
  const alarm = literal(signal.fields.find(({ name }) => signal.source === 'cloudwatch' && name === 'Alarm')?.value);
  if (alarm !== undefined) matcher.text = alarm;
  return matcher;
}
