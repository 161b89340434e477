import { Keys } from '../../../sandbox/aws/keys.ts';
import { botPermissions, botUser, memberRole, memberRoles } from '../../../sandbox/aws/roles.ts';
import { type SandboxAws, startAws } from '../../../sandbox/aws/server.ts';
import { services } from '../../../sandbox/aws/services/index.ts';
import type { Organization, OrganizationAccount } from '../../../sandbox/organization/organization.ts';

/** What every SDK client is made with here. */
export interface ClientOptions {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  maxAttempts: number;
}

/** Who asks: the account's administrator, a session of the member role that Trailwatch reads with, or the bot's own key. */
export type As = 'administrator' | 'reader' | 'bot';

export interface Harness extends SandboxAws {
  organization: Organization;
  /** An SDK client that asks this server: `client(IAMClient, { account })`. One attempt, unless said otherwise. */
  client: <Client>(
    make: new (options: ClientOptions) => Client,
    where: { account: string; region?: string; as?: As; maxAttempts?: number },
  ) => Client;
  /** Moves the world's clock ahead. */
  moveClock: (aheadMs: number) => void;
  now: () => Date;
  /** Stops the server. @throws Error when an answer of the sandbox broke its API model, or a handler failed */
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** A server of the sandbox with an organization, for one test: `await using aws = await startHarness(organization)`. */
export async function startHarness(organization: Organization): Promise<Harness> {
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  const keys = new Keys();
  const roles = memberRoles(organization);
  const aws = await startAws({ organization, keys, now, services: services({ keys, roles }) });

  const credentials = (account: string, as: As) => {
    if (as === 'administrator') return keys.administrator(account);
    if (as === 'bot') return keys.user(organization.homeAccount, botUser, botPermissions(organization));
    const role = roles(account, memberRole.name);
    if (role === undefined) throw new Error(`${account} is not in the organization.`);
    const expires = new Date(now().getTime() + 3_600_000);
    return keys.session(role, { name: 'U0ANA', sourceIdentity: 'U0ANA', expires });
  };

  return {
    ...aws,
    organization,
    now,
    client: (Client, { account, region = 'eu-west-1', as = 'administrator', maxAttempts = 1 }) => {
      const { accessKeyId, secretAccessKey, sessionToken } = credentials(account, as);
      return new Client({
        endpoint: aws.url,
        region,
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
        maxAttempts,
      });
    },
    moveClock: (aheadMs) => {
      ahead += aheadMs;
    },
    [Symbol.asyncDispose]: async () => {
      await aws.close();
      if (aws.defects().length > 0) throw new Error(`The sandbox AWS is broken:\n${aws.defects().join('\n')}`);
    },
  };
}

const account = (id: string, name: string, organizationalUnitId: string): OrganizationAccount => ({
  id,
  name,
  email: `${name}@example.com`,
  state: 'ACTIVE',
  organizationalUnitId,
  joined: new Date('2024-01-01T00:00:00Z'),
  tags: {},
  regions: ['us-east-1', 'eu-west-1'],
  deniesReadRole: false,
});

/** Two accounts and nothing in them: for tests that need no story. */
export const smallOrganization: Organization = {
  id: 'o-tw01example',
  rootId: 'r-tw01',
  managementAccount: '111122220000',
  homeAccount: '111122222222',
  organizationalUnits: [{ id: 'ou-tw01-security', name: 'Security', parentId: 'r-tw01' }],
  accounts: [
    account('111122220000', 'management', 'r-tw01'),
    account('111122222222', 'security-tooling', 'ou-tw01-security'),
  ],
  identityStore: {
    id: 'd-1234567890',
    arn: 'arn:aws:identitystore::111122220000:identitystore/d-1234567890',
    people: [],
  },
  trail: {
    name: 'organization',
    arn: 'arn:aws:cloudtrail:us-east-1:111122220000:trail/organization',
    bucket: 'o-tw01example-trail',
    account: '111122222222',
    region: 'us-east-1',
    logGroup: 'organization-trail',
    database: 'audit',
    table: 'cloudtrail',
    eventDataStoreArn: 'arn:aws:cloudtrail:us-east-1:111122222222:eventdatastore/5f0c2c9e-7a51-4b0e-9c55-0f6d2c1b7a10',
  },
  users: () => [],
  roles: () => [],
  events: () => [],
  credentialReport: () => 'user,arn',
  attack: {
    human: 'user:nobody@111122222222',
    leakedKey: 'AKIAIOSFODNN7EXAMPLE',
    from: new Date('2026-01-01T00:00:00Z'),
    to: new Date('2026-01-01T00:00:00Z'),
    eventIds: [],
    behind: new Map(),
  },
};
