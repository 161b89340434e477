import { at } from '../../../words/json.ts';
import { type Answer, type Asking, all, mapped, type Place } from '../../asks.ts';
import type { AlarmHistory, MetricAlarm } from '../../calls/cloudwatch.ts';
import type { MetricFilter } from '../../calls/metric-filters.ts';
import { bestOf, breaks, holds, type Link, topicLink, unsure, unsureFrom, worstOf } from '../../delivery.ts';
import { activeAccounts, type Estate, organizationSpot } from '../../estate.ts';
import { narrowingOfFilter, variantsOf } from '../../narrowing.ts';
import {
  type ActingAlarm,
  type AlarmFacts,
  type Alarms,
  alarmFacts,
  historyMs,
  type Monitoring,
  namesOf,
  type TriedFilter,
  tryFilter,
} from './facts.ts';
import { inAccount, type Sample, samples, type Topic } from './samples.ts';

/** The links of a control's way, in the order in which a call passes them. */
const linkNames = ['filter', 'alarm', 'would-fire', 'actions', 'topic', 'delivered'] as const;
type LinkName = (typeof linkNames)[number];

/** A link of a way, by its name. */
export interface NamedLink {
  name: LinkName;
  link: Link;
}

/** The way of a control as far as it holds: the last link may be broken. */
export interface Way {
  links: readonly NamedLink[];
  /** The topics that it ends in: what is broken there is broken for every control. */
  topics: readonly string[];
}

/** The best way of a control from its filters to somebody who hears of it, and the accounts that it leaves out. */
export interface Ways {
  way: Way;
  /** By account: where the way ends of what happens there. */
  leftOut: ReadonlyMap<string, Link>;
}

/** The best way of a control; accounts that its filters leave out fare worse. */
export function* waysOf(estate: Estate, facts: Monitoring, topic: Topic): Asking<Ways> {
  const { filters } = facts;
  if (filters.is !== 'value') return { way: endsAt('filter', missing(filters)), leftOut: new Map() };
  // What is done to the organization comes up in its management account alone.
  const places =
    topic === 'organizations' ? [organizationSpot(estate).account] : activeAccounts(estate).map(({ id }) => id);
  const ways = yield* all(
    alike(filters.value, places).map(function* (accounts): Asking<{ accounts: readonly string[]; way: Way }> {
      const [one] = accounts;
      const here =
        one === undefined
          ? { filters: filters.value, wanted: samples[topic] }
          : yield* triedIn(one, filters.value, facts.group, topic);
      return { accounts, way: yield* wayFrom(estate, facts, topic, yield* triedHarder(here, facts.group, topic)) };
    }),
  );
  const [best, ...others] = ways.toSorted((a, b) => reach(b.way) - reach(a.way));
  if (best === undefined) throw new Error('There is always one way.');
  const worse = others.filter(({ way }) => reach(way) < reach(best.way));
  return {
    way: best.way,
    leftOut: new Map(worse.flatMap(({ accounts, way }) => accounts.map((account) => [account, wholeOf(way)] as const))),
  };
}

/** A way that is no longer than one link. */
const endsAt = (name: LinkName, link: Link): Way => ({ links: [{ name, link }], topics: [] });

const reach = (way: Way): number => (wholeOf(way).is === 'pass' ? linkNames.length + 1 : length(way));

/** Fields by which a pattern tells accounts apart. */
const accountField = /\$\.(?:recipientAccountId|userIdentity\.accountId)\b/;

const asksForAccount = ({ filterPattern, fieldSelectionCriteria = '' }: MetricFilter): boolean =>
  accountField.test(filterPattern) || fieldSelectionCriteria.trim() !== '';

/**
 * Accounts that no filter tells apart, those together of which one speaks for all; one group of none where no filter asks
 * for accounts at all.
 */
