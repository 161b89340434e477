import { partitionOfRegion } from '../../../aws-names/arn.ts';
import { type CloudTrailRecord, serviceOf } from '../../../cloudtrail/record.ts';
import { at, isRecord, type Json, textAt } from '../../../words/json.ts';
import { listed, spaced } from '../../../words/text.ts';
import { isAccount, resourceNamed } from '../../shape.ts';
import type { Resource } from '../../signal.ts';

/**
 * The parameters that say what the calls of a service act on, the first that is there counts; paths with dots. Other
 * parameters name what stands beside: the filter of a log group, the role of a task. Source: Service Authorization
 * Reference, "Resource types defined by …"; services whose calls bear the name of their resource need no line.
 */
const actedOn: Readonly<Record<string, readonly string[]>> = {
  'access-analyzer': ['analyzerName', 'analyzerArn'],
  apigateway: ['restApiId', 'apiId', 'domainName'],
  appstream: ['fleetName', 'stackName', 'name'],
  athena: ['workGroup', 'name'],
  batch: ['jobQueue', 'jobQueueName', 'jobName', 'jobDefinitionName', 'computeEnvironment', 'computeEnvironmentName'],
  cloudfront: ['distributionId', 'id', 'name'],
  cloudtrail: ['name', 'trailName', 'trailARN', 'eventDataStore', 'resourceIdList.0'],
  codebuild: ['projectName', 'project.name', 'name', 'projectArn'],
  codecommit: ['repositoryName'],
  codedeploy: ['applicationName'],
  codepipeline: ['pipelineName', 'pipeline.name', 'name'],
  'cognito-identity': ['identityPoolId', 'identityPoolName'],
  'cognito-idp': ['username', 'userPoolId', 'poolName'],
  config: [
    'configRuleName',
    'configRule.configRuleName',
    'configurationRecorderName',
    'configurationRecorder.name',
    'deliveryChannelName',
    'deliveryChannel.name',
  ],
  dynamodb: ['targetTableName', 'tableName', 'tableArn', 'backupArn'],
  ecr: ['repositoryName'],
  'ecr-public': ['repositoryName'],
  ecs: ['service', 'serviceName', 'task', 'taskDefinition', 'family', 'cluster', 'clusterName'],
  eks: ['clusterName', 'name'],
  elasticache: ['replicationGroupId', 'cacheClusterId', 'cacheSecurityGroupName'],
  elasticfilesystem: ['fileSystemId', 'accessPointId', 'mountTargetId'],
  elasticloadbalancing: ['loadBalancerArn', 'loadBalancerName', 'listenerArn', 'targetGroupArn', 'ruleArn', 'name'],
  es: ['domainName'],
  events: ['rule', 'name', 'eventBusName', 'statementId'],
  firehose: ['deliveryStreamName'],
  fsx: ['fileSystemId', 'backupId', 'volumeId'],
  glue: ['jobName', 'crawlerName', 'databaseName', 'name'],
  kinesis: ['streamName', 'streamARN'],
  kms: ['aliasName', 'keyId', 'customKeyStoreId'],
  lambda: ['functionName', 'layerName', 'functionArn', 'uUID'],
  logs: [
    'logGroupName',
    'logGroupIdentifier',
    'logGroupNames.0',
    'logGroupArn',
    'resourceArn',
    'destinationName',
    'policyName',
  ],
  monitoring: ['alarmNames', 'alarmName', 'alarms', 'dashboardNames', 'dashboardName', 'ruleNames', 'ruleName', 'name'],
  opensearch: ['domainName'],
  organizations: ['targetId', 'target.id', 'accountId', 'policyId', 'organizationalUnitId', 'servicePrincipal'],
  ram: ['resourceShareArn', 'name'],
  redshift: ['clusterIdentifier', 'snapshotIdentifier', 'clusterSecurityGroupName'],
  route53: ['hostedZoneId', 'id', 'name'],
  secretsmanager: ['secretId', 'name'],
  ses: ['identity', 'emailIdentity', 'emailAddress', 'domain', 'configurationSetName'],
  sns: ['topicArn', 'subscriptionArn', 'name'],
  sqs: ['queueUrl', 'queueName'],
  ssm: ['instanceIds', 'target', 'name', 'names', 'documentName'],
  sso: ['targetId', 'permissionSetArn', 'instanceArn'],
  states: ['stateMachineArn', 'executionArn', 'name'],
  sts: ['targetPrincipal', 'roleArn'],
  transfer: ['serverId'],
  wafv2: ['name', 'webACLArn', 'resourceArn'],
};

/** The names in a value: a text, a list of texts, a list of records that bear a name. */
const namesIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).slice(0, 20).flatMap((each) => {
    const name = isRecord(each) ? (each['alarmName'] ?? each['name'] ?? each['id'] ?? each['content']) : each;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });

const pathsOf = new Map(
  Object.entries(actedOn).map(([service, paths]) => [service, paths.map((path) => path.split('.'))] as const),
);

