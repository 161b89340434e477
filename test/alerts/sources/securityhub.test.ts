import { describe, expect, test } from 'vitest';
import { isRecord } from '../../../src/words/json.ts';
import { dataJson } from '../../data.ts';
import { event, fieldOf, readAll, readFile, readOne } from './reading.ts';

const id =
  'arn:aws:securityhub:eu-west-1:111122223333:subscription/aws-foundational-security-best-practices/v/1.0.0/S3.8/finding/f1';
/** Account, region, control, resource: what the findings of several standards have in common. */
const key = 'securityhub:control:111122223333:eu-west-1:S3.8:arn:aws:s3:::shop-assets';

const asff = (changes: object): Record<string, unknown> => ({
  SchemaVersion: '2018-10-08',
  Id: id,
  ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/securityhub',
  ProductName: 'Security Hub',
  GeneratorId: 'security-control/S3.8',
  AwsAccountId: '111122223333',
  Region: 'eu-west-1',
  Types: ['Software and Configuration Checks/Industry and Regulatory Standards'],
  UpdatedAt: '2026-11-24T09:00:00.000Z',
  Severity: { Label: 'HIGH', Normalized: 70 },
  Title: 'S3 general purpose buckets should block public access',
  Description: 'This control checks whether a bucket blocks public access. It fails where it does not.',
  Remediation: {
    Recommendation: { Text: 'Turn it on.', Url: 'https://docs.aws.amazon.com/console/securityhub/S3.8/remediation' },
  },
  Resources: [{ Type: 'AwsS3Bucket', Id: 'arn:aws:s3:::shop-assets', Region: 'eu-west-1', Tags: { team: 'shop' } }],
  Compliance: { Status: 'FAILED', SecurityControlId: 'S3.8' },
  Workflow: { Status: 'NEW' },
  RecordState: 'ACTIVE',
  ...changes,
});

const imported = (...findings: object[]): unknown =>
  event('aws.securityhub', 'Security Hub Findings - Imported', { findings });

describe('a Security Hub finding', () => {
  test('says which check fails on what, and how to fix it', () => {
    const signal = readOne(imported(asff({})));
    expect(signal).toMatchObject({
      source: 'securityhub',
      kind: 'S3.8',
      dedupKey: key,
      severity: 'high',
      state: 'firing',
      sentence: 'The check "S3 general purpose buckets should block public access" fails on S3 bucket shop-assets.',
      resource: { arn: 'arn:aws:s3:::shop-assets', name: 'shop-assets', type: 'S3 bucket' },
      runbook: 'https://docs.aws.amazon.com/console/securityhub/S3.8/remediation',
      tags: { team: 'shop' },
      account: '111122223333',
      region: 'eu-west-1',
    });
  });

  test.each([
    [{ Compliance: { Status: 'PASSED', SecurityControlId: 'S3.8' } }, 'the check passes'],
    [{ Workflow: { Status: 'RESOLVED' } }, 'the finding was marked as resolved'],
    [{ Workflow: { Status: 'SUPPRESSED' } }, 'the finding was suppressed'],
    [{ RecordState: 'ARCHIVED' }, 'the finding was archived'],
  ])('is over with %j, under the same key', (changes, why) => {
    const signal = readOne(imported(asff(changes)));
    expect(signal).toMatchObject({ state: 'resolved', dedupKey: key });
    expect(signal.sentence).toContain(why);
  });

  test('comes in batches, one signal each', () => {
    const signals = readAll(
      imported(asff({}), asff({ Id: 'arn:aws:securityhub:eu-west-1:111122223333:x/2', Severity: { Label: 'LOW' } })),
    );
    expect(signals.map(({ severity }) => severity)).toEqual(['high', 'low']);
    // Two standards that report one control on one resource: one alert.
    expect(new Set(signals.map(({ dedupKey }) => dedupKey)).size).toBe(1);
  });

  test('of a product without controls is known by its own id', () => {
    expect(readOne(imported(asff({ Compliance: {} }))).dedupKey).toBe(id);
  });

  test.each([
    [{ Severity: { Label: 'CRITICAL' } }, 'critical'],
    [{ Severity: { Label: 'INFORMATIONAL' } }, 'info'],
    [{ Severity: { Normalized: 95 } }, 'critical'],
    [{ Severity: { Normalized: 40 } }, 'medium'],
    [{ Severity: { Normalized: 0 } }, 'info'],
    [{ Severity: undefined, FindingProviderFields: { Severity: { Label: 'LOW' } } }, 'low'],
    [{ Severity: 'broken' }, 'medium'],
  ])('with %j is %s', (changes, severity) => {
    expect(readOne(imported(asff(changes))).severity).toBe(severity);
  });

  test('forwarded by another product says whose it is, and shares the key with the original', () => {
    const arn = 'arn:aws:guardduty:eu-west-1:111122223333:detector/d1/finding/f1';
    const signal = readOne(
      imported(
        asff({
          Id: arn,
          ProductName: 'GuardDuty',
          GeneratorId: 'arn:aws:guardduty:eu-west-1:111122223333:detector/d1',
          Types: ['TTPs/Initial Access/UnauthorizedAccess:EC2-SSHBruteForce'],
          Compliance: undefined,
          ProductFields: {
            'aws/guardduty/service/action/networkConnectionAction/remoteIpDetails/ipAddressV4': '203.0.113.9',
          },
        }),
      ),
    );
    expect(signal).toMatchObject({
      kind: 'UnauthorizedAccess:EC2-SSHBruteForce',
      dedupKey: arn,
      sourceIp: '203.0.113.9',
    });
    expect(fieldOf(signal, 'Product')).toBe('GuardDuty');
  });

  test('names vulnerability and package', () => {
    const signal = readOne(
      imported(
        asff({
          ProductName: 'Inspector',
          Compliance: undefined,
          GeneratorId: 'AWSInspector',
          Vulnerabilities: [{ Id: 'CVE-2026-1', VulnerablePackages: [{ Name: 'openssl', Version: '3.0.1' }] }],
          Resources: [
            { Type: 'AwsEcrContainerImage', Id: 'arn:aws:ecr:eu-west-1:111122223333:repository/shop/sha256:1' },
          ],
        }),
      ),
    );
    expect(signal).toMatchObject({ kind: 'vulnerability' });
    expect(signal.sentence).toMatch(/^Inspector found CVE-2026-1 in openssl 3\.0\.1 on /);
  });

  test('sent by a custom action says by which', () => {
    const signal = readOne(
      event('aws.securityhub', 'Security Hub Findings - Custom Action', {
        actionName: 'Send to on-call',
        findings: [asff({})],
      }),
    );
    expect(signal).toMatchObject({ source: 'securityhub', dedupKey: key });
    expect(fieldOf(signal, 'Custom action')).toBe('Send to on-call');
  });

  test('takes a runbook only over https', () => {
    const runbook = (Url: string) => readOne(imported(asff({ Remediation: { Recommendation: { Url } } }))).runbook;
    expect(runbook('http://docs.example.com')).toBeUndefined();
    expect(runbook('javascript:alert(1)')).toBeUndefined();
  });
});

