import { describe, expect, test } from 'vitest';
import { dataJson } from '../../data.ts';
import { event, fieldOf, readAll, readFile, readMessage, readOne } from './reading.ts';

/** What services publish straight to SNS, as JSON of their own or as plain text. Built from each user guide's example where no sample exists. */
describe('RDS', () => {
  const notice = (message: string, event = 'RDS-EVENT-0049'): object => ({
    'Event Source': 'db-instance',
    'Event Time': '2026-11-24 09:00:00.123',
    'Identifier Link': 'https://console.aws.amazon.com/rds/home?region=eu-west-1#dbinstance:id=orders',
    'Source ID': 'orders',
    'Source ARN': 'arn:aws:rds:eu-west-1:111122223333:db:orders',
    'Event ID': `http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#${event}`,
    'Event Message': message,
  });

  test('reads alike over SNS and EventBridge', () => {
    const sns = readMessage(JSON.stringify(notice('A Multi-AZ failover has completed.')));
    const bus = readOne(
      event('aws.rds', 'RDS DB Instance Event', {
        EventCategories: ['failover'],
        SourceArn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
        SourceIdentifier: 'orders',
        Message: 'A Multi-AZ failover has completed.',
        EventID: 'RDS-EVENT-0049',
      }),
    );
    for (const signal of [sns, bus])
      expect(signal).toMatchObject({
        source: 'rds',
        kind: 'RDS-EVENT-0049',
        severity: 'medium',
        title: 'RDS orders: A Multi-AZ failover has completed',
        account: '111122223333',
        region: 'eu-west-1',
        resource: { type: 'RDS instance' },
      });
    expect(sns.dedupKey).toBe(bus.dedupKey);
    expect(sns.time).toBe('2026-11-24T09:00:00.123Z');
  });

  test.each([
    ['The DB instance has run out of storage space: low storage.', 'high'],
    ['Reset master credentials', 'medium'],
    ['DB instance restarted', 'low'],
    ['Finished DB Instance backup', 'info'],
  ])('"%s" is %s', (message, severity) => {
    expect(readOne(notice(message, 'RDS-EVENT-9999')).severity).toBe(severity);
  });

  test.each([
    ['RDS-EVENT-0007', 'high'],
    ['RDS-EVENT-0222', 'high'],
    ['RDS-EVENT-0418', 'high'],
    ['RDS-EVENT-0045', 'medium'],
    ['RDS-EVENT-0220', 'low'],
    ['RDS-EVENT-0002', 'info'],
  ])('%s is %s whatever its message says', (id, severity) => {
    expect(readOne(notice('A message', id)).severity).toBe(severity);
  });

  test('replication that resumes ends the alert that it stopped', () => {
    const stopped = readOne(notice('Replication has stopped.', 'RDS-EVENT-0045'));
    expect(readOne(notice('Replication for the Read Replica resumed.', 'RDS-EVENT-0046'))).toMatchObject({
      dedupKey: stopped.dedupKey,
      state: 'resolved',
    });
  });
});

test('Auto Scaling tells launches and why they fail', () => {
  const notice = (Event: string, changes: object = {}) =>
    readMessage(
      JSON.stringify({
        Service: 'AWS Auto Scaling',
        Time: '2026-11-24T09:00:00.000Z',
        AccountId: '111122223333',
        AutoScalingGroupName: 'web',
        AutoScalingGroupARN: 'arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/web',
        EC2InstanceId: 'i-1',
        Event,
        ...changes,
      }),
    );
  const failed = notice('autoscaling:EC2_INSTANCE_LAUNCH_ERROR', {
    StatusCode: 'Failed',
    StatusMessage: 'No capacity.',
  });
  expect(failed).toMatchObject({
    source: 'autoscaling',
    severity: 'medium',
    state: 'firing',
    sentence: 'Auto Scaling group web could not launch an instance: No capacity.',
  });
  expect(notice('autoscaling:EC2_INSTANCE_LAUNCH')).toMatchObject({
    severity: 'info',
    state: 'resolved',
    dedupKey: failed.dedupKey,
    account: '111122223333',
    region: 'eu-west-1',
  });
});

