import { describe, expect, test } from 'vitest';
import { event, fieldOf, readFile, readMessage, readOne } from './reading.ts';

/** Built from the Config developer guide's "Config Rules Compliance Change" event; the data folder has none. */
const compliance = (complianceType: string, changes: object = {}): object => ({
  recordVersion: '1.0',
  messageType: 'ComplianceChangeNotification',
  awsAccountId: '111122223333',
  awsRegion: 'eu-west-1',
  configRuleName: 's3-bucket-public-read-prohibited',
  configRuleARN: 'arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-abc',
  resourceType: 'AWS::S3::Bucket',
  resourceId: 'shop-assets',
  newEvaluationResult: {
    complianceType,
    annotation: 'The bucket policy allows public read.',
    resultRecordedTime: '2026-11-24T09:00:00.000Z',
  },
  oldEvaluationResult: { complianceType: 'COMPLIANT' },
  notificationCreationTime: '2026-11-24T09:00:01.000Z',
  ...changes,
});

const item = (changes: object, diff: object | null = null): object => ({
  messageType: 'ConfigurationItemChangeNotification',
  notificationCreationTime: '2026-11-24T09:00:01.000Z',
  configurationItem: {
    configurationItemCaptureTime: '2026-11-24T09:00:00.000Z',
    configurationItemStatus: 'OK',
    awsAccountId: '111122223333',
    awsRegion: 'eu-west-1',
    resourceType: 'AWS::EC2::SecurityGroup',
    resourceId: 'sg-1',
    resourceName: 'web',
    ARN: 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1',
    tags: { team: 'shop' },
    ...changes,
  },
  configurationItemDiff: diff,
});

describe('a Config rule', () => {
  const event_ = (type: string) => event('aws.config', 'Config Rules Compliance Change', compliance(type));

  test('that is broken is an alert, which COMPLIANT resolves, in an event and over SNS', () => {
    const broken = readOne(event_('NON_COMPLIANT'));
    expect(broken).toMatchObject({
      source: 'config',
      kind: 'rule s3-bucket-public-read-prohibited',
      severity: 'high',
      state: 'firing',
      title: 'Not compliant: s3-bucket-public-read-prohibited on S3 bucket shop-assets',
      sentence:
        'The S3 bucket shop-assets breaks the Config rule s3-bucket-public-read-prohibited: The bucket policy allows public read.',
      account: '111122223333',
      region: 'eu-west-1',
      time: '2026-11-24T09:00:00.000Z',
    });
    for (const over of [
      readOne(event_('COMPLIANT')),
      readMessage(JSON.stringify(compliance('COMPLIANT'))),
      readOne(event_('NOT_APPLICABLE')),
    ]) {
      expect(over).toMatchObject({ state: 'resolved', severity: 'info', dedupKey: broken.dedupKey });
    }
    expect(readMessage(JSON.stringify(compliance('NON_COMPLIANT'))).dedupKey).toBe(broken.dedupKey);
    expect(fieldOf(broken, 'Change')).toBe('COMPLIANT → NON_COMPLIANT');
  });

  test('of little weight is medium, one without data low', () => {
    expect(readOne(compliance('NON_COMPLIANT', { configRuleName: 'required-tags' })).severity).toBe('medium');
    expect(readOne(compliance('INSUFFICIENT_DATA', { configRuleName: 'required-tags' })).severity).toBe('low');
  });

  test('on another resource is another alert', () => {
    expect(readOne(compliance('NON_COMPLIANT')).dedupKey).not.toBe(
      readOne(compliance('NON_COMPLIANT', { resourceId: 'other' })).dedupKey,
    );
  });
});

