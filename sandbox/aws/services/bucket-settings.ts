import type {
  GetBucketAclCommandInput,
  GetBucketAclCommandOutput,
  GetBucketEncryptionCommandInput,
  GetBucketEncryptionCommandOutput,
  GetBucketLifecycleConfigurationCommandInput,
  GetBucketLifecycleConfigurationCommandOutput,
  GetBucketLoggingCommandInput,
  GetBucketLoggingCommandOutput,
  GetBucketOwnershipControlsCommandInput,
  GetBucketOwnershipControlsCommandOutput,
  GetBucketPolicyCommandInput,
  GetBucketPolicyCommandOutput,
  GetBucketPolicyStatusCommandInput,
  GetBucketPolicyStatusCommandOutput,
  GetBucketRequestPaymentCommandInput,
  GetBucketRequestPaymentCommandOutput,
  GetBucketVersioningCommandInput,
  GetBucketVersioningCommandOutput,
  GetPublicAccessBlockCommandInput,
  GetPublicAccessBlockCommandOutput,
  PutBucketAclCommandInput,
  PutBucketEncryptionCommandInput,
  PutBucketLifecycleConfigurationCommandInput,
  PutBucketLoggingCommandInput,
  PutBucketOwnershipControlsCommandInput,
  PutBucketPolicyCommandInput,
  PutBucketRequestPaymentCommandInput,
  PutBucketVersioningCommandInput,
  PutPublicAccessBlockCommandInput,
} from '@aws-sdk/client-s3';
import * as z from 'zod';
import { hexOf } from '../../organization/stable.ts';
import { AwsError, type Call } from '../service.ts';
import { findBucket } from './buckets.ts';
import { healDelivery } from './trails.ts';

type Bare<Output> = Omit<Output, '$metadata'>;

