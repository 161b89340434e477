import type { Alert, Author, TimelineEvent } from '../alert.ts';
import { flapWindowMs } from '../grouping.ts';
import { isResolution, type Resolution } from '../resolution.ts';
import { type Severity, worse } from '../severity.ts';

/** What the numbers want to know of an alert beside its timeline. */
export interface CountedAlert {
  id: number;
  dedupKey: string;
  title: string;
  severity: Severity;
  source: string;
  kind: string;
  /** 12 digits; null: an alert of no account. */
  account: string | null;
  accountName: string | null;
  /** The escalation policy; null: it calls nobody. */
  policy: string | null;
  mode: Alert['mode'];
  /** The storm in which it is shown, and the level to which that called. */
  storm: { id: number; level: number } | null;
  /** The incident that it is part of. */
  incident: number | null;
}

/** One line of a timeline, as far as spells are made of it. */
export type SpellEvent = Pick<TimelineEvent, 'kind' | 'at' | 'by' | 'detail'>;

/** One spell of firing: from the moment at which it asked people for something until it was resolved. */
export interface Spell {
  alert: CountedAlert;
  severity: Severity;
  /** Null: none, or those of a story in several. */
  account: string | null;
  accountName: string | null;
  began: Date;
  /** The first acknowledgement; null: there was none. */
  acknowledged: { at: Date; by: string | null } | null;
  /** The highest level that was called before somebody acknowledged it; 0: nobody was called. */
  level: number;
  /** Every level was called in vain before somebody acknowledged it. */
  exhausted: boolean;
  /** `as`: what it turned out to be, where whoever resolved it said so. */
  ended: { at: Date; by: Author; as: Resolution | null } | null;
  /** Alerts that it stands for: more than one in a storm or an incident. */
  alerts: number;
  /** Signals of the time that is counted; all of an alert's are with its newest spell of that time. */
  signals: number;
  /** It asks nobody for anything: its route only tells of it or stores it, or a silence held it back. */
  held: boolean;
}

/**
 * The spells of an alert, from its timeline in order. A spell begins when the alert opens or fires again, or when what held it
 * back ends; while it flaps its coming and going is one spell. Giving an acknowledgement back, a snooze and its end begin none.
 */
export function spellsOf(alert: CountedAlert, events: readonly SpellEvent[]): Spell[] {
  const spells: Spell[] = [];
  let flapping = false;
  for (const { kind, at, by, detail } of events) {
    const last = spells.at(-1);
    switch (kind) {
      case 'opened':
      case 'reopened': {
        const since = last?.ended == null ? null : at.getTime() - last.ended.at.getTime();
        flapping &&= since !== null && since < flapWindowMs;
        if (last !== undefined && flapping) last.ended = null;
        else if (last === undefined || last.ended !== null) spells.push(spellFrom(alert, at));
        break;
      }
      case 'flapping':
        flapping = true;
        // It says so with the beginning that is one too many: nobody is called for that one.
        if (spells.length > 1 && last?.began.getTime() === at.getTime()) {
          spells.pop();
          for (const before of spells.slice(-1)) before.ended = null;
        }
        break;
      case 'shown':
        // What was held back before asked nobody for anything.
        for (const spell of spells) spell.held ||= spell.ended !== null;
        if (last?.ended === null) last.began = at;
        break;
      case 'escalated':
        if (last?.ended === null && last.acknowledged === null)
          last.level = Math.max(last.level, Number(detail ?? 0) || 0);
        break;
      case 'exhausted':
        if (last?.ended === null && last.acknowledged === null) last.exhausted = true;
        break;
      case 'acknowledged':
      case 'taken-over':
        if (last?.ended === null) last.acknowledged ??= { at, by: by.type === 'user' ? by.id : null };
        break;
      case 'resolved':
        if (last?.ended === null) last.ended = { at, by, as: isResolution(detail) ? detail : null };
        break;
    }
  }
  return spells;
}

const spellFrom = (alert: CountedAlert, began: Date): Spell => ({
  alert,
  severity: alert.severity,
  account: alert.account,
  accountName: alert.accountName,
  began,
  acknowledged: null,
  level: 0,
  exhausted: false,
  ended: null,
  alerts: 1,
  signals: 0,
  held: alert.mode !== 'alert',
});

/** What an alert is one message and one call with; null: it stands alone. */
export const storyOf = ({ storm, incident }: CountedAlert): string | null =>
  storm !== null ? `storm ${storm.id}` : incident !== null ? `incident ${incident}` : null;

/**
 * A storm or an incident is one message and one call, and counts as one spell: from its first alert, acknowledged when the first
 * of them was, over when all are. What fires again later counts for itself.
 */
export function inStory(story: Spell | undefined, spell: Spell): Spell {
  const level = Math.max(story?.level ?? 0, spell.level, spell.alert.storm?.level ?? 0);
  if (story === undefined) return { ...spell, level };
  const first = (a: Spell['acknowledged'], b: Spell['acknowledged']) =>
    a === null || (b !== null && b.at < a.at) ? b : a;
  const sameAccount = story.account === spell.account;
  return {
    ...story,
    severity: worse(story.severity, spell.severity),
    account: sameAccount ? story.account : null,
    accountName: sameAccount ? story.accountName : null,
    began: new Date(Math.min(story.began.getTime(), spell.began.getTime())),
    acknowledged: first(story.acknowledged, spell.acknowledged),
    level,
    exhausted: story.exhausted || spell.exhausted,
    ended:
      story.ended === null || spell.ended === null ? null : story.ended.at > spell.ended.at ? story.ended : spell.ended,
    alerts: story.alerts + spell.alerts,
    signals: story.signals + spell.signals,
    held: story.held && spell.held,
  };
}
