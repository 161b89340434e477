import { type Answer, type Asking, ask } from '../../../asks.ts';
import { listHubMembers } from '../../../calls/security-hub-organization.ts';
import { getEnabledStandards } from '../../../calls/security-hub-standards.ts';
import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { administratorOf, unknownFrom } from '../../../estate.ts';
import { isIdle, madeByCustomers } from '../../../used.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';

const about: About = {
  id: 'alarm-securityhub',
  version: 1,
  title: 'Security Hub is on in every region',
  severity: 'medium',
  why: 'Security Hub gathers what the other services find, and says which controls fail.',
  passes: 'Security Hub is enabled in each region that is on.',
  fix: 'aws securityhub enable-security-hub --region {region}',
  references: [
    'CIS v3.0 4.16',
    'CIS v5.0 4.16',
    'CIS v6.0 5.16',
    'CIS v7.0 5.16',
    'https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-enable.html',
  ],
};

export const check = regionCheck(about, standards, judge);

const inUse = [...madeByCustomers, 'AWS::SecurityHub::Hub', 'AWS::SecurityHub::Standard'];

/**
 * Whose administrator says that it is a member is not asked: it is on there. Nor is one asked where the administrator has it
 * off and Config's aggregator knows neither a hub nor anything of the company.
 */
function* standards({ estate, account, region }: RegionScope): Asking<Answer<unknown>> {
  const administrator = administratorOf(estate, 'securityhub.amazonaws.com');
  if (administrator.is === 'value') {
    const members = yield* ask(listHubMembers, { account: administrator.value, region }, { MaxResults: 50 });
    if (members.is === 'value' && members.value.Members.some((one) => one.AccountId === account.id && isOn(one)))
      return members;
    if (members.is === 'absent' && (yield* isIdle({ estate, account, region }, inUse))) return members;
  }
  return yield* ask(getEnabledStandards, { account: account.id, region });
}

/** Source: Security Hub API reference, Member. */
const isOn = ({ MemberStatus = '' }: { MemberStatus?: string | undefined }): boolean =>
  MemberStatus.toUpperCase() === 'ENABLED';

function judge(answer: Answer<unknown>, { account, region }: RegionScope): Judged[] {
  const spot = { account: account.id, region };
  if (answer.is === 'unknown') return [unknownFrom(spot, answer)];
  return [answer.is === 'absent' ? fail(spot, 'Security Hub is off here.') : pass(spot, 'Security Hub is on.')];
}
