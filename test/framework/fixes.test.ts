import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AwsError } from '../../sandbox/aws/service.ts';
import { setAuditManager } from '../../sandbox/aws/services/auditmanager.ts';
import { trailKeyArn } from '../../sandbox/aws/services/kms.ts';
import { configBucket } from '../../sandbox/aws/services/recorders.ts';
import { dnsLogBucket } from '../../sandbox/aws/services/route53resolver.ts';
import { createQueue } from '../../sandbox/aws/services/sqs.ts';
import { known } from '../../sandbox/organization/accounts.ts';
import { assessmentsOf } from '../../sandbox/organization/assessments.ts';
import { breaks } from '../../sandbox/organization/breaks/index.ts';
import { evidenceSettings } from '../../sandbox/organization/evidence.ts';
import { deleteDetector, detectorAt, regionOf } from '../../sandbox/organization/guardduty.ts';
import { alarmTopic, centralBus, eventTopic, monitored } from '../../sandbox/organization/monitoring.ts';
import type { Organization } from '../../sandbox/organization/organization.ts';
import { fixOf } from '../../src/framework/fix.ts';
import { keyOf } from '../../src/framework/score.ts';
import type { FrameworkSettings } from '../../src/framework/settings.ts';
import type { Row } from '../../src/framework/verdict.ts';
import { steps } from '../../src/questions/framework/checks.ts';
import { runOnMachineClock } from '../clock.ts';
import { cli, startCli } from '../sandbox/aws/cli.ts';
import { type Lab, startLab } from './lab.ts';

// The AWS CLI signs with the machine's clock.
runOnMachineClock();

type Fill = Readonly<Record<string, string>>;
/** What the CLI says to a command in an account. */
type Asked = (account: string, command: string) => Promise<string>;

/** A check that fails, and what somebody fills into its fix before they type it into the AWS CLI. */
interface Case {
  check: string;
  /** Of the panel; left out: it fails in the sandbox from the start. */
  break?: string;
  /** Breaks it where no break of the panel does. */
  prepare?: (lab: Lab) => void;
  /** What is typed before, so that it fails. */
  before?: readonly string[];
  /** The account in which each command is typed; left out or null: that of the row. */
  as?: (organization: Organization, command: string) => string | null;
  /** What stands in capitals or in angle brackets, by how it stands there; `ask` is the CLI in an account. */
  fill?: (organization: Organization, row: Row, ask: Asked) => Fill | Promise<Fill>;
  /** Files that commands read, by name. */
  files?: (organization: Organization, row: Row) => Readonly<Record<string, object>>;
  accounts?: readonly string[];
  settings?: Partial<FrameworkSettings>;
}

const management = ({ managementAccount }: Organization) => managementAccount;
const tooling = ({ homeAccount }: Organization) => homeAccount;
const archive = ({ trail }: Organization) => trail.account;

/** Source: the guardrail that docs describe: nobody switches the audit off. */
const keepTheAudit = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Action: [
        'cloudtrail:StopLogging',
        'cloudtrail:DeleteTrail',
        'cloudtrail:UpdateTrail',
        'cloudtrail:PutEventSelectors',
        'config:StopConfigurationRecorder',
        'config:DeleteConfigurationRecorder',
        'config:DeleteDeliveryChannel',
        'guardduty:DeleteDetector',
        'guardduty:DisassociateFromAdministratorAccount',
        'guardduty:UpdateDetector',
        'events:DeleteRule',
        'events:DisableRule',
        'logs:DeleteLogGroup',
        'organizations:LeaveOrganization',
      ],
      Resource: '*',
    },
  ],
};

