import { idleRole, stuckAdvisor } from '../access.ts';
import { known } from '../accounts.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'advisor-stuck',
    step: 15,
    check: 'adv-works',
    title: 'Let Access Advisor of prod-web stand still for three days',
    break: (organization) => stuckAdvisor(organization, known.web, 72),
  },
  {
    id: 'role-unused',
    step: 15,
    check: 'adv-unused-roles',
    title: 'Leave a role of prod-web unused for a hundred days',
    break: (organization) => idleRole(organization, known.web, 'release', 100),
  },
];
