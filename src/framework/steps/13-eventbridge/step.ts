import type { Step } from '../../check.ts';

export const step: Step = {
  number: 13,
  name: 'EventBridge',
  sentence: 'Events of every kind that matters really arrive, from every account and region.',
  question: '/audit status',
};
