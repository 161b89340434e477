/** A case as its message and its files tell it: what an investigation gathered under a name. Pure. */

/** One line of a case's timeline; texts are untrusted. */
export interface CaseMoment {
  /** ISO 8601, UTC. */
  at: string;
  kind: 'call' | 'alert' | 'answer' | 'note';
  what: string;
  who: string | null;
  on: string | null;
  from: string | null;
  account: string | null;
  region: string | null;
  severity: string | null;
  /** "ok", or the error. */
  outcome: string | null;
  /** Where it is from: an event's id, "alert 41", "question 7". */
  source: string;
}

/** What was put into a case. */
export interface CaseEntry {
  /** ISO 8601, UTC. */
  at: string;
  by: string;
  kind: 'answer' | 'alert' | 'incident' | 'note';
  /** The number of the question, alert or incident; null: a note has none. */
  ref: number | null;
  text: string;
  answer: CaseAnswer | null;
}

/** What an answer said when it was put there. */
export interface CaseAnswer {
  line: string;
  title: string;
  facts: readonly string[];
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  total: number;
  coverage: string;
  gaps: string;
  whole: boolean;
}

/** A case from its beginning to the moment of the export, as its files tell it. */
export interface CaseRecord {
  id: number;
  name: string;
  openedBy: string;
  /** ISO 8601, UTC. */
  openedAt: string;
  closedAt: string | null;
  exportedAt: string;
  entries: readonly CaseEntry[];
  /** Oldest first, each event once. */
  timeline: readonly CaseMoment[];
  /** Alerts of private channels that whoever exports is not in. */
  withheld: number;
}
