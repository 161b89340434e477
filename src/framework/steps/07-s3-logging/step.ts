import type { Step } from '../../check.ts';

export const step: Step = {
  number: 7,
  name: 'S3 access logging',
  sentence: 'Who read, wrote or deleted what in which bucket can be told.',
  question: '/audit s3',
};