describe('SES', () => {
  const mail = {
    source: 'shop@example.com',
    sourceArn: 'arn:aws:ses:eu-west-1:111122223333:identity/example.com',
    sendingAccountId: '111122223333',
    destination: ['ana@example.org'],
    timestamp: '2026-11-24T09:00:00Z',
  };

  test.each([
    [
      {
        notificationType: 'Bounce',
        bounce: {
          bounceType: 'Permanent',
          bounceSubType: 'General',
          bouncedRecipients: [{ emailAddress: 'ana@example.org' }],
        },
      },
      'Mail from shop@example.com bounced for 1 recipient (Permanent, General).',
      'medium',
    ],
    [
      {
        notificationType: 'Bounce',
        bounce: { bounceType: 'Transient', bouncedRecipients: [{ emailAddress: 'ana@example.org' }] },
      },
      'Mail from shop@example.com bounced for 1 recipient (Transient).',
      'low',
    ],
    [
      {
        eventType: 'Complaint',
        complaint: { complaintFeedbackType: 'abuse', complainedRecipients: [{ emailAddress: 'ana@example.org' }] },
      },
      '1 recipient complained about mail from shop@example.com (abuse).',
      'medium',
    ],
    [{ eventType: 'Delivery', delivery: {} }, 'Mail from shop@example.com was delivered to 1 recipient.', 'info'],
  ])('%j', (notice, sentence, severity) => {
    expect(readMessage(JSON.stringify({ ...notice, mail }))).toMatchObject({
      source: 'ses',
      sentence,
      severity,
      account: '111122223333',
      region: 'eu-west-1',
    });
  });
});

describe('billing', () => {
  const budget = (type: string, spent: string) => `AWS Budget Notification November 24, 2026
AWS Account 111122223333

Dear AWS Customer,

You requested that we alert you when the ${type} Cost associated with your shop-monthly budget is greater than $160.00 for the current month.

Budget Name: shop-monthly
Budget Type: Cost
Budgeted Amount: $200.00
Alert Type: ${type}
Alert Threshold: > $160.00
${type} Amount: ${spent}

Go to the AWS Budgets dashboard`;

  test('a budget in plain text', () => {
    const signal = readMessage(
      budget('ACTUAL', '$182.17'),
      'AWS Budgets: shop-monthly has exceeded your alert threshold',
    );
    expect(signal).toMatchObject({
      source: 'billing',
      kind: 'budget',
      severity: 'medium',
      account: '111122223333',
      title: 'Budget shop-monthly: $182.17 spent of $200.00',
      sentence:
        'The actual cost of $182.17 has passed the threshold (above $160.00) of the budget shop-monthly of $200.00.',
    });
    expect(readMessage(budget('ACTUAL', '$1,240.00')).severity).toBe('high');
    expect(readMessage(budget('FORECASTED', '$1,240.00')).severity).toBe('low');
  });

  test('a cost anomaly', () => {
    const anomaly = {
      accountId: '111122223333',
      anomalyId: 'a1',
      anomalyStartDate: '2026-11-23T00:00:00Z',
      impact: { maxImpact: 80, totalImpact: 151.5, totalActualSpend: 300, totalExpectedSpend: 148.5 },
      monitorArn: 'arn:aws:ce::111122223333:anomalymonitor/m1',
      rootCauses: [
        { service: 'Amazon EC2', region: 'eu-west-1', linkedAccount: '444455556666', usageType: 'BoxUsage' },
      ],
    };
    for (const signal of [readMessage(JSON.stringify(anomaly)), readOne(event('aws.ce', 'Anomaly Detected', anomaly))])
      expect(signal).toMatchObject({
        source: 'billing',
        kind: 'cost anomaly',
        severity: 'medium',
        account: '444455556666',
        region: 'eu-west-1',
        sentence:
          'Amazon EC2 has cost $151.50 more than expected ($300.00 instead of $148.50) in 444455556666, eu-west-1.',
      });
  });
});

test('Backup in plain text', () => {
  const text = (outcome: string) =>
    `An AWS Backup job ${outcome}. Resource ARN : arn:aws:ec2:eu-west-1:111122223333:volume/vol-1. BackupJob ID : 1b2345b2-f22c-4dab-5eb6-bbc7890ed123`;
  const failed = readMessage(text('failed'), 'Notification from AWS Backup');
  expect(failed).toMatchObject({
    source: 'backup',
    severity: 'medium',
    state: 'firing',
    account: '111122223333',
    resource: { name: 'vol-1', type: 'EBS volume' },
  });
  expect(readMessage(text('was completed successfully'))).toMatchObject({
    severity: 'info',
    state: 'resolved',
    dedupKey: failed.dedupKey,
  });
});

