import type { TargetKind } from './target.ts';

/** A person, by direct message and by a mention in the alert's thread. */
export const user: TargetKind = {
  id: /^[UW][A-Z0-9]{1,20}$/,
  example: 'user:U0123456789',
  callees: (id) => [{ way: 'user', id }],
  words: null,
};
