import { parseArn, partitionOfRegion } from '../../aws-names/arn.ts';
import { cloudwatchAlarmLink } from '../../aws-names/console-links.ts';
import { asText, isRecord, type Json } from '../../words/json.ts';
import { listed, plural } from '../../words/text.ts';
import { type Severity, worse } from '../severity.ts';
import {
  anything,
  asSentence,
  awsEvent,
  firstSentence,
  flag,
  hasDetailType,
  httpsIn,
  json,
  labelled,
  list,
  map,
  number,
  type Parsed,
  resourceNamed,
  shape,
  signalOf,
  text,
  utcTime,
} from '../shape.ts';
import type { Resource } from '../signal.ts';
import type { Payload, Source } from '../source.ts';
import { gradeIn } from './grade.ts';

/** One alarm, whichever of its three forms it came in: SNS, EventBridge or a Lambda action. */
interface Alarm {
  name: string;
  arn: string;
  description: string | undefined;
  account: string | undefined;
  region: string | undefined;
  time: string | undefined;
  state: string | undefined;
  oldState: string | undefined;
  reason: string | undefined;
  namespace: string | undefined;
  /** The metric's name, or the label or expression of a computed one. */
  metric: string | undefined;
  dimensions: Record<string, string>;
  statistic: string | undefined;
  unit: string | undefined;
  periodSeconds: number | undefined;
  evaluationPeriods: number | undefined;
  threshold: number | undefined;
  comparison: string | undefined;
  value: number | undefined;
  band: { lower: number | undefined; upper: number | undefined } | undefined;
  /** Composite alarms: the rule, the children that changed, and who holds the actions back. */
  rule: string | undefined;
  children: string[];
  suppressor: string | undefined;
  suppressedBy: string | undefined;
  /** The rule that mutes the alarm, and until when. */
  muted: { by: string | undefined; until: string | undefined } | undefined;
  /** The id of the one time series that this is about, where the alarm watches several; its attributes are dimensions. */
  contributor: string | undefined;
  actionsEnabled: boolean | undefined;
  operation: string | undefined;
}

const SnsMetric = shape({
  Id: text,
  Expression: text,
  Label: text,
  ReturnData: flag,
  MetricStat: shape({
    Metric: shape({ MetricName: text, Namespace: text, Dimensions: anything }),
    Period: number,
    Stat: text,
    Unit: text,
  }),
});

const Mute = shape({ mutedByArn: text, muteWindowEnd: text });

/** Source: CloudWatch user guide, "Alarm notifications": the JSON that alarms publish to SNS topics. */
const SnsAlarm = shape({
  AlarmName: text,
  AlarmArn: text,
  AlarmDescription: text,
  AWSAccountId: text,
  Region: text,
  NewStateValue: text,
  OldStateValue: text,
  NewStateReason: text,
  NewStateReasonData: json,
  StateChangeTime: text,
  AlarmRule: text,
  TriggeringChildren: list(shape({ Arn: text })),
  ActionsSuppressor: text,
  ActionsSuppressedBy: text,
  AlarmContributorId: text,
  AlarmContributorAttributes: map,
  Trigger: shape({
    MetricName: text,
    Namespace: text,
    Statistic: text,
    ExtendedStatistic: text,
    Unit: text,
    Dimensions: anything,
    Period: number,
    EvaluationPeriods: number,
    DatapointsToAlarm: number,
    ComparisonOperator: text,
    Threshold: number,
    Metrics: list(SnsMetric),
  }),
});

const EventMetric = shape({
  id: text,
  expression: text,
  label: text,
  returnData: flag,
  period: number,
  metricStat: shape({
    metric: shape({ name: text, namespace: text, dimensions: anything }),
    period: number,
    stat: text,
    unit: text,
  }),
});

const State = shape({
  value: text,
  reason: text,
  reasonData: json,
  timestamp: text,
  actionsSuppressedBy: text,
  actionsSuppressedReason: text,
});

