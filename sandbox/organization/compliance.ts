import { weekOf } from './assessments.ts';
import { hexOf, numberOf } from './stable.ts';

/** A rule that resources are held to: one of AWS Config's, and the control of Security Hub that asks the same. */
export interface Rule {
  config: string;
  securityHub: string;
  title: string;
  severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  resourceType: string;
  /** The requirement of the CIS AWS Foundations Benchmark 1.4 and of PCI DSS 3.2.1 that it stands for; null: of none. */
  cis: string | null;
  pci: string | null;
}

const rule = (
  config: string,
  securityHub: string,
  title: string,
  severity: Rule['severity'],
  resourceType: string,
  cis: string | null,
  pci: string | null,
): Rule => ({ config, securityHub, title, severity, resourceType, cis, pci });

export const rules: readonly Rule[] = [
  rule(
    'iam-root-access-key-check',
    'IAM.4',
    'IAM root user access key should not exist',
    'CRITICAL',
    'AwsAccount',
    '1.4',
    '2.1',
  ),
  rule(
    'root-account-mfa-enabled',
    'IAM.9',
    'MFA should be enabled for the root user',
    'CRITICAL',
    'AwsAccount',
    '1.5',
    '8.3.1',
  ),
  rule(
    'mfa-enabled-for-iam-console-access',
    'IAM.5',
    'MFA should be enabled for all IAM users that have a console password',
    'MEDIUM',
    'AwsIamUser',
    '1.10',
    '8.3.1',
  ),
  rule(
    'access-keys-rotated',
    'IAM.3',
    "IAM users' access keys should be rotated every 90 days or less",
    'MEDIUM',
    'AwsIamUser',
    '1.14',
    '8.2.4',
  ),
  rule(
    'iam-user-no-policies-check',
    'IAM.2',
    'IAM users should not have IAM policies attached',
    'LOW',
    'AwsIamUser',
    '1.15',
    '7.2.1',
  ),
  rule(
    'iam-policy-no-statements-with-admin-access',
    'IAM.1',
    'IAM policies should not allow full "*" administrative privileges',
    'HIGH',
    'AwsIamPolicy',
    '1.16',
    '7.1.2',
  ),
  rule(
    'multi-region-cloudtrail-enabled',
    'CloudTrail.1',
    'CloudTrail should be enabled and configured with at least one multi-Region trail',
    'HIGH',
    'AwsAccount',
    '3.1',
    '10.1',
  ),
  rule(
    'cloud-trail-log-file-validation-enabled',
    'CloudTrail.4',
    'CloudTrail log file validation should be enabled',
    'LOW',
    'AwsCloudTrailTrail',
    '3.2',
    '10.5.5',
  ),
  rule(
    'cloud-trail-encryption-enabled',
    'CloudTrail.2',
    'CloudTrail should have encryption at-rest enabled',
    'MEDIUM',
    'AwsCloudTrailTrail',
    '3.7',
    '10.5.2',
  ),
  rule(
    's3-bucket-level-public-access-prohibited',
    'S3.8',
    'S3 general purpose buckets should block public access',
    'HIGH',
    'AwsS3Bucket',
    '2.1.5',
    '1.3.6',
  ),
  rule(
    's3-bucket-logging-enabled',
    'S3.9',
    'S3 general purpose buckets should have server access logging enabled',
    'MEDIUM',
    'AwsS3Bucket',
    '3.6',
    null,
  ),
  rule(
    'vpc-flow-logs-enabled',
    'EC2.6',
    'VPC flow logging should be enabled in all VPCs',
    'MEDIUM',
    'AwsEc2Vpc',
    '3.9',
    '10.3.3',
  ),
  rule(
    'restricted-ssh',
    'EC2.13',
    'Security groups should not allow ingress from 0.0.0.0/0 or ::/0 to port 22',
    'HIGH',
    'AwsEc2SecurityGroup',
    '5.2',
    '1.2.1',
  ),
  rule(
    'encrypted-volumes',
    'EC2.3',
    'Attached Amazon EBS volumes should be encrypted at-rest',
    'MEDIUM',
    'AwsEc2Volume',
    '2.2.1',
    '3.4',
  ),
  rule(
    'cmk-backing-key-rotation-enabled',
    'KMS.4',
    'AWS KMS key rotation should be enabled',
    'MEDIUM',
    'AwsKmsKey',
    '3.8',
    '3.6.4',
  ),
  rule(
    'guardduty-enabled-centralized',
    'GuardDuty.1',
    'GuardDuty should be enabled',
    'HIGH',
    'AwsAccount',
    null,
    '11.4',
  ),
];

export type Ruling = 'COMPLIANT' | 'NON_COMPLIANT' | 'INSUFFICIENT_DATA';

export interface Judged {
  rule: Rule;
  resourceId: string;
  ruling: Ruling;
}

/**
 * How the resources of an account and region stand with each rule at a time. Every week one rule or another begins to be
 * broken somewhere and is put right two weeks later; now and then a rule has nothing to look at.
 */
export function judge(account: string, region: string, at: Date): Judged[] {
  return rules.flatMap((one, phase): Judged[] => {
    const turn = weekOf(at) + phase + numberOf(8, 'turn', account, region);
    if (turn % 16 === 9) return [{ rule: one, resourceId: account, ruling: 'INSUFFICIENT_DATA' }];
    const count = one.resourceType === 'AwsAccount' ? 1 : 2 + numberOf(4, 'resources', account, region, one.config);
    const broken = turn % 8 < 2 ? 1 + numberOf(count, 'broken', account, region, one.config, Math.floor(turn / 8)) : 0;
    return Array.from({ length: count }, (_, place) => ({
      rule: one,
      resourceId: resourceId(one, account, region, place),
      ruling: place < broken ? 'NON_COMPLIANT' : 'COMPLIANT',
    }));
  });
}

const prefixes: Readonly<Record<string, string>> = {
  AwsIamUser: 'AIDA',
  AwsIamPolicy: 'ANPA',
  AwsEc2Vpc: 'vpc-',
  AwsEc2SecurityGroup: 'sg-',
  AwsEc2Volume: 'vol-',
};

function resourceId({ resourceType, config }: Rule, account: string, region: string, place: number): string {
  if (resourceType === 'AwsAccount') return account;
  const hex = hexOf('resource', account, region, config, place).slice(0, 17);
  const prefix = prefixes[resourceType] ?? '';
  return prefix.startsWith('A') ? prefix + hex.toUpperCase() : prefix + hex;
}
