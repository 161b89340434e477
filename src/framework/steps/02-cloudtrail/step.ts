import type { Step } from '../../check.ts';

export const step: Step = {
  number: 2,
  name: 'CloudTrail',
  sentence: 'Every API call in every account and region is recorded, and the record arrives.',
  question: '/audit lookup',
};