/** Source: CloudWatch user guide, "Alarm events and EventBridge" and "Lambda alarm actions": both carry this record. */
const EventAlarm = shape({
  alarmName: text,
  operation: text,
  state: State,
  previousState: State,
  muteDetail: Mute,
  alarmContributor: shape({ id: text, attributes: map }),
  configuration: shape({
    alarmName: text,
    description: text,
    metrics: list(EventMetric),
    alarmRule: text,
    actionsSuppressor: text,
    actionsEnabled: flag,
    namespace: text,
    metricName: text,
    period: number,
    evaluationPeriods: number,
    threshold: number,
    comparisonOperator: text,
    evaluationCriteria: anything,
  }),
});

const ReasonData = shape({
  period: number,
  threshold: number,
  statistic: text,
  recentDatapoints: list(number),
  recentLowerThresholds: list(number),
  recentUpperThresholds: list(number),
  triggeringAlarms: list(shape({ arn: text, Arn: text })),
});

/** What CloudWatch alarms say when their state or their configuration changes. */
export const cloudwatch: Source = {
  name: 'cloudwatch',
  matches: (payload) => {
    const { json } = payload;
    if (json === undefined) return mailPattern.test(payload.text.slice(0, 400));
    return (
      (json['AlarmName'] !== undefined && (json['NewStateValue'] !== undefined || json['AlarmArn'] !== undefined)) ||
      hasDetailType(payload, /^CloudWatch Alarm (?:Contributor )?(?:State|Configuration) Change$/) ||
      isRecord(json['alarmData'])
    );
  },
  read: (payload) => {
    const json = payload.json ?? alarmInMail(payload.text);
    const alarm = json['AlarmName'] === undefined ? eventAlarm(payload) : snsAlarm(json);
    return alarm.operation === undefined ? stateSignal(payload, alarm) : configurationSignal(payload, alarm);
  },
};

const mailPattern = /\bAmazon CloudWatch Alarm "/;

/** The mail that alarms send says the same in labelled lines. */
function alarmInMail(message: string): Json {
  const [, before, now] = /^[\s-]*State Change:\s*(\w+) -> (\w+)/m.exec(message) ?? [];
  return {
    AlarmName: labelled(message, 'Name') ?? /Alarm "([^"\n]{1,255})"/.exec(message)?.[1] ?? 'unnamed alarm',
    AlarmArn: labelled(message, 'Alarm Arn'),
    AlarmDescription: labelled(message, 'Description'),
    AWSAccountId: labelled(message, 'AWS Account'),
    Region: /" in the ([^\n]{2,40}?) region\b/.exec(message)?.[1],
    OldStateValue: before,
    NewStateValue: now ?? /entered the (\w+) state/.exec(message)?.[1],
    NewStateReason: labelled(message, 'Reason for State Change'),
    // "Tuesday 24 November, 2026 09:30:00 UTC": the weekday is in the way.
    StateChangeTime: labelled(message, 'Timestamp')?.replace(/^[A-Z][a-z]+day,? /, ''),
  };
}

function snsAlarm(json: Json): Alarm {
  const alarm = SnsAlarm.parse(json);
  const { Trigger: trigger } = alarm;
  const computed =
    trigger.Metrics.find((one) => one.ReturnData !== false && !isBand(one.Expression)) ?? trigger.Metrics[0];
  const measured =
    computed?.MetricStat.Metric.MetricName === undefined
      ? trigger.Metrics.find((one) => one.MetricStat.Metric.MetricName !== undefined)
      : computed;
  const data = ReasonData.parse(alarm.NewStateReasonData);
  const name = alarm.AlarmName ?? parseArn(alarm.AlarmArn ?? '')?.resource.replace(/^alarm:/, '') ?? 'unnamed alarm';
  const region = parseArn(alarm.AlarmArn ?? '')?.region ?? regionCode(alarm.Region);
  return {
    name,
    arn: alarm.AlarmArn ?? alarmArn(region, alarm.AWSAccountId, name),
    description: alarm.AlarmDescription,
    account: alarm.AWSAccountId,
    region,
    time: alarm.StateChangeTime,
    state: alarm.NewStateValue,
    oldState: alarm.OldStateValue,
    reason: alarm.NewStateReason,
    namespace: trigger.Namespace ?? measured?.MetricStat.Metric.Namespace,
    metric:
      trigger.MetricName ??
      computed?.MetricStat.Metric.MetricName ??
      computed?.Label ??
      measuredBy(computed?.Expression),
    dimensions: {
      ...dimensionsOf(trigger.Dimensions ?? measured?.MetricStat.Metric.Dimensions),
      ...dimensionsOf(alarm.AlarmContributorAttributes),
    },
    statistic: trigger.Statistic ?? trigger.ExtendedStatistic ?? measured?.MetricStat.Stat,
    unit: trigger.Unit ?? measured?.MetricStat.Unit,
    periodSeconds: trigger.Period ?? measured?.MetricStat.Period ?? data.period,
    evaluationPeriods: trigger.DatapointsToAlarm ?? trigger.EvaluationPeriods,
    threshold: trigger.Threshold,
    comparison: trigger.ComparisonOperator,
    value: data.recentDatapoints.at(-1),
    band: bandOf(data),
    rule: alarm.AlarmRule,
    children: [
      ...new Set([
        ...alarm.TriggeringChildren.flatMap((child) => child.Arn ?? []),
        ...childrenOf(data, alarm.NewStateReason),
      ]),
    ],
    suppressor: alarm.ActionsSuppressor,
    suppressedBy: alarm.ActionsSuppressedBy,
    muted: undefined,
    contributor: alarm.AlarmContributorId,
    actionsEnabled: undefined,
    operation: undefined,
  };
}

