import type { TrailRecord } from './organization.ts';
import type { Random } from './random.ts';

/** Who makes calls: what CloudTrail writes as userIdentity, and where the calls come from. */
export interface Principal {
  identity: Readonly<Record<string, unknown>>;
  /** Whose credentials these are; undefined for an AWS service. */
  account?: string;
  /** `AIDA…`, or `AROA…:session`: all that another account sees. */
  principalId?: string;
  arn?: string;
  address: string;
  agent: string;
  /** Credentials of the console's own session. */
  console?: boolean;
  /** Of a session: who stands behind it, as in the organization's `attack.behind`. */
  behind?: string;
  /** Of a session: its source identity, which chained sessions keep. */
  sourceIdentity?: string;
}

export interface ApiCall {
  /** The service as in its host: `iam`, `sts`. */
  service: string;
  name: string;
  readOnly: boolean;
  parameters?: unknown;
  response?: unknown;
  resources?: readonly { accountId: string; type: string; ARN: string }[];
  error?: { code: string; message: string };
  /** Other members of the record, as `additionalEventData`. */
  more?: Readonly<Record<string, unknown>>;
  /** `AwsApiCall` unless said otherwise. */
  eventType?: string;
}

/** Services whose calls are recorded in us-east-1, wherever they came from. Source: CloudTrail user guide, "Global service events". */
const globalServices: ReadonlySet<string> = new Set(['iam', 'organizations', 'cloudfront', 'route53', 'support']);

/** The region in which CloudTrail records a call that was made in `region`. */
export const recordedIn = (service: string, region: string): string =>
  globalServices.has(service) ? 'us-east-1' : region;

/** Where a call was made (its host), shared by all records of one service and region. */
const hosts = new Map<string, object>();

function tlsDetails(service: string, region: string): object {
  const host = globalServices.has(service) ? `${service}.amazonaws.com` : `${service}.${region}.amazonaws.com`;
  const known = hosts.get(host) ?? {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: host,
  };
  hosts.set(host, known);
  return known;
}

/** A time as CloudTrail writes it: whole seconds, UTC. */
export const seconds = (at: number): string =>
  // As one flat string: cut and joined ones take four times the memory, and every record keeps one.
  Buffer.from(`${new Date(at).toISOString().slice(0, 19)}Z`, 'latin1').toString('latin1');

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time as STS and IAM write it in responseElements: `Jul 10, 2023, 12:31:14 PM`. */
export function spelled(at: number): string {
  const date = new Date(at);
  const hours = date.getUTCHours();
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}, ${clock} ${hours < 12 ? 'AM' : 'PM'}`;
}

/**
 * One record as an account's CloudTrail has it. Source: CloudTrail user guide, "CloudTrail record contents", version 1.11.
 * @param at ms since 1970
 */
export function record(
  principal: Principal,
  call: ApiCall,
  place: { account: string; region: string },
  at: number,
  numbers: Random,
): TrailRecord {
  const { error, resources, more } = call;
  const written: TrailRecord & Record<string, unknown> = {
    eventVersion: '1.11',
    userIdentity: principal.identity,
    eventTime: seconds(at),
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.name,
    awsRegion: place.region,
    sourceIPAddress: principal.address,
    userAgent: principal.agent,
    requestParameters: call.parameters ?? null,
    responseElements: error === undefined ? (call.response ?? null) : null,
    requestID: numbers.uuid(),
    eventID: numbers.uuid(),
    readOnly: call.readOnly,
    eventType: call.eventType ?? 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: place.account,
    eventCategory: 'Management',
  };
  // Added one by one, as spreading takes most of the time of making a trail.
  if (error !== undefined) {
    written['errorCode'] = error.code;
    written['errorMessage'] = error.message;
  }
  if (resources !== undefined) written['resources'] = resources;
  if (more !== undefined) Object.assign(written, more);
  if (principal.identity['type'] !== 'AWSService') written['tlsDetails'] = tlsDetails(call.service, place.region);
  if (principal.console === true) written['sessionCredentialFromConsole'] = 'true';
  return written;
}
