import type { Step } from '../../check.ts';

export const step: Step = {
  number: 11,
  name: 'IAM credential report',
  sentence: 'The credentials of every account are reported, reviewed and kept each week.',
  question: '/audit report',
};
