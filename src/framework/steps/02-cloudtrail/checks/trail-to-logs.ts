import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass, unknown } from '../../../verdict.ts';
import {
  type AllTrails,
  allTrails,
  decided,
  isLogging,
  isStarting,
  logGroupOf,
  since,
  type TrailFacts,
  trailSpot,
  within,
  withoutTrail,
} from '../facts.ts';

const about: About = {
  id: 'trail-to-logs',
  version: 1,
  title: 'The trail sends to CloudWatch Logs',
  severity: 'high',
  why: 'Metric filters, alarms and searches beyond 90 days stand on the log group.',
  passes: 'A log group is set and something arrived in it within the last hour, without an error.',
  fix: 'aws cloudtrail update-trail --name {resource} --cloud-watch-logs-log-group-arn LOG-GROUP-ARN --cloud-watch-logs-role-arn ROLE-ARN --region {region}',
  references: [
    'CIS v1.4 3.4',
    'Security Hub CloudTrail.5',
    'SRA-CLOUDTRAIL-05',
    'SRA-CLOUDTRAIL-09',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html',
  ],
};

const freshMs = 3_600_000;

export const check = organizationCheck(about, allTrails, judge);

function judge(trails: AllTrails, estate: Estate): Judged[] {
  return withoutTrail(trails, estate) ?? decided(trails.meant.map((facts) => judgeTrail(facts, estate)));
}

function judgeTrail(facts: TrailFacts, estate: Estate): Judged {
  const spot = trailSpot(facts, estate);
  const { trail, status } = facts;
  const group = logGroupOf(trail);
  if (group === null) return fail(spot, `The trail ${trail.Name} has no log group.`);
  if (status.is === 'unknown') return unknownFrom(spot, status);
  if (!isLogging(facts) || status.is === 'absent')
    return fail(spot, `The trail ${trail.Name} is off, so nothing comes into ${group.name}.`, {
      cause: 'trail-org-wide',
    });
  const { LatestCloudWatchLogsDeliveryError: error, LatestCloudWatchLogsDeliveryTime: at } = status.value;
  if (error !== undefined && error !== '')
    return fail(spot, `Nothing arrives in ${group.name}: ${error}, last ${since(at, estate.now)}.`, {
      proof: 'proven',
    });
  if (within(at, freshMs, estate.now))
    return pass(spot, `Last delivery to ${group.name} ${since(at, estate.now)}.`, { proof: 'proven' });
  if (at === undefined && isStarting(status.value, estate.now))
    return unknown(spot, 'pending', `Nothing has arrived in ${group.name} yet.`);
  return fail(spot, `The last delivery to ${group.name} was ${since(at, estate.now)}.`, { proof: 'proven' });
}
