import { type Answer, type Asking, all, ask } from '../../../asks.ts';
import { type RoleDetail, type ServiceLastAccessed, serviceLastAccessed } from '../../../calls/access-advisor.ts';
import { type About, type AccountScope, accountCheck } from '../../../check.ts';
import { globalPlace, unknownFrom } from '../../../estate.ts';
import { fail, type Judged, notApplicable, pass, unknown } from '../../../verdict.ts';
import { idleDays, isWide, mayStayUnused, ownRoles, unusedMs } from '../facts.ts';

const about: About = {
  id: 'adv-unused-services',
  version: 1,
  title: 'Roles that may do everything use what they may',
  severity: 'low',
  why: 'A role with administrator rights that uses five services can be given those five.',
  passes:
    'Of the two busiest roles of an account with administrator rights, each service that is granted was used within 90 days.',
  fix: [
    '# draft a shorter policy from the services that are used, attach it, and take the wide one away',
    'aws iam create-policy --policy-name {name}-used --policy-document file://used.json',
    'aws iam attach-role-policy --role-name {name} --policy-arn arn:aws:iam::{account}:policy/{name}-used',
    'aws iam detach-role-policy --role-name {name} --policy-arn WIDE-POLICY-ARN',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#remove-credentials',
  ],
};

/** A job of Access Advisor for each: more would be hundreds of thousands of calls. */
const mostRoles = 2;
const namedServices = 6;

interface Facts {
  roles: Answer<readonly RoleDetail[]>;
  used: readonly { role: RoleDetail; services: Answer<readonly ServiceLastAccessed[]> }[];
}

export const check = accountCheck(about, facts, judge);

function* facts(scope: AccountScope): Asking<Facts> {
  const { estate, account } = scope;
  const roles = yield* ownRoles(scope);
  if (roles.is !== 'value') return { roles, used: [] };
  const busiest = roles.value
    .filter((role) => isWide(role) && !mayStayUnused(role, scope) && role.RoleLastUsed?.LastUsedDate !== undefined)
    .toSorted((a, b) => idleDays(a, estate.now) - idleDays(b, estate.now) || (a.Arn < b.Arn ? -1 : 1))
    .slice(0, mostRoles);
  const place = globalPlace(estate, account.id);
  const used = yield* all(busiest.map((role) => usedBy(role, place)));
  return { roles, used };
}

function* usedBy(role: RoleDetail, place: { account: string; region: string }): Asking<Facts['used'][number]> {
  const answer = yield* ask(serviceLastAccessed, place, { Arn: role.Arn });
  if (answer.is !== 'value') return { role, services: answer };
  const { JobStatus, ServicesLastAccessed, Error: error } = answer.value;
  const sentence = `The job of Access Advisor ended as ${JobStatus}. ${error?.Message ?? ''}`.trim();
  return JobStatus.toUpperCase() === 'COMPLETED'
    ? { role, services: { ...answer, value: ServicesLastAccessed } }
    : { role, services: { is: 'unknown', why: 'not asked', sentence, at: answer.at } };
}

function judge({ roles, used }: Facts, { estate, account }: AccountScope): Judged[] {
  const spot = { account: account.id, region: 'global' };
  if (roles.is === 'unknown') return [unknownFrom(spot, roles)];
  if (used.length === 0) return [notApplicable(spot, 'No role in use has administrator rights.')];
  return used.map(({ role, services }) => {
    const where = { ...spot, resource: role.Arn };
    if (services.is === 'unknown') return unknownFrom(where, services);
    if (services.is === 'absent') return unknown(where, 'not asked', `The role ${role.RoleName} is gone.`);
    const idle = services.value.filter(
      ({ LastAuthenticated: at }) => at === undefined || estate.now.getTime() - at.getTime() > unusedMs,
    );
    if (idle.length === 0) return pass(where, `The role ${role.RoleName} used each service that it may.`);
    const names = idle.slice(0, namedServices).map(({ ServiceNamespace }) => ServiceNamespace);
    const more = idle.length > names.length ? ` and ${idle.length - names.length} more` : '';
    return fail(
      where,
      `The role ${role.RoleName} may use ${services.value.length} services and used ${services.value.length - idle.length} of them in 90 days; not ${names.join(', ')}${more}.`,
    );
  });
}
