import { globCovers, globMatches } from '../words/glob.ts';
import { type Severity, severities } from './severity.ts';
import type { Signal } from './signal.ts';

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
  /** The actor's name, ARN, access key, or the human behind it. */
  actor?: string[];
  /** The resource's name or ARN. */
  resource?: string[];
  /** Found anywhere in the title, the sentence or a field. */
  text?: string[];
}

const patternKeys = ['source', 'kind', 'account', 'organizationalUnit', 'region', 'actor', 'resource', 'text'] as const;
type PatternKey = (typeof patternKeys)[number];

const word = (key: PatternKey): string => (key === 'organizationalUnit' ? 'organizational unit' : key);

/** Text is looked for anywhere, all else is compared whole. */
const anchored = (key: PatternKey, pattern: string): string => (key === 'text' ? `*${pattern}*` : pattern);

/** What a signal offers for a key to match. */
function candidates(key: PatternKey, signal: Signal): (string | undefined)[] {
  switch (key) {
    case 'source':
      return [signal.source];
    case 'kind':
      return [signal.kind];
    case 'account':
      return [signal.account, signal.accountName];
    case 'organizationalUnit':
      return signal.organizationalUnits ?? [];
    case 'region':
      return [signal.region];
    case 'actor':
      return [signal.actor?.name, signal.actor?.arn, signal.actor?.human, signal.actor?.accessKeyId];
    case 'resource':
      return [signal.resource?.name, signal.resource?.arn];
    case 'text':
      return [signal.title, signal.sentence, ...signal.fields.map((field) => field.value)];
  }
}

/**
 * Why a signal matches, a few words for each key (`severity is high`, `account prod-web is like prod-*`), for
 * `trailwatch explain`; undefined when it does not match. The words hold untrusted text: escape them to show them.
 */
export function whyMatches(matcher: Matcher, signal: Signal): string[] | undefined {
  const reasons: string[] = [];
  if (matcher.severity !== undefined) {
    if (!matcher.severity.includes(signal.severity)) return undefined;
    reasons.push(`severity is ${signal.severity}`);
  }
  for (const key of patternKeys) {
    const patterns = matcher[key];
    if (patterns === undefined) continue;
    const values = candidates(key, signal).filter((value) => value !== undefined);
    const found = patterns
      .flatMap((pattern) => values.map((value) => ({ pattern, value })))
      .find(({ pattern, value }) => globMatches(anchored(key, pattern), value));
    if (found === undefined) return undefined;
    const { pattern, value } = found;
    if (key === 'text') reasons.push(`text has ${pattern}`);
    else if (pattern.toLowerCase() === value.toLowerCase()) reasons.push(`${word(key)} is ${value}`);
    else reasons.push(`${word(key)} ${value} is like ${pattern}`);
  }
  for (const [tag, patterns] of Object.entries(matcher.tag ?? {})) {
    const value = tagValue(signal, tag);
    const pattern = value === undefined ? undefined : patterns.find((pattern) => globMatches(pattern, value));
    if (pattern === undefined) return undefined;
    reasons.push(`tag ${tag} is ${value}`);
  }
  return reasons;
}

/** AWS tells tag keys apart by case; people who write `env` mean `Env` too. */
const tagValue = (signal: Signal, tag: string): string | undefined =>
  Object.entries(signal.tags ?? {}).find(([key]) => key.toLowerCase() === tag.toLowerCase())?.[1];

export const matchesSignal = (matcher: Matcher, signal: Signal): boolean => whyMatches(matcher, signal) !== undefined;

/** Whether every signal that `narrow` matches, severity aside, is matched by `wide`. True is certain. */
export function coversBesidesSeverity(wide: Matcher, narrow: Matcher): boolean {
  const covered = (wider: string[], narrower: string[] | undefined) =>
    narrower?.every((pattern) => wider.some((other) => globCovers(other, pattern))) ?? false;
  const patterns = patternKeys.every((key) => {
    const wider = wide[key]?.map((pattern) => anchored(key, pattern));
    return (
      wider === undefined ||
      covered(
        wider,
        narrow[key]?.map((pattern) => anchored(key, pattern)),
      )
    );
  });
  const narrowTags = Object.entries(narrow.tag ?? {});
  return (
    patterns &&
    Object.entries(wide.tag ?? {}).every(([tag, wider]) =>
      narrowTags.some(([other, narrower]) => other.toLowerCase() === tag.toLowerCase() && covered(wider, narrower)),
    )
  );
}

/** The severities a matcher lets through. */
export const severitiesOf = (matcher: Matcher): readonly Severity[] => matcher.severity ?? severities;

/** A matcher in words: `critical or high, account prod-*`; `everything` when it has no keys. */
export function describeMatcher(matcher: Matcher): string {
  const parts = [
    ...(matcher.severity === undefined ? [] : [matcher.severity.join(' or ')]),
    ...patternKeys.flatMap((key) => {
      const patterns = matcher[key];
      return patterns === undefined ? [] : [`${word(key)} ${patterns.join(' or ')}`];
    }),
    ...Object.entries(matcher.tag ?? {}).map(([tag, patterns]) => `tag ${tag} ${patterns.join(' or ')}`),
  ];
  return parts.length === 0 ? 'everything' : parts.join(', ');
}
