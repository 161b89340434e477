import type { TargetKind } from './target.ts';

/** Whoever has the turn in an on-call schedule. */
export const schedule: TargetKind = {
  id: /./,
  example: 'schedule:NAME',
  callees: (name, { onCall }) => onCall(name).map((id) => ({ way: 'user', id })),
  words: (name) => `the ${name} schedule`,
};
