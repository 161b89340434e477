import { constants, generateKeyPairSync, type KeyObject, privateEncrypt } from 'node:crypto';
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
  GetPublicKeyRequest,
  GetPublicKeyResponse,
  KeyMetadata,
  PutKeyPolicyRequest,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
  SignRequest,
  SignResponse,
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
  /** An RSA_2048 for SIGN_VERIFY; else it encrypts. */
  signs: boolean;
}

const trailKeyId = '4f0e2f0c-6d1b-4b8e-9a55-2a7c3c1d9e10';

/** The key of the organization's trail and its bucket, in the log archive. */
export const trailKeyArn = ({ trail }: Organization): string =>
  `arn:aws:kms:${trail.region}:${trail.account}:key/${trailKeyId}`;

const signingKeyId = '8c2f1d3e-5b6a-4c7d-9e8f-0a1b2c3d4e5f';

/** A key of the home account that signs. */
export const signingKeyArn = ({ trail, homeAccount }: Pick<Organization, 'trail' | 'homeAccount'>): string =>
  `arn:aws:kms:${trail.region}:${homeAccount}:key/${signingKeyId}`;

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
      signs: false,
    },
    {
      account: organization.homeAccount,
      region,
      id: signingKeyId,
      description: 'Signs digests',
      created: organization.attack.from,
      state: 'Enabled',
      deletion: null,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [ownersStatement(organization.homeAccount)],
      }),
      signs: true,
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
        signs: input.KeySpec === 'RSA_2048',
        policy: input.Policy ?? JSON.stringify({ Version: '2012-10-17', Statement: [ownersStatement(account)] }),
      };
      keys.push(key);
      return { KeyMetadata: metadataOf(key) };
    },

    DescribeKey: (call: Call<DescribeKeyRequest>): DescribeKeyResponse => ({ KeyMetadata: metadataOf(foundKey(call)) }),

    GetPublicKey: (call: Call<GetPublicKeyRequest>): GetPublicKeyResponse => {
      const key = foundKey(call);
      return {
        KeyId: arnOf(key),
        PublicKey: pairOf(key).publicKey.export({ format: 'der', type: 'spki' }),
        KeySpec: 'RSA_2048',
        KeyUsage: 'SIGN_VERIFY',
        SigningAlgorithms: ['RSASSA_PKCS1_V1_5_SHA_256'],
      };
    },

    /** Of a digest alone. Source: RFC 8017, 9.2, where the digest stands behind its algorithm. */
    Sign: (call: Call<SignRequest>): SignResponse => {
      const key = foundKey(call);
      const { Message = new Uint8Array(), MessageType, SigningAlgorithm } = call.input;
      const { privateKey } = pairOf(key);
      if (key.state !== 'Enabled') throw new AwsError('DisabledException', `${arnOf(key)} is disabled.`);
      if (MessageType !== 'DIGEST' || SigningAlgorithm !== 'RSASSA_PKCS1_V1_5_SHA_256' || Message.length !== 32)
        throw new AwsError('ValidationException', 'Digest is invalid length for algorithm RSASSA_PKCS1_V1_5_SHA_256.');
      const named = Buffer.concat([sha256Prefix, Message]);
      const Signature = privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, named);
      return { KeyId: arnOf(key), Signature, SigningAlgorithm };
    },

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

/** DigestInfo of SHA-256. */
const sha256Prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');

type Pair = { publicKey: KeyObject; privateKey: KeyObject };

const pairs = new WeakMap<Key, Pair>();

/** The halves of a key, made when they are first used. */
function pairOf(key: Key): Pair {
  if (key.signs) {
    const pair = pairs.get(key) ?? generateKeyPairSync('rsa', { modulusLength: 2048 });
    pairs.set(key, pair);
    return pair;
  }
  throw new AwsError('InvalidKeyUsageException', `${arnOf(key)} key usage is ENCRYPT_DECRYPT which is not valid.`);
}

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
  KeyUsage: key.signs ? 'SIGN_VERIFY' : 'ENCRYPT_DECRYPT',
  KeyState: key.state,
  DeletionDate: key.deletion ?? undefined,
  Origin: 'AWS_KMS',
  KeyManager: 'CUSTOMER',
  ...(key.signs
    ? { KeySpec: 'RSA_2048', SigningAlgorithms: ['RSASSA_PKCS1_V1_5_SHA_256'] }
    : { KeySpec: 'SYMMETRIC_DEFAULT', EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }),
  MultiRegion: false,
});
