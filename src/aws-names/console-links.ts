import type { Link } from '../alerts/signal.ts';
import type { Partition } from './arn.ts';

/** Where a resource lives: what every console address needs. */
export interface ConsolePlace {
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
function consoleUrl({ partition, region }: ConsolePlace, path: string, fragment = '', query = ''): string {
  const known = region !== undefined && /^[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(region);
  const parameters = [known ? `region=${region}` : '', query].filter((text) => text !== '').join('&');
  return `https://${hosts[partition]}/${path}${parameters === '' ? '' : `?${parameters}`}${fragment === '' ? '' : `#${fragment}`}`;
}

export const cloudtrailEventLink = (where: ConsolePlace, eventId: string): Link => ({
  title: 'CloudTrail event',
  url: consoleUrl(where, 'cloudtrailv2/home', `/events/${part(eventId)}`),
});

/** CloudTrail's event history of one access key, user name or event name. */
export const cloudtrailHistoryLink = (
  where: ConsolePlace,
  attribute: 'AccessKeyId' | 'Username' | 'EventName' | 'ResourceName',
  value: string,
): Link => ({
  title: 'CloudTrail history',
  url: consoleUrl(where, 'cloudtrailv2/home', `/events?${attribute}=${part(value)}`),
});

export const guarddutyFindingLink = (where: ConsolePlace, findingId: string): Link => ({
  title: 'GuardDuty finding',
  url: consoleUrl(where, 'guardduty/home', `/findings?search=id%3D${part(findingId)}`),
});

/**
 * The page of an address, a user agent or a GuardDuty finding in Detective, at the time that was looked at.
 * Source: Detective user guide, "Navigating to a profile using a URL".
 */
export const detectivePageLink = (
  where: ConsolePlace,
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
export const detectiveInvestigationsLink = (where: ConsolePlace): Link => ({
  title: 'Detective investigations',
  url: consoleUrl(where, 'detective/home', 'investigations'),
});

export const cloudwatchAlarmLink = (where: ConsolePlace, alarmName: string): Link => ({
  title: 'CloudWatch alarm',
  url: consoleUrl(where, 'cloudwatch/home', `alarmsV2:alarm/${part(alarmName)}`),
});

export const configTimelineLink = (where: ConsolePlace, resourceType: string, resourceId: string): Link => ({
  title: 'Config timeline',
  url: consoleUrl(
    where,
    'config/home',
    `/resources/timeline?resourceId=${part(resourceId)}&resourceType=${part(resourceType)}`,
  ),
});

export const configRuleLink = (where: ConsolePlace, rule: string): Link => ({
  title: 'Config rule',
  url: consoleUrl(where, 'config/home', `/rules/details?configRuleName=${part(rule)}`),
});

export const securityHubFindingLink = (where: ConsolePlace, findingId: string): Link => ({
  title: 'Security Hub finding',
  url: consoleUrl(
    where,
    'securityhub/home',
    `/findings?search=Id%3D%255Coperator%255C%253AEQUALS%255C%253A${part(part(part(findingId)))}`,
  ),
});

export const accessAnalyzerFindingLink = (
  where: ConsolePlace,
  analyzerName: string | undefined,
  findingId: string,
): Link => ({
  title: 'Access Analyzer finding',
  url: consoleUrl(
    where,
    'access-analyzer/home',
    analyzerName === undefined
      ? `/findings/${part(findingId)}`
      : `/findings/details/${part(findingId)}?analyzer=${part(analyzerName)}`,
  ),
});

export const macieFindingLink = (where: ConsolePlace, findingId: string): Link => ({
  title: 'Macie finding',
  url: consoleUrl(where, 'macie/home', `findings?search=id%3D${part(findingId)}&itemId=${part(findingId)}`),
});

export const inspectorFindingLink = (where: ConsolePlace, findingArn: string): Link => ({
  title: 'Inspector finding',
  url: consoleUrl(where, 'inspector/v2/home', `/findings/all?arn=${part(findingArn)}`),
});

export const healthEventLink = (where: ConsolePlace, eventArn: string): Link => ({
  title: 'Health event',
  url: consoleUrl(
    { partition: where.partition },
    'health/home',
    `/account/event-log?eventID=${part(eventArn)}&eventTab=details`,
  ),
});

export const iamUserLink = (where: ConsolePlace, userName: string): Link => ({
  title: 'IAM user',
  url: consoleUrl({ partition: where.partition }, 'iam/home', `/users/details/${part(userName)}`),
});

/** The signed-in user's own credentials; for the root user the only page there is. */
export const iamSecurityCredentialsLink = (where: ConsolePlace): Link => ({
  title: 'Security credentials',
  url: consoleUrl({ partition: where.partition }, 'iam/home', '/security_credentials'),
});

/** The password policy and other settings of the whole account. */
export const iamAccountSettingsLink = (where: ConsolePlace): Link => ({
  title: 'IAM account settings',
  url: consoleUrl({ partition: where.partition }, 'iam/home', '/account_settings'),
});

export const ec2InstanceLink = (where: ConsolePlace, instanceId: string): Link => ({
  title: 'EC2 instance',
  url: consoleUrl(where, 'ec2/home', `InstanceDetails:instanceId=${part(instanceId)}`),
});

export const s3BucketLink = (where: ConsolePlace, bucket: string): Link => ({
  title: 'S3 bucket',
  url: consoleUrl(where, `s3/buckets/${part(bucket)}`),
});

export const kmsKeyLink = (where: ConsolePlace, keyId: string): Link => ({
  title: 'KMS key',
  url: consoleUrl(where, 'kms/home', `/kms/keys/${part(keyId)}`),
});

/** The console reads the group's name from a fragment that is encoded twice, with $ in place of %. */
export const logGroupLink = (where: ConsolePlace, logGroup: string): Link => ({
  title: 'Log group',
  url: consoleUrl(where, 'cloudwatch/home', `logsV2:log-groups/log-group/${part(part(logGroup)).replaceAll('%', '$')}`),
});

export const lambdaFunctionLink = (where: ConsolePlace, functionName: string): Link => ({
  title: 'Lambda function',
  url: consoleUrl(where, 'lambda/home', `/functions/${part(functionName)}`),
});

export const rdsInstanceLink = (where: ConsolePlace, instance: string): Link => ({
  title: 'RDS instance',
  url: consoleUrl(where, 'rds/home', `database:id=${part(instance)}`),
});

export const ssmCommandLink = (where: ConsolePlace, commandId: string): Link => ({
  title: 'Run Command',
  url: consoleUrl(where, `systems-manager/run-command/${part(commandId)}`),
});

export const backupJobLink = (where: ConsolePlace, jobId: string): Link => ({
  title: 'Backup job',
  url: consoleUrl(where, 'backup/home', `/jobs/backup/details/${part(jobId)}`),
});

export const pipelineLink = (where: ConsolePlace, pipeline: string): Link => ({
  title: 'Pipeline',
  url: consoleUrl(where, `codesuite/codepipeline/pipelines/${part(pipeline)}/view`),
});

/** The build of a CodeBuild build id, `project:uuid` or its ARN. */
export const codebuildLink = (where: ConsolePlace, build: string): Link => {
  const id = build.replace(/^.*:build\//, '');
  return {
    title: 'Build',
    url: consoleUrl(where, `codesuite/codebuild/projects/${part(id.split(':')[0] ?? id)}/build/${part(id)}`),
  };
};

/** Whether an address that came from outside leads to the console: only AWS's own hosts do. */
export const isConsoleUrl = (url: string): boolean =>
  /^https:\/\/(?:[a-z0-9-]{1,30}\.)?console\.(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)\/[^\s<>|"]*$/.test(
    url,
  );

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
export const serviceLink = (where: ConsolePlace, service: string): Link => {
  const name = service
    .replace(/^aws\./, '')
    .replace(/\.amazonaws\.com(?:\.cn)?$/, '')
    .toLowerCase();
  const path = servicePaths[name] ?? (/^[a-z0-9-]{1,40}$/.test(name) ? `${name}/home` : 'console/home');
  return { title: 'AWS console', url: consoleUrl(where, path) };
};
