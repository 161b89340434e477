import type { Answer, Asking } from '../../../asks.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { speaksOf, statementsOf } from '../../../policies.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import {
  type ArchiveScope,
  archiveCheck,
  archiveSpot,
  type DefaultEncryption,
  defaultEncryption,
  type KeyFacts,
  keyFacts,
  strangersOf,
  trustedAccounts,
} from '../facts.ts';

const about: About = {
  id: 'archive-encrypted',
  version: 1,
  title: 'The archive is encrypted with a key that few may use',
  severity: 'medium',
  why: 'A key is a second lock: whoever gets into the bucket still reads nothing.',
  passes: 'The bucket encrypts with a KMS key of the log archive, whose policy lets named principals alone decrypt.',
  fix: `aws s3api put-bucket-encryption --bucket {name} --server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"KEY-ARN"},"BucketKeyEnabled":true}]}' --region {region}`,
  references: ['https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html'],
};

interface Facts {
  encryption: Answer<DefaultEncryption>;
  key: KeyFacts | null;
}

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  const encryption = yield* defaultEncryption(scope);
  const key = encryption.is === 'value' ? encryption.value.key : null;
  return { encryption, key: key === null ? null : yield* keyFacts(key, scope) };
}

function judge({ encryption, key }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  if (encryption.is === 'unknown') return [unknownFrom(spot, encryption)];
  const { algorithm = 'none' } = encryption.is === 'value' ? encryption.value : {};
  if (!/^aws:kms(?::dsse)?$/i.test(algorithm) || key === null)
    return [fail(spot, `The archive is encrypted by ${algorithm} without a key of your own.`)];
  if (key.account !== scope.archive.place.account)
    return [fail(spot, `The key ${key.id} belongs to the account ${key.account}, not to the log archive.`)];
  if (key.state.is === 'value' && key.state.value.KeyMetadata.KeyManager?.toUpperCase() === 'AWS')
    return [fail(spot, `The key ${key.id} is one of AWS: its policy is not yours to narrow.`)];
  if (key.policy.is === 'unknown') return [unknownFrom(spot, key.policy)];
  if (key.policy.is === 'absent')
    return [fail(spot, `The key ${key.id} does not exist.`, { cause: 'archive-key-alive' })];
  const statements = statementsOf(key.policy.value);
  if (statements === null) return [unknown(spot, 'not asked', `The policy of the key ${key.id} cannot be read.`)];
  const trusted = trustedAccounts(scope);
  const strangers = statements
    .filter((statement) => statement.effect === 'Allow' && speaksOf(statement, 'kms:Decrypt'))
    .flatMap((statement) => strangersOf(statement, trusted));
  return strangers.length === 0
    ? [pass(spot, `The archive is encrypted with ${key.id}, which named principals alone may use.`)]
    : [fail(spot, `The key ${key.id} lets ${strangers.join(', ')} decrypt.`)];
}
