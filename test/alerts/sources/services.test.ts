import { describe, expect, test } from 'vitest';
import { event, fieldOf, readAll, readFile, readMessage, readOne } from './reading.ts';

/** Control Tower, Systems Manager, S3 and the services of the table. */
describe('Control Tower', () => {
  const lifecycle = (eventName: string, status: object) =>
    readOne(
      event('aws.controltower', 'AWS Service Event via CloudTrail', {
        eventName,
        eventSource: 'controltower.amazonaws.com',
        eventTime: '2026-11-24T09:00:00Z',
        awsRegion: 'eu-west-1',
        userIdentity: { accountId: '111122223333', invokedBy: 'AWS Internal' },
        serviceEventDetails: { [`${eventName}Status`]: status },
      }),
    );

  test.each([
    [
      'CreateManagedAccount',
      { state: 'SUCCEEDED', account: { accountName: 'shop-prod', accountId: '444455556666' } },
      'Control Tower created the account shop-prod.',
      'low',
    ],
    [
      'DisableGuardrail',
      {
        state: 'SUCCEEDED',
        organizationalUnits: [{ organizationalUnitName: 'Prod' }],
        guardrails: [{ guardrailId: 'AWS-GR_CLOUDTRAIL_ENABLED' }],
      },
      'Control Tower disabled a control on Prod (AWS-GR_CLOUDTRAIL_ENABLED).',
      'high',
    ],
    [
      'UpdateLandingZone',
      { state: 'SUCCEEDED', rootOrganizationalId: 'r-1' },
      'Control Tower updated the landing zone.',
      'low',
    ],
    [
      'DeregisterOrganizationalUnit',
      { state: 'SUCCEEDED', organizationalUnit: { organizationalUnitName: 'Lab' } },
      'Control Tower deregistered the organizational unit Lab.',
      'high',
    ],
    [
      'EnableGuardrail',
      { state: 'FAILED', message: 'No access.', organizationalUnits: [{ organizationalUnitName: 'Prod' }] },
      'Control Tower could not finish enable guardrail Prod: No access.',
      'high',
    ],
  ])('%s', (name, status, sentence, severity) => {
    expect(lifecycle(name, status)).toMatchObject({
      source: 'controltower',
      kind: name,
      sentence,
      severity,
      region: 'eu-west-1',
    });
  });

  test('drift comes over SNS, as JSON and as text', () => {
    const signal = readMessage(
      JSON.stringify({
        Message:
          "AWS Control Tower has detected that your managed service control policy 'aws-guardrails-x (p-1)' is detached from the organizational unit 'Prod (ou-1)'.",
        ManagementAccountId: '111122223333',
        OrganizationId: 'o-1',
        DriftType: 'SCP_DETACHED_FROM_OU',
        RemediationStep: 'Update the landing zone.',
        OrganizationalUnitId: 'ou-1',
        PolicyId: 'p-1',
      }),
    );
    expect(signal).toMatchObject({
      source: 'controltower',
      kind: 'SCP_DETACHED_FROM_OU',
      severity: 'high',
      account: '111122223333',
      resource: { name: 'ou-1', type: 'organizational unit' },
    });
    expect(
      readMessage(
        JSON.stringify({ DriftType: 'ACCOUNT_MOVED_BETWEEN_OUS', AccountId: '444455556666', Message: 'moved' }),
      ),
    ).toMatchObject({ severity: 'medium', account: '444455556666' });
    expect(
      readMessage(
        'AWS Control Tower has detected that account 444455556666 left the organization.',
        'AWS Control Tower drift notification',
      ),
    ).toMatchObject({ source: 'controltower', account: '444455556666' });
  });
});