function eventAlarm(payload: Payload): Alarm {
  const { json } = payload;
  const event = awsEvent(payload);
  const alarm = EventAlarm.parse(event?.detail ?? json?.['alarmData']);
  const { configuration } = alarm;
  const computed =
    configuration.metrics.find((one) => one.returnData !== false && !isBand(one.expression)) ??
    configuration.metrics[0];
  const measured =
    computed?.metricStat.metric.name === undefined
      ? configuration.metrics.find((one) => one.metricStat.metric.name !== undefined)
      : computed;
  const data = ReasonData.parse(alarm.state.reasonData);
  const account = event?.account ?? asText(json?.['accountId']);
  const arn = event?.resources[0] ?? asText(json?.['alarmArn']);
  const name =
    alarm.alarmName ??
    configuration.alarmName ??
    parseArn(arn ?? '')?.resource.replace(/^alarm:/, '') ??
    'unnamed alarm';
  const region = event?.region ?? asText(json?.['region']);
  return {
    name,
    arn: arn ?? alarmArn(region, account, name),
    description: configuration.description,
    account,
    region,
    time: alarm.state.timestamp ?? event?.time ?? asText(json?.['time']),
    state: alarm.state.value,
    oldState: alarm.previousState.value,
    reason: alarm.state.reason,
    namespace: configuration.namespace ?? measured?.metricStat.metric.namespace,
    metric:
      configuration.metricName ??
      computed?.metricStat.metric.name ??
      computed?.label ??
      measuredBy(computed?.expression ?? queryIn(configuration.evaluationCriteria)),
    dimensions: {
      ...dimensionsOf(measured?.metricStat.metric.dimensions),
      ...dimensionsOf(alarm.alarmContributor.attributes),
    },
    statistic: measured?.metricStat.stat ?? data.statistic,
    unit: measured?.metricStat.unit,
    periodSeconds: data.period ?? measured?.metricStat.period ?? computed?.period ?? configuration.period,
    evaluationPeriods: configuration.evaluationPeriods,
    threshold: data.threshold ?? configuration.threshold,
    comparison: configuration.comparisonOperator,
    value: data.recentDatapoints.at(-1),
    band: bandOf(data),
    rule: configuration.alarmRule,
    children: childrenOf(data, alarm.state.reason),
    suppressor: configuration.actionsSuppressor,
    suppressedBy: alarm.state.actionsSuppressedBy,
    muted: mutedBy(alarm.muteDetail),
    contributor: alarm.alarmContributor.id,
    actionsEnabled: configuration.actionsEnabled,
    operation:
      payload.json !== undefined && hasDetailType(payload, /Configuration Change$/)
        ? (alarm.operation ?? 'update')
        : undefined,
  };
}

/** What a Metrics Insights query measures: `MAX(ReadThrottleEvents)`; any other expression is its own name. */
const measuredBy = (expression: string | undefined): string | undefined =>
  /^\s*SELECT\s+(\w{1,20}\([^)]{1,200}\))/i.exec(expression ?? '')?.[1] ?? expression;

