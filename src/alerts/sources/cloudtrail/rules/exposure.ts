import { type CloudTrailRecord, serviceOf, valuesOf } from '../../../../cloudtrail/record.ts';
import { isRecord } from '../../../../words/json.ts';
import {
  anyOf,
  type CallRule,
  call,
  foreignAccounts,
  given,
  gives,
  isEverybody,
  isFalse,
  isOff,
  isTrue,
  of,
  parameter,
  parametersText,
  parameterTexts,
  setting,
  textOf,
  textsIn,
} from '../call.ts';
import { opened, openedToWorld } from '../network.ts';
import { toEverybody, toForeigners } from '../policy.ts';

/** "port 22 to the internet (0.0.0.0/0)", "port 5432 to 10.0.0.0/8". */
const opening = ({ ports, from, world }: ReturnType<typeof opened>[number]): string =>
  world ? `${ports} to the internet (${from})` : `${ports} to ${from}`;

/** Settings that keep what is public out, under the names of S3, EMR and their like. */
const publicBlock = /^(?:block\w*public\w*|(?:restrict|ignore)public\w*)$/i;

/** What was set so that public access is let in again: "BlockPublicAcls: false". */
const unblocked = (record: CloudTrailRecord): string[] =>
  Object.values(record.requestParameters)
    .filter(isRecord)
    .flatMap((settings) =>
      Object.entries(settings).flatMap(([name, value]) =>
        name.length < 100 && publicBlock.test(name) && isFalse(value) ? [`${name}: false`] : [],
      ),
    );

const sharesCopy = call('ec2 rds', /^Modify\w+Attribute$/);

/** A way from a network to the internet. */
const toGateway = (record: CloudTrailRecord): string[] =>
  ['gatewayId', 'natGatewayId', 'egressOnlyInternetGatewayId', 'networkInterfaceId', 'instanceId']
    .flatMap((name) => textOf(record, name) ?? [])
    .filter((way) => /^(?:igw|nat|eigw|eni|i)-/.test(way))
    .flatMap((way) => openedToWorld(record).map(({ from }) => `${from} by ${way}`));

/** The account at the other end of a connection that was accepted. */
const joined = (record: CloudTrailRecord): string[] =>
  foreignAccounts(record, valuesOf(record.responseElements, 'ownerId').map(String));

/** Where sites keep the scripts that they serve. */
const siteScript = /(?:^|\/)(?:static|assets|dist|build|js|public|_next)\/[^?]*\.m?js$/i;

