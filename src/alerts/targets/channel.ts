import type { TargetKind } from './target.ts';

/** Another channel than the alert's own, by a message there. */
export const channel: TargetKind = {
  id: /^[CG][A-Z0-9]{1,20}$/,
  example: 'channel:C0123456789',
  callees: (id) => [{ way: 'channel', id }],
  words: null,
};
