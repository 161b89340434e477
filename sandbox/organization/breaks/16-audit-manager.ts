import { known } from '../accounts.ts';
import { evidenceSettings } from '../evidence.ts';
import { dayMs } from '../stable.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'audit-not-connected',
    step: 16,
    check: 'am-org',
    title: 'Take Audit Manager out of the organization',
    break: (organization) => {
      evidenceSettings(organization).audit.connected = false;
    },
  },
  {
    id: 'audit-scope-narrow',
    step: 16,
    check: 'am-assessments',
    title: 'Leave prod-web out of every assessment',
    break: (organization) => {
      evidenceSettings(organization).audit.outOfScope.add(known.web);
    },
  },
  {
    id: 'audit-no-activity',
    step: 16,
    check: 'am-evidence-fresh',
    title: 'Let no user activity come in as evidence',
    break: (organization) => {
      evidenceSettings(organization).audit.withoutActivity = true;
    },
  },
  {
    id: 'audit-reviews-wait',
    step: 16,
    check: 'am-reviews',
    title: 'Let reviews wait for a month longer',
    break: (organization) => {
      evidenceSettings(organization).audit.reviewsLateMs = 31 * dayMs;
    },
  },
  {
    id: 'audit-no-destination',
    step: 16,
    check: 'am-reports',
    title: 'Forget where reports go',
    break: (organization) => {
      evidenceSettings(organization).audit.destination = null;
    },
  },
  {
    id: 'packs-stale',
    step: 16,
    check: 'pack-evaluates',
    title: 'Let no rule be evaluated for five days',
    break: (organization) => {
      evidenceSettings(organization).packs.evaluatedAgoMs = 5 * dayMs;
    },
  },
  {
    id: 'standards-incomplete',
    step: 16,
    check: 'sh-evaluates',
    title: 'Let the standards of Security Hub be incomplete',
    break: (organization) => {
      evidenceSettings(organization).hub.status = 'INCOMPLETE';
    },
  },
];
