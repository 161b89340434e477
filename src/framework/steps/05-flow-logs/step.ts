import type { Step } from '../../check.ts';

export const step: Step = {
  number: 5,
  name: 'Flow logs and DNS query logs',
  sentence: 'Which machine spoke to whom, and which names it asked for, is recorded in every network.',
  question: '/audit flows',
};
