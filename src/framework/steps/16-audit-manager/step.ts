import type { Step } from '../../check.ts';

export const step: Step = {
  number: 16,
  name: 'Audit Manager, or its successors',
  sentence: 'Evidence of controls is collected every day, reviewed, and can be shown.',
  question: '/audit evidence',
};
