import * as z from 'zod';
import type { Act } from './policy.ts';

/** Service prefixes of IAM that differ from the signing name. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/**
 * Operations whose IAM action has another name. Source: Service Authorization Reference, "IAM Access Analyzer", "Amazon Detective",
 * "Amazon S3", "Amazon SQS".
 */
const irregular: Readonly<Record<string, string>> = {
  'access-analyzer:GetFindingV2': 'access-analyzer:GetFinding',
  'access-analyzer:ListFindingsV2': 'access-analyzer:ListFindings',
  'detective:ListOrganizationAdminAccounts': 'detective:ListOrganizationAdminAccount',
  's3-control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
  's3:DeleteBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListObjects': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutObjectLockConfiguration': 's3:PutBucketObjectLockConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:SendMessageBatch': 'sqs:SendMessage',
};

/** The IAM action of an operation: `s3:ListBuckets` → `s3:ListAllMyBuckets`; null when everybody may call it. */
export function actionOf(signingName: string, operation: string): string | null {
  // "No permissions are required to perform this operation": STS API reference, GetCallerIdentity.
  if (signingName === 'sts' && operation === 'GetCallerIdentity') return null;
  const name = `${prefixes[signingName] ?? signingName}:${operation}`;
  return irregular[name] ?? name;
}

/** The members of inputs that name what a policy may speak of. */
const Named = z.object({
  RoleArn: z.string().optional(),
  SourceIdentity: z.string().optional(),
  Tags: z.array(z.unknown()).optional(),
  TopicArn: z.string().optional(),
  QueueUrl: z.string().optional(),
  Bucket: z.string().optional(),
  Key: z.string().optional(),
  ObjectLockMode: z.string().optional(),
  ObjectLockLegalHoldStatus: z.string().optional(),
  VersionId: z.string().optional(),
  KeyId: z.string().optional(),
  Entries: z
    .array(z.object({ Source: z.string().optional() }))
    .optional()
    .catch(undefined),
});

/** Everything that a caller must be allowed for one request. */
export function actsOf(
  { signingName, operation, region }: { signingName: string; operation: string; region: string },
  input: unknown,
): readonly Act[] {
  const action = actionOf(signingName, operation);
  if (action === null) return [];
  const named = Named.parse(input ?? {});
  const {
    RoleArn = '*',
    SourceIdentity,
    Tags = [],
    TopicArn = '*',
    QueueUrl,
    Bucket,
    Key,
    ObjectLockMode,
    ObjectLockLegalHoldStatus,
    VersionId,
    KeyId = '*',
    Entries = [],
  } = named;
  switch (signingName) {
    case 'sts':
      return [
        { action, resource: RoleArn },
        ...(SourceIdentity === undefined ? [] : [{ action: 'sts:SetSourceIdentity', resource: RoleArn }]),
        ...(Tags.length === 0 ? [] : [{ action: 'sts:TagSession', resource: RoleArn }]),
      ];
    case 'sns':
      return [{ action, resource: TopicArn }];
    case 'kms':
      return [{ action, resource: KeyId.startsWith('arn:') ? KeyId : '*' }];
    case 'sqs': {
      const [account, name] = QueueUrl?.split('/').slice(-2) ?? [];
      return [{ action, resource: name === undefined ? '*' : `arn:aws:sqs:${region}:${account}:${name}` }];
    }
    case 's3': {
      if (Bucket === undefined) return [{ action, resource: '*' }];
      const resource = `arn:aws:s3:::${Key === undefined ? Bucket : `${Bucket}/${Key}`}`;
      const lock = [
        ...(ObjectLockMode === undefined ? [] : [{ action: 's3:PutObjectRetention', resource }]),
        ...(ObjectLockLegalHoldStatus === undefined ? [] : [{ action: 's3:PutObjectLegalHold', resource }]),
      ];
      // Source: Service Authorization Reference, "Amazon S3": a version is read by a right of its own.
      const version = action === 's3:GetObject' && VersionId !== undefined;
      return [{ action: version ? 's3:GetObjectVersion' : action, resource }, ...lock];
    }
    case 'events':
      // Source: Service Authorization Reference, "Amazon EventBridge", events:source.
      return action === 'events:PutEvents'
        ? Entries.map(({ Source }) => ({ action, resource: '*', context: { 'events:source': Source } }))
        : [{ action, resource: '*' }];
    default:
      return [{ action, resource: '*' }];
  }
}
