import type { Keys } from '../keys.ts';
import type { Roles } from '../roles.ts';
import type { Service } from '../service.ts';
import { accessAnalyzer } from './accessanalyzer.ts';
import { auditManager } from './auditmanager.ts';
import { detective } from './detective.ts';
import { guardDuty } from './guardduty.ts';
import { identityStore } from './identitystore.ts';
import { sts } from './sts.ts';

/** What some services stand on beside the organization. */
export interface ServiceParts {
  keys: Keys;
  roles: Roles;
}

/** Every service that the sandbox answers: one line for each. */
export const services = ({ keys, roles }: ServiceParts): readonly Service[] => [
  accessAnalyzer,
  auditManager,
  detective,
  guardDuty,
  identityStore,
  sts(keys, roles),
];
