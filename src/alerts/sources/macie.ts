import { macieFindingLink, serviceLink } from '../../aws-names/console-links.ts';
import { asText, isRecord } from '../../words/json.ts';
import { listed, plural } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  anything,
  asSentence,
  awsEvent,
  camelKeys,
  firstSentence,
  flag,
  hasDetailType,
  isIp,
  list,
  map,
  number,
  type Parsed,
  resourceNamed,
  shape,
  signalOf,
  tagsOf,
  text,
} from '../shape.ts';
import type { Actor, Resource } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

const UserIdentity = shape({
  type: text,
  iamUser: shape({ arn: text, userName: text, accountId: text }),
  assumedRole: shape({
    arn: text,
    accountId: text,
    accessKeyId: text,
    sessionContext: shape({ sessionIssuer: shape({ userName: text }), attributes: shape({ mfaAuthenticated: flag }) }),
  }),
  federatedUser: shape({ arn: text, accountId: text, accessKeyId: text }),
  root: shape({ arn: text, accountId: text }),
  awsAccount: shape({ accountId: text }),
  awsService: shape({ invokedBy: text }),
});

/** Source: Macie user guide, "EventBridge event schema for findings". */
const Finding = shape({
  id: text,
  accountId: text,
  region: text,
  type: text,
  title: text,
  description: text,
  category: text,
  severity: shape({ score: number, description: text }),
  createdAt: text,
  updatedAt: text,
  count: number,
  archived: flag,
  sample: flag,
  resourcesAffected: shape({
    s3Bucket: shape({
      arn: text,
      name: text,
      tags: anything,
      publicAccess: shape({ effectivePermission: text }),
    }),
    s3Object: shape({ key: text, path: text }),
  }),
  classificationDetails: shape({
    result: shape({
      sensitiveData: list(
        shape({ category: text, totalCount: number, detections: list(shape({ type: text, count: number })) }),
      ),
    }),
  }),
  policyDetails: shape({
    action: shape({ apiCallDetails: shape({ api: text, firstSeen: text }) }),
    actor: shape({
      ipAddressDetails: shape({ ipAddressV4: text, ipCountry: shape({ name: text }) }),
      userIdentity: UserIdentity,
    }),
  }),
});
type Finding = Parsed<typeof Finding>;

/** What Macie says of sensitive data and of buckets' policies; the alerts of Macie Classic too. */
export const macie: Source = {
  name: 'macie',
  matches: (payload) => {
    if (hasDetailType(payload, /^Macie /)) return true;
    const { json } = payload;
    return (
      json !== undefined &&
      (isRecord(json['resourcesAffected']) || isRecord(json['ResourcesAffected'])) &&
      (json['category'] ?? json['Category']) !== undefined
    );
  },
  read: (payload) => (hasDetailType(payload, /^Macie Alert/) ? alertSignal(payload) : findingSignal(payload)),
};

function findingSignal(payload: Payload) {
  const event = awsEvent(payload);
  const finding = Finding.parse(camelKeys(event?.detail ?? payload.json));
  const { s3Bucket, s3Object } = finding.resourcesAffected;
  const resource: Resource | undefined =
    s3Object.key === undefined
      ? resourceNamed(s3Bucket.arn ?? s3Bucket.name, 'S3 bucket')
      : {
          ...(s3Bucket.arn === undefined ? {} : { arn: `${s3Bucket.arn}/${s3Object.key}` }),
          name: s3Object.path ?? s3Object.key,
          type: 'S3 object',
        };
  const title = (finding.title ?? finding.type ?? 'Macie finding without a title').replace(/\.$/, '');
  const found = finding.classificationDetails.result.sensitiveData.map(({ category, totalCount, detections }) => {
    const kinds = listed(
      detections.flatMap(({ type }) => type?.toLowerCase().replaceAll('_', ' ') ?? []),
      3,
    );
    const said = [totalCount?.toLocaleString('en-US'), kinds || undefined].filter(Boolean).join(': ');
    return `${(category ?? 'sensitive data').toLowerCase().replaceAll('_', ' ')}${said === '' ? '' : ` (${said})`}`;
  });
  const { actor, action } = finding.policyDetails;
  return signalOf(payload, {
    source: 'macie',
    kind: finding.type ?? event?.detailType ?? 'finding',
    dedupKey: `macie:${finding.accountId ?? event?.account ?? ''}:${finding.region ?? event?.region ?? ''}:${finding.id ?? event?.id ?? title}`,
    severity: findingSeverity(finding),
    state: finding.archived === true ? 'resolved' : 'firing',
    title: resource === undefined ? title : `${title}: ${resource.name}`,
    sentence:
      found.length > 0 && resource !== undefined
        ? `Macie found ${listed(found)} in the ${resource.type ?? 'resource'} ${resource.name}.`
        : asSentence(firstSentence(finding.description) ?? title),
    accounts: [finding.accountId, event?.account],
    regions: [finding.region, event?.region],
    times: [finding.updatedAt, event?.time, finding.createdAt],
    resource,
    actor: actorOf(actor.userIdentity),
    sourceIp: actor.ipAddressDetails.ipAddressV4,
    links: (where) => [finding.id === undefined ? serviceLink(where, 'macie2') : macieFindingLink(where, finding.id)],
    tags: tagsOf(s3Bucket.tags),
    fields: [
      ['Found', listed(found, 5)],
      ['Called', action.apiCallDetails.api],
      ['From', actor.ipAddressDetails.ipCountry.name],
      ['Bucket access', s3Bucket.publicAccess.effectivePermission?.toLowerCase().replaceAll('_', ' ')],
      ['Category', finding.category?.toLowerCase()],
      ['Seen', finding.count === undefined ? undefined : plural(finding.count, 'time')],
      ['First found', finding.createdAt],
      ['Sample', finding.sample === true ? 'yes: a test finding' : undefined],
    ],
  });
}

