import { type Answer, type Asking, all, ask, type Place } from '../../asks.ts';
import { listEventBuses, type Target } from '../../calls/events.ts';
import { receivedEvents } from '../../calls/store.ts';
import type { RegionScope } from '../../check.ts';
import { bestOf, type Link } from '../../delivery.ts';
import { administratorOf, type Estate } from '../../estate.ts';
import { type BusRule, matching, ruleLink, rulesOf, type SampleEvent, targetsOf } from '../../event-rules.ts';
import { type Judged, notApplicable, unknown } from '../../verdict.ts';
import { type Kind, kinds, kindsIn } from './kinds.ts';

/** Whether a kind of event reaches somebody from a place. */
export interface KindWay {
  kind: Kind;
  /** The best way of the rules that match; null: none matches. */
  link: Link | null;
  /** Only the graver sample is matched. */
  graveOnly: boolean;
  trouble: Extract<Answer<unknown>, { is: 'unknown' }> | null;
}

/** A kind's way by the rules of one place's default bus. */
export function* wayFrom(estate: Estate, place: Place, kind: Kind): Asking<Answer<KindWay>> {
  const rules = yield* rulesOf(place, 'default');
  if (rules.is !== 'value') return rules;
  const usual = yield* wayOfSample(estate, rules.value, kind.sample);
  const grave =
    usual.link === null && kind.grave !== undefined ? yield* wayOfSample(estate, rules.value, kind.grave) : null;
  const { link, trouble } = grave ?? usual;
  return { ...rules, value: { kind, link, graveOnly: grave !== null && link !== null, trouble } };
}

function* wayOfSample(
  estate: Estate,
  rules: readonly BusRule[],
  sample: SampleEvent,
): Asking<Pick<KindWay, 'link' | 'trouble'>> {
  const found = yield* matching(estate, rules, sample);
  const links = yield* all(found.rules.map((rule) => ruleLink(estate, rule, sample)));
  return { link: bestOf(links) ?? null, trouble: found.trouble };
}

/** A kind's way from a place, and where the account has none, from the administrator of the service. */
export interface Reach {
  own: Answer<KindWay>;
  administrator: { account: string; way: Answer<KindWay> } | null;
}

export function* reachOf({ estate, account, region }: RegionScope, kind: Kind): Asking<Reach> {
  const own = yield* wayFrom(estate, { account: account.id, region }, kind);
  if (kind.service === undefined || (own.is === 'value' && own.value.link?.is === 'pass'))
    return { own, administrator: null };
  const administrator = administratorOf(estate, kind.service);
  if (administrator.is !== 'value' || administrator.value === account.id) return { own, administrator: null };
  const way = yield* wayFrom(estate, { account: administrator.value, region }, kind);
  return { own, administrator: { account: administrator.value, way } };
}

/** 30 days: what arrived since then proves that it arrives. */
const arrivedMs = 30 * 86_400_000;

/** The sources of what the bot received from a place; unknown where nobody keeps it. */
export function* arrivedFrom({ estate, account, region }: RegionScope): Asking<ReadonlySet<string>> {
  const since = new Date(estate.now.getTime() - arrivedMs);
  const answer = yield* ask(receivedEvents, { account: account.id, region }, { account: account.id, region, since });
  return new Set(answer.is === 'value' ? answer.value.events.map(({ source }) => source) : []);
}

/** A rule on the way of some kind, with the kind's sample that it matches. */
export interface PathRule {
  rule: BusRule;
  sample: SampleEvent;
}

/** The rules of all buses of a place that match a kind of event. */
export function* pathRules(scope: RegionScope): Asking<Answer<readonly PathRule[]>> {
  const { estate, account, region } = scope;
  const place = { account: account.id, region };
  const buses = yield* ask(listEventBuses, place);
  if (buses.is !== 'value') return buses;
  const own = yield* kindsIn(scope);
  const found = yield* all(
    buses.value.EventBuses.map(({ Name }) => rulesOnPath(estate, place, Name, Name === 'default' ? own : kinds)),
  );
  const missing = found.find((answer) => answer.is !== 'value');
  return missing ?? { ...buses, value: found.flatMap((answer) => (answer.is === 'value' ? answer.value : [])) };
}

function* rulesOnPath(
  estate: Estate,
  place: Place,
  bus: string,
  of: readonly Kind[],
): Asking<Answer<readonly PathRule[]>> {
  const rules = yield* rulesOf(place, bus);
  if (rules.is !== 'value') return rules;
  const samples = of.flatMap(({ sample, grave }) => (grave === undefined ? [sample] : [sample, grave]));
  const matched = yield* all(samples.map((sample) => matching(estate, rules.value, sample)));
  const paths = new Map<BusRule, PathRule>();
  matched.forEach(({ rules: hit }, at) => {
    const sample = samples[at];
    for (const rule of hit) if (sample !== undefined && !paths.has(rule)) paths.set(rule, { rule, sample });
  });
  const trouble = matched.find((one) => one.trouble !== null)?.trouble;
  return paths.size === 0 && trouble != null ? trouble : { ...rules, value: [...paths.values()] };
}

/** A rule on a way with its targets. */
export interface PathTargets extends PathRule {
  targets: Answer<readonly Target[]>;
}

export function* pathTargets(scope: RegionScope): Asking<Answer<readonly PathTargets[]>> {
  const paths = yield* pathRules(scope);
  if (paths.is !== 'value') return paths;
  const targets = yield* all(paths.value.map(({ rule }) => targetsOf(rule)));
  const none: Answer<readonly Target[]> = { is: 'value', value: [], at: paths.at };
  return { ...paths, value: paths.value.map((path, at) => ({ ...path, targets: targets[at] ?? none })) };
}

/** A verdict for each rule on a way; what all of them share where there is none, or nothing is known. */
export function eachRule<Path extends PathRule>(
  paths: Answer<readonly Path[]>,
  { account, region }: RegionScope,
  judge: (path: Path, spot: { account: string; region: string; resource: string }) => Judged,
): Judged[] {
  const spot = { account: account.id, region };
  if (paths.is === 'unknown') return [unknown(spot, paths.why, paths.sentence)];
  if (paths.is === 'absent' || paths.value.length === 0)
    return [notApplicable(spot, 'No rule of this place is on the way of an event that matters.')];
  return paths.value.map((path) => judge(path, { ...spot, resource: path.rule.rule.Arn }));
}
