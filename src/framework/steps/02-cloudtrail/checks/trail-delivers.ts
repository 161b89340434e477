import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { getTrailStatus, type TrailStatus } from '../../../calls/cloudtrail.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import {
  type AllTrails,
  allTrails,
  isStarting,
  regionsOf,
  since,
  type TrailFacts,
  trailSpot,
  within,
  withoutTrail,
} from '../facts.ts';

const about: About = {
  id: 'trail-delivers',
  version: 1,
  title: 'Log files arrive from every region',
  severity: 'critical',
  daily: true,
  why: 'A trail can be on for weeks while nothing arrives, because its bucket or key refuses it.',
  passes:
    'In each region the last delivery is under an hour old, or a digest shows that there was nothing to deliver, and no error is reported.',
  fix: [
    'aws cloudtrail get-trail-status --name {resource} --region {region}',
    '# the error names what refuses: the policy of the bucket, or that of the key',
    'aws s3api put-bucket-policy --bucket ARCHIVE-BUCKET --policy file://archive-policy.json',
    'aws kms put-key-policy --key-id KEY-ARN --policy file://key-policy.json',
  ].join('\n'),
  references: [
    'SRA-CLOUDTRAIL-08',
    'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html',
  ],
};

const deliveredMs = 3_600_000;
const digestMs = 3 * 3_600_000;

interface Facts {
  trails: AllTrails;
  /** The state of the first trail in each region. */
  regions: readonly { region: string; status: Answer<TrailStatus> }[];
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const trails = yield* allTrails(estate);
  const [best] = trails.meant;
  if (best === undefined) return { trails, regions: [] };
  const { trail, place } = best;
  const regions = trail.IsMultiRegionTrail === true ? regionsOf(estate) : [trail.HomeRegion];
  const statuses = yield* all(
    regions.map((region) => ask(getTrailStatus, { account: place.account, region }, { Name: trail.TrailARN })),
  );
  return { trails, regions: statuses.map((status, at) => ({ region: regions[at] ?? trail.HomeRegion, status })) };
}

function judge({ trails, regions }: Facts, estate: Estate): Judged[] {
  const [best] = trails.meant;
  return (
    withoutTrail(trails, estate) ??
    (best === undefined ? [] : regions.map(({ region, status }) => judgeRegion(best, region, status, estate)))
  );
}

function judgeRegion(facts: TrailFacts, region: string, status: Answer<TrailStatus>, estate: Estate): Judged {
  const spot = { ...trailSpot(facts, estate), region };
  const { Name, SnsTopicARN, LogFileValidationEnabled } = facts.trail;
  const { now } = estate;
  if (status.is === 'unknown') return unknownFrom(spot, status);
  if (status.is === 'absent') return notApplicable(spot, `The trail ${Name} is not seen in this region.`);
  const { IsLogging, LatestDeliveryError, LatestDeliveryTime, LatestNotificationError, LatestDigestDeliveryTime } =
    status.value;
  const last = since(LatestDeliveryTime, now);
  if (IsLogging !== true)
    return fail(spot, `The trail ${Name} is off: last delivery ${last}.`, { cause: 'trail-org-wide' });
  if (LatestDeliveryError !== undefined && LatestDeliveryError !== '')
    return fail(spot, `Nothing arrives: ${LatestDeliveryError}, last delivery ${last}.`, { proof: 'proven' });
  if (SnsTopicARN !== undefined && LatestNotificationError !== undefined && LatestNotificationError !== '')
    return fail(spot, `Log files arrive, their notifications do not: ${LatestNotificationError}.`, {
      proof: 'proven',
      severity: 'medium',
    });
  if (within(LatestDeliveryTime, deliveredMs, now)) return pass(spot, `Last delivery ${last}.`, { proof: 'proven' });
  if (within(LatestDigestDeliveryTime, digestMs, now))
    return pass(
      spot,
      `A quiet region: last delivery ${last}, last digest ${since(LatestDigestDeliveryTime, now)}, no error.`,
      { proof: 'proven' },
    );
  if (isStarting(status.value, now) && LatestDeliveryTime === undefined)
    return unknown(spot, 'pending', `The trail ${Name} was started lately, and nothing has arrived from here yet.`);
  // A digest comes every hour, whether anything happened or not.
  if (LogFileValidationEnabled === true)
    return fail(
      spot,
      `Nothing arrives, and no error says why: last delivery ${last}, last digest ${since(LatestDigestDeliveryTime, now)}.`,
      { proof: 'proven' },
    );
  return pass(spot, `No error is reported, but the last delivery was ${last} and no digest shows why.`, {
    proof: 'stale',
  });
}
