import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type {
  AwsCredentialIdentityProvider,
  FinalizeRequestMiddleware,
  MetadataBearer,
  MiddlewareStack,
} from '@smithy/types';
import { traced } from '../tracing.ts';
import { Kept } from '../words/kept.ts';
import { AwsTrouble, type Place, type ServiceName, type Services } from './aws.ts';
import { type Pace, perSecond } from './pace.ts';

/** Accounts share the addresses of a region, so they share its connections; SDK clients would each have their own. */
const agent = { keepAlive: true, maxSockets: 256 };

/** For how long AWS is waited for, in milliseconds: an account that does not answer must not hold up the other forty. */
export interface Patience {
  /** For one answer. */
  answerMs: number;
  /** For one answer of STS, without which nothing can be asked at all. */
  stsAnswerMs: number;
  /** A call that had no answer for so long is given up, whatever tries are left. */
  giveUpMs: number;
}

export const usualPatience: Patience = { answerMs: 20_000, stsAnswerMs: 6000, giveUpMs: 22_000 };

/** Settings of every client. */
const settingsFor = (answerMs: number) => ({
  maxAttempts: 6,
  retryMode: 'adaptive',
  requestHandler: {
    connectionTimeout: 4000,
    requestTimeout: answerMs,
    // Without this the SDK says so on stderr and waits on.
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  },
  customUserAgent: 'trailwatch',
});

type ClientSettings = ReturnType<typeof settingsFor> & { region: string; credentials: AwsCredentialIdentityProvider };

interface Client<Input extends object, Output extends MetadataBearer> {
  middlewareStack: MiddlewareStack<Input, Output>;
}

/** The client of a place, made when it is first asked for. `whose` names the credentials it has. */
type Opener<Made> = (place: Place, whose: string, credentials: AwsCredentialIdentityProvider) => Promise<Made>;

/**
 * Clients that are kept of each service: of 1,000 accounts in 17 regions most are asked once a week. One takes 40 KB, the
 * sixteen steps ask twenty services, and to make one anew takes a quarter of a millisecond.
 */
const keptClients = 48;

interface Manners {
  pace: Pace;
  patience: Patience;
  settings: ReturnType<typeof settingsFor>;
}

function opener<Input extends object, Output extends MetadataBearer, Made extends Client<Input, Output>>(
  { pace, patience, settings }: Manners,
  make: (settings: ClientSettings) => Promise<Made & Client<Input, Output>>,
): Opener<Made> {
  const kept = new Kept<Promise<Made>>(keptClients);
  const paced = async (place: Place, credentials: AwsCredentialIdentityProvider): Promise<Made> => {
    const client = await make({ ...settings, region: place.region, credentials });
    keepPace(client.middlewareStack, place, pace);
    keepTrace(client.middlewareStack, place);
    giveUp(client.middlewareStack, `account ${place.account} in ${place.region}`, patience);
    return client;
  };
  return (place, whose, credentials) => {
    const name = `${place.account}:${place.region}:${whose}`;
    const client = kept.get(name) ?? paced(place, credentials);
    kept.set(name, client);
    return client;
  };
}

/** The SDK's package of each service, imported when it is first needed: all of them at start cost 400 ms and 135 MB. */
export const packages = {
  accessAnalyzer: () => import('@aws-sdk/client-accessanalyzer'),
  account: () => import('@aws-sdk/client-account'),
  athena: () => import('@aws-sdk/client-athena'),
  auditManager: () => import('@aws-sdk/client-auditmanager'),
  cloudTrail: () => import('@aws-sdk/client-cloudtrail'),
  cloudWatch: () => import('@aws-sdk/client-cloudwatch'),
  cloudWatchLogs: () => import('@aws-sdk/client-cloudwatch-logs'),
  config: () => import('@aws-sdk/client-config-service'),
  controlTower: () => import('./control-tower.ts'),
  detective: () => import('@aws-sdk/client-detective'),
  ec2: () => import('./ec2.ts'),
  eventBridge: () => import('@aws-sdk/client-eventbridge'),
  guardDuty: () => import('@aws-sdk/client-guardduty'),
  iam: () => import('@aws-sdk/client-iam'),
  identityStore: () => import('@aws-sdk/client-identitystore'),
  kms: () => import('@aws-sdk/client-kms'),
  organizations: () => import('@aws-sdk/client-organizations'),
  route53Resolver: () => import('./route53-resolver.ts'),
  s3: () => import('@aws-sdk/client-s3'),
  s3Control: () => import('./s3-control.ts'),
  securityHub: () => import('@aws-sdk/client-securityhub'),
  sns: () => import('@aws-sdk/client-sns'),
  sqs: () => import('@aws-sdk/client-sqs'),
  ssm: () => import('@aws-sdk/client-ssm'),
  sts: () => import('@aws-sdk/client-sts'),
} as const satisfies Record<ServiceName, () => Promise<object>>;

