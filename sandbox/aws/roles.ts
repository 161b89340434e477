import type { Organization } from '../organization/organization.ts';
import type { Key, Keys } from './keys.ts';
import { archiveBucket } from './services/buckets.ts';
import { signingKeyArn } from './services/kms.ts';
import { deployRole, type Role } from './template.ts';

/** How the role of deploy/member-role.yaml is deployed in the sandbox: in every account, with everything that is opt-in. */
export const memberRole = { name: 'trailwatch-read', externalId: 'sandbox-external-id-0001' } as const;

/** The role of deploy/bot-role.yaml. */
const botRole = 'trailwatch';

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
    const role = deployRole('member-role.yaml', {
      account,
      parameters: {
        RoleName: memberRole.name,
        TrustedPrincipal: `arn:aws:iam::${organization.homeAccount}:role/${botRole}`,
        ExternalId: memberRole.externalId,
        AllowInvestigations: 'true',
        AllowEvidence: 'true',
        AllowCanaries: account === organization.homeAccount ? 'true' : 'false',
        AllowPaidChecks: account === organization.trail.account ? 'true' : 'false',
        ArchiveBucket: account === organization.homeAccount ? archiveBucket(account) : '',
        TrailBucket: account === organization.trail.account ? organization.trail.bucket : '',
        ReadTrailFiles: account === organization.trail.account ? 'true' : 'false',
        LogBuckets: '*-logs',
        SigningKey: account === organization.homeAccount ? signingKeyArn(organization) : '',
      },
    });
    made.set(account, role);
    return role;
  };
}

/** The key that the bot runs with: a session of its role, as an instance gets it and renews it, so that it never ends here. */
export function botKey(organization: Organization, keys: Keys): Key & { sessionToken: string } {
  const { homeAccount: account } = organization;
  const role = deployRole('bot-role.yaml', {
    account,
    parameters: {
      RoleName: botRole,
      MemberRoleName: memberRole.name,
      TopicArns: 'arn:aws:sns:*:*:*',
      QueueArns: 'arn:aws:sqs:*:*:*',
      RunsAs: `arn:aws:iam::${account}:role/instance`,
    },
  });
  return keys.session(role, { name: 'i-0a1b2c3d4e5f60718' });
}
