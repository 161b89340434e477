import type { Answer } from '../../asks.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../estate.ts';
import { fail, type Judged, type Spot } from '../../verdict.ts';
import { type DetectorPlace, detectorArn, type RegionFacts } from './facts.ts';

/**
 * Judges what was asked of the administrator's detector in each region. Without a detector there the rows follow from
 * gd-admin, which says so.
 */
export const judgeRegions = <Facts>(
  regions: readonly RegionFacts<Facts>[],
  estate: Estate,
  judge: (facts: Facts, spot: Spot, central: DetectorPlace) => Judged[],
): Judged[] =>
  regions.flatMap(({ region, central, facts }) => {
    if (central.is === 'value' && facts !== null) {
      const spot = { account: central.value.account, region, resource: detectorArn(estate, central.value) };
      return judge(facts, spot, central.value);
    }
    const spot = { account: organizationSpot(estate).account, region };
    return central.is === 'unknown' ? [unknownFrom(spot, central)] : [withoutDetector(spot, central)];
  });

const withoutDetector = (spot: Spot, central: Answer<unknown>): Judged =>
  fail(spot, central.is === 'absent' ? central.message : 'There is no detector to ask.', { cause: 'gd-admin' });

/** What an answer does not say: an absent one is a fail of what should be there. */
export const notKnown = (spot: Spot, answer: Exclude<Answer<unknown>, { is: 'value' }>): Judged =>
  answer.is === 'unknown' ? unknownFrom(spot, answer) : fail(spot, answer.message);
