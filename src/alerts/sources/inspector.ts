import { parseArn } from '../../aws-names/arn.ts';
import { inspectorFindingLink, serviceLink } from '../../aws-names/console-links.ts';
import { listed, plural, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  asSentence,
  awsEvent,
  firstSentence,
  hasDetailType,
  httpsIn,
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
import type { Resource } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

/** Source: Inspector user guide, "EventBridge schema for Amazon Inspector events". */
const Finding = shape({
  awsAccountId: text,
  findingArn: text,
  title: text,
  description: text,
  severity: text,
  status: text,
  type: text,
  inspectorScore: number,
  exploitAvailable: text,
  fixAvailable: text,
  firstObservedAt: text,
  lastObservedAt: text,
  updatedAt: text,
  remediation: shape({ recommendation: shape({ text: text, Url: text, url: text }) }),
  epss: shape({ score: number }),
  packageVulnerabilityDetails: shape({
    vulnerabilityId: text,
    sourceUrl: text,
    vulnerablePackages: list(shape({ name: text, version: text, fixedInVersion: text })),
  }),
  networkReachabilityDetails: shape({ protocol: text, openPortRange: shape({ begin: number, end: number }) }),
  codeVulnerabilityDetails: shape({ detectorName: text, filePath: shape({ filePath: text, startLine: number }) }),
  resources: list(shape({ id: text, type: text, region: text, tags: map })),
});
type Finding = Parsed<typeof Finding>;

/** What Inspector says: vulnerabilities, open ports, finished scans (also those that ECR tells of); the messages of Inspector Classic too. */
export const inspector: Source = {
  name: 'inspector',
  matches: (payload) => {
    const { json } = payload;
    if (hasDetailType(payload, /^(?:Inspector|ECR Image Scan$)/)) return true;
    if (json === undefined) return false;
    return (typeof json['findingArn'] === 'string' && json['awsAccountId'] !== undefined) || isClassic(json);
  },
  read: (payload) => {
    if (payload.json !== undefined && isClassic(payload.json)) return classicSignal(payload);
    if (hasDetailType(payload, /^(?:Inspector2? (?!Finding)|ECR )/)) return scanSignal(payload);
    return findingSignal(payload);
  },
};

/** `{"template": "arn:…", "target": "arn:…", "run": "arn:…", "event": "FINDING_REPORTED"}`. */
const isClassic = (json: Record<string, unknown>): boolean =>
  typeof json['event'] === 'string' &&
  (json['template'] ?? json['run']) !== undefined &&
  parseArn(String(json['template'] ?? json['run']))?.service === 'inspector';

function findingSignal(payload: Payload) {
  const event = awsEvent(payload);
  const finding = Finding.parse(event?.detail ?? payload.json);
  const target = finding.resources[0];
  const resource = resourceOf(target);
  const on = resource === undefined ? '' : ` on ${resource.type ?? 'resource'} ${resource.name}`;
  const vulnerability = finding.packageVulnerabilityDetails;
  const packages = vulnerability.vulnerablePackages.flatMap(({ name, version }) =>
    name === undefined ? [] : [`${name} ${version ?? ''}`.trim()],
  );
  const ports = finding.networkReachabilityDetails.openPortRange;
  const title = (finding.title ?? vulnerability.vulnerabilityId ?? 'Inspector finding without a title').replace(
    /\.$/,
    '',
  );
  const over = finding.status === 'CLOSED' || finding.status === 'SUPPRESSED';
  return signalOf(payload, {
    source: 'inspector',
    kind: spaced((finding.type ?? 'finding').toLowerCase()),
    dedupKey: finding.findingArn ?? `inspector:${event?.id ?? title}`,
    severity: findingSeverity(finding),
    state: over ? 'resolved' : 'firing',
    title: `${title}${over ? ` (${finding.status?.toLowerCase()})` : ''}`,
    sentence: over
      ? `Inspector ${finding.status === 'CLOSED' ? 'no longer finds' : 'was told to suppress'} ${title}${on}.`
      : vulnerability.vulnerabilityId !== undefined
        ? `Inspector found ${vulnerability.vulnerabilityId}${packages.length === 0 ? '' : ` in ${listed(packages)}`}${on}.`
        : ports.begin !== undefined
          ? `${finding.networkReachabilityDetails.protocol ?? 'TCP'} port${ports.end === ports.begin ? ` ${ports.begin}` : `s ${ports.begin} to ${ports.end ?? ports.begin}`} can be reached from outside${on}.`
          : asSentence(firstSentence(finding.description) ?? `${title}${on}`),
    accounts: [finding.awsAccountId, event?.account],
    regions: [event?.region, target?.region, parseArn(finding.findingArn ?? '')?.region],
    times: [finding.updatedAt, finding.lastObservedAt, event?.time, finding.firstObservedAt],
    resource,
    links: (where) => [
      finding.findingArn === undefined
        ? serviceLink(where, 'inspector2')
        : inspectorFindingLink(where, finding.findingArn),
    ],
    runbook: httpsIn(
      finding.remediation.recommendation.Url ?? finding.remediation.recommendation.url ?? vulnerability.sourceUrl,
    ),
    tags: tagsOf(target?.tags),
    fields: [
      ['Vulnerability', vulnerability.vulnerabilityId],
      ['Packages', listed(packages)],
      [
        'Fixed in',
        listed([...new Set(vulnerability.vulnerablePackages.flatMap(({ fixedInVersion }) => fixedInVersion ?? []))]),
      ],
      ['Score', finding.inspectorScore],
      ['Exploit known', finding.exploitAvailable?.toLowerCase()],
      [
        'Chance of exploit',
        finding.epss.score === undefined ? undefined : `${(finding.epss.score * 100).toFixed(1)} %`,
      ],
      ['Code', finding.codeVulnerabilityDetails.filePath.filePath],
      ['How to fix', finding.remediation.recommendation.text],
      ['Status', finding.status],
      ['First seen', finding.firstObservedAt],
    ],
  });
}

/** docs/severity.md, "Inspector": its own word; UNTRIAGED says nothing yet. */
function findingSeverity({ severity }: Finding): Severity {
  switch (severity?.toUpperCase()) {
    case 'CRITICAL':
      return 'critical';
    case 'HIGH':
      return 'high';
    case 'LOW':
      return 'low';
    case 'INFORMATIONAL':
      return 'info';
    default:
      return 'medium';
  }
}

const resourceTypes: Record<string, string> = {
  AWS_EC2_INSTANCE: 'EC2 instance',
  AWS_ECR_CONTAINER_IMAGE: 'container image',
  AWS_ECR_REPOSITORY: 'container repository',
  AWS_LAMBDA_FUNCTION: 'Lambda function',
  CODE_REPOSITORY: 'code repository',
};

const resourceOf = (target: Finding['resources'][number] | undefined): Resource | undefined =>
  resourceNamed(target?.id, resourceTypes[target?.type ?? '']);

const Scan = shape({
  'scan-status': text,
  'scan-type': text,
  'finding-severity-counts': map,
  'repository-name': text,
  'instance-id': text,
  scanStatus: shape({ statusCodeValue: text, reason: text }),
});

/** A finished scan or a change of coverage: the counts by severity are what is new. */
function scanSignal(payload: Payload) {
  const event = awsEvent(payload);
  const scan = Scan.parse(event?.detail);
  const counts = Object.entries(scan['finding-severity-counts']).flatMap(([level, count]) =>
    level === 'TOTAL' || Number(count) === 0 ? [] : [`${text.parse(count) ?? '?'} ${level.toLowerCase()}`],
  );
  const byEcr = event?.detailType.startsWith('ECR ') === true;
  const status = scan['scan-status'] ?? scan.scanStatus.statusCodeValue;
  const resource = resourceNamed(event?.resources[0] ?? scan['repository-name']);
  const critical = number.parse(scan['finding-severity-counts']['CRITICAL']) ?? 0;
  return signalOf(payload, {
    source: byEcr ? 'ecr' : 'inspector',
    kind: (event?.detailType ?? 'scan').replace(/^Inspector2? /, '').toLowerCase(),
    dedupKey: `inspector:${event?.detailType ?? ''}:${event?.account ?? ''}:${resource?.arn ?? resource?.name ?? event?.id ?? ''}`,
    severity: critical > 0 ? 'medium' : /FAIL|INACTIVE/.test(status ?? '') ? 'low' : 'info',
    title: `${byEcr ? 'ECR' : 'Inspector'} scan of ${resource?.name ?? 'a resource'}: ${counts.length === 0 ? spaced((status ?? 'changed').toLowerCase()) : listed(counts)}`,
    sentence: `The ${byEcr ? 'ECR' : 'Inspector'} scan of ${resource === undefined ? 'a resource' : `${resource.type ?? 'resource'} ${resource.name}`} is ${spaced((status ?? 'changed').toLowerCase())}${counts.length === 0 ? '' : `, with ${listed(counts, 5)} findings`}.`,
    accounts: [event?.account],
    regions: [event?.region],
    times: [event?.time],
    resource,
    links: (where) => [serviceLink(where, 'inspector2')],
    fields: [
      ['Status', status],
      ['Findings', listed(counts, 6)],
      ['Scan', scan['scan-type']],
      ['Reason', scan.scanStatus.reason],
    ],
  });
}

const ClassicMessage = shape({
  event: text,
  template: text,
  target: text,
  run: text,
  finding: text,
  time: text,
  findingsCount: map,
  newState: text,
  oldState: text,
});

/** Source: Inspector Classic user guide, "Setting up an SNS topic for notifications". */
function classicSignal(payload: Payload) {
  const message = ClassicMessage.parse(payload.json);
  const kind = spaced((message.event ?? 'message').toLowerCase());
  const counts = Object.values(message.findingsCount).reduce(
    (sum: number, count) => sum + (number.parse(count) ?? 0),
    0,
  );
  const arn = message.finding ?? message.run ?? message.template;
  return signalOf(payload, {
    source: 'inspector',
    kind,
    dedupKey: arn ?? `inspector:${kind}`,
    severity: message.event === 'FINDING_REPORTED' ? 'medium' : 'info',
    title: `Inspector Classic: ${kind}`,
    sentence:
      message.event === 'FINDING_REPORTED'
        ? 'Inspector Classic reported a finding; its message does not say which.'
        : `Inspector Classic: ${kind}${counts === 0 ? '' : `, ${plural(counts, 'finding')}`}.`,
    accounts: [parseArn(arn ?? '')?.account],
    regions: [parseArn(arn ?? '')?.region],
    times: [message.time],
    resource: resourceNamed(message.target ?? message.template),
    links: (where) => [serviceLink(where, 'inspector')],
    fields: [
      ['Event', message.event],
      ['Finding', message.finding],
      ['Run', message.run],
      ['State', message.newState === undefined ? undefined : `${message.oldState ?? '?'} → ${message.newState}`],
    ],
  });
}
