import { devNull } from 'node:os';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { memberRole, memberRoles } from '../../../sandbox/aws/roles.ts';
import { archiveBucket } from '../../../sandbox/aws/services/buckets.ts';

import { services } from '../../../sandbox/aws/services/index.ts';
import { signingKeyArn } from '../../../sandbox/aws/services/kms.ts';
import { createQueue } from '../../../sandbox/aws/services/sqs.ts';
import { forgeDigest } from '../../../sandbox/aws/services/trail-files.ts';
import { known } from '../../../sandbox/organization/accounts.ts';
import { deleteDetector } from '../../../sandbox/organization/guardduty.ts';
import { sessionManagerIn } from '../../../sandbox/organization/session-manager.ts';
import { runOnMachineClock } from '../../clock.ts';
import { cli, startCli } from './cli.ts';
import { type As, type Harness, startHarness } from './harness.ts';

// The AWS CLI signs with the machine's clock.
runOnMachineClock();

/** What an earlier answer of the CLI says at a path. */
type Told = (operation: string, ...path: (string | number)[]) => Promise<string>;

interface Question {
  /** By the signing name: `iam:ListUsers`. */
  operation: string;
  input: (told: Told) => object | Promise<object>;
  as?: As;
  account?: string;
  region?: string;
  /** Arguments in place of the input, where the CLI takes none. */
  instead?: string[];
  /** A minute later, when what an earlier question started is over. */
  later?: true;
  /** A refusal that is a right answer too. */
  or?: string;
}

/** Services that the CLI calls otherwise than the signature does. */
const cliNames: Readonly<Record<string, string>> = {
  'access-analyzer': 'accessanalyzer',
  config: 'configservice',
  monitoring: 'cloudwatch',
  s3: 's3api',
};

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:security-alerts';

