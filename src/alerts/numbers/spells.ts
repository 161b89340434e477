import type { Alert, Author, TimelineEvent } from '../alert.ts';
import { flapWindowMs } from '../grouping.ts';
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
}

/** One line of a timeline, as far as spells are made of it. */
export type SpellEvent = Pick<TimelineEvent, 'kind' | 'at' | 'by' | 'detail'>;

/** One spell of firing: from the moment at which it asked people for something until it was resolved. */
export interface Spell {
  alert: CountedAlert;
  severity: Severity;
  /** Null: none, or those of a storm in several. */
  account: string | null;
  accountName: string | null;
  began: Date;
  /** The first acknowledgement; null: there was none. */
  acknowledged: { at: Date; by: string | null } | null;
  /** The highest level that was called before somebody acknowledged it; 0: nobody was called. */
  level: number;
  /** Every level was called in vain before somebody acknowledged it. */
  exhausted: boolean;
  ended: { at: Date; by: Author } | null;
  /** Alerts that it stands for: more than one in a storm. */
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
        if (last?.ended === null) last.ended = { at, by };
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

/**
 * A storm is one message and one call, and counts as one spell: from its first alert, acknowledged when the first of them was,
 * over when all are. What fires again later counts for itself.
 */
export function inStorm(storm: Spell | undefined, spell: Spell): Spell {
  const level = Math.max(storm?.level ?? 0, spell.level, spell.alert.storm?.level ?? 0);
  if (storm === undefined) return { ...spell, level };
  const first = (a: Spell['acknowledged'], b: Spell['acknowledged']) =>
    a === null || (b !== null && b.at < a.at) ? b : a;
  const sameAccount = storm.account === spell.account;
  return {
    ...storm,
    severity: worse(storm.severity, spell.severity),
    account: sameAccount ? storm.account : null,
    accountName: sameAccount ? storm.accountName : null,
    began: new Date(Math.min(storm.began.getTime(), spell.began.getTime())),
    acknowledged: first(storm.acknowledged, spell.acknowledged),
    level,
    exhausted: storm.exhausted || spell.exhausted,
    ended:
      storm.ended === null || spell.ended === null ? null : storm.ended.at > spell.ended.at ? storm.ended : spell.ended,
    alerts: storm.alerts + spell.alerts,
    signals: storm.signals + spell.signals,
    held: storm.held && spell.held,
  };
}
