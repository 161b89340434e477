import type { Sns } from '../../sns/index.ts';
import type { Keys } from '../keys.ts';
import type { Roles } from '../roles.ts';
import type { Service } from '../service.ts';
import { accessAnalyzer } from './accessanalyzer.ts';
import { account } from './account.ts';
import { athena } from './athena.ts';
import { auditManager } from './auditmanager.ts';
import { cloudTrail } from './cloudtrail.ts';
import { cloudWatch } from './cloudwatch.ts';
import { config } from './config.ts';
import { controlTower } from './controltower.ts';
import { detective } from './detective.ts';
import { ec2 } from './ec2.ts';
import { events } from './events.ts';
import { guardDuty } from './guardduty.ts';
import { iam } from './iam.ts';
import { identityStore } from './identitystore.ts';
import { kms } from './kms.ts';
import { logs } from './logs.ts';
import { organizations } from './organizations.ts';
import { route53Resolver } from './route53resolver.ts';
import { s3 } from './s3.ts';
import { s3Control } from './s3control.ts';
import { securityHub } from './securityhub.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';
import { ssm } from './ssm.ts';
import { sts } from './sts.ts';

/** What some services stand on beside the organization. */
export interface ServiceParts {
  keys: Keys;
  roles: Roles;
  topics: Sns;
}

/** Every service that the sandbox answers: one line for each. */
export const services = ({ keys, roles, topics }: ServiceParts): readonly Service[] => [
  accessAnalyzer,
  account,
  athena,
  auditManager,
  cloudTrail,
  cloudWatch,
  config,
  controlTower,
  detective,
  ec2,
  events,
  guardDuty,
  iam,
  identityStore,
  kms,
  logs,
  organizations,
  route53Resolver,
  s3,
  s3Control,
  securityHub,
  sns(topics),
  sqs,
  ssm,
  sts(keys, roles),
];