/** CloudTrail alone may write, of this organization; nobody may delete. */
const archivePolicy = ({ id, trail }: Organization) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Acl',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:GetBucketAcl',
      Resource: `arn:aws:s3:::${trail.bucket}`,
      Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
    },
    {
      Sid: 'Write',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${trail.bucket}/AWSLogs/${id}/*`,
      Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
    },
    {
      Sid: 'Keep',
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:DeleteObject*', 's3:PutLifecycleConfiguration', 's3:DeleteBucket', 's3:PutBucketPolicy'],
      Resource: [`arn:aws:s3:::${trail.bucket}`, `arn:aws:s3:::${trail.bucket}/*`],
      Condition: { ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${trail.account}:role/log-archive-admin` } },
    },
    {
      Sid: 'Tls',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [`arn:aws:s3:::${trail.bucket}`, `arn:aws:s3:::${trail.bucket}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});

const keyPolicy = ({ trail }: Organization) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${trail.account}:root` }, Action: 'kms:*', Resource: '*' },
    {
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 'kms:GenerateDataKey*',
      Resource: '*',
    },
  ],
});

const toLogs = ({ trail }: Organization) => ({
  'LOG-GROUP-ARN': `arn:aws:logs:${trail.region}:${trail.account}:log-group:${trail.logGroup}:*`,
  'ROLE-ARN': `arn:aws:iam::${trail.account}:role/organization-trail`,
});

const alarmed = (organization: Organization) => ({
  '<log-group>': organization.trail.logGroup,
  '<topic-arn>': alarmTopic(organization),
  '<https address of the bot>': 'https://trailwatch.example.com',
});

const flowLogs = () => ({ 'ARCHIVE-BUCKET': 'o-trailwatch-flow-logs', 'OLD-FLOW-LOG': 'fl-none' });

const detectors = (organization: Organization) => {
  const id = detectorAt(organization, organization.homeAccount, 'eu-west-1')?.id ?? '';
  return { "<administrator's detector>": id, '<detector>': id };
};

/** The configuration of query logs that goes to the archive. */
const queryLogs = async (organization: Organization, { account, region }: Row, ask: Asked) => {
  const bucket = dnsLogBucket(organization);
  const make = `aws route53resolver create-resolver-query-log-config --name fix --creator-request-id fix --destination-arn arn:aws:s3:::${bucket} --region ${region}`;
  const [, id = ''] = /"Id": "(rqlc-[^"]+)"/.exec(await ask(account, make)) ?? [];
  return {
    'OLD-QUERY-LOG-CONFIG': 'none',
    'QUERY-LOG-CONFIG-ARN': 'none',
    'QUERY-LOG-CONFIG': id,
    'ARCHIVE-BUCKET': bucket,
  };
};

/** The target of a rule as it should be. */
const busTarget = (organization: Organization, { account, region }: Row) => ({
  '<target id>': 'central',
  '<target arn>': centralBus(organization),
  '<role for a bus>': `arn:aws:iam::${account}:role/trailwatch-events`,
  '<queue arn>': `arn:aws:sqs:${region}:${account}:trailwatch-dead`,
});

/** The central bus takes what the role of each account sends. */
const targets = (organization: Organization, { account }: Row) => ({
  '<topic, queue or central bus>': `${centralBus(organization)},RoleArn=arn:aws:iam::${account}:role/trailwatch-events`,
  ',RoleArn=<role for a bus>': '',
});

const preferences = () => ({
  'prefs.json': {
    schemaVersion: '1.0',
    description: 'Preferences',
    sessionType: 'Standard_Stream',
    inputs: {
      cloudWatchLogGroupName: '/aws/ssm/sessions',
      cloudWatchEncryptionEnabled: true,
      cloudWatchStreamingEnabled: true,
      s3BucketName: '',
      s3KeyPrefix: '',
      s3EncryptionEnabled: true,
      kmsKeyId: 'alias/sessions',
      idleSessionTimeout: '20',
      maxSessionDuration: '60',
      runAsEnabled: true,
      runAsDefaultUser: 'operator',
    },
  },
});