describe('a Security Hub V2 finding (OCSF)', () => {
  const ocsf = (changes: object): Record<string, unknown> => ({
    activity_id: 1,
    category_uid: 2,
    class_uid: 2004,
    cloud: { account: { uid: '111122223333' }, region: 'eu-west-1' },
    finding_info: {
      uid: 'arn:aws:guardduty:eu-west-1:111122223333:detector/d1/finding/f2',
      title: 'A miner runs',
      desc: 'A process mines coins.',
      types: ['Threats', 'CryptoCurrency:EC2/BitcoinTool.B'],
    },
    metadata: { product: { name: 'GuardDuty' } },
    resources: [
      {
        type: 'AWS::EC2::Instance',
        uid: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
        tags: [{ name: 'env', value: 'prod' }],
      },
    ],
    severity_id: 4,
    status_id: 1,
    time: 1795512000000,
    ...changes,
  });

  test('reads in an event and bare', () => {
    for (const payload of [event('aws.securityhub', 'Findings Imported V2', { findings: [ocsf({})] }), ocsf({})]) {
      expect(readOne(payload)).toMatchObject({
        source: 'securityhub',
        kind: 'CryptoCurrency:EC2/BitcoinTool.B',
        dedupKey: 'arn:aws:guardduty:eu-west-1:111122223333:detector/d1/finding/f2',
        severity: 'high',
        state: 'firing',
        account: '111122223333',
        region: 'eu-west-1',
        resource: { name: 'i-0123456789abcdef0', type: 'EC2 instance' },
        tags: { env: 'prod' },
        time: new Date(1795512000000).toISOString(),
      });
    }
  });

  test.each([
    [{ status_id: 4 }],
    [{ status_id: 3 }],
    [{ status_id: 5 }],
    [{ activity_id: 3 }],
    [{ class_uid: 2003, compliance: { status: 'Pass', status_id: 1 } }],
  ])('is over with %j', (changes) => {
    expect(readOne(ocsf(changes)).state).toBe('resolved');
  });

  test.each([
    [1, 'info'],
    [2, 'low'],
    [3, 'medium'],
    [5, 'critical'],
    [6, 'critical'],
    [99, 'medium'],
  ])('with severity_id %i is %s', (severity_id, severity) => {
    expect(readOne(ocsf({ severity_id })).severity).toBe(severity);
  });
});

test('insight results list their counts', () => {
  const signal = readOne(
    event('aws.securityhub', 'Security Hub Insight Results', {
      actionName: 'Send',
      insightArn: 'arn:aws:securityhub:::insight/securityhub/default/1',
      insightName: 'Public buckets',
      insightResults: [{ 'shop-assets': 5 }, { logs: 2 }],
    }),
  );
  expect(signal).toMatchObject({
    kind: 'insight results',
    severity: 'info',
    sentence: 'The insight "Public buckets" was sent here by the action "Send": shop-assets: 5 and logs: 2.',
  });
});

describe('recorded Security Hub payloads', () => {
  test('two findings in one action', () => {
    const file = 'securityhub-eventbridge/Security-Hub-Findings---Custom-Action-541d3124.json';
    expect(() => readFile(file)).toThrow('Expected one signal, got 2.');
  });

  test('an announcement whose JSON holds raw line breaks', () => {
    expect(readFile('sns-envelope/Notification-1c865cea.json')).toMatchObject({
      source: 'securityhub',
      kind: 'announcement',
      severity: 'info',
    });
  });

  test('a decoy that was touched names who did it and the thing touched', () => {
    const labelled = dataJson('labelled-asff/Decoy.IAM.Assumed-0-hit-939a5d84.json');
    expect(readOne(isRecord(labelled) ? labelled['log'] : undefined)).toMatchObject({
      severity: 'high',
      resource: { name: 'Dummy-Test-InfoRole-ab21cde50f', type: 'IAM role' },
      actor: { type: 'role' },
      sourceIp: '11.1.111.11',
    });
  });
});
