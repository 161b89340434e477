import { describe, expect, test } from 'vitest';
import { event, fieldOf, readFile, readMessage, readOne } from './reading.ts';

/** AWS Health, Macie and Inspector: few or no recorded samples, so most payloads are built from the documented fields. */
describe('an AWS Health event', () => {
  const read = (changes: object) =>
    readOne(
      event('aws.health', 'AWS Health Event', {
        eventArn: 'arn:aws:health:eu-west-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1',
        service: 'EC2',
        eventTypeCode: 'AWS_EC2_OPERATIONAL_ISSUE',
        eventTypeCategory: 'issue',
        statusCode: 'open',
        startTime: 'Tue, 24 Nov 2026 09:00:00 GMT',
        eventDescription: [
          { language: 'en_US', latestDescription: 'We are investigating increased error rates. More follows.' },
        ],
        affectedEntities: [{ entityValue: 'i-0123456789abcdef0', tags: { stage: 'prod' } }],
        ...changes,
      }),
    );

  test('opens and is closed under one key', () => {
    const open = read({});
    expect(open).toMatchObject({
      source: 'health',
      severity: 'high',
      state: 'firing',
      sentence: 'We are investigating increased error rates. More follows.',
      tags: { stage: 'prod' },
      resource: { name: 'i-0123456789abcdef0', type: 'EC2 instance' },
    });
    expect(read({ statusCode: 'closed' })).toMatchObject({ state: 'resolved', dedupKey: open.dedupKey });
  });

  test('without a status ends with its end time, unless it is planned work', () => {
    const endTime = 'Tue, 24 Nov 2026 09:10:00 GMT';
    expect(read({ statusCode: undefined, endTime }).state).toBe('resolved');
    expect(read({ statusCode: undefined, endTime, eventTypeCategory: 'scheduledChange' })).toMatchObject({
      state: 'firing',
      severity: 'medium',
    });
    expect(read({ statusCode: undefined, endTime: 'Tue, 24 Nov 2026 23:10:00 GMT' }).state).toBe('firing');
  });

  test.each([
    ['AWS_RISK_CREDENTIALS_EXPOSED', 'issue', 'critical'],
    ['AWS_IAM_CREDENTIALS_COMPROMISED', 'accountNotification', 'critical'],
    ['AWS_ABUSE_DOS_REPORT', 'issue', 'high'],
    ['AWS_ACM_RENEWAL_STATE_CHANGE', 'accountNotification', 'medium'],
    ['AWS_BILLING_NOTIFICATION', 'accountNotification', 'low'],
  ])('%s (%s) is %s', (eventTypeCode, eventTypeCategory, severity) => {
    expect(read({ eventTypeCode, eventTypeCategory }).severity).toBe(severity);
  });

  test('of exposed credentials names the key', () => {
    expect(
      read({
        eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED',
        service: 'RISK',
        affectedEntities: [{ entityValue: 'AKIAEXAMPLE123456789' }],
      }),
    ).toMatchObject({
      title: 'Access keys exposed in public (AKIAEXAMPLE123456789)',
      sentence: 'AWS found the access key AKIAEXAMPLE123456789 in a public place.',
      actor: { accessKeyId: 'AKIAEXAMPLE123456789' },
      resource: { type: 'access key' },
    });
  });

  test('recorded before status codes existed still reads', () => {
    expect(readFile('health/AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED-e7e0486d.json')).toMatchObject({
      source: 'health',
      severity: 'medium',
      state: 'firing',
      account: '011122335622',
    });
  });
});

