import { textAt } from '../../src/words/json.ts';
import { known } from './accounts.ts';
import type { Organization, OrganizationRole } from './organization.ts';
import { perOrganization } from './per-organization.ts';
import { dayMs, hourMs, numberOf } from './stable.ts';

/** Services by their namespace, as Access Advisor names them. */
export const services: Readonly<Record<string, string>> = {
  'access-analyzer': 'AWS IAM Access Analyzer',
  athena: 'Amazon Athena',
  backup: 'AWS Backup',
  bedrock: 'Amazon Bedrock',
  cloudformation: 'AWS CloudFormation',
  cloudtrail: 'AWS CloudTrail',
  cloudwatch: 'Amazon CloudWatch',
  config: 'AWS Config',
  dynamodb: 'Amazon DynamoDB',
  ec2: 'Amazon EC2',
  ec2messages: 'Amazon Message Delivery Service',
  eks: 'Amazon Elastic Kubernetes Service',
  guardduty: 'Amazon GuardDuty',
  iam: 'AWS Identity and Access Management',
  kms: 'AWS Key Management Service',
  lambda: 'AWS Lambda',
  logs: 'Amazon CloudWatch Logs',
  organizations: 'AWS Organizations',
  rds: 'Amazon RDS',
  route53: 'Amazon Route 53',
  s3: 'Amazon S3',
  secretsmanager: 'AWS Secrets Manager',
  securityhub: 'AWS Security Hub',
  sns: 'Amazon SNS',
  sqs: 'Amazon SQS',
  ssm: 'AWS Systems Manager',
  ssmmessages: 'AWS Session Manager Message Gateway Service',
  sts: 'AWS Security Token Service',
};

const all = Object.keys(services);
/** What policies grant, by the last part of their ARN; a policy of one's own grants S3 and SQS. */
const grants: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: all,
  PowerUserAccess: all.filter((name) => name !== 'iam' && name !== 'organizations'),
  ReadOnlyAccess: all,
  SecurityAudit: all.filter((name) => !name.endsWith('messages')),
  AmazonS3FullAccess: ['s3'],
  AmazonSSMManagedInstanceCore: ['ssm', 'ssmmessages', 'ec2messages'],
  AWSLambdaBasicExecutionRole: ['logs'],
  CloudWatchAgentServerPolicy: ['cloudwatch', 'ec2', 'logs', 'ssm'],
  'trailwatch-read': ['access-analyzer', 'cloudtrail', 'config', 'guardduty', 'iam', 'organizations', 'securityhub'],
};
const grantedBy = (policyArn: string): readonly string[] => grants[policyArn.split('/').at(-1) ?? ''] ?? ['s3', 'sqs'];

/** The policies that are attached to a user or role, by their ARNs. */
export const attachedTo = (organization: Organization, account: string, arn: string): readonly string[] =>
  organization.roles(account).find((role) => role.arn === arn)?.policyArns ?? [
    arn.endsWith(':user/ana')
      ? 'arn:aws:iam::aws:policy/AdministratorAccess'
      : `arn:aws:iam::${account}:policy/${arn.split('/').at(-1)}-access`,
  ];

/** The namespaces that an identity's policies grant. */
export const granted = (organization: Organization, account: string, arn: string): readonly string[] =>
  [...new Set(attachedTo(organization, account, arn).flatMap(grantedBy))].toSorted();

/** The policies of an identity that grant a service. */
export const policiesOf = (organization: Organization, account: string, arn: string, namespace: string): string[] =>
  attachedTo(organization, account, arn).filter((policy) => grantedBy(policy).includes(namespace));

/** Namespaces that are not what CloudTrail calls the source. */
const namespaces: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

interface Use {
  at: Date;
  region: string;
}

/** When roles were last used, where it was said so: days ago; null: never. */
const idle = perOrganization(
  () =>
    new Map<string, number | null>([
      [`${known.dev}/github-deploy`, 190],
      [`${known.data}/analytics-export`, null],
    ]),
);
/** Since when the bot's own use does not come through, by account. */
const stuck = perOrganization(() => new Map<string, number>());

/** Says when a role was last used: so many days ago; null: never. */
export const idleRole = (organization: Organization, account: string, name: string, days: number | null): void => {
  idle(organization).set(`${account}/${name}`, days);
};

/** Lets Access Advisor of an account stand still since so many hours. */
export const stuckAdvisor = (organization: Organization, account: string, hours: number): void => {
  stuck(organization).set(account, hours);
};

/** The newest use of a service by an identity, as CloudTrail has it; of the bot's own role two hours ago. */
export function lastUseOf(
  organization: Organization,
  account: string,
  arn: string,
  namespace: string,
  now: Date,
): Use | undefined {
  if (arn.endsWith(':role/trailwatch-read') && ['iam', 'cloudtrail'].includes(namespace))
    return { at: new Date(now.getTime() - (stuck(organization).get(account) ?? 2) * hourMs), region: 'us-east-1' };
  let newest: Use | undefined;
  for (const region of organization.accounts.find(({ id }) => id === account)?.regions ?? [])
    for (const event of organization.events(account, region)) {
      const service = event.eventSource.replace('.amazonaws.com', '');
      if ((namespaces[service] ?? service) !== namespace) continue;
      const by =
        textAt(event, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn') ?? textAt(event, 'userIdentity', 'arn');
      const at = new Date(event.eventTime);
      if (by === arn && at <= now && (newest === undefined || at > newest.at)) newest = { at, region };
    }
  return newest;
}

/** When a role was last used in the last 400 days; null: it was not. */
export function roleLastUsed(
  organization: Organization,
  account: string,
  role: OrganizationRole,
  now: Date,
): Date | null {
  const said = idle(organization).get(`${account}/${role.name}`);
  if (said === null) return null;
  const days = said ?? numberOf(20, role.arn, 'last used');
  return days > 400 ? null : new Date(now.getTime() - days * dayMs - hourMs);
}

/** What the policies on a path allow, and when any account below it last used it; null: not in the tracked period. */
export function organizationUse(
  { organizationalUnits }: Organization,
  path: string,
  now: Date,
): { namespace: string; at: Date | null }[] {
  const unit = organizationalUnits.find(({ id }) => id === path.split('/').at(-1));
  if (unit?.name === 'Suspended') return [];
  const used = all.filter((name) => numberOf(3, unit?.name ?? path, name) > 0);
  return (unit?.name === 'Sandbox' ? all : used).map((namespace) => ({
    namespace,
    at: used.includes(namespace) ? new Date(now.getTime() - numberOf(60, path, namespace) * dayMs) : null,
  }));
}