/** What is open to the world now, or to strangers. */
export const exposure: readonly CallRule[] = [
  {
    severity: 'high',
    reason: 'it is now public',
    holds: (record) => gives(record) && (toEverybody(record) || given(record).some(isEverybody)),
  },
  {
    severity: 'high',
    reason: 'shared an image with another account ({})',
    calls: ({ eventName = '' }) => /Image/.test(eventName),
    holds: (record) => (sharesCopy(record) ? foreignAccounts(record, given(record)) : []),
  },
  {
    severity: 'high',
    reason: 'shared a snapshot with another account ({})',
    calls: ({ eventName = '' }) => !/Image/.test(eventName),
    holds: (record) => (sharesCopy(record) ? foreignAccounts(record, given(record)) : []),
  },
  {
    severity: 'medium',
    reason: 'another account ({}) may use it now',
    holds: (record) =>
      gives(record) && serviceOf(record) !== 'iam' && !sharesCopy(record)
        ? [...toForeigners(record), ...foreignAccounts(record, given(record))]
        : [],
  },
  {
    severity: 'high',
    reason: 'opened stored files to everybody ({})',
    holds: (record) =>
      gives(record) && serviceOf(record) === 's3'
        ? ['x-amz-acl', 'x-amz-grant-read', 'x-amz-grant-write', 'x-amz-grant-full-control', 'AccessControlPolicy']
            .flatMap((name) => parameter(record, name))
            .flatMap((value) => textsIn(value))
            .flatMap(
              (text) => /AllUsers|AuthenticatedUsers|^public-read(?:-write)?|^authenticated-read/.exec(text)?.[0] ?? [],
            )
        : [],
  },
  {
    severity: 'high',
    reason: 'somebody without a name changed something',
    holds: (record) => gives(record) && isNobody(record),
  },
  {
    severity: 'medium',
    reason: 'somebody without a name read from a bucket',
    calls: call('s3', /^(?:Get|Head|List)/),
    holds: (record) => isNobody(record),
  },
  {
    severity: 'high',
    reason: 'public access is no longer blocked in the whole account',
    holds: anyOf(
      call('s3 s3control', /^DeleteAccountPublicAccessBlock$/),
      call('s3control', /^DeletePublicAccessBlock$/),
      call('ec2', /^Disable\w+BlockPublicAccess$/),
    ),
  },
  {
    severity: 'high',
    reason: 'public access is no longer blocked in the whole account ({})',
    holds: anyOf(
      of(
        call('s3 s3control elasticmapreduce', /^Put(?:Account)?(?:PublicAccessBlock|BlockPublicAccess\w*)$/),
        (record) => ('bucketName' in record.requestParameters ? [] : unblocked(record)),
      ),
      of(call('ec2', /^ModifyVpcBlockPublicAccessOptions$/), (record) =>
        setting(record, 'internetGatewayBlockMode', isOff),
      ),
      of(call('ssm', /^UpdateServiceSetting$/), (record) =>
        /documents\/console\/public-sharing-permission/.test(parametersText(record))
          ? setting(record, 'settingValue', (value) => value === 'Enable')
          : [],
      ),
    ),
  },
  {
    severity: 'medium',
    reason: 'public access to a bucket is no longer blocked',
    calls: call('s3', /^DeleteBucketPublicAccessBlock$/),
  },
  {
    severity: 'medium',
    reason: 'public access to a bucket is no longer blocked ({})',
    calls: call('s3', /^Put\w*PublicAccessBlock$/),
    holds: (record) => ('bucketName' in record.requestParameters ? unblocked(record) : []),
  },
  {
    severity: 'medium',
    reason: 'made a bucket a web site by hand',
    calls: call('s3', /^PutBucketWebsite$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'replaced a script that visitors of a site run ({})',
    calls: call('s3', /^PutObject$/),
    holds: (record) => {
      const key = textOf(record, 'key') ?? '';
      // Keys of S3 have at most 1,024 bytes.
      return key.length <= 1024 && siteScript.test(key) ? [key] : [];
    },
    by: 'person',
  },
  {
    severity: 'high',
    reason: 'opened a database to the internet',
    holds: (record) =>
      gives(record) &&
      [record.requestParameters, record.responseElements]
        .flatMap((values) => valuesOf(values, 'publiclyAccessible'))
        .some(isTrue),
  },
  {
    severity: 'high',
    reason: 'opened the brokers of a cluster to the internet',
    calls: call('kafka', /^UpdateConnectivity$/),
    holds: (record) => parameterTexts(record).includes('SERVICE_PROVIDED_EIPS'),
  },
  {
    severity: 'high',
    reason: 'everybody can call the function',
    calls: call('lambda', /^(?:Create|Update)FunctionUrlConfig/),
    holds: (record) => parameter(record, 'authType').includes('NONE'),
  },
  {
    severity: 'high',
    reason: 'made a build project public',
    calls: call('codebuild', /^UpdateProjectVisibility$/),
    holds: (record) => parameterTexts(record).includes('PUBLIC_READ'),
  },
  {
    severity: 'high',
    reason: 'opened {}',
    calls: call(
      'ec2 rds redshift lightsail',
      /^(?:Authorize\w*SecurityGroupIngress|ModifySecurityGroupRules|(?:Open|Put)InstancePublicPorts)$/,
    ),
    holds: (record) =>
      openedToWorld(record)
        .filter(({ web }) => !web)
        .map(opening),
  },
  {
    severity: 'medium',
    reason: 'opened a security group by hand: {}',
    calls: call('ec2 rds redshift elasticache', /^Authorize\w*SecurityGroupIngress$/),
    holds: (record) => {
      const networks = opened(record);
      // What is open to the internet is said already, and what names no network lets in another group.
      return networks.length === 0
        ? ['to another group']
        : networks.filter(({ world, web }) => !world || web).map(opening);
    },
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'changed by hand in which security groups it is ({})',
    calls: call(
      'elasticloadbalancing ec2',
      /^(?:SetSecurityGroups|ApplySecurityGroupsToLoadBalancer|Modify(?:Instance|NetworkInterface)Attribute)$/,
    ),
    holds: (record) =>
      ['securityGroups', 'groupSet']
        .flatMap((name) => parameter(record, name))
        .flatMap((groups) => textsIn(groups))
        .filter((group) => group.startsWith('sg-')),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'opened a network list: {}',
    calls: call('ec2', /^(?:Create|Replace)NetworkAclEntry$/),
    holds: (record) =>
      parameter(record, 'ruleAction').includes('allow') && !parameter(record, 'egress').some(isTrue)
        ? openedToWorld(record).map(opening)
        : [],
  },
  {
    severity: 'medium',
    reason: 'a network list no longer keeps anything out',
    calls: call('ec2', /^DeleteNetworkAcl(?:Entry)?$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'opened the door of a cluster to the internet ({})',
    holds: (record) =>
      gives(record) && serviceOf(record) === 'eks'
        ? [
            ...openedToWorld(record).map(({ from }) => from),
            // Without a list of addresses it is open to all.
            ...(record.eventName === 'UpdateClusterConfig' && parameter(record, 'publicAccessCidrs').length === 0
              ? setting(record, 'endpointPublicAccess', isTrue)
              : []),
          ]
        : [],
  },
  {
    severity: 'medium',
    reason: 'made a way into the network by hand',
    calls: call('ec2', /^Create(?:ClientVpnEndpoint|VpnConnection|CustomerGateway|InstanceConnectEndpoint)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'joined the network to that of another account ({})',
    calls: call('ec2', /^Accept(?:VpcPeeringConnection|TransitGateway\w+|VpcEndpointConnections)$/),
    holds: (record) => joined(record),
  },
  {
    severity: 'medium',
    reason: 'made a way from a network to the internet by hand: {}',
    calls: call('ec2', /^(?:Create|Replace)Route$/),
    holds: (record) => toGateway(record),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'attached an internet gateway to a network by hand',
    calls: call('ec2', /^AttachInternetGateway$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'lets a machine pass on the traffic of others ({})',
    calls: call('ec2', /^Modify(?:Instance|NetworkInterface)Attribute$/),
    holds: (record) => setting(record, 'sourceDestCheck', isFalse),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'changed a private line to the office by hand',
    calls: call('directconnect', /^(?:Create|Delete|Allocate|Associate|Disassociate|Confirm|Update|Accept)(?!Tag)/),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'a domain may be taken away',
    calls: call(
      'route53domains',
      /^(?:TransferDomainToAnotherAwsAccount|DisableDomainTransferLock|RetrieveDomainAuthCode|DeleteDomain)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'another account made a copy of a shared snapshot',
    calls: call('ec2', /^SharedSnapshot(?:CopyInitiated|VolumeCreated)$/),
  },
];

/** CloudTrail writes an anonymous caller in two ways. Source: S3 user guide, "CloudTrail log file entries". */
function isNobody({ userIdentity }: CloudTrailRecord): boolean {
  return /ANONYMOUS/i.test(`${userIdentity.principalId ?? ''} ${userIdentity.accountId ?? ''}`);
}
