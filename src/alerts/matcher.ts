import type { Severity } from './severity.ts';

/**
 * Which signals a route or a silence is about. Every key given must hold; within a key one pattern is enough;
 * no key at all matches everything. Patterns compare without regard to case; `*` stands for any run of
 * characters and `?` for one.
 */
export interface Matcher {
  severity?: Severity[];
  source?: string[];
  kind?: string[];
  /** The account's id or its name. */
  account?: string[];
  /** The id, the name or the path of any organizational unit the account is in. */
  organizationalUnit?: string[];
  region?: string[];
  /** Tags of the resource: each key given must be there with a value of one of its patterns. */
  tag?: Record<string, string[]>;
  /** The actor's name, ARN or human. */
  actor?: string[];
  /** The resource's name or ARN. */
  resource?: string[];
  /** Found anywhere in the title, the sentence or a field. */
  text?: string[];
}