/** The query of an alarm on PromQL. */
const queryIn = (criteria: unknown): string | undefined =>
  isRecord(criteria)
    ? [criteria, ...Object.values(criteria).filter(isRecord)]
        .map((each) => asText(each['query'] ?? each['Query']))
        .find((query) => query !== undefined)
    : undefined;

/** The alarms that tipped a composite one: listed as data, else named in its reason. */
const childrenOf = (data: Parsed<typeof ReasonData>, reason: string | undefined): string[] => {
  const listed = data.triggeringAlarms.flatMap((child) => child.arn ?? child.Arn ?? []);
  return listed.length > 0
    ? listed
    : [...(reason ?? '').matchAll(/arn:aws[a-z-]*:cloudwatch:[a-z0-9-]*:\d{12}:alarm:.+?(?= transitioned to )/g)].map(
        ([arn]) => arn,
      );
};

const mutedBy = ({ mutedByArn, muteWindowEnd }: Parsed<typeof Mute>): Alarm['muted'] =>
  mutedByArn === undefined && muteWindowEnd === undefined
    ? undefined
    : { by: resourceNamed(mutedByArn)?.name, until: utcTime(muteWindowEnd) };

const alarmArn = (region: string | undefined, account: string | undefined, name: string): string =>
  `arn:${partitionOfRegion(region)}:cloudwatch:${region ?? ''}:${account ?? ''}:alarm:${name}`;

const isBand = (expression: string | undefined): boolean => /ANOMALY_DETECTION_BAND/i.test(expression ?? '');

const bandOf = (data: Parsed<typeof ReasonData>): Alarm['band'] =>
  data.recentLowerThresholds.length + data.recentUpperThresholds.length === 0
    ? undefined
    : { lower: data.recentLowerThresholds.at(-1), upper: data.recentUpperThresholds.at(-1) };

/** `{InstanceId: "i-1"}`, or `[{name, value}]` as SNS writes it. */
function dimensionsOf(value: unknown): Record<string, string> {
  const pairs = Array.isArray(value)
    ? value
        .slice(0, 30)
        .map((one): [unknown, unknown] =>
          isRecord(one) ? [one['name'] ?? one['Name'], one['value'] ?? one['Value']] : [undefined, undefined],
        )
    : Object.entries(map.parse(value));
  return Object.fromEntries(
    pairs.flatMap(([name, item]): [string, string][] => {
      const key = asText(name);
      const text = asText(item);
      return key === undefined || text === undefined ? [] : [[key, text]];
    }),
  );
}

/** SNS writes the region as people say it. Source: AWS General Reference, "Regional endpoints". */
const regionCodes: Record<string, string> = {
  'us east (n. virginia)': 'us-east-1',
  'us east (ohio)': 'us-east-2',
  'us west (n. california)': 'us-west-1',
  'us west (oregon)': 'us-west-2',
  'africa (cape town)': 'af-south-1',
  'asia pacific (hong kong)': 'ap-east-1',
  'asia pacific (hyderabad)': 'ap-south-2',
  'asia pacific (jakarta)': 'ap-southeast-3',
  'asia pacific (malaysia)': 'ap-southeast-5',
  'asia pacific (melbourne)': 'ap-southeast-4',
  'asia pacific (mumbai)': 'ap-south-1',
  'asia pacific (new zealand)': 'ap-southeast-6',
  'asia pacific (osaka)': 'ap-northeast-3',
  'asia pacific (seoul)': 'ap-northeast-2',
  'asia pacific (singapore)': 'ap-southeast-1',
  'asia pacific (sydney)': 'ap-southeast-2',
  'asia pacific (taipei)': 'ap-east-2',
  'asia pacific (thailand)': 'ap-southeast-7',
  'asia pacific (tokyo)': 'ap-northeast-1',
  'canada (central)': 'ca-central-1',
  'canada west (calgary)': 'ca-west-1',
  'china (beijing)': 'cn-north-1',
  'china (ningxia)': 'cn-northwest-1',
  'eu (frankfurt)': 'eu-central-1',
  'eu (zurich)': 'eu-central-2',
  'eu (ireland)': 'eu-west-1',
  'eu (london)': 'eu-west-2',
  'eu (paris)': 'eu-west-3',
  'eu (stockholm)': 'eu-north-1',
  'eu (milan)': 'eu-south-1',
  'eu (spain)': 'eu-south-2',
  'israel (tel aviv)': 'il-central-1',
  'mexico (central)': 'mx-central-1',
  'middle east (bahrain)': 'me-south-1',
  'middle east (uae)': 'me-central-1',
  'south america (sao paulo)': 'sa-east-1',
  'aws govcloud (us-east)': 'us-gov-east-1',
  'aws govcloud (us-west)': 'us-gov-west-1',
};

