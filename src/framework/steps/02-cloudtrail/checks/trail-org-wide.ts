import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { type AllTrails, allTrails, isLogging, type TrailFacts } from '../facts.ts';

const about: About = {
  id: 'trail-org-wide',
  version: 1,
  title: 'One trail records every account and region',
  severity: 'critical',
  daily: true,
  why: 'What is not recorded cannot be found later, and a trail of one region or account misses the next one.',
  passes: 'A trail of the organization that is on, of all regions, with the events of global services.',
  fix: [
    'aws cloudtrail create-trail --name organization --s3-bucket-name ARCHIVE-BUCKET --is-organization-trail --is-multi-region-trail --enable-log-file-validation --region {region}',
    'aws cloudtrail update-trail --name {resource} --is-organization-trail --is-multi-region-trail --include-global-service-events --region {region}',
    'aws cloudtrail start-logging --name {resource} --region {region}',
  ].join('\n'),
  references: [
    'CIS v3.0 3.1',
    'CIS v5.0 3.1',
    'CIS v6.0 4.1',
    'CIS v7.0 4.1',
    'Security Hub CloudTrail.1',
    'Security Hub CloudTrail.3',
    'SRA-CLOUDTRAIL-01',
    'SRA-CLOUDTRAIL-04',
    'SRA-CLOUDTRAIL-06',
    'SRA-CLOUDTRAIL-07',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html',
  ],
};

export const check = organizationCheck(about, allTrails, judge);

function judge({ meant, others, trouble }: AllTrails, estate: Estate): Judged[] {
  const spot = organizationSpot(estate);
  const good = meant.find((facts) => lacks(facts).length === 0);
  if (good !== undefined) {
    const { TrailARN, HomeRegion, Name } = good.trail;
    const rest = [...meant.filter((facts) => facts !== good), ...others].map(({ trail }) => trail.Name);
    const note = rest.length === 0 ? '' : ` Other trails: ${rest.join(', ')}.`;
    return [
      pass(
        { ...spot, region: HomeRegion, resource: TrailARN },
        `The trail ${Name} records everywhere and is on.${note}`,
      ),
    ];
  }
  if (trouble !== null) return [unknownFrom(spot, trouble)];
  const dark = meant.find(({ status }) => status.is === 'unknown')?.status;
  if (dark?.is === 'unknown') return [unknownFrom(spot, dark)];
  const [nearest] = meant;
  if (nearest === undefined && others.length === 0) return [fail(spot, 'There is no trail at all.')];
  const sentences = [
    ...meant.map((facts) => `${facts.trail.Name} ${lacks(facts).join(' and ')}`),
    ...others.map(({ trail }) => `${trail.Name} ${ofOne(trail.IsMultiRegionTrail === true)}`),
  ];
  const at =
    nearest === undefined ? spot : { ...spot, region: nearest.trail.HomeRegion, resource: nearest.trail.TrailARN };
  return [fail(at, `No trail records every account and region: ${sentences.join('; ')}.`)];
}

const ofOne = (everyRegion: boolean): string =>
  everyRegion ? 'is of one account alone' : 'records one region of one account alone';

/** What is missing for the trail to record everything; none: nothing. */
function lacks(facts: TrailFacts): string[] {
  const { IsMultiRegionTrail, IncludeGlobalServiceEvents } = facts.trail;
  return [
    ...(IsMultiRegionTrail === true ? [] : [`records ${facts.trail.HomeRegion} alone`]),
    ...(IncludeGlobalServiceEvents === true ? [] : ['leaves out global services']),
    ...(isLogging(facts) ? [] : ['is stopped']),
  ];
}
