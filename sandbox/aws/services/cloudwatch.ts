import type {
  AlarmHistoryItem,
  AlarmMuteRuleSummary,
  CompositeAlarm,
  DeleteAlarmMuteRuleInput,
  DeleteAlarmsInput,
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  DisableAlarmActionsInput,
  EnableAlarmActionsInput,
  GetMetricDataInput,
  GetMetricDataOutput,
  ListAlarmMuteRulesInput,
  ListAlarmMuteRulesOutput,
  LogAlarm,
  MetricAlarm,
  PutAlarmMuteRuleInput,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
} from '@aws-sdk/client-cloudwatch';
import { alarmTopic, monitored } from '../../organization/monitoring.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs } from '../../organization/stable.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call, type Service } from '../service.ts';
import { eventMetric } from './event-metrics.ts';
import { metricNamespace } from './metric-filters.ts';

interface Muted {
  name: string;
  alarms: readonly string[];
  from: Date | null;
  until: Date | null;
}

/** What one account has in one region. */
interface Held {
  metric: Map<string, MetricAlarm>;
  composite: Map<string, CompositeAlarm>;
  log: Map<string, LogAlarm>;
  history: AlarmHistoryItem[];
  mutes: Map<string, Muted>;
}

const places = perOrganization((organization) => {
  const { trail } = organization;
  return new Map<string, Held>([[`${trail.account}/${trail.region}`, seeded(organization)]]);
});

function seeded(organization: Organization): Held {
  const { trail, attack } = organization;
  const metric = monitored.map(({ topic, metric: MetricName }): [string, MetricAlarm] => [
    `cis-${topic}`,
    {
      AlarmName: `cis-${topic}`,
      AlarmArn: `arn:aws:cloudwatch:${trail.region}:${trail.account}:alarm:cis-${topic}`,
      // A defect: the actions of one alarm were switched off and forgotten.
      ActionsEnabled: topic !== 'route',
      OKActions: [],
      AlarmActions: [alarmTopic(organization)],
      InsufficientDataActions: [],
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Insufficient Data: no datapoints were received.',
      StateUpdatedTimestamp: attack.from,
      MetricName,
      Namespace: metricNamespace,
      Statistic: 'Sum',
      Dimensions: [],
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'missing',
    },
  ]);
  const fired = ['root', 'iam-policy', 'cloudtrail'].map((topic) =>
    published(`cis-${topic}`, alarmTopic(organization), new Date(attack.to.getTime() - dayMs), null),
  );
  return { metric: new Map(metric), composite: new Map(), log: new Map(), history: fired, mutes: new Map() };
}

/** What the history says of an action. Source: CloudWatch user guide, "Alarm events and EventBridge" and alarm history. */
function published(AlarmName: string, topic: string, Timestamp: Date, error: string | null): AlarmHistoryItem {
  return {
    AlarmName,
    AlarmType: 'MetricAlarm',
    Timestamp,
    HistoryItemType: 'Action',
    HistorySummary: `${error === null ? 'Successfully executed' : 'Failed to execute'} action ${topic}`,
    HistoryData: JSON.stringify({
      actionState: error === null ? 'Succeeded' : 'Failed',
      notificationResource: topic,
      ...(error !== null && { error }),
    }),
  };
}

function held({ organization, account, region }: Pick<Call<unknown>, 'organization' | 'account' | 'region'>): Held {
  const all = places(organization);
  const known = all.get(`${account}/${region}`);
  if (known !== undefined) return known;
  const made: Held = { metric: new Map(), composite: new Map(), log: new Map(), history: [], mutes: new Map() };
  all.set(`${account}/${region}`, made);
  return made;
}

