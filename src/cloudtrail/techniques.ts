import table from './techniques.json' with { type: 'json' };

/** What is known of a sensitive API call. Source: TrailDiscover (https://traildiscover.cloud), CC BY 4.0. */
export interface Technique {
  /** MITRE ATT&CK: "T1562.008 - Disable or Modify Cloud Logs". */
  technique: string | null;
  tactics: string[];
  /** Why an attacker makes this call. */
  why: string;
  /** Seen in a published incident. */
  inTheWild: boolean;
}

const calls = new Map<string, Technique>(
  Object.entries(table.calls).map(([call, technique]) => [withoutVersion(call), technique]),
);

/** Lambda writes the version of its API behind the name: `UpdateFunctionCode20150331v2`. */
function withoutVersion(call: string): string {
  return call.replace(/20\d{6}(?:v\d+)?$/, '');
}

/** The entry of a call, by `iam.amazonaws.com` and `CreateUser`; undefined for a call that nobody has described. */
export const techniqueOf = (eventSource: string, eventName: string): Technique | undefined =>
  calls.get(withoutVersion(`${eventSource.replace(/\.cn$/, '')}:${eventName}`));

/** The names of all calls that the table describes, as CloudTrail writes them. */
export const describedCalls: readonly string[] = [
  ...new Set(Object.keys(table.calls).map((call) => call.split(':')[1] ?? '')),
];

/** The tactics of a call as they are typed: `persistence`, `credential-access`. */
export const tacticsOf = (eventSource: string, eventName: string): string[] =>
  techniqueOf(eventSource, eventName)?.tactics.map(tacticWord) ?? [];

const tacticWord = (tactic: string): string => tactic.toLowerCase().replaceAll(' ', '-');
