import type { OrganizationAccount } from './organization.ts';
import { type Random, random } from './random.ts';
import type { ApiCall } from './record.ts';

/** What stands in an account, for calls to be about. */
export interface Estate {
  account: string;
  name: string;
  buckets: readonly string[];
  secrets: readonly string[];
  functions: readonly string[];
  instances: readonly string[];
  securityGroups: readonly string[];
  volumes: readonly string[];
  snapshots: readonly string[];
  kmsKey: string;
  repository: string;
}

/** What stands in an account, by its name: `prod-payments` has the bucket `payments-exports`. */
export function estateOf(seed: string, account: OrganizationAccount): Estate {
  const numbers = random(`${seed}/${account.id}/estate`);
  const short = account.name.replace(/^prod-/, '');
  const ids = (prefix: string, count: number) => Array.from({ length: count }, () => `${prefix}-0${numbers.hex(16)}`);
  return {
    account: account.id,
    name: account.name,
    buckets: [`${short}-exports`, `${short}-assets`, `${short}-logs`],
    secrets: [`${short}/database`, `${short}/stripe-api-key`, `${short}/jwt-signing`, `${short}/smtp`],
    functions: [`${short}-orders`, `${short}-thumbnails`],
    instances: ids('i', 4),
    securityGroups: ids('sg', 3),
    volumes: ids('vol', 3),
    snapshots: ids('snap', 3),
    kmsKey: numbers.uuid(),
    repository: `example/${short}`,
  };
}

/** Makes one call of a kind, about something in the account. */
export type CallMaker = (estate: Estate, region: string, numbers: Random) => ApiCall;

const read =
  (
    service: string,
    name: string,
    parameters?: (estate: Estate, numbers: Random, region: string) => unknown,
  ): CallMaker =>
  (estate, region, numbers) => ({
    service,
    name,
    readOnly: true,
    ...(parameters === undefined ? {} : { parameters: parameters(estate, numbers, region) }),
  });

const write =
  (
    service: string,
    name: string,
    parameters: (estate: Estate, numbers: Random, region: string) => unknown,
    response?: (estate: Estate, numbers: Random) => unknown,
  ): CallMaker =>
  (estate, region, numbers) => ({
    service,
    name,
    readOnly: false,
    parameters: parameters(estate, numbers, region),
    ...(response === undefined ? {} : { response: response(estate, numbers) }),
  });

const bucket = (estate: Estate, numbers: Random) => {
  const bucketName = numbers.pick(estate.buckets);
  return { bucketName, Host: `${bucketName}.s3.amazonaws.com` };
};
const instances = (estate: Estate, numbers: Random) => ({
  instancesSet: { items: [{ instanceId: numbers.pick(estate.instances) }] },
});
const secret = (estate: Estate, numbers: Random, region: string) => ({
  secretId: `arn:aws:secretsmanager:${region}:${estate.account}:secret:${numbers.pick(estate.secrets)}`,
});
const keyArn = (estate: Estate, region: string) => `arn:aws:kms:${region}:${estate.account}:key/${estate.kmsKey}`;
const decrypt: CallMaker = (estate, region) => ({
  service: 'kms',
  name: 'Decrypt',
  readOnly: true,
  parameters: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', encryptionContext: { application: estate.name } },
  resources: [{ accountId: estate.account, type: 'AWS::KMS::Key', ARN: keyArn(estate, region) }],
});