/** docs/severity.md, "Macie": the description names the level, the score is 1 to 3. */
function findingSeverity({ severity: { description, score } }: Finding): Severity {
  const level = description?.toLowerCase();
  if (level === 'critical' || level === 'high' || level === 'medium' || level === 'low') return level;
  return score === undefined ? 'medium' : score >= 3 ? 'high' : score >= 2 ? 'medium' : 'low';
}

function actorOf({
  type,
  iamUser,
  assumedRole,
  federatedUser,
  root,
  awsAccount,
  awsService,
}: Finding['policyDetails']['actor']['userIdentity']): Actor | undefined {
  if (iamUser.userName !== undefined || iamUser.arn !== undefined)
    return { type: 'user', name: iamUser.userName ?? iamUser.arn ?? '', arn: iamUser.arn, account: iamUser.accountId };
  if (assumedRole.arn !== undefined)
    return {
      type: 'role',
      name: resourceNamed(assumedRole.arn)?.name ?? assumedRole.arn,
      arn: assumedRole.arn,
      account: assumedRole.accountId,
      accessKeyId: assumedRole.accessKeyId,
      mfa: assumedRole.sessionContext.attributes.mfaAuthenticated,
    };
  if (federatedUser.arn !== undefined)
    return {
      type: 'federated',
      name: resourceNamed(federatedUser.arn)?.name ?? federatedUser.arn,
      arn: federatedUser.arn,
      account: federatedUser.accountId,
    };
  if (type === 'Root' || root.arn !== undefined)
    return { type: 'root', name: 'root', arn: root.arn, account: root.accountId };
  if (awsService.invokedBy !== undefined) return { type: 'service', name: awsService.invokedBy };
  return awsAccount.accountId === undefined
    ? undefined
    : { type: 'account', name: awsAccount.accountId, account: awsAccount.accountId };
}

/** Macie Classic. Source: Macie Classic user guide, "Monitoring Macie alerts with CloudWatch Events". */
const Alert = shape({
  'notification-type': text,
  name: text,
  tags: list(text),
  url: text,
  'alert-arn': text,
  'risk-score': number,
  actor: text,
  'created-at': text,
  trigger: shape({ description: text, 'alert-type': text }),
  summary: shape({ Description: text, IP: map, 'Source ARN': text, 'Event Count': number, Events: map, Object: map }),
});

function alertSignal(payload: Payload) {
  const event = awsEvent(payload);
  const alert = Alert.parse(event?.detail);
  const score = alert['risk-score'];
  const arn = alert['alert-arn'] ?? event?.resources[0];
  const ips = Object.keys(alert.summary.IP);
  const objects = Object.keys(alert.summary.Object);
  const name = alert.name ?? 'Macie alert';
  return signalOf(payload, {
    source: 'macie',
    kind: 'Macie Classic alert',
    dedupKey: arn ?? `macie:${event?.id ?? name}`,
    severity:
      score === undefined ? 'medium' : score >= 90 ? 'critical' : score >= 70 ? 'high' : score >= 40 ? 'medium' : 'low',
    title: name,
    sentence: asSentence(alert.summary.Description ?? alert.trigger.description ?? name),
    accounts: [event?.account],
    regions: [event?.region],
    times: [event?.time, alert['created-at']],
    resource:
      objects[0] !== undefined
        ? { arn: `arn:aws:s3:::${objects[0]}`, name: objects[0], type: 'S3 object' }
        : resourceNamed(arn, 'Macie alert'),
    actor: classicActor(alert.actor, alert.summary['Source ARN']),
    sourceIp: ips.find(isIp),
    links: (where) => [serviceLink(where, 'macie2')],
    fields: [
      ['Risk score', score],
      [
        'Events',
        listed(
          Object.entries(alert.summary.Events).map(
            ([call, one]) => `${call} (${asText(map.parse(one)['count']) ?? '?'})`,
          ),
          5,
        ),
      ],
      ['Objects', objects.length < 2 ? undefined : listed(objects, 5)],
      ['From', ips.length < 2 ? undefined : listed(ips, 5)],
      ['Tags', listed(alert.tags.flatMap((tag) => tag ?? []))],
      ['Change', alert['notification-type']?.toLowerCase().replaceAll('_', ' ')],
    ],
  });
}

/** "123456789012:assumed-role:name:id" or a bucket's name. */
function classicActor(actor: string | undefined, arn: string | undefined): Actor | undefined {
  const [, account, type, name] = /^(\d{12}):([a-z-]+):([^:]+)/.exec(actor ?? '') ?? [];
  if (account === undefined || name === undefined)
    return arn === undefined ? undefined : { type: 'role', name: resourceNamed(arn)?.name ?? arn, arn };
  return {
    type: type === 'assumed-role' ? 'role' : type === 'user' ? 'user' : 'unknown',
    name,
    account,
    ...(arn === undefined ? {} : { arn }),
  };
}