/** A plausible question for each operation of the sandbox, later ones from the answers of earlier ones. */
function questionsFor({ organization }: Harness): Question[] {
  const { homeAccount, trail, attack, rootId } = organization;
  const [person] = organization.identityStore.people;
  const key = { Bucket: archiveBucket(homeAccount), Key: 'digests/report.csv' };
  const user = { UserName: 'ana' };
  const [from, to] = [attack.from.toISOString(), attack.to.toISOString()];
  const seconds = (time: string): number => Math.floor(new Date(time).getTime() / 1000);
  const graph = async (told: Told) => ({ GraphArn: await told('detective:ListGraphs', 'GraphList', 0, 'Arn') });
  const investigation = async (told: Told) => ({
    ...(await graph(told)),
    InvestigationId: await told('detective:StartInvestigation', 'InvestigationId'),
  });
  const assessment = async (told: Told) => ({
    assessmentId: await told('auditmanager:ListAssessments', 'assessmentMetadata', 0, 'id'),
  });
  const set = ['assessment', 'framework', 'controlSets', 0] as const;
  const control = async (told: Told) => ({
    ...(await assessment(told)),
    controlSetId: await told('auditmanager:GetAssessment', ...set, 'id'),
    controlId: await told('auditmanager:GetAssessment', ...set, 'controls', 0, 'id'),
  });
  const pack = async (told: Told) => ({
    ConformancePackName: await told(
      'config:DescribeConformancePacks',
      'ConformancePackDetails',
      0,
      'ConformancePackName',
    ),
  });
  const detector = async (told: Told) => ({ DetectorId: await told('guardduty:ListDetectors', 'DetectorIds', 0) });
  const analyzer = async (told: Told) => ({
    analyzerArn: await told('access-analyzer:ListAnalyzers', 'analyzers', 0, 'arn'),
  });
  const queue = async (told: Told) => ({ QueueUrl: await told('sqs:GetQueueUrl', 'QueueUrl') });
  const message = async (told: Told) => ({
    ...(await queue(told)),
    ReceiptHandle: await told('sqs:ReceiveMessage', 'Messages', 0, 'ReceiptHandle'),
  });
  const inTrail = { account: trail.account, region: trail.region };
  const lake = trail.eventDataStoreArn.split('/').at(-1);
  const query = async (told: Told) => ({ QueryId: await told('cloudtrail:StartQuery', 'QueryId') });
  const execution = async (told: Told) => ({
    QueryExecutionId: await told('athena:StartQueryExecution', 'QueryExecutionId'),
  });
  const logsQuery = async (told: Told) => ({ queryId: await told('logs:StartQuery', 'queryId') });
  const stored = async (told: Told) => {
    await told('s3:PutObject', 'ETag');
    return key;
  };
  const policy = async (told: Told) => ({ PolicyId: await told('organizations:ListPolicies', 'Policies', 0, 'Id') });
  const metricFilter = { logGroupName: trail.logGroup, filterName: 'stopped' };
  const topic = async (told: Told) => ({ TopicArn: await told('sns:CreateTopic', 'TopicArn') });
  const subscription = async (told: Told) => ({ SubscriptionArn: await told('sns:Subscribe', 'SubscriptionArn') });
  const sessions = sessionManagerIn(organization, { account: known.payments, region: 'eu-west-1' }).groups.find(
    ({ streams }) => streams.size > 0,
  );
  const nothing = () => ({});
  const management = { account: organization.managementAccount };
  const ofTrail = { TrailName: trail.arn };
  const ofBucket = { Bucket: trail.bucket };
  const cliKey = async (told: Told) => ({ KeyId: await told('kms:CreateKey', 'KeyMetadata', 'KeyId') });
  const logGroup = { logGroupName: 'of-the-cli' };
  const ofAggregator = { ConfigurationAggregatorName: 'organization' };
  const archiveRule = { analyzerName: 'organization-external', ruleName: 'cli' };
  const scp = {
    Name: 'cli',
    Type: 'SERVICE_CONTROL_POLICY',
    Description: 'of the CLI',
    Content:
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"}]}',
  };
  const made = async (told: Told) => ({
    PolicyId: await told('organizations:CreatePolicy', 'Policy', 'PolicySummary', 'Id'),
  });
  const members = async (told: Told) => ({
    ...(await detector(told)),
    AccountIds: [await told('guardduty:ListMembers', 'Members', 0, 'AccountId')],
  });
  const ofFilter = { Name: 'cli', Action: 'ARCHIVE' };
  const destination = {
    DestinationArn: `arn:aws:s3:::${trail.bucket}`,
    KmsKeyArn: `arn:aws:kms:eu-west-1:${homeAccount}:key/0f0f0f0f-0000-4000-8000-000000000001`,
  };
  const published = async (told: Told) => ({
    ...(await detector(told)),
    DestinationId: await told('guardduty:CreatePublishingDestination', 'DestinationId'),
  });
  const rolePolicy = { RoleName: 'ops-admin', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' };
  const policyType = { RootId: rootId, PolicyType: 'SERVICE_CONTROL_POLICY' };
  const delegation = { AccountId: homeAccount, ServicePrincipal: 'inspector2.amazonaws.com' };
  const keyPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: trail.account }, Action: 'kms:*', Resource: '*' }],
  });
  const ask = (
    operation: string,
    input: Question['input'] | object = nothing,
    rest: Partial<Question> = {},
  ): Question => ({ operation, input: typeof input === 'function' ? (told) => input(told) : () => input, ...rest });

  return [
    ask('sts:GetCallerIdentity'),
    ask(
      'sts:AssumeRole',
      {
        RoleArn: `arn:aws:iam::${homeAccount}:role/${memberRole.name}`,
        RoleSessionName: 'U0ANA',
        SourceIdentity: 'U0ANA',
        ExternalId: memberRole.externalId,
      },
      { as: 'bot' },
    ),

    ask('organizations:DescribeOrganization'),
    ask('organizations:DescribeAccount', { AccountId: homeAccount }),
    ask('organizations:ListAccounts'),
    ask('organizations:ListRoots'),
    ask('organizations:ListOrganizationalUnitsForParent', { ParentId: rootId }),
    ask('organizations:ListAccountsForParent', { ParentId: rootId }),
    ask('organizations:ListParents', { ChildId: homeAccount }),
    ask('organizations:ListTagsForResource', { ResourceId: homeAccount }),
    ask('organizations:ListDelegatedAdministrators'),
    ask('organizations:ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' }),
    ask('organizations:ListPoliciesForTarget', { TargetId: rootId, Filter: 'SERVICE_CONTROL_POLICY' }),
    ask('organizations:DescribePolicy', policy),
    ask('organizations:ListTargetsForPolicy', policy),
    ask('organizations:DescribeOrganizationalUnit', async (told) => ({
      OrganizationalUnitId: await told(
        'organizations:ListOrganizationalUnitsForParent',
        'OrganizationalUnits',
        0,
        'Id',
      ),
    })),

    ask('ec2:DescribeRegions', { AllRegions: true }),
    ask('ec2:DescribeInstances', {}),
    ask('ec2:DescribeVpcs'),
    ask('ec2:DescribeSubnets'),
    ask('ec2:DescribeNetworkInterfaces'),
    ask('ec2:DescribeFlowLogs'),
    ask('route53resolver:ListResolverQueryLogConfigs'),
    ask('route53resolver:ListResolverQueryLogConfigAssociations'),
    ask('route53resolver:ListFirewallConfigs'),

    ask('iam:GenerateCredentialReport'),
    ask(
      'iam:GetCredentialReport',
      async (told) => {
        await told('iam:GenerateCredentialReport', 'State');
        return {};
      },
      { later: true },
    ),
    ask('iam:GetAccountSummary'),
    ask('iam:GetAccountPasswordPolicy'),
    ask('iam:ListUsers'),
    ask('iam:GetUser', user),
    ask('iam:ListAccessKeys', { UserName: 'deploy-bot' }),
    ask('iam:GetAccessKeyLastUsed', async (told) => ({
      AccessKeyId: await told('iam:ListAccessKeys', 'AccessKeyMetadata', 0, 'AccessKeyId'),
    })),
    ask('iam:ListMFADevices', user),
    ask('iam:ListVirtualMFADevices', { AssignmentStatus: 'Assigned' }),
    ask('iam:ListServerCertificates'),
    ask('iam:ListServiceSpecificCredentials', user),
    ask('iam:ListGroupsForUser', user),
    ask('iam:ListAttachedGroupPolicies', { GroupName: 'people' }),
    ask('iam:ListAttachedUserPolicies', user),
    ask('iam:ListUserPolicies', user),
    ask('iam:GetRole', { RoleName: 'ops-admin' }),
    ask('iam:ListAttachedRolePolicies', { RoleName: 'ops-admin' }),
    ask('iam:ListRolePolicies', { RoleName: 'ops-admin' }),
    ask('iam:ListAccountAliases'),
    ask('iam:ListOrganizationsFeatures'),

    ask('identitystore:ListUsers', { IdentityStoreId: organization.identityStore.id }),
    ask('identitystore:DescribeUser', {
      IdentityStoreId: organization.identityStore.id,
      UserId: person?.userId,
    }),

    ask('cloudtrail:LookupEvents', {
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetCallerIdentity' }],
      StartTime: from,
      EndTime: to,
    }),
    ask('cloudtrail:DescribeTrails'),
    ask('cloudtrail:ListPublicKeys'),
    ask('cloudtrail:GetTrail', { Name: trail.arn }),
    ask('cloudtrail:GetTrailStatus', { Name: trail.arn }),
    ask('cloudtrail:ListEventDataStores', nothing, inTrail),
    ask(
      'cloudtrail:StartQuery',
      { QueryStatement: `SELECT eventID FROM ${lake} WHERE eventTime >= '${from.slice(0, 19).replace('T', ' ')}'` },
      inTrail,
    ),
    ask('cloudtrail:DescribeQuery', query, inTrail),
    ask('cloudtrail:GetQueryResults', query, inTrail),
    ask('cloudtrail:CancelQuery', query, { ...inTrail, or: 'InactiveQueryException' }),
    ask('logs:DescribeLogGroups', nothing, inTrail),
    ask('logs:DescribeLogStreams', { logGroupName: trail.logGroup }, inTrail),
    ask(
      'logs:FilterLogEvents',
      {
        logGroupName: trail.logGroup,
        filterPattern: '{ $.eventName = "StopLogging" }',
        startTime: attack.from.getTime(),
      },
      inTrail,
    ),
    ask('logs:DescribeDeliverySources'),
    ask('logs:DescribeDeliveries'),
    ask('logs:DescribeDeliveryDestinations'),
    ask(
      'logs:StartQuery',
      {
        logGroupName: trail.logGroup,
        startTime: seconds(from),
        endTime: seconds(to),
        queryString: 'fields eventTime, eventName | filter eventName = "StopLogging" | sort @timestamp desc',
      },
      inTrail,
    ),
    ask('logs:GetQueryResults', logsQuery, inTrail),
    ask('logs:StopQuery', logsQuery, { ...inTrail, or: 'InvalidParameterException' }),
    ask(
      'athena:StartQueryExecution',
      {
        QueryString: `SELECT eventid FROM ${trail.database}.${trail.table} WHERE eventname = ?`,
        ExecutionParameters: ["'StopLogging'"],
        QueryExecutionContext: { Database: trail.database },
      },
      inTrail,
    ),
    ask('athena:GetQueryExecution', execution, inTrail),
    ask('athena:GetQueryResults', execution, { ...inTrail, later: true }),
    ask('athena:StopQueryExecution', execution, inTrail),

    ask('detective:ListGraphs'),
    ask('detective:ListMembers', graph),
    ask('detective:ListDatasourcePackages', graph),
    ask('detective:ListOrganizationAdminAccounts', nothing, { account: organization.managementAccount }),
    ask('detective:ListInvestigations', graph),
    ask('detective:StartInvestigation', async (told) => ({
      ...(await graph(told)),
      EntityArn: `arn:aws:iam::${homeAccount}:user/ana`,
      ScopeStartTime: from,
      ScopeEndTime: to,
    })),
    ask('detective:GetInvestigation', investigation),
    ask('detective:ListIndicators', investigation),
    ask('detective:UpdateInvestigationState', async (told) => ({ ...(await investigation(told)), State: 'ARCHIVED' })),

    ask('guardduty:CreateDetector', { Enable: true }, { account: known.payments }),
    ask('guardduty:ListDetectors'),
    ask('guardduty:GetDetector', detector),
    ask('guardduty:ListFindings', detector),
    ask('guardduty:GetFindings', async (told) => ({
      ...(await detector(told)),
      FindingIds: [await told('guardduty:ListFindings', 'FindingIds', 0)],
    })),

    ask('access-analyzer:ListAnalyzers'),
    ask('access-analyzer:ListFindingsV2', analyzer),
    ask('access-analyzer:CheckNoPublicAccess', {
      policyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
      resourceType: 'AWS::S3::Bucket',
    }),
    ask('access-analyzer:GetFindingV2', async (told) => ({
      ...(await analyzer(told)),
      id: await told('access-analyzer:ListFindingsV2', 'findings', 0, 'id'),
    })),

    ask('securityhub:DescribeHub'),
    ask('securityhub:GetEnabledStandards'),
    ask('securityhub:DescribeOrganizationConfiguration'),
    ask('securityhub:ListMembers'),
    ask('securityhub:DescribeStandardsControls', async (told) => ({
      StandardsSubscriptionArn: await told(
        'securityhub:GetEnabledStandards',
        'StandardsSubscriptions',
        0,
        'StandardsSubscriptionArn',
      ),
    })),
    ask('securityhub:ListSecurityControlDefinitions'),
    ask('securityhub:BatchGetSecurityControls', { SecurityControlIds: ['IAM.3'] }),
    ask('securityhub:GetFindings', { MaxResults: 10 }),

    ask('config:DescribeConfigurationRecorders'),
    ask('config:DescribeConfigurationRecorderStatus'),
    ask('config:ListConfigurationRecorders'),
    ask('config:DescribeDeliveryChannels'),
    ask('config:DescribeDeliveryChannelStatus'),
    ask('config:DescribeConfigurationAggregators'),
    ask('config:DescribeRetentionConfigurations'),
    ask('config:ListDiscoveredResources', { resourceType: 'AWS::IAM::User', includeDeletedResources: true }),
    ask('config:DescribeConformancePacks'),
    ask('config:DescribeConformancePackCompliance', pack),
    ask('config:GetConformancePackComplianceDetails', pack),
    ask('config:GetConformancePackComplianceSummary', async (told) => ({
      ConformancePackNames: [(await pack(told)).ConformancePackName],
    })),
    ask('config:ListConformancePackComplianceScores'),
    ask('config:SelectResourceConfig', {
      Expression: "SELECT resourceId WHERE resourceType = 'AWS::IAM::User' AND resourceName = 'ana'",
    }),
    ask('config:GetResourceConfigHistory', async (told) => ({
      resourceType: 'AWS::IAM::User',
      resourceId: z
        .object({ resourceId: z.string() })
        .parse(JSON.parse(await told('config:SelectResourceConfig', 'Results', 0))).resourceId,
    })),

    ask('auditmanager:GetAccountStatus'),
    ask('auditmanager:ListAssessments'),
    ask('auditmanager:GetAssessment', assessment),
    ask('auditmanager:GetChangeLogs', assessment),
    ask('auditmanager:GetDelegations'),
    ask('auditmanager:GetInsights'),
    ask('auditmanager:GetInsightsByAssessment', assessment),
    ask('auditmanager:ListControlDomainInsightsByAssessment', assessment),
    ask('auditmanager:ListAssessmentControlInsightsByControlDomain', async (told) => ({
      ...(await assessment(told)),
      controlDomainId: await told(
        'auditmanager:ListControlDomainInsightsByAssessment',
        'controlDomainInsights',
        0,
        'id',
      ),
    })),
    ask('auditmanager:ListNotifications'),
    ask('auditmanager:GetEvidenceFoldersByAssessment', assessment),
    ask('auditmanager:GetEvidenceFoldersByAssessmentControl', control),
    ask('auditmanager:GetEvidenceByEvidenceFolder', async (told) => ({
      ...(await assessment(told)),
      controlSetId: await told('auditmanager:GetEvidenceFoldersByAssessment', 'evidenceFolders', 0, 'controlSetId'),
      evidenceFolderId: await told('auditmanager:GetEvidenceFoldersByAssessment', 'evidenceFolders', 0, 'id'),
    })),
    ask('auditmanager:BatchImportEvidenceToAssessmentControl', async (told) => ({
      ...(await control(told)),
      manualEvidence: [{ textResponse: 'Reviewed.' }],
    })),
    ask('auditmanager:CreateAssessmentReport', async (told) => ({ ...(await assessment(told)), name: 'weekly' })),
    ask('auditmanager:ListAssessmentReports'),
    ask('auditmanager:GetAssessmentReportUrl', async (told) => ({
      assessmentId: await told('auditmanager:ListAssessmentReports', 'assessmentReports', -1, 'assessmentId'),
      assessmentReportId: await told('auditmanager:ListAssessmentReports', 'assessmentReports', -1, 'id'),
    })),
    ask('auditmanager:ValidateAssessmentReportIntegrity', async (told) => {
      const url = new URL(await told('auditmanager:GetAssessmentReportUrl', 'preSignedUrl', 'link'));
      return { s3RelativePath: `s3://${url.hostname.split('.')[0]}${url.pathname}` };
    }),

    ...[
      'GetBucketAcl',
      'GetBucketEncryption',
      'GetBucketLogging',
      'GetBucketOwnershipControls',
      'GetBucketRequestPayment',
      'GetBucketVersioning',
      'GetPublicAccessBlock',
    ].map((operation) => ask(`s3:${operation}`, { Bucket: key.Bucket })),
    ask('s3:ListBuckets'),
    ask('s3:HeadBucket', { Bucket: key.Bucket }),
    ask('s3:GetBucketLocation', { Bucket: key.Bucket }),
    ask('s3:GetObjectLockConfiguration', { Bucket: key.Bucket }),
    ask('s3:PutObject', { ...key, ContentType: 'text/csv' }),
    ask('s3:HeadObject', stored),
    ask('s3:GetObject', stored, { instead: ['--bucket', key.Bucket, '--key', key.Key, devNull] }),
    ask('s3:GetObjectRetention', stored),
    ask('s3:ListObjectsV2', { Bucket: key.Bucket }),
    ask('s3:ListObjectVersions', { Bucket: key.Bucket }),
    ask('s3:DeleteObject', { ...key, Key: 'nothing-there' }),

    ask('ssm:DescribeInstanceInformation'),
    ask('ssm:DescribeSessions', { State: 'Active' }),
    ask('ssm:ListDocuments'),
    ask('sns:Publish', { TopicArn: topicArn, Message: 'hello', Subject: 'from the CLI' }),
    ask('sns:ListSubscriptionsByTopic', { TopicArn: topicArn }),
    ask('sns:GetTopicAttributes', { TopicArn: topicArn }),
    ask('sns:CreateTopic', { Name: 'alarms' }),
    ask('sns:SetTopicAttributes', async (told) => ({
      ...(await topic(told)),
      AttributeName: 'DisplayName',
      AttributeValue: 'Alarms',
    })),
    ask('sns:Subscribe', async (told) => ({
      ...(await topic(told)),
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:eu-west-1:${homeAccount}:alerts`,
    })),
    ask('sns:GetSubscriptionAttributes', subscription),
    ask('sns:SetSubscriptionAttributes', async (told) => ({
      ...(await subscription(told)),
      AttributeName: 'RawMessageDelivery',
      AttributeValue: 'true',
    })),
    ask('sns:Unsubscribe', subscription),

    ask('logs:DescribeMetricFilters', { logGroupName: trail.logGroup }, inTrail),
    ask('logs:TestMetricFilter', { filterPattern: '{ $.a = 1 }', logEventMessages: ['{"a":1}'] }, inTrail),
    ask(
      'logs:PutMetricFilter',
      {
        ...metricFilter,
        filterPattern: '{ $.eventName = "StopLogging" }',
        metricTransformations: [{ metricName: 'stopped', metricNamespace: 'audit', metricValue: '1' }],
      },
      inTrail,
    ),
    ask('logs:DeleteMetricFilter', metricFilter, inTrail),

    ask('monitoring:DescribeAlarms', nothing, inTrail),
    ask('monitoring:DescribeAlarmHistory', { HistoryItemType: 'Action' }, inTrail),
    ask('monitoring:PutMetricAlarm', {
      AlarmName: 'stopped',
      MetricName: 'stopped',
      Namespace: 'audit',
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    }),
    ask('monitoring:PutCompositeAlarm', { AlarmName: 'any', AlarmRule: 'ALARM("stopped")' }),
    ask('monitoring:DisableAlarmActions', { AlarmNames: ['stopped'] }),
    ask('monitoring:EnableAlarmActions', { AlarmNames: ['stopped'] }),
    ask('monitoring:PutAlarmMuteRule', {
      Name: 'night',
      Rule: { Schedule: { Expression: 'cron(0 0 * * *)', Duration: 'PT6H' } },
      MuteTargets: { AlarmNames: ['stopped'] },
    }),
    ask('monitoring:ListAlarmMuteRules', { AlarmName: 'stopped' }),
    ask('monitoring:DeleteAlarmMuteRule', { AlarmMuteRuleName: 'night' }),
    ask('monitoring:DeleteAlarms', { AlarmNames: ['any'] }),
    ask('monitoring:GetMetricData', {
      StartTime: from,
      EndTime: to,
      MetricDataQueries: [
        {
          Id: 'a',
          MetricStat: { Metric: { Namespace: 'AWS/Events', MetricName: 'Invocations' }, Period: 3600, Stat: 'Sum' },
        },
      ],
    }),

    ask('events:ListEventBuses'),
    ask('events:PutEvents', {
      Entries: [{ Source: 'trailwatch.canary', DetailType: 'Trailwatch Canary', Detail: '{}' }],
    }),
    ask('events:DescribeEventBus', { Name: 'security' }),
    ask('events:ListRules'),
    ask('events:DescribeRule', { Name: 'trailwatch-findings' }),
    ask('events:ListTargetsByRule', { Rule: 'trailwatch-findings' }),
    ask('events:TestEventPattern', {
      EventPattern: '{"source":["aws.iam"]}',
      Event:
        '{"id":"1","account":"111122223333","source":"aws.iam","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail-type":"x"}',
    }),
    ask('events:PutRule', { Name: 'own', EventPattern: '{"source":["aws.iam"]}' }),
    ask('events:PutTargets', { Rule: 'own', Targets: [{ Id: '1', Arn: topicArn }] }),
    ask('events:DisableRule', { Name: 'own' }),
    ask('events:EnableRule', { Name: 'own' }),
    ask('events:RemoveTargets', { Rule: 'own', Ids: ['1'] }),
    ask('events:DeleteRule', { Name: 'own' }),
    ask('events:PutPermission', { StatementId: 'one', Principal: '111122223333', Action: 'events:PutEvents' }),
    ask('events:RemovePermission', { StatementId: 'one' }),

    ask('sqs:GetQueueUrl', { QueueName: 'alerts' }),
    ask('sqs:SetQueueAttributes', async (told) => ({ ...(await queue(told)), Attributes: { Policy: '{}' } })),
    ask('sqs:GetQueueAttributes', async (told) => ({ ...(await queue(told)), AttributeNames: ['All'] })),
    ask('sqs:SendMessage', async (told) => ({ ...(await queue(told)), MessageBody: 'hello' })),
    ask('sqs:ReceiveMessage', async (told) => {
      await told('sqs:SendMessage', 'MessageId');
      return { ...(await queue(told)), VisibilityTimeout: 600 };
    }),
    ask('sqs:ChangeMessageVisibility', async (told) => ({ ...(await message(told)), VisibilityTimeout: 600 })),
    ask('sqs:ChangeMessageVisibilityBatch', async (told) => ({
      ...(await queue(told)),
      Entries: [{ Id: 'a', ReceiptHandle: (await message(told)).ReceiptHandle, VisibilityTimeout: 600 }],
    })),
    ask('sqs:DeleteMessageBatch', async (told) => ({
      ...(await queue(told)),
      Entries: [{ Id: 'a', ReceiptHandle: (await message(told)).ReceiptHandle }],
    })),
    ask('sqs:DeleteMessage', message),

    ask(
      's3:ListObjects',
      { Bucket: trail.bucket, Prefix: `AWSLogs/${organization.id}/${homeAccount}/CloudTrail-Digest/` },
      inTrail,
    ),
    ask('s3:GetBucketPolicyStatus', { Bucket: trail.bucket }, inTrail),
    ask('s3:GetBucketPolicy', { Bucket: trail.bucket }, inTrail),
    ask(
      's3:GetBucketLifecycleConfiguration',
      { Bucket: trail.bucket },
      { ...inTrail, or: 'NoSuchLifecycleConfiguration' },
    ),
    ask(
      's3-control:GetPublicAccessBlock',
      { AccountId: trail.account },
      { ...inTrail, or: 'NoSuchPublicAccessBlockConfiguration' },
    ),
    ask(
      's3:PutPublicAccessBlock',
      {
        Bucket: trail.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      },
      inTrail,
    ),
    ask(
      's3:PutBucketEncryption',
      {
        Bucket: trail.bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      },
      inTrail,
    ),
    ask(
      's3:PutBucketLifecycleConfiguration',
      {
        Bucket: trail.bucket,
        LifecycleConfiguration: {
          Rules: [{ ID: 'keep', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 400 } }],
        },
      },
      inTrail,
    ),
    ask('s3:PutBucketVersioning', { Bucket: trail.bucket, VersioningConfiguration: { Status: 'Enabled' } }, inTrail),
    ask(
      's3:PutObjectLockConfiguration',
      {
        Bucket: trail.bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 400 } },
        },
      },
      inTrail,
    ),
    ask(
      's3:PutBucketLogging',
      {
        Bucket: trail.bucket,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'access-logs', TargetPrefix: 'archive/' } },
      },
      inTrail,
    ),

    ask('kms:GetPublicKey', { KeyId: signingKeyArn(organization) }),
    ask(
      'kms:Sign',
      {
        KeyId: signingKeyArn(organization),
        // As bytes it is as long as a SHA-256; version 2 of the CLI takes it for Base64, of which KMS refuses the length.
        Message: 'a'.repeat(32),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      },
      { or: 'ValidationException' },
    ),
    ask('kms:CreateKey', { Description: 'of the CLI' }, inTrail),
    ask('kms:DescribeKey', cliKey, inTrail),
    ask('kms:GetKeyPolicy', async (told) => ({ ...(await cliKey(told)), PolicyName: 'default' }), inTrail),
    ask('kms:DisableKey', cliKey, inTrail),
    ask('kms:EnableKey', cliKey, inTrail),
    ask('kms:ScheduleKeyDeletion', async (told) => ({ ...(await cliKey(told)), PendingWindowInDays: 7 }), inTrail),
    ask('kms:CancelKeyDeletion', cliKey, inTrail),

    ask('logs:CreateLogGroup', logGroup),
    ask('logs:PutRetentionPolicy', { ...logGroup, retentionInDays: 400 }),
    ask('logs:DeleteRetentionPolicy', logGroup),

    ask('cloudtrail:GetEventSelectors', ofTrail, management),
    ask('cloudtrail:GetInsightSelectors', ofTrail, { ...management, or: 'InsightNotEnabledException' }),
    ask(
      'cloudtrail:PutInsightSelectors',
      { ...ofTrail, InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }] },
      management,
    ),
    ask(
      'cloudtrail:PutEventSelectors',
      { ...ofTrail, EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }] },
      management,
    ),
    ask('cloudtrail:UpdateTrail', { Name: trail.arn, EnableLogFileValidation: true }, management),
    ask('cloudtrail:StopLogging', { Name: trail.arn }, management),
    ask('cloudtrail:StartLogging', { Name: trail.arn }, management),
    ask('cloudtrail:CreateTrail', { Name: 'cli', S3BucketName: trail.bucket }, management),
    ask('cloudtrail:DeleteTrail', { Name: 'cli' }, management),

    ask('controltower:ListLandingZones', nothing, management),
    ask(
      'controltower:GetLandingZone',
      async (told) => ({
        landingZoneIdentifier: await told('controltower:ListLandingZones', 'landingZones', 0, 'arn'),
      }),
      management,
    ),
    ask('controltower:ListBaselines', nothing, management),
    ask('controltower:ListEnabledBaselines', nothing, management),
    ask('controltower:ListEnabledControls', nothing, management),

    ask('config:DescribeConfigRuleEvaluationStatus'),
    ask('config:DescribeConformancePackStatus'),
    ask('config:DescribeOrganizationConformancePackStatuses'),
    ask('config:DescribeConfigurationAggregatorSourcesStatus', ofAggregator),
    ask('config:SelectAggregateResourceConfig', {
      ...ofAggregator,
      Expression: 'SELECT accountId, awsRegion, COUNT(*) GROUP BY accountId, awsRegion',
    }),
    ask('config:PutRetentionConfiguration', { RetentionPeriodInDays: 2557 }),
    ask('config:DeleteRetentionConfiguration', { RetentionConfigurationName: 'default' }),
    ask('config:StopConfigurationRecorder', { ConfigurationRecorderName: 'default' }),
    ask('config:StartConfigurationRecorder', { ConfigurationRecorderName: 'default' }),

    ask('detective:DescribeOrganizationConfiguration', graph),
    ask('detective:UpdateOrganizationConfiguration', async (told) => ({ ...(await graph(told)), AutoEnable: true })),
    ask('detective:UpdateDatasourcePackages', async (told) => ({
      ...(await graph(told)),
      DatasourcePackages: ['DETECTIVE_CORE'],
    })),

    ask('guardduty:DescribeOrganizationConfiguration', detector),
    ask('guardduty:GetAdministratorAccount', detector),
    ask('guardduty:ListFilters', detector),
    ask('guardduty:ListIPSets', detector),
    ask('guardduty:ListMembers', detector),
    ask('guardduty:ListPublishingDestinations', detector),
    ask('guardduty:ListOrganizationAdminAccounts', nothing, management),
    ask('securityhub:ListOrganizationAdminAccounts', nothing, management),
    ask('guardduty:GetCoverageStatistics', async (told) => ({
      ...(await detector(told)),
      StatisticsType: ['COUNT_BY_COVERAGE_STATUS'],
    })),
    ask('guardduty:UpdateDetector', async (told) => ({
      ...(await detector(told)),
      FindingPublishingFrequency: 'FIFTEEN_MINUTES',
    })),
    ask('guardduty:UpdateOrganizationConfiguration', async (told) => ({
      ...(await detector(told)),
      AutoEnableOrganizationMembers: 'ALL',
    })),

    ask('iam:GetAccountAuthorizationDetails', { Filter: ['Role'] }),
    ask('iam:GenerateServiceLastAccessedDetails', { Arn: `arn:aws:iam::${homeAccount}:role/ops-admin` }),
    ask(
      'iam:GetServiceLastAccessedDetails',
      async (told) => ({ JobId: await told('iam:GenerateServiceLastAccessedDetails', 'JobId') }),
      { later: true },
    ),

    ask('access-analyzer:CreateArchiveRule', { ...archiveRule, filter: { isPublic: { eq: ['false'] } } }),
    ask('access-analyzer:ListArchiveRules', { analyzerName: archiveRule.analyzerName }),
    ask('access-analyzer:UpdateArchiveRule', { ...archiveRule, filter: { isPublic: { eq: ['false'] } } }),
    ask('access-analyzer:DeleteArchiveRule', archiveRule),
    ask('access-analyzer:CreateAnalyzer', { analyzerName: 'cli', type: 'ACCOUNT' }, { region: 'us-east-1' }),
    ask('access-analyzer:DeleteAnalyzer', { analyzerName: 'cli' }, { region: 'us-east-1' }),

    ask('auditmanager:GetSettings', { attribute: 'ALL' }),
    ask('auditmanager:GetOrganizationAdminAccount', nothing, management),
    ask('securityhub:UpdateOrganizationConfiguration', { AutoEnable: true }),
    ask('account:ListRegions'),
    ask('ssm:CreateDocument', {
      Name: 'CliSessions',
      DocumentType: 'Session',
      Content: '{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{}}',
    }),
    ask('ssm:GetDocument', { Name: 'CliSessions' }),
    ask('organizations:CreatePolicy', scp, management),
    ask('organizations:AttachPolicy', async (told) => ({ ...(await made(told)), TargetId: rootId }), management),
    ask('organizations:UpdatePolicy', async (told) => ({ ...(await made(told)), Description: 'changed' }), management),
    ask('organizations:DetachPolicy', async (told) => ({ ...(await made(told)), TargetId: rootId }), management),

    ask('guardduty:GetFilter', async (told) => ({
      ...(await detector(told)),
      FilterName: await told('guardduty:ListFilters', 'FilterNames', 0),
    })),
    ask('guardduty:GetMemberDetectors', members),
    ask('guardduty:UpdateMemberDetectors', async (told) => ({
      ...(await members(told)),
      Features: [{ Name: 'S3_DATA_EVENTS', Status: 'ENABLED' }],
    })),
    ask('guardduty:StopMonitoringMembers', members),
    ask('guardduty:StartMonitoringMembers', members),
    ask('guardduty:CreateFilter', async (told) => ({
      ...(await detector(told)),
      ...ofFilter,
      FindingCriteria: { Criterion: { severity: { LessThan: 4 } } },
    })),
    ask('guardduty:UpdateFilter', async (told) => ({ ...(await detector(told)), FilterName: 'cli', Action: 'NOOP' })),
    ask('guardduty:CreatePublishingDestination', async (told) => ({
      ...(await detector(told)),
      DestinationType: 'S3',
      DestinationProperties: destination,
    })),
    ask('guardduty:UpdatePublishingDestination', async (told) => ({
      ...(await published(told)),
      DestinationProperties: destination,
    })),
    ask('guardduty:DescribePublishingDestination', published),

    ask('iam:ListPoliciesGrantingServiceAccess', {
      Arn: `arn:aws:iam::${homeAccount}:role/ops-admin`,
      ServiceNamespaces: ['iam'],
    }),
    ask('iam:SimulateCustomPolicy', { PolicyInputList: [scp.Content], ActionNames: ['s3:GetObject'] }),
    ask('iam:SimulatePrincipalPolicy', {
      PolicySourceArn: `arn:aws:iam::${homeAccount}:role/ops-admin`,
      ActionNames: ['s3:GetObject'],
    }),
    ask('iam:AttachRolePolicy', rolePolicy),
    ask('iam:DetachRolePolicy', rolePolicy),
    ask('iam:EnableOrganizationsRootCredentialsManagement', nothing, management),
    ask('iam:GenerateOrganizationsAccessReport', { EntityPath: `${organization.id}/${rootId}` }, management),
    ask(
      'iam:GetOrganizationsAccessReport',
      async (told) => ({ JobId: await told('iam:GenerateOrganizationsAccessReport', 'JobId') }),
      { ...management, later: true },
    ),

    ask(
      'kms:PutKeyPolicy',
      async (told) => ({ ...(await cliKey(told)), PolicyName: 'default', Policy: keyPolicy }),
      inTrail,
    ),
    ask('logs:AssociateKmsKey', async (told) => ({
      ...logGroup,
      kmsKeyId: await told('kms:CreateKey', 'KeyMetadata', 'Arn'),
    })),

    ask('organizations:EnableAllFeatures', nothing, management),
    ask('organizations:DisablePolicyType', policyType, management),
    ask('organizations:EnablePolicyType', policyType, management),
    ask('organizations:RegisterDelegatedAdministrator', delegation, management),
    ask('organizations:DeregisterDelegatedAdministrator', delegation, management),

    ask('detective:CreateGraph', nothing, { region: 'us-east-1' }),
    ask('securityhub:BatchEnableStandards', async (told) => ({
      StandardsSubscriptionRequests: [
        { StandardsArn: await told('securityhub:GetEnabledStandards', 'StandardsSubscriptions', 0, 'StandardsArn') },
      ],
    })),
    ask('guardduty:EnableOrganizationAdminAccount', { AdminAccountId: homeAccount }, management),
    ask(
      'controltower:ResetLandingZone',
      async (told) => ({
        landingZoneIdentifier: await told('controltower:ListLandingZones', 'landingZones', 0, 'arn'),
      }),
      management,
    ),
    ask(
      'controltower:ResetEnabledControl',
      async (told) => ({
        enabledControlIdentifier: await told('controltower:ListEnabledControls', 'enabledControls', 0, 'arn'),
      }),
      management,
    ),
    ask(
      'controltower:ResetEnabledBaseline',
      async (told) => ({
        enabledBaselineIdentifier: await told('controltower:ListEnabledBaselines', 'enabledBaselines', 0, 'arn'),
      }),
      management,
    ),
    ask('ssm:UpdateDocument', {
      Name: 'CliSessions',
      DocumentVersion: '$LATEST',
      Content: '{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"runAsEnabled":true}}',
    }),
    ask('ssm:UpdateDocumentDefaultVersion', { Name: 'CliSessions', DocumentVersion: '2' }),

    // What is changed and taken away comes last: others ask for it before.
    ask('access-analyzer:UpdateFindings', async (told) => ({
      ...(await analyzer(told)),
      ids: [await told('access-analyzer:ListFindingsV2', 'findings', 0, 'id')],
      status: 'ARCHIVED',
    })),
    ask('auditmanager:RegisterOrganizationAdminAccount', { adminAccountId: homeAccount }, management),
    ask('auditmanager:UpdateAssessment', async (told) => ({
      ...(await assessment(told)),
      scope: { awsAccounts: [{ id: homeAccount }] },
    })),
    ask('auditmanager:UpdateAssessmentControlSetStatus', async (told) => {
      const { assessmentId, controlSetId } = await control(told);
      return { assessmentId, controlSetId, status: 'REVIEWED', comment: 'reviewed' };
    }),
    ask('auditmanager:UpdateSettings', {
      defaultAssessmentReportsDestination: { destinationType: 'S3', destination: 's3://reports/reports' },
    }),
    ask('config:PutConfigurationRecorder', {
      ConfigurationRecorder: {
        name: 'default',
        roleARN: `arn:aws:iam::${homeAccount}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
        recordingGroup: { allSupported: true, includeGlobalResourceTypes: true },
      },
    }),
    ask('config:PutDeliveryChannel', { DeliveryChannel: { name: 'default', s3BucketName: trail.bucket } }),
    ask('config:DeleteConfigurationRecorder', { ConfigurationRecorderName: 'default' }),
    ask('config:DeleteDeliveryChannel', { DeliveryChannelName: 'default' }),
    ask('config:PutConfigurationAggregator', {
      ConfigurationAggregatorName: 'of-the-cli',
      OrganizationAggregationSource: { RoleArn: `arn:aws:iam::${homeAccount}:role/aggregator`, AllAwsRegions: true },
    }),
    ask('config:DeleteConfigurationAggregator', { ConfigurationAggregatorName: 'of-the-cli' }),
    ask('config:PutOrganizationConformancePack', {
      OrganizationConformancePackName: 'CLI',
      TemplateS3Uri: 's3://templates/cis.yaml',
    }),
    ask(
      'controltower:UpdateLandingZone',
      async (told) => ({
        landingZoneIdentifier: await told('controltower:ListLandingZones', 'landingZones', 0, 'arn'),
        version: '4.0',
        manifest: {},
      }),
      management,
    ),
    ask('detective:CreateMembers', async (told) => ({
      ...(await graph(told)),
      Accounts: [{ AccountId: known.payments, EmailAddress: 'aws@example.com' }],
    })),
    ask('detective:StartMonitoringMember', async (told) => ({ ...(await graph(told)), AccountId: known.payments })),
    ask('ec2:CreateFlowLogs', async (told) => ({
      ResourceType: 'VPC',
      ResourceIds: [await told('ec2:DescribeVpcs', 'Vpcs', 0, 'VpcId')],
      TrafficType: 'REJECT',
      LogDestinationType: 's3',
      LogDestination: `arn:aws:s3:::${trail.bucket}`,
    })),
    ask('ec2:DeleteFlowLogs', async (told) => ({ FlowLogIds: [await told('ec2:CreateFlowLogs', 'FlowLogIds', 0)] })),
    ask('guardduty:GetIPSet', async (told) => ({ ...(await detector(told)), IpSetId: 'none' }), {
      or: 'BadRequestException',
    }),
    ask('guardduty:DisableOrganizationAdminAccount', { AdminAccountId: homeAccount }, management),
    ask('iam:DeleteRole', { RoleName: 'ops-admin' }, { or: 'DeleteConflict' }),
    ask(
      'logs:GetLogEvents',
      { logGroupName: sessions?.name, logStreamName: [...(sessions?.streams.keys() ?? [])][0] },
      { ...sessions },
    ),
    ask('logs:PutDeliverySource', {
      name: 'cli',
      resourceArn: `arn:aws:s3:::${archiveBucket(homeAccount)}`,
      logType: 'S3_SERVER_ACCESS_LOGS',
    }),
    ask('logs:PutDeliveryDestination', {
      name: 'cli',
      deliveryDestinationConfiguration: {
        destinationResourceArn: `arn:aws:logs:eu-west-1:${homeAccount}:log-group:access`,
      },
    }),
    ask('logs:CreateDelivery', async (told) => ({
      deliverySourceName: 'cli',
      deliveryDestinationArn: await told('logs:PutDeliveryDestination', 'deliveryDestination', 'arn'),
    })),
    ask('logs:DeleteDelivery', async (told) => ({ id: await told('logs:CreateDelivery', 'delivery', 'id') })),
    ask(
      'organizations:MoveAccount',
      async (told) => ({
        AccountId: homeAccount,
        SourceParentId: await told('organizations:ListParents', 'Parents', 0, 'Id'),
        DestinationParentId: rootId,
      }),
      management,
    ),
    ask('route53resolver:CreateResolverQueryLogConfig', {
      Name: 'cli',
      DestinationArn: `arn:aws:s3:::${trail.bucket}`,
      CreatorRequestId: 'cli',
    }),
    ask('route53resolver:AssociateResolverQueryLogConfig', async (told) => ({
      ResolverQueryLogConfigId: await told(
        'route53resolver:CreateResolverQueryLogConfig',
        'ResolverQueryLogConfig',
        'Id',
      ),
      ResourceId: await told('ec2:DescribeVpcs', 'Vpcs', 0, 'VpcId'),
    })),
    ask('route53resolver:DisassociateResolverQueryLogConfig', async (told) => ({
      ResolverQueryLogConfigId: await told(
        'route53resolver:CreateResolverQueryLogConfig',
        'ResolverQueryLogConfig',
        'Id',
      ),
      ResourceId: await told('ec2:DescribeVpcs', 'Vpcs', 0, 'VpcId'),
    })),
    ask('s3:DeleteBucketLifecycle', ofBucket, inTrail),
    ask('s3:DeletePublicAccessBlock', ofBucket, inTrail),
    ask(
      's3:PutBucketOwnershipControls',
      {
        ...ofBucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
      },
      inTrail,
    ),
    ask('s3:PutBucketAcl', { ...ofBucket, ACL: 'private' }, inTrail),
    ask(
      's3:PutBucketPolicy',
      {
        ...ofBucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'logging.s3.amazonaws.com' },
              Action: 's3:PutObject',
              Resource: `arn:aws:s3:::${trail.bucket}/*`,
            },
          ],
        }),
      },
      inTrail,
    ),
    ask('s3:PutBucketRequestPayment', { ...ofBucket, RequestPaymentConfiguration: { Payer: 'BucketOwner' } }, inTrail),
  ];
}

