/** Service prefixes of IAM that differ from the signing name. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Operations whose IAM action has another name. Source: Service Authorization Reference, "Amazon S3". */
const irregular: Readonly<Record<string, string>> = {
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjectsV2': 's3:ListBucket',
};

/** Operations that everybody may call: no policy can take them away. Source: STS and SNS API references. */
const free: ReadonlySet<string> = new Set(['sts:GetCallerIdentity', 'sts:GetAccessKeyInfo', 'sns:ConfirmSubscription']);

/** The IAM action that an operation needs: `s3:ListBuckets` → `s3:ListAllMyBuckets`; null when it needs none. */
export function actionOf(signingName: string, operation: string): string | null {
  const name = `${prefixes[signingName] ?? signingName}:${operation}`;
  return free.has(name) ? null : (irregular[name] ?? name);
}
