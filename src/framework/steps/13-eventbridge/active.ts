import { type Asking, ask } from '../../asks.ts';
import { describeLogStreams } from '../../calls/logs.ts';
import { type About, type Check, type RegionScope, regionCheck } from '../../check.ts';
import { globalRegion } from '../../estate.ts';
import { type Judged, notApplicable } from '../../verdict.ts';
import { streamsOf } from '../02-cloudtrail/archive.ts';
import { logGroupOf, organizationTrails } from '../02-cloudtrail/facts.ts';

/**
 * Whether anything ever happened in a region: the trail's log group has a stream for each account and region that wrote to
 * it, and one call tells of all regions of an account. Where that cannot be read, a region counts as active.
 */
export function* isActive({ estate, account, region }: RegionScope): Asking<boolean> {
  const { home } = estate;
  if (region === globalRegion(home.partition)) return true;
  const trails = yield* organizationTrails(estate);
  const [group] = trails.is === 'value' ? trails.value.flatMap(({ trail }) => logGroupOf(trail) ?? []) : [];
  if (group === undefined) return true;
  const streams = yield* ask(
    describeLogStreams,
    { account: group.account, region: group.region },
    { logGroupName: group.name, logStreamNamePrefix: streamsOf(estate, account.id) },
  );
  if (streams.is !== 'value' || streams.value.logStreams.length === 0) return true;
  // A busy region has several, numbered at their ends.
  return streams.value.logStreams.some(
    ({ logStreamName = '' }) => logStreamName.split('_CloudTrail_')[1]?.split('_')[0] === region,
  );
}

/** A check of the regions in which something happened: in the others it does not apply, and nothing is asked there. */
export const activeRegionCheck = <Facts>(
  about: About,
  facts: (scope: RegionScope) => Asking<Facts>,
  judge: (facts: Facts, scope: RegionScope) => Judged[],
): Check =>
  regionCheck(
    about,
    function* (scope): Asking<{ facts: Facts } | null> {
      return (yield* isActive(scope)) ? { facts: yield* facts(scope) } : null;
    },
    (known, scope) =>
      known === null
        ? [notApplicable({ account: scope.account.id, region: scope.region }, 'Nothing ever happened in this region.')]
        : judge(known.facts, scope),
  );