/** CloudWatch: alarms with their history and mute rules, and a few metrics. Source: CloudWatch API reference. */
export const cloudWatch = {
  signingName: 'monitoring',
  sdk: () => import('@aws-sdk/client-cloudwatch'),
  operations: {
    DescribeAlarms: describeAlarms,

    DescribeAlarmHistory: (call: Call<DescribeAlarmHistoryInput>): DescribeAlarmHistoryOutput => {
      const { NextToken: token, MaxRecords: size = 100, ...request } = call.input;
      const { AlarmName, HistoryItemType, StartDate, EndDate, ScanBy } = request;
      const found = held(call).history.filter(
        (item) =>
          (AlarmName === undefined || item.AlarmName === AlarmName) &&
          (HistoryItemType === undefined || item.HistoryItemType === HistoryItemType) &&
          (item.Timestamp ?? call.now) >= (StartDate ?? new Date(0)) &&
          (item.Timestamp ?? call.now) <= (EndDate ?? call.now),
      );
      const sign = ScanBy === 'TimestampAscending' ? 1 : -1;
      const at = ({ Timestamp }: AlarmHistoryItem): number => Timestamp?.getTime() ?? 0;
      const sorted = found.toSorted((a, b) => sign * (at(a) - at(b)));
      const { items, next } = pageOf(sorted, { token, size, request, refusal: badToken });
      return { AlarmHistoryItems: items, NextToken: next };
    },

    PutMetricAlarm: (call: Call<PutMetricAlarmInput>): object => {
      const { AlarmName = '', Tags: _, ...given } = call.input;
      held(call).metric.set(AlarmName, {
        ActionsEnabled: true,
        OKActions: [],
        AlarmActions: [],
        InsufficientDataActions: [],
        Dimensions: [],
        ...given,
        AlarmName,
        AlarmArn: `arn:aws:cloudwatch:${call.region}:${call.account}:alarm:${AlarmName}`,
        StateValue: 'INSUFFICIENT_DATA',
        StateReason: 'Unchecked: Initial alarm creation',
        StateUpdatedTimestamp: call.now,
      });
      return {};
    },

    PutCompositeAlarm: (call: Call<PutCompositeAlarmInput>): object => {
      const { AlarmName = '', Tags: _, ...given } = call.input;
      held(call).composite.set(AlarmName, {
        ActionsEnabled: true,
        AlarmActions: [],
        ...given,
        AlarmName,
        AlarmArn: `arn:aws:cloudwatch:${call.region}:${call.account}:alarm:${AlarmName}`,
        StateValue: 'OK',
        StateUpdatedTimestamp: call.now,
      });
      return {};
    },

    DeleteAlarms: (call: Call<DeleteAlarmsInput>): object => {
      const { metric, composite, log } = held(call);
      for (const name of call.input.AlarmNames ?? []) {
        if (!(metric.delete(name) || composite.delete(name) || log.delete(name)))
          throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist`, 404);
      }
      return {};
    },

    EnableAlarmActions: (call: Call<EnableAlarmActionsInput>): object => switchActions(call, true),
    DisableAlarmActions: (call: Call<DisableAlarmActionsInput>): object => switchActions(call, false),

    ListAlarmMuteRules: (call: Call<ListAlarmMuteRulesInput>): ListAlarmMuteRulesOutput => {
      const { NextToken: token, MaxRecords: size = 50, ...request } = call.input;
      const found = [...held(call).mutes.values()]
        .filter(({ alarms }) => request.AlarmName === undefined || alarms.includes(request.AlarmName))
        .map((mute) => summaryOf(call, mute))
        .filter(
          ({ Status }) => request.Statuses === undefined || (Status !== undefined && request.Statuses.includes(Status)),
        );
      const { items, next } = pageOf(found, { token, size, request, refusal: badToken });
      return { AlarmMuteRuleSummaries: items, NextToken: next };
    },

    PutAlarmMuteRule: (call: Call<PutAlarmMuteRuleInput>): object => {
      const { Name = '', MuteTargets, StartDate, ExpireDate } = call.input;
      held(call).mutes.set(Name, {
        name: Name,
        alarms: MuteTargets?.AlarmNames ?? [],
        from: StartDate ?? null,
        until: ExpireDate ?? null,
      });
      return {};
    },

    DeleteAlarmMuteRule: (call: Call<DeleteAlarmMuteRuleInput>): object => {
      held(call).mutes.delete(call.input.AlarmMuteRuleName ?? '');
      return {};
    },

    GetMetricData: (call: Call<GetMetricDataInput>): GetMetricDataOutput => ({
      MetricDataResults: (call.input.MetricDataQueries ?? []).map(({ Id, MetricStat }) => {
        const { Namespace, MetricName = '', Dimensions = [] } = MetricStat?.Metric ?? {};
        const named = (wanted: string) => Dimensions.find(({ Name }) => Name === wanted)?.Value;
        const rule = named('RuleName');
        const value =
          Namespace === 'AWS/Events' && rule !== undefined
            ? eventMetric(call, { rule, bus: named('EventBusName') ?? 'default', metric: MetricName })
            : 0;
        // Metrics of what did not happen are not sent.
        return {
          Id,
          Label: MetricName,
          StatusCode: 'Complete' as const,
          Timestamps: value === 0 ? [] : [new Date(call.now.getTime() - dayMs)],
          Values: value === 0 ? [] : [value],
        };
      }),
    }),
  },
} satisfies Service;

const badToken = new AwsError('InvalidNextToken', 'The next token specified is invalid.');

/** Metric alarms alone unless others are asked for. Source: CloudWatch API reference, DescribeAlarms. */
function describeAlarms(call: Call<DescribeAlarmsInput>): DescribeAlarmsOutput {
  const { NextToken: token, MaxRecords: size = 50, ...request } = call.input;
  const { AlarmNames, AlarmNamePrefix = '', AlarmTypes = ['MetricAlarm'] } = request;
  const { metric, composite, log } = held(call);
  const isMeant = ({ AlarmName = '' }: { AlarmName?: string | undefined }): boolean =>
    (AlarmNames === undefined || AlarmNames.includes(AlarmName)) && AlarmName.startsWith(AlarmNamePrefix);
  const all = [
    ...(AlarmTypes.includes('CompositeAlarm') ? [...composite.values()] : []),
    ...(AlarmTypes.includes('MetricAlarm') ? [...metric.values()] : []),
    ...(AlarmTypes.includes('LogAlarm') ? [...log.values()] : []),
  ].filter(isMeant);
  const { items, next } = pageOf(all, { token, size, request, refusal: badToken });
  const shown = new Set(items.map(({ AlarmArn }) => AlarmArn));
  const ofPage = <Alarm extends { AlarmArn?: string | undefined }>(alarms: Map<string, Alarm>): Alarm[] =>
    [...alarms.values()].filter(({ AlarmArn }) => shown.has(AlarmArn));
  return {
    MetricAlarms: ofPage(metric),
    CompositeAlarms: ofPage(composite),
    ...(AlarmTypes.includes('LogAlarm') && { LogAlarms: ofPage(log) }),
    NextToken: next,
  };
}

function switchActions(call: Call<{ AlarmNames: string[] | undefined }>, ActionsEnabled: boolean): object {
  const { metric, composite } = held(call);
  for (const name of call.input.AlarmNames ?? []) {
    const [one, other] = [metric.get(name), composite.get(name)];
    if (one !== undefined) metric.set(name, { ...one, ActionsEnabled });
    if (other !== undefined) composite.set(name, { ...other, ActionsEnabled });
  }
  return {};
}

function summaryOf({ account, region, now }: Call<unknown>, { name, from, until }: Muted): AlarmMuteRuleSummary {
  return {
    AlarmMuteRuleArn: `arn:aws:cloudwatch:${region}:${account}:alarm-mute-rule:${name}`,
    ...(until !== null && { ExpireDate: until }),
    Status: until !== null && until <= now ? 'EXPIRED' : from !== null && from > now ? 'SCHEDULED' : 'ACTIVE',
    MuteType: from === null ? 'RECURRING' : 'ONE_TIME',
    LastUpdatedTimestamp: now,
  };
}

/** The last publication of an alarm failed, as where the topic's policy no longer lets CloudWatch in. */
export function failAlarmAction(organization: Organization, alarm: string, at: Date): void {
  const { account, region } = organization.trail;
  held({ organization, account, region }).history.push(
    published(alarm, alarmTopic(organization), at, 'CloudWatch Alarms is not authorized to perform: SNS:Publish'),
  );
}

/** Puts an alarm on a scheduled query over the trail's group, which no metric filter stands behind. */
export function addLogAlarm(organization: Organization, name: string, query: string): void {
  const { account, region, logGroup } = organization.trail;
  held({ organization, account, region }).log.set(name, {
    AlarmName: name,
    AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
    ActionsEnabled: true,
    AlarmActions: [alarmTopic(organization)],
    StateValue: 'OK',
    ScheduledQueryConfiguration: {
      QueryString: query,
      LogGroupIdentifiers: [logGroup],
      ScheduledQueryRoleARN: `arn:aws:iam::${account}:role/scheduled-queries`,
      ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 },
      AggregationExpression: 'count(*)',
    },
    QueryResultsToEvaluate: 1,
    QueryResultsToAlarm: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  });
}

/** Writes of an action of an alarm of the trail's log group into its history. `HistoryData` is JSON. */
export function addHistory(organization: Organization, AlarmName: string, Timestamp: Date, HistoryData: string): void {
  const { account, region } = organization.trail;
  held({ organization, account, region }).history.push({
    AlarmName,
    AlarmType: 'MetricAlarm',
    Timestamp,
    HistoryItemType: 'Action',
    HistorySummary: 'Executed an action',
    HistoryData,
  });
}

/** What CloudWatch says of an alarm's evaluation: `EVALUATION_ERROR`. */
export function breakEvaluation(
  organization: Organization,
  alarm: string,
  EvaluationState: MetricAlarm['EvaluationState'],
): void {
  const { account, region } = organization.trail;
  const { metric } = held({ organization, account, region });
  const known = metric.get(alarm);
  if (known === undefined) throw new Error(`There is no alarm ${alarm}.`);
  metric.set(alarm, { ...known, EvaluationState });
}