const cases: readonly Case[] = [
  // 1
  { check: 'org-all-features', break: 'billing-only', as: management },
  {
    check: 'org-policies-on',
    break: 'policies-off',
    as: management,
    files: () => ({ 'keep-the-audit.json': keepTheAudit }),
  },
  {
    check: 'org-guard-audit',
    break: 'guard-gone',
    as: management,
    files: () => ({ 'keep-the-audit.json': keepTheAudit }),
    fill: ({ rootId }) => ({ 'ROOT-OR-UNIT-ID': rootId }),
  },
  {
    check: 'org-accounts-placed',
    break: 'account-astray',
    as: management,
    fill: () => ({ 'UNIT-ID': 'ou-tw01-wprod000' }),
  },
  {
    check: 'org-delegated-admins',
    break: 'guardduty-undelegated',
    as: management,
    fill: ({ homeAccount }) => ({ 'SECURITY-ACCOUNT': homeAccount, '--region REGION': '--region eu-west-1' }),
  },
  { check: 'lz-healthy', break: 'zone-drifted', as: management },
  { check: 'lz-current', as: management, fill: () => ({ LATEST: '4.0' }), files: () => ({ 'manifest.json': {} }) },
  { check: 'lz-controls-sync', break: 'control-drifted', as: management },
  { check: 'lz-accounts-governed', break: 'account-not-enrolled', as: management },
  // 2
  { check: 'trail-org-wide', break: 'trail-stopped', as: management },
  {
    check: 'trail-account-covered',
    before: ['aws cloudtrail delete-trail --name organization'],
    as: management,
    accounts: ['prod-web'],
    fill: ({ trail }) => ({ 'ARCHIVE-BUCKET': trail.bucket }),
  },
  { check: 'trail-all-management', break: 'trail-narrowed', as: management },
  { check: 'trail-validation', break: 'trail-unsigned', as: management },
  {
    check: 'trail-delivers',
    break: 'trail-refused',
    as: (organization, command) =>
      command.includes(' cloudtrail ') ? organization.managementAccount : organization.trail.account,
    fill: (organization) => ({ 'ARCHIVE-BUCKET': organization.trail.bucket, 'KEY-ARN': trailKeyArn(organization) }),
    files: (organization) => ({
      'archive-policy.json': archivePolicy(organization),
      'key-policy.json': keyPolicy(organization),
    }),
  },
  {
    check: 'trail-encrypted',
    before: ["aws cloudtrail update-trail --name organization --kms-key-id ''"],
    as: management,
    fill: (organization) => ({ 'KEY-ARN': trailKeyArn(organization) }),
  },
  {
    check: 'trail-to-logs',
    before: ["aws cloudtrail update-trail --name organization --cloud-watch-logs-log-group-arn ''"],
    as: management,
    fill: toLogs,
  },
  { check: 'trail-insights', as: management, settings: { trailInsights: true } },
  // 3
  {
    check: 'archive-not-public',
    break: 'archive-opened',
    as: archive,
    files: (organization) => ({ 'archive-policy.json': archivePolicy(organization) }),
  },
  {
    check: 'archive-isolated',
    break: 'archive-to-organization',
    as: archive,
    files: (organization) => ({ 'archive-policy.json': archivePolicy(organization) }),
  },
  {
    check: 'archive-policy-tight',
    as: archive,
    files: (organization) => ({ 'archive-policy.json': archivePolicy(organization) }),
  },
  { check: 'archive-immutable', break: 'archive-unlocked', as: archive },
  { check: 'archive-kept', break: 'archive-expires', as: archive },
  {
    check: 'archive-encrypted',
    break: 'archive-plain',
    as: archive,
    fill: (organization) => ({ 'KEY-ARN': trailKeyArn(organization) }),
  },
  { check: 'archive-key-alive', break: 'archive-key-dying', as: archive },
  { check: 'archive-watched', as: archive, fill: () => ({ 'ACCESS-LOG-BUCKET': 'o-trailwatch-access-logs' }) },
  // 4
  ...monitored.map(
    ({ topic }): Case => ({
      check: `alarm-${topic}`,
      // The rules of an account cover it too: there are none for this.
      before: [
        `aws logs delete-metric-filter --log-group-name organization-trail --filter-name cis-${topic}`,
        ...['api-calls', 'findings'].map(
          (rule) => `aws events disable-rule --name trailwatch-${rule} --region eu-west-1`,
        ),
        ...['api-calls', 'findings', 'iam-changes', 'sign-in'].map(
          (rule) => `aws events disable-rule --name trailwatch-${rule} --region us-east-1`,
        ),
      ],
      as: (organization, command) =>
        topic === 'organizations' && command.includes(' events ')
          ? organization.managementAccount
          : archive(organization),
      accounts: ['log-archive'],
      fill: alarmed,
    }),
  ),
  {
    check: 'alarm-state',
    break: 'alarm-not-evaluated',
    as: archive,
    fill: (organization) => ({ ...alarmed(organization), '<namespace>': 'CloudTrailMetrics', '<metric>': 'cis-kms' }),
  },
  // 5
  { check: 'flow-vpc-covered', break: 'flow-log-deleted', fill: flowLogs, accounts: ['prod-payments'] },
  { check: 'flow-traffic', break: 'flow-log-narrowed', fill: flowLogs, accounts: ['prod-web'] },
  {
    check: 'flow-delivers',
    break: 'flow-log-refused',
    fill: flowLogs,
    accounts: ['prod-data'],
    files: (organization) => ({ 'allow-delivery.logs.amazonaws.com.json': archivePolicy(organization) }),
  },
  // 6
  {
    check: 'gd-admin',
    break: 'guardduty-administrator-gone',
    as: (organization, command) =>
      command.includes('create-detector') ? organization.homeAccount : organization.managementAccount,
    fill: ({ homeAccount }) => ({ '<security account>': homeAccount }),
  },
  { check: 'gd-enabled-everywhere', break: 'guardduty-off', accounts: ['prod-web', 'security-tooling'] },
  { check: 'gd-auto-enable', break: 'guardduty-not-by-itself', as: tooling },
  {
    check: 'gd-protections',
    break: 'guardduty-without-s3',
    as: (organization, command) => (command.includes('update-detector') ? null : organization.homeAccount),
    accounts: ['prod-web', 'security-tooling'],
    fill: (organization, { account }) => ({
      ...detectors(organization),
      '<detector>': detectorAt(organization, account, 'eu-west-1')?.id ?? '',
      RUNTIME_MONITORING: 'S3_DATA_EVENTS',
    }),
  },
  {
    check: 'gd-publishing',
    break: 'guardduty-export-fails',
    as: tooling,
    fill: (organization) => ({
      '<destination>': [...regionOf(organization, 'eu-west-1').destinations.keys()][0] ?? '',
      '<bucket ARN>': `arn:aws:s3:::guardduty-findings-${organization.trail.account}`,
      '<key ARN>': trailKeyArn(organization),
    }),
  },
  { check: 'gd-not-silenced', break: 'guardduty-silenced', as: tooling, fill: detectors },
  // 7
  { check: 's3-logged', break: 'access-logs-off', fill: () => ({ 'LOG-BUCKET': 'o-trailwatch-access-logs' }) },
  // 8
  { check: 'config-recording', break: 'recorder-stopped', accounts: ['prod-payments'] },
  { check: 'config-iam-recorded', break: 'iam-unrecorded', accounts: ['staging'] },
  {
    check: 'config-delivers',
    break: 'config-refused',
    accounts: ['prod-web'],
    fill: (organization) => ({ 'ARCHIVE-BUCKET': configBucket(organization) }),
  },
  // 9
  { check: 'iam-alerts-match', break: 'iam-rule-narrowed', accounts: ['prod-payments'], fill: targets },
  {
    check: 'iam-alerts-all-accounts',
    break: 'iam-rule-off',
    before: ['aws logs delete-metric-filter --log-group-name organization-trail --filter-name cis-iam-policy'],
    as: (organization, command) => (command.includes(' logs ') ? organization.trail.account : null),
    accounts: ['prod-web', 'log-archive'],
    fill: targets,
  },
  // 10
  {
    check: 'det-graph',
    break: 'detective-graph-deleted',
    as: (organization, command) =>
      command.includes('create-graph') ? organization.homeAccount : organization.managementAccount,
    fill: ({ homeAccount }) => ({ '<security account>': homeAccount }),
  },
  {
    check: 'det-members',
    break: 'detective-member-missing',
    as: tooling,
    fill: () => ({ "<the account's address>": 'aws@example.com' }),
  },
  { check: 'det-auto', break: 'detective-not-by-itself', as: tooling },
  // 12
  {
    check: 'aa-external',
    break: 'analyzer-disabled',
    as: (organization, command) =>
      command.includes(' organizations ') ? organization.managementAccount : organization.homeAccount,
    fill: () => ({ '<analyzer>': 'organization-external' }),
  },
  {
    check: 'aa-archive-rules',
    break: 'analyzer-archives-public',
    as: tooling,
    fill: () => ({ '<analyzer>': 'organization-external' }),
  },
  // 13
  { check: 'eb-reaches-bot', break: 'findings-rule-off', accounts: ['prod-payments'], fill: targets },
  {
    check: 'eb-bus-closed',
    break: 'bus-opened',
    as: tooling,
    fill: ({ id }) => ({ '<organization>': id, '<statement>': 'everybody' }),
  },
  // 14
  { check: 'ssm-prefs', break: 'session-preferences-gone', accounts: ['prod-payments'], files: preferences },
  {
    check: 'ssm-streaming',
    break: 'session-streaming-off',
    accounts: ['prod-payments'],
    files: preferences,
  },
  {
    check: 'ssm-kept',
    break: 'session-log-short',
    accounts: ['prod-payments'],
    fill: () => ({ 'LOG-GROUP': '/aws/ssm/sessions' }),
  },
  {
    check: 'ssm-limits',
    break: 'session-without-end',
    accounts: ['prod-payments'],
    files: preferences,
  },
  {
    check: 'ssm-encrypted',
    break: 'session-log-plain',
    accounts: ['prod-payments'],
    files: preferences,
    fill: async (_, { account }, ask) => {
      const [, key = ''] = /"Arn": "([^"]+)"/.exec(await ask(account, 'aws kms create-key')) ?? [];
      return { 'LOG-GROUP': '/aws/ssm/sessions', 'KEY-ARN': key };
    },
  },
  // 15
  {
    check: 'adv-unused-roles',
    break: 'role-unused',
    accounts: ['prod-web'],
    fill: () => ({ 'POLICY-ARN': 'arn:aws:iam::aws:policy/PowerUserAccess' }),
  },
  // 16
  { check: 'am-org', break: 'audit-not-connected', as: management },
  {
    check: 'am-assessments',
    break: 'audit-scope-narrow',
    as: tooling,
    fill: (organization) => ({
      '<name>': assessmentsOf(organization)[0]?.id ?? '',
      '{"id":"<account>"},…': organization.accounts
        .flatMap(({ id, state }) => (state === 'ACTIVE' ? [JSON.stringify({ id })] : []))
        .join(),
    }),
  },
  {
    check: 'am-reports',
    break: 'audit-no-destination',
    as: tooling,
    fill: (organization) => ({
      '<bucket>': 'reports',
      '<assessment>': assessmentsOf(organization)[0]?.id ?? '',
      '<name>': 'quarter',
    }),
  },
  {
    check: 'am-reviews',
    break: 'audit-reviews-wait',
    as: tooling,
    fill: (organization, { resource }) => {
      const [assessment, set] = resource?.split('/') ?? [];
      const found = assessmentsOf(organization).find(({ id, name }) => [id, name].includes(assessment ?? ''));
      return { '<assessment>': found?.id ?? '', '<name>': `'${set}'` };
    },
  },
  {
    check: 'pack-evaluates',
    prepare: ({ organization, faults }) => {
      setAuditManager(organization, 'INACTIVE');
      evidenceSettings(organization).packs.deployed = false;
      const effect = new AwsError('InvalidAccessException', 'The account is not subscribed to AWS Security Hub', 401);
      faults.inject({ operation: 'securityhub:GetEnabledStandards', effect });
    },
    as: tooling,
    fill: () => ({ '<name>': 'CIS', '<bucket>/<pack>': 'packs/cis' }),
  },
  { check: 'sh-evaluates', break: 'standards-incomplete', as: tooling },
  // Of what is wrong from the start, or is made so by what is typed before.
  {
    check: 'archive-separate',
    settings: { logArchive: '111122221111' },
    before: ['aws cloudtrail update-trail --name organization --s3-bucket-name audit-archive-111122222222'],
    as: (organization, command) =>
      command.includes(' s3api ') ? organization.trail.account : organization.managementAccount,
    fill: ({ trail }) => ({ 'TRAIL-ARN': trail.arn, 'ARCHIVE-BUCKET': trail.bucket }),
  },
  { check: 'flow-destination', accounts: ['prod-web'], fill: flowLogs },
  { check: 'flow-fields', accounts: ['prod-web'], fill: flowLogs },
  { check: 'dns-vpc-covered', accounts: ['dev'], fill: queryLogs },
  { check: 'dns-destination', accounts: ['dev'], fill: queryLogs },
  {
    check: 'gd-alert-route',
    before: ['aws events disable-rule --name trailwatch-findings --region eu-west-1'],
    as: tooling,
    fill: (organization) => ({
      '<topic, queue or central bus>': eventTopic(organization),
      ',RoleArn=<role for a bus>': '',
    }),
  },
  {
    check: 's3-data-events',
    settings: { sensitiveBuckets: ['prod-web-assets'] },
    as: management,
    fill: ({ trail }) => ({ 'TRAIL --': `${trail.arn} --`, '--region REGION': `--region ${trail.region}` }),
  },
  { check: 's3-target-works', accounts: ['prod-web'], fill: () => ({ 'LOG-BUCKET': 'prod-web-access-logs' }) },
  { check: 'config-frequency', accounts: ['dev'] },
  {
    check: 'config-aggregator',
    before: ['aws configservice delete-configuration-aggregator --configuration-aggregator-name organization'],
    as: tooling,
    fill: () => ({ '--region REGION': '--region eu-west-1' }),
  },
  {
    check: 'config-retention',
    before: ['aws configservice put-retention-configuration --retention-period-in-days 30'],
    as: () => known.audit,
  },
  {
    check: 'iam-alerts-arrive',
    before: ['aws events remove-targets --rule trailwatch-iam-changes --ids central --region us-east-1'],
    as: () => known.web,
    accounts: ['prod-web'],
    fill: targets,
  },
  {
    check: 'iam-signin-alerts',
    before: ['aws events disable-rule --name trailwatch-sign-in --region us-east-1'],
    as: () => known.web,
    accounts: ['prod-web'],
    fill: targets,
  },
  {
    check: 'det-guardduty',
    prepare: ({ organization }) => deleteDetector(organization, organization.homeAccount, 'eu-west-1'),
    as: tooling,
  },
  {
    check: 'aa-internal',
    settings: { accessAnalyzers: { unused: false, internal: true } },
    as: tooling,
    fill: ({ trail }) => ({
      "<the archive bucket's ARN>": `arn:aws:s3:::${trail.bucket}`,
      "<the bucket's region>": trail.region,
    }),
  },
  {
    check: 'aa-unused',
    settings: { accessAnalyzers: { unused: true, internal: false } },
    before: ['aws accessanalyzer delete-analyzer --analyzer-name organization-unused'],
    as: tooling,
    fill: () => ({
      '<one region>': 'eu-west-1',
      'delete-analyzer --analyzer-name <name>': 'delete-analyzer --analyzer-name none',
    }),
  },
  {
    check: 'eb-dlq',
    accounts: ['dev'],
    fill: (organization, row) => {
      createQueue(organization, { account: row.account, region: row.region, name: 'trailwatch-dead' });
      return busTarget(organization, row);
    },
  },
  {
    check: 'eb-input-intact',
    accounts: ['prod-web'],
    before: [
      `aws events put-targets --rule trailwatch-findings --region eu-west-1 --targets '[{"Id":"central","Arn":"arn:aws:events:eu-west-1:111122222222:event-bus/security","RoleArn":"arn:aws:iam::111122334444:role/trailwatch-events","InputTransformer":{"InputPathsMap":{"id":"$.detail.eventID"},"InputTemplate":"{\\"id\\": <id>}"}}]'`,
    ],
    as: () => known.web,
    fill: busTarget,
  },
  {
    check: 'eb-target-alive',
    accounts: ['prod-web'],
    before: [
      'aws events put-targets --rule trailwatch-findings --targets Id=central,Arn=arn:aws:events:eu-west-1:111122222222:event-bus/security --region eu-west-1',
    ],
    as: () => known.web,
    fill: (organization, row) => ({ 'Id=1,Arn=': 'Id=central,Arn=', ...targets(organization, row) }),
  },
  { check: 'ssm-node-rights', accounts: ['prod-data'] },
];