/** How buckets are set up. Source: Amazon S3 API reference. */
export const settingOperations = {
  GetBucketPolicy: (call: Call<GetBucketPolicyCommandInput>): Bare<GetBucketPolicyCommandOutput> => {
    const { policy } = findBucket(call).settings;
    if (policy === null) throw noPolicy();
    return { Policy: policy };
  },

  PutBucketPolicy: (call: Call<PutBucketPolicyCommandInput>): object => {
    const { settings, name } = findBucket(call);
    const { Policy = '' } = call.input;
    if (!PolicyDocument.safeParse(parsedJson(Policy)).success)
      throw new AwsError('MalformedPolicy', "Policies must be valid JSON and the first byte must be '{'");
    if (settings.publicAccessBlock?.BlockPublicPolicy === true && isPublic(Policy))
      throw new AwsError(
        'AccessDenied',
        'Public policies are blocked by the BlockPublicPolicy block public access setting.',
        403,
      );
    settings.policy = Policy;
    // What was refused arrives again from now on.
    if (name === call.organization.trail.bucket && Policy.includes('cloudtrail.amazonaws.com'))
      healDelivery(call.organization);
    return {};
  },

  GetBucketPolicyStatus: (call: Call<GetBucketPolicyStatusCommandInput>): Bare<GetBucketPolicyStatusCommandOutput> => {
    const { policy } = findBucket(call).settings;
    if (policy === null) throw noPolicy();
    return { PolicyStatus: { IsPublic: isPublic(policy) } };
  },

  GetPublicAccessBlock: (call: Call<GetPublicAccessBlockCommandInput>): Bare<GetPublicAccessBlockCommandOutput> => {
    const { publicAccessBlock } = findBucket(call).settings;
    if (publicAccessBlock === null)
      throw new AwsError(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        404,
      );
    return { PublicAccessBlockConfiguration: publicAccessBlock };
  },

  PutPublicAccessBlock: (call: Call<PutPublicAccessBlockCommandInput>): object => {
    findBucket(call).settings.publicAccessBlock = call.input.PublicAccessBlockConfiguration ?? null;
    return {};
  },

  DeletePublicAccessBlock: (call: Call<GetPublicAccessBlockCommandInput>): object => {
    findBucket(call).settings.publicAccessBlock = null;
    return {};
  },

  GetBucketOwnershipControls: (
    call: Call<GetBucketOwnershipControlsCommandInput>,
  ): Bare<GetBucketOwnershipControlsCommandOutput> => {
    const { ownership } = findBucket(call).settings;
    if (ownership === null)
      throw new AwsError('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', 404);
    return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } };
  },

  PutBucketOwnershipControls: (call: Call<PutBucketOwnershipControlsCommandInput>): object => {
    findBucket(call).settings.ownership = call.input.OwnershipControls?.Rules?.[0]?.ObjectOwnership ?? null;
    return {};
  },

  GetBucketAcl: (call: Call<GetBucketAclCommandInput>): Bare<GetBucketAclCommandOutput> => {
    const { account, settings } = findBucket(call);
    const owner = { ID: hexOf('owner', account) };
    return {
      Owner: owner,
      Grants: [{ Grantee: { ...owner, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }, ...settings.grants],
    };
  },

  PutBucketAcl: (call: Call<PutBucketAclCommandInput>): object => {
    const { settings } = findBucket(call);
    if (settings.ownership === 'BucketOwnerEnforced')
      throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
    const everybody = { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' } as const;
    settings.grants = call.input.ACL === 'public-read' ? [{ Grantee: everybody, Permission: 'READ' }] : [];
    return {};
  },

  GetBucketVersioning: (call: Call<GetBucketVersioningCommandInput>): Bare<GetBucketVersioningCommandOutput> =>
    findBucket(call).settings.versioning,

  PutBucketVersioning: (call: Call<PutBucketVersioningCommandInput>): object => {
    findBucket(call).settings.versioning = { ...call.input.VersioningConfiguration };
    return {};
  },

  GetBucketLifecycleConfiguration: (
    call: Call<GetBucketLifecycleConfigurationCommandInput>,
  ): Bare<GetBucketLifecycleConfigurationCommandOutput> => {
    const { lifecycle } = findBucket(call).settings;
    if (lifecycle === null)
      throw new AwsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
    return { Rules: lifecycle };
  },

  PutBucketLifecycleConfiguration: (call: Call<PutBucketLifecycleConfigurationCommandInput>): object => {
    findBucket(call).settings.lifecycle = call.input.LifecycleConfiguration?.Rules ?? null;
    return {};
  },

  DeleteBucketLifecycle: (call: Call<{ Bucket: string | undefined }>): object => {
    findBucket(call).settings.lifecycle = null;
    return {};
  },

  GetBucketEncryption: (call: Call<GetBucketEncryptionCommandInput>): Bare<GetBucketEncryptionCommandOutput> => ({
    ServerSideEncryptionConfiguration: { Rules: findBucket(call).settings.encryption },
  }),

  PutBucketEncryption: (call: Call<PutBucketEncryptionCommandInput>): object => {
    findBucket(call).settings.encryption = call.input.ServerSideEncryptionConfiguration?.Rules ?? [];
    return {};
  },

  GetBucketLogging: (call: Call<GetBucketLoggingCommandInput>): Bare<GetBucketLoggingCommandOutput> => {
    const { logging } = findBucket(call).settings;
    return logging === null ? {} : { LoggingEnabled: logging };
  },

  GetBucketRequestPayment: (
    call: Call<GetBucketRequestPaymentCommandInput>,
  ): Bare<GetBucketRequestPaymentCommandOutput> => ({
    Payer: findBucket(call).settings.requesterPays ? 'Requester' : 'BucketOwner',
  }),

  PutBucketRequestPayment: (call: Call<PutBucketRequestPaymentCommandInput>): object => {
    findBucket(call).settings.requesterPays = call.input.RequestPaymentConfiguration?.Payer === 'Requester';
    return {};
  },

  PutBucketLogging: (call: Call<PutBucketLoggingCommandInput>): object => {
    findBucket(call).settings.logging = call.input.BucketLoggingStatus?.LoggingEnabled ?? null;
    return {};
  },
};

const noPolicy = () => new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);

const PolicyDocument = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(['Allow', 'Deny']),
      Principal: z.union([z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))]).optional(),
      Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
    }),
  ),
});

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Conditions on these keys with fixed values keep a policy from being public. Source: S3 user guide, "The meaning of 'public'". */
const narrowing =
  /^aws:(?:SourceArn|SourceAccount|SourceOrgID|SourceVpc|SourceVpce|SourceOwner|PrincipalOrgID|PrincipalArn|PrincipalAccount|UserId)$/i;

/** Whether a bucket's policy lets the world in. */
export function isPublic(policy: string): boolean {
  const document = PolicyDocument.safeParse(parsedJson(policy));
  if (!document.success) return false;
  return document.data.Statement.some(({ Effect, Principal, Condition = {} }) => {
    const principals = typeof Principal === 'string' ? [Principal] : [Principal?.['AWS'] ?? []].flat();
    const narrowed = Object.values(Condition).some((keys) => Object.keys(keys).some((key) => narrowing.test(key)));
    return Effect === 'Allow' && principals.includes('*') && !narrowed;
  });
}
