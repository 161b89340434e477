import type {
  CancelKeyDeletionRequest,
  CancelKeyDeletionResponse,
  CreateKeyRequest,
  CreateKeyResponse,
  DescribeKeyRequest,
  DescribeKeyResponse,
  DisableKeyRequest,
  EnableKeyRequest,
  GetKeyPolicyRequest,
  GetKeyPolicyResponse,
  KeyMetadata,
  PutKeyPolicyRequest,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
} from '@aws-sdk/client-kms';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { dayMs, hexOf } from '../../organization/stable.ts';
import { AwsError, type Call, type Service } from '../service.ts';

/** A customer's key. */
interface Key {
  account: string;
  region: string;
  id: string;
  description: string;
  created: Date;
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  deletion: Date | null;
  policy: string;
}

const trailKeyId = '4f0e2f0c-6d1b-4b8e-9a55-2a7c3c1d9e10';

/** The key of the organization's trail and its bucket, in the log archive. */
export const trailKeyArn = ({ trail }: Organization): string =>
  `arn:aws:kms:${trail.region}:${trail.account}:key/${trailKeyId}`;

/** Whoever administers the account may use the key as their own policies say. */
const ownersStatement = (account: string) => ({
  Sid: 'EnableIAMUserPermissions',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
});

const trailPolicy = ({ trail, homeAccount }: Organization) => ({
  Version: '2012-10-17',
  Statement: [
    ownersStatement(trail.account),
    {
      Sid: 'CloudTrailEncrypts',
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: ['kms:GenerateDataKey*', 'kms:DescribeKey'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
    },
    {
      Sid: 'AuditorsDecrypt',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${homeAccount}:role/security-audit` },
      Action: 'kms:Decrypt',
      Resource: '*',
    },
  ],
});

const keysOf = perOrganization((organization): Key[] => {
  const { account, region } = organization.trail;
  return [
    {
      account,
      region,
      id: trailKeyId,
      description: 'The organization trail and its archive',
      created: organization.accounts.find(({ id }) => id === account)?.joined ?? organization.attack.from,
      state: 'Enabled',
      deletion: null,
      policy: JSON.stringify(trailPolicy(organization)),
    },
  ];
});

/** Changes the state of a key by no call. */
export function changeKey(organization: Organization, arn: string, state: Key['state']): void {
  const key = keysOf(organization).find((one) => arnOf(one) === arn);
  if (key !== undefined) key.state = state;
}

/** Keys of customers. Source: AWS KMS API reference. */
export const kms = {
  signingName: 'kms',
  sdk: () => import('@aws-sdk/client-kms'),
  operations: {
    CreateKey: (call: Call<CreateKeyRequest>): CreateKeyResponse => {
      const { organization, account, region, now, input } = call;
      const keys = keysOf(organization);
      const hex = hexOf('key', account, region, String(keys.length));
      const key: Key = {
        account,
        region,
        id: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-'),
        description: input.Description ?? '',
        created: now,
        state: 'Enabled',
        deletion: null,
        policy: input.Policy ?? JSON.stringify({ Version: '2012-10-17', Statement: [ownersStatement(account)] }),
      };
      keys.push(key);
      return { KeyMetadata: metadataOf(key) };
    },

    DescribeKey: (call: Call<DescribeKeyRequest>): DescribeKeyResponse => ({ KeyMetadata: metadataOf(foundKey(call)) }),

    GetKeyPolicy: (call: Call<GetKeyPolicyRequest>): GetKeyPolicyResponse => ({
      Policy: foundKey(call).policy,
      PolicyName: 'default',
    }),

    PutKeyPolicy: (call: Call<PutKeyPolicyRequest>): object => {
      foundKey(call).policy = call.input.Policy ?? '';
      return {};
    },

    EnableKey: (call: Call<EnableKeyRequest>): object => {
      requireNotDeleted(foundKey(call)).state = 'Enabled';
      return {};
    },

    DisableKey: (call: Call<DisableKeyRequest>): object => {
      requireNotDeleted(foundKey(call)).state = 'Disabled';
      return {};
    },

    ScheduleKeyDeletion: (call: Call<ScheduleKeyDeletionRequest>): ScheduleKeyDeletionResponse => {
      const key = requireNotDeleted(foundKey(call));
      const { PendingWindowInDays = 30 } = call.input;
      key.state = 'PendingDeletion';
      key.deletion = new Date(call.now.getTime() + PendingWindowInDays * dayMs);
      return { KeyId: arnOf(key), DeletionDate: key.deletion, KeyState: key.state, PendingWindowInDays };
    },

    /** The key is disabled afterwards. Source: AWS KMS API reference, CancelKeyDeletion. */
    CancelKeyDeletion: (call: Call<CancelKeyDeletionRequest>): CancelKeyDeletionResponse => {
      const key = foundKey(call);
      if (key.state !== 'PendingDeletion')
        throw new AwsError('KMSInvalidStateException', `${arnOf(key)} is not pending deletion.`);
      key.state = 'Disabled';
      key.deletion = null;
      return { KeyId: arnOf(key) };
    },
  },
} satisfies Service;

const arnOf = ({ account, region, id }: Key): string => `arn:aws:kms:${region}:${account}:key/${id}`;

function foundKey({ organization, account, region, input }: Call<{ KeyId: string | undefined }>): Key {
  const { KeyId = '' } = input;
  const found = keysOf(organization).find(
    (key) => KeyId === arnOf(key) || (key.id === KeyId && key.account === account && key.region === region),
  );
  if (found !== undefined && found.region === region) {
    if (found.account === account) return found;
    throw new AwsError(
      'AccessDeniedException',
      `User: arn:aws:iam::${account}:root is not authorized to perform this on resource: ${KeyId} because no resource-based policy allows it`,
    );
  }
  throw new AwsError(
    'NotFoundException',
    `Key '${KeyId.startsWith('arn:') ? KeyId : `arn:aws:kms:${region}:${account}:key/${KeyId}`}' does not exist`,
  );
}

function requireNotDeleted(key: Key): Key {
  if (key.state === 'PendingDeletion')
    throw new AwsError('KMSInvalidStateException', `${arnOf(key)} is pending deletion.`);
  return key;
}

const metadataOf = (key: Key): KeyMetadata => ({
  AWSAccountId: key.account,
  KeyId: key.id,
  Arn: arnOf(key),
  CreationDate: key.created,
  Enabled: key.state === 'Enabled',
  Description: key.description,
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeyState: key.state,
  DeletionDate: key.deletion ?? undefined,
  Origin: 'AWS_KMS',
  KeyManager: 'CUSTOMER',
  KeySpec: 'SYMMETRIC_DEFAULT',
  CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
  EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
  MultiRegion: false,
});
