import { globMatches } from '../../../../words/glob.ts';
import type { Asking } from '../../../asks.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { recordedOf } from '../data-events.ts';
import { arnOf, type Buckets, buckets, type Others, others } from '../facts.ts';

const about: About = {
  id: 's3-data-events',
  version: 1,
  title: 'Reads and writes of sensitive buckets are in the trail',
  severity: 'medium',
  why: 'Access logs are late and may miss requests; data events come in minutes and name who stood behind a session.',
  passes:
    'For each bucket of framework.sensitiveBuckets a trail that is on records all reads and all writes of objects.',
  fix: 'aws cloudtrail put-event-selectors --trail-name TRAIL --advanced-event-selectors \'[{"Name":"Management","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]},{"Name":"Objects","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["{resource}/"]}]}]\' --region REGION',
  references: [
    'CIS v3.0 3.8',
    'CIS v3.0 3.9',
    'CIS v6.0 4.8',
    'CIS v6.0 4.9',
    'Security Hub S3.22',
    'Security Hub S3.23',
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html',
  ],
};

interface Facts {
  buckets: Buckets | null;
  others: ReadonlyMap<string, Others>;
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const { sensitiveBuckets } = scope.estate.settings;
  if (sensitiveBuckets.length === 0) return { buckets: null, others: new Map() };
  const found = yield* buckets(scope);
  const regions = found.all.is === 'value' ? sensitive(found.all.value, scope).map(({ place }) => place.region) : [];
  return { buckets: found, others: yield* others(scope, [...new Set(regions)]) };
}

const sensitive = <Named extends { name: string }>(all: readonly Named[], { estate }: AccountScope): Named[] =>
  all.filter(({ name }) => estate.settings.sensitiveBuckets.some((pattern) => globMatches(pattern, name)));

function judge({ buckets, others }: Facts, scope: AccountScope): Judged[] {
  const spot = { account: scope.account.id, region: 'global' };
  if (buckets === null) return [notApplicable(spot, 'No bucket is named in framework.sensitiveBuckets.')];
  if (buckets.all.is === 'unknown') return [unknownFrom(spot, buckets.all)];
  const meant = buckets.all.is === 'value' ? sensitive(buckets.all.value, scope) : [];
  if (meant.length === 0) return [notApplicable(spot, 'The account has no bucket of framework.sensitiveBuckets.')];
  return meant.map(({ name, place }) => {
    const at = { ...place, resource: arnOf(scope.estate, name) };
    const trails = others.get(place.region)?.trails;
    const recorded = (trails?.trails ?? []).map(({ selectors }) => recordedOf(selectors, name));
    const missing = (['read', 'write'] as const).filter((half) => !recorded.some((one) => one[half]));
    if (missing.length === 0) return pass(at, `Trails record all reads and writes of ${name}.`);
    if (trails?.trouble != null) return unknownFrom(at, trails.trouble);
    return fail(at, `No trail that is on records every ${missing.join(' and every ')} of objects in ${name}.`);
  });
}
