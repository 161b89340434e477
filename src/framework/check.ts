import type { Severity } from '../alerts/severity.ts';
import type { Asking } from './asks.ts';
import type { Estate, EstateAccount } from './estate.ts';
import type { Judged } from './verdict.ts';

/** What is said of a check, to people and in the files. */
export interface About {
  /** As `trail-org-wide`; it never changes, for results are kept under it. */
  id: string;
  /** Raised when the rule changes, so that a new result is not taken for a change of the account. */
  version: number;
  /** What holds when it passes: "One trail records every account and region". */
  title: string;
  severity: Severity;
  /** Why it matters, in a sentence or two. */
  why: string;
  /** What exactly passes. */
  passes: string;
  /** What turns it green: commands of the AWS CLI, with `{account}`, `{region}`, `{resource}` filled in per result. */
  fix: string;
  /** Control numbers and documentation pages: "CIS v6.0 4.1", "https://docs.aws.amazon.com/…". */
  references: readonly string[];
  /** Asked every day, and an alert when it turns from pass to fail: for checks that cost few calls. */
  daily?: true;
  /** Limits of age in milliseconds beyond which a proof is stale; left out: 7 days. */
  provenForMs?: number;
}

/** An account of the estate that a check looks at. */
export interface AccountScope {
  estate: Estate;
  account: EstateAccount;
}

/** One region of it, of those that are on. */
export interface RegionScope extends AccountScope {
  region: string;
}

type Work =
  | { scope: 'organization'; judge: (estate: Estate) => Asking<Judged[]> }
  | { scope: 'account'; judge: (scope: AccountScope) => Asking<Judged[]> }
  | { scope: 'region'; judge: (scope: RegionScope) => Asking<Judged[]> };

/** One check of a step: what is said of it, and how it judges. Pure: it names what it wants to know and is given it. */
export class Check {
  readonly about: About;
  readonly work: Work;

  constructor(about: About, work: Work) {
    this.about = about;
    this.work = work;
  }
}

/** Judged once for the whole organization (and for each region where the judge says so). */
export const organizationCheck = <Facts>(
  about: About,
  facts: (estate: Estate) => Asking<Facts>,
  judge: (facts: Facts, estate: Estate) => Judged[],
): Check => new Check(about, { scope: 'organization', judge: (estate) => judging(facts(estate), judge, estate) });

/** Judged once for each active account. */
export const accountCheck = <Facts>(
  about: About,
  facts: (scope: AccountScope) => Asking<Facts>,
  judge: (facts: Facts, scope: AccountScope) => Judged[],
): Check => new Check(about, { scope: 'account', judge: (scope) => judging(facts(scope), judge, scope) });

/** Judged for each active account and each of its regions that is on. */
export const regionCheck = <Facts>(
  about: About,
  facts: (scope: RegionScope) => Asking<Facts>,
  judge: (facts: Facts, scope: RegionScope) => Judged[],
): Check => new Check(about, { scope: 'region', judge: (scope) => judging(facts(scope), judge, scope) });

function* judging<Facts, Scope>(
  facts: Asking<Facts>,
  judge: (facts: Facts, scope: Scope) => Judged[],
  scope: Scope,
): Asking<Judged[]> {
  return judge(yield* facts, scope);
}

/** One of the sixteen steps; its checks are the files of its folder `checks/`. */
export interface Step {
  /** 1 to 16. */
  number: number;
  name: string;
  /** The step in the words of the framework. */
  sentence: string;
  /** The question of the step in Slack: `/audit findings`. */
  question: string | null;
}
