import type { Organization } from '../organization/organization.ts';
import type { Statement } from './policy.ts';
import { deployRole, type Role } from './template.ts';

/** How the role of deploy/member-role.yaml is deployed in the sandbox: in every account, with everything that is opt-in. */
export const memberRole = { name: 'trailwatch-read', externalId: 'sandbox-external-id-0001' } as const;

/** The user whose key the bot has in the sandbox. */
export const botUser = 'trailwatch';

/** The role of that name in an account of the organization. */
export type Roles = (account: string, name: string) => Role | undefined;

/** The member role in each account of the organization where its stack is deployed, trusting the bot. */
export function memberRoles(organization: Organization): Roles {
  const made = new Map<string, Role>();
  return (account, name) => {
    const deployed = organization.accounts.some(({ id, deniesReadRole }) => id === account && !deniesReadRole);
    if (name !== memberRole.name || !deployed) return undefined;
    const known = made.get(account);
    if (known !== undefined) return known;
    const role = deployRole('member-role.yaml', 'Role', {
      account,
      parameters: {
        RoleName: memberRole.name,
        TrustedPrincipal: botArn(organization),
        ExternalId: memberRole.externalId,
        AllowInvestigations: 'true',
        AllowEvidence: 'true',
      },
    });
    made.set(account, role);
    return role;
  };
}

export const botArn = ({ homeAccount }: Organization): string => `arn:aws:iam::${homeAccount}:user/${botUser}`;

/** What the bot may do with its own key. */
export const botPermissions = (organization: Organization): readonly Statement[] =>
  deployRole('bot-role.yaml', 'Role', {
    account: organization.homeAccount,
    parameters: { MemberRoleName: memberRole.name, RunsAs: botArn(organization) },
  }).permissions;
