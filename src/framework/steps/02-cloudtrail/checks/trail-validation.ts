import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import {
  type AllTrails,
  allTrails,
  decided,
  isLogging,
  isStarting,
  since,
  type TrailFacts,
  trailSpot,
  within,
  withoutTrail,
} from '../facts.ts';

const about: About = {
  id: 'trail-validation',
  version: 1,
  title: 'Log files can be shown to be unchanged',
  severity: 'high',
  why: 'Without digests nobody can tell whether a log file was changed or taken away after it was delivered.',
  passes: 'Log file validation is on and a digest came within three hours, without an error.',
  fix: 'aws cloudtrail update-trail --name {resource} --enable-log-file-validation --region {region}',
  references: [
    'CIS v3.0 3.2',
    'CIS v5.0 3.2',
    'CIS v6.0 4.2',
    'CIS v7.0 4.2',
    'Security Hub CloudTrail.4',
    'SRA-CLOUDTRAIL-03',
    'SRA-CLOUDTRAIL-10',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html',
  ],
};

/** Digests come every hour. */
const freshMs = 3 * 3_600_000;

export const check = organizationCheck(about, allTrails, judge);

function judge(trails: AllTrails, estate: Estate): Judged[] {
  return withoutTrail(trails, estate) ?? decided(trails.meant.map((facts) => judgeTrail(facts, estate)));
}

function judgeTrail(facts: TrailFacts, estate: Estate): Judged {
  const spot = trailSpot(facts, estate);
  const { trail, status } = facts;
  if (trail.LogFileValidationEnabled !== true) return fail(spot, `The trail ${trail.Name} writes no digests.`);
  if (status.is === 'unknown') return unknownFrom(spot, status);
  if (!isLogging(facts) || status.is === 'absent')
    return fail(spot, `The trail ${trail.Name} is off, so no digests come.`, { cause: 'trail-org-wide' });
  const { LatestDigestDeliveryError: error, LatestDigestDeliveryTime: at } = status.value;
  if (error !== undefined && error !== '')
    return fail(
      spot,
      `Digests of the trail ${trail.Name} do not arrive: ${error}, last one ${since(at, estate.now)}.`,
      {
        proof: 'proven',
      },
    );
  if (within(at, freshMs, estate.now))
    return pass(spot, `The trail ${trail.Name} wrote a digest ${since(at, estate.now)}.`, { proof: 'proven' });
  if (at === undefined && isStarting(status.value, estate.now))
    return unknown(spot, 'pending', `The trail ${trail.Name} has not written its first digest yet.`);
  return fail(spot, `The last digest of the trail ${trail.Name} came ${since(at, estate.now)}.`, { proof: 'proven' });
}
