import type { Sns } from '../../sns/index.ts';
import type { Keys } from '../keys.ts';
import type { Roles } from '../roles.ts';
import type { Service } from '../service.ts';
import { accessAnalyzer } from './accessanalyzer.ts';
import { athena } from './athena.ts';
import { auditManager } from './auditmanager.ts';
import { cloudTrail } from './cloudtrail.ts';
import { config } from './config.ts';
import { detective } from './detective.ts';
import { ec2 } from './ec2.ts';
import { guardDuty } from './guardduty.ts';
import { iam } from './iam.ts';
import { identityStore } from './identitystore.ts';
import { logs } from './logs.ts';
import { organizations } from './organizations.ts';
import { s3 } from './s3.ts';
import { securityHub } from './securityhub.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';
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
  athena,
  auditManager,
  cloudTrail,
  config,
  detective,
  ec2,
  guardDuty,
  iam,
  identityStore,
  logs,
  organizations,
  s3,
  securityHub,
  sns(topics),
  sqs,
  sts(keys, roles),
];
