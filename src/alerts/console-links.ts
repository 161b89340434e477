import type { Partition } from './arn.ts';
import type { Link } from './signal.ts';

/** Where a resource lives: what every console address needs. */
export interface Where {
  partition: Partition;
  region?: string | undefined;
}

/** Source: AWS General Reference (aws), "AWS in China" guide, "AWS GovCloud (US)" guide, each under "Signing in". */
const hosts = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
} as const satisfies Record<Partition, string>;

/** encodeURIComponent throws on a lone surrogate; payloads can hold one. */
const part = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The only place where an address is put together: host from the partition, path from the code, everything else encoded. */
function consoleUrl({ partition, region }: Where, path: string, fragment = '', query = ''): string {
  const known = region !== undefined && /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region);
  const parameters = [known ? `region=${region}` : '', query].filter((text) => text !== '').join('&');
  return `https://${hosts[partition]}/${path}${parameters === '' ? '' : `?${parameters}`}${fragment === '' ? '' : `#${fragment}`}`;
}

export const cloudtrailEventLink = (where: Where, eventId: string): Link => ({
  title: 'CloudTrail event',
  url: consoleUrl(where, 'cloudtrailv2/home', `/events/${part(eventId)}`),
});

/** CloudTrail's event history of one access key, user name or event name. */
export const cloudtrailHistoryLink = (
  where: Where,
  attribute: 'AccessKeyId' | 'Username' | 'EventName' | 'ResourceName',
  value: string,
): Link => ({
  title: 'CloudTrail history',
  url: consoleUrl(where, 'cloudtrailv2/home', `/events?${attribute}=${part(value)}`),
});

export const guarddutyFindingLink = (where: Where, findingId: string): Link => ({
  title: 'GuardDuty finding',
  url: consoleUrl(where, 'guardduty/home', `/findings?search=id%3D${part(findingId)}`),
});

/**
 * The page of an address, a user agent or a GuardDuty finding in Detective, at the time that was looked at.
 * Source: Detective user guide, "Navigating to a profile using a URL".
 */
export const detectivePageLink = (
  where: Where,
  { kind, id }: { kind: 'IpAddress' | 'UserAgent' | 'GuardDuty'; id: string },
  scope: { from: Date; to: Date } | null,
): Link => {
  const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
  const span = scope === null ? '' : `?scopeStart=${seconds(scope.from)}&scopeEnd=${seconds(scope.to)}`;
  return {
    title: 'Detective',
    url: consoleUrl(
      where,
      'detective/home',
      `${kind === 'GuardDuty' ? 'findings' : 'entities'}/${kind}/${part(id)}${span}`,
    ),
  };
};

/** All investigations of a region. */
export const detectiveInvestigationsLink = (where: Where): Link => ({
  title: 'Detective investigations',
  url: consoleUrl(where, 'detective/home', 'investigations'),
});

export const cloudwatchAlarmLink = (where: Where, alarmName: string): Link => ({
  title: 'CloudWatch alarm',
  url: consoleUrl(where, 'cloudwatch/home', `alarmsV2:alarm/${part(alarmName)}`),
});

export const configTimelineLink = (where: Where, resourceType: string, resourceId: string): Link => ({
  title: 'Config timeline',
  url: consoleUrl(
    where,
    'config/home',
    `/resources/timeline?resourceId=${part(resourceId)}&resourceType=${part(resourceType)}`,
  ),
});

export const configRuleLink = (where: Where, rule: string): Link => ({
  title: 'Config rule',
  url: consoleUrl(where, 'config/home', `/rules/details?configRuleName=${part(rule)}`),
});

export const securityHubFindingLink = (where: Where, findingId: string): Link => ({
  title: 'Security Hub finding',
  url: consoleUrl(
    where,
    'securityhub/home',
    `/findings?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A${part(part(part(findingId)))}`,
  ),
});

export const accessAnalyzerFindingLink = (where: Where, analyzerName: string | undefined, findingId: string): Link => ({
  title: 'Access Analyzer finding',
  url: consoleUrl(
    where,
    'access-analyzer/home',
    analyzerName === undefined
      ? `/findings/${part(findingId)}`
      : `/findings/details/${part(findingId)}?analyzer=${part(analyzerName)}`,
  ),
});

export const macieFindingLink = (where: Where, findingId: string): Link => ({
  title: 'Macie finding',
  url: consoleUrl(where, 'macie/home', `findings?search=id%3D${part(findingId)}&itemId=${part(findingId)}`),
});

