import { parseArn, resourceTypeOfCfn, serviceName } from '../../aws-names/arn.ts';
import { securityHubFindingLink, serviceLink } from '../../aws-names/console-links.ts';
import { asArray, isRecord } from '../../words/json.ts';
import { listed, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  actorNamed,
  anything,
  asSentence,
  awsEvent,
  firstSentence,
  flag,
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
import type { Actor, Resource, Signal } from '../signal.ts';
import type { Payload, Source } from '../source.ts';

const Severities = shape({ Label: text, Normalized: number, Original: text });
const RemoteIp = shape({ IpAddressV4: text, Country: shape({ CountryName: text }) });
const AccessKey = shape({
  AccessKeyId: text,
  AccountId: text,
  PrincipalId: text,
  PrincipalName: text,
  PrincipalType: text,
  UserName: text,
  SessionContext: shape({
    Attributes: shape({ MfaAuthenticated: flag }),
    SessionIssuer: shape({ Arn: text, UserName: text }),
  }),
});

/** Source: Security Hub user guide, "AWS Security Finding Format (ASFF) syntax". */
const Asff = shape({
  Id: text,
  ProductArn: text,
  ProductName: text,
  GeneratorId: text,
  AwsAccountId: text,
  Region: text,
  Title: text,
  Description: text,
  Types: list(text),
  CreatedAt: text,
  UpdatedAt: text,
  FirstObservedAt: text,
  LastObservedAt: text,
  Severity: Severities,
  FindingProviderFields: shape({ Severity: Severities, Types: list(text) }),
  Compliance: shape({
    Status: text,
    SecurityControlId: text,
    StatusReasons: list(shape({ Description: text, ReasonCode: text })),
  }),
  Workflow: shape({ Status: text }),
  WorkflowState: text,
  RecordState: text,
  Remediation: shape({ Recommendation: shape({ Text: text, Url: text }) }),
  SourceUrl: text,
  Note: shape({ Text: text }),
  Resources: list(
    shape({
      Id: text,
      Type: text,
      Region: text,
      ResourceRole: text,
      Tags: map,
      Details: shape({ AwsIamAccessKey: AccessKey }),
    }),
  ),
  Network: shape({ SourceIpV4: text, SourceIpV6: text, DestinationPort: number, Direction: text }),
  Action: shape({
    AwsApiCallAction: shape({ Api: text, ServiceName: text, RemoteIpDetails: RemoteIp }),
    NetworkConnectionAction: shape({ RemoteIpDetails: RemoteIp }),
    PortProbeAction: shape({ PortProbeDetails: list(shape({ RemoteIpDetails: RemoteIp })) }),
    DnsRequestAction: shape({ Domain: text }),
  }),
  Vulnerabilities: list(
    shape({
      Id: text,
      FixAvailable: text,
      ExploitAvailable: text,
      VulnerablePackages: list(shape({ Name: text, Version: text, FixedInVersion: text })),
    }),
  ),
  ProductFields: map,
});
type Asff = Parsed<typeof Asff>;

/** What Security Hub says: findings in ASFF and OCSF, what people send by a custom action, insight results, announcements. */
export const securityhub: Source = {
  name: 'securityhub',
  matches: (payload) => {
    const { json } = payload;
    if (json === undefined) return false;
    if (hasDetailType(payload, /^(?:Security Hub |Findings Imported V2$)/)) return true;
    if (isAsff(json) || isOcsfFinding(json)) return true;
    if (json['AnnouncementType'] !== undefined && json['Title'] !== undefined) return true;
    return findingIn(payload) !== undefined;
  },
  read: (payload) => {
    if (hasDetailType(payload, /^Security Hub Insight/)) return insightSignal(payload);
    if (payload.json?.['AnnouncementType'] !== undefined) return announcementSignal(payload);
    const finding = findingIn(payload) ?? payload.json;
    return isOcsfFinding(finding) ? ocsfSignal(payload, finding) : asffSignal(payload, finding);
  },
};

/** ASFF's required fields that nothing else has together. */
const isAsff = (value: unknown): boolean =>
  isRecord(value) &&
  ((value['ProductArn'] !== undefined &&
    (value['AwsAccountId'] ?? value['Types'] ?? value['Resources']) !== undefined) ||
    (value['AwsAccountId'] !== undefined &&
      value['Id'] !== undefined &&
      (value['Severity'] ?? value['Title'] ?? value['Region']) !== undefined));

/** OCSF's category 2 is Findings. Source: schema.ocsf.io, "Findings category". */
const isOcsfFinding = (value: unknown): boolean =>
  isRecord(value) &&
  isRecord(value['finding_info']) &&
  (value['category_uid'] === 2 || value['class_uid'] !== undefined || value['metadata'] !== undefined);

/** The one finding of an event; the reading of messages has split batches already. */
function findingIn(payload: Payload): unknown {
  const detail = payload.json?.['detail'];
  const [finding] = isRecord(detail) ? asArray(detail['findings']) : [];
  return isAsff(finding) || isOcsfFinding(finding) ? finding : undefined;
}

/**
 * Several standards report one failing control as a finding each: account, region, control and resource are what they
 * have in common. Source: Security Hub user guide, "Consolidated control findings".
 */
const controlKey = (parts: (string | undefined)[]): string | undefined =>
  parts.every((part) => part !== undefined) ? `securityhub:control:${parts.join(':')}` : undefined;

function asffSignal(payload: Payload, value: unknown): Signal {
  const event = awsEvent(payload);
  const finding = Asff.parse(value);
  const product = productOf(finding);
  const control = controlOf(finding);
  const type = [...finding.Types, ...finding.FindingProviderFields.Types].find((one) => one !== undefined);
  const target = finding.Resources.find((one) => one.ResourceRole === 'Target') ?? finding.Resources[0];
  const resource = resourceOf(target, finding);
  const title = (finding.Title ?? firstSentence(finding.Description) ?? 'Security Hub finding without a title').replace(
    /\.$/,
    '',
  );
  const vulnerability = finding.Vulnerabilities[0];
  const packages =
    vulnerability?.VulnerablePackages.flatMap(({ Name, Version }) =>
      Name === undefined ? [] : [`${Name} ${Version ?? ''}`.trim()],
    ) ?? [];
  const over = isOver(finding);
  return signalOf(payload, {
    source: 'securityhub',
    kind:
      control ??
      (vulnerability?.Id === undefined ? undefined : 'vulnerability') ??
      type?.split('/').at(-1) ??
      'finding',
    dedupKey:
      controlKey([finding.AwsAccountId, finding.Region, finding.Compliance.SecurityControlId, target?.Id]) ??
      (finding.Id === undefined || !finding.Id.startsWith('arn:')
        ? `${finding.ProductArn ?? 'securityhub'}/${finding.AwsAccountId ?? ''}/${finding.Id ?? title}`
        : finding.Id),
    severity: asffSeverity(finding),
    state: over === undefined ? 'firing' : 'resolved',
    title,
    sentence: sentenceOf(finding, product, resource, over, title),
    accounts: [finding.AwsAccountId, event?.account],
    regions: [finding.Region, target?.Region, event?.region, parseArn(finding.ProductArn ?? '')?.region],
    times: [finding.UpdatedAt, finding.LastObservedAt, event?.time, finding.CreatedAt],
    resource,
    actor: asffActor(finding),
    sourceIp: remoteIp(finding),
    links: (where) => [
      finding.Id === undefined ? serviceLink(where, 'securityhub') : securityHubFindingLink(where, finding.Id),
    ],
    runbook: httpsOnly(finding.Remediation.Recommendation.Url ?? asText(finding.ProductFields['RecommendationUrl'])),
    tags: tagsOf(target?.Tags),
    description: finding.Description,
    fields: [
      ['Product', product],
      ['Control', control],
      ['Compliance', finding.Compliance.Status],
      ['Reason', finding.Compliance.StatusReasons[0]?.Description],
      [
        'Vulnerability',
        vulnerability?.Id === undefined ? undefined : [vulnerability.Id, ...packages.slice(0, 2)].join(', '),
      ],
      ['Fixed in', fixedIn(vulnerability?.VulnerablePackages.map((each) => [each.Name, each.FixedInVersion]))],
      ['Called', finding.Action.AwsApiCallAction.Api],
      [
        'Other resources',
        finding.Resources.length < 2
          ? undefined
          : listed(
              finding.Resources.filter((one) => one !== target).flatMap(({ Id }) => resourceNamed(Id)?.name ?? []),
            ),
      ],
      [
        'Workflow',
        [finding.Workflow.Status ?? finding.WorkflowState, finding.RecordState]
          .filter((part) => part !== undefined)
          .join(', '),
      ],
      ['How to fix', finding.Remediation.Recommendation.Text],
      ['Custom action', asText(event?.detail['actionName'])],
      ['First seen', finding.FirstObservedAt],
    ],
  });
}

/** "expat 2.4.3": the versions that mend a vulnerability, by package. */
function fixedIn(packages: [name: string | undefined, version: string | undefined][] | undefined): string | undefined {
  if (packages === undefined || packages.length === 0) return undefined;
  const fixed = packages.flatMap(([name, version]) =>
    version === undefined || /^not ?available$/i.test(version) ? [] : [[name, version].filter(Boolean).join(' ')],
  );
  return listed([...new Set(fixed)]) || undefined;
}

const asText = (value: unknown): string | undefined => text.parse(value);

const httpsOnly = (url: string | undefined): string | undefined =>
  url?.startsWith('https://') === true ? url : undefined;

/** Who found it: the product's own name, or the last part of its ARN ("product/aws/guardduty" → GuardDuty). */
function productOf({ ProductName, ProductArn, ProductFields }: Asff): string {
  const named =
    ProductName ?? asText(ProductFields['ProviderName']) ?? asText(ProductFields['aws/securityhub/ProductName']);
  if (named !== undefined && named !== 'Default') return named;
  const product = ProductArn?.split('/').at(-1);
  return product === 'default' ? 'A custom product' : serviceName(product ?? 'securityhub');
}

/** "EC2.7", "CIS 1.3": the control that a check belongs to. */
function controlOf({ Compliance, ProductFields, GeneratorId }: Asff): string | undefined {
  const control = Compliance.SecurityControlId ?? asText(ProductFields['ControlId']);
  if (control !== undefined) return control;
  const rule =
    asText(ProductFields['RuleId']) ??
    /cis-aws-foundations-benchmark\/v\/[\d.]+\/(?:rule\/)?([\d.]+)$/.exec(GeneratorId ?? '')?.[1];
  if (rule !== undefined) return `CIS ${rule}`;
  return /^(?:security-control|[a-z0-9-]+\/v\/[\d.]+)\/([A-Za-z0-9.]+\.[A-Za-z0-9.]+)$/.exec(GeneratorId ?? '')?.[1];
}

/** docs/severity.md, "Security Hub". Source: Security Hub user guide, ASFF "Severity". */
function asffSeverity({ Severity: own, FindingProviderFields, ProductFields }: Asff): Severity {
  const label =
    own.Label ?? FindingProviderFields.Severity.Label ?? asText(ProductFields['aws/securityhub/SeverityLabel']);
  const normalized = own.Normalized ?? FindingProviderFields.Severity.Normalized;
  return severityNamed(label) ?? (normalized === undefined ? 'medium' : fromNormalized(normalized));
}

function fromNormalized(score: number): Severity {
  if (score >= 90) return 'critical';
  if (score >= 70) return 'high';
  if (score >= 40) return 'medium';
  return score >= 1 ? 'low' : 'info';
}

function severityNamed(label: string | undefined): Severity | undefined {
  switch (label?.toUpperCase()) {
    case 'FATAL':
    case 'CRITICAL':
      return 'critical';
    case 'HIGH':
      return 'high';
    case 'MEDIUM':
      return 'medium';
    case 'LOW':
      return 'low';
    case 'INFORMATIONAL':
      return 'info';
    default:
      return undefined;
  }
}

/** Why the finding is over, in words; undefined while it stands. */
function isOver({ Workflow, WorkflowState, RecordState, Compliance }: Asff): string | undefined {
  if (Compliance.Status === 'PASSED') return 'the check passes';
  if (Workflow.Status === 'RESOLVED' || (Workflow.Status === undefined && WorkflowState === 'RESOLVED'))
    return 'the finding was marked as resolved';
  if (Workflow.Status === 'SUPPRESSED') return 'the finding was suppressed';
  return RecordState === 'ARCHIVED' ? 'the finding was archived' : undefined;
}

function sentenceOf(
  { Description, Compliance, Vulnerabilities }: Asff,
  product: string,
  resource: Resource | undefined,
  over: string | undefined,
  title: string,
): string {
  const on =
    resource === undefined
      ? ''
      : ` on ${[resource.type, resource.name].filter((part) => part !== undefined).join(' ')}`;
  if (over !== undefined) return `${product}: ${title}${on}; ${over}.`;
  if (Compliance.Status === 'FAILED') return `The check "${title}" fails${on}.`;
  if (Compliance.Status !== undefined)
    return `The check "${title}" could not be decided${on} (${Compliance.Status.toLowerCase().replaceAll('_', ' ')}).`;
  const vulnerability = Vulnerabilities[0];
  if (vulnerability?.Id !== undefined) {
    const [first] = vulnerability.VulnerablePackages;
    return `${product} found ${vulnerability.Id}${first?.Name === undefined ? '' : ` in ${first.Name} ${first.Version ?? ''}`.trimEnd()}${on}${first?.FixedInVersion === undefined || /^not ?available$/i.test(first.FixedInVersion) ? '' : `; fixed in ${first.FixedInVersion}`}.`;
  }
  return asSentence(firstSentence(Description) ?? title);
}

/** ASFF writes "AwsEc2SecurityGroup" where CloudFormation and OCSF write "AWS::EC2::SecurityGroup". */
function typeWords(type: string | undefined): string | undefined {
  if (type === undefined || type === 'Other') return undefined;
  if (type.startsWith('AWS::')) return resourceTypeOfCfn(type);
  if (type === 'AwsAccount') return 'AWS account';
  const [, service, kind] =
    /^Aws((?:Dynamo|Cloud|Auto|Api|Code|Secrets|Event|Step|Guard|Elastic|Sage|App|Open)[A-Z][a-z]+|[A-Z][a-z0-9]+)([A-Z]\w*)$/.exec(
      type,
    ) ?? [];
  if (service === undefined || kind === undefined) return spaced(type);
  return resourceTypeOfCfn(`AWS::${service.length <= 3 ? service.toUpperCase() : service}::${kind}`);
}

function resourceOf(target: Asff['Resources'][number] | undefined, finding: Asff): Resource | undefined {
  if (target?.Id === undefined) return undefined;
  const account = /^AWS::::Account:(\d{12})$/.exec(target.Id)?.[1];
  if (account !== undefined) return { name: account, type: 'AWS account' };
  const key = target.Details.AwsIamAccessKey;
  const name = key.PrincipalName ?? key.UserName;
  if (name !== undefined) return { name, type: /role/i.test(key.PrincipalType ?? '') ? 'IAM role' : 'IAM user' };
  const bare = /^AWS::IAM::AccessKey:(\S+)$/.exec(target.Id)?.[1];
  if (bare !== undefined) return { name: bare, type: 'access key' };
  return resourceNamed(
    target.Id,
    target.Id.startsWith('arn:') && parseArn(target.Id) !== undefined
      ? undefined
      : (typeWords(target.Type) ?? (finding.Region === undefined ? undefined : 'resource')),
  );
}

function asffActor({ Resources }: Asff): Actor | undefined {
  const key = Resources.map((one) => one.Details.AwsIamAccessKey).find(
    (one) => (one.PrincipalName ?? one.UserName ?? one.AccessKeyId) !== undefined,
  );
  const named = Resources.find(
    (one) => one.ResourceRole === 'Actor' && /^AwsIam(?:User|Role)$/.test(one.Type ?? ''),
  )?.Id;
  if (key === undefined) return named === undefined ? undefined : actorNamed(named);
  const issuer = key.SessionContext.SessionIssuer;
  const session = key.PrincipalId?.split(':')[1];
  const type = /role/i.test(key.PrincipalType ?? '') ? 'role' : /root/i.test(key.PrincipalType ?? '') ? 'root' : 'user';
  const name = key.PrincipalName ?? key.UserName ?? issuer.UserName ?? key.AccessKeyId ?? 'unknown';
  const mfa = key.SessionContext.Attributes.MfaAuthenticated;
  return {
    type,
    name: session === undefined ? name : `${name}/${session}`,
    ...(issuer.Arn === undefined ? {} : { arn: issuer.Arn }),
    ...(key.AccountId === undefined ? {} : { account: key.AccountId }),
    ...(key.AccessKeyId === undefined ? {} : { accessKeyId: key.AccessKeyId }),
    ...(mfa === undefined ? {} : { mfa }),
  };
}

/** Addresses that GuardDuty's findings carry in ProductFields, by the end of the key. */
function remoteIp({ Network, Action, ProductFields }: Asff): string | undefined {
  const forwarded = Object.entries(ProductFields).find(([key]) => /\/remoteIpDetails\/ipAddressV4$/.test(key));
  return (
    Action.AwsApiCallAction.RemoteIpDetails.IpAddressV4 ??
    Action.NetworkConnectionAction.RemoteIpDetails.IpAddressV4 ??
    Action.PortProbeAction.PortProbeDetails[0]?.RemoteIpDetails.IpAddressV4 ??
    Network.SourceIpV4 ??
    Network.SourceIpV6 ??
    asText(forwarded?.[1])
  );
}

const OcsfUser = shape({ name: text, uid: text, type: text, credential_uid: text, account: shape({ uid: text }) });

/** Source: schema.ocsf.io 1.6, classes Compliance (2003), Detection (2004) and Vulnerability Finding (2002); Security Hub user guide, "OCSF findings". */
const Ocsf = shape({
  activity_id: number,
  class_name: text,
  class_uid: number,
  severity: text,
  severity_id: number,
  status: text,
  status_id: number,
  status_code: text,
  status_detail: text,
  time: text,
  time_dt: text,
  count: number,
  message: text,
  cloud: shape({ region: text, account: shape({ uid: text, name: text }) }),
  compliance: shape({ control: text, status: text, status_id: number, standards: list(text) }),
  finding_info: shape({
    uid: text,
    title: text,
    desc: text,
    types: list(text),
    created_time: text,
    created_time_dt: text,
    modified_time: text,
    modified_time_dt: text,
    first_seen_time_dt: text,
    last_seen_time_dt: text,
  }),
  metadata: shape({ uid: text, product: shape({ name: text, vendor_name: text }) }),
  remediation: shape({ desc: text, references: list(text) }),
  resources: list(
    shape({
      uid: text,
      name: text,
      type: text,
      region: text,
      tags: anything,
      owner: shape({ account: shape({ uid: text }) }),
    }),
  ),
  evidences: list(
    shape({
      actor: shape({ user: OcsfUser, process: shape({ name: text, path: text }) }),
      src_endpoint: shape({ ip: text, location: shape({ country: text }) }),
      api: shape({ operation: text }),
      query: shape({ hostname: text }),
      connection_info: shape({ direction: text }),
      process: shape({ name: text, cmd_line: text, file: shape({ path: text }) }),
    }),
  ),
  actor: shape({ user: OcsfUser }),
  src_endpoint: shape({ ip: text }),
  vulnerabilities: list(
    shape({
      cve: shape({ uid: text }),
      title: text,
      fixed_in_version: text,
      affected_packages: list(shape({ name: text, version: text, fixed_in_version: text })),
    }),
  ),
});
type Ocsf = Parsed<typeof Ocsf>;

function ocsfSignal(payload: Payload, value: unknown): Signal {
  const event = awsEvent(payload);
  const finding = Ocsf.parse(value);
  const info = finding.finding_info;
  const product = finding.metadata.product.name ?? 'Security Hub';
  const type = info.types.filter((one) => one !== undefined).findLast((one) => /[:.]/.test(one)) ?? info.types[0];
  const target = finding.resources[0];
  const id = target?.uid;
  const resource =
    id !== undefined && /^\d{12}$/.test(id)
      ? { name: id, type: 'AWS account' }
      : resourceNamed(id ?? target?.name, id?.startsWith('arn:') === true ? undefined : typeWords(target?.type));
  const title = (
    info.title ??
    firstSentence(info.desc) ??
    finding.message ??
    'Security Hub finding without a title'
  ).replace(/\.$/, '');
  const on =
    resource === undefined
      ? ''
      : ` on ${[resource.type, resource.name].filter((part) => part !== undefined).join(' ')}`;
  const over = ocsfOver(finding);
  const evidence = finding.evidences[0];
  const user =
    finding.evidences.map(({ actor }) => actor.user).find(({ name }) => name !== undefined) ??
    (finding.actor.user.name === undefined ? undefined : finding.actor.user);
  const vulnerability = finding.vulnerabilities[0];
  const packages =
    vulnerability?.affected_packages.flatMap(({ name, version }) =>
      name === undefined ? [] : [`${name} ${version ?? ''}`.trim()],
    ) ?? [];
  const failing = finding.compliance.status_id === 3 || /^fail/i.test(finding.compliance.status ?? '');
  const said =
    over !== undefined
      ? `${product}: ${title}${on}; ${over}.`
      : failing
        ? `The check "${title}" fails${on}.`
        : asSentence(
            finding.status_detail ?? firstSentence(info.desc) ?? finding.message ?? `${product} reports: ${title}${on}`,
          );
  return signalOf(payload, {
    source: 'securityhub',
    kind: finding.compliance.control ?? type ?? finding.class_name ?? 'finding',
    dedupKey:
      (finding.compliance.status_id === undefined
        ? undefined
        : controlKey([finding.cloud.account.uid, finding.cloud.region, finding.compliance.control, target?.uid])) ??
      info.uid ??
      finding.metadata.uid ??
      `securityhub:${event?.id ?? title}`,
    severity: ocsfSeverity(finding),
    state: over === undefined ? 'firing' : 'resolved',
    title,
    sentence: said,
    accounts: [finding.cloud.account.uid, target?.owner.account.uid, event?.account],
    regions: [finding.cloud.region, target?.region, event?.region],
    times: [
      finding.time_dt,
      finding.time,
      info.modified_time_dt,
      info.modified_time,
      event?.time,
      info.created_time_dt,
      info.created_time,
    ],
    resource,
    actor: user === undefined ? undefined : ocsfActor(user),
    sourceIp:
      finding.evidences.map(({ src_endpoint }) => src_endpoint.ip).find((ip) => ip !== undefined) ??
      finding.src_endpoint.ip,
    links: (where) => [
      info.uid === undefined ? serviceLink(where, 'securityhub') : securityHubFindingLink(where, info.uid),
    ],
    runbook: finding.remediation.references.find((url) => httpsOnly(url) !== undefined),
    tags: tagsOf(target?.tags),
    description: info.desc,
    fields: [
      ['Product', product],
      ['Control', finding.compliance.control],
      ['Compliance', finding.compliance.status],
      ['Standards', listed(finding.compliance.standards.flatMap((one) => one ?? []))],
      [
        'Vulnerability',
        vulnerability === undefined
          ? undefined
          : [vulnerability.cve.uid ?? vulnerability.title, ...packages.slice(0, 2)].filter(Boolean).join(', '),
      ],
      [
        'Fixed in',
        fixedIn(vulnerability?.affected_packages.map((each) => [each.name, each.fixed_in_version])) ??
          vulnerability?.fixed_in_version,
      ],
      ['Process', evidence?.actor.process.path ?? evidence?.process.file.path ?? evidence?.process.name],
      ['Called', evidence?.api.operation],
      ['Domain', evidence?.query.hostname],
      ['Status', finding.status],
      ['How to fix', finding.remediation.desc],
      ['First seen', info.first_seen_time_dt],
    ],
  });
}

function ocsfActor(user: Parsed<typeof OcsfUser>): Actor {
  const type = /root/i.test(user.type ?? '') ? 'root' : /role/i.test(user.type ?? '') ? 'role' : 'user';
  return {
    type,
    name: user.name ?? 'unknown',
    ...(user.uid?.startsWith('arn:') === true ? { arn: user.uid } : {}),
    ...(user.account.uid === undefined ? {} : { account: user.account.uid }),
    ...(user.credential_uid === undefined ? {} : { accessKeyId: user.credential_uid }),
  };
}

/** OCSF's severity_id: 1 informational … 5 critical, 6 fatal; 0 and 99 say nothing. */
function ocsfSeverity({ severity_id, severity }: Ocsf): Severity {
  const byId: Record<number, Severity> = { 1: 'info', 2: 'low', 3: 'medium', 4: 'high', 5: 'critical', 6: 'critical' };
  return byId[severity_id ?? 0] ?? severityNamed(severity) ?? 'medium';
}

/** status_id 3 suppressed, 4 resolved, 5 archived; activity 3 is "close"; compliance status 1 is "pass". */
function ocsfOver({ activity_id, status, status_id, compliance }: Ocsf): string | undefined {
  if (compliance.status_id === 1 || /^pass/i.test(compliance.status ?? '')) return 'the check passes';
  if (status_id === 4 || /^resolved$/i.test(status ?? '')) return 'the finding was resolved';
  if (status_id === 3 || /^suppressed$/i.test(status ?? '')) return 'the finding was suppressed';
  if (status_id === 5 || /^archived$/i.test(status ?? '')) return 'the finding was archived';
  return activity_id === 3 ? 'the finding was closed' : undefined;
}

/** Source: Security Hub user guide, "EventBridge event formats": insight results sent by a custom action. */
const Insight = shape({
  actionName: text,
  actionDescription: text,
  insightArn: text,
  insightName: text,
  resultType: text,
  'number of results': text,
  insightResults: list(map),
});

function insightSignal(payload: Payload): Signal {
  const event = awsEvent(payload);
  const insight = Insight.parse(event?.detail);
  const results = insight.insightResults
    .flatMap((one) => Object.entries(one))
    .map(([name, count]) => `${name}: ${asText(count) ?? '?'}`);
  const name = insight.insightName ?? 'unnamed insight';
  return signalOf(payload, {
    source: 'securityhub',
    kind: 'insight results',
    dedupKey: `securityhub:insight:${event?.account ?? ''}:${event?.region ?? ''}:${insight.insightArn ?? name}`,
    severity: 'info',
    title: `Security Hub insight: ${name}`,
    sentence: `The insight "${name}" was sent here${insight.actionName === undefined ? '' : ` by the action "${insight.actionName}"`}${results.length === 0 ? '' : `: ${listed(results)}`}.`,
    accounts: [event?.account],
    regions: [event?.region],
    times: [event?.time],
    resource: {
      ...(insight.insightArn?.startsWith('arn:') === true ? { arn: insight.insightArn } : {}),
      name,
      type: 'Security Hub insight',
    },
    links: (where) => [serviceLink(where, 'securityhub')],
    fields: [
      ['Results', listed(results, 10)],
      ['Counted by', insight.resultType],
      ['Number of results', insight['number of results']],
      ['Action', insight.actionName],
      ['Description', insight.actionDescription],
    ],
  });
}

const Announcement = shape({
  AnnouncementType: text,
  Title: text,
  Description: text,
});

/** Source: Security Hub user guide, "Subscribing to announcements with Amazon SNS". */
function announcementSignal(payload: Payload): Signal {
  const { AnnouncementType, Title, Description } = Announcement.parse(payload.json);
  const title = Title ?? 'Security Hub announcement';
  return signalOf(payload, {
    source: 'securityhub',
    kind: 'announcement',
    dedupKey: `securityhub:announcement:${title}`,
    severity: 'info',
    title,
    sentence: asSentence(firstSentence(Description) ?? title),
    accounts: [],
    regions: [],
    times: [],
    links: (where) => [serviceLink(where, 'securityhub')],
    fields: [['Type', AnnouncementType === undefined ? undefined : spaced(AnnouncementType.toLowerCase())]],
  });
}
