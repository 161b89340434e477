import { actorOf } from '../../actor.ts';
import { serviceName } from '../../arn.ts';
import { cloudtrailEventLink, cloudtrailHistoryLink, serviceLink } from '../../console-links.ts';
import { isRecord, textAt } from '../../json.ts';
import type { Actor, Resource, Signal } from '../../signal.ts';
import type { Payload, Source } from '../../source.ts';
import { capitalized, words } from '../../text.ts';
import { type AwsEvent, awsEvent, hasDetailType, resourceNamed, sentence, signalOf } from '../shape.ts';
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
    resource: resourceNamed(bucket === undefined ? undefined : `arn:aws:s3:::${bucket}`),
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
  const actor = actorOf(record.userIdentity);
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
        insight.insightType === undefined
          ? titleOf(call, resource, refused)
          : `Unusual rate of ${name} in ${serviceName(service)}`,
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
        ['From', record.sourceIPAddress],
        ['User agent', record.userAgent],
        ['MFA', actor?.mfa === false ? 'no' : undefined],
        ['Event id', record.eventID],
      ],
    }),
    judgement,
  };
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
      `${name} in ${serviceName(service)} is called ${insight.state === 'End' ? 'at its usual rate again' : 'at an unusual rate'}`,
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

const named = /(?:^arn$|Arn$|ARN$|Name$|Id$|^name$|^resource$|^domain$|Identifier$)/;
/** Parameters that name something else than what the call is about. */
const beside =
  /^(?:clientToken|requestId|roleSessionName|policyName|sessionName|maxResults|nextToken|host|accountId|awsAccountId|parentId|versionId|x-id|certificateId)$/i;

/** What a call is about: its own list of resources, else the parameter that names it. */
function resourceOf(record: CloudTrailRecord): Resource | undefined {
  const listed = (Array.isArray(record.resources) ? record.resources : []).filter(isRecord);
  const first = listed.flatMap((each) => textAt(each, 'ARN') ?? textAt(each, 'arn') ?? []);
  // An object's ARN says more than its bucket's.
  const arn = first.find((each) => /^arn:aws[\w-]*:s3:::[^/]+\/./.test(each)) ?? first[0];
  if (arn !== undefined) return resourceNamed(arn);
  const parameters = record.requestParameters;
  const bucket = textAt(parameters, 'bucketName');
  if (bucket !== undefined) return resourceNamed(`arn:aws:s3:::${bucket}`);
  const user =
    serviceOf(record) === 'iam'
      ? (['userName', 'roleName', 'groupName', 'policyArn', 'policyName'] as const).find(
          (key) => textAt(parameters, key) !== undefined,
        )
      : undefined;
  if (user !== undefined) return iamResource(record, user, textAt(parameters, user) ?? '');
  const found = Object.entries(parameters).flatMap(([key, value]) =>
    named.test(key) && !beside.test(key) && typeof value === 'string' && value !== '' ? [value] : [],
  );
  const direct = found.find((value) => value.startsWith('arn:')) ?? found[0];
  if (direct !== undefined) return resourceNamed(direct);
  const instance =
    textAt(parameters, 'instancesSet', 'items', '0', 'instanceId') ??
    textAt(record.responseElements, 'instancesSet', 'items', '0', 'instanceId');
  return resourceNamed(instance, instance === undefined ? undefined : 'EC2 instance');
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
