import type { Step } from '../../check.ts';

export const step: Step = {
  number: 8,
  name: 'AWS Config',
  sentence: 'How every user, role and policy stood at any time can be told.',
  question: '/audit history',
};
