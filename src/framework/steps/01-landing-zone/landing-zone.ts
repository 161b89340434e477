import * as z from 'zod';
import { type Answer, type Asking, all, ask, type Place } from '../../asks.ts';
import { getLandingZone, type LandingZone, listLandingZones } from '../../calls/control-tower.ts';
import { type About, type Check, organizationCheck } from '../../check.ts';
import { type Estate, organizationSpot, unknownFrom } from '../../estate.ts';
import { fail, type Judged, notApplicable, type Spot } from '../../verdict.ts';
import { regionsOf } from '../02-cloudtrail/facts.ts';

/** Control Tower's landing zone, and where it is asked about: the management account, in its home region. */
export interface FoundZone {
  zone: LandingZone;
  arn: string;
  place: Place;
}

/** The landing zone, which answers in its home region alone: absent where no region has one. */
export function* landingZone(estate: Estate): Asking<Answer<FoundZone>> {
  const { organization, now } = estate;
  const none: Answer<FoundZone> = {
    is: 'absent',
    error: 'NoLandingZone',
    message: 'There is no Control Tower.',
    at: now,
  };
  if (organization.is !== 'value') return organization.is === 'absent' ? none : organization;
  const account = organization.value.managementAccount;
  const regions = regionsOf(estate);
  const lists = yield* all(regions.map((region) => ask(listLandingZones, { account, region })));
  const [found] = lists.flatMap((list, at) =>
    list.is === 'value'
      ? list.value.landingZones.flatMap(({ arn }) =>
          arn === undefined ? [] : [{ arn, place: { account, region: regions[at] ?? estate.home.region } }],
        )
      : [],
  );
  if (found === undefined) return lists.find((list) => list.is === 'unknown') ?? none;
  const answer = yield* ask(getLandingZone, found.place, { landingZoneIdentifier: found.arn });
  return answer.is === 'value' ? { ...answer, value: { ...found, zone: answer.value.landingZone } } : answer;
}

const part = z.object({ accountId: z.string().optional(), enabled: z.boolean().optional() }).optional();
const Manifest = z.object({ centralizedLogging: part, securityRoles: part });

/**
 * The accounts that the landing zone made for itself; parts that are off have none.
 * Source: Control Tower user guide, "Landing zone schemas": since 4.0 each part may be left out.
 */
export function sharedAccounts({ manifest }: LandingZone): { logging: string | null; security: string | null } {
  const read = Manifest.safeParse(manifest);
  const { centralizedLogging, securityRoles } = read.success ? read.data : {};
  return {
    logging: centralizedLogging?.enabled === false ? null : (centralizedLogging?.accountId ?? null),
    security: securityRoles?.enabled === false ? null : (securityRoles?.accountId ?? null),
  };
}

/** A check of the landing zone: where there is none, it does not apply, unless the company says that there must be one. */
export const zoneFacts = <Facts>(
  about: About,
  facts: (found: FoundZone, estate: Estate) => Asking<Facts>,
  judge: (facts: Facts, found: FoundZone, estate: Estate) => Judged[],
): Check =>
  organizationCheck(
    about,
    function* (estate: Estate): Asking<Judged[]> {
      const zone = yield* landingZone(estate);
      const spot = organizationSpot(estate);
      if (zone.is === 'unknown') return [unknownFrom(spot, zone)];
      if (zone.is === 'value') return judge(yield* facts(zone.value, estate), zone.value, estate);
      return estate.settings.controlTower === 'required'
        ? [fail(spot, 'There is no Control Tower, and framework.controlTower says that it is required.')]
        : [
            notApplicable(
              spot,
              'There is no Control Tower: the checks of the organization stand for the landing zone.',
            ),
          ];
    },
    (judged) => judged,
  );

/** The same, where the landing zone itself says it all. */
export const zoneCheck = (about: About, judge: (found: FoundZone) => Judged[]): Check =>
  zoneFacts(about, zoneItself, judge);

// biome-ignore lint/correctness/useYield: the landing zone says it all, nothing more is asked.
function* zoneItself(found: FoundZone): Asking<FoundZone> {
  return found;
}

/** Where a verdict on the landing zone holds. */
export const zoneSpot = ({ place, arn }: FoundZone): Spot => ({ ...place, resource: arn });