function alike(filters: readonly TriedFilter[], accounts: readonly string[]): readonly (readonly string[])[] {
  const asked = filters.flatMap(({ filter }) =>
    asksForAccount(filter) ? [`${filter.filterPattern} ${filter.fieldSelectionCriteria ?? ''}`] : [],
  );
  if (asked.length === 0 || accounts.length === 0) return [[]];
  // A part of a number, or an expression, may mean any of them.
  const named = asked.some((text) => /accountId\s*!?=\s*(?:%|"?\d*\*)/i.test(text))
    ? accounts
    : accounts.filter((account) => asked.some((text) => text.includes(account)));
  const others = accounts.filter((account) => !named.includes(account));
  return [...(others.length === 0 ? [] : [others]), ...named.map((account) => [account])];
}

/** What each filter catches of a control's samples as they would come from one account. */
function* triedIn(account: string, filters: readonly TriedFilter[], group: Place, topic: Topic): Asking<Tried> {
  const here = new Map(
    samples[topic].map((sample) => [sample, { ...sample, record: inAccount(sample.record, account) }]),
  );
  const wanted = [...here.values()];
  const tried = yield* all(
    filters.map(function* ({ filter, caught }): Asking<readonly TriedFilter[]> {
      const reads = isOfAccount(filter, account);
      if (reads === false) return [];
      if (reads === null) {
        const sentence = `The filter ${filter.filterName} is narrowed by criteria that cannot be read.`;
        return [{ filter, caught: { is: 'unknown', why: 'not readable', sentence, at: caught.at } }];
      }
      if (accountField.test(filter.filterPattern)) return [yield* tryFilter(filter, group, wanted)];
      const known = (found: ReadonlySet<Sample>) => new Set([...found].flatMap((sample) => here.get(sample) ?? []));
      return [{ filter, caught: mapped(caught, known) }];
    }),
  );
  return { filters: tried.flat(), wanted };
}

/** The way of what some filters catch. */
function* wayFrom(estate: Estate, facts: Monitoring, topic: Topic, tried: Tried): Asking<Way> {
  const { alarms } = facts;
  const { sets, link } = covering(tried.filters, tried.wanted);
  const queried = alarms.is === 'value' ? queriesOf(alarms.value, facts, topic) : [];
  if (link.is !== 'pass' && queried.length > 0) return yield* alarmWay(estate, facts, queried, queryLinks);
  if (link.is !== 'pass') return endsAt('filter', link);
  const ways = yield* all(sets.map((set) => filterWay(estate, facts, set, link, topic)));
  return ways.toSorted((a, b) => length(b) - length(a))[0] ?? endsAt('filter', link);
}

/** How far a way holds; one that holds to its end is the best. */
const length = ({ links }: Way): number => links.filter(({ link }) => link.is === 'pass').length;

const missing = (answer: Exclude<Answer<unknown>, { is: 'value' }>): Link =>
  answer.is === 'unknown'
    ? unsure(answer.why === 'denied' ? 'not readable' : answer.why, answer.sentence)
    : breaks(answer.error === 'NoFilters' ? answer.message : 'The log group of the trail does not exist.');

/** What a control wants, and what each filter catches of it. */
interface Tried {
  filters: readonly TriedFilter[];
  wanted: readonly Sample[];
}

/** A filter that asks who calls, or from where, is tried with those whom it names and with others too. */
function* triedHarder({ filters, wanted }: Tried, group: Place, topic: Topic): Asking<Tried> {
  const useful = filters.filter(({ caught }) =>
    wanted.some((sample) => sample.caught && caught.is === 'value' && caught.value.has(sample)),
  );
  const narrowings = useful
    .flatMap(({ filter }) => narrowingOfFilter(filter.filterPattern))
    .filter(
      ({ field, value }) =>
        !accountField.test(`$.${field}`) &&
        !(field === 'awsRegion' && ofOneRegion.includes(topic)) &&
        !isLookAlike(wanted, field, value),
    );
  if (narrowings.length === 0) return { filters, wanted };
  const variants = wanted
    .filter(({ caught }) => caught)
    .flatMap(({ name, caught, record }) =>
      variantsOf(record, narrowings).map(({ what, ...one }) => ({
        name: `${name} with ${what}`,
        caught,
        record: one.record,
      })),
    );
  // One that asks about who and where may be for the very ones whom another leaves out.
  const again = filters.filter((one) => useful.includes(one) || narrowingOfFilter(one.filter.filterPattern).length > 0);
  const more = yield* all(again.map(({ filter }) => tryFilter(filter, group, variants)));
  const known = filters.map((one) => {
    const tried = more[again.indexOf(one)];
    if (tried === undefined || one.caught.is !== 'value') return one;
    const before = one.caught.value;
    return { ...one, caught: mapped(tried.caught, (found) => before.union(found)) };
  });
  return { filters: known, wanted: [...wanted, ...variants] };
}

/** Whether a value is what tells a record that only looks alike: the control itself wants it left out. */
const isLookAlike = (wanted: readonly Sample[], field: string, value: string): boolean => {
  const having = wanted.filter(({ record }) => at(record, ...field.split('.')) === value);
  return having.length > 0 && having.every(({ caught }) => !caught);
};

/** Controls whose events come up in one region alone. */
const ofOneRegion: readonly Topic[] = ['iam-policy', 'organizations'];

/** The sets of filters that catch everything a control wants and nothing else: single ones first, else all together. */
function covering(
  filters: readonly TriedFilter[],
  wanted: readonly Sample[],
): { sets: readonly (readonly MetricFilter[])[]; link: Link } {
  const positive = wanted.filter(({ caught }) => caught);
  const tried = filters.flatMap(({ filter, caught }) =>
    caught.is === 'value' && readsFields(filter) ? [{ filter, caught: caught.value }] : [],
  );
  const clean = tried.filter(({ caught }) => !wanted.some((sample) => !sample.caught && caught.has(sample)));
  const useful = clean.filter(({ caught }) => positive.some((sample) => caught.has(sample)));
  const whole = useful.filter(({ caught }) => positive.every((sample) => caught.has(sample)));
  const odd = (whole.length > 0 ? whole : useful).find(({ filter }) => filter.applyOnTransformedLogs === true);
  if (odd !== undefined)
    return {
      sets: [],
      link: unsure(
        'not readable',
        `The filter ${odd.filter.filterName} reads transformed logs, which cannot be tried.`,
      ),
    };
  if (whole.length > 0)
    return {
      sets: whole.map(({ filter }) => [filter]),
      link: holds(
        `${whole.map(({ filter }) => filter.filterName).join(', ')} catches all ${positive.length} samples.`,
        'proven',
      ),
    };
  const slipped = positive.filter((sample) => !useful.some(({ caught }) => caught.has(sample)));
  if (slipped.length === 0)
    return {
      sets: [useful.map(({ filter }) => filter)],
      link: holds(`${useful.length} filters together catch all ${positive.length} samples.`, 'proven'),
    };
  const unread = filters.find(({ caught }) => caught.is === 'unknown')?.caught;
  if (unread?.is === 'unknown') return { sets: [], link: unsureFrom(unread) };
  const byText = filters.find(
    ({ filter, caught }) =>
      !readsFields(filter) && caught.is === 'value' && slipped.some((sample) => caught.value.has(sample)),
  );
  const note =
    byText === undefined
      ? ''
      : ` ${byText.filter.filterName} looks for words anywhere in the event, which matches by accident: name the fields ({ $.eventName = … }).`;
  return { sets: [], link: breaks(`${sentenceOf(slipped, tried, wanted)}${note}`) };
}

/** Whether a filter's pattern names fields of the event. Source: CloudWatch Logs user guide, "Filter pattern syntax". */
const readsFields = ({ filterPattern }: MetricFilter): boolean => filterPattern.trim().startsWith('{');

function sentenceOf(
  slipped: readonly Sample[],
  tried: readonly { filter: MetricFilter; caught: ReadonlySet<Sample> }[],
  wanted: readonly Sample[],
): string {
  const noisy = tried.find(({ caught }) => slipped.every((sample) => caught.has(sample)));
  const wrong = wanted.find((sample) => !sample.caught && noisy?.caught.has(sample));
  if (noisy !== undefined && wrong !== undefined)
    return `The filter ${noisy.filter.filterName} also matches ${wrong.name}, which is none of it.`;
  const names = slipped.map(({ name }) => name);
  const all = slipped.length === wanted.filter(({ caught }) => caught).length;
  return all
    ? 'No metric filter of the trail’s log group catches any of it.'
    : `No metric filter catches ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}.`;
}

/** The way behind a set of filters, of which every one is needed. */
function* filterWay(
  estate: Estate,
  facts: Monitoring,
  set: readonly MetricFilter[],
  link: Link,
  topic: Topic,
): Asking<Way> {
  const first: NamedLink = { name: 'filter', link };
  const { alarms } = facts;
  if (alarms.is !== 'value') return { links: [first, { name: 'alarm', link: missing(alarms) }], topics: [] };
  const watching = set.map((filter) => watchersOf(filter, alarms.value));
  const unwatched = set.find((_, at) => watching[at]?.length === 0);
  if (unwatched !== undefined)
    return {
      links: [first, { name: 'alarm', link: breaks(unwatchedSentence(unwatched, alarms.value)) }],
      topics: [],
    };
  const ways = yield* all(
    watching.map((watchers, at) =>
      alarmWay(estate, facts, watchers, (watcher) => [first, ...watchLinks(watcher, set[at], topic)]),
    ),
  );
  // Every filter of the set is needed, so the shortest way counts.
  return ways.toSorted((a, b) => length(a) - length(b))[0] ?? { links: [first], topics: [] };
}

/** Whether a filter reads what comes from an account; null: its criteria cannot be read. TestMetricFilter does not see them. */
function isOfAccount({ fieldSelectionCriteria = '' }: MetricFilter, account: string): boolean | null {
  if (fieldSelectionCriteria.trim() === '') return true;
  const [, list, single] =
    /^\s*@aws\.account\s*(?:IN\s*\[([^\]]*)\]|=\s*["']?(\d{12})["']?)\s*$/i.exec(fieldSelectionCriteria) ?? [];
  if (single !== undefined) return single === account;
  return list?.includes(account) ?? null;
}

/** An alarm that watches a filter's metric, with the one that acts for it. */
interface Watcher {
  alarm: MetricAlarm | null;
  acting: ActingAlarm;
}

/** By name and namespace; metric math and composite alarms count where they contain it. */
function watchersOf(filter: MetricFilter, { metric, composite }: Alarms): readonly Watcher[] {
  const direct = metric.filter((alarm) =>
    filter.metricTransformations.some(
      ({ metricName, metricNamespace, dimensions = {} }) =>
        (alarm.MetricName === metricName &&
          alarm.Namespace === metricNamespace &&
          sameDimensions(alarm.Dimensions, dimensions)) ||
        alarm.Metrics.some(
          ({ MetricStat }) =>
            MetricStat?.Metric.MetricName === metricName &&
            MetricStat.Metric.Namespace === metricNamespace &&
            sameDimensions(MetricStat.Metric.Dimensions, dimensions),
        ),
    ),
  );
  return direct.flatMap((alarm): Watcher[] => [
    { alarm, acting: alarm },
    ...composite
      .filter(
        ({ AlarmRule }) =>
          AlarmRule.includes(`"${alarm.AlarmName}"`) ||
          AlarmRule.includes(`(${alarm.AlarmName})`) ||
          AlarmRule.includes(alarm.AlarmArn),
      )
      .map((acting) => ({ alarm, acting })),
  ]);
}

const sameDimensions = (alarm: readonly { Name: string }[], filter: Readonly<Record<string, string>>): boolean =>
  alarm.length === Object.keys(filter).length && alarm.every(({ Name }) => Object.hasOwn(filter, Name));

function unwatchedSentence({ filterName, metricTransformations }: MetricFilter, { metric }: Alarms): string {
  const [made] = metricTransformations;
  if (made === undefined) return `The filter ${filterName} makes no metric.`;
  const namesake = metric.find(({ MetricName }) => MetricName === made.metricName);
  const named = `the metric ${made.metricName} in the namespace ${made.metricNamespace}`;
  return namesake === undefined
    ? `No alarm watches ${named}.`
    : `No alarm watches ${named}; ${namesake.AlarmName} watches one of that name elsewhere (${namesake.Namespace ?? 'no namespace'}).`;
}

function watchLinks({ alarm, acting }: Watcher, filter: MetricFilter | undefined, topic: Topic): readonly NamedLink[] {
  const watched: NamedLink = {
    name: 'alarm',
    link: holds(`The alarm ${acting.AlarmName} watches the filter’s metric.`, 'proven'),
  };
  if (alarm === null || filter === undefined) return [watched];
  return [watched, { name: 'would-fire', link: firing(alarm, filter, topic) }];
}

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  greaterthanorequaltothreshold: (value, threshold) => value >= threshold,
  greaterthanthreshold: (value, threshold) => value > threshold,
  lessthanthreshold: (value, threshold) => value < threshold,
  lessthanorequaltothreshold: (value, threshold) => value <= threshold,
};

/** Whether a single event sets off the alarm, by arithmetic. */
function firing(alarm: MetricAlarm, filter: MetricFilter, topic: Topic): Link {
  const { AlarmName, Threshold, ComparisonOperator = '', EvaluationPeriods = 1, DatapointsToAlarm } = alarm;
  const { MetricName, Statistic } = watchedBy(alarm);
  const made = filter.metricTransformations.find(({ metricName }) => metricName === MetricName);
  if (made === undefined || Statistic === undefined || Threshold === undefined)
    return unsure(
      'not readable',
      `The alarm ${AlarmName} calculates with metrics; whether one event sets it off is not known.`,
    );
  const value = Number(made.metricValue);
  if (Number.isNaN(value))
    return unsure('not readable', `The filter counts ${made.metricValue}, which depends on the event.`);
  const compare = Object.hasOwn(comparisons, ComparisonOperator.toLowerCase())
    ? comparisons[ComparisonOperator.toLowerCase()]
    : undefined;
  if (compare === undefined) return unsure('not readable', `The alarm ${AlarmName} compares by ${ComparisonOperator}.`);
  const needed = DatapointsToAlarm ?? EvaluationPeriods;
  if (needed > 1)
    return breaks(`The alarm ${AlarmName} wants ${needed} periods in a row; one event does not set it off.`);
  const seen = statisticOf(Statistic, value, made.defaultValue);
  if (seen === null) return breaks(`The alarm ${AlarmName} takes the ${Statistic}, in which a single event is lost.`);
  if (compare(seen, Threshold)) return holds(`One event sets off the alarm ${AlarmName}.`, 'proven');
  return breaks(
    `One event gives ${seen}, and the alarm ${AlarmName} fires at ${Threshold}${thresholdsAreNormal(topic) ? ' (a threshold is usual here: accept it if it is meant)' : ''}.`,
  );
}

/** The metric and statistic of an alarm: of its one query too, where it calculates nothing. */
function watchedBy({ MetricName, Statistic, Metrics: [only, ...others] }: MetricAlarm): {
  MetricName: string | undefined;
  Statistic: string | undefined;
} {
  if (only?.MetricStat === undefined || others.length > 0) return { MetricName, Statistic };
  return { MetricName: only.MetricStat.Metric.MetricName, Statistic: only.MetricStat.Stat };
}

/** Null: other events of the period hide it. */
function statisticOf(statistic: string, value: number, defaultValue: number | undefined): number | null {
  switch (statistic.toLowerCase()) {
    case 'sum':
    case 'maximum':
      return value;
    case 'samplecount':
      return 1;
    default:
      return defaultValue === undefined ? value : null;
  }
}

/** Controls that count mistakes of people, for which a threshold may be meant. */
export const thresholdsAreNormal = (topic: Topic): boolean => topic === 'unauthorized' || topic === 'signin-failure';

/** Alarms on a scheduled query of the group that names every event of the control. */
function queriesOf({ log }: Alarms, { group }: Monitoring, topic: Topic): readonly Watcher[] {
  return log
    .filter(({ ScheduledQueryConfiguration: query }) => {
      const groups = query?.LogGroupIdentifiers ?? [];
      const reads = groups.includes(group.name) || groups.includes(group.arn);
      return reads && namesOf(topic).every((name) => query?.QueryString.includes(name));
    })
    .map((acting) => ({ alarm: null, acting }));
}

const queryLinks = ({ acting }: Watcher): readonly NamedLink[] => [
  { name: 'alarm', link: holds(`The alarm ${acting.AlarmName} queries the log group for it, which cannot be tried.`) },
];

/** From an alarm on: the best of those that watch. */
function* alarmWay(
  estate: Estate,
  { group, alarms }: Monitoring,
  watchers: readonly Watcher[],
  before: (watcher: Watcher) => readonly NamedLink[],
): Asking<Way> {
  const ways = yield* all(
    watchers.map(function* (watcher): Asking<Way> {
      const start = before(watcher);
      if (start.some(({ link }) => link.is !== 'pass')) return { links: upToBreak(start), topics: [] };
      const facts = yield* alarmFacts(estate, group, watcher.acting);
      const composites = alarms.is === 'value' ? alarms.value : null;
      const links = [...start, ...actionLinks(estate, watcher.acting, facts, composites)];
      return { links: upToBreak(links), topics: facts.topics.map(({ arn }) => arn) };
    }),
  );
  return ways.toSorted((a, b) => length(b) - length(a))[0] ?? { links: [], topics: [] };
}

/** The first link that does not hold ends the way. */
function upToBreak(links: readonly NamedLink[]): readonly NamedLink[] {
  const broken = links.findIndex(({ link }) => link.is !== 'pass');
  return broken < 0 ? links : links.slice(0, broken + 1);
}

function actionLinks(
  estate: Estate,
  alarm: ActingAlarm,
  facts: AlarmFacts,
  alarms: Alarms | null,
): readonly NamedLink[] {
  const publisher = {
    service: 'cloudwatch.amazonaws.com',
    arn: alarm.AlarmArn,
    account: alarm.AlarmArn.split(':')[4] ?? '',
    organization: estate.organization.is === 'value' ? estate.organization.value.id : null,
  };
  const topics = facts.topics.map((topic) => topicLink(topic, publisher));
  return [
    { name: 'actions', link: acting(alarm, facts, alarms) },
    { name: 'topic', link: readByHistory(bestOf(topics), facts) },
    { name: 'delivered', link: delivered(estate, alarm, facts) },
  ];
}

function acting(alarm: ActingAlarm, { mutes, topics }: AlarmFacts, alarms: Alarms | null): Link {
  if (alarm.ActionsEnabled !== true) return breaks(`The actions of the alarm ${alarm.AlarmName} are switched off.`);
  if (topics.length === 0) return breaks(`The alarm ${alarm.AlarmName} publishes to no SNS topic.`);
  if (mutes.is === 'unknown') return unsureFrom(mutes);
  const rules = mutes.is === 'value' ? mutes.value.AlarmMuteRuleSummaries : [];
  const lasting = rules.find(
    ({ Status, ExpireDate }) => Status?.toUpperCase() === 'ACTIVE' || ExpireDate === undefined,
  );
  if (lasting !== undefined)
    return breaks(
      `The alarm ${alarm.AlarmName} is muted by ${lasting.AlarmMuteRuleArn}${lasting.ExpireDate === undefined ? ' without an end' : ` until ${lasting.ExpireDate.toISOString()}`}.`,
    );
  const suppressor = suppressorOf(alarm, alarms);
  if (suppressor !== undefined) return breaks(`The alarm ${alarm.AlarmName} is suppressed by ${suppressor}.`);
  return holds(`The alarm ${alarm.AlarmName} publishes to ${topics.map(({ arn }) => arn).join(', ')}.`, 'proven');
}

/** The alarm that suppresses a composite one right now. */
function suppressorOf(alarm: ActingAlarm, alarms: Alarms | null): string | undefined {
  const by = 'ActionsSuppressor' in alarm ? alarm.ActionsSuppressor : undefined;
  if (by === undefined || alarms === null) return undefined;
  return [...alarms.metric, ...alarms.composite].find(
    ({ AlarmName, AlarmArn, StateValue }) => (AlarmName === by || AlarmArn === by) && StateValue === 'ALARM',
  )?.AlarmName;
}

/** A topic that cannot be read is judged by what became of the last action. */
function readByHistory(link: Link | undefined, { history }: AlarmFacts): Link {
  if (link === undefined) return breaks('The alarm publishes to no topic.');
  if (link.is !== 'unknown') return link;
  const last = history.is === 'value' ? lastPublished(history.value) : undefined;
  return last?.outcome === 'succeeded' ? holds('The topic cannot be read, but it took what was last published.') : link;
}

type HistoryItem = AlarmHistory['AlarmHistoryItems'][number];

/** What became of an action; null: it is under way, or cannot be read. The data is JSON, the summary is for people. */
function outcomeOf({ HistoryData, HistorySummary }: HistoryItem): 'succeeded' | 'failed' | null {
  const [, state = HistorySummary] = /"actionState"\s*:\s*"(\w+)"/.exec(HistoryData) ?? [];
  return /^succ/i.test(state) ? 'succeeded' : /^fail/i.test(state) ? 'failed' : null;
}

/** The newest action that published to a topic, with what became of it: what alarms do to machines tells nobody. */
function lastPublished({
  AlarmHistoryItems: items,
}: AlarmHistory): { at: Date; outcome: 'succeeded' | 'failed' | null } | undefined {
  const published = items
    .filter(
      ({ HistoryData, HistorySummary }) =>
        !/arn:/.test(HistoryData + HistorySummary) || /arn:[\w-]+:sns:/.test(HistoryData + HistorySummary),
    )
    .map((item) => ({ at: item.Timestamp, outcome: outcomeOf(item) }));
  // One that is under way decides nothing where an older one is known.
  return published.find(({ outcome }) => outcome !== null) ?? published[0];
}

/** What became of the alarm's last action. */
function delivered(estate: Estate, { AlarmName }: ActingAlarm, { history }: AlarmFacts): Link {
  if (history.is === 'unknown') return unsureFrom(history);
  const last = history.is === 'value' ? lastPublished(history.value) : undefined;
  if (last === undefined) return holds(`The alarm ${AlarmName} did not fire in 90 days.`);
  if (last.outcome === null)
    return unsure('not readable', `What became of the last action of ${AlarmName} cannot be read.`);
  const at = last.at.toISOString();
  if (last.outcome === 'failed') return breaks(`What the alarm ${AlarmName} published at ${at} did not get through.`);
  const old = estate.now.getTime() - last.at.getTime() > historyMs;
  return holds(`The alarm ${AlarmName} got through at ${at}.`, old ? 'stale' : 'proven');
}

/** A whole way as one link: of those that stand alike, the last. */
export const wholeOf = ({ links }: Way): Link =>
  worstOf(links.map(({ link }) => link).toReversed()) ?? breaks('There is no way to an alarm.');
