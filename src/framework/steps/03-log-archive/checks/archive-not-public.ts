import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import { type CheckedPolicy, checkNoPublicAccess } from '../../../calls/access-analyzer.ts';
import {
  getBucketAcl,
  getBucketOwnershipControls,
  getBucketPolicyStatus,
  getPublicAccessBlock,
  type PublicAccessBlock,
} from '../../../calls/s3.ts';
import { getAccountPublicAccessBlock } from '../../../calls/s3-control.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import { type ArchiveScope, archiveCheck, archiveSpot, bucketPolicy } from '../facts.ts';

const about: About = {
  id: 'archive-not-public',
  version: 2,
  title: 'The archive is not public',
  severity: 'critical',
  daily: true,
  why: 'Logs name every account, role and address: the map that an attacker wants first.',
  passes:
    'Public access is blocked by the bucket or its account, and neither policy nor ACL opens it. Proven where framework.paidChecks is on: Access Analyzer then reasons over the whole policy, which AWS charges for by the call.',
  fix: 'aws s3api put-public-access-block --bucket {name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true --region {region}\naws s3api put-bucket-policy --bucket {name} --policy file://archive-policy.json --region {region} # without the statement that opens it',
  references: [
    'Security Hub CloudTrail.6',
    'SRA-S3-01',
    'SRA-S3-02',
    'SRA-S3-03',
    'SRA-S3-04',
    'https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
  ],
};

const settings = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

interface Facts {
  block: Answer<PublicAccessBlock>;
  /** Of the account; null: that of the bucket suffices. */
  accountBlock: Answer<PublicAccessBlock> | null;
  policy: Answer<{ PolicyStatus: { IsPublic?: boolean | undefined } }>;
  /** What Access Analyzer says of the policy; null: it is not asked, as there is none or it may cost nothing. */
  reasoned: Answer<CheckedPolicy> | null;
  /** Whom the ACL opens it to; null where ACLs are void. */
  grants: Answer<{ Grants: readonly { Grantee?: { URI?: string | undefined } | undefined }[] }> | null;
}

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  const { archive } = scope;
  const input = { Bucket: archive.bucket };
  const block = yield* ask(getPublicAccessBlock, archive.place, input);
  const accountBlock =
    missing([block]).length === 0
      ? null
      : yield* ask(getAccountPublicAccessBlock, archive.place, { AccountId: archive.place.account });
  const policy = yield* ask(getBucketPolicyStatus, archive.place, input);
  const ownership = yield* ask(getBucketOwnershipControls, archive.place, input);
  const enforced =
    ownership.is === 'value' &&
    ownership.value.OwnershipControls.Rules.some(
      ({ ObjectOwnership = '' }) => ObjectOwnership.toLowerCase() === 'bucketownerenforced',
    );
  const grants = enforced ? null : yield* ask(getBucketAcl, archive.place, input);
  return { block, accountBlock, policy, reasoned: yield* reasonedOver(scope), grants };
}

function* reasonedOver(scope: ArchiveScope): Asking<Facts['reasoned']> {
  if (!scope.estate.settings.paidChecks) return null;
  const policy = yield* bucketPolicy(scope);
  if (policy.is !== 'value') return policy.is === 'absent' ? null : policy;
  const input = { policyDocument: policy.value, resourceType: 'AWS::S3::Bucket' };
  return yield* ask(checkNoPublicAccess, scope.archive.place, input);
}

/** Settings that none of the blocks has: of bucket and account the stricter counts. */
const missing = (blocks: readonly (Answer<PublicAccessBlock> | null)[]): string[] =>
  settings.filter(
    (name) => !blocks.some((block) => block?.is === 'value' && block.value.PublicAccessBlockConfiguration[name]),
  );

function judge({ block, accountBlock, policy, reasoned, grants }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  const result = reasoned?.is === 'value' ? reasoned.value.result : undefined;
  if (reasoned?.is === 'value' && isWord(result, 'FAIL')) {
    const why = reasoned.value.reasons[0]?.description ?? 'it gives no reason';
    return [fail(spot, `Access Analyzer finds that the policy opens the archive: ${why}`, { proof: 'proven' })];
  }
  const open = [
    ...(policy.is === 'value' && policy.value.PolicyStatus.IsPublic === true ? ['its policy'] : []),
    ...(grants?.is === 'value' && grants.value.Grants.some(({ Grantee }) => isEverybody(Grantee?.URI))
      ? ['its ACL']
      : []),
  ];
  if (open.length > 0) return [fail(spot, `The archive is opened to the world by ${open.join(' and ')}.`)];
  const lost = missing([block, accountBlock]);
  const dark = [...(lost.length > 0 ? [block, accountBlock] : []), policy, reasoned, grants].find(
    (answer) => answer?.is === 'unknown',
  );
  if (dark?.is === 'unknown') return [unknownFrom(spot, dark)];
  if (lost.length > 0) return [fail(spot, `Public access is not blocked: ${lost.join(', ')} is off.`)];
  if (result !== undefined && !isWord(result, 'PASS'))
    return [unknown(spot, 'not asked', `Access Analyzer says ${result} of the policy, a word that is not known.`)];
  const by = accountBlock === null ? 'by the bucket' : 'by the account';
  return [
    pass(spot, `Public access is blocked ${by}, and neither policy nor ACL opens the archive.`, {
      proof: result === undefined ? 'configured' : 'proven',
    }),
  ];
}

/** Source: S3 user guide, "Amazon S3 predefined groups". */
const isEverybody = (uri = ''): boolean => /\/groups\/global\/(?:AllUsers|AuthenticatedUsers)$/.test(uri);
