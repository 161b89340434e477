import type { Step } from '../../check.ts';

export const step: Step = {
  number: 9,
  name: 'IAM change alerts',
  sentence: 'Every change of a user, role, key or policy is told, with who made it.',
  question: '/audit lookup service iam --writes',
};
