import type { TargetKind } from './target.ts';

/** So many are called by direct message each; a larger group is mentioned. */
const mostMembers = 15;

/** A user group of Slack: its members by direct message each. A large one, or one that is not known now, by a mention in the alert's thread. */
export const usergroup: TargetKind = {
  id: /^S[A-Z0-9]{1,20}$/,
  example: 'usergroup:S0123456789',
  callees: (id, { members }) => {
    const known = members?.(id);
    if (known === undefined || known.length > mostMembers) return [{ way: 'usergroup', id }];
    return known.map((user) => ({ way: 'user', id: user }));
  },
  words: null,
};
