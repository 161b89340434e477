import { type Answer, type Asking, ask } from '../../../asks.ts';
import { getBucketVersioning, type ObjectLock } from '../../../calls/s3.ts';
import type { About } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type ArchiveScope, archiveCheck, archiveSpot, inKnownWords, lockedDays, objectLock } from '../facts.ts';

const about: About = {
  id: 'archive-immutable',
  version: 2,
  title: 'What is in the archive cannot be deleted',
  severity: 'high',
  why: 'Whoever covers their tracks deletes the log of them.',
  passes:
    'Object Lock keeps every version for as long as logs must be kept, or versions are kept and deleting them needs MFA.',
  fix: [
    'aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled --region {region}',
    `aws s3api put-object-lock-configuration --bucket {name} --object-lock-configuration '{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"GOVERNANCE","Days":365}}}' --region {region}`,
  ].join('\n'),
  references: [
    'CIS v3.0 2.1.2',
    'CIS v6.0 3.1.2',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html',
  ],
};

interface Facts {
  lock: Answer<ObjectLock>;
  versioning: Answer<{ Status?: string | undefined; MFADelete?: string | undefined }>;
}

export const check = archiveCheck(about, facts, judge);

function* facts(scope: ArchiveScope): Asking<Facts> {
  const { archive } = scope;
  const lock = yield* objectLock(scope);
  const versioning = yield* ask(getBucketVersioning, archive.place, { Bucket: archive.bucket });
  if (versioning.is !== 'value') return { lock, versioning };
  const { Status, MFADelete } = versioning.value;
  return {
    lock,
    versioning: inKnownWords(versioning, 'Versioning of the archive', [
      [Status, ['Enabled', 'Suspended']],
      [MFADelete, ['Enabled', 'Disabled']],
    ]),
  };
}

function judge({ lock, versioning }: Facts, scope: ArchiveScope): Judged[] {
  const spot = archiveSpot(scope);
  const { keepDays } = scope.estate.settings;
  const days = lockedDays(lock);
  if (days >= keepDays) return [pass(spot, `Object Lock keeps every version for ${days} days.`)];
  if (versioning.is === 'value' && isOn(versioning.value.Status) && isOn(versioning.value.MFADelete))
    return [pass(spot, 'Versions are kept, and deleting them needs MFA.')];
  const dark = [lock, versioning].find((answer) => answer.is === 'unknown');
  if (dark?.is === 'unknown') return [unknownFrom(spot, dark)];
  const kept = versioning.is === 'value' && isOn(versioning.value.Status);
  return [
    fail(
      spot,
      days > 0
        ? `Object Lock keeps versions for ${days} days alone, ${keepDays} are wanted.`
        : `There is no Object Lock, and ${kept ? 'deleting versions needs no MFA' : 'versions are not kept'}.`,
    ),
  ];
}

const isOn = (word = ''): boolean => word.toLowerCase() === 'enabled';
