import type { Step } from '../../check.ts';

export const step: Step = {
  number: 15,
  name: 'Access Advisor and guardrails',
  sentence: 'What is allowed and never used is found, and taken away after somebody looked at it.',
  question: '/audit access',
};
