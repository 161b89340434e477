import type { Answer } from '../../../asks.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type ActingAlarm, type Monitoring, monitoring } from '../facts.ts';

const about: About = {
  id: 'alarm-state',
  version: 1,
  title: 'Alarms on API calls are evaluated',
  severity: 'medium',
  why: 'An alarm whose evaluation fails stays silent and looks as if nothing happened.',
  passes:
    'CloudWatch reports no error in evaluating the alarms on the trail’s metrics. INSUFFICIENT_DATA is normal for metrics that exist only when something happens.',
  fix: 'aws cloudwatch put-metric-alarm --alarm-name {name} --namespace <namespace> --metric-name <metric> --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching --alarm-actions <topic-arn> --region {region}',
  references: ['https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html'],
};

/** Source: CloudWatch API reference, MetricAlarm. */
const broken = ['PARTIAL_DATA', 'EVALUATION_ERROR', 'EVALUATION_FAILURE'];

export const check = organizationCheck(about, monitoring, judge);

function judge(known: Answer<Monitoring>, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  if (known.is === 'unknown') return [unknownFrom(spot, known)];
  if (known.is === 'absent') return [notApplicable(spot, known.message)];
  const { group, filters, alarms } = known.value;
  const place = { account: group.account, region: group.region };
  if (alarms.is === 'unknown') return [unknownFrom(place, alarms)];
  if (filters.is === 'unknown') return [unknownFrom(place, filters)];
  if (alarms.is === 'absent' || filters.is === 'absent') return [notApplicable(place, 'There are no alarms here.')];
  const metrics = new Set(
    filters.value.flatMap(({ filter }) =>
      filter.metricTransformations.map(({ metricName, metricNamespace }) => `${metricNamespace}/${metricName}`),
    ),
  );
  const watching: readonly ActingAlarm[] = [
    ...alarms.value.metric.filter(({ Namespace, MetricName }) => metrics.has(`${Namespace}/${MetricName}`)),
    ...alarms.value.log.filter(({ ScheduledQueryConfiguration: query }) =>
      query?.LogGroupIdentifiers.some((one) => one === group.name || one === group.arn),
    ),
  ];
  if (watching.length === 0) return [notApplicable(place, 'No alarm watches the trail’s metrics.')];
  return watching.map(({ AlarmName, AlarmArn, EvaluationState, StateValue }) => {
    const of = { ...place, resource: AlarmArn };
    if (EvaluationState === undefined || EvaluationState === '')
      return pass(of, `The alarm ${AlarmName} is evaluated (${StateValue ?? 'no state yet'}).`);
    return broken.includes(EvaluationState.toUpperCase())
      ? fail(of, `CloudWatch cannot evaluate the alarm ${AlarmName}: ${EvaluationState}.`)
      : unknown(
          of,
          'not asked',
          `The evaluation of the alarm ${AlarmName} is ${EvaluationState}, a word that is not known.`,
        );
  });
}