/** A client of every service for a place, made when it is first asked for. */
export function openers(
  pace: Pace,
  patience: Patience = usualPatience,
): { [Name in ServiceName]: Opener<Services[Name]> } {
  const manners = { pace, patience, settings: settingsFor(patience.answerMs) };
  return {
    accessAnalyzer: opener(manners, async (given) => new (await packages.accessAnalyzer()).AccessAnalyzerClient(given)),
    account: opener(manners, async (given) => new (await packages.account()).AccountClient(given)),
    athena: opener(manners, async (given) => new (await packages.athena()).AthenaClient(given)),
    auditManager: opener(manners, async (given) => new (await packages.auditManager()).AuditManagerClient(given)),
    cloudTrail: opener(manners, async (given) => new (await packages.cloudTrail()).CloudTrailClient(given)),
    cloudWatch: opener(manners, async (given) => new (await packages.cloudWatch()).CloudWatchClient(given)),
    cloudWatchLogs: opener(manners, async (given) => new (await packages.cloudWatchLogs()).CloudWatchLogsClient(given)),
    config: opener(manners, async (given) => new (await packages.config()).ConfigServiceClient(given)),
    controlTower: opener(manners, async (given) => new (await packages.controlTower()).ControlTowerClient(given)),
    detective: opener(manners, async (given) => new (await packages.detective()).DetectiveClient(given)),
    ec2: opener(manners, async (given) => new (await packages.ec2()).Ec2Client(given)),
    eventBridge: opener(manners, async (given) => new (await packages.eventBridge()).EventBridgeClient(given)),
    guardDuty: opener(manners, async (given) => new (await packages.guardDuty()).GuardDutyClient(given)),
    iam: opener(manners, async (given) => new (await packages.iam()).IAMClient(given)),
    identityStore: opener(manners, async (given) => new (await packages.identityStore()).IdentitystoreClient(given)),
    kms: opener(manners, async (given) => new (await packages.kms()).KMSClient(given)),
    organizations: opener(manners, async (given) => new (await packages.organizations()).OrganizationsClient(given)),
    route53Resolver: opener(
      manners,
      async (given) => new (await packages.route53Resolver()).Route53ResolverClient(given),
    ),
    s3: opener(manners, async (given) => new (await packages.s3()).S3Client(given)),
    s3Control: opener(manners, async (given) => new (await packages.s3Control()).S3ControlClient(given)),
    securityHub: opener(manners, async (given) => new (await packages.securityHub()).SecurityHubClient(given)),
    sns: opener(manners, async (given) => new (await packages.sns()).SNSClient(given)),
    // The region's endpoint, also where a queue is named by an address that is made up of its parts.
    sqs: opener(
      manners,
      async (given) => new (await packages.sqs()).SQSClient({ ...given, useQueueUrlAsEndpoint: false }),
    ),
    ssm: opener(manners, async (given) => new (await packages.ssm()).SSMClient(given)),
    sts: opener(manners, async (given) => new (await packages.sts()).STSClient(given)),
  };
}

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

/** Each call is a span, its tries among it. Source: OpenTelemetry semantic conventions, "AWS SDK". */
function keepTrace<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  { account, region }: Place,
): void {
  stack.add(
    (next, context) => (args) => {
      const method = (context.commandName ?? '').replace(/Command$/, '');
      const service = (context.clientName ?? '').replace(/Client$/, '');
      const attributes = { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': method };
      const where = { 'cloud.account.id': account, 'cloud.region': region };
      return traced(`${service}/${method}`, { kind: 'CLIENT', attributes: { ...attributes, ...where } }, () =>
        next(args),
      );
    },
    { step: 'initialize', name: 'trailwatchTrace' },
  );
}

/**
 * Gives a call up that AWS left without an answer for too long, whatever tries are left. `whom` ends the sentence.
 * @throws AwsTrouble ("unreachable")
 */
export function giveUp<Input extends object, Output extends MetadataBearer>(
  stack: MiddlewareStack<Input, Output>,
  whom: string,
  { giveUpMs }: Patience,
): void {
  const limited: FinalizeRequestMiddleware<Input, Output> = (next) => {
    // Once for each call, in front of its first try.
    const begun = performance.now();
    return async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const waitedMs = performance.now() - begun;
        if (!(error instanceof Error) || error.name !== 'TimeoutError' || waitedMs < giveUpMs) throw error;
        // Without the cause: by it the SDK would take this for something to try again.
        throw new AwsTrouble(
          'unreachable',
          `AWS did not answer in ${Math.round(waitedMs / 1000)} seconds when Trailwatch asked ${whom}.`,
        );
      }
    };
  };
  stack.addRelativeTo(limited, { name: 'trailwatchPatience', relation: 'after', toMiddleware: 'retryMiddleware' });
}

/** Settings of a client of STS, with which everything begins. */
export const stsSettings = ({ stsAnswerMs }: Patience) => ({ ...settingsFor(stsAnswerMs), maxAttempts: 4 });
