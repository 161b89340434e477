import { isWord } from '../../../../words/text.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { type Coverage, coverage } from '../facts.ts';

const about: About = {
  id: 'gd-enabled-everywhere',
  version: 1,
  title: 'GuardDuty is on in every account and region',
  severity: 'critical',
  daily: true,
  why: 'An attacker works in the account and the region that nobody watches.',
  passes:
    'A detector that is ENABLED in each active account and region that is on, the management account and the administrator included.',
  fix: "aws guardduty create-detector --enable --finding-publishing-frequency FIFTEEN_MINUTES --region {region}\naws guardduty start-monitoring-members --detector-id <administrator's detector> --account-ids {account} --region {region}  # in the administrator, for a member that is Paused",
  references: [
    'Security Hub GuardDuty.1',
    'SRA-GUARDDUTY-01',
    'SRA-GUARDDUTY-03',
    'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html',
  ],
};

export const check = regionCheck(about, coverage, judge);

/** What is no detector that works. Source: GuardDuty API reference, ListMembers, RelationshipStatus. */
const off = ['DISABLED', 'PAUSED', 'REMOVED', 'RESIGNED', 'EMAILVERIFICATIONFAILED', 'ACCOUNTSUSPENDED'];

function judge({ central, member, own }: Coverage, { account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  const listed = member.is === 'value' ? member.value : undefined;
  if (own === null && listed !== undefined && central.is === 'value') {
    const inheritedFrom = `GuardDuty administrator ${central.value.account}`;
    const status = listed.RelationshipStatus;
    if (isWord(status, 'ENABLED'))
      return [pass(spot, 'GuardDuty is on, as its administrator sees.', { inheritedFrom })];
    if (isWord(status, 'REGIONDISABLED')) return [notApplicable(spot, 'The region is off in this account.')];
    if (off.includes(status.toUpperCase()))
      return [fail(spot, `Its administrator ${central.value.account} sees the account as ${status}.`)];
    return [unknown(spot, 'not asked', `Its administrator sees the account as ${status}, a word that is not known.`)];
  }
  if (own === null) return [unknown(spot, 'not asked', 'Nobody was asked.')];
  if (own.is === 'unknown') return [unknownFrom(spot, own)];
  // Where the administrator is missing or off itself, that is the one cause of all accounts.
  const cause = central.is === 'absent' ? { cause: 'gd-admin' } : {};
  if (own.is === 'absent') return [fail(spot, own.message, cause)];
  const { settings, administrator } = own.value;
  if (isWord(settings.Status, 'DISABLED')) return [fail(spot, 'There is a detector, but it is suspended.')];
  if (!isWord(settings.Status, 'ENABLED'))
    return [unknown(spot, 'not asked', `The detector is ${settings.Status}, a word that is not known.`)];
  if (central.is === 'value' && central.value.account === account.id)
    return [pass(spot, 'GuardDuty is on in its administrator.')];
  if (central.is === 'unknown')
    return [pass(spot, 'GuardDuty is on; who administers it for the organization is not known.')];
  const of = administrator.is === 'value' ? (administrator.value ?? 'nobody') : 'somebody who is not known';
  return [pass(spot, `GuardDuty is on, but it is administered by ${of}: it is not in the organization's list.`)];
}