/** Fixes that no command alone brings about, with the reason: somebody decides, restores something, or waits. */
const byHand: Readonly<Record<string, string>> = {
  'org-mgmt-empty': 'what runs there is moved before it is removed',
  'org-root-central': 'nothing turns it off again: its command is asked in test/sandbox/aws/cli.test.ts',
  'trail-chain': 'what was changed is brought back by hand',
  'trail-reads-back': 'an event that was lost does not come again',
  'alarm-securityhub': 'nothing turns Security Hub off here',
  'gd-agents': 'the command names what has to be looked at',
  'gd-findings-handled': 'somebody deals with the finding',
  's3-log-format': 'the same command as of s3-logged',
  'config-role': 'the same command as of config-recording',
  'det-sources': 'a source that is on and counts nothing is looked into with AWS',
  'iam-nonfederated-use': 'what was used in the last days stays used',
  'iam-users-new': 'somebody asks who made the user',
  'inv-open': 'somebody reads the investigation',
  'cred-fresh': 'the credential report is read by its own digest',
  'cred-root': 'the same command as of org-root-central',
  'cred-service-specific': 'somebody decides which are needed',
  'aa-findings-handled': 'somebody deals with the finding',
  'eb-canary': 'needs the bot’s own store: test/framework/steps/13-eventbridge.test.ts',
  'eb-no-failures': 'what failed leaves the metric with time',
  'eb-rules-unchanged': 'what was switched stays in event history for a week',
  'ssm-no-bypass': 'a session that was held stays in event history for a week',
  'adv-scp-gap': 'the owners of the accounts decide what is denied',
  'adv-unused-services': 'somebody drafts the shorter policy',
  'adv-works': 'data of AWS come in their time',
  'am-evidence-fresh': 'evidence comes in its time',
  'am-state': 'open to no new customers',
};

