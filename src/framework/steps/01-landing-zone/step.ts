import type { Step } from '../../check.ts';

export const step: Step = {
  number: 1,
  name: 'Landing zone',
  sentence: 'Every account is part of one governed organization whose guardrails hold.',
  question: '/audit accounts',
};
