import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Buckets = z.object({
  Buckets: z.array(z.object({ Name: z.string(), BucketRegion: z.string().optional() })).default([]),
});
export const listBuckets: Call<z.output<typeof Buckets>> = {
  service: 's3',
  operation: 'ListBuckets',
  output: Buckets,
  pages: pagedBy('ContinuationToken', 'Buckets'),
};

const Objects = z.object({
  Contents: z.array(z.object({ Key: z.string(), LastModified: z.date().optional() })).default([]),
});
/** Names and times of objects. */
export const listObjects: Call<z.output<typeof Objects>> = {
  service: 's3',
  operation: 'ListObjectsV2',
  output: Objects,
  pages: { token: 'ContinuationToken', next: 'NextContinuationToken', list: 'Contents' },
  absent: ['NoSuchBucket'],
};
const service = 's3';

/** Whether there is anything under a prefix, with `MaxKeys` of one: the first object alone. */
export const anyObject: Call<z.output<typeof Objects>> = {
  service,
  operation: 'ListObjectsV2',
  output: Objects,
  absent: ['NoSuchBucket'],
};

const Block = z.object({
  PublicAccessBlockConfiguration: z.object({
    BlockPublicAcls: z.boolean().default(false),
    IgnorePublicAcls: z.boolean().default(false),
    BlockPublicPolicy: z.boolean().default(false),
    RestrictPublicBuckets: z.boolean().default(false),
  }),
});
export const getPublicAccessBlock: Call<z.output<typeof Block>> = {
  service,
  operation: 'GetPublicAccessBlock',
  output: Block,
  absent: ['NoSuchPublicAccessBlockConfiguration'],
};
export type PublicAccessBlock = z.output<typeof Block>;

const PolicyStatus = z.object({ PolicyStatus: z.object({ IsPublic: z.boolean().optional() }) });
export const getBucketPolicyStatus: Call<z.output<typeof PolicyStatus>> = {
  service,
  operation: 'GetBucketPolicyStatus',
  output: PolicyStatus,
  absent: ['NoSuchBucketPolicy'],
};

const Acl = z.object({
  Grants: z
    .array(
      z.object({ Grantee: z.object({ URI: z.string().optional() }).optional(), Permission: z.string().optional() }),
    )
    .default([]),
});
export const getBucketAcl: Call<z.output<typeof Acl>> = { service, operation: 'GetBucketAcl', output: Acl };

const Ownership = z.object({
  OwnershipControls: z.object({ Rules: z.array(z.object({ ObjectOwnership: z.string().optional() })).default([]) }),
});
export const getBucketOwnershipControls: Call<z.output<typeof Ownership>> = {
  service,
  operation: 'GetBucketOwnershipControls',
  output: Ownership,
  absent: ['OwnershipControlsNotFoundError'],
};

const Policy = z.object({ Policy: z.string() });
export const getBucketPolicy: Call<z.output<typeof Policy>> = {
  service,
  operation: 'GetBucketPolicy',
  output: Policy,
  absent: ['NoSuchBucketPolicy'],
};

const Lock = z.object({
  ObjectLockConfiguration: z.object({
    ObjectLockEnabled: z.string().optional(),
    Rule: z
      .object({
        DefaultRetention: z
          .object({ Mode: z.string().optional(), Days: z.number().optional(), Years: z.number().optional() })
          .optional(),
      })
      .optional(),
  }),
});
export const getObjectLockConfiguration: Call<z.output<typeof Lock>> = {
  service,
  operation: 'GetObjectLockConfiguration',
  output: Lock,
  absent: ['ObjectLockConfigurationNotFoundError'],
};
export type ObjectLock = z.output<typeof Lock>;

const Versioning = z.object({ Status: z.string().optional(), MFADelete: z.string().optional() });
export const getBucketVersioning: Call<z.output<typeof Versioning>> = {
  service,
  operation: 'GetBucketVersioning',
  output: Versioning,
};

const Lifecycle = z.object({
  Rules: z
    .array(
      z.object({
        ID: z.string().optional(),
        Status: z.string().optional(),
        Prefix: z.string().optional(),
        Filter: z
          .object({
            Prefix: z.string().optional(),
            Tag: z.unknown().optional(),
            And: z.object({ Prefix: z.string().optional(), Tags: z.array(z.unknown()).optional() }).optional(),
          })
          .optional(),
        Expiration: z.object({ Days: z.number().optional(), Date: z.date().optional() }).optional(),
        NoncurrentVersionExpiration: z.object({ NoncurrentDays: z.number().optional() }).optional(),
      }),
    )
    .default([]),
});
export const getBucketLifecycleConfiguration: Call<z.output<typeof Lifecycle>> = {
  service,
  operation: 'GetBucketLifecycleConfiguration',
  output: Lifecycle,
  absent: ['NoSuchLifecycleConfiguration'],
};
export type LifecycleRule = z.output<typeof Lifecycle>['Rules'][number];

const Encryption = z.object({
  ServerSideEncryptionConfiguration: z.object({
    Rules: z
      .array(
        z.object({
          ApplyServerSideEncryptionByDefault: z
            .object({ SSEAlgorithm: z.string().optional(), KMSMasterKeyID: z.string().optional() })
            .optional(),
        }),
      )
      .default([]),
  }),
});
export const getBucketEncryption: Call<z.output<typeof Encryption>> = {
  service,
  operation: 'GetBucketEncryption',
  output: Encryption,
  absent: ['ServerSideEncryptionConfigurationNotFoundError'],
};

const Logging = z.object({
  LoggingEnabled: z
    .object({
      TargetBucket: z.string(),
      TargetPrefix: z.string().optional(),
      TargetObjectKeyFormat: z
        .object({
          PartitionedPrefix: z.object({ PartitionDateSource: z.string().optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
});
export const getBucketLogging: Call<z.output<typeof Logging>> = {
  service,
  operation: 'GetBucketLogging',
  output: Logging,
};

const Location = z.object({ LocationConstraint: z.string().optional() });
/** Where a bucket is: nothing means us-east-1. */
export const getBucketLocation: Call<z.output<typeof Location>> = {
  service,
  operation: 'GetBucketLocation',
  output: Location,
};

const gzip = { service, operation: 'GetObject', absent: ['NoSuchKey'] };

const GzipText = z.object({ text: z.string(), Metadata: z.record(z.string(), z.string()).default({}) });
/** A small file that is packed, as text, with its metadata. */
export const getGzipText: Call<z.output<typeof GzipText>> = { ...gzip, output: GzipText, body: 'text' };

const GzipHash = z.object({ sha256: z.string() });
/** The SHA-256 of a packed file's contents, in hex; they themselves are not kept. */
export const hashOfGzip: Call<z.output<typeof GzipHash>> = { ...gzip, output: GzipHash, body: 'sha256' };

const Payment = z.object({ Payer: z.string().optional() });
export const getBucketRequestPayment: Call<z.output<typeof Payment>> = {
  service,
  operation: 'GetBucketRequestPayment',
  output: Payment,
};
