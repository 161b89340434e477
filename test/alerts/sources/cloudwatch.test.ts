import { describe, expect, test } from 'vitest';
import { event, fieldOf, readFile, readOne } from './reading.ts';

const arn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web-errors-critical';

/** The SNS form, from the fields that the CloudWatch user guide documents. */
const sns = (changes: object): object => ({
  AlarmName: 'web-errors-critical',
  AlarmDescription: 'Too many errors. Runbook: https://wiki.example.com/runbooks/web-errors.',
  AWSAccountId: '111122223333',
  NewStateValue: 'ALARM',
  NewStateReason:
    'Threshold Crossed: 3 out of the last 3 datapoints [12.5 (24/11/26 09:27:00), 11.0 (24/11/26 09:26:00), 14.0 (24/11/26 09:25:00)] were greater than or equal to the threshold (10.0) (minimum 3 datapoints for OK -> ALARM transition).',
  StateChangeTime: '2026-11-24T09:30:00.123+0000',
  Region: 'EU (Ireland)',
  AlarmArn: arn,
  OldStateValue: 'OK',
  Trigger: {
    MetricName: '5XXError',
    Namespace: 'AWS/ApiGateway',
    StatisticType: 'Statistic',
    Statistic: 'SUM',
    Dimensions: [{ name: 'ApiName', value: 'shop' }],
    Period: 300,
    EvaluationPeriods: 3,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 10,
  },
  ...changes,
});

const eventBridge = (state: string): unknown =>
  event(
    'aws.cloudwatch',
    'CloudWatch Alarm State Change',
    {
      alarmName: 'web-errors-critical',
      state: { value: state, reason: 'Threshold Crossed', timestamp: '2026-11-24T09:35:00.000+0000' },
      previousState: { value: 'ALARM' },
      configuration: { metrics: [] },
    },
    [arn],
  );

const lambda = (state: string): unknown => ({
  source: 'aws.cloudwatch',
  alarmArn: arn,
  accountId: '111122223333',
  time: '2026-11-24T09:35:00.000+0000',
  region: 'eu-west-1',
  alarmData: {
    alarmName: 'web-errors-critical',
    state: { value: state },
    previousState: { value: 'OK' },
    configuration: {},
  },
});

const metric = (namespace: string, MetricName: string, AlarmName = 'alarm-7'): object =>
  sns({
    AlarmName,
    AlarmDescription: null,
    Trigger: {
      MetricName,
      Namespace: namespace,
      Period: 300,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
    },
    NewStateReason:
      'Threshold Crossed: 1 datapoint [1.0 (24/11/26 09:27:00)] was greater than or equal to the threshold (1.0).',
  });

