import { serviceName, shortName } from '../../../aws-names/arn.ts';
import { cloudtrailEventLink, cloudtrailHistoryLink, serviceLink } from '../../../aws-names/console-links.ts';
import { type CloudTrailRecord, failed, Record, reads, serviceOf, trailRecordOf } from '../../../cloudtrail/record.ts';
import { at, textAt } from '../../../words/json.ts';
import { capitalized, spaced } from '../../../words/text.ts';
import { actorOf } from '../../actor.ts';
import { worse } from '../../severity.ts';
import {
  type AwsEvent,
  actorNamed,
  asSentence,
  awsEvent,
  hasDetailType,
  inBrief,
  resourceNamed,
  signalOf,
} from '../../shape.ts';
import type { Actor, Judgement, Resource, Signal } from '../../signal.ts';
import type { Payload, Source } from '../../source.ts';
import { aggregatedSignal, isAggregated } from './aggregated.ts';
import { judge } from './judge.ts';
import { madeWith } from './parameters.ts';
import { resourceOf } from './resource.ts';
import {
  detailsOf,
  isIdentityCenterSignIn,
  isServiceEvent,
  nameInDetails,
  personOf,
  serviceEventFailed,
  serviceEventSeverity,
} from './service-event.ts';

/** "AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail", "AWS Service Event via CloudTrail", Insight … */
const viaCloudTrail = /via CloudTrail$/;

/** API calls: through EventBridge, as a bare record, and the trail's own notice of a new log file. */
export const cloudtrail: Source = {
  name: 'cloudtrail',
  matches: (payload) =>
    hasDetailType(payload, viaCloudTrail) ||
    trailRecordOf(payload.json) !== undefined ||
    isLogFileNotice(payload) ||
    isAggregated(payload) ||
    at(payload.json, 'detail', 'insightDetails', 'insightType') !== undefined ||
    trailRecordOf(payload.json?.['detail']) !== undefined,
  read: (payload) =>
    isLogFileNotice(payload)
      ? readLogFileNotice(payload)
      : isAggregated(payload)
        ? aggregatedSignal(payload)
        : readCall(payload),
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
  const quarantine = quarantined(record);
  const person = isIdentityCenterSignIn(record) ? personOf(record) : undefined;
  const actor = quarantine ? byAws : (person ?? actorOf(record.userIdentity) ?? insightActor(record));
  const resource = resourceOf(record);
  const refused = failed(record) || serviceEventFailed(record);
  const judgement = quarantine ? leakedKey : judge(record);
  const severity = isServiceEvent(record)
    ? worse(judgement.severity, serviceEventSeverity(record))
    : judgement.severity;
  const account = [record.recipientAccountId, event?.account, record.userIdentity.accountId];
  const call = `${callWords(name)} in ${serviceName(service)}`;
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
      severity: insight.insightType === undefined ? severity : 'medium',
      state: insight.state === 'End' ? 'resolved' : 'firing',
      title:
        insight.insightType !== undefined
          ? insightTitle(record, name, service)
          : name === 'ConsoleLogin'
            ? `Console sign-in${actor === undefined ? '' : ` of ${actor.name}`}${refused ? ' (failed)' : ''}`
            : quarantine
              ? `AWS put ${resource?.name ?? 'a user'} into quarantine: an access key leaked`
              : person !== undefined
                ? `${callWords(name)} of ${person.name}${refused ? ' (failed)' : ''}`
                : titleOf(call, resource, nameInDetails(record), refused),
      sentence: quarantine
        ? `AWS found an access key of ${resource?.name ?? 'a user'} in a public place and attached ${shortName(textAt(record.requestParameters, 'policyArn') ?? '')}, which limits what the key can do.`
        : sentenceOf(record, name, service, actor, resource, refused),
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
        ['With', severity === 'info' && reads(record) ? undefined : madeWith(record, resource)],
        ...detailsOf(record).map(([label, value]): [string, string] => [capitalized(label), value]),
        ['Access key', actor?.accessKeyId],
        ['Rate', insightRate(record)],
        ['From', record.sourceIPAddress],
        ['Endpoint', record.vpcEndpointId],
        ['User agent', record.userAgent],
        ['MFA', actor?.mfa === false ? 'no' : undefined],
        ['Event id', record.eventID],
      ],
    }),
    judgement: severity === judgement.severity ? judgement : { ...judgement, severity },
  };
}