function regionCode(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  // "EU - Ireland" is what older alarms wrote.
  const line = name
    .toLowerCase()
    .replace(/^europe /, 'eu ')
    .replace('são', 'sao')
    .replace(/^([a-z ]+) - (.+)$/, '$1 ($2)');
  return regionCodes[line] ?? (/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(line) ? line : undefined);
}

/**
 * What metric-filter alarms on CloudTrail and flow logs watch, by the words in their names; first match wins.
 * Source: CIS AWS Foundations Benchmark, section "Monitoring" (4.1–4.15 up to v5, 5.1–5.15 since v6).
 */
const watched: readonly { words: RegExp; what: string; severity: Severity }[] = [
  {
    words: /(?:no|without|sans)mfa|mfa(?:less|missing)|signinmfa/,
    what: 'console sign-ins without MFA',
    severity: 'high',
  },
  { words: /unauthori[sz]ed|accessdenied|authori[sz]ationfail/, what: 'unauthorized API calls', severity: 'medium' },
  {
    words: /root(?:account|user|usage|login|activity|use|signin)|usageofroot/,
    what: 'use of the root account',
    severity: 'high',
  },
  {
    words: /(?:signin|login|logon|auth\w{0,12})fail|failed(?:console)?(?:signin|login|logon|auth)/,
    what: 'failed console sign-ins',
    severity: 'medium',
  },
  {
    words: /(?:cloud)?trail\w{0,10}(?:cfg|config|change|stop|delete|event)/,
    what: 'CloudTrail configuration changes',
    severity: 'high',
  },
  {
    words: /(?:cmk|kms)\w{0,24}(?:delet|disab)|(?:delet|disab)\w{0,24}(?:cmk|kms)/,
    what: 'KMS keys disabled or scheduled for deletion',
    severity: 'high',
  },
  {
    words: /(?:s3|bucket)\w{0,8}polic|s3bucket\w{0,8}(?:change|event|activit)/,
    what: 'S3 bucket policy changes',
    severity: 'medium',
  },
  { words: /organi[sz]ations?\w{0,8}(?:change|event|activit)/, what: 'AWS Organizations changes', severity: 'high' },
  {
    words: /iam\w{0,8}(?:polic|change|event|activit)|polic(?:y|ies)(?:change|event)/,
    what: 'IAM policy changes',
    severity: 'medium',
  },
  {
    words: /(?:aws)?config(?:uration)?(?:service|recorder)?(?:change|event)/,
    what: 'AWS Config changes',
    severity: 'high',
  },
  { words: /ec2(?:large)?instance\w{0,8}(?:change|event)/, what: 'EC2 instance changes', severity: 'medium' },
  { words: /securitygroup|sgchange/, what: 'security group changes', severity: 'medium' },
  { words: /nacl|networkacl|networkaccesscontrol/, what: 'network ACL changes', severity: 'medium' },
  {
    words: /(?:network|internet)(?:gw|gateway)|gateway(?:change|event)/,
    what: 'network gateway changes',
    severity: 'medium',
  },
  { words: /routetable/, what: 'route table changes', severity: 'medium' },
  { words: /vpc(?:config\w{0,8})?(?:change|event|activit)/, what: 'VPC changes', severity: 'medium' },
  {
    words: /flowlog|vpcflow|reject(?:ed)?(?:connection|traffic|packet|count|ssh|rdp)?|(?:ssh|rdp)(?:reject|denied)/,
    what: 'rejected connections in VPC flow logs',
    severity: 'medium',
  },
];

/** Only where the metric is the customer's own: names of AWS's metrics say nothing of metric filters. */
function watches({ name, metric, namespace }: Alarm): (typeof watched)[number] | undefined {
  if (namespace?.startsWith('AWS/') === true || metric === undefined) return undefined;
  const names = `${metric} ${name}`.toLowerCase().replace(/[^a-z0-9 ]/g, '');
  return watched.find(({ words }) => words.test(names));
}

