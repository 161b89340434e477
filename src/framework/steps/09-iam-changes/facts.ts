import { type Answer, type Asking, all, ask } from '../../asks.ts';
import { type HistoryRecord, hasFailed, lookupRecords } from '../../calls/event-history.ts';
import { type Received, receivedEvents } from '../../calls/store.ts';
import type { AccountScope } from '../../check.ts';
import { bestOf, type Link, unsureFrom } from '../../delivery.ts';
import { type Estate, globalPlace } from '../../estate.ts';
import { type BusRule, matches, matching, ruleLink, rulesOf } from '../../event-rules.ts';
import { narrowingOfRule, variantsOf } from '../../narrowing.ts';
import { changeEvent, changeNames } from './samples.ts';

/** What the rules of an account's default bus catch of the changes in IAM, which reach us-east-1 alone. */
export interface IamRules {
  rules: Answer<readonly BusRule[]>;
  /** By the name of the change: the rules that match it. */
  caught: ReadonlyMap<string, readonly BusRule[]>;
  /** By the name of the change: whose calls all of those rules leave out, as `userIdentity.userName terraform`. */
  leftOut: ReadonlyMap<string, string>;
  /** A rule that could not be tried. */
  trouble: Extract<Answer<unknown>, { is: 'unknown' }> | null;
}

export function* iamRules({ estate, account }: AccountScope): Asking<IamRules> {
  const rules = yield* rulesOf(globalPlace(estate, account.id), 'default');
  if (rules.is !== 'value') return { rules, caught: new Map(), leftOut: new Map(), trouble: null };
  const tried = yield* all(
    rules.value.map(function* (rule): Asking<{ rule: BusRule; answers: readonly Answer<boolean>[] }> {
      return { rule, answers: yield* all(changeNames.map((name) => matches(estate, rule, changeEvent(name)))) };
    }),
  );
  const matched = (at: number) =>
    tried.flatMap(({ rule, answers }) => {
      const answer = answers[at];
      return answer?.is === 'value' && answer.value ? [rule] : [];
    });
  const caught = new Map(changeNames.map((name, at) => [name, matched(at)]));
  // Changes that the same rules match fare alike: one of them is tried for all.
  const alike = Map.groupBy(changeNames, (name) =>
    caught
      .get(name)
      ?.map(({ rule }) => rule.Arn)
      .join(),
  );
  const slipping = yield* all(
    [...alike.values()].map(function* (names): Asking<{ names: readonly string[]; whose: Answer<string | null> }> {
      const [first = ''] = names;
      return { names, whose: yield* leftOutBy(estate, caught.get(first) ?? [], first) };
    }),
  );
  const leftOut = slipping.flatMap(({ names, whose }) =>
    whose.is === 'value' && whose.value !== null ? names.map((name) => [name, whose.value ?? ''] as const) : [],
  );
  const answers = [...tried.flatMap((one) => one.answers), ...slipping.map(({ whose }) => whose)];
  const trouble = answers.find((answer) => answer.is === 'unknown') ?? null;
  return { rules, caught, leftOut: new Map(leftOut), trouble };
}

/** Whose change none of some rules match, of all whom their patterns name; null: nobody's. */
function* leftOutBy(estate: Estate, rules: readonly BusRule[], name: string): Asking<Answer<string | null>> {
  const event = changeEvent(name);
  const variants = variantsOf(
    event.detail,
    rules.flatMap(({ rule }) => narrowingOfRule(rule.EventPattern ?? '')),
  );
  const tried = yield* all(variants.map(({ record }) => matching(estate, rules, { ...event, detail: record })));
  const trouble = tried.find((one) => one.rules.length === 0 && one.trouble !== null)?.trouble;
  const at = tried.findIndex((one) => one.rules.length === 0 && one.trouble === null);
  if (at < 0 && trouble != null) return trouble;
  return { is: 'value', value: variants[at]?.what ?? null, at: estate.now };
}

/** Whether what the rules catch reaches somebody; null: they catch nothing. */
export function* iamDelivery({ estate }: AccountScope, { caught }: IamRules): Asking<Link | null> {
  const ways = new Map<BusRule, string>();
  for (const [name, rules] of caught) for (const rule of rules) if (!ways.has(rule)) ways.set(rule, name);
  const links = yield* all([...ways].map(([rule, name]) => ruleLink(estate, rule, changeEvent(name))));
  return bestOf(links) ?? null;
}

/** A week back, as the digest looks. */
const historyMs = 7 * 24 * 3_600_000;
/** An alert may come so late before it counts as missing. */
const graceMs = 15 * 60_000;

/** What changed in IAM, beside what the bot received. */
export interface Reconciled {
  /** Since when the two are compared: a week, or for as long as the bot has kept what it received. */
  since: Date;
  changes: Answer<readonly HistoryRecord[]>;
  /** Ids of events. */
  received: Answer<ReadonlySet<string>>;
}

export function* reconciled({ estate, account }: AccountScope): Asking<Reconciled> {
  const place = globalPlace(estate, account.id);
  const week = new Date(estate.now.getTime() - historyMs);
  const answer = yield* ask(receivedEvents, place, { account: account.id, region: place.region, since: week });
  // Without the bot's own record there is nothing to compare with: no call is made.
  const none: Answer<HistoryRecord[]> = { is: 'value', value: [], at: estate.now };
  if (answer.is !== 'value') return { since: week, changes: none, received: answer };
  const since = comparedSince(week, answer.value);
  const until = new Date(estate.now.getTime() - graceMs);
  const received = { ...answer, value: new Set(answer.value.events.map(({ id }) => id)) };
  if (since >= until) return { since, changes: none, received };
  const history = yield* ask(lookupRecords, place, {
    LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 'iam.amazonaws.com' }],
    StartTime: since,
    EndTime: until,
  });
  if (history.is !== 'value') return { since, changes: history, received };
  const happened = history.value.Events.filter(
    (event) => changeNames.includes(event.EventName) && event.ReadOnly !== 'true' && !hasFailed(event),
  );
  return { since, changes: { ...history, value: happened }, received };
}

/** Where the list of what came is cut, what came before its oldest is not known. */
function comparedSince(week: Date, { events, keptSince, whole }: Received): Date {
  const oldest = whole ? undefined : events.at(-1)?.at;
  return new Date(Math.max(week.getTime(), keptSince.getTime(), oldest?.getTime() ?? 0));
}

/** The way of a rule, or what keeps it from being known. */
export const wayOr = (rules: IamRules, link: Link | null): Link | null =>
  link ??
  (rules.rules.is === 'unknown' ? unsureFrom(rules.rules) : rules.trouble === null ? null : unsureFrom(rules.trouble));
