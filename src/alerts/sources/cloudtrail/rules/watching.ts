import {
  call,
  gives,
  isFalse,
  isForeign,
  parameter,
  parametersText,
  parameterTexts,
  type Rule,
  records,
  textOf,
  textsIn,
} from '../call.ts';
import { type CloudTrailRecord, valuesOf } from '../record.ts';

const off = /^(?:Batch)?(?:Delete|Disable|Stop|Disassociate|Deregister|Remove|Archive)/;
/** Taking these away blinds nobody: labels, reports of the past, and what held findings back. */
const harmless = /Tags?$|Report|Filter$|ArchiveRule$|IPSet$|StoredQuery|Invitations$|AggregationAuthorization$/;

/** Something of a service that is there to watch or to protect was taken away or stopped. */
const taken = (services: string) => {
  const takes = call(services, off);
  return (record: CloudTrailRecord): boolean => takes(record) && !harmless.test(record.eventName ?? '');
};

/** A change of settings that only switches something on. */
const onlySwitchesOn = (record: CloudTrailRecord): boolean => {
  const text = parametersText(record);
  return /"(?:\w*enable\w*|status)":(?:true|"true"|"ENABLED")/i.test(text) && !/false|DISABLED|PAUSED/.test(text);
};

/** Logging and monitoring: what an intruder puts out first. */
export const watching: readonly Rule[] = [
  {
    severity: 'high',
    reason: 'a trail was stopped, deleted or changed',
    holds: call(
      'cloudtrail',
      /^(?:(?:Delete|Update)(?:Trail|EventDataStore)|Stop(?:Logging|EventDataStoreIngestion)|Put(?:Event|Insight)Selectors)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'AWS Config no longer records or delivers',
    holds: call(
      'config',
      /^(?:Stop|Delete)\w*(?:ConfigurationRecorder|DeliveryChannel|ConfigurationAggregator|RetentionConfiguration)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'AWS Config records only a part',
    holds: (record) =>
      call('config', /^PutConfigurationRecorder$/)(record) && parameter(record, 'allSupported').some(isFalse),
  },
  {
    severity: 'medium',
    reason: 'a rule that watches the configuration was removed',
    holds: call('config', /^Delete\w*(?:Rule|ConformancePack|RemediationConfiguration|EvaluationResults)$/),
  },
  {
    severity: 'high',
    reason: 'threat detection was turned off',
    holds: taken('guardduty securityhub'),
  },
  {
    severity: 'high',
    reason: 'threat detection was blinded',
    holds: (record) =>
      call(
        'guardduty',
        /^(?:(?:Create|Update)(?:IPSet|ThreatIntelSet|TrustedEntitySet)|Update(?:Detector|MemberDetectors|OrganizationConfiguration|MalwareScanSettings|PublishingDestination))$/,
      )(record) && !onlySwitchesOn(record),
  },
  {
    severity: 'high',
    reason: 'findings are hidden',
    holds: (record) =>
      (call('guardduty inspector2 access-analyzer', /^(?:Create|Update)(?:Filter|ArchiveRule)$/)(record) &&
        !/^NO(?:OP|NE)$/.test(textOf(record, 'action') ?? '')) ||
      (call('securityhub', /^(?:Create|BatchUpdate)AutomationRules?$/)(record) &&
        /SUPPRESSED|ARCHIVED/.test(parametersText(record))),
  },
  {
    severity: 'medium',
    reason: 'findings or checks of Security Hub were changed by a person',
    holds: call('securityhub', /^(?:(?:Batch)?UpdateFindings|UpdateInsight|UpdateStandardsControl)$/),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'the search for sensitive data was turned off or changed',
    holds: (record) =>
      taken('macie2 macie')(record) ||
      call('macie2 macie', /^(?:UpdateMacieSession|(?:Create|Update)FindingsFilter)$/)(record),
  },
  {
    severity: 'medium',
    reason: 'a security service was turned off',
    holds: taken('detective access-analyzer inspector2 inspector auditmanager shield fms'),
  },
  {
    severity: 'high',
    reason: 'what happens is no longer logged',
    holds: (record) =>
      /^(?:Delete|Disable|Stop|Disassociate)\w*(?:Log|Logs|Logging|LogConfig|Log\w*Configuration|LoggingConfig|ActivityStream)$/.test(
        record.eventName ?? '',
      ),
  },
  {
    severity: 'medium',
    reason: 'a service writes fewer logs',
    holds: (record) =>
      parameter(record, 'disableLogTypes').some((types) => textsIn(types).length > 0) ||
      parameter(record, 'clusterLogging').some((logging) => valuesOf(logging, 'enabled').some(isFalse)) ||
      parameter(record, 'attributes')
        .flatMap(records)
        .some(({ key, value }) => /logs\.s3\.enabled$/.test(String(key)) && isFalse(value)),
  },
  {
    severity: 'high',
    reason: 'stored logs of AWS were deleted',
    holds: (record) =>
      call('s3', /^DeleteObjects?$/)(record) &&
      parameterTexts(record).some((text) => /(?:^|\/)AWSLogs\/\d{12}\//.test(text)),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'a firewall no longer protects',
    holds: (record) =>
      call(
        'wafv2 waf waf-regional network-firewall',
        /^(?:Delete|Disassociate)(?!Tag)\w*(?:ACL|Acl|Rule|Group|Groups|Set|Firewall|Policy|Configuration|Subnets)$/,
      )(record) || call('route53resolver', /^(?:Delete|Disassociate)Firewall\w+$/)(record),
  },
  {
    severity: 'medium',
    reason: 'whom a firewall lets through was changed by hand',
    holds: call('wafv2 waf waf-regional', /^UpdateIPSet$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'logs or alarms were deleted or silenced',
    holds: call(
      'logs monitoring cloudwatch',
      /^(?:Delete(?:LogGroup|LogStream|MetricFilter|SubscriptionFilter|Destination|DataProtectionPolicy|Delivery\w*|Alarms|InsightRules|MetricStream)|DisableAlarmActions|DisableInsightRules|StopMetricStreams)$/,
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'logs are sent to another account',
    holds: (record) =>
      call('logs', /^PutSubscriptionFilter$/)(record) && isForeign(record, textOf(record, 'destinationArn') ?? ''),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'an event rule no longer reports',
    holds: call('events', /^(?:DeleteRule|DisableRule|RemoveTargets|DeleteEventBus)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'use of models is no longer guarded',
    holds: call('bedrock', /^(?:Delete|Update)Guardrail$/),
  },
  {
    severity: 'medium',
    reason: 'access to a bucket is no longer logged',
    holds: (record) =>
      call('s3', /^PutBucketLogging$/)(record) &&
      /BucketLoggingStatus/.test(parametersText(record)) &&
      !/TargetBucket/i.test(parametersText(record)),
  },
  {
    severity: 'medium',
    reason: 'network traffic is copied to somewhere else',
    holds: (record) => gives(record) && call('ec2', /TrafficMirror/)(record),
    by: 'hand',
  },
];