/** Lambda writes the version of its API behind the names of its calls. */
const plainName = (name: string): string => name.replace(/20\d{6}(?:v\d+)?$/, '');

/** Abbreviations that people write in capitals. */
const abbreviated =
  /\b(?:acl|acm|api|arn|dns|ebs|ec2|iam|kms|mfa|oidc|s3|saml|scp|sms|ssh|ssl|ssm|sso|tls|url|vpc|vpn)\b/g;

/** "PutBucketAcl" → "Put bucket ACL". */
const callWords = (name: string): string =>
  capitalized(
    spaced(plainName(name))
      .replace(/\bid p\b/g, 'IdP')
      .replace(abbreviated, (word) => word.toUpperCase()),
  );

/** AWS attaches this policy to the user of a key that it finds in public. Source: IAM, AWSCompromisedKeyQuarantineV3. */
const quarantined = (record: CloudTrailRecord): boolean =>
  /^Attach(?:User|Role)Policy$/.test(record.eventName ?? '') &&
  /AWSCompromisedKeyQuarantine/.test(textAt(record.requestParameters, 'policyArn') ?? '') &&
  [record.sourceIPAddress, record.userAgent, record.userIdentity.invokedBy].some((by) =>
    /^AWS Internal$|amazonaws\.com$/.test(by ?? ''),
  );

const byAws: Actor = { type: 'service', name: 'AWS' };
const leakedKey: Judgement = {
  severity: 'critical',
  reasons: ['AWS found an access key in a public place: whoever reads it there can use it'],
  technique: 'T1552 Unsecured Credentials',
  tactic: 'Credential Access',
};

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

const titleOf = (call: string, resource: Resource | undefined, name: string | undefined, refused: boolean): string => {
  const about = name ?? resource?.name;
  return `${call}${about === undefined ? '' : `: ${about}`}${refused ? ' (refused)' : ''}`;
};

/** "deploy-bot called StopLogging in CloudTrail on org-trail from 203.0.113.7; the call was refused." */
function sentenceOf(
  record: CloudTrailRecord,
  name: string,
  service: string,
  actor: Actor | undefined,
  resource: Resource | undefined,
  refused: boolean,
): string {
  const { insightDetails: insight } = record;
  if (insight.insightType !== undefined)
    return asSentence(
      insight.state === 'End'
        ? `${name} in ${serviceName(service)} is called at its usual rate again`
        : `${insightTitle(record, name, service)}${insightRate(record) === undefined ? '' : `: ${insightRate(record)}`}${actor === undefined ? '' : `, most of them by ${actor.name}`}`,
    );
  const who =
    actor === undefined
      ? serviceName(service)
      : actor.type === 'root'
        ? 'The root user'
        : actor.human === undefined || actor.human === actor.name
          ? actor.name
          : `${actor.human} (as ${actor.name})`;
  if (name === 'ConsoleLogin')
    return asSentence(`${who} ${failed(record) ? 'failed to sign in' : 'signed in'} to the console${from(record)}`);
  if (isIdentityCenterSignIn(record))
    return asSentence(
      `${who} ${refused ? 'failed' : 'passed'} the step ${spaced(name)} of signing in through Identity Center${from(record)}`,
    );
  if (isServiceEvent(record)) {
    const facts = detailsOf(record).map(([label, value]) => `${label} ${value}`);
    const by =
      actor === undefined || actor.type === 'service' || /^(?:\d+$|AWS )|\.amazonaws\.com$/.test(actor.name)
        ? ''
        : ` by ${actor.name}`;
    return asSentence(
      `${serviceName(service)} reports: ${spaced(name)}${by}${facts.length === 0 ? (resource === undefined ? '' : ` of ${resource.name}`) : `: ${inBrief(facts.join(', '))}`}`,
    );
  }
  const on = resource === undefined ? '' : ` on ${resource.name}`;
  return asSentence(
    `${who} called ${plainName(name)} in ${serviceName(service)}${on}${from(record)}${refused ? '; the call was refused' : ''}`,
  );
}

/** An endpoint of a VPC is the way of a call that its owner may see only there. */
const from = ({ sourceIPAddress, vpcEndpointId, eventType }: CloudTrailRecord): string =>
  `${sourceIPAddress === undefined ? '' : ` from ${sourceIPAddress}`}${eventType === 'AwsVpceEvent' && vpcEndpointId !== undefined ? ` through ${vpcEndpointId}` : ''}`;
