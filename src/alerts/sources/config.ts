import { parseArn, resourceTypeOfCfn } from '../../aws-names/arn.ts';
import { configRuleLink, configTimelineLink, serviceLink } from '../../aws-names/console-links.ts';
import { isRecord, parseJson } from '../../words/json.ts';
import { capitalized, clip, listed, plural, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  anything,
  asSentence,
  awsEvent,
  hasDetailType,
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
import type { Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

const Evaluation = shape({ complianceType: text, annotation: text, resultRecordedTime: text });

const Item = shape({
  configurationItemCaptureTime: text,
  configurationItemStatus: text,
  awsAccountId: text,
  awsRegion: text,
  resourceType: text,
  resourceId: text,
  resourceName: text,
  ARN: text,
  tags: anything,
  changeType: text,
  configuration: anything,
});

/** Source: Config developer guide, "Notifications that AWS Config sends to an Amazon SNS topic"; EventBridge carries the same records as detail. */
const Message = shape({
  messageType: text,
  notificationCreationTime: text,
  awsAccountId: text,
  awsRegion: text,
  resourceType: text,
  resourceId: text,
  configRuleName: text,
  configRuleARN: text,
  configRuleArn: text,
  configRuleNames: list(text),
  newEvaluationResult: Evaluation,
  oldEvaluationResult: Evaluation,
  configurationItem: Item,
  configurationItemSummary: Item,
  configurationItemDiff: shape({ changeType: text, changedProperties: map }),
  s3DeliverySummary: shape({ s3BucketLocation: text, errorCode: text, errorMessage: text }),
  s3Bucket: text,
  s3ObjectKey: text,
  configSnapshotId: text,
  errorCode: text,
  errorMessage: text,
  conformancePackName: text,
  conformancePackArn: text,
  conformancePackId: text,
  complianceType: text,
  newComplianceType: text,
  conformancePackComplianceType: text,
  compliantRuleCount: number,
  totalRuleCount: number,
});
type Message = Parsed<typeof Message>;

interface Context {
  payload: Payload;
  message: Message;
  accounts: (string | undefined)[];
  regions: (string | undefined)[];
  times: (string | undefined)[];
}

/** What AWS Config says: compliance, changes of resources, deliveries, and the invocation of custom rules. */
export const config: Source = {
  name: 'config',
  matches: (payload) => {
    const { json } = payload;
    if (json === undefined) return false;
    if (hasDetailType(payload, /^Config /)) return true;
    if (isRecord(json['detail'])) return false;
    return (
      messageTypes.test(String(json['messageType'])) ||
      json['configurationItem'] !== undefined ||
      (json['configRuleName'] !== undefined && (json['invokingEvent'] ?? json['newEvaluationResult']) !== undefined)
    );
  },
  read: (payload) => {
    const event = awsEvent(payload);
    if (payload.json?.['invokingEvent'] !== undefined) return invocationSignal(payload);
    const message = Message.parse(event?.detail ?? payload.json);
    const item =
      message.configurationItem.resourceType === undefined
        ? message.configurationItemSummary
        : message.configurationItem;
    const delivered = deliveryPath.exec(message.s3ObjectKey ?? '');
    const subject = /^\[AWS Config:([a-z0-9-]+)\].*?(?:in|for) Account (\d{12})/.exec(payload.subject ?? '');
    return read({
      payload,
      message,
      accounts: [message.awsAccountId, item.awsAccountId, event?.account, delivered?.[1], subject?.[2]],
      regions: [message.awsRegion, item.awsRegion, event?.region, delivered?.[2], subject?.[1]],
      times: [
        message.newEvaluationResult.resultRecordedTime,
        message.notificationCreationTime,
        item.configurationItemCaptureTime,
        event?.time,
      ],
    });
  },
};

const messageTypes =
  /^(?:ComplianceChangeNotification|ConfigurationItemChangeNotification|OversizedConfigurationItemChange(?:Notification|DeliveryFailed)|ConfigRulesEvaluationStarted|Configuration(?:Snapshot|History)Delivery(?:Started|Completed|Failed)|ScheduledNotification|ConformancePack\w*|\w*ComplianceChange\w*)$/;

/** "AWSLogs/123456789012/Config/us-east-2/2016/…": account and region of a delivery. */
const deliveryPath = /AWSLogs\/(\d{12})\/Config\/([a-z0-9-]+)\//;

function read(context: Context): Signal {
  const { message, payload } = context;
  const type = message.messageType ?? '';
  if (
    message.conformancePackName !== undefined ||
    message.configurationItem.resourceType === 'AWS::Config::ConformancePackCompliance'
  )
    return packSignal(context);
  if (
    type === 'ComplianceChangeNotification' ||
    message.newEvaluationResult.complianceType !== undefined ||
    hasDetailType(payload, /Rules Compliance Change$/)
  )
    return complianceSignal(context);
  if (/^Oversized/.test(type)) return oversizedSignal(context);
  if (type === 'ConfigurationItemChangeNotification' || message.configurationItem.resourceType !== undefined)
    return itemSignal(context);
  return progressSignal(context);
}

/** Rules whose failure opens a door or blinds the audit count as high. docs/severity.md, "AWS Config". */
const gravePattern =
  /root|mfa|public|unrestricted|restricted-(?:ssh|common-ports|rdp)|incoming-ssh|0-0-0-0|cloud-?trail|guard-?duty|securityhub|log-file-validation|flow-?logs?|admin-access|access-keys?-(?:rotated|exposed)|exposed|anonymous|open-to/i;

const isOver = (compliance: string | undefined): boolean =>
  compliance === 'COMPLIANT' || compliance === 'NOT_APPLICABLE';

function complianceSignal({ payload, message, accounts, regions, times }: Context): Signal {
  const rule = message.configRuleName ?? 'unnamed rule';
  const now = message.newEvaluationResult.complianceType ?? 'unknown';
  const before = message.oldEvaluationResult.complianceType;
  const resource = resourceOf(message.resourceType, message.resourceId);
  const what = `${resource?.type ?? 'resource'} ${resource?.name ?? ''}`.trim();
  const over = isOver(now);
  const undecided = now === 'INSUFFICIENT_DATA';
  const reason = message.newEvaluationResult.annotation;
  return signalOf(payload, {
    source: 'config',
    kind: `rule ${rule}`,
    dedupKey: [
      'config',
      accounts.find(Boolean),
      regions.find(Boolean),
      rule,
      message.resourceType,
      message.resourceId,
    ].join(':'),
    severity: over ? 'info' : undecided ? 'low' : gravePattern.test(rule) ? 'high' : 'medium',
    state: over ? 'resolved' : 'firing',
    title: `${over ? (now === 'COMPLIANT' ? 'Compliant' : 'No longer checked') : undecided ? 'Not enough data' : 'Not compliant'}: ${rule} on ${what}`,
    sentence: over
      ? now === 'COMPLIANT'
        ? `The ${what} now follows the Config rule ${rule}.`
        : `The Config rule ${rule} no longer applies to the ${what}.`
      : undecided
        ? `Config has too little data to check the ${what} against the rule ${rule}.`
        : `The ${what} breaks the Config rule ${rule}${reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`}.`,
    accounts,
    regions,
    times,
    resource,
    links: (where) => [configRuleLink(where, rule), ...timeline(where, message.resourceType, message.resourceId)],
    fields: [
      ['Rule', rule],
      ['Change', before === undefined ? now : `${before} → ${now}`],
      ['Why', reason],
      ['Resource type', message.resourceType],
      ['Rule ARN', message.configRuleARN ?? message.configRuleArn],
    ],
  });
}

const timeline = (where: Parameters<typeof configTimelineLink>[0], type: string | undefined, id: string | undefined) =>
  type === undefined || id === undefined || type === 'AWS::::Account' ? [] : [configTimelineLink(where, type, id)];

function resourceOf(
  type: string | undefined,
  id: string | undefined,
  arn?: string,
  name?: string,
): Resource | undefined {
  if (type === 'AWS::::Account' && id !== undefined) return { name: id, type: 'AWS account' };
  const known = resourceNamed(arn ?? id, type === undefined ? undefined : resourceTypeOfCfn(type));
  return known === undefined ? undefined : { ...known, ...(name === undefined ? {} : { name }) };
}

/** What changed, one line a property: "Configuration.State.Name: running → stopped". */
function changes({ configurationItemDiff }: Message): string[] {
  return Object.entries(configurationItemDiff.changedProperties).map(([property, change]) => {
    const one = map.parse(change);
    const name = property.replace(/^(?:Supplementary)?Configuration\./, '');
    const before = value(one['previousValue']);
    const after = value(one['updatedValue']);
    if (before === '' || one['changeType'] === 'CREATE') return `${name}: added ${after}`;
    return after === '' || one['changeType'] === 'DELETE'
      ? `${name}: removed ${before}`
      : `${name}: ${before} → ${after}`;
  });
}

const value = (item: unknown): string =>
  item === null || item === undefined ? '' : clip(typeof item === 'string' ? item : (JSON.stringify(item) ?? ''), 80);

/** Resources that keep the audit trail: their deletion is high. Resources that grant access: any change of them is low rather than info. */
const watchers =
  /^AWS::(?:CloudTrail::Trail|Config::\w+|GuardDuty::\w+|SecurityHub::\w+|EC2::FlowLog|Route53Resolver::ResolverQueryLog\w+|AccessAnalyzer::\w+|CloudWatch::Alarm|Macie::\w+)$/;
const grants =
  /^AWS::(?:IAM::\w+|KMS::Key|EC2::(?:SecurityGroup|NetworkAcl|RouteTable|InternetGateway|VPCPeeringConnection)|S3::(?:Bucket|AccountPublicAccessBlock)|SecretsManager::Secret|Lambda::\w+|Organizations::\w+|SSO::\w+)$/;

function itemSeverity({ configurationItem: item, configurationItemDiff: diff }: Message): Severity {
  const type = item.resourceType ?? '';
  const gone = item.configurationItemStatus === 'ResourceDeleted' || diff.changeType === 'DELETE';
  if (gone && watchers.test(type)) return 'high';
  // A discovered group has no diff: its own rules are what is new.
  const after =
    diff.changeType === undefined
      ? item.configuration
      : Object.values(diff.changedProperties).map((change) => map.parse(change)['updatedValue']);
  if (type === 'AWS::EC2::SecurityGroup' && !gone && opensToWorld(after)) return 'medium';
  return watchers.test(type) || grants.test(type) ? 'low' : 'info';
}

/** An inbound rule for the whole internet; the rule for outbound traffic is open everywhere by default. */
function opensToWorld(configuration: unknown): boolean {
  const inbound = isRecord(configuration) ? configuration['ipPermissions'] : configuration;
  return /"(?:0\.0\.0\.0\/0|::\/0)"/.test(JSON.stringify(inbound) ?? '');
}

function itemSignal({ payload, message, accounts, regions, times }: Context): Signal {
  const item = message.configurationItem;
  const resource = resourceOf(item.resourceType, item.resourceId, item.ARN, item.resourceName);
  const status =
    message.configurationItemDiff.changeType === 'CREATE' || item.configurationItemStatus === 'ResourceDiscovered'
      ? 'created'
      : item.configurationItemStatus === 'ResourceDeleted' || message.configurationItemDiff.changeType === 'DELETE'
        ? 'deleted'
        : 'changed';
  const compliance = map.parse(
    typeof item.configuration === 'string' ? parseJson(item.configuration) : item.configuration,
  );
  const what = resource === undefined ? 'A resource' : capitalized(`${resource.type ?? 'resource'} ${resource.name}`);
  const diff = changes(message);
  const open = itemSeverity(message) === 'medium';
  return signalOf(payload, {
    source: 'config',
    kind: `resource ${status}`,
    dedupKey: [
      'config',
      'item',
      accounts.find(Boolean),
      regions.find(Boolean),
      item.resourceType,
      item.resourceId,
    ].join(':'),
    severity: itemSeverity(message),
    title: `${what} was ${status}`,
    sentence: `${what} was ${status}${open ? ' and lets traffic in from the whole internet' : ''}${diff.length === 0 ? '' : `: ${listed(diff)}`}.`,
    accounts,
    regions,
    times: [item.configurationItemCaptureTime, ...times],
    resource,
    links: (where) =>
      item.resourceType === undefined || item.resourceId === undefined
        ? [serviceLink(where, 'config')]
        : timeline(where, item.resourceType, item.resourceId),
    tags: tagsOf(item.tags),
    fields: [
      ...diff.slice(0, 6).map((line): [string, string] => ['Changed', line]),
      ['More changes', diff.length > 6 ? String(diff.length - 6) : undefined],
      ['Status', item.configurationItemStatus],
      ['Resource type', item.resourceType],
      ['Compliance', text.parse(compliance['complianceType'])],
    ],
  });
}

function oversizedSignal({ payload, message, accounts, regions, times }: Context): Signal {
  const item = message.configurationItemSummary;
  const failed =
    message.messageType === 'OversizedConfigurationItemChangeDeliveryFailed' ||
    message.s3DeliverySummary.errorCode !== undefined;
  const resource = resourceOf(item.resourceType, item.resourceId, item.ARN, item.resourceName);
  const what = resource === undefined ? 'A resource' : capitalized(`${resource.type ?? 'resource'} ${resource.name}`);
  const { errorCode, errorMessage, s3BucketLocation } = message.s3DeliverySummary;
  return signalOf(payload, {
    source: 'config',
    kind: failed ? 'oversized change not delivered' : 'oversized change',
    dedupKey: [
      'config',
      failed ? 'delivery' : 'item',
      accounts.find(Boolean),
      regions.find(Boolean),
      item.resourceType,
      item.resourceId,
    ].join(':'),
    severity: failed ? 'medium' : 'info',
    title: failed ? `Config could not store a change of ${resource?.name ?? 'a resource'}` : `${what} was changed`,
    sentence: failed
      ? asSentence(
          `${what} was changed, but Config could not store the record: ${errorMessage ?? errorCode ?? 'no reason given'}`,
        )
      : `${what} was changed; the record is too large for a message and is kept in S3.`,
    accounts,
    regions,
    times: [item.configurationItemCaptureTime, ...times],
    resource,
    links: (where) =>
      item.resourceType === undefined || item.resourceId === undefined
        ? [serviceLink(where, 'config')]
        : timeline(where, item.resourceType, item.resourceId),
    fields: [
      ['Change', item.changeType],
      ['Error', [errorCode, errorMessage].filter(Boolean).join(': ')],
      ['Stored at', s3BucketLocation],
      ['Resource type', item.resourceType],
    ],
  });
}

/** Conformance packs: their own notification, or the configuration item of type ConformancePackCompliance. */
function packSignal({ payload, message, accounts, regions, times }: Context): Signal {
  const item = message.configurationItem;
  const own = map.parse(typeof item.configuration === 'string' ? parseJson(item.configuration) : item.configuration);
  const name = message.conformancePackName ?? item.resourceName ?? item.resourceId ?? 'unnamed pack';
  const now =
    message.newComplianceType ??
    message.conformancePackComplianceType ??
    message.complianceType ??
    message.newEvaluationResult.complianceType ??
    text.parse(own['complianceType'] ?? own['compliance_type']) ??
    'unknown';
  const over = isOver(now);
  const arn = message.conformancePackArn ?? item.ARN;
  return signalOf(payload, {
    source: 'config',
    kind: 'conformance pack',
    dedupKey: ['config', 'pack', accounts.find(Boolean), regions.find(Boolean), name].join(':'),
    severity: over ? 'info' : now === 'NON_COMPLIANT' ? 'medium' : 'low',
    state: over ? 'resolved' : 'firing',
    title: `Conformance pack ${name} is ${spaced(now.toLowerCase())}`,
    sentence: over
      ? `All rules of the conformance pack ${name} are followed.`
      : now === 'NON_COMPLIANT'
        ? `At least one rule of the conformance pack ${name} is broken.`
        : `The conformance pack ${name} is now ${spaced(now.toLowerCase())}.`,
    accounts,
    regions,
    times,
    resource: { ...(arn === undefined ? {} : { arn }), name, type: 'conformance pack' },
    links: (where) => [serviceLink(where, 'config')],
    fields: [
      ['Compliance', now],
      [
        'Rules',
        message.totalRuleCount === undefined
          ? undefined
          : `${message.compliantRuleCount ?? 0} of ${message.totalRuleCount} followed`,
      ],
    ],
  });
}

/** Deliveries and evaluations: news only when they fail. */
function progressSignal({ payload, message, accounts, regions, times }: Context): Signal {
  const event = awsEvent(payload);
  const type = message.messageType ?? event?.detailType ?? 'Config message';
  const failed = /Failed$/.test(type) || message.errorCode !== undefined;
  const resource =
    resourceNamed(event?.resources[0]) ??
    (message.configRuleNames.length > 0
      ? { name: listed(message.configRuleNames.flatMap((rule) => rule ?? [])), type: 'Config rule' }
      : message.s3Bucket === undefined
        ? undefined
        : { name: message.s3Bucket, type: 'S3 bucket' });
  const says =
    type === 'ConfigRulesEvaluationStarted'
      ? `Config checks ${plural(message.configRuleNames.length, 'rule')} again: ${listed(message.configRuleNames.flatMap((rule) => rule ?? []))}`
      : `Config: ${spaced(type)}${message.s3Bucket === undefined ? '' : ` to bucket ${message.s3Bucket}`}`;
  return signalOf(payload, {
    source: 'config',
    kind: spaced(type),
    dedupKey: [
      'config',
      accounts.find(Boolean),
      regions.find(Boolean),
      type.replace(/(?:Started|Completed|Failed)$/, ''),
      message.configSnapshotId ?? message.s3ObjectKey ?? resource?.name ?? '',
    ].join(':'),
    severity: failed ? 'medium' : 'info',
    state: /Completed$/.test(type) ? 'resolved' : 'firing',
    title: failed ? `Config could not deliver: ${spaced(type)}` : `Config: ${spaced(type)}`,
    sentence: asSentence(failed ? `${says}: ${message.errorMessage ?? message.errorCode ?? 'no reason given'}` : says),
    accounts,
    regions,
    times,
    resource,
    links: (where) => [serviceLink(where, 'config')],
    fields: [
      ['Error', [message.errorCode, message.errorMessage].filter(Boolean).join(': ')],
      [
        'Rules',
        listed(
          message.configRuleNames.flatMap((rule) => rule ?? []),
          10,
        ),
      ],
      ['Bucket', message.s3Bucket],
      ['Object', message.s3ObjectKey],
      ['Snapshot', message.configSnapshotId],
    ],
  });
}

/** What Config sends to the Lambda function of a custom rule. Source: Config developer guide, "Example events for AWS Config rules". */
const Invocation = shape({
  configRuleName: text,
  configRuleArn: text,
  configRuleId: text,
  accountId: text,
  invokingEvent: text,
  ruleParameters: text,
  evaluationMode: text,
});

function invocationSignal(payload: Payload): Signal {
  const rule = Invocation.parse(payload.json);
  const inner = payload.json?.['invokingEvent'];
  const message = Message.parse(typeof inner === 'string' ? parseJson(inner) : inner);
  const item =
    message.configurationItem.resourceType === undefined ? message.configurationItemSummary : message.configurationItem;
  const name = rule.configRuleName ?? 'unnamed rule';
  const resource = resourceOf(item.resourceType, item.resourceId, item.ARN, item.resourceName) ?? {
    ...(rule.configRuleArn === undefined ? {} : { arn: rule.configRuleArn }),
    name,
    type: 'Config rule',
  };
  const cause =
    message.messageType === 'ScheduledNotification'
      ? 'on its schedule'
      : item.resourceType !== undefined
        ? `because ${resource.type ?? 'a resource'} ${resource.name} was changed`
        : `because of ${spaced(message.messageType ?? 'an event')}`;
  const diff = changes(message);
  return signalOf(payload, {
    source: 'config',
    kind: 'rule invocation',
    dedupKey: ['config', 'invocation', rule.configRuleArn ?? name, item.resourceId ?? ''].join(':'),
    severity: 'info',
    title: `Config rule ${name} is evaluated`,
    sentence: `Config runs the rule ${name} ${cause}${diff.length === 0 ? '' : `: ${listed(diff)}`}.`,
    accounts: [rule.accountId, message.awsAccountId, item.awsAccountId],
    regions: [item.awsRegion, parseArn(rule.configRuleArn ?? '')?.region, rule.configRuleArn?.split(':')[3]],
    times: [item.configurationItemCaptureTime, message.notificationCreationTime],
    resource,
    links: (where) => [configRuleLink(where, name), ...timeline(where, item.resourceType, item.resourceId)],
    tags: tagsOf(item.tags),
    fields: [
      ['Rule', name],
      ['Cause', message.messageType === undefined ? undefined : spaced(message.messageType)],
      ...diff.slice(0, 5).map((line): [string, string] => ['Changed', line]),
      ['Parameters', rule.ruleParameters],
      ['Mode', rule.evaluationMode],
    ],
  });
}
