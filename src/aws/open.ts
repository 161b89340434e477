import type { STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { Kept } from '../words/kept.ts';
import {
  type Asker,
  type Aws,
  AwsTrouble,
  type HomeAccount,
  type Place,
  type ServiceName,
  type Services,
} from './aws.ts';
import { giveUp, openers, type Patience, stsSettings, usualPatience } from './clients.ts';
import { accountDirectory } from './directory.ts';
import { accountsOfHistory } from './history/source.ts';
import type { Pace } from './pace.ts';
import { notAws, troubleOf } from './trouble.ts';

export interface AwsOptions {
  accounts: Config['accounts'];
  /** Where the history is: its accounts may be asked too. */
  history: Config['history'];
  pace: Pace;
  now: () => Date;
  log: Pick<Logger, 'warn'>;
  /** For how long AWS is waited for; left out: as usual. */
  patience?: Patience;
}

const sessionSeconds = 3600;
/** A session is renewed when it is so old: five minutes before its end. */
const renewAfterMs = (sessionSeconds - 300) * 1000;
const keptSessions = 1200;

/** Opens the way to AWS. Nothing is asked, and no SDK client imported, before the first question. */
export function openAws(options: AwsOptions): Aws {
  const { accounts, pace, now, patience = usualPatience } = options;
  const sessions = new Kept<{ begun: number; credentials: Promise<AwsCredentialIdentity> }>(keptSessions);
  let known: Promise<HomeAccount> | undefined;

  const home = (): Promise<HomeAccount> => {
    known ??= whoAmI(patience).catch((error: unknown) => {
      known = undefined;
      throw troubleOf(error, 'find out who it is in AWS (sts:GetCallerIdentity)');
    });
    return known;
  };

  let sts: Promise<STSClient> | undefined;
  /** One for all roles: it holds the bot's own credentials, and learns how wrong this machine's clock is. */
  const stsClient = (region: string): Promise<STSClient> => {
    sts ??= import('@aws-sdk/client-sts').then(({ STSClient }) => {
      const client = new STSClient({ region, ...stsSettings(patience) });
      giveUp(client.middlewareStack, 'to take a role in an account', patience);
      return client;
    });
    return sts;
  };

  /**
   * Accounts come from events too, which a stranger may have written: the external id goes to no role of theirs.
   * Source: IAM user guide, "The confused deputy problem".
   */
  const refuseStrangers = async (account: string, asker: Asker): Promise<void> => {
    if ([(await home()).account, ...accountsOfHistory(options.history)].includes(account)) return;
    const { accounts: known, trouble } = await directory.accounts(asker);
    if (known.some(({ id }) => id === account)) return;
    const sentence = `Account ${account} is none of those that Trailwatch reads, so it was not asked.`;
    throw new AwsTrouble('denied', trouble === null ? sentence : `${sentence} ${trouble}`);
  };

  /** Credentials in an account, in the asker's name. Source: IAM user guide, "Monitor and control actions taken with assumed roles". */
  const assume = async ({ account }: Place, asker: Asker): Promise<AwsCredentialIdentity> => {
    await refuseStrangers(account, asker);
    const { partition, region } = await home();
    const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    const name = sessionName(asker);
    try {
      const { Credentials: given } = await (await stsClient(region)).send(
        new AssumeRoleCommand({
          RoleArn: `arn:${partition}:iam::${account}:role/${accounts.role}`,
          RoleSessionName: name,
          SourceIdentity: name,
          DurationSeconds: sessionSeconds,
          ...(accounts.externalId === null ? {} : { ExternalId: accounts.externalId }),
        }),
      );
      if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined || given.SessionToken === undefined)
        throw new Error('AWS gave no credentials');
      return {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.SessionToken,
      };
    } catch (error) {
      throw troubleOf(error, `take the role ${accounts.role} in account ${account}`);
    }
  };

  const session = async (place: Place, asker: Asker): Promise<AwsCredentialIdentity> => {
    const key = `${place.account}:${sessionName(asker)}`;
    const kept = sessions.get(key);
    // Its age is measured, not its end compared: this machine's clock may be hours from AWS's.
    const begun = now().getTime();
    if (kept !== undefined && begun - kept.begun < renewAfterMs) return kept.credentials;
    const made = assume(place, asker);
    sessions.set(key, { begun, credentials: made });
    made.catch(() => sessions.delete(key));
    return made;
  };

  const clients = openers(pace, patience);
  const client = async <Name extends ServiceName>(
    service: Name,
    place: Place,
    asker: Asker,
  ): Promise<Services[Name]> => {
    if (accounts.role === null) return clients[service](place, 'own', ownCredentials);
    // Asked for here, so that a role that cannot be taken is reported as what it is.
    await session(place, asker);
    // Given no expiry the SDK caches for ever, given one it trusts this machine's clock: so it asks every time.
    return clients[service](place, sessionName(asker), async () => ({
      ...(await session(place, asker)),
      expiration: new Date(0),
    }));
  };

  const directory = accountDirectory({ accounts, now, home, client, log: options.log });
  return { home, client, ...directory };
}

/** What the SDK finds for the bot itself: environment, profile, container, instance. */
async function ownCredentials(): Promise<AwsCredentialIdentity> {
  const { STSClient } = await import('@aws-sdk/client-sts');
  return new STSClient({}).config.credentials();
}

async function whoAmI(patience: Patience): Promise<HomeAccount> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const sts = new STSClient(stsSettings(patience));
  giveUp(sts.middlewareStack, 'who it is', patience);
  try {
    const { Account: account, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (account === undefined || arn === undefined) throw notAws('find out who it is (sts:GetCallerIdentity)');
    return { account, arn, region: await sts.config.region(), partition: arn.split(':')[1] ?? 'aws' };
  } finally {
    sts.destroy();
  }
}

/** As AWS allows it: 2 to 64 of these characters. Source: STS API reference, AssumeRole, RoleSessionName. */
const sessionName = ({ name }: Asker): string => `trailwatch-${name.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 64);
