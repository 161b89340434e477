import { isRecord, type Json, textAt } from '../../json.ts';
import { flag, fromText, json, list, map, number, type Read, shape, text } from '../shape.ts';
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

export type CloudTrailRecord = Read<typeof Record>;

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

/** A tool that builds infrastructure made the call for somebody: a change all the same, but no surprise. */
export const byTool = (record: CloudTrailRecord): boolean =>
  (record.userIdentity.invokedBy !== undefined && record.userIdentity.invokedBy !== 'signin.amazonaws.com') ||
  /\.amazonaws\.com(?:\.cn)?$/.test(record.sourceIPAddress ?? '') ||
  /^(?:cloudformation|autoscaling|elasticbeanstalk)\.|\b(?:terraform|pulumi)\b/i.test(record.userAgent ?? '');

/** Somebody with a name made the call, not a program with a role of its own: a user, root, or a session named after a person. */
export const byPerson = ({ userIdentity }: CloudTrailRecord): boolean =>
  /^(?:Root|IAMUser|FederatedUser|SAMLUser|IdentityCenterUser)$/.test(userIdentity.type ?? '') ||
  /\/AWSReservedSSO_[^/]+\/|@[^/]*$/.test(userIdentity.arn ?? '');

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
