import { isWord } from '../../../../words/text.ts';
import { type Answer, type Asking, ask } from '../../../asks.ts';
import {
  describeGuardDutyOrganization,
  type GuardDutyMember,
  type GuardDutyOrganization,
} from '../../../calls/guardduty.ts';
import { type About, organizationCheck } from '../../../check.ts';
import { activeAccounts, type Estate } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, type Spot, unknown } from '../../../verdict.ts';
import { type DetectorPlace, everyRegion, membersOf, type RegionFacts } from '../facts.ts';
import { judgeRegions, notKnown } from '../verdicts.ts';

const about: About = {
  id: 'gd-auto-enable',
  version: 1,
  title: 'GuardDuty is turned on in new accounts by itself',
  severity: 'high',
  why: 'An account that somebody has to remember is the one that is forgotten.',
  passes:
    'AutoEnableOrganizationMembers is ALL in each region (NEW passes with a note: older accounts stay as they are), and the limit of members is not reached.',
  fix: 'aws guardduty update-organization-configuration --detector-id {name} --auto-enable-organization-members ALL --region {region}',
  references: [
    'SRA-GUARDDUTY-15',
    'SRA-GUARDDUTY-16',
    'https://docs.aws.amazon.com/guardduty/latest/APIReference/API_UpdateOrganizationConfiguration.html',
  ],
};

interface Facts {
  settings: Answer<GuardDutyOrganization>;
  members: Answer<readonly GuardDutyMember[]>;
}

export const check = organizationCheck(about, everyRegion(askSettings), judge);

function* askSettings(central: DetectorPlace): Asking<Facts> {
  const { detector, ...place } = central;
  const settings = yield* ask(describeGuardDutyOrganization, place, { DetectorId: detector });
  return { settings, members: yield* membersOf(central) };
}

function judge(regions: readonly RegionFacts<Facts>[], estate: Estate): Judged[] {
  if (estate.organization.is === 'absent')
    return [notApplicable({ account: estate.home.account, region: 'global' }, 'There is no organization.')];
  return judgeRegions(regions, estate, ({ settings, members }, spot, central) => {
    if (settings.is !== 'value') return [notKnown(spot, settings)];
    const strangers = members.is === 'value' ? notOn(estate, central.account, members.value) : [];
    return [judgeSettings(settings.value, spot, strangers)];
  });
}

function judgeSettings(
  { AutoEnableOrganizationMembers, AutoEnable, MemberAccountLimitReached }: GuardDutyOrganization,
  spot: Spot,
  strangers: readonly string[],
): Judged {
  // The older field says less: true turns it on in new accounts alone.
  const word = AutoEnableOrganizationMembers ?? (AutoEnable === true ? 'NEW' : 'NONE');
  if (MemberAccountLimitReached === true)
    return fail(spot, 'The limit of member accounts is reached: new accounts are left out.');
  const note =
    strangers.length === 0
      ? ''
      : ` ${strangers.length} active accounts are no members that are on: ${strangers.slice(0, 5).join(', ')}${strangers.length > 5 ? ' …' : ''}.`;
  if (isWord(word, 'ALL')) return pass(spot, `It is turned on in all accounts by itself.${note}`);
  if (isWord(word, 'NEW'))
    return pass(spot, `It is turned on in new accounts alone; older ones stay as they are.${note}`);
  if (isWord(word, 'NONE'))
    return fail(spot, 'It is not turned on in new accounts: AutoEnableOrganizationMembers is NONE.');
  return unknown(spot, 'not asked', `AutoEnableOrganizationMembers is ${word}, a word that is not known.`);
}

function notOn(estate: Estate, administrator: string, members: readonly GuardDutyMember[]): string[] {
  const on = new Set(
    members.flatMap(({ AccountId, RelationshipStatus }) => (isWord(RelationshipStatus, 'ENABLED') ? [AccountId] : [])),
  );
  return activeAccounts(estate).flatMap(({ id }) => (id === administrator || on.has(id) ? [] : [id]));
}
