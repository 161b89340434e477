import { type Answer, type Asking, all, ask, together } from '../../../asks.ts';
import { type Simulated, simulateCustomPolicy } from '../../../calls/iam.ts';
import type { About } from '../../../check.ts';
import { activeAccounts, globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type ArchiveScope, archiveCheck, archiveSpot, bucketPolicy, trustedAccounts } from '../facts.ts';

const about: About = {
  id: 'archive-isolated',
  version: 1,
  title: 'Administrators of other accounts cannot reach the archive',
  severity: 'critical',
  why: 'An attacker who has taken over an account has its administrators’ rights: the archive must hold against them.',
  passes:
    'The policy simulator refuses a full administrator of a workload account to read, write, delete or reopen the archive.',
  fix: 'aws s3api put-bucket-policy --bucket {name} --policy file://archive-policy.json --region {region}',
  references: [
    'https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html',
    'https://docs.aws.amazon.com/prescriptive-guidance/latest/security-reference-architecture/log-archive.html',
  ],
};

const administrator = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const onObjects = ['s3:GetObject', 's3:DeleteObject', 's3:PutObject'];
const onBucket = ['s3:PutBucketPolicy', 's3:ListBucket'];
/** Accounts for which it is tried. */
const tried = 3;

interface Facts {
  policy: Answer<string>;
  callers: readonly string[];
  simulated: Answer<readonly { caller: string; result: Simulated }[]> | null;
}

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  const policy = yield* bucketPolicy(scope);
  const trusted = trustedAccounts(scope);
  const callers = activeAccounts(scope.estate)
    .map(({ id }) => id)
    .filter((id) => !trusted.has(id))
    .slice(0, tried)
    .map((id) => `arn:${scope.estate.home.partition}:iam::${id}:user/administrator`);
  if (policy.is !== 'value' || callers.length === 0) return { policy, callers, simulated: null };
  const answers = yield* all(callers.map((caller) => simulate(scope, policy.value, caller)));
  const known = together(answers);
  return { policy, callers, simulated: known.is === 'value' ? { ...known, value: known.value.flat() } : known };
}

/** What the archive's policy says to a full administrator of another account; nothing is touched. */
function* simulate(
  { estate, archive }: ArchiveScope,
  ResourcePolicy: string,
  caller: string,
): Asking<Answer<readonly { caller: string; result: Simulated }[]>> {
  const account = caller.split(':')[4] ?? '';
  const bucket = `arn:${estate.home.partition}:s3:::${archive.bucket}`;
  const object = `${bucket}/${archive.prefix}AWSLogs/${account}/probe.json.gz`;
  const { organization } = estate;
  const string = (ContextKeyName: string, value: string, ContextKeyType = 'string') => ({
    ContextKeyName,
    ContextKeyType,
    ContextKeyValues: [value],
  });
  const ContextEntries = [
    string('aws:PrincipalArn', caller),
    string('aws:PrincipalAccount', account),
    string('aws:SecureTransport', 'true', 'boolean'),
    // What a caller sets as they like, and what services alone set: a person's own call has none.
    string('s3:x-amz-acl', 'bucket-owner-full-control'),
    string('aws:SourceArn', caller),
    ...(organization.is === 'value' ? [string('aws:PrincipalOrgID', organization.value.id)] : []),
  ];
  const request = {
    PolicyInputList: [administrator],
    ResourcePolicy,
    ResourceOwner: `arn:${estate.home.partition}:iam::${archive.place.account}:root`,
    CallerArn: caller,
    ContextEntries,
  };
  const place = globalPlace(estate, archive.place.account);
  const answers = yield* all([
    ask(simulateCustomPolicy, place, { ...request, ActionNames: onObjects, ResourceArns: [object] }),
    ask(simulateCustomPolicy, place, { ...request, ActionNames: onBucket, ResourceArns: [bucket] }),
  ]);
  const known = together(answers);
  if (known.is !== 'value') return known;
  return {
    ...known,
    value: known.value.flatMap(({ EvaluationResults }) => EvaluationResults.map((result) => ({ caller, result }))),
  };
}

function judge({ policy, callers, simulated }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  if (policy.is === 'unknown') return [unknownFrom(spot, policy)];
  if (policy.is === 'absent') return [pass(spot, 'Without a policy nobody outside the account gets in.')];
  if (callers.length === 0 || simulated === null)
    return [notApplicable(spot, 'No account of this run is outside the log archive and the security accounts.')];
  if (simulated.is === 'unknown') return [unknownFrom(spot, simulated)];
  if (simulated.is === 'absent') return [unknown(spot, 'not asked', simulated.message)];
  const open = simulated.value.filter(({ result }) => result.EvalDecision.toLowerCase() === 'allowed');
  const missing = [...new Set(simulated.value.flatMap(({ result }) => result.MissingContextValues))];
  const certain = open.filter(({ result }) => result.MissingContextValues.length === 0);
  const proof = { proof: 'proven' } as const;
  if (certain.length > 0) {
    const actions = [...new Set(certain.map(({ result }) => result.EvalActionName))];
    const accounts = [...new Set(certain.map(({ caller }) => caller.split(':')[4]))];
    return [
      fail(spot, `An administrator of ${accounts.join(', ')} may do ${actions.join(', ')} in the archive.`, proof),
    ];
  }
  if (missing.length > 0)
    return [
      unknown(
        spot,
        'not asked',
        `The simulation depends on ${missing.join(', ')}, which it was not told: it proves nothing.`,
      ),
    ];
  const odd = simulated.value.find(({ result }) => !/^(?:explicit|implicit)Deny$/i.test(result.EvalDecision));
  if (odd !== undefined)
    return [
      unknown(spot, 'not asked', `The simulation gave a word that is not known here: ${odd.result.EvalDecision}.`),
    ];
  return [
    pass(
      spot,
      `Simulated for administrators of ${callers.length} accounts: reading, writing, deleting and changing the policy are refused.`,
      proof,
    ),
  ];
}
