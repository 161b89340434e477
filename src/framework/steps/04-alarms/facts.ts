import { isWord } from '../../../words/text.ts';
import { type Answer, type Asking, all, ask, type Place, together } from '../../asks.ts';
import {
  type AlarmHistory,
  type CompositeAlarm,
  describeAlarmHistory,
  describeCompositeAlarms,
  describeLogAlarms,
  describeMetricAlarms,
  type LogAlarm,
  listAlarmMuteRules,
  type MetricAlarm,
  type MuteRules,
} from '../../calls/cloudwatch.ts';
import { describeLogGroups } from '../../calls/logs.ts';
import { describeMetricFilters, type MetricFilter, testMetricFilter } from '../../calls/metric-filters.ts';
import { type TopicFacts, topicFacts } from '../../delivery.ts';
import type { Estate } from '../../estate.ts';
import { type LogGroup, logGroupOf, organizationTrails, type TrailFacts } from '../02-cloudtrail/facts.ts';
import { everySample, type Sample, samples, type Topic } from './samples.ts';

/** A filter with what TestMetricFilter said of every sample. */
export interface TriedFilter {
  filter: MetricFilter;
  caught: Answer<ReadonlySet<Sample>>;
}

export interface Alarms {
  metric: readonly MetricAlarm[];
  composite: readonly CompositeAlarm[];
  log: readonly LogAlarm[];
}

/** What stands behind the alarms of one log group. */
export interface Monitoring {
  trail: TrailFacts;
  group: LogGroup;
  filters: Answer<readonly TriedFilter[]>;
  alarms: Answer<Alarms>;
}

/** `absent`: no trail, or none that sends to a log group (with NoGroup as error). */
export function* monitoring(estate: Estate): Asking<Answer<Monitoring>> {
  const trails = yield* organizationTrails(estate);
  if (trails.is !== 'value') return trails;
  const [first] = trails.value;
  if (first === undefined)
    return { is: 'absent', error: 'NoTrail', message: 'There is no trail of the organization.', at: trails.at };
  const trail = trails.value.find((one) => logGroupOf(one.trail) !== null) ?? first;
  const group = logGroupOf(trail.trail);
  if (group === null)
    return {
      is: 'absent',
      error: 'NoGroup',
      message: `The trail ${trail.trail.Name} sends to no log group.`,
      at: trails.at,
    };
  const filters = yield* triedFilters(group);
  const alarms = yield* alarmsIn(group);
  return { is: 'value', value: { trail, group, filters, alarms }, at: trails.at };
}

/** Alarms of the place where the group is: those of other accounts and regions watch other metrics. */
function* alarmsIn({ account, region }: Place): Asking<Answer<Alarms>> {
  const place = { account, region };
  const [metric, composite, log] = yield* all([
    ask(describeMetricAlarms, place, { AlarmTypes: ['MetricAlarm'] }),
    ask(describeCompositeAlarms, place, { AlarmTypes: ['CompositeAlarm'] }),
    ask(describeLogAlarms, place, { AlarmTypes: ['LogAlarm'] }),
  ]);
  // Where log alarms are not known yet, there are none.
  const asked = log?.is === 'absent' ? [metric, composite] : [metric, composite, log];
  const known = together(asked.flatMap((answer) => answer ?? []));
  if (known.is !== 'value') return known;
  const value = {
    metric: known.value.flatMap(({ MetricAlarms }) => MetricAlarms),
    composite: known.value.flatMap(({ CompositeAlarms }) => CompositeAlarms),
    log: known.value.flatMap(({ LogAlarms }) => LogAlarms),
  };
  return { ...known, value };
}

