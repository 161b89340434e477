import type { Step } from '../../check.ts';

export const step: Step = {
  number: 6,
  name: 'GuardDuty',
  sentence: 'Threats are detected in every account and region, and what is found reaches people.',
  question: '/audit findings --source gd',
};
