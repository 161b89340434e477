import { flag, fromText, json, list, map, number, type Parsed, shape, text } from '../alerts/shape.ts';
import { isRecord, type Json, textAt } from '../words/json.ts';
import { isOcsfCall, recordOfOcsf } from './ocsf.ts';

/** Some log stores keep what is nested as text. */
const details = fromText(map);

const issuerFields = { type: text, arn: text, accountId: text, userName: text };

const identityFields = {
  type: text,
  principalId: text,
  arn: text,
  accountId: text,
  accessKeyId: text,
  userName: text,
  invokedBy: text,
  onBehalfOf: shape({ userId: text }),
  /** For whom the credentials were made: a function, a task. */
  inScopeOf: shape({ issuerType: text, credentialsIssuedTo: text }),
  sessionContext: shape({
    sessionIssuer: shape(issuerFields),
    sourceIdentity: text,
    attributes: shape({ mfaAuthenticated: flag }),
  }),
};

const recordFields = {
  eventVersion: text,
  eventTime: text,
  eventSource: text,
  eventName: text,
  eventType: text,
  eventID: text,
  awsRegion: text,
  recipientAccountId: text,
  sourceIPAddress: text,
  userAgent: text,
  errorCode: text,
  errorMessage: text,
  readOnly: flag,
  vpcEndpointId: text,
  sessionCredentialFromConsole: flag,
  userIdentity: fromText(shape(identityFields)),
  requestParameters: details,
  responseElements: details,
  additionalEventData: details,
  serviceEventDetails: details,
  insightDetails: shape({
    state: text,
    eventSource: text,
    eventName: text,
    insightType: text,
    errorCode: text,
    insightContext: shape({
      statistics: shape({ baseline: shape({ average: number }), insight: shape({ average: number }) }),
      attributions: list(shape({ attribute: text, insight: list(shape({ value: text })) })),
    }),
  }),
  resources: json,
};

/** A CloudTrail record, leniently. Source: CloudTrail user guide, "CloudTrail record contents". */
export const Record = shape(recordFields);

export type CloudTrailRecord = Parsed<typeof Record>;

/** The CloudTrail record that a value can only be; log stores write its names in lower case. */
export function trailRecordOf(value: unknown): Json | undefined {
  if (!isRecord(value) || 's3' in value) return undefined;
  if (isOcsfCall(value)) return recordOfOcsf(value);
  const record = typeof value['eventname'] === 'string' ? withOwnNames(value) : value;
  const source = record['eventSource'];
  const known =
    typeof record['eventName'] === 'string' &&
    (typeof source === 'string'
      ? // Lambda's records of streams and queues have the same keys.
        !source.startsWith('aws:') &&
        ('eventVersion' in record || 'userIdentity' in record || 'recipientAccountId' in record)
      : // A cut record may lack the source.
        /^Aws[A-Z]/.test(textAt(record, 'eventType') ?? '') ||
        (isRecord(record['userIdentity']) && 'awsRegion' in record));
  return known ? record : undefined;
}

const ownNames = new Map(
  Object.keys({ ...recordFields, ...identityFields, ...issuerFields })
    .concat('sessionIssuer', 'sourceIdentity', 'mfaAuthenticated')
    .map((name) => [name.toLowerCase(), name]),
);

/** A record and the identity in it with CloudTrail's own spelling of its names; parameters keep theirs. */
function withOwnNames(value: Json): Json {
  const identity = ['useridentity', 'sessioncontext', 'sessionissuer', 'attributes'];
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      ownNames.get(key) ?? key,
      identity.includes(key) ? withIdentity(json.parse(inner)) : inner,
    ]),
  );
}

const withIdentity = (value: unknown): unknown => (isRecord(value) ? withOwnNames(value) : value);

/** The service's short name: "iam". Every rule asks for it, so it is kept cheap. */
export const serviceOf = ({ eventSource = '' }: CloudTrailRecord): string => {
  const domain = ['.amazonaws.com', '.amazonaws.com.cn'].find((end) => eventSource.endsWith(end));
  return domain === undefined ? eventSource : eventSource.slice(0, -domain.length);
};

const readVerb =
  /^(?:Get|List|Describe|Head|Search|Lookup|Batch(?:Get|Describe)|View|Check|Test|Preview|Validate|Simulate|Estimate|Scan|Query|Select)/;

/** Whether the call only reads: by the record's own word, else by its verb. */
export const reads = (record: CloudTrailRecord): boolean => record.readOnly ?? readVerb.test(record.eventName ?? '');

