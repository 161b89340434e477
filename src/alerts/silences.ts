import { globLiteral } from './glob.ts';
import { type Matcher, matchesSignal } from './matcher.ts';
import type { Signal } from './signal.ts';

/** Signals it matches are stored, and nobody is told, from `from` until before `until`. */
export interface Silence {
  id: number;
  match: Matcher;
  from: Date;
  until: Date;
  reason: string;
  /** Slack user id. */
  createdBy: string;
}

export const isActive = (silence: Silence, now: Date): boolean => silence.from <= now && now < silence.until;

/** The silence that holds a signal back now: of several, the one that ends last. */
export function silenceFor(signal: Signal, silences: readonly Silence[], now: Date): Silence | undefined {
  return silences
    .filter((silence) => isActive(silence, now) && matchesSignal(silence.match, signal))
    .sort((a, b) => b.until.getTime() - a.until.getTime())[0];
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