/** docs/severity.md, "CloudWatch alarms". */
function severityOf(alarm: Alarm): Severity {
  if (alarm.state === 'OK') return 'info';
  if (alarm.state === 'INSUFFICIENT_DATA' || alarm.suppressedBy !== undefined || alarm.muted !== undefined)
    return 'low';
  const said = gradeIn(alarm.name, alarm.description);
  const control = watches(alarm)?.severity;
  return said !== undefined && control !== undefined ? worse(said, control) : (said ?? control ?? 'medium');
}

function stateSignal(payload: Payload, alarm: Alarm) {
  const watch = watches(alarm);
  const composite = alarm.rule !== undefined;
  const anomaly =
    alarm.band !== undefined ||
    /Band|LowerOrGreaterThanUpper|LowerThreshold|UpperThreshold/.test(alarm.comparison ?? '');
  const says =
    alarm.state === 'OK' ? 'is OK again' : alarm.state === 'INSUFFICIENT_DATA' ? 'has no data' : 'is in alarm';
  const name =
    alarm.contributor === undefined ? alarm.name : `${alarm.name} (${listed(Object.values(alarm.dimensions), 4)})`;
  return signalOf(payload, {
    source: 'cloudwatch',
    kind: composite ? 'composite alarm' : anomaly ? 'anomaly alarm' : 'metric alarm',
    dedupKey: alarm.contributor === undefined ? alarm.arn : `${alarm.arn}#${alarm.contributor}`,
    severity: severityOf(alarm),
    state: alarm.state === 'OK' ? 'resolved' : 'firing',
    title: watch !== undefined && alarm.state === 'ALARM' ? `${name} ${says}: ${watch.what}` : `${name} ${says}`,
    sentence: `${sentenceOf(alarm, watch?.what)}${alarm.muted === undefined ? '' : ` ${mutedSentence(alarm.muted)}`}`,
    accounts: [alarm.account, parseArn(alarm.arn)?.account],
    regions: [parseArn(alarm.arn)?.region, alarm.region],
    times: [alarm.time],
    resource: resourceOf(alarm),
    links: (where) => [cloudwatchAlarmLink(where, alarm.name)],
    runbook: httpsIn(alarm.description),
    fields: [
      ['Watches', watch?.what],
      ['Alarm', alarm.name],
      ['Change', alarm.oldState === undefined ? alarm.state : `${alarm.oldState} → ${alarm.state ?? 'unknown'}`],
      ['Description', alarm.description],
      [
        'Metric',
        alarm.metric === undefined
          ? undefined
          : [alarm.namespace, alarm.metric].filter((part) => part !== undefined).join(' '),
      ],
      ['Statistic', [alarm.statistic, alarm.unit].filter((part) => part !== undefined && part !== 'None').join(', ')],
      ['Rule', alarm.rule],
      [
        'Actions held back by',
        alarm.suppressedBy === undefined
          ? undefined
          : [alarm.suppressedBy, alarm.suppressor].filter(Boolean).join(', '),
      ],
      [
        'Dimensions',
        Object.entries(alarm.dimensions)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ],
      ['Reason', alarm.reason],
    ],
  });
}

const mutedSentence = ({ by, until }: NonNullable<Alarm['muted']>): string =>
  `It is muted${by === undefined ? '' : ` by ${by}`}${until === undefined ? '' : ` until ${until.slice(0, 16).replace('T', ' ')} UTC`}.`;

