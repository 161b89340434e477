import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const head = {
  AlarmName: z.string(),
  AlarmArn: z.string(),
  ActionsEnabled: z.boolean().optional(),
  AlarmActions: z.array(z.string()).default([]),
  StateValue: z.string().optional(),
  EvaluationState: z.string().optional(),
};
const MetricAlarmShape = z.object({
  ...head,
  MetricName: z.string().optional(),
  Namespace: z.string().optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Dimensions,
  Period: z.number().optional(),
  EvaluationPeriods: z.number().optional(),
  DatapointsToAlarm: z.number().optional(),
  Threshold: z.number().optional(),
  ComparisonOperator: z.string().optional(),
  TreatMissingData: z.string().optional(),
  Metrics: z
    .array(
      z.object({
        MetricStat: z
          .object({
            Metric: z.object({ Namespace: z.string().optional(), MetricName: z.string().optional(), Dimensions }),
            Stat: z.string().optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});
const CompositeAlarmShape = z.object({
  ...head,
  AlarmRule: z.string().default(''),
  ActionsSuppressor: z.string().optional(),
});
const LogAlarmShape = z.object({
  ...head,
  ScheduledQueryConfiguration: z
    .object({ QueryString: z.string().default(''), LogGroupIdentifiers: z.array(z.string()).default([]) })
    .optional(),
});
const Alarms = z.object({
  MetricAlarms: z.array(MetricAlarmShape).default([]),
  CompositeAlarms: z.array(CompositeAlarmShape).default([]),
  LogAlarms: z.array(LogAlarmShape).default([]),
});
export type MetricAlarm = z.output<typeof MetricAlarmShape>;
export type CompositeAlarm = z.output<typeof CompositeAlarmShape>;
export type LogAlarm = z.output<typeof LogAlarmShape>;

/** One kind of alarm at a time, each with its own list: only metric alarms come back unless others are asked for. */
const describeAlarms = (list: 'MetricAlarms' | 'CompositeAlarms' | 'LogAlarms'): Call<z.output<typeof Alarms>> => ({
  service: 'cloudWatch',
  operation: 'DescribeAlarms',
  output: Alarms,
  pages: { token: 'NextToken', next: 'NextToken', list },
});
export const describeMetricAlarms = describeAlarms('MetricAlarms');
export const describeCompositeAlarms = describeAlarms('CompositeAlarms');
/** A kind of mid-2026: a partition that does not have it yet refuses its name. */
export const describeLogAlarms: Call<z.output<typeof Alarms>> = {
  ...describeAlarms('LogAlarms'),
  absent: ['ValidationError', 'ValidationException'],
};

const History = z.object({
  AlarmHistoryItems: z
    .array(
      z.object({
        Timestamp: z.date(),
        HistorySummary: z.string().default(''),
        HistoryData: z.string().default(''),
      }),
    )
    .default([]),
});
/** Newest first, with what became of each; the newest page is enough. */
export const describeAlarmHistory: Call<z.output<typeof History>> = {
  service: 'cloudWatch',
  operation: 'DescribeAlarmHistory',
  output: History,
};
export type AlarmHistory = z.output<typeof History>;

const MuteRules = z.object({
  AlarmMuteRuleSummaries: z
    .array(z.object({ AlarmMuteRuleArn: z.string(), Status: z.string().optional(), ExpireDate: z.date().optional() }))
    .default([]),
});
export const listAlarmMuteRules: Call<z.output<typeof MuteRules>> = {
  service: 'cloudWatch',
  operation: 'ListAlarmMuteRules',
  output: MuteRules,
  pages: pagedBy('NextToken', 'AlarmMuteRuleSummaries'),
};
export type MuteRules = z.output<typeof MuteRules>;

const MetricData = z.object({
  MetricDataResults: z
    .array(
      z.object({
        Id: z.string(),
        /** Complete, or why the values are not all of them. */
        StatusCode: z.string().default('Complete'),
        Values: z.array(z.number()).default([]),
        Timestamps: z.array(z.date()).default([]),
      }),
    )
    .default([]),
});
/** At most 500 queries. $0.01 per 1,000 metrics. */
export const getMetricData: Call<z.output<typeof MetricData>> = {
  service: 'cloudWatch',
  operation: 'GetMetricData',
  output: MetricData,
  pages: pagedBy('NextToken', 'MetricDataResults'),
};
export type MetricResults = z.output<typeof MetricData>['MetricDataResults'];
