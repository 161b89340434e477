import type { Step } from '../../check.ts';

export const step: Step = {
  number: 10,
  name: 'Detective and user creation',
  sentence: 'What happened can be looked into, and users that are no people of the directory are known.',
  question: '/audit investigate',
};
