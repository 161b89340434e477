import type { Step } from '../../check.ts';

export const step: Step = {
  number: 12,
  name: 'IAM Access Analyzer',
  sentence: 'Access that reaches outside the organization is found, in every region.',
  question: '/audit findings --source aa',
};
