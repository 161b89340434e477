import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { event, readAll, readOne } from './reading.ts';

/**
 * Payloads built from the services' own documentation where the folder of real ones has none: each row is one shape, and
 * what a reader must learn from it. `event` puts account 111122223333, eu-west-1 and 2026-11-24T09:30 around a detail.
 */

const here = 'eu-west-1:111122223333:';
const instance = 'i-0123456789abcdef0';
const instanceArn = `arn:aws:ec2:${here}instance/${instance}`;

const trail = {
  eventVersion: '1.08',
  userIdentity: {
    type: 'IAMUser',
    arn: 'arn:aws:iam::111122223333:user/ana',
    accountId: '111122223333',
    userName: 'ana',
  },
  eventTime: '2026-11-24T09:29:00Z',
  eventSource: 'cloudtrail.amazonaws.com',
  eventName: 'StopLogging',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '198.51.100.7',
  requestParameters: { name: `arn:aws:cloudtrail:${here}trail/org` },
  responseElements: null,
  eventID: 'e-1',
  recipientAccountId: '111122223333',
};
const stopLogging = {
  source: 'cloudtrail',
  kind: 'StopLogging',
  account: '111122223333',
  region: 'eu-west-1',
  sourceIp: '198.51.100.7',
  actor: { name: 'ana' },
  resource: { name: 'org' },
  time: '2026-11-24T09:29:00.000Z',
};
const logs = (...messages: string[]) => ({
  messageType: 'DATA_MESSAGE',
  owner: '111122223333',
  logGroup: '/app/pay',
  logStream: 's',
  subscriptionFilters: ['errors'],
  logEvents: messages.map((message, place) => ({ id: String(place), timestamp: 1_795_512_600_000 + place, message })),
});
const zipped = (value: unknown) => gzipSync(JSON.stringify(value)).toString('base64');
const call = (eventName: string, service: string, more: Record<string, unknown>) =>
  event(`aws.${service}`, 'AWS API Call via CloudTrail', {
    ...trail,
    eventName,
    eventSource: `${service}.amazonaws.com`,
    requestParameters: null,
    ...more,
  });

/** Whether two messages of another program are one alert. */
test.each<[string, object, object, boolean]>([
  ['two jobs with the same keys', { job: 'vat', result: 'failure' }, { job: 'mail', result: 'failure' }, false],
  [
    'a job that failed, and its next good run',
    { job: 'vat', result: 'failure', stderr: 'refused' },
    { job: 'vat', result: 'success' },
    true,
  ],
  [
    'the same problem on two hosts',
    { title: 'Disk is full', host: 'nas1', status: 'PROBLEM' },
    { title: 'Disk is full', host: 'nas2', status: 'PROBLEM' },
    false,
  ],
  [
    'a sensor whose words change',
    { sensor: 'Ping', device: 'fw1', status: 'Down', lastmessage: 'Timed out after 2 s' },
    { sensor: 'Ping', device: 'fw1', status: 'Up', lastmessage: 'Answered in 3 ms' },
    true,
  ],
])('%s', (_, one, other, same) => {
  expect(readOne(one).dedupKey === readOne(other).dedupKey).toBe(same);
});

test('whose a message is, is not what it is about', () => {
  expect(readOne({ title: 'Errors', body: 'Too many errors', org: { id: '1', name: 'Example' } }).resource).toBe(
    undefined,
  );
});

