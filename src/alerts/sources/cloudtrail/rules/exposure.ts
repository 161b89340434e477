import {
  call,
  given,
  gives,
  isEverybody,
  isFalse,
  isForeign,
  isTrue,
  parameter,
  parametersText,
  parameterTexts,
  type Rule,
  textsIn,
} from '../call.ts';
import { toEverybody, toForeigners } from '../policy.ts';
import { type CloudTrailRecord, serviceOf, valuesOf } from '../record.ts';

const openToWorld = (record: CloudTrailRecord): boolean => /"(?:0\.0\.0\.0\/0|::\/0)"/.test(parametersText(record));

/** Web servers are there for the world. */
const onlyWeb = (record: CloudTrailRecord): boolean => {
  const ports = ['fromPort', 'toPort'].flatMap((name) => parameter(record, name)).map(Number);
  return ports.length > 0 && ports.every((port) => port === 80 || port === 443);
};

/** What is open to the world now, or to strangers. */
export const exposure: readonly Rule[] = [
  {
    severity: 'high',
    reason: 'everybody may use it now',
    holds: (record) => gives(record) && (toEverybody(record) || given(record).some(isEverybody)),
  },
  {
    severity: 'high',
    reason: 'an image or a snapshot was shared with another account',
    holds: (record) =>
      call('ec2 rds', /^Modify\w+Attribute$/)(record) && given(record).some((text) => isForeign(record, text)),
  },
  {
    severity: 'medium',
    reason: 'another account may use it now',
    holds: (record) =>
      gives(record) &&
      serviceOf(record) !== 'iam' &&
      (toForeigners(record) || given(record).some((text) => isForeign(record, text))),
  },
  {
    severity: 'high',
    reason: 'a bucket or an object was opened to everybody',
    holds: (record) =>
      gives(record) &&
      serviceOf(record) === 's3' &&
      (
        [
          'x-amz-acl',
          'x-amz-grant-read',
          'x-amz-grant-write',
          'x-amz-grant-full-control',
          'AccessControlPolicy',
        ] as const
      )
        .flatMap((name) => parameter(record, name))
        .flatMap((value) => textsIn(value))
        .some((text) => /AllUsers|AuthenticatedUsers|^public-read|^authenticated-read/.test(text)),
  },
  {
    severity: 'high',
    reason: 'somebody without a name changed something',
    holds: (record) => gives(record) && /ANONYMOUS/.test(record.userIdentity.principalId ?? ''),
  },
  {
    severity: 'medium',
    reason: 'public access is no longer blocked',
    holds: (record) =>
      call('s3 s3control', /^Delete\w*PublicAccessBlock$/)(record) ||
      call('ec2', /^Disable\w+BlockPublicAccess$/)(record) ||
      (call('s3 s3control', /^Put\w*PublicAccessBlock$/)(record) &&
        ['BlockPublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets', 'IgnorePublicAcls']
          .flatMap((name) => parameter(record, name))
          .some(isFalse)),
  },
  {
    severity: 'medium',
    reason: 'a bucket was made a web site by hand',
    holds: call('s3', /^PutBucketWebsite$/),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'a database was opened to the internet',
    holds: (record) =>
      gives(record) &&
      [record.requestParameters, record.responseElements]
        .flatMap((values) => valuesOf(values, 'publiclyAccessible'))
        .some(isTrue),
  },
  {
    severity: 'high',
    reason: 'a function can be called by everybody',
    holds: (record) =>
      call('lambda', /^(?:Create|Update)FunctionUrlConfig/)(record) && parameter(record, 'authType').includes('NONE'),
  },
  {
    severity: 'high',
    reason: 'a build project was made public',
    holds: (record) =>
      call('codebuild', /^UpdateProjectVisibility$/)(record) && parameterTexts(record).includes('PUBLIC_READ'),
  },
  {
    severity: 'high',
    reason: 'a security group was opened to the world',
    holds: (record) =>
      call(
        'ec2 rds redshift lightsail',
        /^(?:Authorize\w*SecurityGroupIngress|ModifySecurityGroupRules|(?:Open|Put)InstancePublicPorts)$/,
      )(record) &&
      openToWorld(record) &&
      !onlyWeb(record),
  },
  {
    severity: 'medium',
    reason: 'a security group was opened by hand',
    holds: call('ec2 rds redshift elasticache', /^Authorize\w*SecurityGroupIngress$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'a network list was opened to the world',
    holds: (record) =>
      call('ec2', /^(?:Create|Replace)NetworkAclEntry$/)(record) &&
      openToWorld(record) &&
      parameter(record, 'ruleAction').includes('allow') &&
      !parameter(record, 'egress').some(isTrue),
  },
  {
    severity: 'medium',
    reason: 'a network list no longer keeps anything out',
    holds: call('ec2', /^DeleteNetworkAcl(?:Entry)?$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'the door of a cluster was opened to the world',
    holds: (record) => gives(record) && serviceOf(record) === 'eks' && openToWorld(record),
  },
  {
    severity: 'medium',
    reason: 'a way into the network was made by hand',
    holds: call('ec2', /^Create(?:ClientVpnEndpoint|VpnConnection|CustomerGateway)$/),
    by: 'hand',
  },
  {
    severity: 'high',
    reason: 'a domain may be taken away',
    holds: call(
      'route53domains',
      /^(?:TransferDomainToAnotherAwsAccount|DisableDomainTransferLock|RetrieveDomainAuthCode|DeleteDomain)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'another account made a copy of a shared snapshot',
    holds: call('ec2', /^SharedSnapshot(?:CopyInitiated|VolumeCreated)$/),
  },
];