function* triedFilters(group: LogGroup): Asking<Answer<readonly TriedFilter[]>> {
  const place = { account: group.account, region: group.region };
  const listed = yield* ask(describeMetricFilters, place, { logGroupName: group.name });
  if (listed.is !== 'value') return listed;
  // Other classes keep their filters and do not run them. Source: CloudWatch Logs user guide, "Log classes".
  const groups = yield* ask(describeLogGroups, place, { logGroupNamePrefix: group.name });
  const kept = groups.is === 'value' ? groups.value.logGroups : [];
  const { logGroupClass: kind } = kept.find(({ logGroupName }) => logGroupName === group.name) ?? {};
  if (kind !== undefined && !isWord(kind, 'STANDARD'))
    return {
      is: 'absent',
      error: 'NoFilters',
      message: `The log group ${group.name} is of the class ${kind}, in which metric filters do not run.`,
      at: listed.at,
    };
  const tried = yield* all(listed.value.metricFilters.map((filter) => tryFilter(filter, group)));
  return { ...listed, value: tried };
}

/** TestMetricFilter takes so many messages. Source: CloudWatch Logs API reference. */
const atOnce = 50;

/** CloudWatch itself says which of some samples a filter matches: of all controls', unless others are given. */
export function* tryFilter(
  filter: MetricFilter,
  { account, region }: Place,
  given: readonly Sample[] = everySample,
): Asking<TriedFilter> {
  const starts = Array.from({ length: Math.ceil(given.length / atOnce) }, (_, part) => part * atOnce);
  const answers = yield* all(
    starts.map((from) =>
      ask(
        testMetricFilter,
        { account, region },
        {
          filterPattern: filter.filterPattern,
          logEventMessages: given.slice(from, from + atOnce).map(({ record }) => JSON.stringify(record)),
        },
      ),
    ),
  );
  const whole = together(answers);
  if (whole.is !== 'value') return { filter, caught: whole };
  const numbers = whole.value.flatMap(({ matches }, part) =>
    matches.map(({ eventNumber }) => part * atOnce + eventNumber - 1),
  );
  const caught = new Set(numbers.flatMap((at) => given[at] ?? []));
  return { filter, caught: { ...whole, value: caught } };
}

/** What each alarm of a way says when it is asked. */
export interface AlarmFacts {
  mutes: Answer<MuteRules>;
  history: Answer<AlarmHistory>;
  topics: readonly TopicFacts[];
}

/** An alarm with actions, of whichever kind. */
export type ActingAlarm = MetricAlarm | CompositeAlarm | LogAlarm;

/** 90 days: a success that is older proves nothing of today. */
export const historyMs = 90 * 86_400_000;

/** What is asked about one alarm: whether it is muted, what became of its last actions, and its topics. */
export function* alarmFacts(estate: Estate, { account, region }: Place, alarm: ActingAlarm): Asking<AlarmFacts> {
  const place = { account, region };
  const mutes = yield* ask(listAlarmMuteRules, place, {
    AlarmName: alarm.AlarmName,
    Statuses: ['ACTIVE', 'SCHEDULED'],
  });
  const history = yield* ask(describeAlarmHistory, place, {
    AlarmName: alarm.AlarmName,
    AlarmTypes: [kindOf(alarm)],
    HistoryItemType: 'Action',
    StartDate: new Date(estate.now.getTime() - historyMs),
    EndDate: estate.now,
    ScanBy: 'TimestampDescending',
    MaxRecords: 20,
  });
  const topics = alarm.AlarmActions.filter((action) => action.split(':')[2] === 'sns');
  return { mutes, history, topics: yield* all(topics.map((topic) => topicFacts(topic, estate.now))) };
}

const kindOf = (alarm: ActingAlarm): string =>
  'AlarmRule' in alarm ? 'CompositeAlarm' : 'Metrics' in alarm ? 'MetricAlarm' : 'LogAlarm';

/** The names of the events that a control must catch. */
export const namesOf = (topic: Topic): readonly string[] => [
  ...new Set(samples[topic].flatMap(({ caught, record }): string[] => (caught ? [String(record['eventName'])] : []))),
];
