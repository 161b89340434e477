import type { Step } from '../../check.ts';

export const step: Step = {
  number: 14,
  name: 'Session Manager logging',
  sentence: 'What is typed on instances through Session Manager is written down, encrypted and kept.',
  question: '/audit sessions',
};
