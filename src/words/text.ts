/**
 * Plain-text helpers for untrusted text. Nothing here knows Slack: escaping mrkdwn is the work of whoever shows the text.
 */

/** Control characters and every mark that hides or reorders text on screen: bidi, zero-width, fillers, tags, variation selectors. */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Shortens to at most `max` UTF-16 units with an ellipsis at the end, never in the middle of a code point.
 * Units rather than code points, because a limit then holds however the reader counts.
 */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const splitsPair = isHighSurrogate(text.charCodeAt(end - 1));
  return `${text.slice(0, splitsPair ? end - 1 : end).trimEnd()}…`;
}

/** The same at the end of a word: a key or a name is shown whole or not at all, unless it begins the text and is too long itself. */
export function clipWords(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = text.lastIndexOf(' ', max - 1);
  if (end < max / 3) return clip(text, max);
  return `${text.slice(0, end).replace(/[\s([{:;,·–-]+$/, '')}…`;
}

/** What an error says, for a sentence; what was thrown without being an error, as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

const untidy = /[^\x20-\x7e]| {2}|^ | $/;

/** One readable line: line breaks become spaces; control characters, bidi and zero-width marks go; clipped to `max`. */
export function oneLine(text: string, max = 1000): string {
  // Most texts are plain already.
  if (text.length <= max && !untidy.test(text)) return text;
  // Far more than is kept, so that a 256 KB name costs no more than a long one.
  const head = text.length > max * 4 ? text.slice(0, max * 4) : text;
  const line = head
    .toWellFormed()
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ')
    .replace(invisible, '');
  return clip(line.replace(/ {2,}/g, ' ').trim(), max);
}

/** `DeleteBucketPolicy` or `deleteBucketPolicy` or `delete-bucket_policy` → "delete bucket policy"; abbreviations stay: "MFA device". */
export function spaced(name: string): string {
  const known = wordsOf.get(name);
  if (known !== undefined) return known;
  const said = name
    .replace(/[-_./:]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (/^[A-Z][a-z]/.test(word) || /^[A-Z]$/.test(word) ? word.toLowerCase() : word))
    .join(' ');
  // Payloads repeat the same few hundred names; hostile ones must not fill the memory.
  if (wordsOf.size < 5_000 && name.length <= 60) wordsOf.set(name, said);
  return said;
}

const wordsOf = new Map<string, string>();

/** First letter upper case, the rest as it is. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Words as the start of a sentence: a first word goes up, an identifier (an ARN, a bucket's name) stays as it is. */
export const sentenceStart = (text: string): string => (/^[a-z]+ /.test(text) ? capitalized(text) : text);

/** "EC2 Instance State-change Notification" → "EC2 instance state-change notification": a detail-type as the start of a sentence. */
export function sentenceFromDetailType(detailType: string): string {
  const line = oneLine(detailType, 200)
    .split(' ')
    .map((word) => (/^[A-Z][a-z]+(?:-[A-Za-z]+)*$/.test(word) && !properNames.has(word) ? word.toLowerCase() : word))
    .join(' ');
  return capitalized(line);
}

const properNames = new Set([
  'Access',
  'Analyzer',
  'Glue',
  'Lambda',
  'Macie',
  'Config',
  'Inspector',
  'Amazon',
  'Trusted',
  'Advisor',
  'Step',
  'Functions',
]);

/** "a", "a and b", "a, b and 3 more". */
export function listed(items: readonly string[], max = 3): string {
  if (items.length <= 1) return items[0] ?? '';
  if (items.length > max) return `${items.slice(0, max - 1).join(', ')} and ${items.length - max + 1} more`;
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** One formatter for all: making one costs more than reading a payload. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

type Counts = readonly (readonly [count: number, words: string])[];

/** The counts that are not zero, each with its words: "3 first seen", "2 new". */
export const counted = (counts: Counts): string[] =>
  counts.flatMap(([count, words]) => (count === 0 ? [] : [`${count.toLocaleString('en')} ${words}`]));

/** The terms of a sum: " + 3 first seen + 2 new". */
export const terms = (sign: '+' | '−', counts: Counts): string =>
  counted(counts)
    .map((term) => ` ${sign} ${term}`)
    .join('');

/** `1 account`, `2,000 accounts`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${whole.format(count)} ${count === 1 ? one : many}`;

// Days that every month has, and years that somebody means: such a time is one, and what is odd goes the long way.
const canonical =
  /^(?:19|[2-9]\d)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;

/**
 * ISO 8601 with milliseconds, UTC, of a time as services write it; undefined where the text is none, and for years that
 * nobody means. A time without a zone is UTC, whatever the machine's own zone is.
 */
export function isoTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (canonical.test(text)) return text.length === 24 ? text : `${text.slice(0, -1)}.000Z`;
  // A bare number is a year, a count or an id.
  if (text.length > 45 || /^-?\d*$/.test(text)) return undefined;
  const line = text.trim().replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d[\d:.]*) ?/, '$1T$2');
  const zoned = /^\d{4}-\d\d-\d\d$|Z$|[+-]\d\d:?\d\d$|(?:UTC|GMT)\b/.test(line);
  const iso = /^\d{4}-\d\d-\d\dT[\d:.]+(?: ?UTC)?$/.test(line);
  const time = new Date(iso ? `${line.replace(/ ?UTC$/, '')}Z` : zoned ? line : `${line} UTC`);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1900 || time.getUTCFullYear() > 9999
    ? undefined
    : time.toISOString();
}

/** Whether a value is this word, whatever its case: AWS writes some of its words in both. */
export const isWord = (value: string | undefined, word: string): boolean => value?.toUpperCase() === word.toUpperCase();

/** Whether a text has a word, or several, from the beginning of one on, in any case: "ana" is in "ana@example.com", not in "dana". */
export const hasWord = (text: string, word: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(word)}`, 'iu').test(text);
