import { isInstanceId } from '../../aws-names/arn.ts';
import { guarddutyFindingLink, s3BucketLink, serviceLink } from '../../aws-names/console-links.ts';
import { isRecord } from '../../words/json.ts';
import { listed, plural, spaced } from '../../words/text.ts';
import type { Severity } from '../severity.ts';
import {
  anything,
  asSentence,
  awsEvent,
  camelKeys,
  firstSentence,
  flag,
  hasDetailType,
  isAccount,
  isEmail,
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

const RemoteIp = shape({
  ipAddressV4: text,
  ipAddressV6: text,
  country: shape({ countryName: text }),
  city: shape({ cityName: text }),
  organization: shape({ org: text, asnOrg: text }),
});
const Port = shape({ port: number, portName: text });

const Action = shape({
  actionType: text,
  awsApiCallAction: shape({
    api: text,
    serviceName: text,
    callerType: text,
    errorCode: text,
    userAgent: text,
    domainDetails: shape({ domain: text }),
    affectedResources: map,
    remoteIpDetails: RemoteIp,
  }),
  networkConnectionAction: shape({
    connectionDirection: text,
    protocol: text,
    blocked: flag,
    localPortDetails: Port,
    remotePortDetails: Port,
    remoteIpDetails: RemoteIp,
  }),
  dnsRequestAction: shape({ domain: text, protocol: text, blocked: flag }),
  portProbeAction: shape({
    blocked: flag,
    portProbeDetails: list(shape({ localPortDetails: Port, remoteIpDetails: RemoteIp })),
  }),
  kubernetesApiCallAction: shape({
    verb: text,
    requestUri: text,
    resource: text,
    namespace: text,
    statusCode: number,
    remoteIpDetails: RemoteIp,
  }),
  rdsLoginAttemptAction: shape({
    remoteIpDetails: RemoteIp,
    loginAttributes: list(
      shape({ user: text, application: text, failedLoginAttempts: number, successfulLoginAttempts: number }),
    ),
  }),
});

const Named = shape({ name: text, arn: text, id: text, uid: text, tags: anything });

/**
 * A finding. Source: GuardDuty user guide, "Finding details" and "Attack sequence finding details". EventBridge writes
 * camelCase, the API PascalCase: keys are brought to camelCase before this schema reads them.
 */
const Finding = shape({
  arn: text,
  id: text,
  type: text,
  title: text,
  description: text,
  severity: number,
  accountId: text,
  region: text,
  partition: text,
  createdAt: text,
  updatedAt: text,
  resource: shape({
    resourceType: text,
    accessKeyDetails: shape({ accessKeyId: text, principalId: text, userName: text, userType: text }),
    instanceDetails: shape({
      instanceId: text,
      instanceType: text,
      tags: anything,
      networkInterfaces: list(
        shape({ publicIp: text, privateIpAddress: text, vpcId: text, securityGroups: list(shape({ groupId: text })) }),
      ),
    }),
    s3BucketDetails: list(
      shape({ arn: text, name: text, tags: anything, s3ObjectDetails: list(shape({ key: text })) }),
    ),
    eksClusterDetails: Named,
    ecsClusterDetails: shape({
      name: text,
      arn: text,
      tags: anything,
      taskDetails: shape({ arn: text }),
    }),
    kubernetesDetails: shape({
      kubernetesUserDetails: shape({ username: text, uid: text }),
      kubernetesWorkloadDetails: shape({ name: text, type: text, namespace: text }),
    }),
    containerDetails: shape({ id: text, name: text, image: text }),
    rdsDbInstanceDetails: shape({
      dbInstanceIdentifier: text,
      dbInstanceArn: text,
      engine: text,
      tags: anything,
    }),
    rdsLimitlessDbDetails: shape({ dbShardGroupIdentifier: text, dbShardGroupArn: text, tags: anything }),
    rdsDbUserDetails: shape({ user: text, application: text, database: text }),
    lambdaDetails: shape({ functionArn: text, functionName: text, tags: anything }),
    ebsVolumeDetails: shape({ scannedVolumeDetails: list(shape({ volumeArn: text })) }),
    ec2ImageDetails: shape({ imageArn: text }),
    ebsSnapshotDetails: shape({ snapshotArn: text }),
    recoveryPointDetails: shape({ recoveryPointArn: text }),
  }),
  service: shape({
    count: number,
    archived: flag,
    eventFirstSeen: text,
    eventLastSeen: text,
    resourceRole: text,
    action: Action,
    additionalInfo: shape({ threatListName: text, sample: flag }),
    detection: shape({
      sequence: shape({
        description: text,
        actors: list(
          shape({
            user: shape({ name: text, uid: text, type: text, credentialUid: text }),
            session: shape({ uid: text, mfaStatus: text }),
          }),
        ),
        resources: list(shape({ uid: text, name: text, resourceType: text })),
        endpoints: list(shape({ ip: text, domain: text, location: shape({ country: text, city: text }) })),
        signals: list(shape({ name: text, type: text })),
      }),
    }),
    ebsVolumeScanDetails: shape({
      scanDetections: shape({
        threatDetectedByName: shape({ threatNames: list(shape({ name: text, severity: text })) }),
      }),
    }),
    malwareScanDetails: shape({ threats: list(shape({ name: text })) }),
    runtimeDetails: shape({ process: shape({ name: text, executablePath: text, user: text }) }),
  }),
});
type Finding = Parsed<typeof Finding>;

/** What GuardDuty says: findings, malware scan results, and the health of its protections. */
export const guardduty: Source = {
  name: 'guardduty',
  matches: (payload) => {
    if (hasDetailType(payload, /^GuardDuty /)) return true;
    // A bare finding, as the API and Security Lake's predecessors hand it on.
    const finding = payload.json;
    if (finding === undefined || (finding['schemaVersion'] ?? finding['SchemaVersion']) === undefined) return false;
    const service = finding['service'] ?? finding['Service'];
    return (
      isRecord(service) &&
      (finding['type'] ?? finding['Type']) !== undefined &&
      (finding['resource'] ?? finding['Resource'] ?? service['serviceName'] ?? service['ServiceName']) !== undefined
    );
  },
  read: (payload) => {
    if (hasDetailType(payload, /Scan Result$/)) return scanSignal(payload);
    if (hasDetailType(payload, /^GuardDuty (?!Finding$)/)) return protectionSignal(payload);
    return findingSignal(payload);
  },
};

function findingSignal(payload: Payload) {
  const event = awsEvent(payload);
  const finding = Finding.parse(camelKeys(event?.detail ?? payload.json));
  const { service } = finding;
  const sequence = service.detection.sequence;
  const type = finding.type ?? 'finding';
  const remote = remoteOf(finding);
  const account = finding.accountId ?? event?.account;
  const region = finding.region ?? event?.region;
  const title = (
    finding.title ??
    firstSentence(finding.description) ??
    (finding.type === undefined ? 'GuardDuty finding without details' : spaced(type))
  ).replace(/\.$/, '');
  const action = actionOf(finding);
  return signalOf(payload, {
    source: 'guardduty',
    kind: type,
    dedupKey: finding.arn ?? `guardduty:${account ?? ''}:${region ?? ''}:${finding.id ?? event?.id ?? type}`,
    severity: findingSeverity(finding),
    state: service.archived === true ? 'resolved' : 'firing',
    title,
    sentence: asSentence(firstSentence(finding.description ?? sequence.description) ?? action ?? title),
    accounts: [account, event?.account],
    regions: [region, event?.region],
    times: [finding.updatedAt, service.eventLastSeen, event?.time, finding.createdAt],
    resource: resourceOf(finding),
    actor: actorOf(finding),
    sourceIp: remote?.ip,
    links: (where) =>
      finding.id === undefined ? [serviceLink(where, 'guardduty')] : [guarddutyFindingLink(where, finding.id)],
    tags: tagsOf(
      finding.resource.instanceDetails.tags ??
        finding.resource.s3BucketDetails[0]?.tags ??
        finding.resource.eksClusterDetails.tags ??
        finding.resource.ecsClusterDetails.tags ??
        finding.resource.rdsDbInstanceDetails.tags ??
        finding.resource.lambdaDetails.tags,
    ),
    description: finding.description ?? sequence.description,
    fields: [
      ['Action', action],
      ['Attacked', attackedOf(finding)],
      ['Remote', remote?.place],
      [
        'Signals',
        sequence.signals.length === 0
          ? undefined
          : listed([...new Set(sequence.signals.flatMap((signal) => signal.name ?? signal.type ?? []))], 6),
      ],
      ['Malware', malwareOf(finding)],
      ['Access key', finding.resource.accessKeyDetails.accessKeyId],
      ['Process', service.runtimeDetails.process.executablePath ?? service.runtimeDetails.process.name],
      ['Workload', workloadOf(finding)],
      ['Seen', service.count === undefined ? undefined : plural(service.count, 'time')],
      ['First seen', service.eventFirstSeen],
      ['Threat list', service.additionalInfo.threatListName],
      ['Sample', service.additionalInfo.sample === true ? 'yes: a test finding' : undefined],
    ],
  });
}

/** docs/severity.md, "GuardDuty". Source: GuardDuty user guide, "Findings severity levels". */
function findingSeverity({ severity, type }: Finding): Severity {
  if (type?.startsWith('AttackSequence:') === true) return 'critical';
  if (severity === undefined) return 'medium';
  if (severity >= 9) return 'critical';
  if (severity >= 7) return 'high';
  if (severity >= 4) return 'medium';
  return severity >= 1 ? 'low' : 'info';
}

function resourceOf(finding: Finding): Resource | undefined {
  const { resource, service } = finding;
  const {
    instanceDetails,
    eksClusterDetails,
    ecsClusterDetails,
    rdsDbInstanceDetails,
    rdsLimitlessDbDetails,
    lambdaDetails,
    containerDetails,
  } = resource;
  const bucket = resource.s3BucketDetails[0];
  const object = bucket?.s3ObjectDetails[0]?.key;
  const attacked =
    service.detection.sequence.resources.find((one) => !/KEY/i.test(one.resourceType ?? '')) ??
    service.detection.sequence.resources[0];
  const found: readonly [type: string, resource: Resource | undefined][] = [
    ['AccessKey', ownerOfKey(finding)],
    [
      'S3Object',
      object === undefined
        ? undefined
        : named(
            bucket?.arn === undefined ? undefined : `${bucket.arn}/${object}`,
            `${bucket?.name ?? ''}/${object}`,
            'S3 object',
          ),
    ],
    ['S3Bucket', named(bucket?.arn, bucket?.name, 'S3 bucket')],
    ['Instance', named(instanceArn(finding), instanceDetails.instanceId, 'EC2 instance')],
    ['EKSCluster', named(eksClusterDetails.arn, eksClusterDetails.name, 'EKS cluster')],
    ['ECSCluster', named(ecsClusterDetails.arn, ecsClusterDetails.name, 'ECS cluster')],
    [
      'RDSDBInstance',
      named(rdsDbInstanceDetails.dbInstanceArn, rdsDbInstanceDetails.dbInstanceIdentifier, 'RDS instance'),
    ],
    [
      'RDSLimitlessDB',
      named(rdsLimitlessDbDetails.dbShardGroupArn, rdsLimitlessDbDetails.dbShardGroupIdentifier, 'RDS shard group'),
    ],
    ['Lambda', named(lambdaDetails.functionArn, lambdaDetails.functionName, 'Lambda function')],
    ['EC2AMI', resourceNamed(resource.ec2ImageDetails.imageArn, 'AMI')],
    ['EBSSnapshot', resourceNamed(resource.ebsSnapshotDetails.snapshotArn, 'EBS snapshot')],
    ['RecoveryPoint', resourceNamed(resource.recoveryPointDetails.recoveryPointArn, 'recovery point')],
    ['EBSVolume', resourceNamed(resource.ebsVolumeDetails.scannedVolumeDetails[0]?.volumeArn, 'EBS volume')],
    ['Container', named(undefined, containerDetails.name ?? containerDetails.id, 'container')],
    [
      'AttackSequence',
      resourceNamed(
        attacked?.uid ?? attacked?.name,
        attacked?.uid?.startsWith('arn:') === true ? undefined : spaced(attacked?.resourceType ?? 'resource'),
      ),
    ],
    ['Affected', resourceNamed(text.parse(Object.values(service.action.awsApiCallAction.affectedResources)[0]))],
  ];
  // The type names where to look first; findings of unknown or missing type are read by what they hold.
  const type =
    resource.resourceType === 'KubernetesCluster'
      ? 'EKSCluster'
      : bucket !== undefined && /:S3\//.test(finding.type ?? '')
        ? object === undefined
          ? 'S3Bucket'
          : 'S3Object'
        : resource.resourceType;
  const typed = found.find(([name, one]) => name === type && one !== undefined);
  return (typed ?? found.find(([, one]) => one !== undefined))?.[1];
}

/** Every resource of an attack sequence, where it names several. */
const attackedOf = ({ service }: Finding): string | undefined => {
  const attacked = service.detection.sequence.resources
    .filter(({ resourceType }) => !/KEY/i.test(resourceType ?? ''))
    .flatMap(({ uid, name }) => resourceNamed(uid ?? name)?.name ?? []);
  return attacked.length < 2 ? undefined : listed([...new Set(attacked)], 10);
};

const instanceArn = ({ resource, region, accountId, partition }: Finding): string | undefined =>
  region !== undefined && isAccount(accountId) && isInstanceId(resource.instanceDetails.instanceId ?? '')
    ? `arn:${partition ?? 'aws'}:ec2:${region}:${accountId}:instance/${resource.instanceDetails.instanceId}`
    : undefined;

const named = (arn: string | undefined, name: string | undefined, type: string): Resource | undefined => {
  const resource = resourceNamed(arn ?? name, type);
  return resource === undefined ? undefined : { ...resource, name: name ?? resource.name };
};

function ownerOfKey({ resource, accountId, partition }: Finding): Resource | undefined {
  const { userName, userType, accessKeyId } = resource.accessKeyDetails;
  if (userType === 'Root' && isAccount(accountId))
    return { arn: `arn:${partition ?? 'aws'}:iam::${accountId}:root`, name: 'root', type: 'account root' };
  const type = userType === 'Root' ? 'account root' : /Role/.test(userType ?? '') ? 'IAM role' : 'IAM user';
  return userName === undefined ? resourceNamed(accessKeyId, 'access key') : { name: userName, type };
}

function actorOf({ resource, service, accountId }: Finding): Actor | undefined {
  const key = resource.accessKeyDetails;
  if (key.userName !== undefined || key.accessKeyId !== undefined) {
    const type = principalType(key.userType);
    // The session's name follows the colon of an assumed role's principal id.
    const session = type === 'role' ? key.principalId?.split(':')[1] : undefined;
    return {
      type,
      name:
        type === 'root'
          ? 'root'
          : [key.userName ?? key.accessKeyId ?? 'unknown', session].filter((part) => part !== undefined).join('/'),
      ...(key.accessKeyId === undefined ? {} : { accessKeyId: key.accessKeyId }),
      ...(accountId === undefined ? {} : { account: accountId }),
      ...(session !== undefined && isEmail(session) ? { human: session } : {}),
    };
  }
  const attacker = service.detection.sequence.actors[0];
  if (attacker?.user.name !== undefined)
    return {
      type: principalType(attacker.user.type),
      name: attacker.user.name,
      ...(attacker.user.uid?.startsWith('arn:') === true ? { arn: attacker.user.uid } : {}),
      ...(attacker.user.credentialUid === undefined ? {} : { accessKeyId: attacker.user.credentialUid }),
      ...(attacker.session.mfaStatus === undefined ? {} : { mfa: /^enabled$/i.test(attacker.session.mfaStatus) }),
    };
  const kubernetes = resource.kubernetesDetails.kubernetesUserDetails.username;
  if (kubernetes !== undefined)
    return { type: kubernetes === 'system:anonymous' ? 'anonymous' : 'user', name: kubernetes };
  const database = resource.rdsDbUserDetails.user ?? service.action.rdsLoginAttemptAction.loginAttributes[0]?.user;
  if (database !== undefined) return { type: 'user', name: database };
  const caller = service.action.awsApiCallAction.domainDetails.domain;
  return caller === undefined ? undefined : { type: 'service', name: caller };
}

function principalType(type: string | undefined): Actor['type'] {
  if (/^root$/i.test(type ?? '')) return 'root';
  if (/role/i.test(type ?? '')) return 'role';
  if (/federated/i.test(type ?? '')) return 'federated';
  if (/service/i.test(type ?? '')) return 'service';
  if (/account/i.test(type ?? '')) return 'account';
  return type === undefined || /user/i.test(type) ? 'user' : 'unknown';
}

/** The far end: address, country, city and network. */
function remoteOf({ service }: Finding): { ip: string | undefined; place: string | undefined } | undefined {
  const { action } = service;
  const details = [
    action.awsApiCallAction.remoteIpDetails,
    action.networkConnectionAction.remoteIpDetails,
    action.portProbeAction.portProbeDetails[0]?.remoteIpDetails,
    action.kubernetesApiCallAction.remoteIpDetails,
    action.rdsLoginAttemptAction.remoteIpDetails,
  ].find((one) => one?.ipAddressV4 !== undefined || one?.ipAddressV6 !== undefined);
  const endpoint = service.detection.sequence.endpoints.find((one) => one.ip !== undefined);
  if (details === undefined)
    return endpoint === undefined
      ? undefined
      : { ip: endpoint.ip, place: place(endpoint.ip, endpoint.location.city, endpoint.location.country) };
  const ip = details.ipAddressV4 ?? details.ipAddressV6;
  return {
    ip,
    place: place(
      ip,
      details.city.cityName,
      details.country.countryName,
      details.organization.org ?? details.organization.asnOrg,
    ),
  };
}

const place = (ip: string | undefined, ...where: (string | undefined)[]): string => {
  const known = where.filter((part) => part !== undefined).join(', ');
  return `${ip ?? 'unknown address'}${known === '' ? '' : ` (${known})`}`;
};

/** What was done, in words. Source: GuardDuty user guide, "Finding details", Action. */
function actionOf({ service }: Finding): string | undefined {
  const { action } = service;
  const api = action.awsApiCallAction;
  if (api.api !== undefined)
    return `${api.api} was called on ${(api.serviceName ?? 'AWS').replace(/\.amazonaws\.com$/, '')}${api.errorCode === undefined ? '' : ` and refused (${api.errorCode})`}`;
  const net = action.networkConnectionAction;
  if (net.connectionDirection !== undefined || net.remotePortDetails.port !== undefined) {
    const inbound = net.connectionDirection === 'INBOUND';
    const direction =
      net.connectionDirection === undefined || net.connectionDirection === 'UNKNOWN'
        ? 'Connection'
        : inbound
          ? 'Inbound connection'
          : 'Outbound connection';
    const port = inbound ? net.localPortDetails : net.remotePortDetails;
    return `${direction}${portWords(port.port, port.portName, net.protocol)}${blockedWord(net.blocked)}`;
  }
  const dns = action.dnsRequestAction;
  if (dns.domain !== undefined) return `DNS request for ${dns.domain}${blockedWord(dns.blocked)}`;
  const probes = action.portProbeAction.portProbeDetails;
  if (probes.length > 0)
    return `Probe of ${listed(probes.map(({ localPortDetails: { port, portName } }) => `port ${port ?? '?'}${portName === undefined || portName === 'Unknown' ? '' : ` (${portName})`}`))}${blockedWord(action.portProbeAction.blocked)}`;
  const kubernetes = action.kubernetesApiCallAction;
  if (kubernetes.verb !== undefined || kubernetes.requestUri !== undefined)
    return `Kubernetes API call ${kubernetes.verb ?? ''} ${kubernetes.requestUri ?? kubernetes.resource ?? ''}${kubernetes.statusCode === undefined ? '' : `, answered ${kubernetes.statusCode}`}`.replace(
      / +/g,
      ' ',
    );
  const login = action.rdsLoginAttemptAction.loginAttributes[0];
  if (login !== undefined)
    return `Database login as ${login.user ?? 'unknown'}: ${plural(login.failedLoginAttempts ?? 0, 'failure')}, ${plural(login.successfulLoginAttempts ?? 0, 'success', 'successes')}`;
  return action.actionType === undefined ? undefined : spaced(action.actionType.toLowerCase());
}

const portWords = (port: number | undefined, name: string | undefined, protocol: string | undefined): string =>
  port === undefined
    ? ''
    : ` on ${protocol ?? ''} port ${port}${name === undefined || name === 'Unknown' ? '' : ` (${name})`}`.replace(
        / +/g,
        ' ',
      );

const blockedWord = (blocked: boolean | undefined): string => (blocked === true ? ', blocked' : '');

function malwareOf({ service }: Finding): string | undefined {
  const threats = [
    ...service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames,
    ...service.malwareScanDetails.threats,
  ];
  return threats.length === 0
    ? undefined
    : listed(
        threats.flatMap(({ name }) => name ?? []),
        4,
      );
}

function workloadOf({ resource }: Finding): string | undefined {
  const { name, type, namespace } = resource.kubernetesDetails.kubernetesWorkloadDetails;
  const image = resource.containerDetails.image;
  const workload =
    name === undefined ? undefined : `${type ?? 'workload'} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const parts = [workload, image].filter((part) => part !== undefined).join(', ');
  return parts === '' ? undefined : parts;
}

/** Source: GuardDuty user guide, "Monitoring malware scans with EventBridge" (S3 objects, EC2, snapshots, AMIs, recovery points). */
const Scan = shape({
  scanId: text,
  scanStatus: text,
  resourceType: text,
  resourceArn: text,
  s3ObjectDetails: shape({ bucketName: text, objectKey: text, versionId: text, eTag: text }),
  instanceArn: text,
  instanceDetails: shape({ instanceArn: text, instanceId: text }),
  resourceDetails: shape({ instanceArn: text, resourceArn: text }),
  scanResultDetails: shape({ scanResultStatus: text, scanResult: text, threats: list(shape({ name: text })) }),
  scanStatusReasons: list(text),
  scanSkippedReason: text,
});

function scanSignal(payload: Payload) {
  const event = awsEvent(payload);
  const scan = Scan.parse(camelKeys(event?.detail));
  const { bucketName, objectKey } = scan.s3ObjectDetails;
  const arn =
    scan.resourceArn ??
    scan.instanceArn ??
    scan.instanceDetails.instanceArn ??
    scan.resourceDetails.resourceArn ??
    scan.resourceDetails.instanceArn;
  const resource: Resource | undefined =
    bucketName === undefined
      ? resourceNamed(arn ?? scan.instanceDetails.instanceId ?? event?.resources[0])
      : {
          arn: `arn:${event?.region?.startsWith('us-gov-') === true ? 'aws-us-gov' : event?.region?.startsWith('cn-') === true ? 'aws-cn' : 'aws'}:s3:::${bucketName}/${objectKey ?? ''}`,
          name: `${bucketName}/${objectKey ?? ''}`,
          type: 'S3 object',
        };
  const what = `${resource?.type ?? 'resource'} ${resource?.name ?? ''}`.trim();
  const result =
    scan.scanResultDetails.scanResultStatus ?? scan.scanResultDetails.scanResult ?? scan.scanStatus ?? 'unknown';
  const threats = scan.scanResultDetails.threats.flatMap(({ name }) => name ?? []);
  const infected = /THREATS?_FOUND|INFECTED/i.test(result) && !/NO_THREATS/i.test(result);
  const clean = /NO_THREATS_FOUND|CLEAN/i.test(result);
  return signalOf(payload, {
    source: 'guardduty',
    kind: 'malware scan result',
    dedupKey: `guardduty:malware:${event?.account ?? ''}:${resource?.arn ?? resource?.name ?? scan.scanId ?? event?.id ?? ''}`,
    severity: infected ? 'high' : clean ? 'info' : 'low',
    state: clean ? 'resolved' : 'firing',
    title: infected
      ? `Malware found in ${what}`
      : clean
        ? `No malware in ${what}`
        : `Malware scan of ${what} was not completed`,
    sentence: infected
      ? `GuardDuty found ${threats.length === 0 ? 'malware' : listed(threats)} in ${what}.`
      : clean
        ? `GuardDuty scanned ${what} and found no threat.`
        : `GuardDuty could not scan ${what}: ${spaced(result).toLowerCase()}.`,
    accounts: [event?.account],
    regions: [event?.region],
    times: [event?.time],
    resource,
    links: (where) =>
      bucketName === undefined
        ? [serviceLink(where, 'guardduty')]
        : [serviceLink(where, 'guardduty'), s3BucketLink(where, bucketName)],
    fields: [
      ['Result', result],
      ['Threats', threats.length === 0 ? undefined : listed(threats, 5)],
      ['Scan', scan.scanStatus],
      ['Version', scan.s3ObjectDetails.versionId],
      ['Reason', scan.scanSkippedReason ?? (scan.scanStatusReasons.join(', ') || undefined)],
      ['Plan', event?.resources[0]],
    ],
  });
}

const Protection = shape({
  resourceType: text,
  resourceDetails: anything,
  s3BucketDetails: shape({ bucketName: text }),
  s3ObjectDetails: shape({ bucketName: text, objectKey: text }),
  resourceStatus: text,
  statusReasons: list(shape({ code: text })),
  issue: text,
  eventType: text,
  postScanAction: shape({ actionType: text, failureReason: text }),
});

/** Whether a protection works: "GuardDuty Runtime Protection Unhealthy", "… Malware Protection Resource Status Error". */
function protectionSignal(payload: Payload) {
  const event = awsEvent(payload);
  const detail = Protection.parse(camelKeys(event?.detail));
  const type = event?.detailType ?? 'GuardDuty protection';
  const healthy = /\b(?:Healthy|Active)$/.test(type);
  const failed = /(?:Unhealthy|Error|Failed)$/.test(type);
  const bucket = detail.s3BucketDetails.bucketName ?? detail.s3ObjectDetails.bucketName;
  const resource = bucket === undefined ? resourceNamed(event?.resources[0]) : { name: bucket, type: 'S3 bucket' };
  const reasons = [
    ...detail.statusReasons.map(({ code }) => code),
    detail.postScanAction.failureReason,
    detail.issue,
  ].filter((reason) => reason !== undefined);
  const protection = type
    .replace(/^GuardDuty /, '')
    .replace(/ (?:Resource Status )?(?:Healthy|Unhealthy|Active|Warning|Error|Failed)$/, '')
    .toLowerCase();
  const says = healthy
    ? 'works'
    : /action failed$/i.test(type)
      ? 'failed'
      : failed
        ? 'does not work'
        : 'needs attention';
  return signalOf(payload, {
    source: 'guardduty',
    kind: protection,
    dedupKey: `guardduty:${protection}:${event?.account ?? ''}:${event?.region ?? ''}:${resource?.arn ?? resource?.name ?? ''}`,
    severity: healthy ? 'info' : failed ? 'medium' : 'low',
    state: healthy ? 'resolved' : 'firing',
    title: `GuardDuty ${protection} ${says}${resource === undefined ? '' : ` on ${resource.name}`}`,
    sentence: `GuardDuty ${protection} ${says}${resource === undefined ? '' : ` on ${resource.name}`}${reasons.length === 0 ? '' : `: ${listed(reasons.map((code) => spaced(code).toLowerCase()))}`}.`,
    accounts: [event?.account],
    regions: [event?.region],
    times: [event?.time],
    resource,
    links: (where) => [serviceLink(where, 'guardduty')],
    fields: [
      ['Status', detail.resourceStatus ?? type.split(' ').at(-1)],
      ['Reasons', reasons.join(', ')],
      ['Issue', detail.issue],
    ],
  });
}
