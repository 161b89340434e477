import { plural } from '../../words/text.ts';
import { type Severity, severityRank } from '../severity.ts';
import type { Signal } from '../signal.ts';
import { matcherFor } from '../silences.ts';
import { median } from './count.ts';
import type { Spell } from './spells.ts';

/** How often one dedup key asked people for something. */
export interface Noise {
  key: string;
  /** Its newest alert, and what that says. */
  alert: number;
  title: string;
  source: string;
  account: string | null;
  severity: Severity;
  spells: number;
  signals: number;
  /** Ended by the source itself before anybody had acknowledged it. */
  byItself: number;
  /** Acknowledged or resolved by a person. */
  taken: number;
  /** Resolved as a false alarm. */
  falseAlarms: number;
  /** How long those lasted that ended by themselves. */
  lengths: readonly number[];
}

/** A beginning, an end and a change are no noise. */
const manySignals = 5;

/** What keeps coming, by dedup key. */
export class NoiseTally {
  readonly #keys = new Map<string, Noise>();

  add({ alert, severity, began, acknowledged, ended, signals }: Spell): void {
    const { dedupKey: key, title, source, account, id } = alert;
    const known = this.#keys.get(key) ?? {
      key,
      spells: 0,
      signals: 0,
      byItself: 0,
      taken: 0,
      falseAlarms: 0,
      lengths: [],
    };
    const alone = ended !== null && ended.by.type !== 'user' && acknowledged === null;
    this.#keys.set(key, {
      ...known,
      alert: id,
      title,
      source,
      account,
      severity,
      lengths: alone ? [...known.lengths, ended.at.getTime() - began.getTime()] : known.lengths,
      spells: known.spells + 1,
      signals: known.signals + signals,
      byItself: known.byItself + (alone ? 1 : 0),
      falseAlarms: known.falseAlarms + (ended?.as === 'false alarm' ? 1 : 0),
      taken: known.taken + (acknowledged !== null || ended?.by.type === 'user' ? 1 : 0),
    });
  }

  /** What asked more than once, or told of itself again and again, the most often first. */
  noisiest(most: number): Noise[] {
    return [...this.#keys.values()]
      .filter(({ spells, signals }) => spells > 1 || signals >= manySignals)
      .sort((a, b) => b.spells - a.spells || b.signals - a.signals || (a.key < b.key ? -1 : 1))
      .slice(0, most);
  }
}

/** What may be done about noise. The sentences hold no text of AWS. */
export type Proposal =
  | { kind: 'threshold' | 'cause' | 'silence'; sentence: string }
  /** `line`: for the top of `routes` in trailwatch.yaml. */
  | { kind: 'route'; sentence: string; line: string };

const oftenEnough = 3;
/** From four of five on it is the rule. */
const mostly = 0.8;

/**
 * What to do about a key, by how people treated it. What is critical or high is never proposed to be hidden. `signal` is its
 * newest, from which a route is made.
 */
export function propose(noise: Noise, signal: Signal): Proposal {
  const { spells, byItself, taken, falseAlarms, severity, source } = noise;
  const often = spells >= oftenEnough;
  if (often && byItself >= mostly * spells) {
    const minutes = Math.max(1, Math.round((median(noise.lengths) ?? 0) / 60_000));
    const how =
      source === 'cloudwatch'
        ? 'raise its threshold or its datapoints to alarm (DatapointsToAlarm of EvaluationPeriods)'
        : 'raise the limit from which its source tells of it';
    return {
      kind: 'threshold',
      sentence: `${byItself} of ${plural(spells, 'time')} over by itself, after ${plural(minutes, 'minute')} in the middle: ${how}.`,
    };
  }
  if (often && falseAlarms >= mostly * spells)
    return {
      kind: 'threshold',
      sentence: `${falseAlarms} of ${plural(spells, 'time')} a false alarm, as those say who resolved it: narrow the rule that raises it, or raise its limit.`,
    };
  if (severityRank(severity) <= severityRank('high'))
    return { kind: 'cause', sentence: `It is ${severity}: hide it nowhere, take its cause away.` };
  if (often && taken === 0)
    return {
      kind: 'route',
      sentence: 'Nobody ever acknowledged it: post it as a notification.',
      line: `- { match: ${JSON.stringify(matcherFor(signal))}, mode: notification }`,
    };
  return { kind: 'silence', sentence: 'Silence it until its cause is gone.' };
}
