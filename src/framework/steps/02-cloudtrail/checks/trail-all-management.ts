import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { type EventSelectors, getEventSelectors } from '../../../calls/cloudtrail.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import {
  type AllTrails,
  allTrails,
  decided,
  recordingTrails,
  type TrailFacts,
  trailSpot,
  withoutTrail,
} from '../facts.ts';
import { managementEvents } from '../selectors.ts';

const about: About = {
  id: 'trail-all-management',
  version: 1,
  title: 'Reading and writing management events are recorded, of every service',
  severity: 'high',
  why: 'An attacker looks around before anything is changed, and a service that is left out is where they can work unseen.',
  passes:
    'The selectors of a trail take all management events; KMS and the RDS Data API may be left out for their cost.',
  fix: `aws cloudtrail put-event-selectors --trail-name {resource} --event-selectors '[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":[]}]' --region {region}`,
  references: [
    'Security Hub CloudTrail.1',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html',
  ],
};

/** What CloudTrail lets a trail leave out because of its volume. Source: CloudTrail user guide, "Logging management events". */
const costly = ['kms.amazonaws.com', 'rdsdata.amazonaws.com'];

interface Facts {
  trails: AllTrails;
  selectors: readonly Answer<EventSelectors>[];
}

export const check = organizationCheck(about, facts, judge);

function* facts(estate: Estate): Asking<Facts> {
  const trails = yield* allTrails(estate);
  const selectors = yield* all(
    recordingTrails(trails).map(({ trail, place }) => ask(getEventSelectors, place, { TrailName: trail.TrailARN })),
  );
  return { trails, selectors };
}

function judge({ trails, selectors }: Facts, estate: Estate): Judged[] {
  return (
    withoutTrail(trails, estate) ??
    decided(recordingTrails(trails).flatMap((facts, at) => judgeTrail(facts, selectors[at], estate)))
  );
}

function judgeTrail(facts: TrailFacts, answer: Answer<EventSelectors> | undefined, estate: Estate): Judged[] {
  const spot = trailSpot(facts, estate);
  if (answer === undefined) return [];
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  if (answer.is === 'absent') return [notApplicable(spot, `The trail ${facts.trail.Name} is gone.`)];
  const { read, write, excluded, narrowed } = managementEvents(answer.value);
  const { Name } = facts.trail;
  const lost = excluded.filter((source) => !costly.includes(source.toLowerCase()));
  if (!read || !write) {
    const what = read ? 'no writing' : write ? 'no reading' : 'no';
    const part = narrowed.length === 0 ? '' : ` as a whole (only by ${narrowed.join(', ')})`;
    return [fail(spot, `The trail ${Name} records ${what} management events${part}.`)];
  }
  if (lost.length > 0) return [fail(spot, `The trail ${Name} leaves out ${lost.join(', ')}.`)];
  if (excluded.length > 0)
    return [
      pass(
        spot,
        `The trail ${Name} records all management events but those of ${excluded.join(', ')}, for their cost.`,
        {
          severity: 'low',
        },
      ),
    ];
  return [pass(spot, `The trail ${Name} records all management events.`)];
}
