import { type CloudTrailRecord, serviceOf } from '../../../../cloudtrail/record.ts';
import {
  anyOf,
  type CallRule,
  call,
  foreignAccounts,
  gives,
  hasOn,
  isEmpty,
  isFalse,
  isOff,
  of,
  offIn,
  parameter,
  parametersText,
  parameterTexts,
  records,
  setting,
  textOf,
  textsIn,
} from '../call.ts';

const off = /^(?:Batch)?(?:Delete|Disable|Stop|Disassociate|Deregister|Remove)/;
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

/** A change of settings. */
const sets = /^(?:Put|Update|Modify|Set|BatchUpdate)/;

/** Settings of a service that watches, of which one says off now: "AutoEnable: false". */
const weakened = (services: string) => {
  const changes = call(
    services,
    /^(?:Put|Update|Modify|Set|BatchUpdate)(?!\w*(?:Finding|Filter|Insight|ActionTarget))/,
  );
  return (record: CloudTrailRecord): string[] => (changes(record) ? offIn(record.requestParameters) : []);
};

/** What a service is to write: a parameter that speaks of logs, but not one that only names them. */
const logSetting = /log/i;
const notLogging = /catalog|login|dialog|logical|LogGroup|LogStream|Name$|Arn$|Id$/i;

/** Names of what switches logs on and off; services set other things beside them. */
const switches = /^\w*(?:enable|status|state|level|log)\w*:/i;

/**
 * The parameters of a call that leave a service without its logs: nothing where they were to go, or a switch that is off
 * and none that is on.
 */
function withoutLogs(record: CloudTrailRecord): string[] {
  return Object.entries(record.requestParameters).flatMap(([name, value]) => {
    if (!logSetting.test(name) || notLogging.test(name)) return [];
    // Services also wrap it: `{"loggingConfiguration": {"logDestinationConfigs": []}}`.
    const inner = records(value).flatMap((each) => Object.entries(each));
    if (isEmpty(value) || (inner.length > 0 && inner.every(([, each]) => isEmpty(each)))) return [`${name}: nothing`];
    return hasOn(value) ? [] : offIn(value, name).filter((each) => switches.test(each.slice(0, 100)));
  });
}

/** The logs of a cluster that a call names as off; tools that switch one log on write the others as off beside it. */
const offLogs = (record: CloudTrailRecord): string[] =>
  parameter(record, 'clusterLogging')
    .flatMap(records)
    .filter((part) => isFalse(part['enabled']))
    .flatMap((part) => textsIn(part['types']));

const switchedOn = (record: CloudTrailRecord): boolean =>
  parameter(record, 'clusterLogging').some((logging) => hasOn(logging));

/** Calls that say where something goes from now on. */
const sendsOn = call(
  'logs events sns s3 ecr firehose monitoring cloudwatch backup rds scheduler pipes',
  /^(?:PutSubscriptionFilter|PutTargets|Subscribe|PutBucketNotification(?:Configuration)?|PutReplicationConfiguration|UpdateDestination|CreateDeliveryStream|PutMetricStream|StartCopyJob|(?:Create|Update)(?:Schedule|Pipe))$/,
);

/** A log group that holds what was done and what passed: of a trail, of flow logs, of an audit. */
const auditLogs = /trail|flow-?logs?\b|audit|guardduty|\/aws\/eks\/[^/]+\/cluster/i;

/** Files of such logs: by the bucket's name, or where AWS's services put them (`AWSLogs/111122223333/CloudTrail/`). */
const auditFiles = /cloud-?trail|flow-?logs?\b|audit-?logs?\b|guardduty|(?:^|\/)AWSLogs\//i;

const logGroupOf = (record: CloudTrailRecord): string =>
  textOf(record, 'logGroupName') ?? textOf(record, 'logGroupIdentifier') ?? '';