/** What people look at. */
export const reads: readonly CallMaker[] = [
  read('ec2', 'DescribeInstances', (estate, numbers) => instances(estate, numbers)),
  read('ec2', 'DescribeSecurityGroups', () => ({ maxResults: 100, securityGroupSet: {}, filterSet: {} })),
  read('ec2', 'DescribeVpcs', () => ({ vpcSet: {}, filterSet: {} })),
  read('ec2', 'DescribeVolumes', () => ({ maxResults: 50, volumeSet: {}, filterSet: {} })),
  read('s3', 'ListBuckets', () => ({ Host: 's3.amazonaws.com' })),
  read('s3', 'GetBucketPolicy', bucket),
  read('s3', 'GetBucketLocation', bucket),
  read('iam', 'ListUsers', () => ({ maxItems: 100 })),
  read('iam', 'ListRoles', () => ({ maxItems: 100 })),
  read('iam', 'GetRole', () => ({ roleName: 'app-instance' })),
  read('iam', 'ListAttachedRolePolicies', () => ({ roleName: 'github-deploy' })),
  read('lambda', 'ListFunctions20150331', () => ({ maxItems: 50 })),
  read('lambda', 'GetFunction20150331v2', (estate, numbers) => ({ functionName: numbers.pick(estate.functions) })),
  read('rds', 'DescribeDBInstances', () => ({ maxRecords: 100 })),
  read('monitoring', 'DescribeAlarms', () => ({ maxRecords: 100 })),
  read('logs', 'DescribeLogGroups', () => ({ limit: 50 })),
  read('cloudtrail', 'LookupEvents', () => ({ maxResults: 50 })),
  read('secretsmanager', 'ListSecrets', () => ({ maxResults: 20 })),
  read('secretsmanager', 'DescribeSecret', secret),
  read('kms', 'ListAliases', () => ({ limit: 100 })),
  read('sts', 'GetCallerIdentity'),
];

/** What people change, some of it with text that was written to be looked at by somebody else. */
export const writes: readonly CallMaker[] = [
  write('ec2', 'AuthorizeSecurityGroupIngress', (estate, numbers) => ({
    groupId: numbers.pick(estate.securityGroups),
    ipPermissions: {
      items: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, ipRanges: { items: [{ cidrIp: '203.0.113.0/24' }] } }],
    },
  })),
  write('ec2', 'CreateTags', (estate, numbers) => ({
    resourcesSet: { items: [{ resourceId: numbers.pick(estate.instances) }] },
    tagSet: {
      items: [
        {
          key: 'Name',
          value: numbers.pick(['web-1', '<!channel> *read me*', '=HYPERLINK("https://example.com")', '@here']),
        },
      ],
    },
  })),
  write('ec2', 'StopInstances', instances),
  write(
    'ec2',
    'CreateSnapshot',
    (estate, numbers) => ({ volumeId: numbers.pick(estate.volumes) }),
    (estate, numbers) => ({
      snapshotId: numbers.pick(estate.snapshots),
      status: 'pending',
    }),
  ),
  write('s3', 'PutBucketTagging', bucket),
  write('s3', 'PutBucketLifecycle', bucket),
  write(
    'ssm',
    'StartSession',
    (estate, numbers) => ({ target: numbers.pick(estate.instances) }),
    (_, numbers) => ({
      sessionId: `session-0${numbers.hex(16)}`,
    }),
  ),
  write('monitoring', 'PutMetricAlarm', (estate) => ({ alarmName: `cpu-high-${estate.name}`, threshold: 90 })),
  write('iam', 'TagRole', () => ({ roleName: 'app-instance', tags: [{ key: 'reviewed', value: 'yes' }] })),
  write('rds', 'CreateDBSnapshot', (estate) => ({ dBInstanceIdentifier: `${estate.name}-db` })),
];

/** What a robot with a key of its own does all day. */
export const robotCalls: readonly CallMaker[] = [
  read('s3', 'ListBuckets', () => ({ Host: 's3.amazonaws.com' })),
  read('s3', 'GetBucketLocation', bucket),
  read('ecr', 'GetAuthorizationToken'),
  read('lambda', 'GetFunction20150331v2', (estate, numbers) => ({ functionName: numbers.pick(estate.functions) })),
  write('lambda', 'UpdateFunctionCode20150331v2', (estate, numbers) => ({
    functionName: numbers.pick(estate.functions),
  })),
];