describe('Systems Manager', () => {
  test.each([
    [
      'EC2 Command Status-change Notification',
      { 'command-id': 'c1', 'document-name': 'AWS-RunShellScript', status: 'Failed' },
      'Command AWS-RunShellScript failed',
      'medium',
      'firing',
    ],
    [
      'EC2 Command Invocation Status-change Notification',
      { 'command-id': 'c1', 'document-name': 'AWS-RunShellScript', 'instance-id': 'i-1', status: 'TimedOut' },
      'Command AWS-RunShellScript on i-1 timed out',
      'medium',
      'firing',
    ],
    [
      'EC2 Automation Execution Status-change Notification',
      { Definition: 'Patch', ExecutionId: 'e1', Status: 'Success' },
      'Automation Patch succeeded',
      'info',
      'resolved',
    ],
    [
      'Parameter Store Change',
      { name: '/db/password', operation: 'Delete' },
      'SSM parameter /db/password was deleted',
      'low',
      'firing',
    ],
    [
      'Maintenance Window Execution State-change Notification',
      { 'window-id': 'mw-1', status: 'TIMED_OUT' },
      'Run of maintenance window mw-1 timed out',
      'medium',
      'firing',
    ],
    [
      'Configuration Compliance State Change',
      { 'resource-id': 'i-1', 'compliance-type': 'Patch', 'compliance-status': 'non_compliant', severity: 'critical' },
      'Patch state of i-1 is not compliant',
      'high',
      'firing',
    ],
    [
      'EC2 State Manager Association State Change',
      { 'document-name': 'Harden', 'association-id': 'a1', status: 'Failed' },
      'Association Harden failed',
      'medium',
      'firing',
    ],
  ])('%s', (detailType, detail, title, severity, state) => {
    expect(readOne(event('aws.ssm', detailType, detail))).toMatchObject({ source: 'ssm', title, severity, state });
  });

  test('names who ran an automation', () => {
    const signal = readOne(
      event('aws.ssm', 'EC2 Automation Execution Status-change Notification', {
        Definition: 'Patch',
        Status: 'InProgress',
        ExecutedBy: 'arn:aws:sts::111122223333:assumed-role/ops/ana@example.com',
      }),
    );
    expect(signal.actor).toMatchObject({ type: 'role', name: 'ops/ana@example.com', human: 'ana@example.com' });
  });

  test('two commands are two alerts, one command one', () => {
    const files = ['1a37dfa4', '1b48b1fc'].map((id) =>
      readFile(`eventbridge-other/aws.ssm-EC2-Command-Invocation-Status-change-Notification-${id}.json`),
    );
    expect(files[0]).toMatchObject({
      title: 'Command AWS-RunPowerShellScript on i-9bb89e2b succeeded',
      resource: { name: 'i-abcd1111', type: 'EC2 instance' },
    });
  });
});

describe('S3', () => {
  const record = (eventName: string, key: string): object => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-1',
    eventTime: '2026-11-24T09:00:00.000Z',
    eventName,
    userIdentity: { principalId: 'AWS:AROAEXAMPLE:ana' },
    requestParameters: { sourceIPAddress: '203.0.113.9' },
    s3: { bucket: { name: 'logs', arn: 'arn:aws:s3:::logs' }, object: { key, size: 12 } },
  });

  test('tells each record of a notification', () => {
    const signals = readAll({
      Records: [record('ObjectCreated:Put', 'a+b%2F1.gz'), record('ObjectRemoved:Delete', 'c.gz')],
    });
    expect(signals.map(({ sentence, severity }) => [sentence, severity])).toEqual([
      ['The object a b/1.gz in the bucket logs was created.', 'info'],
      ['The object c.gz in the bucket logs was deleted.', 'low'],
    ]);
    expect(signals[1]).toMatchObject({
      source: 's3',
      sourceIp: '203.0.113.9',
      resource: { arn: 'arn:aws:s3:::logs/c.gz', type: 'S3 object' },
      actor: { type: 'role' },
    });
  });

  test.each([
    ['Object Deleted', { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' }, 'low'],
    ['Object Deleted', { reason: 'Lifecycle Expiration' }, 'info'],
    ['Object ACL Updated', {}, 'low'],
    ['Object Restore Completed', {}, 'info'],
  ])('%s %j is %s', (detailType, detail, severity) => {
    expect(
      readOne(
        event(
          'aws.s3',
          detailType,
          { bucket: { name: 'logs' }, object: { key: 'a.gz' }, requester: '111122223333', ...detail },
          ['arn:aws:s3:::logs'],
        ),
      ),
    ).toMatchObject({ source: 's3', severity, actor: { type: 'account' } });
  });

  test('a test event proves the way', () => {
    expect(
      readMessage(
        JSON.stringify({
          Service: 'Amazon S3',
          Event: 's3:TestEvent',
          Time: '2026-11-24T09:00:00.000Z',
          Bucket: 'logs',
        }),
      ),
    ).toMatchObject({ source: 's3', severity: 'info', resource: { name: 'logs' } });
  });
});

