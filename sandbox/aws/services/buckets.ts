import type {
  BucketLoggingStatus,
  Grant,
  LifecycleRule,
  ObjectOwnership,
  PublicAccessBlockConfiguration,
  ServerSideEncryptionRule,
  VersioningConfiguration,
} from '@aws-sdk/client-s3';
import { known } from '../../organization/accounts.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { homeRegion } from '../../organization/traces.ts';
import { AwsError, type Call } from '../service.ts';
import { lakeBucket } from './deliveries.ts';
import { trailKeyArn } from './kms.ts';
import { flowLogBucket } from './networks.ts';
import { configBucket } from './recorders.ts';
import { dnsLogBucket } from './route53resolver.ts';

export interface Bucket {
  name: string;
  account: string;
  region: typeof homeRegion | 'eu-central-1' | 'us-east-1';
  /** With Object Lock, every put makes a version, and the default retention holds where none is given. */
  lock: { mode: 'GOVERNANCE' | 'COMPLIANCE'; days: number } | null;
  /** By key, newest version first. */
  objects: Map<string, Stored[]>;
  settings: BucketSettings;
}

export interface Stored {
  versionId: string;
  body: Uint8Array;
  at: Date;
  contentType: string;
  etag: string;
  sha256: string;
  metadata: Record<string, string>;
  retention: { mode: 'GOVERNANCE' | 'COMPLIANCE'; until: Date } | null;
  /** A legal hold, which has no end of its own. */
  held: boolean;
}

/** The buckets of the home account, one with Object Lock and one without, and the archive of the organization's trail. */
export const buckets = perOrganization((organization) => {
  const { homeAccount, trail } = organization;
  const bucket = (
    name: string,
    lock: Bucket['lock'],
    account = homeAccount,
    settings = newBucket(),
  ): [string, Bucket] => [name, { name, account, region: homeRegion, lock, objects: new Map(), settings }];
  const target = (name: string, account: string) => bucket(name, null, account, logTarget(name, account));
  const ownLogs = `audit-${homeAccount}-access-logs`;
  const centralLogs = `${organization.id}-access-logs`;
  return new Map([
    bucket(
      archiveBucket(homeAccount),
      { mode: 'COMPLIANCE', days: 365 },
      homeAccount,
      loggedTo(ownLogs, archiveBucket(homeAccount)),
    ),
    bucket(`audit-reports-${homeAccount}`, null, homeAccount, loggedTo(ownLogs, `audit-reports-${homeAccount}`)),
    target(ownLogs, homeAccount),
    bucket(configBucket(organization), null, trail.account, loggedTo(centralLogs, configBucket(organization))),
    bucket(flowLogBucket(organization), null, trail.account, loggedTo(centralLogs, flowLogBucket(organization))),
    bucket(dnsLogBucket(organization), null, trail.account, loggedTo(centralLogs, dnsLogBucket(organization))),
    target(centralLogs, trail.account),
    ...companyBuckets.flatMap(({ name, account, logs }) => [
      bucket(name, null, account, logs === null ? newBucket() : loggedTo(logs, name)),
      ...(logs === null ? [] : [target(logs, account)]),
    ]),
    bucket(trail.bucket, { mode: 'GOVERNANCE', days: 365 }, trail.account, trailArchive(organization, known.data)),
  ]);
});

/**
 * Buckets of teams. Two things are wrong: nobody logs what is asked of dev's, and prod-web's access logs go to a bucket
 * that encrypts with a key of KMS, so that S3 drops them.
 */
const companyBuckets = [
  { name: 'payments-exports', account: known.payments, logs: 'prod-payments-access-logs' },
  { name: 'prod-web-assets', account: known.web, logs: 'prod-web-access-logs' },
  { name: lakeBucket, account: known.data, logs: null },
  { name: 'dev-scratch', account: known.dev, logs: null },
] as const;

/** How a bucket is set up, beside Object Lock. */
export interface BucketSettings {
  /** JSON, as it was put. */
  policy: string | null;
  publicAccessBlock: PublicAccessBlockConfiguration | null;
  ownership: ObjectOwnership | null;
  /** Beside the owner's own. */
  grants: Grant[];
  versioning: VersioningConfiguration;
  lifecycle: LifecycleRule[] | null;
  encryption: ServerSideEncryptionRule[];
  logging: BucketLoggingStatus['LoggingEnabled'] | null;
  requesterPays: boolean;
}

/** A bucket as it is made today: nothing public, AES-256, no versions. Source: S3 user guide, "Creating a bucket". */
const newBucket = (): BucketSettings => ({
  policy: null,
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ownership: 'BucketOwnerEnforced',
  grants: [],
  versioning: {},
  lifecycle: null,
  encryption: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
  logging: null,
  requesterPays: false,
});

