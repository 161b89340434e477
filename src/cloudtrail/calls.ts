import { createRequire } from 'node:module';
import { describedCalls } from './techniques.ts';

interface Known {
  /** The names of calls by the name under which CloudTrail records their service, without `.amazonaws.com`. */
  calls: ReadonlyMap<string, readonly string[]>;
  /** Every call as CloudTrail writes it, by its name in lower case. */
  spelled: ReadonlyMap<string, string>;
}

let read: Known | undefined;

/** Read when a question first names a call: until then its memory would be for nothing. */
function known(): Known {
  if (read !== undefined) return read;
  const table: typeof import('./calls.json', { with: { type: 'json' }}) = createRequire(import.meta.url)(
    './calls.json',
  );
  const calls = new Map(
    Object.entries(table.calls).map(([source, names]) => [source, names.split(' ').filter((name) => name !== '')]),
  );
  const names = [...[...calls.values()].flat(), ...describedCalls];
  read = { calls, spelled: new Map(names.map((name) => [name.toLowerCase(), name])) };
  return read;
}

/** The names under which CloudTrail records services, without `.amazonaws.com`: "iam", "elasticfilesystem". */
export const knownSources = (): Iterable<string> => known().calls.keys();

/** Whether CloudTrail records a service under this name, without `.amazonaws.com`. */
export const isKnownSource = (name: string): boolean => known().calls.has(name);

export const knownCalls = (): Iterable<string> => known().spelled.values();

/**
 * A call as CloudTrail writes it, whatever case it was typed in, or as the command line (`create-user`) and people write it;
 * undefined where no call of this name is known.
 */
export const callNamed = (name: string): string | undefined =>
  known().spelled.get(name.toLowerCase().replace(/[-_\s]/g, ''));

/** Dates that Lambda wrote behind the names of its calls. Source: CloudTrail records of Lambda; the paths of its API. */
const lambdaDates = /20(?:14|15|16|17|18|19|20|21)\d{4}(?:v\d)?$/;

/**
 * Under which names a call of Lambda may be recorded beside its own: `UpdateFunctionCode20150331v2`, which CloudTrail does
 * not find by `UpdateFunctionCode`. Of other services: none.
 */
export function datedNames(call: string): string[] {
  const plain = call.replace(lambdaDates, '');
  if (known().calls.get('lambda')?.includes(plain) !== true) return [];
  const date = lambdaApiDates[plain] ?? '20150331';
  return [plain, `${plain}${date}`, `${plain}${date}v2`].filter((name) => name !== call);
}

/** Calls of Lambda that came later than its first API. Source: Lambda API reference, the paths of its operations. */
const lambdaApiDates: Readonly<Record<string, string>> = {
  AddLayerVersionPermission: '20181031',
  CreateFunctionUrlConfig: '20211031',
  DeleteFunctionConcurrency: '20171031',
  DeleteFunctionUrlConfig: '20211031',
  DeleteLayerVersion: '20181031',
  GetAccountSettings: '20160819',
  GetFunctionUrlConfig: '20211031',
  GetLayerVersion: '20181031',
  GetLayerVersionPolicy: '20181031',
  ListFunctionUrlConfigs: '20211031',
  ListLayerVersions: '20181031',
  ListLayers: '20181031',
  ListTags: '20170331',
  PublishLayerVersion: '20181031',
  PutFunctionConcurrency: '20171031',
  PutFunctionEventInvokeConfig: '20190925',
  RemoveLayerVersionPermission: '20181031',
  TagResource: '20170331',
  UntagResource: '20170331',
  UpdateFunctionUrlConfig: '20211031',
};

const list = (text: string): string[] => text.split(' ');

/**
 * Calls that CloudTrail records as data events, which its event history does not hold.
 * Source: CloudTrail user guide, "Logging data events", and the services' own guides.
 */
const dataEvents: Readonly<Record<string, readonly string[]>> = {
  S3: list(
    'AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjectTagging DeleteObjects GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent HeadBucket HeadObject ListObjectVersions ListObjects ListObjectsV2 ListParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject SelectObjectContent UploadPart UploadPartCopy',
  ),
  Lambda: list('Invoke InvokeAsync InvokeWithResponseStream'),
  DynamoDB: list(
    'BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement ExecuteTransaction GetItem PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem',
  ),
  SQS: list(
    'ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch ReceiveMessage SendMessage SendMessageBatch',
  ),
  SNS: list('Publish PublishBatch'),
  Kinesis: list('GetRecords GetShardIterator PutRecord PutRecords SubscribeToShard'),
  EBS: list('GetSnapshotBlock ListChangedBlocks ListSnapshotBlocks PutSnapshotBlock'),
  Cognito: list('GetCredentialsForIdentity GetId GetOpenIdToken'),
  Bedrock: list('ApplyGuardrail InvokeAgent InvokeFlow Retrieve RetrieveAndGenerate'),
  CloudWatch: list('GetMetricData GetMetricWidgetImage PutMetricData'),
  'X-Ray': list('PutTelemetryRecords PutTraceSegments'),
};

/** The service whose data event a call is; undefined: it is none. */
export const dataEventOf = (call: string): string | undefined =>
  Object.entries(dataEvents).find(([, names]) => names.includes(call))?.[0];

/** Services whose calls are recorded in one region alone. Source: CloudTrail user guide, "Global service events". */
const globalSources = new Set(
  list(
    'account budgets ce chatbot cloudfront globalaccelerator health iam networkmanager organizations route53 route53domains savingsplans shield support trustedadvisor waf',
  ),
);

/** Whether CloudTrail records a service, named without `.amazonaws.com`, in one region of the partition alone. */
export const isGlobal = (source: string): boolean => globalSources.has(source);

/** The services of a call that is known. */
export const sourcesOf = (call: string): string[] =>
  [...known().calls].flatMap(([source, names]) => (names.includes(call) ? [source] : []));
