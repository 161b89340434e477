/** Who or what is called now: a person, a user group or a channel of Slack by its id, or a pager by its whole target. */
export interface Callee {
  way: 'user' | 'usergroup' | 'channel' | 'page';
  id: string;
}

/** The users who have a schedule's turn at this time; empty: nobody. */
export type OnCall = (schedule: string) => readonly string[];

/** The members of a user group; empty: nobody, or no such group; undefined: not known now. */
export type Members = (usergroup: string) => readonly string[] | undefined;

/** What says who is behind a target now. Without `members` a user group is called by its mention. */
export interface Whom {
  onCall: OnCall;
  members?: Members;
}

/** A variable of the environment. */
export interface Variable {
  name: string;
  /** May be handed over as a file, by NAME_FILE. */
  secret?: true;
  /** Without it the target cannot be called. */
  needed?: true;
  /** It holds a URL. */
  url?: true;
}

/** A name of ours as it stands in the name of a variable: `on-call` is ON_CALL. */
export const inVariable = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

/** One kind of target in an escalation policy: `kind:id`. */
export interface TargetKind {
  /** What may follow the colon. */
  id: RegExp;
  example: string;
  /** Who is meant at this time; empty: nobody. */
  callees: (id: string, whom: Whom) => Callee[];
  /** The target in words that call nobody; null: Slack has a mention for it. */
  words: ((id: string) => string) | null;
  /** Its name in a person's own rules, and what is asked for; absent: nobody can choose it for themselves. */
  personal?: { name: string; asks: string };
  /** What calling it needs of the environment. */
  variables?: (id: string) => readonly Variable[];
}
