import { asArray, at, textAt } from '../../src/words/json.ts';
import type { TrailRecord } from './organization.ts';
import { hash } from './random.ts';

/** The attributes that CloudTrail's event history can be searched by; there is none for the source address. */
type LookupKey =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId';

export interface EventResource {
  ResourceType: string;
  ResourceName: string;
}

/** The records of one account and region, newest first, to be found by attribute. */
export interface EventIndex {
  records: readonly TrailRecord[];
  /** ms since 1970, record by record. */
  times: Float64Array;
  /** Lengths of the records as JSON, record by record. */
  sizes: () => Uint32Array;
  /** Where the records with this attribute are, in order; the match is exact and case-sensitive. */
  positions: (key: LookupKey, value: string) => readonly number[];
}

const indexes = new WeakMap<readonly TrailRecord[], EventIndex>();
const nowhere: readonly number[] = [];

/** The index over an organization's `events(account, region)`; made once, attribute by attribute as they are asked for. */
export function indexOf(records: readonly TrailRecord[]): EventIndex {
  const known = indexes.get(records);
  if (known !== undefined) return known;
  const byKey = new Map<LookupKey, ReadonlyMap<string, readonly number[]>>();
  let sizes: Uint32Array | undefined;
  const index: EventIndex = {
    records,
    times: Float64Array.from(records, ({ eventTime }) => Date.parse(eventTime)),
    sizes: () => {
      sizes ??= Uint32Array.from(records, (record) => JSON.stringify(record).length);
      return sizes;
    },
    positions: (key, value) => {
      const byValue = byKey.get(key) ?? positionsBy(records, key);
      byKey.set(key, byValue);
      return byValue.get(value) ?? nowhere;
    },
  };
  indexes.set(records, index);
  return index;
}

function positionsBy(records: readonly TrailRecord[], key: LookupKey): ReadonlyMap<string, readonly number[]> {
  const byValue = new Map<string, number[]>();
  for (const [position, record] of records.entries()) {
    for (const value of new Set(valuesOf(record, key))) {
      const positions = byValue.get(value);
      if (positions === undefined) byValue.set(value, [position]);
      else positions.push(position);
    }
  }
  return byValue;
}

function valuesOf(record: TrailRecord, key: LookupKey): readonly string[] {
  const present = (value: string | undefined) => (value === undefined ? [] : [value]);
  switch (key) {
    case 'EventId':
      return [record.eventID];
    case 'EventName':
      return [record.eventName];
    case 'EventSource':
      return [record.eventSource];
    case 'ReadOnly':
      return [String(record['readOnly'])];
    case 'Username':
      return present(usernameOf(record));
    case 'AccessKeyId':
      return present(accessKeyOf(record));
    case 'ResourceType':
      return resourcesOf(record).map((resource) => resource.ResourceType);
    case 'ResourceName':
      return resourcesOf(record).map((resource) => resource.ResourceName);
  }
}

export const accessKeyOf = (record: TrailRecord): string | undefined => textAt(record, 'userIdentity', 'accessKeyId');

/** Who the event history says it was: a session's name, `root`, and nobody for services and other accounts. */
export function usernameOf(record: TrailRecord): string | undefined {
  const identity = record['userIdentity'];
  const type = textAt(identity, 'type');
  if (type === 'Root') return 'root';
  if (type === 'AssumedRole' || type === 'FederatedUser') return textAt(identity, 'arn')?.split('/').at(-1);
  return textAt(identity, 'userName');
}

/** What parameters name, by their names in requests. */
const named: Readonly<Record<string, string>> = {
  alarmName: 'AWS::CloudWatch::Alarm',
  bucketName: 'AWS::S3::Bucket',
  dBInstanceIdentifier: 'AWS::RDS::DBInstance',
  dBSnapshotIdentifier: 'AWS::RDS::DBSnapshot',
  functionName: 'AWS::Lambda::Function',
  groupId: 'AWS::EC2::SecurityGroup',
  instanceId: 'AWS::EC2::Instance',
  keyId: 'AWS::KMS::Key',
  policyArn: 'AWS::IAM::Policy',
  roleName: 'AWS::IAM::Role',
  secretId: 'AWS::SecretsManager::Secret',
  snapshotId: 'AWS::EC2::Snapshot',
  stackName: 'AWS::CloudFormation::Stack',
  target: 'AWS::EC2::Instance',
  userName: 'AWS::IAM::User',
  volumeId: 'AWS::EC2::Volume',
};

/**
 * The resources that the event history gives with an event. A session's minting can be found by each of its names:
 * the new key, the session's name, id and ARN, and the role.
 */
export function resourcesOf(record: TrailRecord): readonly EventResource[] {
  const found = new Map<string, EventResource>();
  const add = (ResourceType: string, ResourceName: string | undefined): void => {
    if (ResourceName !== undefined) found.set(`${ResourceType} ${ResourceName}`, { ResourceType, ResourceName });
  };
  const request = record['requestParameters'];
  const response = record['responseElements'];
  add('AWS::IAM::AccessKey', textAt(response, 'credentials', 'accessKeyId'));
  add('AWS::IAM::AccessKey', textAt(response, 'accessKey', 'accessKeyId'));
  add('AWS::STS::AssumedRole', textAt(request, 'roleSessionName'));
  add('AWS::STS::AssumedRole', textAt(response, 'assumedRoleUser', 'assumedRoleId'));
  add('AWS::STS::AssumedRole', textAt(response, 'assumedRoleUser', 'arn'));
  add('AWS::IAM::Role', textAt(request, 'roleArn'));
  for (const [parameter, type] of Object.entries(named)) add(type, textAt(request, parameter));
  if (record.eventSource === 'cloudtrail.amazonaws.com') add('AWS::CloudTrail::Trail', textAt(request, 'name'));
  for (const item of asArray(at(request, 'instancesSet', 'items')))
    add('AWS::EC2::Instance', textAt(item, 'instanceId'));
  for (const item of asArray(at(request, 'resourcesSet', 'items')))
    add('AWS::EC2::Instance', textAt(item, 'resourceId'));
  for (const resource of asArray(record['resources'])) add(textAt(resource, 'type') ?? '', textAt(resource, 'ARN'));
  return [...found.values()];
}

const minuteMs = 60_000;
export const longestDelayMs = 15 * minuteMs;

/** How long after it happened an event comes into the history: mostly under five minutes, one in twenty up to 15. */
export function deliveryDelayMs(eventId: string): number {
  const number = hash(eventId);
  const share = (number >>> 8) / 0x1_00_00_00;
  return number % 20 === 0 ? share * 15 * minuteMs : share * 5 * minuteMs;
}
