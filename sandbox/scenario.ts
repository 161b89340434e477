import { createHash, randomUUID } from 'node:crypto';

/** One message of a story: how long after its beginning it is published (ms), and what it says. */
export interface Scene {
  afterMs: number;
  message: (at: Date) => unknown;
}

const account = '111122223333';
const region = 'eu-west-1';
const address = '198.51.100.23';
const agent = 'aws-cli/2.31.5 md/Botocore#1.40.49 ua/2.1 os/linux#6.8 lang/python#3.13.4';
const key = 'AKIAIOSFODNN7EXAMPLE';

/** An API call as EventBridge delivers it. Source: CloudTrail user guide, "CloudTrail record contents". */
function call(
  service: string,
  eventName: string,
  more: { requestParameters?: unknown; responseElements?: unknown; errorCode?: string; region?: string; role?: string },
): (at: Date) => unknown {
  return (at) => {
    const time = `${at.toISOString().slice(0, 19)}Z`;
    const awsRegion = more.region ?? region;
    const user = {
      type: 'IAMUser',
      principalId: 'AIDAJ45Q7YFFAREXAMPLE',
      arn: `arn:aws:iam::${account}:user/deploy-bot`,
      accountId: account,
      accessKeyId: key,
      userName: 'deploy-bot',
    };
    const role = {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLEEXAMPLE:${more.role}`,
      arn: `arn:aws:sts::${account}:assumed-role/OrganizationAccountAccessRole/${more.role}`,
      accountId: account,
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          arn: `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`,
          accountId: account,
          userName: 'OrganizationAccountAccessRole',
        },
        attributes: { creationDate: time, mfaAuthenticated: 'false' },
      },
    };
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'AWS API Call via CloudTrail',
      source: `aws.${service}`,
      account,
      time,
      region: awsRegion,
      resources: [],
      detail: {
        eventVersion: '1.11',
        userIdentity: more.role === undefined ? user : role,
        eventTime: time,
        eventSource: `${service}.amazonaws.com`,
        eventName,
        awsRegion,
        sourceIPAddress: address,
        userAgent: agent,
        ...(more.errorCode === undefined
          ? {}
          : { errorCode: more.errorCode, errorMessage: 'You are not authorized to perform this operation.' }),
        requestParameters: more.requestParameters ?? null,
        responseElements: more.responseElements ?? null,
        requestID: randomUUID(),
        eventID: randomUUID(),
        readOnly: false,
        eventType: 'AwsApiCall',
        managementEvent: true,
        recipientAccountId: account,
        eventCategory: 'Management',
      },
    };
  };
}

/** A leaked access key, told as alerts over a minute: tried out, made to stay, the logs turned off, data made public. */
export const leakedKey: readonly Scene[] = [
  {
    afterMs: 0,
    message: (at) => ({
      version: '0',
      id: randomUUID(),
      'detail-type': 'AWS Health Event',
      source: 'aws.health',
      account,
      time: at.toISOString(),
      region: 'us-east-1',
      resources: [key],
      detail: {
        eventArn: `arn:aws:health:global::event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/AWS_RISK_CREDENTIALS_EXPOSED_${at.getTime()}`,
        service: 'RISK',
        eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED',
        eventTypeCategory: 'issue',
        startTime: at.toISOString(),
        statusCode: 'open',
        eventDescription: [
          {
            language: 'en_US',
            latestDescription: 'An access key of your account was found in a public code repository.',
          },
        ],
        affectedEntities: [{ entityValue: key }],
      },
    }),
  },
  { afterMs: 6_000, message: call('iam', 'ListUsers', { region: 'us-east-1', errorCode: 'AccessDenied' }) },
  {
    afterMs: 12_000,
    message: (at) => ({
      version: '0',
      id: randomUUID(),
      'detail-type': 'GuardDuty Finding',
      source: 'aws.guardduty',
      account,
      time: at.toISOString(),
      region,
      resources: [],
      detail: {
        schemaVersion: '2.0',
        accountId: account,
        region,
        partition: 'aws',
        id: 'd6c3a8e4b1f04d0c9a77c1de20b3f001',
        arn: `arn:aws:guardduty:${region}:${account}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/d6c3a8e4b1f04d0c9a77c1de20b3f001`,
        type: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom',
        resource: {
          resourceType: 'AccessKey',
          accessKeyDetails: {
            accessKeyId: key,
            principalId: 'AIDAJ45Q7YFFAREXAMPLE',
            userType: 'IAMUser',
            userName: 'deploy-bot',
          },
        },
        service: {
          serviceName: 'guardduty',
          action: {
            actionType: 'AWS_API_CALL',
            awsApiCallAction: {
              api: 'ListUsers',
              serviceName: 'iam.amazonaws.com',
              callerType: 'Remote IP',
              remoteIpDetails: { ipAddressV4: address, country: { countryName: 'Nowhere' } },
            },
          },
          eventFirstSeen: at.toISOString(),
          eventLastSeen: at.toISOString(),
          archived: false,
          count: 3,
        },
        severity: 8,
        createdAt: at.toISOString(),
        updatedAt: at.toISOString(),
        title: 'An API was called from an IP address on a custom threat list.',
        description:
          'APIs commonly used to discover the users of an account were called from an address on a threat list.',
      },
    }),
  },
  {
    afterMs: 20_000,
    message: call('iam', 'CreateAccessKey', {
      region: 'us-east-1',
      requestParameters: { userName: 'backup-admin' },
      responseElements: {
        accessKey: { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', status: 'Active', userName: 'backup-admin' },
      },
    }),
  },
  {
    afterMs: 28_000,
    message: call('iam', 'AttachUserPolicy', {
      region: 'us-east-1',
      requestParameters: { userName: 'backup-admin', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    }),
  },
  {
    afterMs: 36_000,
    message: call('cloudtrail', 'StopLogging', {
      role: 'maintenance',
      requestParameters: { name: `arn:aws:cloudtrail:${region}:${account}:trail/org-trail` },
    }),
  },
  {
    afterMs: 45_000,
    message: call('s3', 'PutBucketPolicy', {
      role: 'maintenance',
      requestParameters: {
        bucketName: 'payments-exports',
        bucketPolicy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::payments-exports/*' },
          ],
        },
      },
    }),
  },
  {
    afterMs: 55_000,
    message: (at) => alarm('NetworkOut-payments-gateway', 'ALARM', at, { namespace: 'AWS/EC2', metric: 'NetworkOut' }),
  },
];

/** A CloudWatch alarm as it comes through SNS. Source: CloudWatch user guide, "Alarm notifications". */
export const alarm = (
  name: string,
  state: 'ALARM' | 'OK',
  at: Date,
  about: { namespace: string; metric: string; account?: string } = { namespace: 'AWS/EC2', metric: 'CPUUtilization' },
): Record<string, unknown> => ({
  AlarmName: name,
  AlarmDescription: 'Made by the sandbox.',
  AWSAccountId: about.account ?? account,
  NewStateValue: state,
  OldStateValue: state === 'ALARM' ? 'OK' : 'ALARM',
  NewStateReason:
    state === 'ALARM'
      ? 'Threshold Crossed: 1 out of the last 1 datapoints [97.0] was greater than the threshold (90.0).'
      : 'Threshold Crossed: 1 out of the last 1 datapoints [12.0] was not greater than the threshold (90.0).',
  StateChangeTime: at.toISOString().replace('Z', '+0000'),
  Region: 'EU (Ireland)',
  AlarmArn: `arn:aws:cloudwatch:${region}:${about.account ?? account}:alarm:${name}`,
  Trigger: {
    MetricName: about.metric,
    Namespace: about.namespace,
    StatisticType: 'Statistic',
    Statistic: 'AVERAGE',
    Unit: null,
    Dimensions: [{ name: 'InstanceId', value: instanceOf(name) }],
    Period: 60,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 90,
    TreatMissingData: 'missing',
  },
});

/** An instance for each alarm, the same one whenever it changes. */
const instanceOf = (name: string): string => `i-0${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

/** Alarms of one kind in many accounts at once: what a broken deployment or a region in trouble looks like. */
export const storm = (count: number, at: Date): unknown[] =>
  Array.from({ length: count }, (_, number) =>
    alarm(`cpu-high-web-${String(number).padStart(3, '0')}`, 'ALARM', at, {
      namespace: 'AWS/EC2',
      metric: 'CPUUtilization',
      account: String(111122223333 + (number % 7) * 111_111),
    }),
  );