let running: ReturnType<typeof startCli> | undefined;
let folder = '';
beforeAll(() => {
  if (cli !== undefined) running = startCli();
  folder = mkdtempSync(join(tmpdir(), 'trailwatch-fixes-'));
});
afterAll(() => {
  running?.[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The words of a command as a shell reads them. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );

/** What a command needs of the answer to the one before. */
function toldBy(answer: string): Fill {
  const [, policy] = /"Id": "(p-[0-9a-z]+)"/.exec(answer) ?? [];
  const [, version] = /"DocumentVersion": "(\d+)"/.exec(answer) ?? [];
  return {
    ...(policy !== undefined && { 'POLICY-ID': policy }),
    ...(version !== undefined && { 'NEW-VERSION': version }),
  };
}

/** The commands of a fix, without what is said about them. */
const commandsOf = (fix: string): string[] =>
  fix.split('\n').flatMap((line) => (line.startsWith('aws ') ? [line.replace(/\s+# .*$/, '')] : []));

async function type(lab: Lab, account: string, command: string): Promise<string> {
  if (running === undefined) throw new Error('There is no AWS CLI.');
  const { accessKeyId, secretAccessKey, sessionToken } = lab.credentials(account, 'administrator');
  const words = wordsOf(command).slice(1);
  const region = words.includes('--region') ? [] : ['--region', 'eu-west-1'];
  const [code, out, err] = await running.run([...words, ...region, '--endpoint-url', lab.url], {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  return code === 0 ? out : `${command}\n${err}`;
}

test.skipIf(cli === undefined).each(cases)(
  'the fix of $check turns it green',
  async (one) => {
    await using lab = await startLab();
    const { organization } = lab;
    const about = (await steps()).flatMap(({ checks }) => checks).find((each) => each.about.id === one.check)?.about;
    const failing = async () =>
      (await lab.rows(one.check, { accounts: one.accounts ?? [] }, one.settings)).filter(
        ({ verdict }) => verdict === 'fail',
      );
    const touched = one.break ?? one.prepare ?? one.before;
    const before = touched === undefined ? [] : await failing();
    breaks.find(({ id }) => id === one.break)?.break(organization);
    one.prepare?.(lab);
    for (const command of one.before ?? [])
      await type(lab, one.as?.(organization, command) ?? organization.homeAccount, command);
    const failed = new Set(before.map(keyOf));
    const broken = (await failing()).filter((row) => !failed.has(keyOf(row)));
    expect(broken, 'nothing fails').not.toEqual([]);
    const said: string[] = [];
    for (const row of broken) {
      for (const [name, content] of Object.entries(one.files?.(organization, row) ?? {}))
        writeFileSync(join(folder, name), JSON.stringify(content));
      const fill = Object.entries((await one.fill?.(organization, row, (...asked) => type(lab, ...asked))) ?? {});
      for (const command of commandsOf(fixOf(about?.fix ?? '', row))) {
        const told = { ...toldBy(said.at(-1) ?? ''), ...Object.fromEntries(fill) };
        const filled = Object.entries(told).reduce((text, [name, value]) => text.replaceAll(name, value), command);
        const typed = filled.replaceAll('file://', `file://${folder}/`);
        said.push(await type(lab, one.as?.(organization, command) ?? row.account, typed));
      }
    }
    lab.moveClock(60_000);
    const still = (await failing()).filter((row) => !failed.has(keyOf(row)));
    expect(still, said.join('\n')).toEqual([]);
  },
  60_000,
);

test('every check whose fix names a command is tried above, or it is said why not', async () => {
  const checks = (await steps()).flatMap((one) => one.checks);
  const typed = checks.flatMap(({ about }) => (commandsOf(about.fix).length > 0 ? [about.id] : []));
  const known = [...new Set(cases.map(({ check }) => check)), ...Object.keys(byHand)];
  expect(known.toSorted()).toEqual(typed.toSorted());
});