describe('a changed resource', () => {
  test('shows what changed', () => {
    const signal = readOne(
      event(
        'aws.config',
        'Config Configuration Item Change',
        item(
          { resourceType: 'AWS::EC2::Instance', resourceId: 'i-1', resourceName: null },
          {
            changeType: 'UPDATE',
            changedProperties: {
              'Configuration.State.Name': { previousValue: 'running', updatedValue: 'stopped', changeType: 'UPDATE' },
              'Configuration.KeyName': { previousValue: null, updatedValue: 'ops', changeType: 'CREATE' },
            },
          },
        ),
      ),
    );
    expect(signal).toMatchObject({ kind: 'resource changed', severity: 'info', tags: { team: 'shop' } });
    expect(signal.sentence).toMatch(/was changed: State\.Name: running → stopped and KeyName: added ops\.$/);
  });

  test('that opens to the whole internet is medium; what leaves is not', () => {
    const inbound = { ipPermissions: [{ ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }] }] };
    const outbound = { ipPermissions: [], ipPermissionsEgress: [{ ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }] }] };
    expect(readOne(item({ configurationItemStatus: 'ResourceDiscovered', configuration: inbound }))).toMatchObject({
      severity: 'medium',
      sentence: 'EC2 security group web was created and lets traffic in from the whole internet.',
    });
    expect(readOne(item({ configurationItemStatus: 'ResourceDiscovered', configuration: outbound })).severity).toBe(
      'low',
    );
  });

  test('that kept the audit trail and is gone is high', () => {
    expect(
      readOne(
        item({
          resourceType: 'AWS::CloudTrail::Trail',
          resourceId: 'org-trail',
          resourceName: 'org-trail',
          configurationItemStatus: 'ResourceDeleted',
        }),
      ),
    ).toMatchObject({ severity: 'high', title: 'Trail org-trail was deleted' });
  });
});

test('a conformance pack resolves when all its rules are followed', () => {
  const pack = (complianceType: string) =>
    readOne(
      item({
        resourceType: 'AWS::Config::ConformancePackCompliance',
        resourceId: 'cis',
        resourceName: 'cis',
        configuration: JSON.stringify({ complianceType }),
      }),
    );
  expect(pack('NON_COMPLIANT')).toMatchObject({
    kind: 'conformance pack',
    severity: 'medium',
    state: 'firing',
    title: 'Conformance pack cis is non compliant',
  });
  expect(pack('COMPLIANT')).toMatchObject({ state: 'resolved', dedupKey: pack('NON_COMPLIANT').dedupKey });
});

test('deliveries are news only when they fail', () => {
  const delivery = (messageType: string, changes: object = {}) =>
    readOne(
      event('aws.config', 'Config Configuration Snapshot Delivery Status', {
        messageType,
        configSnapshotId: 's1',
        s3Bucket: 'config-bucket',
        ...changes,
      }),
    );
  expect(delivery('ConfigurationSnapshotDeliveryStarted').severity).toBe('info');
  expect(delivery('ConfigurationSnapshotDeliveryFailed', { errorCode: 'AccessDenied' })).toMatchObject({
    severity: 'medium',
    state: 'firing',
  });
  expect(delivery('ConfigurationSnapshotDeliveryCompleted')).toMatchObject({
    state: 'resolved',
    dedupKey: delivery('ConfigurationSnapshotDeliveryFailed').dedupKey,
  });
});

describe('recorded Config messages', () => {
  test('an oversized change that could not be stored', () => {
    expect(readFile('config-notification/OversizedConfigurationItemChangeDeliveryFailed-4795b0ed.json')).toMatchObject({
      severity: 'medium',
      account: '123456789012',
      region: 'us-west-2',
      kind: 'oversized change not delivered',
    });
  });

  test('a security group that lets SSH in', () => {
    expect(readFile('config-notification/ConfigurationItemChangeNotification-78b7140f.json')).toMatchObject({
      severity: 'medium',
      resource: { name: 'sg_open_ssh', type: 'EC2 security group' },
    });
  });

  test('the invocation of a rule, with the change that caused it', () => {
    expect(readFile('config-rule-invocation/rule-bf099ef9.json').sentence).toMatch(
      /^Config runs the rule MyRule because EC2 instance \S+ was changed: InstanceType: t2\.micro → t2\.medium/,
    );
  });

  test("Systems Manager's compliance event is not Config's", () => {
    const bad = readFile('config-eventbridge/Configuration-Compliance-State-Change-92ac4c99.json');
    expect(bad).toMatchObject({ source: 'ssm', severity: 'high', state: 'firing' });
    expect(readFile('config-eventbridge/Configuration-Compliance-State-Change-cf40cfff.json')).toMatchObject({
      source: 'ssm',
      state: 'resolved',
      dedupKey: bad.dedupKey,
    });
  });
});