export const inspectorFindingLink = (where: Where, findingArn: string): Link => ({
  title: 'Inspector finding',
  url: consoleUrl(where, 'inspector/v2/home', `/findings/all?arn=${part(findingArn)}`),
});

export const healthEventLink = (where: Where, eventArn: string): Link => ({
  title: 'Health event',
  url: consoleUrl(
    { partition: where.partition },
    'health/home',
    `/account/event-log?eventID=${part(eventArn)}&eventTab=details`,
  ),
});

export const iamUserLink = (where: Where, userName: string): Link => ({
  title: 'IAM user',
  url: consoleUrl({ partition: where.partition }, 'iam/home', `/users/details/${part(userName)}`),
});

/** The signed-in user's own credentials; for the root user the only page there is. */
export const iamSecurityCredentialsLink = (where: Where): Link => ({
  title: 'Security credentials',
  url: consoleUrl({ partition: where.partition }, 'iam/home', '/security_credentials'),
});

/** The password policy and other settings of the whole account. */
export const iamAccountSettingsLink = (where: Where): Link => ({
  title: 'IAM account settings',
  url: consoleUrl({ partition: where.partition }, 'iam/home', '/account_settings'),
});

export const ec2InstanceLink = (where: Where, instanceId: string): Link => ({
  title: 'EC2 instance',
  url: consoleUrl(where, 'ec2/home', `InstanceDetails:instanceId=${part(instanceId)}`),
});

export const s3BucketLink = (where: Where, bucket: string): Link => ({
  title: 'S3 bucket',
  url: consoleUrl(where, `s3/buckets/${part(bucket)}`),
});

export const kmsKeyLink = (where: Where, keyId: string): Link => ({
  title: 'KMS key',
  url: consoleUrl(where, 'kms/home', `/kms/keys/${part(keyId)}`),
});

/** The console reads the group's name from a fragment that is encoded twice, with $ in place of %. */
export const logGroupLink = (where: Where, logGroup: string): Link => ({
  title: 'Log group',
  url: consoleUrl(where, 'cloudwatch/home', `logsV2:log-groups/log-group/${part(part(logGroup)).replaceAll('%', '$')}`),
});

export const lambdaFunctionLink = (where: Where, functionName: string): Link => ({
  title: 'Lambda function',
  url: consoleUrl(where, 'lambda/home', `/functions/${part(functionName)}`),
});

export const rdsInstanceLink = (where: Where, instance: string): Link => ({
  title: 'RDS instance',
  url: consoleUrl(where, 'rds/home', `database:id=${part(instance)}`),
});

export const ssmCommandLink = (where: Where, commandId: string): Link => ({
  title: 'Run Command',
  url: consoleUrl(where, `systems-manager/run-command/${part(commandId)}`),
});

export const backupJobLink = (where: Where, jobId: string): Link => ({
  title: 'Backup job',
  url: consoleUrl(where, 'backup/home', `/jobs/backup/details/${part(jobId)}`),
});

export const pipelineLink = (where: Where, pipeline: string): Link => ({
  title: 'Pipeline',
  url: consoleUrl(where, `codesuite/codepipeline/pipelines/${part(pipeline)}/view`),
});

/** Console paths that differ from the service's own name. */
const servicePaths: Record<string, string> = {
  'access-analyzer': 'access-analyzer/home',
  autoscaling: 'ec2/home',
  budgets: 'costmanagement/home',
  ce: 'costmanagement/home',
  cloudtrail: 'cloudtrailv2/home',
  codebuild: 'codesuite/codebuild/home',
  codecommit: 'codesuite/codecommit/home',
  codedeploy: 'codesuite/codedeploy/home',
  codepipeline: 'codesuite/codepipeline/home',
  ecs: 'ecs/v2/home',
  elasticloadbalancing: 'ec2/home',
  inspector2: 'inspector/v2/home',
  macie2: 'macie/home',
  monitoring: 'cloudwatch/home',
  route53resolver: 'route53resolver/home',
  sns: 'sns/v3/home',
  sqs: 'sqs/v3/home',
  ssm: 'systems-manager/home',
  sso: 'singlesignon/home',
  wafv2: 'wafv2/homev2',
};

/** The front page of a service's console: for all that has no deeper link. `service` as in an ARN or `aws.<service>`. */
export const serviceLink = (where: Where, service: string): Link => {
  const name = service
    .replace(/^aws\./, '')
    .replace(/\.amazonaws\.com(?:\.cn)?$/, '')
    .toLowerCase();
  const path = servicePaths[name] ?? (/^[a-z0-9-]{1,40}$/.test(name) ? `${name}/home` : 'console/home');
  return { title: 'AWS console', url: consoleUrl(where, path) };
};
