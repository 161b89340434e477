import { partitionOfRegion } from '../../aws-names/arn.ts';
import { s3BucketLink, serviceLink } from '../../aws-names/console-links.ts';
import { asArray, at, isRecord } from '../../words/json.ts';
import { spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import { awsEvent, hasDetailType, isAccount, number, shape, signalOf, text } from '../shape.ts';
import type { Actor, Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** What happened to objects of a bucket: S3's own notifications (`Records`) and its EventBridge events. */
export const s3: Source = {
  name: 's3',
  matches: (payload) => {
    const { json } = payload;
    if (json === undefined) return false;
    if (json['source'] === 'aws.s3' && hasDetailType(payload, /^Object /)) return true;
    if (json['Service'] === 'Amazon S3' && json['Event'] !== undefined) return true;
    return isRecord(at(recordOf(payload), 's3'));
  },
  read: (payload) => {
    if (payload.json?.['Service'] === 'Amazon S3') return testSignal(payload);
    return awsEvent(payload) === undefined ? recordSignal(payload) : eventSignal(payload);
  },
};

const recordOf = ({ json }: Payload): unknown => (isRecord(json?.['s3']) ? json : asArray(json?.['Records'])[0]);

interface Happening {
  /** "ObjectCreated:Put" or "Object Created". */
  event: string;
  bucket: string | undefined;
  bucketArn: string | undefined;
  key: string | undefined;
  size: number | undefined;
  version: string | undefined;
  by: string | undefined;
  ip: string | undefined;
  reason: string | undefined;
  account: string | undefined;
  region: string | undefined;
  time: string | undefined;
}

const Notification = shape({
  eventName: text,
  eventTime: text,
  awsRegion: text,
  userIdentity: shape({ principalId: text }),
  requestParameters: shape({ sourceIPAddress: text }),
  s3: shape({
    bucket: shape({ name: text, arn: text }),
    object: shape({ key: text, size: number, versionId: text }),
  }),
  replicationEventData: shape({ destinationBucket: text, failureReason: text }),
});

/** Source: S3 user guide, "Event message structure". Keys come URL-encoded, with + for a space. */
function recordSignal(payload: Payload): Signal {
  const record = Notification.parse(recordOf(payload));
  return signal(payload, {
    event: record.eventName ?? 'event',
    bucket: record.s3.bucket.name,
    bucketArn: record.s3.bucket.arn,
    key: decoded(record.s3.object.key),
    size: record.s3.object.size,
    version: record.s3.object.versionId,
    by: record.userIdentity.principalId,
    ip: record.requestParameters.sourceIPAddress,
    reason: record.replicationEventData.failureReason,
    account: undefined,
    region: record.awsRegion,
    time: record.eventTime,
  });
}

const ObjectEvent = shape({
  bucket: shape({ name: text }),
  object: shape({ key: text, size: number, 'version-id': text }),
  requester: text,
  'source-ip-address': text,
  reason: text,
  'deletion-type': text,
  'destination-storage-class': text,
  'restore-expiry-time': text,
});

/** Source: S3 user guide, "EventBridge event message structure". */
function eventSignal(payload: Payload): Signal {
  const event = awsEvent(payload);
  const detail = ObjectEvent.parse(event?.detail);
  return signal(payload, {
    event: event?.detailType ?? 'Object event',
    bucket: detail.bucket.name,
    bucketArn: event?.resources[0],
    key: detail.object.key,
    size: detail.object.size,
    version: detail.object['version-id'],
    by: detail.requester,
    ip: detail['source-ip-address'],
    reason:
      [detail.reason, detail['deletion-type'], detail['destination-storage-class']]
        .filter((part) => part !== undefined)
        .join(', ') || undefined,
    account: event?.account,
    region: event?.region,
    time: event?.time,
  });
}

function decoded(key: string | undefined): string | undefined {
  try {
    return key === undefined ? undefined : decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** What each family of events is called, and how much it matters; docs/severity.md, "S3 events". */
const families: readonly { event: RegExp; done: string; severity: Severity }[] = [
  { event: /Lost/, done: 'was lost by S3', severity: 'high' },
  { event: /ACL|Acl/, done: 'got a new access control list', severity: 'low' },
  { event: /LifecycleExpiration/, done: 'was expired by the lifecycle rule', severity: 'info' },
  { event: /Replication.*Failed/, done: 'could not be replicated', severity: 'medium' },
  { event: /Replication.*(?:Missed|NotTracked)/, done: 'was not replicated in time', severity: 'medium' },
  { event: /Replication/, done: 'was replicated', severity: 'info' },
  { event: /Restore.*(?:Post|Initiated)/, done: 'is being restored from the archive', severity: 'info' },
  { event: /Restore.*(?:Delete|Expired)/, done: 'lost its restored copy', severity: 'info' },
  { event: /Restore/, done: 'was restored from the archive', severity: 'info' },
  { event: /Tagging:Delete|Tags Deleted/, done: 'lost its tags', severity: 'info' },
  { event: /Tag/, done: 'got new tags', severity: 'info' },
  {
    event: /Transition|Storage Class|IntelligentTiering|Access Tier/,
    done: 'moved to another storage class',
    severity: 'info',
  },
  { event: /Removed|Deleted|Delete/, done: 'was deleted', severity: 'low' },
  { event: /Created/, done: 'was created', severity: 'info' },
];

function signal(payload: Payload, happening: Happening): Signal {
  const { event, bucket, key } = happening;
  const family = families.find((one) => one.event.test(event));
  const byLifecycle = /Lifecycle/i.test(happening.reason ?? '');
  const bucketArn =
    happening.bucketArn ??
    (bucket === undefined ? undefined : `arn:${partitionOfRegion(happening.region)}:s3:::${bucket}`);
  const name = [bucket, key].filter((part) => part !== undefined).join('/') || 'an object';
  const resource: Resource =
    key === undefined
      ? { ...(bucketArn === undefined ? {} : { arn: bucketArn }), name, type: 'S3 bucket' }
      : { ...(bucketArn === undefined ? {} : { arn: `${bucketArn}/${key}` }), name, type: 'S3 object' };
  const done = family?.done ?? `had the event ${spaced(event)}`;
  return signalOf(payload, {
    source: 's3',
    kind: event,
    dedupKey: `s3:${event}:${bucketArn ?? ''}/${key ?? ''}`,
    severity: byLifecycle ? 'info' : (family?.severity ?? 'info'),
    title: `S3 object ${done}: ${name}`,
    sentence: `${key === undefined ? 'An object' : `The object ${key}`}${bucket === undefined ? '' : ` in the bucket ${bucket}`} ${done}${happening.reason === undefined ? '' : ` (${happening.reason})`}.`,
    accounts: [happening.account],
    regions: [happening.region],
    times: [happening.time],
    resource,
    actor: actorOf(happening.by),
    sourceIp: happening.ip,
    links: (where) => [bucket === undefined ? serviceLink(where, 's3') : s3BucketLink(where, bucket)],
    fields: [
      ['Event', event],
      ['Size', happening.size === undefined ? undefined : `${happening.size.toLocaleString('en-US')} bytes`],
      ['Version', happening.version],
      ['Reason', happening.reason],
    ],
  });
}

/** An account, a service, or a principal's unique id ("AWS:AIDA…:session"). Source: IAM user guide, "IAM identifiers". */
function actorOf(principal: string | undefined): Actor | undefined {
  if (principal === undefined) return undefined;
  if (isAccount(principal)) return { type: 'account', name: principal, account: principal };
  if (principal.endsWith('amazonaws.com')) return { type: 'service', name: principal };
  if (/anonymous/i.test(principal)) return { type: 'anonymous', name: 'anonymous' };
  const id = principal.replace(/^AWS:/, '');
  return { type: id.startsWith('AIDA') ? 'user' : id.startsWith('AROA') ? 'role' : 'unknown', name: id };
}

const TestEvent = shape({ Event: text, Time: text, Bucket: text });

/** S3 sends this once when a notification is set up: proof that the way works. */
function testSignal(payload: Payload): Signal {
  const test = TestEvent.parse(payload.json);
  const bucket = test.Bucket ?? 'a bucket';
  return signalOf(payload, {
    source: 's3',
    kind: test.Event ?? 's3:TestEvent',
    dedupKey: `s3:test:${bucket}`,
    severity: 'info',
    title: `S3 test event of ${bucket}`,
    sentence: `The bucket ${bucket} was set up to send its events here, and this test event has arrived.`,
    accounts: [],
    regions: [],
    times: [test.Time],
    resource: { name: bucket, type: 'S3 bucket' },
    links: (where) => [s3BucketLink(where, bucket)],
    fields: [['Event', test.Event]],
  });
}
