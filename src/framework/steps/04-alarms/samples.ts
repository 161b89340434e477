/** A CloudTrail record that a control is tried with. */
export interface Sample {
  /** As people call it: the event's name, and what is special about it. */
  name: string;
  /** Whether the control must catch it. */
  caught: boolean;
  record: Readonly<Record<string, unknown>>;
}

/** The account that samples name where it does not matter which. */
const anyAccount = '111122223333';

/** A record as it would come from an account. */
export const inAccount = (record: Sample['record'], account: string): Sample['record'] =>
  JSON.parse(JSON.stringify(record).replaceAll(anyAccount, account));

const user = (userName: string) => ({
  type: 'IAMUser',
  arn: `arn:aws:iam::${anyAccount}:user/${userName}`,
  accountId: anyAccount,
  userName,
});

const record = (more: object): Sample['record'] => ({
  eventVersion: '1.11',
  userIdentity: user('canary'),
  eventTime: '2026-01-01T00:00:00Z',
  awsRegion: 'us-east-1',
  sourceIPAddress: '203.0.113.9',
  userAgent: 'canary',
  eventID: '00000000-0000-4000-8000-000000000001',
  readOnly: false,
  eventType: 'AwsApiCall',
  recipientAccountId: anyAccount,
  ...more,
});

/** Who calls: a pattern that leaves out one of them leaves out a thief who took their key. */
const callers: readonly { name: string; userIdentity: object }[] = [
  { name: 'an administrator', userIdentity: user('admin') },
  {
    name: 'a role',
    userIdentity: {
      type: 'AssumedRole',
      arn: `arn:aws:sts::${anyAccount}:assumed-role/deploy/session`,
      accountId: anyAccount,
      sessionContext: { sessionIssuer: { type: 'Role', userName: 'deploy' } },
    },
  },
];

/** Samples of calls that must be caught: one for each event name of a source, and the first by others. */
function calls(source: string, names: string): readonly Sample[] {
  const eventSource = `${source}.amazonaws.com`;
  const all = names.split(' ');
  const [eventName] = all;
  return [
    ...all.map((one) => ({ name: one, caught: true, record: record({ eventSource, eventName: one }) })),
    ...callers.map(({ name, userIdentity }) => ({
      name: `${eventName} by ${name}`,
      caught: true,
      record: record({ eventSource, eventName, userIdentity }),
    })),
  ];
}

const routine = (source: string, eventName: string): Sample => ({
  name: `${eventName} (routine)`,
  caught: false,
  record: record({ eventSource: `${source}.amazonaws.com`, eventName, readOnly: true }),
});

const refused = (name: string, caught: boolean, more: object): Sample => ({
  name,
  caught,
  record: record({ eventSource: 'ec2.amazonaws.com', eventName: 'RunInstances', ...more }),
});

const signIn = (name: string, caught: boolean, more: object): Sample => ({
  name,
  caught,
  record: record({
    eventType: 'AwsConsoleSignIn',
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    additionalEventData: { MFAUsed: 'No', MobileVersion: 'No' },
    responseElements: { ConsoleLogin: 'Success' },
    ...more,
  }),
});

const root = (name: string, caught: boolean, identity: object, more: object = {}): Sample => ({
  name,
  caught,
  record: record({
    userIdentity: { type: 'Root', accountId: anyAccount, arn: `arn:aws:iam::${anyAccount}:root`, ...identity },
    eventSource: 'iam.amazonaws.com',
    eventName: 'GetAccountSummary',
    ...more,
  }),
});

/**
 * The samples of each control: every event name of the benchmark's text, and records that only look alike.
 * Source: CIS AWS Foundations Benchmark 3.0 and 5.0 section 4, 6.0 and 7.0 section 5.
 */