/** What happened to the alarm's own configuration: a deleted or muted alarm is a gap in the watch. */
function configurationSignal(payload: Payload, alarm: Alarm) {
  const operation = alarm.operation ?? 'update';
  const muted = operation === 'update' && alarm.actionsEnabled === false;
  const done = muted
    ? 'had its actions switched off'
    : operation === 'delete'
      ? 'was deleted'
      : operation === 'create'
        ? 'was created'
        : 'was changed';
  return signalOf(payload, {
    source: 'cloudwatch',
    kind: `alarm ${operation}d`,
    dedupKey: `${alarm.arn}#configuration`,
    severity: operation === 'delete' || muted ? 'medium' : 'info',
    title: `Alarm ${alarm.name} ${done}`,
    sentence: `The CloudWatch alarm ${alarm.name} ${done}${operation === 'delete' || muted ? ': it tells nobody any more' : ''}.`,
    accounts: [alarm.account],
    regions: [alarm.region],
    times: [awsEvent(payload)?.time, alarm.time],
    resource: { arn: alarm.arn, name: alarm.name, type: 'CloudWatch alarm' },
    links: (where) => [cloudwatchAlarmLink(where, alarm.name)],
    fields: [
      ['Operation', operation],
      ['State', alarm.state],
      ['Description', alarm.description],
      ['Metric', alarm.metric],
      ['Rule', alarm.rule],
    ],
  });
}

function sentenceOf(alarm: Alarm, what: string | undefined): string {
  if (alarm.rule !== undefined) return compositeSentence(alarm);
  const subject = subjectOf(alarm);
  if (alarm.state === 'INSUFFICIENT_DATA')
    return `CloudWatch has too little data on ${subject} to say whether it is well.`;
  const value = alarm.value ?? numberIn(/\[\s*(-?[\d.]{1,40}(?:E[-+]?\d{1,3})?)\s*[(\],]/i, alarm.reason);
  const threshold = alarm.threshold ?? numberIn(/threshold \((-?[\d.]{1,40}(?:E[-+]?\d{1,3})?)\)/i, alarm.reason);
  const limit = limitOf(alarm, threshold);
  if (value === undefined || limit === undefined) {
    const reason = firstSentence(alarm.reason);
    const change =
      alarm.oldState === undefined
        ? `is now ${alarm.state ?? 'in an unknown state'}`
        : `went from ${alarm.oldState} to ${alarm.state ?? 'an unknown state'}`;
    return asSentence(`${alarm.name} ${change}${reason === undefined ? '' : `: ${reason}`}`);
  }
  if (alarm.state === 'OK') return `${subject} was ${shown(value)}, no longer ${limit}.`;
  const measured = `${subject} was ${shown(value)}, ${limit}${durationOf(alarm)}.`;
  return what === undefined ? measured : `The logs show ${what}: ${measured}`;
}

const subjectOf = ({ metric, dimensions }: Alarm): string => {
  const owners = Object.values(dimensions);
  return `${metric ?? 'The metric'}${owners.length === 0 ? '' : ` of ${listed(owners)}`}`;
};

/** "above the threshold of 0", "outside the expected band of 0.02 to 0.3". */
function limitOf({ comparison, reason, band }: Alarm, threshold: number | undefined): string | undefined {
  const words = comparison ?? reason ?? '';
  if (band?.lower !== undefined && band.upper !== undefined)
    return `outside the expected band of ${shown(band.lower)} to ${shown(band.upper)}`;
  if (band?.upper !== undefined) return `above the expected ${shown(band.upper)}`;
  if (band?.lower !== undefined) return `below the expected ${shown(band.lower)}`;
  if (/LessThanLowerOrGreaterThanUpper/.test(words)) return 'outside the expected band';
  if (/GreaterThanUpperThreshold/.test(words)) return 'above the expected band';
  if (/LessThanLowerThreshold/.test(words)) return 'below the expected band';
  if (threshold === undefined) return undefined;
  if (/GreaterThanOrEqualTo|greater than or equal to/.test(words))
    return `at or above the threshold of ${shown(threshold)}`;
  if (/GreaterThan|greater than/.test(words)) return `above the threshold of ${shown(threshold)}`;
  if (/LessThanOrEqualTo|less than or equal to/.test(words)) return `at or below the threshold of ${shown(threshold)}`;
  if (/LessThan|less than/.test(words)) return `below the threshold of ${shown(threshold)}`;
  return `against a threshold of ${shown(threshold)}`;
}

/** ", for 5 minutes": the datapoints that broke the limit, times the period. */
function durationOf({ reason, evaluationPeriods, periodSeconds }: Alarm): string {
  if (periodSeconds === undefined) return '';
  const datapoints = numberIn(/(\d{1,6}) (?:out of the last \d{1,6} )?datapoints?/, reason) ?? evaluationPeriods ?? 1;
  const seconds = datapoints * periodSeconds;
  const time =
    seconds % 86_400 === 0
      ? plural(seconds / 86_400, 'day')
      : seconds % 3_600 === 0
        ? plural(seconds / 3_600, 'hour')
        : seconds % 60 === 0
          ? plural(seconds / 60, 'minute')
          : plural(seconds, 'second');
  return `, for ${time}`;
}

function compositeSentence(alarm: Alarm): string {
  const children = alarm.children.map((arn) => parseArn(arn)?.resource.replace(/^alarm:/, '') ?? arn);
  const held =
    alarm.suppressedBy === undefined ? '' : `; its actions are held back by ${alarm.suppressor ?? alarm.suppressedBy}`;
  if (alarm.state === 'OK') return `The composite alarm ${alarm.name} is OK: its rule no longer holds${held}.`;
  if (alarm.state === 'INSUFFICIENT_DATA')
    return `The composite alarm ${alarm.name} has too little data to say whether its rule holds${held}.`;
  const cause = children.length === 0 ? 'its rule holds' : `because of ${listed(children)}`;
  return `The composite alarm ${alarm.name} is in alarm${children.length === 0 ? `: ${cause}` : ` ${cause}`}${held}.`;
}

const numberIn = (pattern: RegExp, reason: string | undefined): number | undefined => {
  const found = pattern.exec(reason ?? '')?.[1];
  return found === undefined || Number.isNaN(Number(found)) ? undefined : Number(found);
};

const formats = {
  large: new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }),
  middle: new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 }),
  small: new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 }),
};

