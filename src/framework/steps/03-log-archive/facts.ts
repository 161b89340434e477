import { isWord } from '../../../words/text.ts';
import { type Answer, type Asking, ask, mapped } from '../../asks.ts';
import { describeKey, getKeyPolicy } from '../../calls/kms.ts';
import { getBucketEncryption, getBucketPolicy, getObjectLockConfiguration, type ObjectLock } from '../../calls/s3.ts';
import { type About, type Check, organizationCheck } from '../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../estate.ts';
import { accountOf, narrowedTo, type Statement } from '../../policies.ts';
import { type Judged, notApplicable, type Spot } from '../../verdict.ts';
import { type Archive, archiveOf } from '../02-cloudtrail/archive.ts';
import { organizationTrail, type TrailFacts } from '../02-cloudtrail/facts.ts';

/** The archive of the organization's trail: its bucket, and who owns it. */
export interface ArchiveScope {
  estate: Estate;
  trail: TrailFacts;
  archive: Archive;
}

/** A check of the archive: where there is no trail, or nobody knows whose its bucket is, it says so by itself. */
export const archiveCheck = <Facts>(
  about: About,
  facts: (scope: ArchiveScope) => Asking<Facts>,
  judge: (facts: Facts, scope: ArchiveScope) => Judged[],
): Check =>
  organizationCheck(
    about,
    function* (estate: Estate): Asking<Judged[]> {
      const spot = organizationSpot(estate);
      const trail = yield* organizationTrail(estate);
      if (trail.is === 'unknown') return [unknownFrom(spot, trail)];
      if (trail.is === 'absent')
        return [notApplicable(spot, 'There is no trail that fills an archive: see trail-org-wide.')];
      const archive = yield* archiveOf(estate, trail.value.trail);
      const bucket = `arn:aws:s3:::${trail.value.trail.S3BucketName}`;
      if (archive.is === 'unknown') return [unknownFrom({ ...spot, resource: bucket }, archive)];
      if (archive.is === 'absent') return [notApplicable(spot, archive.message)];
      const scope = { estate, trail: trail.value, archive: archive.value };
      return judge(yield* facts(scope), scope);
    },
    (judged) => judged,
  );

/** Where a verdict on the archive holds. */
export const archiveSpot = ({ archive }: ArchiveScope): Spot & { resource: string } => ({
  ...archive.place,
  resource: `arn:aws:s3:::${archive.bucket}`,
});

/** Accounts whose named principals may read the archive: its own, and those that administer security. */
export function trustedAccounts({ estate, archive }: ArchiveScope): ReadonlySet<string> {
  const { delegated, home, settings } = estate;
  const administrators = delegated.is === 'value' ? [...delegated.value.values()].flat() : [];
  return new Set([
    archive.place.account,
    home.account,
    ...administrators,
    ...(settings.securityAccount === null ? [] : [settings.securityAccount]),
  ]);
}

/**
 * Those of a statement's principals that are outside the trusted accounts, in words. Everybody counts as outside, unless a
 * condition names ARNs or accounts that are trusted.
 */
export function strangersOf(statement: Statement, trusted: ReadonlySet<string>): string[] {
  const { principals, conditions, notPrincipal } = statement;
  if (notPrincipal) return ['everybody but those it names'];
  const accounts = conditions
    .filter(({ operator, key }) => accountKeys.includes(key) && /^StringEquals$/i.test(operator))
    .flatMap(({ values }) => values);
  if (accounts.length > 0 && accounts.every((account) => trusted.has(account))) return [];
  return principals.flatMap((name) => {
    if (name !== '*') return trusted.has(accountOf(name) ?? '') ? [] : [name];
    const arns = narrowedTo(statement);
    if (arns.length > 0) return arns.filter((arn) => !trusted.has(accountOf(arn) ?? ''));
    const organization = conditions.some(({ key }) => key === 'aws:principalorgid' || key === 'aws:principalorgpaths');
    return [organization ? 'the whole organization' : 'everybody'];
  });
}

const accountKeys = ['aws:principalaccount', 'kms:calleraccount'];

/** The archive's own policy: absent where it has none. */
export const bucketPolicy = function* ({ archive }: ArchiveScope): Asking<Answer<string>> {
  return mapped(yield* ask(getBucketPolicy, archive.place, { Bucket: archive.bucket }), ({ Policy }) => Policy);
};

/** Unknown where it is said in words that nobody knows. */
export function* objectLock({ archive }: ArchiveScope): Asking<Answer<ObjectLock>> {
  const answer = yield* ask(getObjectLockConfiguration, archive.place, { Bucket: archive.bucket });
  if (answer.is !== 'value') return answer;
  const { ObjectLockEnabled, Rule } = answer.value.ObjectLockConfiguration;
  return inKnownWords(answer, 'Object Lock of the archive', [
    [ObjectLockEnabled, ['Enabled']],
    [Rule?.DefaultRetention?.Mode, lockModes],
  ]);
}

/** Source: Amazon S3 API reference, DefaultRetention. */
const lockModes = ['COMPLIANCE', 'GOVERNANCE'];

/** An answer whose words are all among those that its API names, else unknown; a word that is left out is no word. */
export function inKnownWords<Value>(
  answer: Answer<Value>,
  subject: string,
  words: readonly (readonly [word: string | undefined, known: readonly string[]])[],
): Answer<Value> {
  const [strange] = words.find(([word, known]) => word !== undefined && !known.some((one) => isWord(word, one))) ?? [];
  if (strange === undefined) return answer;
  const sentence = `${subject} is ${strange}, a word that is not known.`;
  return { is: 'unknown', why: 'not asked', sentence, at: answer.at };
}

/** Days for which no version can be deleted by default; 0: any can. */
export function lockedDays(answer: Answer<ObjectLock>): number {
  if (answer.is !== 'value') return 0;
  const { ObjectLockEnabled, Rule } = answer.value.ObjectLockConfiguration;
  const { Mode, Days, Years = 0 } = Rule?.DefaultRetention ?? {};
  if (!isWord(ObjectLockEnabled, 'Enabled') || Mode === undefined) return 0;
  return Days ?? Years * 365;
}

/** How the bucket encrypts by default. */
export interface DefaultEncryption {
  algorithm: string;
  /** As it is set: an ARN, an id or an alias; null: AWS's own. */
  key: string | null;
}

export function* defaultEncryption({ archive }: ArchiveScope): Asking<Answer<DefaultEncryption>> {
  const answer = yield* ask(getBucketEncryption, archive.place, { Bucket: archive.bucket });
  return mapped(answer, ({ ServerSideEncryptionConfiguration: { Rules } }) => {
    const { SSEAlgorithm = 'AES256', KMSMasterKeyID } = Rules[0]?.ApplyServerSideEncryptionByDefault ?? {};
    return { algorithm: SSEAlgorithm, key: KMSMasterKeyID ?? null };
  });
}

/** A key with its state and policy, asked in the account that owns it. */
export interface KeyFacts {
  id: string;
  account: string;
  state: Answer<{ KeyMetadata: { Arn: string; KeyState?: string | undefined; KeyManager?: string | undefined } }>;
  policy: Answer<string>;
}

export function* keyFacts(id: string, { archive }: ArchiveScope): Asking<KeyFacts> {
  const [, , , region = archive.place.region, account = archive.place.account] = id.split(':');
  const place = { account, region };
  const state = yield* ask(describeKey, place, { KeyId: id });
  const policy = yield* ask(getKeyPolicy, place, { KeyId: id, PolicyName: 'default' });
  return { id, account, state, policy: mapped(policy, ({ Policy = '' }) => Policy) };
}