/** Logging and monitoring: what an intruder puts out first. */
export const watching: readonly CallRule[] = [
  {
    severity: 'high',
    reason: 'changed a trail ({})',
    calls: call('cloudtrail', /^(?:Update(?:Trail|EventDataStore)|Put(?:Event|Insight)Selectors)$/),
    holds: (record) => offIn(record.requestParameters),
  },
  {
    severity: 'high',
    reason: 'stopped, deleted or changed a trail',
    calls: call(
      'cloudtrail',
      /^(?:(?:Delete|Update)(?:Trail|EventDataStore)|Stop(?:Logging|EventDataStoreIngestion)|Put(?:Event|Insight)Selectors|DeregisterOrganizationDelegatedAdmin)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'AWS Config no longer records or delivers',
    calls: call(
      'config',
      /^(?:Stop|Delete)\w*(?:ConfigurationRecorder|DeliveryChannel|ConfigurationAggregator|RetentionConfiguration)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'AWS Config records only a part ({})',
    calls: call('config', /^PutConfigurationRecorder$/),
    holds: (record) => setting(record, 'allSupported', isFalse),
  },
  {
    severity: 'medium',
    reason: 'removed a rule that watches the configuration',
    calls: call('config', /^Delete\w*(?:Rule|ConformancePack|RemediationConfiguration|EvaluationResults)$/),
  },
  {
    severity: 'high',
    reason: 'turned threat detection off',
    holds: taken('guardduty securityhub'),
  },
  {
    severity: 'high',
    reason: 'blinded threat detection',
    calls: call(
      'guardduty',
      /^(?:(?:Create|Update)(?:IPSet|ThreatIntelSet|TrustedEntitySet)|Update(?:Detector|MemberDetectors|OrganizationConfiguration|MalwareScanSettings|PublishingDestination))$/,
    ),
    holds: (record) => !onlySwitchesOn(record),
  },
  {
    severity: 'high',
    reason: 'hides findings from now on',
    calls: call('guardduty inspector2 access-analyzer', /^(?:Create|Update)(?:Filter|ArchiveRule)$/),
    holds: (record) => !/^NO(?:OP|NE)$/.test(textOf(record, 'action') ?? ''),
  },
  {
    severity: 'high',
    reason: 'hides findings from now on ({})',
    calls: call('securityhub', /^(?:Create|BatchUpdate)AutomationRules?(?:V2)?$/),
    holds: (record) => parameterTexts(record).filter((text) => /^(?:SUPPRESSED|ARCHIVED)$/.test(text)),
  },
  {
    severity: 'medium',
    reason: 'put findings out of sight ({})',
    holds: anyOf(
      of(call('securityhub access-analyzer', /^(?:Batch)?UpdateFindings(?:V2)?$/), (record) =>
        parameterTexts(record).filter((text) => /^(?:SUPPRESSED|ARCHIVED)$/.test(text)),
      ),
      of(call('guardduty macie', /^ArchiveFindings$/), () => ['archived']),
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    // Replaced by BatchUpdateFindings: it changes all findings that a filter matches (Security Hub API reference).
    reason: 'changed many findings of Security Hub at once, the old way',
    calls: call('securityhub', /^UpdateFindings$/),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'called findings of Security Hub settled by hand ({})',
    calls: call('securityhub', /^(?:Batch)?UpdateFindings(?:V2)?$/),
    holds: (record) =>
      parameterTexts(record).filter((text) => /^(?:RESOLVED|FALSE_POSITIVE|BENIGN_POSITIVE)$/.test(text)),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'switched a check of Security Hub off, or changed what it counts',
    holds: anyOf(
      call('securityhub', /^UpdateInsight$/),
      of(call('securityhub', /^(?:Batch)?UpdateStandards\w*$/), (record) => /DISABLED/.test(parametersText(record))),
    ),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'turned the search for sensitive data off, or changed it',
    holds: anyOf(
      taken('macie2 macie'),
      call('macie2 macie', /^(?:UpdateMacieSession|(?:Create|Update)FindingsFilter)$/),
    ),
  },
  {
    severity: 'medium',
    reason: 'turned a security service off',
    holds: taken('detective access-analyzer inspector2 inspector auditmanager shield fms'),
  },
  {
    severity: 'medium',
    reason: 'a security service looks at less now ({})',
    holds: weakened('securityhub inspector2 macie2 detective access-analyzer auditmanager shield fms'),
  },
  {
    severity: 'medium',
    reason: 'images are no longer scanned ({})',
    calls: call('ecr', /^Put(?:Image|Registry)ScanningConfiguration$/),
    holds: (record) => [...setting(record, 'scanOnPush', isFalse), ...setting(record, 'rules', isEmpty)],
  },
  {
    severity: 'high',
    reason: 'what happens is no longer logged',
    holds: (record) =>
      serviceOf(record) !== 'cloudtrail' &&
      /^(?:Delete|Disable|Stop|Disassociate)\w*(?:Log|Logs|Logging|LogConfig|Log\w*Configuration|LoggingConfig|ActivityStream)$/.test(
        record.eventName ?? '',
      ),
  },
  {
    severity: 'high',
    reason: 'a service no longer logs what passes ({})',
    calls: call('bedrock network-firewall wafv2', /^(?:Put|Update)\w*Logging\w*$/),
    holds: (record) => withoutLogs(record),
  },
  {
    severity: 'high',
    reason: 'a cluster no longer writes its audit log',
    calls: call('eks', sets),
    holds: (record) => !switchedOn(record) && offLogs(record).some((type) => /^(?:audit|all)$/.test(type)),
  },
  {
    severity: 'medium',
    reason: 'a service writes fewer logs ({})',
    holds: anyOf(
      of(call('rds docdb neptune', sets), (record) =>
        parameter(record, 'disableLogTypes').flatMap((types) => textsIn(types)),
      ),
      of(call('eks', sets), (record) =>
        offLogs(record)
          .filter((type) => !switchedOn(record) || type === 'audit')
          .map((type) => `${type}: off`),
      ),
      of(call('elasticloadbalancing', sets), (record) =>
        parameter(record, 'attributes')
          .flatMap(records)
          .flatMap(({ key, value }) =>
            /logs\.s3\.enabled$/.test(String(key)) && isFalse(value) ? [`${key}: false`] : [],
          ),
      ),
      of(call('es opensearch kafka', sets), (record) =>
        // What is empty there is left as it was.
        withoutLogs(record).filter((each) => !each.endsWith(': nothing')),
      ),
    ),
  },
  {
    severity: 'high',
    reason: 'deleted stored logs of AWS',
    calls: call('s3', /^DeleteObjects?$/),
    holds: (record) => parameterTexts(record).some((text) => /(?:^|\/)AWSLogs\/\d{12}\//.test(text)),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'a firewall no longer protects',
    holds: anyOf(
      call(
        'wafv2 waf waf-regional network-firewall',
        /^(?:Delete|Disassociate)(?!Tag)\w*(?:ACL|Acl|Rule|Group|Groups|Set|Firewall|Policy|Configuration|Subnets)$/,
      ),
      call('route53resolver', /^(?:Delete|Disassociate)Firewall\w+$/),
    ),
  },
  {
    severity: 'high',
    reason: 'a firewall no longer keeps anything out ({})',
    calls: call('wafv2', /^Update(?:WebACL|RuleGroup)$/),
    holds: (record) => setting(record, 'rules', isEmpty),
  },
  {
    severity: 'medium',
    reason: 'changed by hand whom a firewall lets through',
    calls: call('wafv2 waf waf-regional', /^UpdateIPSet$/),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'deleted logs that an audit needs ({})',
    calls: call('logs', /^DeleteLog(?:Group|Stream)$/),
    holds: (record) => (auditLogs.test(logGroupOf(record)) ? [logGroupOf(record)] : []),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'deleted files of logs that an audit needs ({})',
    calls: call('s3', /^DeleteObjects?$/),
    holds: (record) => {
      const file = [textOf(record, 'bucketName'), textOf(record, 'key')].filter(Boolean).join('/');
      return auditFiles.test(file) ? [file] : [];
    },
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'deleted or silenced logs or alarms by hand',
    calls: call(
      'logs monitoring cloudwatch oam',
      /^(?:Delete(?:LogGroup|LogStream|MetricFilter|SubscriptionFilter|Destination|DataProtectionPolicy|Delivery\w*|Alarms|InsightRules|MetricStream|Link|Sink)|DisableAlarmActions|DisableInsightRules|StopMetricStreams)$/,
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'an alarm tells nobody any more ({})',
    calls: call('monitoring cloudwatch', /^Put(?:Metric|Composite)Alarm$/),
    holds: (record) => setting(record, 'actionsEnabled', isFalse),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'sends what happens here to another account ({})',
    holds: (record) => (sendsOn(record) ? foreignAccounts(record, parameterTexts(record)) : []),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'an event rule no longer reports',
    holds: anyOf(
      call('events', /^(?:DeleteRule|DisableRule|RemoveTargets|DeleteEventBus)$/),
      of(call('events', /^PutRule$/), (record) => isOff(record.requestParameters['state'])),
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'use of models is no longer guarded as it was',
    calls: call('bedrock', /^(?:Delete|Update)(?:Guardrail|AutomatedReasoningPolicy)$/),
  },
  {
    severity: 'high',
    reason: 'access to a bucket is no longer logged',
    calls: call('s3', /^PutBucketLogging$/),
    holds: (record) =>
      /BucketLoggingStatus/.test(parametersText(record)) && !/TargetBucket/i.test(parametersText(record)),
  },
  {
    severity: 'medium',
    reason: 'copies network traffic to somewhere else',
    calls: call('ec2', /TrafficMirror/),
    holds: (record) => gives(record),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'nobody is told of backups any more, or nothing checks them',
    calls: call('backup', /^Delete(?:BackupVaultNotifications|Framework|ReportPlan)$/),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'costs are watched less: what is bought with stolen keys shows later',
    calls: call(
      'budgets ce',
      /^Delete(?:Budget|BudgetAction|Notification|Subscriber|Anomaly(?:Monitor|Subscription))$/,
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'changed how shells on machines are recorded',
    calls: call('ssm', /^(?:Update|Delete)Document$/),
    // The document of Session Manager's preferences. Source: Systems Manager user guide, "Session document schema".
    holds: (record) => textOf(record, 'name') === 'SSM-SessionManagerRunShell',
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'switched a control of Control Tower off',
    calls: call('controltower', /^(?:Disable(?:Control|Baseline)|DeleteLandingZone)$/),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'logs that an audit needs are kept for {} only',
    calls: call('logs', /^PutRetentionPolicy$/),
    holds: (record) =>
      auditLogs.test(logGroupOf(record)) && parameter(record, 'retentionInDays').some((days) => Number(days) <= 7)
        ? parameter(record, 'retentionInDays').map((days) => (Number(days) === 1 ? 'a day' : `${days} days`))
        : [],
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'a database is watched less ({})',
    calls: call('rds redshift', /^Modify\w*ParameterGroup$/),
    holds: (record) =>
      parameter(record, 'parameters')
        .flatMap(records)
        .flatMap(({ parameterName: name, parameterValue: value }) =>
          /audit|^log_|logging|ssl|secure_transport/i.test(String(name)) &&
          /^(?:0|off|none|false|disabled)$/i.test(String(value))
            ? [`${name}: ${value}`]
            : [],
        ),
    by: 'no service',
  },
];
