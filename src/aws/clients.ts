import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type {
  AwsCredentialIdentityProvider,
  FinalizeRequestMiddleware,
  MetadataBearer,
  MiddlewareStack,
} from '@smithy/types';
import type { Place, ServiceName, Services } from './aws.ts';
import { Kept } from './kept.ts';
import { type Pace, perSecond } from './pace.ts';

/** Accounts share the addresses of a region, so they share its connections; SDK clients would each have their own. */
const agent = { keepAlive: true, maxSockets: 256 };

/** Milliseconds, and tries: an account that does not answer must not hold up the other forty. */
const settings = {
  maxAttempts: 6,
  retryMode: 'adaptive',
  requestHandler: {
    connectionTimeout: 4000,
    requestTimeout: 20_000,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  },
  customUserAgent: 'trailwatch',
} as const;

type ClientSettings = typeof settings & { region: string; credentials: AwsCredentialIdentityProvider };

interface Client<Input extends object, Output extends MetadataBearer> {
  middlewareStack: MiddlewareStack<Input, Output>;
}

/** The client of a place, made when it is first asked for. `whose` names the credentials it has. */
type Opener<Made> = (place: Place, whose: string, credentials: AwsCredentialIdentityProvider) => Promise<Made>;

/** Clients that are kept of each service: of 1,000 accounts in 17 regions most are asked once a week. */
const keptClients = 600;

function opener<Input extends object, Output extends MetadataBearer, Made extends Client<Input, Output>>(
  pace: Pace,
  make: (settings: ClientSettings) => Promise<Made & Client<Input, Output>>,
): Opener<Made> {
  const kept = new Kept<Promise<Made>>(keptClients);
  const paced = async (place: Place, credentials: AwsCredentialIdentityProvider): Promise<Made> => {
    const client = await make({ ...settings, region: place.region, credentials });
    keepPace(client.middlewareStack, place, pace);
    return client;
  };
  return (place, whose, credentials) => {
    const name = `${place.account}:${place.region}:${whose}`;
    const client = kept.get(name) ?? paced(place, credentials);
    kept.set(name, client);
    return client;
  };
}

/** Every service, its package imported when it is first needed: all of them at start cost 400 ms and 135 MB. */
export const openers = (pace: Pace): { [Name in ServiceName]: Opener<Services[Name]> } => ({
  accessAnalyzer: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-accessanalyzer')).AccessAnalyzerClient(given),
  ),
  athena: opener(pace, async (given) => new (await import('@aws-sdk/client-athena')).AthenaClient(given)),
  auditManager: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-auditmanager')).AuditManagerClient(given),
  ),
  cloudTrail: opener(pace, async (given) => new (await import('@aws-sdk/client-cloudtrail')).CloudTrailClient(given)),
  cloudWatchLogs: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(given),
  ),
  config: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-config-service')).ConfigServiceClient(given),
  ),
  detective: opener(pace, async (given) => new (await import('@aws-sdk/client-detective')).DetectiveClient(given)),
  ec2: opener(pace, async (given) => new (await import('./ec2.ts')).Ec2Client(given)),
  guardDuty: opener(pace, async (given) => new (await import('@aws-sdk/client-guardduty')).GuardDutyClient(given)),
  iam: opener(pace, async (given) => new (await import('@aws-sdk/client-iam')).IAMClient(given)),
  identityStore: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-identitystore')).IdentitystoreClient(given),
  ),
  organizations: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-organizations')).OrganizationsClient(given),
  ),
  s3: opener(pace, async (given) => new (await import('@aws-sdk/client-s3')).S3Client(given)),
  securityHub: opener(
    pace,
    async (given) => new (await import('@aws-sdk/client-securityhub')).SecurityHubClient(given),
  ),
});

function keepPace<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  { account, region }: Place,
  pace: Pace,
): void {
  const waiting: FinalizeRequestMiddleware<Input, Output> = (next, context) => async (args) => {
    const command = context.commandName ?? '';
    const rate = perSecond[command];
    if (rate !== undefined) await pace(`${account}:${region}:${command}`, rate);
    return next(args);
  };
  // Behind the retries, so that each attempt takes a turn of its own.
  stack.addRelativeTo(waiting, { name: 'trailwatchPace', relation: 'after', toMiddleware: 'retryMiddleware' });
}
