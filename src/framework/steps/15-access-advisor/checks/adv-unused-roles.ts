import type { Answer } from '../../../asks.ts';
import type { RoleDetail } from '../../../calls/access-advisor.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass } from '../../../verdict.ts';
import { idleDays, mayStayUnused, ownRoles, unusedMs } from '../facts.ts';

const about: About = {
  id: 'adv-unused-roles',
  version: 2,
  title: 'Roles that nobody uses are gone',
  severity: 'medium',
  why: 'A role that nobody uses can be taken by somebody who should not, and nobody would miss it.',
  passes:
    'Each role of your own was used within 90 days; those of services and of Identity Center, and break-glass roles that are configured, do not count.',
  fix: [
    '# after somebody looked at it; inline policies and instance profiles first, too',
    'aws iam list-attached-role-policies --role-name {name}',
    'aws iam detach-role-policy --role-name {name} --policy-arn POLICY-ARN',
    'aws iam delete-role --role-name {name}',
  ].join('\n'),
  references: ['Security Hub IAM.22', 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html'],
};

/** What IAM tracks. Source: IAM API reference, RoleLastUsed. */
const trackedDays = 400;

export const check = accountCheck(about, ownRoles, judge);

function judge(roles: Answer<readonly RoleDetail[]>, scope: AccountScope): Judged[] {
  const { estate, account } = scope;
  const spot = { account: account.id, region: 'global' };
  if (roles.is === 'unknown') return [unknownFrom(spot, roles)];
  if (roles.is === 'absent') return [notApplicable(spot, roles.message)];
  const meant = roles.value.filter((role) => !mayStayUnused(role, scope));
  const unused = meant.filter((role) => idleDays(role, estate.now) * 86_400_000 > unusedMs);
  if (unused.length === 0) return [pass(spot, `Each of ${meant.length} roles was used within 90 days, or is new.`)];
  return unused.map((role) =>
    fail({ ...spot, resource: role.Arn }, `The role ${role.RoleName} ${wordsOf(role, estate.now)}.`),
  );
}

function wordsOf(role: RoleDetail, now: Date): string {
  const days = idleDays(role, now);
  if (role.RoleLastUsed?.LastUsedDate !== undefined) return `was last used ${days} days ago`;
  return days > trackedDays
    ? `was not used in the tracked period of ${trackedDays} days`
    : `was not used since it was made ${days} days ago`;
}