/** What a pipeline does when it deploys. */
export const deployCalls: readonly CallMaker[] = [
  read('sts', 'GetCallerIdentity'),
  read('cloudformation', 'DescribeStacks', (estate) => ({ stackName: estate.name })),
  write('cloudformation', 'CreateChangeSet', (estate, numbers) => ({
    stackName: estate.name,
    changeSetName: `deploy-${numbers.hex(8)}`,
  })),
  write('cloudformation', 'ExecuteChangeSet', (estate) => ({ stackName: estate.name })),
  write('lambda', 'UpdateFunctionCode20150331v2', (estate, numbers) => ({
    functionName: numbers.pick(estate.functions),
  })),
  write('ecs', 'UpdateService', (estate) => ({ cluster: estate.name, service: 'web' })),
  write('iam', 'PutRolePolicy', () => ({
    roleName: 'order-worker',
    policyName: 'inline',
    policyDocument: '{"Version":"2012-10-17","Statement":[]}',
  })),
  decrypt,
];

/** What an instance does by itself. */
export const instanceCalls: readonly CallMaker[] = [
  write('ssm', 'UpdateInstanceInformation', (estate, numbers) => ({
    instanceId: numbers.pick(estate.instances),
    agentVersion: '3.3.2299.0',
    platformType: 'Linux',
  })),
  read('ssm', 'ListInstanceAssociations', (estate, numbers) => ({ instanceId: numbers.pick(estate.instances) })),
  read('secretsmanager', 'GetSecretValue', secret),
  read('ec2', 'DescribeTags', (estate, numbers) => ({
    filterSet: { items: [{ name: 'resource-id', valueSet: { items: [{ value: numbers.pick(estate.instances) }] } }] },
  })),
  decrypt,
];

/** What a function does by itself. */
export const functionCalls: readonly CallMaker[] = [
  write('logs', 'CreateLogStream', (estate, numbers) => ({
    logGroupName: `/aws/lambda/${numbers.pick(estate.functions)}`,
    logStreamName: `[$LATEST]${numbers.hex(32)}`,
  })),
  read('secretsmanager', 'GetSecretValue', secret),
  decrypt,
];

/** What AWS Config reads while it records. */
export const sweepCalls: readonly CallMaker[] = [
  read('ec2', 'DescribeInstances', () => ({ instancesSet: {}, filterSet: {} })),
  read('ec2', 'DescribeNetworkAcls', () => ({ networkAclIdSet: {}, filterSet: {} })),
  read('s3', 'GetBucketPolicyStatus', bucket),
  read('s3', 'GetBucketLogging', bucket),
  read('iam', 'GetAccountAuthorizationDetails', () => ({
    filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'],
    maxItems: 100,
  })),
  read('kms', 'GetKeyRotationStatus', (estate, _, region) => ({ keyId: keyArn(estate, region) })),
  read('lambda', 'GetPolicy20150331v2', (estate, numbers) => ({ functionName: numbers.pick(estate.functions) })),
];

/** What an audit of another account reads. */
export const auditCalls: readonly CallMaker[] = [
  write('iam', 'GenerateCredentialReport', () => null),
  read('iam', 'GetCredentialReport'),
  read('cloudtrail', 'DescribeTrails', () => ({ includeShadowTrails: true })),
  read('guardduty', 'ListDetectors'),
  read('config', 'DescribeConfigurationRecorders'),
  read('access-analyzer', 'ListAnalyzers'),
];

/** What AWS's services do in an account without any session. */
export const serviceCalls: readonly { by: string; call: CallMaker }[] = [
  {
    by: 'cloudtrail.amazonaws.com',
    call: (estate, region) => ({
      service: 'kms',
      name: 'GenerateDataKey',
      readOnly: true,
      parameters: {
        keySpec: 'AES_256',
        encryptionContext: {
          'aws:cloudtrail:arn': `arn:aws:cloudtrail:eu-west-1:${estate.account}:trail/organization`,
        },
      },
      resources: [{ accountId: estate.account, type: 'AWS::KMS::Key', ARN: keyArn(estate, region) }],
    }),
  },
  { by: 'cloudtrail.amazonaws.com', call: read('s3', 'GetBucketAcl', bucket) },
  { by: 'delivery.logs.amazonaws.com', call: read('s3', 'GetBucketAcl', bucket) },
];