test('CloudFormation in plain text', () => {
  const text = (status: string) =>
    `StackId='arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/11111111-2222-3333-4444-555555555555'\nTimestamp='2026-11-24T09:00:00.000Z'\nEventId='e1'\nLogicalResourceId='shop'\nResourceStatus='${status}'\nResourceStatusReason='Quota exceeded'\nResourceType='AWS::CloudFormation::Stack'\nStackName='shop'\n`;
  expect(readMessage(text('ROLLBACK_IN_PROGRESS'), 'AWS CloudFormation Notification')).toMatchObject({
    source: 'cloudformation',
    severity: 'medium',
    state: 'firing',
    sentence: 'Stack shop has its rollback in progress: Quota exceeded.',
    region: 'eu-west-1',
  });
  expect(readMessage(text('UPDATE_COMPLETE'))).toMatchObject({ severity: 'info', state: 'resolved' });
});

test('Elastic Beanstalk in plain text', () => {
  const text = (to: string) =>
    `Timestamp: Tue Nov 24 09:00:00 UTC 2026\nMessage: Environment health has transitioned from Ok to ${to}. 50.0 % of the requests are failing.\n\nEnvironment: shop-env\nApplication: shop\n\nEnvironment URL: http://shop.example\nNotificationProcessId: 1\n`;
  expect(readMessage(text('Severe'))).toMatchObject({
    source: 'elasticbeanstalk',
    severity: 'high',
    state: 'firing',
    title: 'Beanstalk environment shop-env: health is Severe',
  });
  expect(readMessage(text('Ok'))).toMatchObject({ state: 'resolved', dedupKey: readMessage(text('Severe')).dedupKey });
});

test('a Lambda destination', () => {
  const record = (condition: string) =>
    readMessage(
      JSON.stringify({
        version: '1.0',
        timestamp: '2026-11-24T09:00:00.000Z',
        requestContext: {
          requestId: 'r1',
          functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:pay:$LATEST',
          condition,
          approximateInvokeCount: 3,
        },
        responsePayload: { errorMessage: 'no such order' },
      }),
    );
  const failed = record('RetriesExhausted');
  expect(failed).toMatchObject({
    source: 'lambda',
    severity: 'medium',
    sentence: 'The Lambda function pay failed after 3 tries: no such order.',
    account: '111122223333',
    region: 'eu-west-1',
  });
  expect(record('Success')).toMatchObject({ state: 'resolved', dedupKey: failed.dedupKey });
});

test("EventBridge's dead letters say which rule could not deliver", () => {
  const attribute = (stringValue: string) => ({ stringValue, dataType: 'String' });
  const signal = readOne({
    messageAttributes: {
      RULE_ARN: attribute('arn:aws:events:eu-west-1:111122223333:rule/iam-changes'),
      TARGET_ARN: attribute('arn:aws:sns:eu-west-1:111122223333:security-alerts'),
      ERROR_CODE: attribute('NO_PERMISSIONS'),
      ERROR_MESSAGE: attribute('Not authorized to publish'),
    },
  });
  expect(signal).toMatchObject({
    source: 'events',
    kind: 'undelivered event',
    severity: 'high',
    account: '111122223333',
    region: 'eu-west-1',
    sentence:
      'EventBridge gave up on delivering an event of the rule iam-changes to security-alerts: Not authorized to publish.',
  });
});

describe('Trusted Advisor', () => {
  const read = (check: string, status: string, detail: object = {}) =>
    readOne(
      event('aws.trustedadvisor', 'Trusted Advisor Check Item Refresh Notification', {
        'check-name': check,
        'check-item-detail': detail,
        status,
        resource_id: 'arn:aws:s3:::shop-assets',
        uuid: 'u1',
      }),
    );

  test('items turn up and go away under one key', () => {
    const bad = read('Amazon S3 Bucket Permissions', 'ERROR');
    expect(bad).toMatchObject({
      source: 'trustedadvisor',
      severity: 'high',
      resource: { name: 'shop-assets', type: 'S3 bucket' },
    });
    expect(read('Amazon S3 Bucket Permissions', 'OK')).toMatchObject({
      state: 'resolved',
      severity: 'info',
      dedupKey: bad.dedupKey,
    });
    expect(read('Low Utilization Amazon EC2 Instances', 'WARN').severity).toBe('low');
  });

  test('exposed keys are critical', () => {
    expect(
      readFile('eventbridge-other/aws.trustedadvisor-Trusted-Advisor-Check-Item-Refresh-Notification-e88e8ad8.json'),
    ).toMatchObject({
      severity: 'critical',
      actor: { name: 'my-username', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
      resource: { type: 'access key' },
    });
  });
});

test('recorded SNS messages in Lambda events are read by their own source', () => {
  expect(readAll(dataJson('sns-lambda-event/Records-3e46f108.json'))[0]).toMatchObject({
    source: 'backup',
    state: 'resolved',
  });
  expect(fieldOf(readFile('sns-lambda-event/Records-25ddf8d1.json'), 'Threats')).toBe('EICAR-Test-File (not a virus)');
});