test.each<[string, unknown, Record<string, unknown>]>([
  ['a log subscription with API calls', { awslogs: { data: zipped(logs(JSON.stringify(trail))) } }, stopLogging],
  [
    'a log subscription with lines of a program',
    { awslogs: { data: zipped(logs('ERROR payment 7 failed', 'retrying')) } },
    {
      source: 'logs',
      severity: 'low',
      account: '111122223333',
      title: 'Log group /app/pay: ERROR payment 7 failed',
      sentence: '2 lines of /app/pay passed the filter errors: ERROR payment 7 failed.',
      time: '2026-11-24T09:30:00.001Z',
    },
  ],
  [
    'a flow record among log lines',
    logs('2 111122223333 eni-0123456789abcdef0 198.51.100.7 10.0.0.5 44321 22 6 3 180 1763999999 1764000059 REJECT OK'),
    { source: 'vpcflow', severity: 'low', sourceIp: '198.51.100.7' },
  ],
  [
    'a record of a Kinesis stream',
    { Records: [{ kinesis: { data: zipped(logs(JSON.stringify(trail))) } }] },
    stopLogging,
  ],
  [
    'a record of Firehose',
    { records: [{ recordId: '1', data: Buffer.from(JSON.stringify(trail)).toString('base64') }] },
    stopLogging,
  ],
  [
    'a record of Kafka',
    { records: { 'trail-0': [{ topic: 'trail', value: Buffer.from(JSON.stringify(trail)).toString('base64') }] } },
    stopLogging,
  ],
  ['an answer of LookupEvents', { Events: [{ EventId: 'e', CloudTrailEvent: JSON.stringify(trail) }] }, stopLogging],
  [
    'inner records as JSON in a text',
    { ...trail, requestParameters: JSON.stringify(trail.requestParameters) },
    stopLogging,
  ],
  [
    'an API call in OCSF',
    {
      class_uid: 6003,
      category_uid: 6,
      time_dt: '2026-11-24T09:29:00Z',
      cloud: { provider: 'AWS', region: 'eu-west-1', account: { uid: '111122223333' } },
      api: { operation: 'StopLogging', service: { name: 'cloudtrail.amazonaws.com' } },
      actor: { user: { type: 'IAMUser', name: 'ana', uid: 'arn:aws:iam::111122223333:user/ana' } },
      src_endpoint: { ip: '198.51.100.7' },
      resources: [{ uid: `arn:aws:cloudtrail:${here}trail/org` }],
      metadata: { product: { name: 'CloudTrail' } },
    },
    { ...stopLogging, severity: 'high' },
  ],
  [
    'a sign-in in OCSF',
    {
      class_uid: 3002,
      time: 1_795_512_600_000,
      cloud: { provider: 'AWS', region: 'us-east-1', account: { uid: '111122223333' } },
      user: { type: 'IAMUser', name: 'ana', uid: 'arn:aws:iam::111122223333:user/ana' },
      src_endpoint: { ip: '198.51.100.7' },
      status_id: 2,
    },
    { source: 'cloudtrail', kind: 'ConsoleLogin', title: 'Console sign-in of ana (failed)', sourceIp: '198.51.100.7' },
  ],
  [
    'rejected traffic in OCSF',
    {
      class_uid: 4001,
      action: 'Denied',
      disposition: 'Blocked',
      cloud: { region: 'eu-west-1', account: { uid: '111122223333' } },
      src_endpoint: { ip: '198.51.100.7' },
      dst_endpoint: { ip: '10.0.0.5', port: 22, instance_uid: instance },
      end_time: 1_795_512_600_000,
    },
    {
      source: 'vpcflow',
      kind: 'rejected traffic',
      severity: 'low',
      resource: { arn: instanceArn },
      time: '2026-11-24T09:30:00.000Z',
    },
  ],
  [
    'an Insight on errors',
    event('aws.cloudtrail', 'AWS Insight via CloudTrail', {
      eventType: 'AwsCloudTrailInsight',
      eventTime: '2026-11-24T09:29:00Z',
      awsRegion: 'eu-west-1',
      recipientAccountId: '111122223333',
      insightDetails: {
        state: 'Start',
        eventSource: 'iam.amazonaws.com',
        eventName: 'DeleteRole',
        insightType: 'ApiErrorRateInsight',
        errorCode: 'AccessDenied',
        insightContext: {
          statistics: { baseline: { average: 0.1 }, insight: { average: 6 } },
          attributions: [
            { attribute: 'userIdentityArn', insight: [{ value: 'arn:aws:iam::111122223333:user/ana', average: 6 }] },
          ],
        },
      },
    }),
    {
      title: 'Unusual rate of AccessDenied answers to DeleteRole in IAM',
      sentence:
        'Unusual rate of AccessDenied answers to DeleteRole in IAM: 6 a minute instead of 0.1, most of them by ana.',
      actor: { type: 'user', name: 'ana' },
    },
  ],
  [
    'a call that nests what it names',
    call('DeleteFlowLogs', 'ec2', {
      requestParameters: { DeleteFlowLogsRequest: { FlowLogId: { content: 'fl-0e17aa62a21d4bbfe', tag: 1 } } },
    }),
    { resource: { name: 'fl-0e17aa62a21d4bbfe', type: 'EC2 flow log' } },
  ],
  [
    'a call whose answer names what it made',
    call('CreateDistribution', 'cloudfront', {
      requestParameters: { distributionConfig: { cachePolicyId: '658327ea' } },
      responseElements: { distribution: { aRN: 'arn:aws:cloudfront::111122223333:distribution/E53370', id: 'E53370' } },
    }),
    { resource: { name: 'E53370', type: 'CloudFront distribution' } },
  ],
  [
    'a call on the thing that it is called after',
    call('CreateLaunchConfiguration', 'autoscaling', {
      requestParameters: { keyName: 'pair', launchConfigurationName: 'web-7' },
    }),
    { resource: { name: 'web-7', type: 'launch configuration' } },
  ],
  [
    'an account that Organizations made',
    event('aws.organizations', 'AWS Service Event via CloudTrail', {
      ...trail,
      eventName: 'CreateAccountResult',
      eventSource: 'organizations.amazonaws.com',
      requestParameters: null,
      serviceEventDetails: { createAccountStatus: { state: 'SUCCEEDED', accountId: '444455556666' } },
    }),
    { resource: { name: '444455556666', type: 'AWS account' } },
  ],
  [
    'a finding of unused access',
    event('aws.access-analyzer', 'Unused Access Finding for IAM entities', {
      findingId: 'b8ae0460',
      resource: 'arn:aws:iam::111122223333:role/old',
      resourceType: 'AWS::IAM::Role',
      accountId: '111122223333',
      status: 'ACTIVE',
      findingType: 'UnusedIAMRole',
    }),
    { dedupKey: 'access-analyzer:111122223333:b8ae0460', kind: 'unused role', resource: { name: 'old' } },
  ],
  [
    'a finding on the root user',
    event('aws.guardduty', 'GuardDuty Finding', {
      accountId: '111122223333',
      region: 'eu-west-1',
      id: '1',
      type: 'Policy:IAMUser/RootCredentialUsage',
      severity: 2,
      resource: { resourceType: 'AccessKey', accessKeyDetails: { userType: 'Root', userName: 'Root' } },
      service: { serviceName: 'guardduty' },
    }),
    { actor: { type: 'root' }, resource: { arn: 'arn:aws:iam::111122223333:root', type: 'account root' } },
  ],
  [
    'an account that is none by the book',
    {
      'detail-type': 'GuardDuty Finding',
      source: 'aws.guardduty',
      account: '1234567891234',
      detail: { AccountId: '1234567891234', Type: 'Recon:EC2/Portscan', Severity: 5 },
    },
    { account: '1234567891234', severity: 'medium' },
  ],
  [
    'a mail of an alarm',
    'You are receiving this email because your Amazon CloudWatch Alarm "cpu" in the EU (Ireland) region has entered the ALARM state, because "x" at "Tuesday 24 November, 2026 09:30:00 UTC".\n\nAlarm Details:\n- Name:                       cpu\n- State Change:               OK -> ALARM\n- Reason for State Change:    Threshold Crossed\n- Timestamp:                  Tuesday 24 November, 2026 09:30:00 UTC\n- AWS Account:                111122223333\n- Alarm Arn:                  arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu\n',
    {
      source: 'cloudwatch',
      dedupKey: `arn:aws:cloudwatch:${here}alarm:cpu`,
      title: 'cpu is in alarm',
      account: '111122223333',
      time: '2026-11-24T09:30:00.000Z',
    },
  ],
  [
    'a mail of Auto Scaling',
    'Service: AWS Auto Scaling\nTime: 2026-11-24T09:30:00.000Z\nEvent: autoscaling:EC2_INSTANCE_LAUNCH_ERROR\nAccountId: 111122223333\nAutoScalingGroupName: web\nAutoScalingGroupARN: arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:u:autoScalingGroupName/web\nStatusCode: Failed\nStatusMessage: quota\n',
    {
      source: 'autoscaling',
      severity: 'medium',
      title: 'Auto Scaling group web could not launch an instance',
      region: 'eu-west-1',
    },
  ],
  [
    'a mail of Cost Anomaly Detection',
    'AWS Cost Anomaly Detection found a cost anomaly\nAccount: 111122223333\nTotal impact: $250.00\nService: Amazon EC2\n',
    { source: 'billing', kind: 'cost anomaly', severity: 'medium', account: '111122223333' },
  ],
  [
    'a mail of Budgets without its table',
    'AWS Budgets: monthly has exceeded your alert threshold',
    { source: 'billing', title: 'Budget monthly has passed its threshold', severity: 'medium' },
  ],
  [
    'a notice of RDS without an ARN',
    {
      'Event Source': 'db-instance',
      'Event Time': '2026-11-24 09:30:00.000',
      'Identifier Link': 'https://console.aws.amazon.com/rds/home?region=eu-west-1#dbinstance:id=orders',
      'Source ID': 'orders',
      'Event ID': 'http://docs.amazonwebservices.com/x#RDS-EVENT-0006',
      'Event Message': 'DB instance restarted',
    },
    { source: 'rds', region: 'eu-west-1', resource: { name: 'orders', type: 'RDS instance' } },
  ],
  [
    'a notice of DMS',
    {
      'Event Source': 'replication-task',
      SourceId: 'task1',
      'Event ID': 'http://docs.aws.amazon.com/dms/x#DMS-EVENT-0078 ',
      'Event Message': 'Replication task has failed.',
    },
    { source: 'dms', severity: 'high', title: 'DMS task1: Replication task has failed' },
  ],
  [
    'an event of Redshift',
    event(
      'aws.redshift',
      'Redshift Cluster Event',
      {
        SourceType: 'cluster',
        SourceIdentifier: 'dw',
        Message: 'Cluster resize failed.',
        EventID: 'REDSHIFT-EVENT-3600',
      },
      [`arn:aws:redshift:${here}cluster:dw`],
    ),
    { source: 'redshift', severity: 'high', title: 'Redshift dw: Cluster resize failed' },
  ],
  [
    'a notice of Redshift, with keys of its own',
    {
      'Event Source': 'cluster',
      Resource: 'dw',
      Severity: 'ERROR',
      'About this Event': 'http://docs.aws.amazon.com/redshift/x#REDSHIFT-EVENT-3519',
      'Event Message': 'Cluster dw began restart.',
    },
    { source: 'redshift', kind: 'REDSHIFT-EVENT-3519', title: 'Redshift dw: Cluster dw began restart' },
  ],
  [
    'a database without its key, by an id that is not in the table',
    {
      'Event Source': 'db-instance',
      'Source ID': 'orders',
      'Event ID': 'http://docs.aws.amazon.com/rds/x#RDS-EVENT-9999',
      'Event Message': "Amazon RDS can't access the KMS encryption key.",
    },
    { source: 'rds', severity: 'high' },
  ],
  [
    'a canary, whose message tells only of the report',
    event('aws.synthetics', 'Synthetics Canary TestRun Failure', {
      'canary-name': 'pay',
      message: 'Test run result is generated successfully',
      'state-reason': 'Navigation timeout of 30000 ms exceeded',
    }),
    { sentence: 'Run of canary pay failed: Navigation timeout of 30000 ms exceeded.' },
  ],
  [
    'a practice run of a zonal shift, beside the load balancer that it is of',
    event(
      'aws.arc-zonal-shift',
      'Practice Run Failed',
      { metadata: { awayFrom: 'euw1-az2', notes: 'The outcome alarm went into ALARM.' } },
      [`arn:aws:elasticloadbalancing:${here}loadbalancer/app/shop/50dc6c495c0c9188`],
    ),
    { severity: 'medium', title: 'Practice run away from euw1-az2 failed' },
  ],
  [
    'a build of Amplify',
    event('aws.amplify', 'Amplify Deployment Status Change', {
      appId: 'd111',
      branchName: 'main',
      jobId: '00000031',
      jobStatus: 'FAILED',
    }),
    {
      severity: 'medium',
      title: 'Build of branch main of Amplify app d111 failed',
      dedupKey: 'amplify:111122223333:eu-west-1:Build of branch main of Amplify app:d111',
    },
  ],
  [
    'a run of DataSync, which is about its task',
    event('aws.datasync', 'DataSync Task Execution State Change', { State: 'ERROR' }, [
      `arn:aws:datasync:${here}task/task-0f/execution/exec-1`,
    ]),
    { severity: 'medium', title: 'Run of DataSync task task-0f failed', resource: { name: 'task-0f' } },
  ],
  [
    'what OpenSearch warns of',
    event(
      'aws.es',
      'Amazon OpenSearch Service Notification',
      { event: 'Low Disk Space', status: 'Warning', severity: 'Medium', description: 'Less than 25% is left.' },
      [`arn:aws:es:${here}domain/search`],
    ),
    {
      source: 'es',
      severity: 'medium',
      title: 'Low disk space on OpenSearch domain search needs a look',
      dedupKey:
        'es:111122223333:eu-west-1:low disk space on OpenSearch domain:arn:aws:es:eu-west-1:111122223333:domain/search',
    },
  ],
  [
    'a repair of OpenSearch that failed',
    event(
      'aws.es',
      'Amazon OpenSearch Service Cluster Status Notification',
      { event: 'Automatic Snapshot Restore for Red Indices', status: 'Failed', severity: 'High', description: 'Red.' },
      [`arn:aws:es:${here}domain/search`],
    ),
    { severity: 'high', state: 'firing' },
  ],
  [
    'an update of OpenSearch that is there',
    event(
      'aws.es',
      'Amazon OpenSearch Service Software Update Notification',
      { event: 'Service Software Update', status: 'Completed', severity: 'Informational', description: 'Done.' },
      [`arn:aws:es:${here}domain/search`],
    ),
    { severity: 'info', state: 'resolved' },
  ],
  [
    'an aggregated event, counted by who calls',
    {
      eventCategory: 'Aggregated',
      eventType: 'AwsAggregatedEvent',
      recipientAccountId: '111122223333',
      awsRegion: 'eu-west-1',
      summary: {
        primaryDimension: {
          dimension: 'userIdentity.arn',
          statistics: [{ name: 'arn:aws:sts::111122223333:assumed-role/etl/run', value: 9120 }],
        },
        details: [
          { dimension: 'eventName', statistics: [{ name: 'GetObject', value: 9120 }] },
          { dimension: 'resourceARN', statistics: [{ name: 'arn:aws:s3:::exports', value: 9120 }] },
        ],
      },
      timeWindow: { windowStart: '2026-11-24T09:00:00Z', windowEnd: '2026-11-24T09:05:00Z' },
    },
    {
      source: 'cloudtrail',
      kind: 'GetObject',
      title: '9,120 calls of GetObject in S3 on exports by etl/run',
      actor: { name: 'etl/run' },
    },
  ],
  [
    'what a service did by itself, without its own name twice',
    event('aws.kms', 'AWS Service Event via CloudTrail', {
      ...trail,
      userIdentity: { accountId: '111122223333', invokedBy: 'kms.amazonaws.com' },
      eventSource: 'kms.amazonaws.com',
      eventName: 'RotateKey',
      eventType: 'AwsServiceEvent',
      requestParameters: null,
      serviceEventDetails: { keyId: 'k-1' },
    }),
    { sentence: 'KMS reports: rotate key: key id k-1.' },
  ],
  [
    'what a service did by itself and failed, further in',
    event('aws.organizations', 'AWS Service Event via CloudTrail', {
      ...trail,
      userIdentity: { accountId: '111122223333', invokedBy: 'organizations.amazonaws.com' },
      eventSource: 'organizations.amazonaws.com',
      eventName: 'CreateAccountResult',
      eventType: 'AwsServiceEvent',
      requestParameters: null,
      serviceEventDetails: { createAccountStatus: { state: 'FAILED', failureReason: 'EMAIL_ALREADY_EXISTS' } },
    }),
    {
      severity: 'low',
      sentence: 'Organizations reports: create account result: state FAILED, failure reason EMAIL_ALREADY_EXISTS.',
    },
  ],
  [
    'a page of HTML',
    '<html><body><b>The disk is full</b> on nas1</body></html>',
    { sentence: 'The disk is full on nas1' },
  ],
  [
    'a rule of Falco',
    {
      rule: 'Write below etc',
      priority: 'Error',
      output: 'A file below /etc was opened for writing (file=/etc/hosts container=api-7)',
      hostname: 'node-9',
      output_fields: { 'container.name': 'api-7' },
    },
    {
      title: 'Write below etc',
      sentence: 'A file below /etc was opened for writing (file=/etc/hosts container=api-7) (host node-9).',
    },
  ],
  [
    'a rule of Wazuh, graded by its level',
    {
      rule: { level: 12, description: 'Several refused logins, then one that worked', id: '5720' },
      agent: { id: '012', name: 'bastion-1' },
      id: '1791187.9',
    },
    { title: 'Several refused logins, then one that worked', severity: 'high', resource: { name: 'bastion-1' } },
  ],
  [
    'a monitor of Datadog, whose type is "error"',
    {
      title: '[Triggered] Queue is long',
      body: 'Over 900',
      alert_id: '77',
      alert_type: 'error',
      alert_transition: 'Triggered',
    },
    { title: '[Triggered] Queue is long', severity: 'medium', state: 'firing' },
  ],
  [
    'an issue with an id of its own',
    {
      action: 'created',
      data: { issue: { id: '88', title: 'KeyError: total', level: 'error', status: 'unresolved' } },
    },
    { title: 'KeyError: total', severity: 'low', dedupKey: 'message||88' },
  ],
  [
    'a notice of Nagios, graded by its state',
    'Notification Type: PROBLEM\nService: Root Partition\nHost: db-3\nState: CRITICAL\n\nDISK CRITICAL - 2% free',
    { severity: 'high', state: 'firing' },
  ],
  [
    'a check of Prowler, in OCSF',
    {
      class_uid: 2004,
      status_code: 'FAIL',
      status_detail: 'Queue jobs may be read by everybody.',
      severity_id: 4,
      finding_info: { title: 'Queues are not public', uid: 'p-1', desc: 'Whether queues are public.' },
      metadata: { product: { name: 'Prowler' } },
      resources: [{ uid: `arn:aws:sqs:${here}jobs` }],
      cloud: { region: 'eu-west-1', account: { uid: '111122223333' } },
    },
    { severity: 'high', sentence: 'Queue jobs may be read by everybody.', resource: { name: 'jobs' } },
  ],
  [
    'a notice of DMS that names its task below the address',
    {
      'Event Source': 'replication-task',
      'Identifier Link': 'https://console.aws.amazon.com/dms/home?region=eu-west-1#tasks:ids=cdc\nSourceId: cdc ',
      'Event ID': 'http://docs.aws.amazon.com/dms/x#DMS-EVENT-0078 ',
      'Event Message': 'Replication task has failed.',
    },
    { source: 'dms', title: 'DMS cdc: Replication task has failed', resource: { name: 'cdc' } },
  ],
  [
    'what Macie found, by kind',
    event('aws.macie', 'Macie Finding', {
      id: 'm',
      type: 'SensitiveData:S3Object/Financial',
      severity: { description: 'High' },
      resourcesAffected: { s3Bucket: { name: 'b' }, s3Object: { key: 'k.csv', path: 'b/k.csv' } },
      classificationDetails: {
        result: {
          sensitiveData: [
            {
              category: 'FINANCIAL_INFORMATION',
              totalCount: 7,
              detections: [{ type: 'CREDIT_CARD_NUMBER', count: 7 }],
            },
          ],
        },
      },
    }),
    { sentence: 'Macie found financial information (7: credit card number) in the S3 object b/k.csv.' },
  ],
  [
    'an access key at a bucket, which is what matters',
    event('aws.guardduty', 'GuardDuty Finding', {
      accountId: '111122223333',
      id: '1',
      type: 'Exfiltration:S3/AnomalousBehavior',
      severity: 8,
      resource: {
        resourceType: 'AccessKey',
        accessKeyDetails: { userType: 'IAMUser', userName: 'bot' },
        s3BucketDetails: [{ arn: 'arn:aws:s3:::exports', name: 'exports' }],
      },
      service: { serviceName: 'guardduty' },
    }),
    { resource: { name: 'exports' }, actor: { name: 'bot' } },
  ],
  [
    'a detection of a partner of AWS, with a number beside its grade',
    event('aws.partner/example.com/edr', 'Detection', {
      DetectName: 'Credential theft',
      Severity: 4,
      SeverityName: 'High',
      ComputerName: 'web-9',
      DetectDescription: 'A process read the memory of LSASS.',
    }),
    { source: 'example.com/edr', severity: 'high', title: 'Detection: Credential theft' },
  ],
  [
    'an alert of a partner about another account',
    event('aws.partner/example.com/acme', 'Alert', {
      EVENT_NAME: 'New user',
      SUMMARY: 'Somebody was seen for the first time',
      severity: 'High',
      account_id: '444455556666',
    }),
    { severity: 'high', title: 'Alert: New user', account: '444455556666' },
  ],
  [
    'a check that warns, in a notice of a problem',
    { notification_type: 'PROBLEM', host_name: 'web-2', service_state: 'WARNING', service_output: 'load 12' },
    { severity: 'low', state: 'firing' },
  ],
  [
    'an issue that goes by its control, not by the rule that sent it',
    {
      trigger: { type: 'Created', ruleName: 'to-sns' },
      issue: { id: 'e0d1', status: 'OPEN', severity: 'CRITICAL' },
      control: { id: 'c', name: 'Machine open to everybody' },
    },
    { severity: 'high', title: 'Machine open to everybody' },
  ],
  [
    'a warning of Kubernetes',
    { kind: 'Pod', name: 'cart-7d9', reason: 'BackOff', type: 'Warning', message: 'Back-off restarting container' },
    { severity: 'low', state: 'firing' },
  ],
  [
    'a message whose words lie two levels down',
    {
      version: 'v1',
      notificationEvent: {
        messageComponents: { headline: 'Alarm api-5xx is on', paragraphSummary: 'The alarm api-5xx went to ALARM.' },
        eventStatus: 'UNHEALTHY',
      },
    },
    { title: 'Alarm api-5xx is on', sentence: 'The alarm api-5xx went to ALARM.' },
  ],
  [
    'what another program calls a problem',
    { State: 'OPEN', ProblemID: 'P-26', ProblemTitle: 'Bookings are slow', ProblemSeverity: 'PERFORMANCE' },
    { title: 'Bookings are slow', severity: 'low', state: 'firing' },
  ],
  [
    'what another program calls a monitor, and its details',
    {
      monitorID: '77',
      monitorFriendlyName: 'booking site',
      alertTypeFriendlyName: 'Down',
      alertDetails: 'Timed out after 30 s',
    },
    { title: 'booking site (down)', sentence: 'Timed out after 30 s.', severity: 'medium' },
  ],
  [
    'an incident by its title',
    event('aws.ssm-incidents', 'Incident Opened', { title: 'Booking is down', impact: 1, status: 'OPEN' }, [
      'arn:aws:ssm-incidents::111122223333:incident-record/booking/77',
    ]),
    { severity: 'medium', title: 'Incident opened: Booking is down (open)' },
  ],
  [
    'a run by the name of its job',
    event(
      'aws.emr-serverless',
      'EMR Serverless Job Run State Change',
      { jobRunId: '00f1', jobRunName: 'nightly', state: 'FAILED', stateDetails: 'Job failed: OutOfMemoryError' },
      ['arn:aws:emr-serverless:eu-west-1:111122223333:/applications/00a1/jobruns/00f1'],
    ),
    { severity: 'medium', title: 'EMR Serverless job run state change: nightly (failed)' },
  ],
  [
    'a cluster of Kafka, whose ARN counts on behind the number that AWS made up',
    event('aws.kafka', 'MSK Cluster State Change', { state: 'FAILED' }, [
      `arn:aws:kafka:${here}cluster/orders/1a2b3c4d-1111-2222-3333-444455556666-1`,
    ]),
    { severity: 'medium', resource: { name: 'orders' } },
  ],
  [
    'a limit that is reached',
    event('aws.aoss', 'OCU Utilization Reached Max Limit', { description: 'Your search OCU usage is at 10.' }),
    { source: 'aoss', severity: 'medium' },
  ],
  [
    'a limit that comes near',
    event('aws.aoss', 'OCU Utilization Approaching Max Limit', { description: 'Your search OCU usage is at 8 of 10.' }),
    { severity: 'low' },
  ],
  [
    'a limit that is passed, by its state',
    event('aws.license-manager', 'License Usage Change', { status: 'LIMIT_EXCEEDED', name: 'sql' }),
    { severity: 'medium' },
  ],
  [
    'an event without a state whose words tell of a failure',
    event('aws.elasticache', 'ElastiCache Replication Group Event', {
      Message: 'Failover to cache-002 could not complete',
    }),
    { severity: 'low', state: 'firing' },
  ],
  [
    'an endpoint that serves again',
    event('aws.sagemaker', 'SageMaker Endpoint State Change', { EndpointName: 'scorer', EndpointStatus: 'IN_SERVICE' }),
    { severity: 'info', state: 'resolved' },
  ],
  [
    'an object that could not be replicated',
    {
      Records: [
        {
          eventSource: 'aws:s3',
          eventName: 'Replication:OperationFailedReplication',
          awsRegion: 'eu-west-1',
          s3: { bucket: { name: 'src' }, object: { key: 'a.csv' } },
          replicationEventData: { destinationBucket: 'arn:aws:s3:::dst', failureReason: 'DstBucketNotFound' },
        },
      ],
    },
    {
      severity: 'medium',
      sentence: 'The object a.csv in the bucket src could not be replicated (DstBucketNotFound).',
    },
  ],
  [
    'a dead letter of a function',
    {
      Records: [
        {
          messageId: 'm1',
          body: '{"orderId":"7"}',
          messageAttributes: {
            RequestID: { stringValue: 'r' },
            ErrorCode: { stringValue: '200' },
            ErrorMessage: { stringValue: 'Task timed out after 3.00 seconds' },
          },
          eventSource: 'aws:sqs',
          eventSourceARN: `arn:aws:sqs:${here}fn-dlq`,
        },
      ],
    },
    {
      source: 'lambda',
      severity: 'medium',
      account: '111122223333',
      region: 'eu-west-1',
      sentence: 'Lambda gave up on an event and put it into fn-dlq: Task timed out after 3.00 seconds.',
    },
  ],
  [
    'a database whose volume runs low, by an id that is not in the table',
    {
      'Event Source': 'db-cluster',
      'Source ID': 'orders',
      'Event ID': 'http://docs.aws.amazon.com/rds/x#RDS-EVENT-9998',
      'Event Message': 'The Aurora cluster volume is running low.',
    },
    { source: 'rds', severity: 'high' },
  ],
  [
    'a state inside of the record that is called so',
    event(
      'aws.proton',
      'Service Instance Deployment Status Change',
      { name: 'shop', status: { previous: 'IN_PROGRESS', current: 'FAILED' } },
      [`arn:aws:proton:${here}service/shop`],
    ),
    { severity: 'medium', title: 'Service instance deployment status change: shop (failed)' },
  ],
  [
    'a run that is a thing of its own',
    event('aws.omics', 'Run Status Change', { status: 'FAILED' }, [`arn:aws:omics:${here}run/7`]),
    { severity: 'medium', resource: { name: '7' } },
  ],
  [
    'an automation that went through with failures',
    event('aws.ssm', 'EC2 Automation Execution Status-change Notification', {
      Definition: 'PatchAll',
      Status: 'CompletedWithFailure',
    }),
    { severity: 'medium', state: 'firing', title: 'Automation PatchAll was completed with failure' },
  ],
  [
    'what went wrong, in a list of errors',
    event(
      'aws.eks',
      'EKS Managed Node Group Update',
      { status: 'Failed', nodegroupName: 'ng', errors: [{ errorCode: 'x', errorMessage: 'Reached max retries' }] },
      [`arn:aws:eks:${here}nodegroup/shop/ng/0a1b2c3d-0000-11f1-8000-0a0000000001`],
    ),
    { sentence: 'EKS reports: EKS managed node group update: ng: Reached max retries.' },
  ],
  [
    'words without a name, under a key that lasts',
    { orgId: 1, id: '77', type: 'note', details: 'VAT rates are two days old' },
    { title: 'VAT rates are two days old', dedupKey: 'message||Message with orgId, id, type and details' },
  ],
  [
    'what another cloud calls a rule, two levels down',
    {
      schemaId: 'azureMonitorCommonAlertSchema',
      data: {
        essentials: {
          alertId: '/x/9',
          alertRule: 'vm cpu',
          severity: 'Sev2',
          monitorCondition: 'Resolved',
          description: 'CPU above 90',
        },
      },
    },
    { title: 'vm cpu', sentence: 'CPU above 90.', state: 'resolved' },
  ],
  [
    'a detection whose severity is a name',
    {
      DetectName: 'Ransomware',
      SeverityName: 'Critical',
      ComputerName: 'nas1',
      DetectDescription: 'A process encrypts files',
    },
    { title: 'Ransomware', severity: 'high' },
  ],
  [
    'a check of another program, in capitals',
    {
      NOTIFICATIONTYPE: 'PROBLEM',
      HOSTNAME: 'nas1',
      SERVICEDESC: 'CPU load',
      SERVICESTATE: 'CRIT',
      SERVICEOUTPUT: 'The load is 42.0',
    },
    { title: 'CPU load', sentence: 'The load is 42.0 (host nas1).', severity: 'high', state: 'firing' },
  ],
  [
    'a check of another program, whose description is a number',
    {
      check_name: 'shop front',
      current_state: 'DOWN',
      previous_state: 'UP',
      long_description: 'HTTP Error 503',
      description: '503',
    },
    { title: 'shop front (down)', sentence: 'HTTP Error 503.', severity: 'medium' },
  ],
  [
    'a run that is completed, and concluded in failure',
    { action: 'completed', workflow_run: { name: 'deploy', conclusion: 'failure' } },
    { severity: 'low', state: 'firing' },
  ],
  [
    'an incident by its name, further in',
    { page: { id: 'x' }, incident: { id: 'in-9', name: 'API errors at the vendor', status: 'resolved' } },
    { title: 'API errors at the vendor', state: 'resolved' },
  ],
  [
    'an error by the name of what happened',
    event(
      'aws.mediapackage',
      'MediaPackage Input Notification',
      { event: 'MaxIngestStreamsError', message: 'More than 20 streams' },
      [`arn:aws:mediapackage:${here}channels/news`],
    ),
    { severity: 'medium', state: 'firing' },
  ],
  [
    'a machine of a cluster that lost its agent',
    event('aws.ecs', 'ECS Container Instance State Change', {
      agentConnected: false,
      status: 'ACTIVE',
      ec2InstanceId: instance,
      containerInstanceArn: `arn:aws:ecs:${here}container-instance/c/1f`,
    }),
    { severity: 'low', state: 'firing', title: `ECS container instance on ${instance}: 1f lost its agent` },
  ],
  [
    'a deployment of AppConfig that an alarm rolled back',
    {
      InvocationId: 'i',
      Type: 'OnDeploymentRolledBack',
      Application: { Id: 'ab', Name: 'booking' },
      Environment: { Id: 'cd', Name: 'prod' },
      DeploymentNumber: 12,
      Description: 'Alarm booking-5xx in ALARM',
    },
    {
      source: 'appconfig',
      severity: 'medium',
      sentence: 'Deployment to prod of AppConfig application booking was rolled back: Alarm booking-5xx in ALARM.',
    },
  ],
  [
    'an image that could not be built',
    {
      arn: `arn:aws:imagebuilder:${here}image/base/1.0.0/4`,
      buildVersion: 4,
      imageRecipe: { arn: `arn:aws:imagebuilder:${here}image-recipe/base/1.0.0`, name: 'base' },
      name: 'base',
      state: { status: 'FAILED', reason: 'Component cis-harden failed' },
    },
    {
      source: 'imagebuilder',
      severity: 'medium',
      sentence: 'Build of image base failed: Component cis-harden failed.',
    },
  ],
  [
    'a device that hung up',
    {
      clientId: 'meter-7',
      eventType: 'disconnected',
      sessionIdentifier: 's',
      disconnectReason: 'MQTT_KEEP_ALIVE_TIMEOUT',
    },
    { source: 'iot', severity: 'info', resource: { name: 'meter-7' } },
  ],
  [
    'a message that names its condition',
    { condition_name: 'Apdex low', details: 'Apdex is below 0.7', current_state: 'open', incident_id: 4711 },
    { title: 'Apdex low', sentence: 'Apdex is below 0.7.' },
  ],
  [
    'a notice of ElastiCache',
    { 'ElastiCache:FailoverComplete': 'cache-001' },
    { source: 'elasticache', severity: 'low', title: 'ElastiCache cache-001: failover complete' },
  ],
  [
    'a notice of CodeDeploy',
    {
      accountId: '111122223333',
      region: 'eu-west-1',
      applicationName: 'shop',
      deploymentId: 'd-1',
      deploymentGroupName: 'prod',
      status: 'FAILED',
      completeTime: 'Tue Nov 24 09:30:00 UTC 2026',
    },
    {
      source: 'codedeploy',
      severity: 'medium',
      title: 'Deployment to prod of shop failed',
      account: '111122223333',
      time: '2026-11-24T09:30:00.000Z',
    },
  ],
  [
    'a notice of Run Command',
    { commandId: 'c-1', documentName: 'AWS-RunShellScript', instanceIds: [instance], status: 'Failed' },
    { source: 'ssm', severity: 'medium', title: 'Command AWS-RunShellScript failed', resource: { name: instance } },
  ],
  [
    'a pipeline that waits for a person',
    { region: 'eu-west-1', approval: { pipelineName: 'shop', stageName: 'Prod', token: 'cafe-f00d' } },
    { source: 'codepipeline', severity: 'low', title: 'Stage Prod of pipeline shop waits for approval' },
  ],
  [
    'a device out of its profile',
    { violationEventType: 'in-alarm', thingName: 'pump', behavior: { name: 'ports' } },
    { source: 'iot', severity: 'medium', title: 'Device pump is in alarm' },
  ],
  [
    'mail that SES received',
    {
      Records: [
        {
          eventSource: 'aws:ses',
          ses: {
            mail: { source: 'a@example.com', destination: ['x@example.org'] },
            receipt: { timestamp: '2026-11-24T09:30:00.000Z' },
          },
        },
      ],
    },
    { source: 'ses', kind: 'Received', title: 'Mail from a@example.com was received for 1 recipient' },
  ],
  [
    'sending that SES switched off',
    event('aws.ses', 'Sending Status Disabled', { origin: 'AWS' }, [`arn:aws:ses:${here}configuration-set/news`]),
    { source: 'ses', severity: 'high', title: 'Sending of mail with news is switched off' },
  ],
  [
    'a change of a table',
    {
      Records: [
        {
          eventSource: 'aws:dynamodb',
          eventName: 'INSERT',
          awsRegion: 'eu-west-1',
          eventSourceARN: `arn:aws:dynamodb:${here}table/orders/stream/2026-01-01`,
        },
      ],
    },
    { source: 'dynamodb', title: 'DynamoDB insert: orders', account: '111122223333' },
  ],
  [
    'an outage that names no resource',
    event('aws.health', 'AWS Health Event', {
      eventArn: 'arn:aws:health:eu-west-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1',
      service: 'EC2',
      eventTypeCode: 'AWS_EC2_OPERATIONAL_ISSUE',
      eventTypeCategory: 'issue',
      statusCode: 'open',
    }),
    { severity: 'high', resource: { name: 'EC2', type: 'AWS service' } },
  ],
  [
    'an alarm of a new Region without an ARN',
    { AlarmName: 'cpu', AWSAccountId: '111122223333', Region: 'Asia Pacific (Thailand)', NewStateValue: 'ALARM' },
    { region: 'ap-southeast-7', resource: { arn: 'arn:aws:cloudwatch:ap-southeast-7:111122223333:alarm:cpu' } },
  ],
  [
    'an ECS service that cannot place its tasks',
    event(
      'aws.ecs',
      'ECS Service Action',
      { eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', clusterArn: `arn:aws:ecs:${here}cluster/c` },
      [`arn:aws:ecs:${here}service/c/web`],
    ),
    { severity: 'medium', resource: { name: 'web', type: 'ECS service' } },
  ],
  [
    'drift of a stack',
    event('aws.cloudformation', 'CloudFormation Drift Detection Status Change', {
      'stack-id': `arn:aws:cloudformation:${here}stack/web/a1b2c3d4-5678-90ab-cdef-111111111111`,
      'status-details': { 'stack-drift-status': 'DRIFTED', 'detection-status': 'DETECTION_COMPLETE' },
    }),
    { severity: 'medium', title: 'Drift detection of stack web has drifted' },
  ],
  [
    'a failed job of a service without a row',
    event('aws.signer', 'Signer Job Status Change', { job_id: 'j-1', status: 'Failed', status_reason: 'no key' }),
    { source: 'signer', severity: 'medium', title: 'Signer job status change: j-1 (failed)' },
  ],
  [
    'an event of a program of somebody',
    event('com.example.shop', 'Order Failed', {
      orderId: 'o-7',
      status: 'FAILED',
      sourceIPAddress: '198.51.100.7',
      user: 'ana',
    }),
    {
      source: 'com.example.shop',
      severity: 'low',
      title: 'Order failed: o-7 (failed)',
      actor: { name: 'ana' },
      sourceIp: '198.51.100.7',
    },
  ],
])('%s', (_, payload, expected) => {
  expect(readOne(payload)).toMatchObject(expected);
});

describe('what others have wrapped', () => {
  const finding = {
    schemaVersion: '2.0',
    accountId: '111122223333',
    region: 'eu-west-1',
    type: 'Recon:EC2/Portscan',
    title: 'A port scan',
    resource: { resourceType: 'Instance', instanceDetails: { instanceId: instance } },
    service: { serviceName: 'guardduty' },
  };
  const whole = event('aws.guardduty', 'GuardDuty Finding', finding);
  test.each<[string, unknown]>([
    ['a detail that is JSON in a text', event('aws.guardduty', 'GuardDuty Finding', JSON.stringify(finding))],
    [
      'an entry of PutEvents',
      { Source: 'aws.guardduty', DetailType: 'GuardDuty Finding', Detail: JSON.stringify(finding) },
    ],
    [
      'the entries of PutEvents',
      { Entries: [{ Source: 'x', DetailType: 'GuardDuty Finding', Detail: JSON.stringify(finding) }] },
    ],
    ['the input of a state machine', { event: whole, attempt: 1 }],
    ['what a function answered', { responsePayload: whole }],
    ['a message for each protocol', { default: JSON.stringify(whole), email: 'A port scan' }],
    ['half an envelope', { Subject: 'Finding', Message: JSON.stringify(whole) }],
    ['an event without its detail-type', { source: 'aws.guardduty', detail: finding }],
    ['a list in a list', [[whole]]],
  ])('%s', (_, payload) => {
    expect(readOne(payload)).toMatchObject({ source: 'guardduty', title: 'A port scan', account: '111122223333' });
  });

  test('what a known event holds stays in it', () => {
    const change = event('aws.codepipeline', 'CodePipeline Pipeline Execution State Change', {
      pipeline: 'p',
      state: 'FAILED',
      input: whole,
    });
    expect(readOne(change).source).toBe('codepipeline');
  });
});

describe('several in one', () => {
  test('a dead letter is told, and so is what it carries', () => {
    const letter = {
      messageId: 'm',
      body: JSON.stringify(
        event('aws.ec2', 'EC2 Instance State-change Notification', { 'instance-id': instance, state: 'stopped' }),
      ),
      messageAttributes: {
        ERROR_CODE: { stringValue: 'NO_PERMISSIONS' },
        RULE_ARN: { stringValue: `arn:aws:events:${here}rule/alerts` },
      },
    };
    expect(readAll(letter).map(({ source, severity }) => `${source} ${severity}`)).toEqual(['events high', 'ec2 info']);
  });

  test('findings of a list come one by one', () => {
    const finding = (id: string) => ({
      SchemaVersion: '2018-10-08',
      Id: id,
      AwsAccountId: '111122223333',
      Title: id,
      Region: 'eu-west-1',
    });
    expect(readAll({ findings: [finding('a'), finding('b')] }).map(({ title }) => title)).toEqual(['a', 'b']);
  });

  test('lists of a program stay what they are', () => {
    expect(readAll({ events: [{ a: 1 }, { a: 2 }], name: 'mine' }).map(({ title }) => title)).toEqual(['mine']);
  });

  test('calls and other lines of one log', () => {
    const read = readAll(logs(JSON.stringify(trail), 'started', 'stopped'));
    expect(read.map(({ source }) => source)).toEqual(['cloudtrail', 'logs']);
    expect(read[1]?.sentence).toBe('2 lines of /app/pay passed the filter errors: started.');
  });
});

test('a health event of the organization is one alert for each account that it touches', () => {
  const key = (affectedAccount: string, eventScopeCode: string) =>
    readOne(
      event('aws.health', 'AWS Health Event', {
        eventArn: 'arn:aws:health:us-east-1::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/1',
        eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED',
        eventScopeCode,
        affectedAccount,
      }),
    ).dedupKey;
  expect(key('111122223333', 'ACCOUNT_SPECIFIC')).not.toBe(key('444455556666', 'ACCOUNT_SPECIFIC'));
  expect(key('111122223333', 'PUBLIC')).toBe(key('444455556666', 'PUBLIC'));
});

test('a time without a zone is UTC', () => {
  const time = (updatedAt: string) =>
    readOne(event('aws.inspector2', 'Inspector2 Finding', { findingArn: 'x', updatedAt })).time;
  expect(time('Nov 24, 2026, 9:25:00 AM')).toBe('2026-11-24T09:25:00.000Z');
  expect(time('2026-11-24 09:25:00')).toBe('2026-11-24T09:25:00.000Z');
  expect(time('1970-01-01T00:00:00Z')).toBe('1970-01-01T00:00:00.000Z');
  expect(time('2026-02-30T00:00:00Z')).toBe('2026-03-02T00:00:00.000Z');
});

test('JSON that broke off is read up to the break, and says so', () => {
  const whole = JSON.stringify(
    event('aws.guardduty', 'GuardDuty Finding', {
      type: 'Recon:EC2/Portscan',
      severity: 5,
      title: 'A port scan',
      id: '1',
    }),
  );
  const signal = readOne(whole.slice(0, whole.indexOf('"id":"1"') + 4));
  expect(signal).toMatchObject({ source: 'guardduty', title: 'A port scan', account: '111122223333' });
  expect(signal.fields[0]).toEqual({
    name: 'Incomplete',
    value: 'The message broke off in the middle: this is what came before.',
  });
  expect(readOne('[1] is no JSON but a text').title).toBe('[1] is no JSON but a text');
  expect(readOne('{"title": "Disk is full", "a":').fields).toContainEqual(signal.fields[0]);
  // What breaks off before it says anything is shown as it came, and not as a line for information.
  for (const broken of ['{', '[1,2', '{broken', '{"a": 1, "b":'])
    expect(readOne(broken)).toMatchObject({
      severity: 'low',
      title: 'Message that cannot be read: broken JSON',
      fields: [{ name: 'Begins with', value: broken }],
    });
});

test('what is nested too deep to be written again is not kept whole', () => {
  expect(() => JSON.stringify(readOne(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`))).not.toThrow();
  expect(JSON.stringify(readOne(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`).raw).length).toBeLessThan(1_000);
});

test('tags and links hold no secret either', () => {
  const signal = readOne(
    event('aws.guardduty', 'GuardDuty Finding', {
      type: 'Recon:EC2/Portscan',
      resource: {
        resourceType: 'Instance',
        instanceDetails: {
          instanceId: instance,
          tags: [
            { key: 'DB_PASSWORD', value: 'hunter22' },
            { key: 'team', value: 'pay' },
          ],
        },
      },
      service: { serviceName: 'guardduty' },
    }),
  );
  expect(signal.tags).toEqual({ DB_PASSWORD: '***', team: 'pay' });
  const url = 'https://b.s3.amazonaws.com/x?X-Amz-Signature=0123456789abcdef';
  const alarm = { AlarmName: 'a', NewStateValue: 'ALARM', AlarmDescription: `see ${url}` };
  expect(JSON.stringify(readOne(alarm))).not.toContain('0123456789abcdef');
});
