import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { describeKey } from '../../../calls/kms.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import {
  type AllTrails,
  allTrails,
  decided,
  recordingTrails,
  type TrailFacts,
  trailSpot,
  withoutTrail,
} from '../facts.ts';

const about: About = {
  id: 'trail-encrypted',
  version: 1,
  title: 'Log files are encrypted with a key of your own',
  severity: 'medium',
  why: 'With a key of your own, reading the bucket is not enough to read the logs, and every reading is recorded.',
  passes: 'The trail names a customer managed KMS key that is enabled.',
  fix: 'aws cloudtrail update-trail --name {resource} --kms-key-id KEY-ARN --region {region}',
  references: [
    'CIS v3.0 3.5',
    'CIS v5.0 3.5',
    'CIS v6.0 4.5',
    'CIS v7.0 4.5',
    'Security Hub CloudTrail.2',
    'SRA-CLOUDTRAIL-02',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html',
  ],
};

type KeyAnswer = Answer<{ KeyMetadata: { KeyState?: string | undefined; KeyManager?: string | undefined } }>;

interface Facts {
  trails: AllTrails;
  /** Null: the trail has none. */
  keys: readonly (KeyAnswer | null)[];
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const trails = yield* allTrails(estate);
  return { trails, keys: yield* all(recordingTrails(trails).map(keyOf)) };
}

function* keyOf({ trail, place }: TrailFacts): Asking<KeyAnswer | null> {
  if (trail.KmsKeyId === undefined || trail.KmsKeyId === '') return null;
  const [, , , region = place.region, account = place.account] = trail.KmsKeyId.split(':');
  return yield* ask(describeKey, { account, region }, { KeyId: trail.KmsKeyId });
}

function judge({ trails, keys }: Facts, estate: Estate): Judged[] {
  return (
    withoutTrail(trails, estate) ??
    decided(recordingTrails(trails).map((facts, at) => judgeTrail(facts, keys[at] ?? null, estate)))
  );
}

function judgeTrail(facts: TrailFacts, key: KeyAnswer | null, estate: Estate): Judged {
  const spot = trailSpot(facts, estate);
  const { Name, KmsKeyId } = facts.trail;
  if (key === null) return fail(spot, `The trail ${Name} has no key of its own: S3 encrypts with its own key.`);
  if (key.is === 'absent') return fail(spot, `The key ${KmsKeyId} of the trail ${Name} does not exist.`);
  if (key.is === 'unknown' && (key.why === 'throttled' || key.why === 'denied by organization'))
    return unknownFrom(spot, key);
  if (key.is === 'unknown')
    return pass(spot, `The trail ${Name} names the key ${KmsKeyId}, which could not be read: ${key.sentence}`);
  const { KeyState = 'unknown', KeyManager = 'unknown' } = key.value.KeyMetadata;
  if (KeyManager.toUpperCase() === 'AWS')
    return fail(spot, `The key ${KmsKeyId} of the trail ${Name} is one of AWS, not your own.`);
  if (KeyState.toLowerCase() === 'enabled') return pass(spot, `The trail ${Name} encrypts with ${KmsKeyId}.`);
  if (['disabled', 'pendingdeletion', 'pendingimport', 'unavailable'].includes(KeyState.toLowerCase()))
    return fail(spot, `The key ${KmsKeyId} of the trail ${Name} is ${KeyState}.`, { cause: 'archive-key-alive' });
  return unknown(spot, 'not asked', `The key ${KmsKeyId} has a state that is not known here: ${KeyState}.`);
}