/** Whether the call was refused or failed. A sign-in says so in its answer. */
export const failed = (record: CloudTrailRecord): boolean =>
  record.errorCode !== undefined ||
  (record.errorMessage !== undefined && record.eventType !== 'AwsServiceEvent') ||
  Object.values(record.responseElements).some((value) => value === 'Failure');

/** An AWS service acted for itself, by a role of its own: nobody asked for this call. */
export const byService = ({ userIdentity }: CloudTrailRecord): boolean =>
  userIdentity.type === 'AWSService' || /AWSServiceRoleFor/.test(userIdentity.arn ?? '');

/** The services through which somebody's own hand reaches: what they do was asked for there and then. */
const handsOf = /^(?:cloudformation|signin|servicecatalog|cloud9|AWS Internal)\b/;

/**
 * An AWS service made the call by a role it was given: AWS Backup that copies, the lifecycle manager that tidies up.
 * `invokedBy` is CloudTrail's word for it (user guide, "CloudTrail userIdentity element").
 */
export const throughService = ({ userIdentity: { invokedBy }, sourceIPAddress }: CloudTrailRecord): boolean =>
  [invokedBy, sourceIPAddress].some(
    (name) => name !== undefined && /\.amazonaws\.com(?:\.cn)?$/.test(name) && !handsOf.test(name),
  );

/** A tool that builds infrastructure made the call for somebody: a change all the same, but no surprise. */
export const byTool = (record: CloudTrailRecord): boolean =>
  (record.userIdentity.invokedBy !== undefined && record.userIdentity.invokedBy !== 'signin.amazonaws.com') ||
  /\.amazonaws\.com(?:\.cn)?$/.test(record.sourceIPAddress ?? '') ||
  /^(?:cloudformation|autoscaling|elasticbeanstalk)\.|\b(?:terraform|opentofu|pulumi|crossplane|ansible)\b/i.test(
    record.userAgent ?? '',
  );

/** Somebody with a name made the call, not a program with a role of its own: a user, root, or a session named after a person. */
export const byPerson = ({ userIdentity }: CloudTrailRecord): boolean =>
  /^(?:Root|IAMUser|FederatedUser|SAMLUser|IdentityCenterUser)$/.test(userIdentity.type ?? '') ||
  /\/AWSReservedSSO_[^/]+\/|@[^/]*$/.test(userIdentity.arn ?? '');

/** What AWS's own places to run code and the usual controllers of clusters say of themselves in the user agent. */
const programs =
  /exec-env\/AWS_(?:Lambda|ECS)|\bkarpenter|autoscaler|\bk8s\.aws|csi\.aws\.com|-(?:controller|operator)\b|external-(?:secrets|dns)|secrets-store|cert-manager|custodian|\bpacker\b|\bvelero\b/i;

/** ECS names the session of a task's role after the task, in 32 digits; EKS after cluster, pod and a number of its own; Boto3 after the second. */
const programSession =
  /\/(?:[0-9a-f]{32}|eks-[\w.-]{1,100}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|botocore-session-\d{10})$/;
/** Whether people typed the call into something, or clicked on it. */
export const byHandTool = ({ userAgent = '' }: CloudTrailRecord): boolean =>
  /^aws-cli|PowerShell|Mozilla|CloudShell/i.test(userAgent);

/** A program at its routine: a session of a role, of no person, that says it is a function, a task or a controller. */
export const byProgram = (record: CloudTrailRecord): boolean =>
  record.userIdentity.type === 'AssumedRole' &&
  !byPerson(record) &&
  (programs.test(record.userAgent ?? '') ||
    (programSession.test(record.userIdentity.arn ?? '') && !byHandTool(record)));

/** A browser made the call, or a page of the console for it. */
export const byBrowser = ({ userAgent = '' }: CloudTrailRecord): boolean =>
  /^\[?Mozilla\b|^\[?(?:S3Console|AWS[- ]?Console)|console\.amazonaws\.com|^signin\.amazonaws|console-?mobile|Jersey|aws-internal|AWS Internal/i.test(
    userAgent,
  );

/** Every value under a key of this name, however deep; names compare without regard to case. At most 200. */
export function valuesOf(value: unknown, key: string, depth = 0): unknown[] {
  if (depth > 8 || typeof value !== 'object' || value === null) return [];
  const found: unknown[] = [];
  for (const [name, inner] of Object.entries(value)) {
    if (name.toLowerCase() === key.toLowerCase()) found.push(inner);
    if (found.length < 200) found.push(...valuesOf(inner, key, depth + 1));
  }
  return found;
}