describe('a CloudWatch alarm', () => {
  test('says in plain words what was measured', () => {
    const signal = readOne(sns({}));
    expect(signal).toMatchObject({
      source: 'cloudwatch',
      kind: 'metric alarm',
      title: 'web-errors-critical is in alarm',
      sentence: '5XXError of shop was 12.5, at or above the threshold of 10, for 15 minutes.',
      severity: 'critical',
      state: 'firing',
      account: '111122223333',
      region: 'eu-west-1',
      time: '2026-11-24T09:30:00.123Z',
      runbook: 'https://wiki.example.com/runbooks/web-errors',
    });
    expect(signal.links[0]?.url).toBe(
      'https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/web-errors-critical',
    );
  });

  test('keeps one key in all three forms, so that OK resolves what ALARM opened', () => {
    const opened = readOne(sns({}));
    for (const over of [sns({ NewStateValue: 'OK', OldStateValue: 'ALARM' }), eventBridge('OK'), lambda('OK')]) {
      expect(readOne(over)).toMatchObject({ dedupKey: opened.dedupKey, state: 'resolved', severity: 'info' });
    }
    for (const again of [eventBridge('ALARM'), lambda('ALARM')]) {
      expect(readOne(again)).toMatchObject({ dedupKey: opened.dedupKey, state: 'firing', severity: 'critical' });
    }
  });

  test('has a key without an ARN too, from account, region and name', () => {
    expect(readOne(sns({ AlarmArn: undefined })).dedupKey).toBe(arn);
  });

  test('tells missing data from trouble', () => {
    expect(readOne(sns({ NewStateValue: 'INSUFFICIENT_DATA' }))).toMatchObject({
      severity: 'low',
      state: 'firing',
      title: 'web-errors-critical has no data',
      sentence: 'CloudWatch has too little data on 5XXError of shop to say whether it is well.',
    });
  });

  test('reads a composite alarm in SNS form', () => {
    const signal = readOne(
      sns({
        AlarmName: 'shop',
        AlarmDescription: null,
        Trigger: undefined,
        AlarmRule: 'ALARM(web-errors) OR ALARM(db-cpu)',
        TriggeringChildren: [
          { Arn: 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:web-errors', State: { Value: 'ALARM' } },
        ],
      }),
    );
    expect(signal).toMatchObject({
      kind: 'composite alarm',
      severity: 'medium',
      sentence: 'The composite alarm shop is in alarm because of web-errors.',
    });
  });

  test('reads metric math and an anomaly band in SNS form', () => {
    const Metrics = [
      { Id: 'e1', Expression: 'errors/requests', Label: 'Error rate', ReturnData: true },
      {
        Id: 'errors',
        MetricStat: {
          Metric: {
            MetricName: 'Errors',
            Namespace: 'AWS/Lambda',
            Dimensions: [{ name: 'FunctionName', value: 'pay' }],
          },
          Period: 60,
          Stat: 'Sum',
        },
        ReturnData: false,
      },
    ];
    expect(
      readOne(
        sns({
          Trigger: {
            Period: 60,
            EvaluationPeriods: 1,
            ComparisonOperator: 'GreaterThanThreshold',
            Threshold: 10,
            Metrics,
          },
        }),
      ),
    ).toMatchObject({
      sentence: 'Error rate of pay was 12.5, above the threshold of 10, for 3 minutes.',
      resource: { arn: 'arn:aws:lambda:eu-west-1:111122223333:function:pay', name: 'pay', type: 'Lambda function' },
    });
    const band = readOne(
      sns({
        Trigger: {
          ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
          ThresholdMetricId: 'ad1',
          Metrics: [
            { Id: 'm1', MetricStat: { Metric: { MetricName: 'Latency' }, Period: 60 } },
            { Id: 'ad1', Expression: 'ANOMALY_DETECTION_BAND(m1, 2)' },
          ],
        },
      }),
    );
    expect(band).toMatchObject({
      kind: 'anomaly alarm',
      sentence: 'Latency was 12.5, outside the expected band, for 3 minutes.',
    });
  });

  test.each([
    ['LogMetrics', 'RootAccountUsage', 'use of the root account', 'high'],
    ['CISBenchmark', 'UnauthorizedAPICalls', 'unauthorized API calls', 'medium'],
    ['CloudTrailMetrics', 'ConsoleSignInWithoutMfaCount', 'console sign-ins without MFA', 'high'],
    ['LogMetrics', 'IAMPolicyEventCount', 'IAM policy changes', 'medium'],
    ['LogMetrics', 'CloudTrailCfgChanges', 'CloudTrail configuration changes', 'high'],
    ['LogMetrics', 'ConsoleSigninFailures', 'failed console sign-ins', 'medium'],
    ['LogMetrics', 'DisableOrDeleteCMK', 'KMS keys disabled or scheduled for deletion', 'high'],
    ['LogMetrics', 'S3BucketPolicyChanges', 'S3 bucket policy changes', 'medium'],
    ['LogMetrics', 'AWSConfigChanges', 'AWS Config changes', 'high'],
    ['LogMetrics', 'SecurityGroupChanges', 'security group changes', 'medium'],
    ['LogMetrics', 'NACLChanges', 'network ACL changes', 'medium'],
    ['LogMetrics', 'NetworkGWChanges', 'network gateway changes', 'medium'],
    ['LogMetrics', 'RouteTableChanges', 'route table changes', 'medium'],
    ['LogMetrics', 'VPCChanges', 'VPC changes', 'medium'],
    ['LogMetrics', 'OrganizationsChanges', 'AWS Organizations changes', 'high'],
    ['VPCFlowLogs', 'RejectedSSHCount', 'rejected connections in VPC flow logs', 'medium'],
  ])('names what the metric filter %s %s watches', (namespace, name, what, severity) => {
    const signal = readOne(metric(namespace, name));
    expect(fieldOf(signal, 'Watches')).toBe(what);
    expect(signal.severity).toBe(severity);
    expect(signal.sentence).toContain(`The logs show ${what}: ${name} was 1`);
  });

  test("does not take AWS's own metrics for metric filters", () => {
    expect(fieldOf(readOne(metric('AWS/S3', 'UnauthorizedRequests')), 'Watches')).toBeUndefined();
  });

  test.each([
    ['SEV1 checkout down', 'critical'],
    ['P2-latency', 'high'],
    ['severity: high disk', 'high'],
    ['cpu-too-high', 'medium'],
    ['disk warning', 'low'],
    ['sev5 note', 'info'],
    ['Noncritical batch', 'medium'],
  ])('grades the alarm "%s" as %s', (AlarmName, severity) => {
    expect(readOne(sns({ AlarmName, AlarmDescription: 'none' })).severity).toBe(severity);
  });

  test('that was deleted or muted is a gap in the watch, and no change of the alarm itself', () => {
    const configuration = (operation: string, actionsEnabled: boolean) =>
      readOne(
        event(
          'aws.cloudwatch',
          'CloudWatch Alarm Configuration Change',
          { alarmName: 'web-errors', operation, state: { value: 'OK' }, configuration: { actionsEnabled } },
          [arn],
        ),
      );
    expect(configuration('delete', true)).toMatchObject({
      severity: 'medium',
      title: 'Alarm web-errors was deleted',
      dedupKey: `${arn}#configuration`,
    });
    expect(configuration('update', false)).toMatchObject({
      severity: 'medium',
      title: 'Alarm web-errors had its actions switched off',
    });
    expect(configuration('update', true)).toMatchObject({ severity: 'info' });
  });
});

describe('recorded CloudWatch alarms', () => {
  test('in SNS form', () => {
    expect(readFile('cloudwatch-alarm-sns/metric-ALARM-0af500fa.json').sentence).toBe(
      'NetworkOut of TestInstance was 1,234, above the threshold of 0, for 1 minute.',
    );
    expect(readFile('cloudwatch-alarm-sns/metric-ALARM-9d381a5b.json')).toMatchObject({
      region: 'eu-west-1',
      account: '000000000000',
    });
  });

  test('with an anomaly band', () => {
    expect(readFile('cloudwatch-alarm-eventbridge/ALARM-1b1240e4.json')).toMatchObject({
      kind: 'anomaly alarm',
      sentence:
        'CPUUtilization of i-12345678901234567 was 0, outside the expected band of 0.0206 to 0.301, for 1 minute.',
    });
  });

  test('composite, with its actions suppressed', () => {
    expect(readFile('cloudwatch-alarm-eventbridge/ALARM-7e22719a.json')).toMatchObject({
      kind: 'composite alarm',
      severity: 'low',
      sentence:
        'The composite alarm ServiceAggregatedAlarm is in alarm because of ServerCpuTooHigh; its actions are held back by ServiceMaintenanceAlarm.',
    });
  });
});