/** A bucket with access logs that go to another. */
const loggedTo = (target: string, name: string): BucketSettings => ({
  ...newBucket(),
  logging: {
    TargetBucket: target,
    TargetPrefix: `${name}/`,
    TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
  },
});

/** A bucket that takes access logs. Source: S3 user guide, "Permissions for log delivery". */
const logTarget = (name: string, account: string): BucketSettings => ({
  ...newBucket(),
  policy: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'S3ServerAccessLogs',
        Effect: 'Allow',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${name}/*`,
        Condition: { StringEquals: { 'aws:SourceAccount': account } },
      },
    ],
  }),
  ...(account === known.web && {
    encryption: [
      {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: 'aws:kms' as const,
          KMSMasterKeyID: `arn:aws:kms:${homeRegion}:${account}:key/5d1c7c3e-0b1f-4c0f-9c59-1f0f6a3c2b11`,
        },
        BucketKeyEnabled: true,
      },
    ],
  }),
});

/** The archive of the organization's trail. Two things are wrong: nobody watches it, and an old analysis role reads it. */
const trailArchive = (organization: Organization, dataAccount: string): BucketSettings => ({
  ...newBucket(),
  policy: JSON.stringify(archivePolicy(organization, dataAccount)),
  versioning: { Status: 'Enabled' },
  lifecycle: [
    {
      ID: 'to-glacier',
      Status: 'Enabled',
      Filter: { Prefix: 'AWSLogs/' },
      Transitions: [{ Days: 90, StorageClass: 'GLACIER_IR' }],
    },
  ],
  encryption: [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: trailKeyArn(organization) },
      BucketKeyEnabled: true,
    },
  ],
});

/** The policy that CloudTrail needs and an archive should have. Source: CloudTrail user guide, "Amazon S3 bucket policy". */
function archivePolicy({ trail, id, homeAccount }: Organization, dataAccount: string) {
  const bucket = `arn:aws:s3:::${trail.bucket}`;
  const fromTrail = { StringEquals: { 'aws:SourceArn': trail.arn } };
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AWSCloudTrailAclCheck',
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:GetBucketAcl',
        Resource: bucket,
        Condition: fromTrail,
      },
      {
        Sid: 'AWSCloudTrailOrganizationWrite',
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `${bucket}/AWSLogs/${id}/*`,
        Condition: { StringEquals: { ...fromTrail.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' } },
      },
      {
        Sid: 'AuditorsRead',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${homeAccount}:role/security-audit` },
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: [bucket, `${bucket}/*`],
      },
      {
        Sid: 'LegacyAnalysis',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${dataAccount}:role/order-worker` },
        Action: 's3:GetObject',
        Resource: `${bucket}/*`,
      },
      {
        Sid: 'KeepTheArchive',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:DeleteObject*', 's3:DeleteBucket', 's3:PutLifecycleConfiguration', 's3:PutBucketPolicy'],
        Resource: [bucket, `${bucket}/*`],
        Condition: {
          ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${trail.account}:role/archive-admin` },
        },
      },
      {
        Sid: 'SecureTransportOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [bucket, `${bucket}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  };
}

/** The bucket with Object Lock. */
export const archiveBucket = (homeAccount: string): string => `audit-archive-${homeAccount}`;

/** A bucket of the caller's account, wherever it is asked for. */
export function ownBucket({ account, organization, input }: Call<{ Bucket: string | undefined }>): Bucket {
  const bucket = buckets(organization).get(input.Bucket ?? '');
  if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.account !== account) throw new AwsError('AccessDenied', 'Access Denied', 403);
  return bucket;
}

/** A bucket of the caller's account, asked for in its region. */
export function findBucket(call: Call<{ Bucket: string | undefined }>): Bucket {
  const bucket = ownBucket(call);
  if (call.region !== bucket.region)
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
    );
  return bucket;
}

/** Makes a bucket anew in another region, as somebody does who deletes it first. */
export function remakeBucket(organization: Organization, name: string, region: Bucket['region']): void {
  const bucket = buckets(organization).get(name);
  if (bucket !== undefined) bucket.region = region;
}

/** Removes a bucket, whoever points to it. */
export const removeBucket = (organization: Organization, name: string): void => {
  buckets(organization).delete(name);
};

/** Changes how a bucket is set up. */
export function changeBucket(organization: Organization, name: string, change: Partial<BucketSettings>): void {
  const bucket = buckets(organization).get(name);
  if (bucket !== undefined) Object.assign(bucket.settings, change);
}
