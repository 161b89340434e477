import { actorOf } from '../../actor.ts';
import { partitionOfRegion, serviceName } from '../../arn.ts';
import { cloudtrailEventLink, cloudtrailHistoryLink, serviceLink } from '../../console-links.ts';
import { isRecord, type Json, textAt } from '../../json.ts';
import type { Actor, Resource, Signal } from '../../signal.ts';
import type { Payload, Source } from '../../source.ts';
import { capitalized, words } from '../../text.ts';
import {
  type AwsEvent,
  actorNamed,
  awsEvent,
  hasDetailType,
  isAccount,
  resourceNamed,
  sentence,
  signalOf,
} from '../shape.ts';
import { judge } from './judge.ts';
import { type CloudTrailRecord, failed, Record, serviceOf, trailRecordOf } from './record.ts';

/** "AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail", "AWS Service Event via CloudTrail", Insight … */
const viaCloudTrail = /via CloudTrail$/;

/** API calls: through EventBridge, as a bare record, and the trail's own notice of a new log file. */
export const cloudtrail: Source = {
  name: 'cloudtrail',
  matches: (payload) =>
    hasDetailType(payload, viaCloudTrail) ||
    trailRecordOf(payload.json) !== undefined ||
    isLogFileNotice(payload) ||
    trailRecordOf(payload.json?.['detail']) !== undefined,
  read: (payload) => (isLogFileNotice(payload) ? readLogFileNotice(payload) : readCall(payload)),
};

/** A trail can tell a topic of each log file it has written. Source: CloudTrail user guide, "Configuring SNS notifications". */
const isLogFileNotice = ({ json }: Payload): boolean =>
  typeof json?.['s3Bucket'] === 'string' && Array.isArray(json['s3ObjectKey']);