export const samples = {
  unauthorized: [
    refused('Client.UnauthorizedOperation', true, { errorCode: 'Client.UnauthorizedOperation' }),
    refused('AccessDenied', true, { errorCode: 'AccessDenied' }),
    refused('AccessDeniedException', true, { errorCode: 'AccessDeniedException' }),
    refused('AccessDenied of log delivery', false, {
      errorCode: 'AccessDenied',
      sourceIPAddress: 'delivery.logs.amazonaws.com',
      eventSource: 's3.amazonaws.com',
      eventName: 'PutObject',
    }),
    refused('AccessDenied of HeadBucket', false, {
      errorCode: 'AccessDenied',
      eventSource: 's3.amazonaws.com',
      eventName: 'HeadBucket',
    }),
    routine('ec2', 'DescribeInstances'),
  ],
  'signin-no-mfa': [
    signIn('ConsoleLogin without MFA', true, {}),
    signIn('ConsoleLogin of a federated person, whose MFA is their directory’s', false, {
      userIdentity: {
        type: 'AssumedRole',
        arn: `arn:aws:sts::${anyAccount}:assumed-role/AWSReservedSSO_Admin_0a1b/ana`,
      },
    }),
    signIn('ConsoleLogin with MFA', false, { additionalEventData: { MFAUsed: 'Yes', MobileVersion: 'No' } }),
    routine('signin', 'GetSigninToken'),
  ],
  root: [
    root('a call of root', true, {}),
    root('a sign-in of root', true, {}, { eventType: 'AwsConsoleSignIn', eventName: 'ConsoleLogin' }),
    root('a service that acts for root', false, { invokedBy: 'support.amazonaws.com' }),
    root('an event of a service', false, {}, { eventType: 'AwsServiceEvent' }),
    routine('iam', 'GetUser'),
  ],
  'iam-policy': [
    ...calls(
      'iam',
      'PutGroupPolicy PutRolePolicy PutUserPolicy DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy',
    ),
    routine('iam', 'ListPolicies'),
  ],
  cloudtrail: [
    ...calls('cloudtrail', 'CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging'),
    routine('cloudtrail', 'DescribeTrails'),
  ],
  'signin-failure': [
    signIn('ConsoleLogin that failed', true, {
      errorMessage: 'Failed authentication',
      responseElements: { ConsoleLogin: 'Failure' },
    }),
    signIn('ConsoleLogin that succeeded', false, {}),
  ],
  kms: [...calls('kms', 'DisableKey ScheduleKeyDeletion'), routine('kms', 'DescribeKey')],
  's3-policy': [
    ...calls(
      's3',
      'PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication',
    ),
    routine('s3', 'GetBucketPolicy'),
  ],
  config: [
    ...calls('config', 'StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder'),
    routine('config', 'DescribeConfigurationRecorders'),
  ],
  'security-group': [
    ...calls(
      'ec2',
      'AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup ModifySecurityGroupRules',
    ),
    routine('ec2', 'DescribeSecurityGroups'),
  ],
  nacl: [
    ...calls(
      'ec2',
      'CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry ReplaceNetworkAclAssociation',
    ),
    routine('ec2', 'DescribeNetworkAcls'),
  ],
  gateway: [
    ...calls(
      'ec2',
      'CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway DeleteInternetGateway DetachInternetGateway',
    ),
    routine('ec2', 'DescribeInternetGateways'),
  ],
  route: [
    ...calls(
      'ec2',
      'CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute DisassociateRouteTable',
    ),
    routine('ec2', 'DescribeRouteTables'),
  ],
  vpc: [
    ...calls(
      'ec2',
      'CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink',
    ),
    routine('ec2', 'DescribeVpcs'),
  ],
  organizations: [
    ...calls(
      'organizations',
      'AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdateOrganizationalUnit UpdatePolicy',
    ),
    routine('organizations', 'ListAccounts'),
  ],
} as const satisfies Readonly<Record<string, readonly Sample[]>>;

/** A control: `root`, `iam-policy`, … */
export type Topic = keyof typeof samples;

/** Everything that is tried, once for all controls, in one order. */
export const everySample: readonly Sample[] = Object.values(samples).flat();