/** 45628 → "45,628", 99.50160 → "99.5", 0.0205994 → "0.0206". */
const shown = (value: number): string => {
  const size = Math.abs(value);
  return formats[size >= 1000 ? 'large' : size >= 1 ? 'middle' : 'small'].format(value);
};

/** Dimensions that name one resource: its type, and its ARN where it follows from account and region. */
const dimensionResources: Record<string, { type: string; arn?: (id: string) => string }> = {
  InstanceId: { type: 'EC2 instance', arn: (id) => `ec2:{where}:instance/${id}` },
  FunctionName: { type: 'Lambda function', arn: (id) => `lambda:{where}:function:${id}` },
  DBInstanceIdentifier: { type: 'RDS instance', arn: (id) => `rds:{where}:db:${id}` },
  DBClusterIdentifier: { type: 'RDS cluster', arn: (id) => `rds:{where}:cluster:${id}` },
  QueueName: { type: 'SQS queue', arn: (id) => `sqs:{where}:${id}` },
  TopicName: { type: 'SNS topic', arn: (id) => `sns:{where}:${id}` },
  TableName: { type: 'DynamoDB table', arn: (id) => `dynamodb:{where}:table/${id}` },
  BucketName: { type: 'S3 bucket', arn: (id) => `s3:::${id}` },
  VolumeId: { type: 'EBS volume', arn: (id) => `ec2:{where}:volume/${id}` },
  LogGroupName: { type: 'log group', arn: (id) => `logs:{where}:log-group:${id}` },
  AutoScalingGroupName: { type: 'Auto Scaling group' },
  LoadBalancer: { type: 'load balancer' },
  LoadBalancerName: { type: 'load balancer' },
  StateMachineArn: { type: 'state machine' },
  RuleName: { type: 'EventBridge rule' },
  TrailName: { type: 'trail' },
};

/** The resource that the metric measures; without one, the alarm itself. */
function resourceOf(alarm: Alarm): Resource {
  const own = { arn: alarm.arn, name: alarm.name, type: 'CloudWatch alarm' };
  const [name, id] = Object.entries(alarm.dimensions).find(([key]) => dimensionResources[key] !== undefined) ?? [];
  const known = name === undefined ? undefined : dimensionResources[name];
  if (known === undefined || id === undefined) return own;
  const parts = parseArn(alarm.arn);
  const path = known.arn?.(id);
  const arn =
    parts === undefined || (path?.includes('{where}') === true && parts.region === '')
      ? undefined
      : path?.replace('{where}', `${parts.region}:${parts.account}`);
  return {
    ...(arn === undefined ? {} : { arn: `arn:${parts?.partition ?? 'aws'}:${arn}` }),
    name: id,
    type: known.type,
  };
}
