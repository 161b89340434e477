import { known } from './accounts.ts';
import { busRegion, centralBus, eventTopic } from './monitoring.ts';
import type { Organization } from './organization.ts';

/** A rule as it is made, with what it sends to. */
export interface SeededRule {
  name: string;
  state: 'ENABLED' | 'DISABLED';
  pattern?: object;
  schedule?: string;
  managedBy?: string;
  targets: readonly SeededTarget[];
}

interface SeededTarget {
  Id: string;
  Arn: string;
  RoleArn?: string;
  DeadLetterConfig?: { Arn: string };
  RetryPolicy?: { MaximumRetryAttempts: number; MaximumEventAgeInSeconds: number };
}

const signInRegions: readonly string[] = ['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2'];

const cisNames =
  'DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy';

const apiCall = 'AWS API Call via CloudTrail';

/** What the rules of every account match: findings of the security services, and the calls that matter. */
const findings = {
  source: [
    'aws.guardduty',
    'aws.access-analyzer',
    'aws.securityhub',
    'aws.config',
    'aws.health',
    'aws.controltower',
    'aws.auditmanager',
  ],
};
const apiCalls = {
  source: ['aws.cloudtrail', 'aws.kms', 'aws.s3', 'aws.ssm', 'aws.sts', 'aws.organizations'],
  'detail-type': [apiCall],
  detail: { eventName: [{ 'anything-but': { prefix: ['Describe', 'Get', 'List'] } }] },
};

/** The rules of an account's default bus, and of the central bus, before anybody changes them. */
export function seededRules(organization: Organization, account: string, region: string, bus: string): SeededRule[] {
  if (bus === 'security') {
    if (account !== organization.homeAccount || region !== busRegion) return [];
    return [
      {
        name: 'to-trailwatch',
        state: 'ENABLED',
        pattern: { source: [{ prefix: 'aws.' }] },
        targets: [{ Id: 'topic', Arn: eventTopic(organization), ...safety(account, region) }],
      },
    ];
  }
  const central: SeededTarget = {
    Id: 'central',
    Arn: centralBus(organization),
    RoleArn: `arn:aws:iam::${account}:role/events-to-central-bus`,
    // A defect: one account has no dead letters.
    ...(account === known.dev && region === busRegion ? {} : safety(account, region)),
  };
  const rule = (name: string, pattern: object, state: SeededRule['state'] = 'ENABLED'): SeededRule => ({
    name,
    state,
    pattern,
    targets: [central],
  });
  return [
    rule('trailwatch-findings', findings),
    rule('trailwatch-api-calls', apiCalls),
    ...(region === 'us-east-1' ? [iamChanges(account, rule)] : []),
    ...(signInRegions.includes(region) ? [rule('trailwatch-sign-in', { source: ['aws.signin'] })] : []),
    { name: 'nightly-snapshot', state: 'ENABLED', schedule: 'cron(0 2 * * ? *)', targets: [] },
    {
      name: 'AutoScalingManagedRule',
      state: 'ENABLED',
      pattern: { source: ['aws.ec2'], 'detail-type': ['EC2 Instance Rebalance Recommendation'] },
      managedBy: 'autoscaling.amazonaws.com',
      targets: [],
    },
  ];
}

/** Defects: one account watches the names of the benchmark alone, in another the rule was switched off. */
function iamChanges(
  account: string,
  rule: (name: string, pattern: object, state?: SeededRule['state']) => SeededRule,
): SeededRule {
  const all = { source: ['aws.iam', 'aws.sso'], 'detail-type': [apiCall] };
  const cis = { ...all, detail: { eventSource: ['iam.amazonaws.com'], eventName: cisNames.split(' ') } };
  return rule(
    'trailwatch-iam-changes',
    account === known.data ? cis : all,
    account === known.staging ? 'DISABLED' : 'ENABLED',
  );
}

const safety = (account: string, region: string) => ({
  DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:undelivered-events` },
  RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
});