describe('services that say one thing per event', () => {
  test.each([
    [
      'aws.kms',
      'KMS CMK Deletion',
      { 'key-id': 'k1' },
      'KMS key k1 was deleted: what it encrypted is lost',
      'high',
      'firing',
    ],
    [
      'aws.kms',
      'KMS Imported Key Material Expiration',
      { 'key-id': 'k1' },
      'KMS key k1 lost its imported key material, which expired',
      'high',
      'firing',
    ],
    [
      'aws.acm',
      'ACM Certificate Approaching Expiration',
      { DaysToExpiry: 31, CommonName: 'shop.example' },
      'Certificate shop.example expires in 31 days',
      'medium',
      'firing',
    ],
    [
      'aws.backup',
      'Backup Job State Change',
      { backupJobId: 'b1', state: 'FAILED', statusMessage: 'Access denied' },
      'Backup job b1 failed',
      'medium',
      'firing',
    ],
    [
      'aws.backup',
      'Backup Vault State Change',
      { backupVaultName: 'vault', state: 'DELETED' },
      'Backup vault vault was deleted',
      'medium',
      'firing',
    ],
    [
      'aws.codepipeline',
      'CodePipeline Pipeline Execution State Change',
      { pipeline: 'shop', state: 'FAILED' },
      'Pipeline shop failed',
      'medium',
      'firing',
    ],
    [
      'aws.codebuild',
      'CodeBuild Build State Change',
      { 'project-name': 'shop', 'build-status': 'SUCCEEDED' },
      'Build of shop succeeded',
      'info',
      'resolved',
    ],
    [
      'aws.ec2',
      'EC2 Spot Instance Interruption Warning',
      { 'instance-id': 'i-1', 'instance-action': 'terminate' },
      'EC2 instance i-1 is reclaimed by AWS within two minutes',
      'low',
      'firing',
    ],
    [
      'aws.states',
      'Step Functions Execution Status Change',
      { stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:pay', status: 'TIMED_OUT' },
      'Execution of state machine pay timed out',
      'medium',
      'firing',
    ],
    [
      'aws.batch',
      'Batch Job State Change',
      { jobName: 'nightly', status: 'FAILED', statusReason: 'Host terminated' },
      'Batch job nightly failed',
      'medium',
      'firing',
    ],
    [
      'aws.auditmanager',
      'Assessment Deleted',
      { assessmentName: 'SOC 2' },
      'Audit Manager assessment SOC 2 was deleted',
      'medium',
      'firing',
    ],
    [
      'aws.auditmanager',
      'Assessment ControlSet Reviewed',
      { assessmentName: 'SOC 2' },
      'A control set of assessment SOC 2 was reviewed',
      'info',
      'resolved',
    ],
    [
      'aws.autoscaling',
      'EC2 Instance Launch Unsuccessful',
      { AutoScalingGroupName: 'web', StatusMessage: 'No capacity' },
      'Auto Scaling group web could not launch an instance',
      'medium',
      'firing',
    ],
    [
      'aws.cloudformation',
      'CloudFormation Stack Status Change',
      {
        'stack-id': 'arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/11111111-2222-3333-4444-555555555555',
        'status-details': { status: 'UPDATE_ROLLBACK_COMPLETE' },
      },
      'CloudFormation stack shop finished its update rollback',
      'medium',
      'firing',
    ],
  ])('%s %s', (source, detailType, detail, title, severity, state) => {
    expect(readOne(event(source, detailType, detail))).toMatchObject({
      source: source.slice(4),
      kind: detailType,
      title,
      severity,
      state,
      account: '111122223333',
      region: 'eu-west-1',
    });
  });

  test('the good end resolves what the bad one opened', () => {
    const pipeline = (state: string) =>
      readOne(event('aws.codepipeline', 'CodePipeline Pipeline Execution State Change', { pipeline: 'shop', state }));
    expect(pipeline('SUCCEEDED')).toMatchObject({ state: 'resolved', dedupKey: pipeline('FAILED').dedupKey });
    const launch = (how: string) =>
      readOne(event('aws.autoscaling', `EC2 Instance Launch ${how}`, { AutoScalingGroupName: 'web' }));
    expect(launch('Successful')).toMatchObject({ state: 'resolved', dedupKey: launch('Unsuccessful').dedupKey });
  });

  test('gives reason and link', () => {
    const signal = readOne(
      event('aws.codepipeline', 'CodePipeline Action Execution State Change', {
        pipeline: 'shop',
        stage: 'Deploy',
        action: 'Push',
        state: 'FAILED',
        'execution-result': { 'external-execution-summary': 'Deployment d-1 failed' },
      }),
    );
    expect(signal.sentence).toBe('Action Push in stage Deploy of pipeline shop failed: Deployment d-1 failed.');
    expect(signal.links[0]?.url).toBe(
      'https://console.aws.amazon.com/codesuite/codepipeline/pipelines/shop/view?region=eu-west-1',
    );
  });

  test('reads the notifications of the developer tools, which write detailType', () => {
    const { 'detail-type': detailType, ...rest } = JSON.parse(
      JSON.stringify(
        event('aws.codebuild', 'CodeBuild Build State Change', { 'project-name': 'shop', 'build-status': 'FAILED' }),
      ),
    );
    expect(
      readMessage(
        JSON.stringify({
          ...rest,
          detailType,
          notificationRuleArn: 'arn:aws:codestar-notifications:eu-west-1:111122223333:notificationrule/1',
        }),
      ),
    ).toMatchObject({ source: 'codebuild', title: 'Build of shop failed' });
  });

  test('names the field of a changed tag', () => {
    const signal = readFile('eventbridge-other/None-Tag-Change-on-Resource-4f938f84.json');
    expect(signal).toMatchObject({
      source: 'tag',
      title: 'Tags of i-0000000aaaaaaaaaa were changed',
      resource: { type: 'EC2 instance' },
    });
    expect(fieldOf(signal, 'Service')).toBe('ec2');
  });
});
