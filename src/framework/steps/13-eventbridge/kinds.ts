import type { Asking } from '../../asks.ts';
import type { RegionScope } from '../../check.ts';
import { administratorOf, globalRegion } from '../../estate.ts';
import { apiCallEvent, type SampleEvent } from '../../event-rules.ts';
import { landingZone } from '../01-landing-zone/landing-zone.ts';
import { signInEvent } from '../09-iam-changes/samples.ts';
import { auditPlaces, isActive } from '../16-audit-manager/facts.ts';

/** A kind of event that the framework relies on. */
export interface Kind {
  /** The resource of its row: `guardduty-finding`. */
  id: string;
  name: string;
  /**
   * Where it comes up: in every region, in us-east-1 alone, or there in the management account alone. `administered`: in
   * every region, and what comes up in members is told by the administrator of the service too. `landing zone`: where
   * Control Tower is at home; `audit`: where Audit Manager is active.
   */
  where: 'region' | 'administered' | 'global' | 'management' | 'landing zone' | 'audit';
  /** Of `administered`: the service whose administrator tells. */
  service?: 'guardduty.amazonaws.com' | 'securityhub.amazonaws.com' | 'access-analyzer.amazonaws.com';
  sample: SampleEvent;
  /** A graver sample of the same kind: where only that one is matched, the rule leaves out the rest. */
  grave?: SampleEvent;
}

const event = (source: string, detailType: string, detail: SampleEvent['detail']): SampleEvent => ({
  source,
  'detail-type': detailType,
  detail,
});

const finding = (severity: number): SampleEvent =>
  event('aws.guardduty', 'GuardDuty Finding', {
    schemaVersion: '2.0',
    id: '00000000000000000000000000000001',
    accountId: '111122223333',
    region: 'us-east-1',
    type: 'UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B',
    severity,
    title: 'A canary',
    service: { serviceName: 'guardduty', archived: false, count: 1 },
  });

const hubFinding = (Label: string): SampleEvent =>
  event('aws.securityhub', 'Security Hub Findings - Imported', {
    findings: [
      {
        SchemaVersion: '2018-10-08',
        Id: 'canary',
        AwsAccountId: '111122223333',
        Severity: { Label },
        Compliance: { Status: 'FAILED' },
        RecordState: 'ACTIVE',
        Workflow: { Status: 'NEW' },
        WorkflowState: 'NEW',
        Title: 'A canary',
      },
    ],
  });

/** In the order of the rows. */
export const kinds: readonly Kind[] = [
  {
    id: 'guardduty-finding',
    name: 'GuardDuty findings',
    where: 'administered',
    service: 'guardduty.amazonaws.com',
    sample: finding(5),
    grave: finding(8),
  },
  {
    id: 'securityhub-finding',
    name: 'Security Hub findings',
    where: 'administered',
    service: 'securityhub.amazonaws.com',
    sample: hubFinding('MEDIUM'),
    grave: hubFinding('CRITICAL'),
  },
  {
    id: 'access-analyzer-finding',
    name: 'Access Analyzer findings',
    where: 'administered',
    service: 'access-analyzer.amazonaws.com',
    sample: event('aws.access-analyzer', 'Access Analyzer Finding', {
      version: '1.0',
      id: 'canary',
      status: 'ACTIVE',
      resourceType: 'AWS::S3::Bucket',
      resource: 'arn:aws:s3:::canary',
      isPublic: true,
      accountId: '111122223333',
      region: 'us-east-1',
    }),
  },
  {
    id: 'config-compliance',
    name: 'compliance changes of Config',
    where: 'region',
    sample: event('aws.config', 'Config Rules Compliance Change', {
      messageType: 'ComplianceChangeNotification',
      configRuleName: 'canary',
      newEvaluationResult: { complianceType: 'NON_COMPLIANT' },
      awsAccountId: '111122223333',
      awsRegion: 'us-east-1',
    }),
  },
  {
    id: 'health-event',
    name: 'AWS Health events',
    where: 'region',
    sample: event('aws.health', 'AWS Health Event', {
      service: 'RISK',
      eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED',
      eventTypeCategory: 'issue',
      statusCode: 'open',
    }),
  },
  {
    id: 'cloudtrail-api',
    name: 'changes of trails',
    where: 'region',
    sample: apiCallEvent('cloudtrail', 'StopLogging'),
  },
  { id: 'kms-api', name: 'deletions of keys', where: 'region', sample: apiCallEvent('kms', 'ScheduleKeyDeletion') },
  {
    id: 's3-policy-api',
    name: 'changes of bucket policies',
    where: 'region',
    sample: apiCallEvent('s3', 'PutBucketPolicy'),
  },
  { id: 'ssm-session', name: 'sessions on machines', where: 'region', sample: apiCallEvent('ssm', 'StartSession') },
  { id: 'iam-api', name: 'changes in IAM', where: 'global', sample: apiCallEvent('iam', 'CreateAccessKey') },
  { id: 'sts-api', name: 'sessions of root users', where: 'global', sample: apiCallEvent('sts', 'AssumeRoot') },
  { id: 'console-sign-in', name: 'sign-ins to the console', where: 'global', sample: signInEvent('us-east-1') },
  {
    id: 'organizations-api',
    name: 'changes of the organization',
    where: 'management',
    sample: apiCallEvent('organizations', 'LeaveOrganization'),
  },
  {
    id: 'control-tower',
    name: 'lifecycle events of Control Tower',
    where: 'landing zone',
    sample: event('aws.controltower', 'AWS Service Event via CloudTrail', {
      eventSource: 'controltower.amazonaws.com',
      eventName: 'UpdateManagedAccount',
      awsRegion: 'us-east-1',
      eventType: 'AwsServiceEvent',
      recipientAccountId: '111122223333',
      serviceEventDetails: { updateManagedAccountStatus: { state: 'SUCCEEDED' } },
    }),
  },
  {
    id: 'audit-manager',
    name: 'the work of Audit Manager',
    where: 'audit',
    sample: event('aws.auditmanager', 'Assessment ControlSet Delegation Created', {
      eventID: 'canary',
      assessmentName: 'canary',
      controlSetName: 'canary',
    }),
  },
];

/** The kinds that come up in a place. */
export function* kindsIn(scope: RegionScope): Asking<readonly Kind[]> {
  const { estate, account, region } = scope;
  const isGlobal = region === globalRegion(estate.home.partition);
  const { organization } = estate;
  const manages = organization.is === 'value' && organization.value.managementAccount === account.id;
  const found: Readonly<Record<Kind['where'], boolean>> = {
    region: true,
    administered: true,
    global: isGlobal,
    management: isGlobal && manages,
    'landing zone': manages && (yield* hasLandingZone(scope)),
    audit: yield* isAudited(scope),
  };
  return kinds.filter(({ where }) => found[where]);
}

function* hasLandingZone({ estate, region }: RegionScope): Asking<boolean> {
  const zone = yield* landingZone(estate);
  return zone.is === 'value' && zone.value.place.region === region;
}

function* isAudited({ estate, account, region }: RegionScope): Asking<boolean> {
  const administrator = administratorOf(estate, 'auditmanager.amazonaws.com');
  if (administrator.is !== 'value' || administrator.value !== account.id) return false;
  const places = yield* auditPlaces(estate);
  return places.is === 'value' && places.value.some((one) => one.place.region === region && isActive(one));
}
