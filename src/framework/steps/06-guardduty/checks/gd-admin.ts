import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, all } from '../../../asks.ts';
import type { GuardDutyMember } from '../../../calls/guardduty.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { type Estate, organizationSpot, regionsOf, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { administratorsIn, centralIn, type DetectorPlace, membersOf } from '../facts.ts';

const about: About = {
  id: 'gd-admin',
  version: 1,
  title: 'One account administers GuardDuty in every region',
  severity: 'critical',
  daily: true,
  why: 'Administrators are set region by region: where there is none, nobody turns GuardDuty on for new accounts or sees what is found.',
  passes:
    'The same delegated administrator, ENABLED, in each region that is on, with a detector of its own there. Proven where it lists its members.',
  fix: 'aws guardduty enable-organization-admin-account --admin-account-id <security account> --region {region}\naws guardduty create-detector --enable --region {region}  # in the security account, where it has no detector',
  references: [
    'SRA-GUARDDUTY-13',
    'SRA-GUARDDUTY-14',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_organizations.html',
  ],
};

interface Facts {
  region: string;
  named: Answer<string[]>;
  central: Answer<DetectorPlace>;
  members: Answer<readonly GuardDutyMember[]>;
}

export const check = organizationCheck(about, administrators, judge);

function administrators(estate: Estate): Asking<Facts[]> {
  return all(regionsOf(estate).map((region) => inRegion(estate, region)));
}

function* inRegion(estate: Estate, region: string): Asking<Facts> {
  const named = yield* administratorsIn(estate, region);
  const central = yield* centralIn(estate, region);
  const members = central.is === 'value' ? yield* membersOf(central.value) : central;
  return { region, named, central, members };
}

function judge(regions: readonly Facts[], estate: Estate): Judged[] {
  const { account } = organizationSpot(estate);
  if (estate.organization.is === 'absent')
    return [notApplicable({ account, region: 'global' }, 'There is no organization.')];
  const usual = mostCommon(regions.flatMap(({ named }) => (named.is === 'value' ? named.value : [])));
  return regions.map(({ region, named, central, members }) => {
    const spot = { account, region };
    if (named.is === 'unknown') return unknownFrom(spot, named);
    const [administrator] = named.is === 'value' ? named.value : [];
    if (administrator === undefined)
      return fail(
        spot,
        `No account administers GuardDuty in this region${usual === undefined ? '' : `, as ${usual} does elsewhere`}.`,
      );
    if (administrator !== usual)
      return fail(spot, `${administrator} administers GuardDuty here, but ${usual} does in most regions.`);
    if (central.is === 'absent')
      return fail(spot, `${administrator} administers GuardDuty, but is off here itself: it has no detector.`);
    const seen =
      members.is === 'value'
        ? members.value.filter(({ RelationshipStatus }) => isWord(RelationshipStatus, 'ENABLED')).length
        : 0;
    return pass(
      spot,
      `${administrator} administers GuardDuty${seen === 0 ? '' : ` and listed ${seen} members that are on`}.`,
      { proof: seen === 0 ? 'configured' : 'proven' },
    );
  });
}

function mostCommon(names: readonly string[]): string | undefined {
  const counts = Map.groupBy(names, (name) => name);
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
