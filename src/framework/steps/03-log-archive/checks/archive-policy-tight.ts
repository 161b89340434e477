import type { Answer, Asking } from '../../../asks.ts';
import type { ObjectLock } from '../../../calls/s3.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { type Statement, speaksOf, statementsOf } from '../../../policies.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import {
  type ArchiveScope,
  archiveCheck,
  archiveSpot,
  bucketPolicy,
  lockedDays,
  objectLock,
  strangersOf,
  trustedAccounts,
} from '../facts.ts';

const about: About = {
  id: 'archive-policy-tight',
  version: 1,
  title: 'The policy of the archive lets in CloudTrail and named readers alone',
  severity: 'high',
  daily: true,
  why: 'A policy that says a little too much opens every log of every account at once.',
  passes:
    'CloudTrail may write for this trail or organization alone; no account outside log archive and security may read, delete or change; deleting is denied or locked; unencrypted connections are denied.',
  fix: 'aws s3api put-bucket-policy --bucket {name} --policy file://archive-policy.json --region {region}',
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html',
    'https://docs.aws.amazon.com/prescriptive-guidance/latest/security-reference-architecture/log-archive.html',
  ],
};

interface Facts {
  policy: Answer<string>;
  lock: Answer<ObjectLock>;
}

/** What nobody from elsewhere may do. */
const guarded = ['s3:GetObject', 's3:GetObjectVersion', 's3:DeleteObject', 's3:PutBucketPolicy', 's3:PutObject'];
/** What must be denied where nothing is locked. */
const deletions = [
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:DeleteBucket',
  's3:PutLifecycleConfiguration',
  's3:PutBucketPolicy',
];

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  return { policy: yield* bucketPolicy(scope), lock: yield* objectLock(scope) };
}

function judge({ policy, lock }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  if (policy.is === 'unknown') return [unknownFrom(spot, policy)];
  if (policy.is === 'absent') return [fail(spot, 'The archive has no policy: unencrypted connections are not denied.')];
  const statements = statementsOf(policy.value);
  if (statements === null) return [unknown(spot, 'not asked', 'The policy of the archive cannot be read.')];
  const denies = denied(statements);
  const lost = lockedDays(lock) > 0 ? [] : deletions.filter((action) => !denies(action));
  if (lost.length > 0 && lock.is === 'unknown') return [unknownFrom(spot, lock)];
  const wrong = [
    ...openWriters(statements),
    ...strangers(statements, scope),
    ...(lost.length === 0 ? [] : [`${lost.join(', ')} is neither denied nor locked`]),
    ...(deniesPlain(statements) ? [] : ['connections without TLS are not denied']),
  ];
  return wrong.length === 0
    ? [pass(spot, 'The policy lets in CloudTrail and named readers alone.')]
    : [fail(spot, `In the policy of the archive ${wrong.join('; ')}.`)];
}

/** Statements by which CloudTrail writes for whoever asks it to. Source: CloudTrail user guide, "Confused deputy". */
function openWriters(statements: readonly Statement[]): string[] {
  const bound = ({ conditions }: Statement): boolean =>
    conditions.some(
      ({ key, operator, values }) =>
        /^(?:String|Arn)(?:Equals|Like)$/i.test(operator) &&
        ((key === 'aws:sourcearn' && values.every((arn) => /^arn:[\w-]+:cloudtrail:[^:]*:\d{12}:/.test(arn))) ||
          (key === 'aws:sourceorgid' && !values.some((id) => id.includes('*')))),
    );
  return statements
    .filter(
      (statement) =>
        statement.effect === 'Allow' &&
        statement.services.includes('cloudtrail.amazonaws.com') &&
        speaksOf(statement, 's3:PutObject') &&
        !bound(statement),
    )
    .map(
      ({ sid }) =>
        `${sid ?? 'a statement'} lets CloudTrail write for any account (no aws:SourceArn of an account, no aws:SourceOrgID)`,
    );
}

function strangers(statements: readonly Statement[], scope: ArchiveScope): string[] {
  const trusted = trustedAccounts(scope);
  return statements
    .filter((statement) => statement.effect === 'Allow' && guarded.some((action) => speaksOf(statement, action)))
    .flatMap((statement) => {
      const found = strangersOf(statement, trusted);
      const what = statement.notActions.length > 0 ? 'all but some actions' : statement.actions.join(', ');
      return found.length === 0 ? [] : [`${statement.sid ?? 'a statement'} allows ${what} to ${found.join(', ')}`];
    });
}

/** Whether an action is denied to everybody, some named ones left out. */
const denied =
  (statements: readonly Statement[]) =>
  (action: string): boolean =>
    statements.some(
      (statement) =>
        statement.effect === 'Deny' &&
        (statement.notPrincipal || statement.principals.includes('*')) &&
        speaksOf(statement, action) &&
        statement.conditions.every(({ key }) => key.startsWith('aws:principal')),
    );

const deniesPlain = (statements: readonly Statement[]): boolean =>
  statements.some(
    (statement) =>
      statement.effect === 'Deny' &&
      statement.principals.includes('*') &&
      speaksOf(statement, 's3:GetObject') &&
      statement.conditions.some(
        ({ operator, key, values }) =>
          key === 'aws:securetransport' &&
          /^Bool/i.test(operator) &&
          values.some((value) => value.toLowerCase() === 'false'),
      ),
  );
