import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import { getMetricData, type MetricResults } from '../../../calls/cloudwatch.ts';
import type { About, RegionScope } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import type { BusRule } from '../../../event-rules.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { activeRegionCheck } from '../active.ts';
import { eachRule, type PathRule, pathRules } from '../facts.ts';

const about: About = {
  id: 'eb-no-failures',
  version: 2,
  title: 'What rules sent in the last week got through',
  severity: 'high',
  why: 'EventBridge counts what it could not deliver, and drops it.',
  passes:
    'In seven days nothing failed, was throttled or went to a dead-letter queue. Rules that were invoked are proven.',
  fix: 'aws events put-targets --rule {name} --targets Id=1,Arn=<topic, queue or central bus>,RoleArn=<role for a bus> --region {region}',
  references: ['https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html'],
};

const failures = [
  'FailedInvocations',
  'ThrottledRules',
  'InvocationsSentToDlq',
  'InvocationsFailedToBeSentToDlq',
] as const;
const metrics = [...failures, 'Invocations'] as const;
const weekSeconds = 7 * 86_400;
/** Rules of one request: GetMetricData takes 500 queries. */
const rulesAtOnce = Math.floor(500 / metrics.length);

interface Facts {
  paths: Answer<readonly PathRule[]>;
  results: Answer<MetricResults>;
}

export const check = activeRegionCheck(about, facts, judge);

function* facts(scope: RegionScope): Asking<Facts> {
  const { estate, account, region } = scope;
  const paths = yield* pathRules(scope);
  const none: Answer<MetricResults> = { is: 'value', value: [], at: estate.now };
  if (paths.is !== 'value' || paths.value.length === 0) return { paths, results: none };
  const starts = paths.value.flatMap((_, at) => (at % rulesAtOnce === 0 ? [at] : []));
  const answers = yield* all(
    starts.map((from) =>
      ask(
        getMetricData,
        { account: account.id, region },
        {
          StartTime: new Date(estate.now.getTime() - weekSeconds * 1000),
          EndTime: estate.now,
          MetricDataQueries: rules(paths)
            .slice(from, from + rulesAtOnce)
            .flatMap((rule, at) => queriesOf(rule, from + at)),
        },
      ),
    ),
  );
  const whole = together(answers);
  return {
    paths,
    results: whole.is === 'value' ? { ...whole, value: whole.value.flatMap((one) => one.MetricDataResults) } : whole,
  };
}

const rules = (paths: Facts['paths']): readonly BusRule[] =>
  paths.is === 'value' ? paths.value.map(({ rule }) => rule) : [];

/** On the default bus the bus is no dimension. */
const queriesOf = ({ rule, bus }: BusRule, at: number) =>
  metrics.map((MetricName) => ({
    Id: idOf(at, MetricName),
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Events',
        MetricName,
        Dimensions: [
          ...(bus === 'default' ? [] : [{ Name: 'EventBusName', Value: bus }]),
          { Name: 'RuleName', Value: rule.Name },
        ],
      },
      Period: weekSeconds,
      Stat: 'Sum',
    },
  }));

const idOf = (at: number, metric: string): string => `rule${at}_${metric}`;

function judge({ paths, results }: Facts, scope: RegionScope): Judged[] {
  const order = rules(paths);
  return eachRule(paths, scope, (path, spot) => {
    if (results.is === 'unknown') return unknownFrom(spot, results);
    const found = results.is === 'value' ? results.value : [];
    const of = (metric: string) => found.filter(({ Id }) => Id === idOf(order.indexOf(path.rule), metric));
    const sum = (metric: string) =>
      of(metric)
        .flatMap(({ Values }) => Values)
        .reduce((total, value) => total + value, 0);
    const { Name } = path.rule.rule;
    const failed = failures.filter((metric) => sum(metric) > 0);
    if (failed.length > 0) {
      const times = failed.flatMap((metric) => of(metric).flatMap(({ Timestamps }) => Timestamps));
      const since = times.length === 0 ? '' : `, since ${new Date(Math.min(...times.map(Number))).toISOString()}`;
      return fail(spot, `${Name}: ${failed.map((metric) => `${metric} ${sum(metric)}`).join(', ')}${since}.`, {
        proof: 'proven',
      });
    }
    const partly = metrics.flatMap(of).find(({ StatusCode }) => !isWord(StatusCode, 'Complete'));
    if (partly !== undefined)
      return unknown(spot, 'not asked', `CloudWatch did not give all of the metrics of ${Name}: ${partly.StatusCode}.`);
    const invoked = sum('Invocations');
    return invoked > 0
      ? pass(spot, `${Name} sent ${invoked} events in seven days, and all got through.`, { proof: 'proven' })
      : pass(spot, `${Name} was not triggered in seven days.`);
  });
}