describe('a Macie finding', () => {
  const read = (changes: object) =>
    readOne(
      event('aws.macie', 'Macie Finding', {
        id: 'm1',
        accountId: '111122223333',
        region: 'eu-west-1',
        type: 'SensitiveData:S3Object/Personal',
        title: 'The S3 object contains personal information.',
        description: 'The object contains personal information.',
        category: 'CLASSIFICATION',
        severity: { score: 3, description: 'High' },
        updatedAt: '2026-11-24T09:00:00Z',
        archived: false,
        resourcesAffected: {
          s3Bucket: { arn: 'arn:aws:s3:::exports', name: 'exports', tags: [{ key: 'team', value: 'crm' }] },
          s3Object: { key: 'people.csv', path: 'exports/people.csv' },
        },
        classificationDetails: { result: { sensitiveData: [{ category: 'PERSONAL_INFORMATION', totalCount: 1200 }] } },
        ...changes,
      }),
    );

  test('says what was found where', () => {
    expect(read({})).toMatchObject({
      source: 'macie',
      kind: 'SensitiveData:S3Object/Personal',
      severity: 'high',
      state: 'firing',
      sentence: 'Macie found personal information (1,200) in the S3 object exports/people.csv.',
      resource: { arn: 'arn:aws:s3:::exports/people.csv' },
      tags: { team: 'crm' },
    });
    expect(read({ archived: true })).toMatchObject({ state: 'resolved', dedupKey: read({}).dedupKey });
  });

  test('of a policy names who changed it', () => {
    const signal = read({
      type: 'Policy:IAMUser/S3BucketPublic',
      category: 'POLICY',
      severity: { description: 'Medium' },
      resourcesAffected: { s3Bucket: { arn: 'arn:aws:s3:::exports', name: 'exports' } },
      classificationDetails: null,
      policyDetails: {
        action: { apiCallDetails: { api: 'PutBucketPolicy' } },
        actor: {
          ipAddressDetails: { ipAddressV4: '203.0.113.9' },
          userIdentity: {
            type: 'AssumedRole',
            assumedRole: { arn: 'arn:aws:sts::111122223333:assumed-role/admin/ana', accountId: '111122223333' },
          },
        },
      },
    });
    expect(signal).toMatchObject({
      severity: 'medium',
      sourceIp: '203.0.113.9',
      actor: { type: 'role', name: 'admin/ana' },
      resource: { type: 'S3 bucket' },
    });
    expect(fieldOf(signal, 'Called')).toBe('PutBucketPolicy');
  });

  test('of Macie Classic is graded by its risk score', () => {
    expect(readFile('macie/Macie-Alert-67196712.json')).toMatchObject({
      severity: 'critical',
      resource: { name: 'public_bucket/secret_key.txt' },
    });
    expect(readFile('macie/Macie-Alert-53d56aaa.json')).toMatchObject({
      severity: 'high',
      sourceIp: '34.199.185.34',
      actor: { type: 'role' },
    });
  });
});

describe('an Inspector finding', () => {
  const read = (changes: object) =>
    readOne(
      event('aws.inspector2', 'Inspector2 Finding', {
        awsAccountId: '111122223333',
        findingArn: 'arn:aws:inspector2:eu-west-1:111122223333:finding/1',
        severity: 'CRITICAL',
        status: 'ACTIVE',
        title: 'CVE-2026-1 - openssl',
        type: 'PACKAGE_VULNERABILITY',
        updatedAt: 'Tue Nov 24 09:00:00 2026',
        packageVulnerabilityDetails: {
          vulnerabilityId: 'CVE-2026-1',
          sourceUrl: 'https://nvd.nist.gov/vuln/detail/CVE-2026-1',
          vulnerablePackages: [{ name: 'openssl', version: '3.0.1', fixedInVersion: '3.0.2' }],
        },
        resources: [{ id: 'i-0123456789abcdef0', type: 'AWS_EC2_INSTANCE', tags: { team: 'shop' } }],
        ...changes,
      }),
    );

  test('says what is vulnerable and is closed under its key', () => {
    const open = read({});
    expect(open).toMatchObject({
      source: 'inspector',
      kind: 'package vulnerability',
      severity: 'critical',
      sentence: 'Inspector found CVE-2026-1 in openssl 3.0.1 on EC2 instance i-0123456789abcdef0.',
      runbook: 'https://nvd.nist.gov/vuln/detail/CVE-2026-1',
      tags: { team: 'shop' },
    });
    expect(fieldOf(open, 'Fixed in')).toBe('3.0.2');
    for (const status of ['CLOSED', 'SUPPRESSED'])
      expect(read({ status })).toMatchObject({ state: 'resolved', dedupKey: open.dedupKey });
  });

  test('of an open port names the port', () => {
    expect(
      read({
        type: 'NETWORK_REACHABILITY',
        packageVulnerabilityDetails: null,
        networkReachabilityDetails: { protocol: 'TCP', openPortRange: { begin: 22, end: 22 } },
      }).sentence,
    ).toBe('TCP port 22 can be reached from outside on EC2 instance i-0123456789abcdef0.');
  });

  test('of Inspector Classic reads over SNS', () => {
    const run = 'arn:aws:inspector:eu-west-1:111122223333:target/0-a/template/0-b/run/0-c';
    expect(
      readMessage(
        JSON.stringify({
          template: 'arn:aws:inspector:eu-west-1:111122223333:target/0-a/template/0-b',
          run,
          event: 'FINDING_REPORTED',
          finding: `${run}/finding/0-d`,
          time: '2026-11-24T09:00:00Z',
        }),
      ),
    ).toMatchObject({
      source: 'inspector',
      kind: 'finding reported',
      severity: 'medium',
      account: '111122223333',
      region: 'eu-west-1',
    });
  });

  test("tells of ECR's scans too", () => {
    expect(readFile('eventbridge-other/aws.ecr-ECR-Image-Scan-b6d68ce6.json')).toMatchObject({
      source: 'ecr',
      severity: 'medium',
      title: 'ECR scan of my-repository-name: 10 critical and 9 medium',
    });
  });
});