/** ConfirmSubscription wants the token of a subscription that is under way: test/sandbox/sns does that. */
const asked = (operation: string): boolean => operation !== 'sns:ConfirmSubscription';

/** This version of the CLI has not the operation or a part of its input, or an answer that it rests on, or wants more. */
class Unknown extends Error {}

/** The last: it speaks Query, as it did before it spoke the SDK's protocol (to SQS until the end of 2023), which the sandbox has not. */
const notInThisVersion = /[Ii]nvalid choice|Parameter validation failed|has no operation \/\./;

/** `ListMFADevices` → `list-mfa-devices`, as botocore does it. */
const dashed = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();

async function askCli(
  { run }: ReturnType<typeof startCli>,
  aws: Harness,
  { operation, as = 'administrator', ...question }: Question,
  input: object,
): Promise<unknown> {
  const { account = aws.organization.homeAccount, region = 'eu-west-1' } = question;
  const [service = '', name = ''] = operation.split(':');
  const { accessKeyId, secretAccessKey, sessionToken } = aws.credentials(account, as);
  const given = question.instead ?? ['--cli-input-json', JSON.stringify(input)];
  const words = [cliNames[service] ?? service, dashed(name), ...given];
  const options = ['--endpoint-url', aws.url, '--region', region, '--output', 'json', '--no-cli-pager'];
  const args = [...words, ...(cli?.startsWith('2') === true ? options : options.slice(0, -1))];
  const [code, out, err] = await run(args, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  if (code === 0) return out.trim() === '' ? {} : JSON.parse(out);
  if (notInThisVersion.test(err)) throw new Unknown(operation);
  throw new Error(`aws ${words.join(' ')}\n${err}`);
}

const step = (value: unknown, at: string | number): unknown =>
  Array.isArray(value)
    ? value.at(Number(at))
    : typeof value === 'object' && value !== null
      ? Reflect.get(value, at)
      : value;

test('each operation of the sandbox has its question here', async () => {
  await using aws = await startHarness();
  const answered = services({ keys: aws.keys, roles: memberRoles(aws.organization), topics: aws.topics })
    .flatMap(({ signingName, operations }) => Object.keys(operations).map((name) => `${signingName}:${name}`))
    .filter(asked);
  const questions = questionsFor(aws).map(({ operation }) => operation);
  expect(questions.toSorted()).toEqual(answered.toSorted());
});

test.skipIf(cli === undefined)(
  'the stock AWS CLI asks every operation and reads the answer',
  { timeout: 900_000 },
  async () => {
    await using aws = await startHarness();
    aws.topics.createTopic(topicArn);
    deleteDetector(aws.organization, known.payments, 'eu-west-1');
    createQueue(aws.organization, { account: aws.organization.homeAccount, region: 'eu-west-1', name: 'alerts' });
    using running = startCli();
    const answers = new Map<string, unknown>();
    const failures: string[] = [];
    const unknown: string[] = [];

    const told: Told = async (operation, ...path) => {
      if (unknown.includes(operation)) throw new Unknown(operation);
      const value = path.reduce(step, answers.get(operation));
      if (typeof value !== 'string') throw new Error(`${operation} says nothing at ${path.join('.')}.`);
      return value;
    };
    for (const question of questionsFor(aws)) {
      const { operation, later } = question;
      try {
        const input = await question.input(told);
        if (later) aws.moveClock(60_000);
        answers.set(operation, await askCli(running, aws, question, input));
      } catch (error) {
        if (error instanceof Unknown) unknown.push(operation);
        else if (question.or === undefined || !String(error).includes(`(${question.or})`))
          failures.push(`${operation}: ${error instanceof Error ? error.message : error}`);
      }
    }
    if (unknown.length > 0) console.info(`aws-cli ${cli} does not know, or asks otherwise: ${unknown.join(', ')}`);
    expect(failures).toEqual([]);
  },
);

/** It reads them by itself: the sandbox signs as CloudTrail does, and what Trailwatch verifies is that. */
test.skipIf(cli === undefined)(
  'the stock AWS CLI takes the digests of the trail for CloudTrail’s own',
  { timeout: 120_000 },
  async () => {
    await using aws = await startHarness();
    using running = startCli();
    const { trail, homeAccount } = aws.organization;
    const { accessKeyId, secretAccessKey, sessionToken } = aws.credentials(trail.account, 'administrator');
    const day = new Date(aws.now().getTime() - 20 * 3_600_000).toISOString();
    const validate = async () => {
      const words = ['cloudtrail', 'validate-logs', '--trail-arn', trail.arn, '--account-id', homeAccount];
      const where = ['--start-time', day, '--region', trail.region];
      const [, out, err] = await running.run([...words, ...where, '--endpoint-url', aws.url], {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        // It asks S3 by a client of its own.
        AWS_ENDPOINT_URL: aws.url,
      });
      return out + err;
    };
    const told = await validate();
    // Versions before that of the middle of 2023 read no such variable.
    if (told.includes('Could not connect')) return;
    expect(told).toMatch(/(\d+)\/\1 digest files valid/);
    forgeDigest(aws.organization, homeAccount, aws.now());
    expect(await validate()).toContain('INVALID: signature verification failed');
  },
);