/** What the table says that a call acts on. */
function tabled(record: CloudTrailRecord): Resource | undefined {
  const service = serviceOf(record);
  for (const path of pathsOf.get(service) ?? []) {
    const value = at(record.requestParameters, ...path);
    const names = value === undefined ? [] : namesIn(value);
    const [first] = names;
    if (first === undefined) continue;
    if (isAccount(first)) return { name: first, type: 'AWS account' };
    const key = path.findLast((each) => !/^\d$/.test(each)) ?? '';
    if (names.length > 1 && !first.startsWith('arn:')) {
      const type = typeOf(stemOf(key, ''), record);
      return { name: listed(names), ...(type === undefined ? {} : { type: `${type}s` }) };
    }
    return /^https:/.test(first)
      ? addressed(first, service, record)
      : resourceNamed(first, first.startsWith('arn:') ? undefined : typeOf(stemOf(key, ''), record));
  }
  return undefined;
}

/** `https://sqs.eu-west-1.amazonaws.com/111122223333/audit-events`: the queue and its ARN. */
function addressed(url: string, service: string, { awsRegion }: CloudTrailRecord): Resource | undefined {
  const [, account, name] = /^https:\/\/[^/]+\/(\d{12})\/([\w.-]{1,100})$/.exec(url) ?? [];
  return name === undefined
    ? resourceNamed(url.replace(/^.*\//, ''), undefined)
    : resourceNamed(`arn:${partitionOfRegion(awsRegion)}:${service}:${awsRegion ?? ''}:${account}:${name}`);
}

const named =
  /(?:^arn$|Arns?$|ARNs?$|aRN$|Name$|Ids?$|^id$|^name$|^resource$|^target$|^domain$|Identifier$|^identifier$|Names$|Urls?$)/;
/** Parameters that name something else than what the call is about. */
const beside =
  /^(?:clientToken|requestId|roleSessionName|policyName|sessionName|maxResults|nextToken|host|accountId|awsAccountId|parentId|versionId|x-id|certificateId|ownerId|reservationId|eventId|jobEventId|relayId|vpcOwnerId|eventName|attributeName|fullName|commandId)$/i;

/** What a call is about: its own list of resources, else the parameter that names it, else what the answer names. */
export function resourceOf(record: CloudTrailRecord): Resource | undefined {
  const listed = (Array.isArray(record.resources) ? record.resources : []).filter(isRecord);
  const first = listed.flatMap((each) => textAt(each, 'ARN') ?? textAt(each, 'arn') ?? []);
  // An object's ARN says more than its bucket's.
  const arn = first.find((each) => /^arn:aws[\w-]*:s3:::[^/]+\/./.test(each)) ?? first[0];
  if (arn !== undefined) return resourceNamed(arn);
  const parameters = record.requestParameters;
  const known = tabled(record);
  if (known !== undefined) return known;
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
    (record.eventType === 'AwsServiceEvent' ? namedIn(record.additionalEventData, record) : undefined) ??
    answered;
  return found?.resource ?? refusedOn(record);
}

/** A refused call may have no parameters: then its message alone says on what. Source: IAM user guide, "Access denied error messages". */
const refusedOn = ({ errorMessage = '' }: CloudTrailRecord): Resource | undefined =>
  resourceNamed(/ not authorized to perform: \S{3,100} on resource: (arn:\S{10,1000})/.exec(errorMessage)?.[1]);

/** What calls use rather than act on, unless their own name says so: roles, keys, networks, where something goes. */
const asides =
  /role|principal|kms|destination|source|registry|catalog|polic|subnet|securityGroup|certificate|instanceProfile|userId|topicArn|bucket/i;

interface Named {
  resource: Resource | undefined;
  /** True where the key says what the call's own name says: `launchConfigurationName` in CreateLaunchConfiguration. */
  own: boolean;
}

/** What a key names: "secret" of `secretId`; of a mere `name`, the record that it stands in. */
const stemOf = (key: string, parent: string): string =>
  /^(?:arn|aRN|name|ids?|identifier)$/.test(key)
    ? parent
    : key.replace(/(?:Names?|Ids?|Identifier|Arns?|ARNs?|aRN|Urls?|Set)$/, '');

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
        const rank = (own ? 0 : asides.test(key) ? 7 : 4) + (text.startsWith('arn:') ? 0 : 1) + depth / 10;
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

/** What Organizations and Control Tower do to an account is shown by its id. */
function accountIn(details: Json): Named | undefined {
  const id = textAt(details, 'createAccountStatus', 'accountId') ?? textAt(details, 'accountId');
  return id === undefined || !isAccount(id) ? undefined : { resource: { name: id, type: 'AWS account' }, own: true };
}

/** "secret" of Secrets Manager, "EC2 instance". */
function typeOf(stem: string, record: CloudTrailRecord): string | undefined {
  const what = spaced(stem.replace(/^dB/, 'DB'));
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
