import { globMatches } from '../../../words/glob.ts';
import { type Answer, type Asking, ask, mapped } from '../../asks.ts';
import { type RoleDetail, roleDetails } from '../../calls/access-advisor.ts';
import type { AccountScope } from '../../check.ts';
import { globalPlace } from '../../estate.ts';

/** What is not used for so long counts as unused. */
export const unusedMs = 90 * 86_400_000;

/** The roles that people of the account made: not those of services, nor of Identity Center. */
export function* ownRoles({ estate, account }: AccountScope): Asking<Answer<readonly RoleDetail[]>> {
  const answer = yield* ask(roleDetails, globalPlace(estate, account.id), { Filter: ['Role'] });
  return mapped(answer, ({ RoleDetailList }) =>
    RoleDetailList.filter(({ Path }) => !/^\/(?:aws-service-role|aws-reserved)\//.test(Path)),
  );
}

/** Roles that may stay unused, as break-glass roles do. */
export const mayStayUnused = ({ RoleName }: RoleDetail, { estate }: AccountScope): boolean =>
  estate.settings.breakGlassRoles.some((pattern) => globMatches(pattern, RoleName));

/** Days since a role was last used, or since it was made where it never was; it is tracked for 400 days. */
export function idleDays({ RoleLastUsed, CreateDate }: RoleDetail, now: Date): number {
  const last = RoleLastUsed?.LastUsedDate ?? CreateDate;
  return Math.floor((now.getTime() - last.getTime()) / 86_400_000);
}

const wide = /\/(?:AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

/** Whether a role may do everything, or everything in a service. Documents that cannot be read count as narrow. */
export const isWide = ({ AttachedManagedPolicies, RolePolicyList }: RoleDetail): boolean =>
  AttachedManagedPolicies.some(({ PolicyArn }) => PolicyArn !== undefined && wide.test(PolicyArn)) ||
  RolePolicyList.some(({ PolicyDocument }) => /"(?:[\w-]+:)?\*"/.test(actionsOf(PolicyDocument ?? '')));

/** The actions that a document allows, as JSON. */
function actionsOf(encoded: string): string {
  try {
    const document: unknown = JSON.parse(decodeURIComponent(encoded));
    return JSON.stringify(statementsOf(document).map((statement) => actionOf(statement)));
  } catch {
    return '';
  }
}

const statementsOf = (document: unknown): unknown[] =>
  typeof document === 'object' && document !== null && 'Statement' in document ? [document.Statement].flat() : [];

const actionOf = (statement: unknown): unknown =>
  typeof statement === 'object' && statement !== null && 'Effect' in statement && statement.Effect === 'Allow'
    ? 'Action' in statement
      ? statement.Action
      : null
    : null;
