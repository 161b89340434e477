import { networkList } from '../words/networks.ts';
import type { Typed } from '../words/typed.ts';
import { subjectKinds } from './subject.ts';

/** Other words for an option. */
const sameOption: Readonly<Record<string, string>> = {
  accounts: 'account',
  after: 'since',
  agent: 'user-agent',
  before: 'until',
  end: 'until',
  'end-time': 'until',
  failed: 'errors',
  failures: 'errors',
  kind: 'only',
  'read-only': 'reads',
  regions: 'region',
  start: 'since',
  'start-time': 'since',
  tactic: 'only',
  till: 'until',
  to: 'until',
};

/** `--from` names an address, or a time: what it means shows its value. */
export const ownName = (option: string, value: string): string =>
  option === 'from' ? (isFromWhere(value) ? 'ip' : 'since') : (sameOption[option] ?? option);

const isFromWhere = (value: string): boolean => /^[0-9a-f.:[\]]+(?:\/\d+)?(?:,|$)/i.test(value) && !isClock(value);
const isClock = (value: string): boolean =>
  /^\d{1,2}:\d\d(?::\d\d)?$/.test(value) && networkList([value]) === undefined;

/** Other words for what a question begins with. */
const sameStart: Readonly<Record<string, string>> = {
  action: 'event',
  address: 'ip',
  bucket: 'resource',
  call: 'event',
  deleted: 'deletes',
  deletions: 'deletes',
  events: 'event',
  function: 'resource',
  instance: 'resource',
  login: 'logins',
  principal: 'user',
  session: 'user',
  'sign-ins': 'logins',
  signins: 'logins',
  username: 'user',
};

/** Words that begin a phrase which says the same as an option. */
const leads = new Set(
  'since after until till to before last past this in account accounts region regions on from between by yesterday today'.split(
    ' ',
  ),
);
/** Behind these the value is a time, in which a time may be said with such words. */
const timed: ReadonlySet<string> = new Set(['before', 'around']);
const placeLeads: ReadonlySet<string> = new Set(['in', 'account', 'accounts', 'region', 'regions']);
const nameLeads: ReadonlySet<string> = new Set([
  'since',
  'until',
  'in',
  'last',
  'past',
  'this',
  'on',
  'between',
  'yesterday',
  'today',
]);
/** Questions whose first word is followed by what they are about, whatever that is called. */
const valued: ReadonlySet<string> = new Set([
  ...subjectKinds,
  ...timed,
  'changes',
  'pivots',
  'takers',
  'secret',
  'from',
]);

/**
 * What was typed with its options by their own names, and with those that were said in words: `lookup user alice since
 * yesterday in prod-web`, `lookup deletes by bob in the last 2 hours`. What is no such phrase stays as it is.
 */
export function spoken(typed: Typed): Typed {
  const failed = typed.words.length > 1 && /^fail(?:ed|ing|ures)?$/i.test(typed.words[0] ?? '');
  const [start = '', ...others] = failed ? typed.words.slice(1) : typed.words;
  const first = sameStart[start.toLowerCase()] ?? start.toLowerCase();
  const words = typed.words.length === 0 ? [] : [sameStart[start.toLowerCase()] ?? start, ...others];
  const options = new Map(typed.options);
  if (failed) options.set('errors', '');
  return withPhrases({ words, options }, valued.has(first) ? 2 : 0, timed.has(first) ? placeLeads : leads);
}

/** The same of a question whose words are names alone: `flows 198.51.100.23 since yesterday in prod-web`. */
export const spokenNames = (typed: Typed): Typed => withPhrases(typed, 0, nameLeads);

/** With the options that the words from this place on say as well. */
function withPhrases(typed: Typed, from: number, leading: ReadonlySet<string>): Typed {
  const own = new Map<string, string>();
  const add = (name: string, value: string): void => {
    own.set(name, own.has(name) ? `${own.get(name)},${value}` : value);
  };
  for (const [name, value] of typed.options) add(ownName(name, value), value);
  const [plain = [], ...phrases] = phrasesOf(typed.words, from, leading);
  const kept = [...plain];
  for (const phrase of phrases) {
    const said = meant(phrase);
    if (said === undefined) kept.push(...phrase);
    else for (const [name, value] of said) add(name, value);
  }
  return { words: kept, options: own };
}

/** The words before the first one that leads a phrase, then each phrase. */
function phrasesOf(words: readonly string[], from: number, leading: ReadonlySet<string>): string[][] {
  const phrases: string[][] = [words.slice(0, from)];
  for (const word of words.slice(from)) {
    const [lead = '', ...behind] = phrases.length > 1 ? (phrases.at(-1) ?? []) : [];
    // "in account X", "in the last 2 hours" and "since last monday" are one phrase each.
    const goesOn =
      (/^in$/i.test(lead) && behind.every((each) => each === 'the')) ||
      (/^(?:since|until|from|to|on|between)$/i.test(lead) && /^(?:last|past|this|yesterday|today)$/i.test(word));
    if (leading.has(word.toLowerCase()) && !goesOn) phrases.push([word]);
    else phrases.at(-1)?.push(word);
  }
  return phrases;
}

/** The options that a phrase means; undefined: it is none. */
function meant([lead = '', ...rest]: readonly string[]): [name: string, value: string][] | undefined {
  const value = rest.join(' ');
  const one = rest.length === 1;
  switch (lead.toLowerCase()) {
    case 'since':
    case 'after':
      return value === '' ? undefined : [['since', value]];
    case 'until':
    case 'till':
    case 'to':
    case 'before':
      return value === '' ? undefined : [['until', value]];
    case 'last':
    case 'past':
      if (isPartOfDay(value)) return wholeDay(`last ${value}`);
      return /^(?:\d|(?:minute|hour|day|week|month)$)/i.test(value) ? [['since', `last ${value}`]] : undefined;
    case 'this':
      return isPartOfDay(value) ? wholeDay(value) : undefined;
    case 'yesterday':
    case 'today':
      return value === '' || isPartOfDay(value) ? wholeDay(`${lead} ${value}`.trim()) : undefined;
    case 'on':
      return value === '' ? undefined : wholeDay(value);
    case 'between': {
      const [start, end] = value.split(/ (?:and|-|–|to) /i);
      return start === undefined || end === undefined
        ? undefined
        : [
            ['since', start],
            ['until', end],
          ];
    }
    case 'from':
      return value === '' ? undefined : [[ownName('from', value), value]];
    case 'by':
      return one ? [[/^A[SK]IA[A-Z0-9]{12,}$/i.test(value) ? 'key' : 'user', value]] : undefined;
    case 'account':
    case 'accounts':
    case 'region':
    case 'regions':
      return one ? [[ownName(lead.toLowerCase(), value), value]] : undefined;
    case 'in': {
      const said = rest.filter((word) => word.toLowerCase() !== 'the');
      if (isPartOfDay(said.join(' '))) return wholeDay(said.join(' '));
      if (said.length === 1) return [[isRegion(value) ? 'region' : 'account', said[0] ?? '']];
      return meant(said);
    }
    default:
      return undefined;
  }
}

const wholeDay = (day: string): [string, string][] => [
  ['since', day],
  ['until', day],
];

const isPartOfDay = (value: string): boolean => /^(?:morning|afternoon|evening|night)$/i.test(value);

const isRegion = (value: string): boolean => /^[a-z]{2}(?:-[a-z]+)+-\d\b/i.test(value);
