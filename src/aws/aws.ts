import type { AccessAnalyzerClient } from '@aws-sdk/client-accessanalyzer';
import type { AccountClient } from '@aws-sdk/client-account';
import type { AthenaClient } from '@aws-sdk/client-athena';
import type { AuditManagerClient } from '@aws-sdk/client-auditmanager';
import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ConfigServiceClient } from '@aws-sdk/client-config-service';
import type { DetectiveClient } from '@aws-sdk/client-detective';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { GuardDutyClient } from '@aws-sdk/client-guardduty';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { IdentitystoreClient } from '@aws-sdk/client-identitystore';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { OrganizationsClient } from '@aws-sdk/client-organizations';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { ControlTowerClient } from './control-tower.ts';
import type { Ec2Client } from './ec2.ts';
import type { Route53ResolverClient } from './route53-resolver.ts';
import type { S3ControlClient } from './s3-control.ts';

/** The services that are asked, each by the SDK's own client, imported when it is first needed. */
export interface Services {
  accessAnalyzer: AccessAnalyzerClient;
  account: AccountClient;
  athena: AthenaClient;
  auditManager: AuditManagerClient;
  cloudTrail: CloudTrailClient;
  cloudWatch: CloudWatchClient;
  cloudWatchLogs: CloudWatchLogsClient;
  config: ConfigServiceClient;
  controlTower: ControlTowerClient;
  detective: DetectiveClient;
  ec2: Ec2Client;
  eventBridge: EventBridgeClient;
  guardDuty: GuardDutyClient;
  iam: IAMClient;
  identityStore: IdentitystoreClient;
  kms: KMSClient;
  organizations: OrganizationsClient;
  route53Resolver: Route53ResolverClient;
  s3: S3Client;
  s3Control: S3ControlClient;
  securityHub: SecurityHubClient;
  sns: SNSClient;
  sqs: SQSClient;
  ssm: SSMClient;
  sts: STSClient;
}

export type ServiceName = keyof Services;

/** In whose name AWS is asked: it stands in the role session's name and source identity, so that CloudTrail shows it. */
export interface Asker {
  /** A Slack user id, or what asks by itself: `digest`, `triage`, `cli`. */
  name: string;
}

export interface Place {
  /** 12 digits. */
  account: string;
  region: string;
}

export interface AwsAccount {
  /** 12 digits. */
  id: string;
  name: string | null;
  /** Names from the root down; empty when not known. */
  organizationalUnits: readonly string[];
}

/** The accounts that are read, and why the list may not be whole. */
export interface Accounts {
  accounts: readonly AwsAccount[];
  /** Accounts that Organizations lists and that are not active (SUSPENDED, PENDING_CLOSURE …): they are not read. */
  closed: readonly (AwsAccount & { state: string })[];
  /** One sentence when Organizations could not be asked and only the listed accounts are known; null: whole. */
  trouble: string | null;
}

/** Who the bot itself is in AWS. */
export interface HomeAccount extends Place {
  arn: string;
  partition: string;
}

/** Asking AWS: credentials per account, pace and retries are its business, so callers only send commands. */
export interface Aws {
  home: () => Promise<HomeAccount>;
  accounts: (asker: Asker) => Promise<Accounts>;
  /** The configured regions, else those enabled in the account. */
  regions: (account: string, asker: Asker) => Promise<readonly string[]>;
  /**
   * A client for one account and region, with the role assumed in the asker's name. Each request waits for its turn
   * (LookupEvents: two a second for each account and region, over all replicas) and is tried again as AWS advises.
   * @throws AwsTrouble when the role cannot be assumed
   */
  client: <Name extends ServiceName>(service: Name, place: Place, asker: Asker) => Promise<Services[Name]>;
}

/** Why AWS did not answer, in one sentence for people. */
export class AwsTrouble extends Error {
  override name = 'AwsTrouble';
  readonly kind:
    | 'denied'
    | 'throttled'
    | 'expired'
    | 'clock'
    | 'absent'
    | 'invalid'
    | 'unreachable'
    | 'stopped'
    | 'other';

  constructor(kind: AwsTrouble['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}
