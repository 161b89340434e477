import { Keys } from '../../../sandbox/aws/keys.ts';
import { botKey, memberRole, memberRoles } from '../../../sandbox/aws/roles.ts';
import { type AwsOptions, type SandboxAws, startAws } from '../../../sandbox/aws/server.ts';
import { services } from '../../../sandbox/aws/services/index.ts';
import { usualOrganization } from '../../../sandbox/organization/create.ts';
import type { Organization } from '../../../sandbox/organization/organization.ts';
import { createSns, type Sns } from '../../../sandbox/sns/index.ts';

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
  topics: Sns;
  /** An SDK client that asks this server: `client(IAMClient, { account })`. One attempt, unless said otherwise. */
  client: <Client>(
    make: new (options: ClientOptions) => Client,
    where: { account: string; region?: string; as?: As; maxAttempts?: number },
  ) => Client;
  /** The key of somebody in an account. */
  credentials: (account: string, as: As) => ClientOptions['credentials'];
  /** Moves the world's clock ahead. */
  moveClock: (aheadMs: number) => void;
  now: () => Date;
  /** Stops the server. @throws Error when an answer of the sandbox broke its API model, or a handler failed */
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** A server of the sandbox with an organization of its own, for one test: `await using aws = await startHarness()`. */
export async function startHarness(
  organization = usualOrganization(new Date()),
  options: Pick<AwsOptions, 'paceMs'> = {},
): Promise<Harness> {
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  const keys = new Keys();
  const roles = memberRoles(organization);
  const topics = createSns({ now, retryDelays: [] });
  const aws = await startAws({ organization, keys, now, services: services({ keys, roles, topics }), ...options });

  const credentials: Harness['credentials'] = (account, as) => {
    if (as === 'administrator') return keys.administrator(account);
    if (as === 'bot') return botKey(organization, keys);
    const role = roles(account, memberRole.name);
    if (role === undefined) throw new Error(`${account} is not in the organization.`);
    const expires = new Date(now().getTime() + 3_600_000);
    return keys.session(role, { name: 'U0ANA', sourceIdentity: 'U0ANA', expires });
  };

  return {
    ...aws,
    organization,
    topics,
    credentials,
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
      await topics.close();
      await aws.close();
      if (aws.defects().length > 0) throw new Error(`The sandbox AWS is broken:\n${aws.defects().join('\n')}`);
    },
  };
}