function readLogFileNotice(payload: Payload): Signal {
  const bucket = textAt(payload.json, 's3Bucket');
  const key = textAt(payload.json, 's3ObjectKey', '0');
  return signalOf(payload, {
    source: 'cloudtrail',
    kind: 'log file written',
    dedupKey: `cloudtrail:log-file:${bucket}`,
    severity: 'info',
    title: `CloudTrail wrote a log file into ${bucket}`,
    sentence: `CloudTrail wrote a log file into the bucket ${bucket}.`,
    accounts: [/AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\//.exec(key ?? '')?.[1]],
    regions: [/\/CloudTrail\/([a-z0-9-]+)\//.exec(key ?? '')?.[1]],
    times: [],
    resource: resourceNamed(bucket, 'S3 bucket'),
    links: (where) => [serviceLink(where, 'cloudtrail')],
    fields: [['Log file', key]],
  });
}

function readCall(payload: Payload): Signal {
  const event = awsEvent(payload);
  const detail = event?.detail ?? payload.json?.['detail'] ?? payload.json;
  return signalOfCall(payload, Record.parse(trailRecordOf(detail) ?? detail), event);
}

/** What a record says that is read already; `event` is the envelope that it came in. */
export function signalOfCall(payload: Payload, record: CloudTrailRecord, event?: AwsEvent): Signal {
  const insight = record.insightDetails;
  const name = record.eventName ?? insight.eventName ?? event?.detailType ?? 'API call';
  const service =
    serviceOf(record) ||
    (insight.eventSource?.replace(/\.amazonaws\.com$/, '') ?? event?.source.replace(/^aws\./, '') ?? '');
  const actor = actorOf(record.userIdentity) ?? insightActor(record);
  const resource = resourceOf(record);
  const refused = failed(record);
  const judgement = judge(record);
  const account = [record.recipientAccountId, event?.account, record.userIdentity.accountId];
  const call = `${capitalized(words(name))} in ${serviceName(service)}`;
  return {
    ...signalOf(payload, {
      source: 'cloudtrail',
      kind: name,
      dedupKey: [
        account.find(Boolean),
        record.awsRegion,
        service,
        name,
        actor?.arn ?? actor?.name,
        resource?.arn ?? resource?.name,
        refused ? 'refused' : '',
      ].join('|'),
      severity: insight.insightType === undefined ? judgement.severity : 'medium',
      state: insight.state === 'End' ? 'resolved' : 'firing',
      title:
        insight.insightType !== undefined
          ? insightTitle(record, name, service)
          : name === 'ConsoleLogin'
            ? `Console sign-in${actor === undefined ? '' : ` of ${actor.name}`}${refused ? ' (failed)' : ''}`
            : titleOf(call, resource, refused),
      sentence: sentenceOf(record, name, service, actor, resource),
      accounts: account,
      regions: [record.awsRegion, event?.region],
      times: [record.eventTime?.replace(/(\.\d{3})\d+$/, '$1'), event?.time],
      resource,
      actor,
      sourceIp: record.sourceIPAddress,
      links: (where) => [
        ...(record.eventID === undefined ? [] : [cloudtrailEventLink(where, record.eventID)]),
        ...(actor?.accessKeyId === undefined
          ? []
          : [{ ...cloudtrailHistoryLink(where, 'AccessKeyId', actor.accessKeyId), title: 'What this key did' }]),
      ],
      fields: [
        [
          'Outcome',
          refused ? [record.errorCode, record.errorMessage].filter(Boolean).join(': ') || 'failed' : undefined,
        ],
        ['Access key', actor?.accessKeyId],
        ['Rate', insightRate(record)],
        ['From', record.sourceIPAddress],
        ['User agent', record.userAgent],
        ['MFA', actor?.mfa === false ? 'no' : undefined],
        ['Event id', record.eventID],
      ],
    }),
    judgement,
  };
}

/** "Unusual rate of AccessDenied answers to DeleteRole in IAM". */
const insightTitle = ({ insightDetails }: CloudTrailRecord, name: string, service: string): string =>
  `Unusual rate of ${insightDetails.errorCode === undefined ? '' : `${insightDetails.errorCode} answers to `}${name} in ${serviceName(service)}`;

/** Whose calls an Insight is about: of the users that it names, the one who called most. */
function insightActor({ insightDetails }: CloudTrailRecord): Actor | undefined {
  const users = insightDetails.insightContext.attributions.find(({ attribute }) => attribute === 'userIdentityArn');
  const arn = users?.insight[0]?.value;
  return arn === undefined ? undefined : actorNamed(arn);
}

/** "6 a minute instead of 0.0017". */
function insightRate({ insightDetails }: CloudTrailRecord): string | undefined {
  const { baseline, insight } = insightDetails.insightContext.statistics;
  return insight.average === undefined
    ? undefined
    : `${insight.average} a minute${baseline.average === undefined ? '' : ` instead of ${baseline.average}`}`;
}

const titleOf = (call: string, resource: Resource | undefined, refused: boolean): string =>
  `${call}${resource === undefined ? '' : `: ${resource.name}`}${refused ? ' (refused)' : ''}`;

/** "deploy-bot called StopLogging in CloudTrail on org-trail from 203.0.113.7; the call was refused." */
function sentenceOf(
  record: CloudTrailRecord,
  name: string,
  service: string,
  actor: Actor | undefined,
  resource: Resource | undefined,
): string {
  const { insightDetails: insight } = record;
  if (insight.insightType !== undefined)
    return sentence(
      insight.state === 'End'
        ? `${name} in ${serviceName(service)} is called at its usual rate again`
        : `${insightTitle(record, name, service)}${insightRate(record) === undefined ? '' : `: ${insightRate(record)}`}${actor === undefined ? '' : `, most of them by ${actor.name}`}`,
    );
  const who =
    actor === undefined
      ? serviceName(service)
      : actor.type === 'root'
        ? 'The root user'
        : actor.human === undefined
          ? actor.name
          : `${actor.human} (as ${actor.name})`;
  if (name === 'ConsoleLogin')
    return sentence(`${who} ${failed(record) ? 'failed to sign in' : 'signed in'} to the console${from(record)}`);
  const on = resource === undefined ? '' : ` on ${resource.name}`;
  return sentence(
    `${who} called ${name} in ${serviceName(service)}${on}${from(record)}${failed(record) ? '; the call was refused' : ''}`,
  );
}

const from = ({ sourceIPAddress }: CloudTrailRecord): string =>
  sourceIPAddress === undefined ? '' : ` from ${sourceIPAddress}`;

const named =
  /(?:^arn$|Arns?$|ARNs?$|aRN$|Name$|Ids?$|^id$|^name$|^resource$|^target$|^domain$|Identifier$|^identifier$)/;
/** Parameters that name something else than what the call is about. */
const beside =
  /^(?:clientToken|requestId|roleSessionName|policyName|sessionName|maxResults|nextToken|host|accountId|awsAccountId|parentId|versionId|x-id|certificateId|ownerId|reservationId|eventId|jobEventId|relayId|vpcOwnerId|eventName|attributeName|fullName|commandId)$/i;

/** What a call is about: its own list of resources, else the parameter that names it, else what the answer names. */
function resourceOf(record: CloudTrailRecord): Resource | undefined {
  const listed = (Array.isArray(record.resources) ? record.resources : []).filter(isRecord);
  const first = listed.flatMap((each) => textAt(each, 'ARN') ?? textAt(each, 'arn') ?? []);
  // An object's ARN says more than its bucket's.
  const arn = first.find((each) => /^arn:aws[\w-]*:s3:::[^/]+\/./.test(each)) ?? first[0];
  if (arn !== undefined) return resourceNamed(arn);
  const parameters = record.requestParameters;
  const bucket = textAt(parameters, 'bucketName');
  if (bucket !== undefined) return resourceNamed(`arn:${partitionOfRegion(record.awsRegion)}:s3:::${bucket}`);
  const user =
    serviceOf(record) === 'iam'
      ? (['userName', 'roleName', 'groupName', 'policyArn', 'policyName'] as const).find(
          (key) => textAt(parameters, key) !== undefined,
        )
      : undefined;
  if (user !== undefined) return iamResource(record, user, textAt(parameters, user) ?? '');
  const instance =
    textAt(parameters, 'instancesSet', 'items', '0', 'instanceId') ??
    textAt(record.responseElements, 'instancesSet', 'items', '0', 'instanceId');
  if (instance !== undefined) return resourceNamed(instance, 'EC2 instance');
  // Who signs in is all that a sign-in is about.
  if (serviceOf(record) === 'signin' && record.userIdentity.arn !== undefined)
    return resourceNamed(record.userIdentity.arn);
  const asked = namedIn(parameters, record);
  const answered = namedIn(record.responseElements, record);
  const found =
    [asked, answered].find((one) => one?.own === true) ??
    asked ??
    (serviceOf(record) === 'organizations' ? accountIn(parameters) : undefined) ??
    accountIn(record.serviceEventDetails) ??
    namedIn(record.serviceEventDetails, record) ??
    answered;
  return found?.resource;
}

interface Named {
  resource: Resource | undefined;
  /** True where the key says what the call's own name says: `launchConfigurationName` in CreateLaunchConfiguration. */
  own: boolean;
}

/** What a key names: "secret" of `secretId`; of a mere `name`, the record that it stands in. */
const stemOf = (key: string, parent: string): string =>
  /^(?:arn|aRN|name|ids?|identifier)$/.test(key)
    ? parent
    : key.replace(/(?:Name|Ids?|Identifier|Arns?|ARNs?|aRN|Set)$/, '');

/**
 * The resource that the keys of a record name: what the call's own name says first, then an ARN, then what stands nearest
 * to the top. Services nest what they name: EC2 in sets of items.
 */
function namedIn(value: Json, record: CloudTrailRecord): Named | undefined {
  const call = (record.eventName ?? '').toLowerCase();
  let best: { rank: number; key: string; text: string; stem: string } | undefined;
  let level: [parent: string, record: Json][] = [['', value]];
  for (let depth = 0; depth < 4 && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const [parent, each] of level)
      for (const [key, inner] of Object.entries(each).slice(0, 60)) {
        const [first] = Array.isArray(inner) ? inner : [inner];
        // EC2 writes `{"content": "fl-0e17", "tag": 1}` where its query has a list.
        const text = isRecord(first) ? first['content'] : first;
        if (isRecord(first)) next.push([key === 'items' ? parent : key, first]);
        if (typeof text !== 'string' || text === '' || !named.test(key) || beside.test(key)) continue;
        const stem = stemOf(key, parent);
        const own = stem !== '' && call.includes(stem.toLowerCase());
        const rank = (own ? 0 : 4) + (text.startsWith('arn:') ? 0 : 1) + depth / 10;
        if (best === undefined || rank < best.rank) best = { rank, key, text, stem };
      }
    level = next;
  }
  if (best === undefined) return undefined;
  const { rank, text, stem } = best;
  return {
    resource: resourceNamed(text, text.startsWith('arn:') ? undefined : typeOf(stem, record)),
    own: rank < 4,
  };
}

/** What Organizations and Control Tower do to an account is told by its id. */
function accountIn(details: Json): Named | undefined {
  const id = textAt(details, 'createAccountStatus', 'accountId') ?? textAt(details, 'accountId');
  return id === undefined || !isAccount(id) ? undefined : { resource: { name: id, type: 'AWS account' }, own: true };
}

/** "secret" of Secrets Manager, "EC2 instance". */
function typeOf(stem: string, record: CloudTrailRecord): string | undefined {
  const what = words(stem.replace(/^dB/, 'DB'));
  if (what === '' || what === 'resource' || what === 'target') return undefined;
  if (serviceOf(record) !== 'ec2') return what;
  return what === 'group' ? 'EC2 security group' : `EC2 ${what}`;
}

function iamResource(
  record: CloudTrailRecord,
  key: 'userName' | 'roleName' | 'groupName' | 'policyArn' | 'policyName',
  name: string,
): Resource | undefined {
  if (key === 'policyArn') return resourceNamed(name);
  const kind = { userName: 'user', roleName: 'role', groupName: 'group', policyName: 'policy' }[key];
  const account = record.recipientAccountId ?? record.userIdentity.accountId;
  return /^\d{12}$/.test(account ?? '')
    ? resourceNamed(`arn:aws:iam::${account}:${kind}/${name}`)
    : resourceNamed(name, `IAM ${kind}`);
}
