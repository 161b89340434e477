import { type Severity, severities } from '../severity.ts';

/** Words by which teams and programs grade what they tell. */
const words: Readonly<Record<Severity, string>> = {
  critical:
    'critical|crit|fatal|emergency|emerg|disaster|blocker|sev(?:erity)?[-_ :]{0,2}[01]|p[01]|prio(?:rity)?[-_ :]{0,2}[01]',
  high: 'high|urgent|major|severe|page|sev(?:erity)?[-_ :]{0,2}2|p2|prio(?:rity)?[-_ :]{0,2}2',
  medium: 'medium|moderate|average|sev(?:erity)?[-_ :]{0,2}3|p3|prio(?:rity)?[-_ :]{0,2}3',
  low: 'low|minor|warning|warn|sev(?:erity)?[-_ :]{0,2}4|p4|prio(?:rity)?[-_ :]{0,2}4',
  info: 'info|information|informational|notice|debug|trivial|sev(?:erity)?[-_ :]{0,2}5|p5|prio(?:rity)?[-_ :]{0,2}5',
};
const wholly = severities.map((severity) => [severity, new RegExp(`^(?:${words[severity]})$`, 'i')] as const);

/** The grade that a value is: of a label `severity`, of a key `priority`. Undefined where it is no word that grades. */
export const gradeOf = (value: string | undefined): Severity | undefined =>
  value === undefined ? undefined : wholly.find(([, whole]) => whole.test(value.trim()))?.[0];

/** The grade that a state is: of a check that is CRITICAL or WARNING. "Low" and "high" are states of other things. */
export const gradeOfState = (state: string | undefined): Severity | undefined =>
  gradeOf(/^(?:crit(?:ical)?|warn(?:ing)?)$/i.exec(state?.trim() ?? '')?.[0]);

const all = Object.values(words).join('|');
/** "high" and "low" are measures, a page is a thing, information is everywhere: these need brackets or a label. */
const alone = all.replace('high|', '').replace('|page|', '|').replace('low|', '').replace('|information|', '|');
/** What measures how bad something is, before its value. */
const label = 'severity|sev|priority|prio|urgency|criticality';

/** Where a word is a grade in any text: in brackets, beside its label, by itself where it is nothing else. */
const anywhere = [
  `[[(<{|*]\\s*(${all})\\s*[\\])>}|*]`,
  `\\b(?:${label})(?:\\sis\\s|\\s?[:=]\\s?|[-_ ])(${all})\\b`,
  `\\b(?:level|grade)\\s?[:=]\\s?(${all})\\b`,
  `\\b(${all})[-_ ](?:${label})\\b`,
  '\\b(sev(?:erity)?[-_ :]{0,2}[0-5]|p[0-5]|prio(?:rity)?[-_ :]{0,2}[0-5])\\b',
  '\\b(critical|fatal|emergency|urgent)[-_ ](?:alarms?|alerts?|incidents?|issues?|errors?|problems?|failures?)\\b',
  '^\\s*(critical|crit|fatal|emergency|urgent)\\s*(?:[:|!]|\\s[-–—]\\s)',
].map((place) => new RegExp(place, 'gi'));

/** Where it is one in a name: as the last part, before a mark at the start, or as the first part where it makes louder. */
const inName = [`(?:^|[-_./:| ])(${alone})\\s*$`, `^\\s*(${alone})\\s*(?:[:|]|\\s[-–—]\\s)`].map(
  (place) => new RegExp(place, 'gi'),
);
const firstPart = /^\s*(critical|crit|fatal|emergency|urgent|major)(?=[-_./:| ])/gi;

/** Most names hold none of these words: then no place needs a look. */
const anyWord = new RegExp(all, 'i');

/**
 * The worst grade that the name or the description of an alarm gives it. A word counts only where it stands as a grade: the
 * same words are in names of services ("info-api", "notice-board") and in what people write. After "non-", "not" or "no"
 * it is none.
 */
export function gradeIn(name: string, description: string | undefined): Severity | undefined {
  if (!anyWord.test(name) && !anyWord.test(description ?? '')) return undefined;
  // `CriticalErrors` holds the word as well as `critical errors` does.
  const spread = name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
  const ofName = [
    ...anywhere.flatMap((place) => gradesAt(place, spread)),
    ...inName.flatMap((place) => gradesAt(place, name)),
  ];
  const found = [
    // "critical-path-renderer-low" says its grade at the end: what it begins with is a name.
    ...(ofName.length > 0 ? ofName : gradesAt(firstPart, name)),
    ...(description === undefined ? [] : anywhere.flatMap((place) => gradesAt(place, description.slice(0, 1_000)))),
  ];
  return severities.find((severity) => found.includes(severity));
}

/** The grade that a text states in brackets, beside a label or before a mark: "[CRITICAL] disk full", "severity: high". */
export const gradeStatedIn = (text: string): Severity | undefined => {
  const found = anywhere.flatMap((place) => gradesAt(place, text));
  return severities.find((severity) => found.includes(severity));
};

const gradesAt = (place: RegExp, text: string): Severity[] =>
  [...text.matchAll(place)].flatMap((match) => {
    const word = match[1] ?? '';
    const before = text.slice(0, match.index + match[0].indexOf(word));
    // "Low priority? No." asks.
    if (text[match.index + match[0].length] === '?') return [];
    return /\b(?:non|not|no|never|isn't|without|0|zero)[-_ (]*(?:an?\s)?$/i.test(before) ? [] : (gradeOf(word) ?? []);
  });
