import type { Step } from '../../check.ts';

export const step: Step = {
  number: 3,
  name: 'Central log store',
  sentence: 'Logs are kept in one place that those who are logged can neither read nor change.',
  question: '/audit s3',
};
