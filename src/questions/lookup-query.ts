import { isIP } from 'node:net';
import { type Severity, severities } from '../alerts/severity.ts';
import { parseArn } from '../aws-names/arn.ts';
import { callNamed, isKnownSource } from '../cloudtrail/calls.ts';
import type { Config } from '../config/config.ts';
import { didYouMean } from '../words/nearest.ts';
import { networkList } from '../words/networks.ts';
import { listed } from '../words/text.ts';
import { dayMs, hourMs, weekMs } from '../words/time.ts';
import type { Grammar, Typed } from '../words/typed.ts';
import { type Clock, momentWords, readMoment, readSpan, type Span, said } from './moments.ts';
import { pastedAddress, pastedBucket } from './pasted.ts';
import { ownName, spoken } from './spoken.ts';
import { type LookupSubject, namingOf, type SubjectKind, subjectKinds } from './subject.ts';
import { type Wrong, wrong } from './wrong.ts';

/** Kinds of calls: those of the stock questions, and those that are known for a tactic of MITRE ATT&CK. */
export const callKinds = [
  'deletes',
  'denied',
  'pivots',
  'no-mfa',
  'secrets',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'exfiltration',
  'impact',
] as const;

export type CallKind = (typeof callKinds)[number];

/** What the events must be beside being about the subject; each is looked for here, not by CloudTrail. */
export interface Narrowing {
  /** Calls that failed or were refused. */
  errors: boolean;
  /** Calls that change something. */
  writes: boolean;
  /** Calls that only read. */
  reads: boolean;
  /** Calls of one of these kinds; empty: of any. */
  only: readonly CallKind[];
  /** Rated so or worse. */
  severity: Severity | null;
  /** Part of the user agent, in any case. */
  agent: string | null;
  /** Addresses and networks (CIDR) from which events are expected: only others count. */
  notFrom: readonly string[];
}

/** A question to CloudTrail, read and checked. */
export interface Question {
  /** Null: everything in the span. */
  subject: LookupSubject | null;
  /** What the events must be about too: of several values of one kind (the subject's among them) any one, of each kind one. */
  also: readonly LookupSubject[];
  /** What came of the subject, too: the sessions, keys and users that were made with it, and what those did. */
  forward: boolean;
  span: Span;
  narrowing: Narrowing;
  /** Ids, names or patterns (`prod-*`) as they were typed; empty: all. */
  accounts: readonly string[];
  regions: readonly string[];
  /** Only events of which something is new for their caller, beside the days before. */
  firstSeen: boolean;
  /** Search to the end, however many events there are. */
  all: boolean;
  /** What is to be known of how it was read: a time that the clock showed twice. */
  notes: readonly string[];
}

/** What the form asks for: as it would be typed. */
type Draft = Partial<Record<'kind' | 'value' | 'since' | 'until' | 'account' | 'region', string>>;

export type LookupReading = { question: Question } | { wrong: Wrong };

/** Against what a question is read. */
export interface LookupContext extends Clock {
  /** `aws`, `aws-cn`, `aws-us-gov`: the one in which the bot lives; null: it is not known yet. */
  partition: string | null;
  /** Whether there is a source that reaches further back than CloudTrail's own 90 days. */
  history: boolean;
  /** The company's own networks by their names. */
  networks: Config['networks'];
}

/** CloudTrail's event history. Source: CloudTrail user guide, "Viewing event history". */
export const historyDays = 90;

/** Questions that investigators ask all day, in a word. The usual span holds where --since is left out. */
export const stockQuestions = {
  deletes: { usage: 'deletes', sentence: 'what was deleted or ended, of the last 2 hours', usualMs: 2 * hourMs },
  changes: { usage: 'changes ARN', sentence: 'what was changed on one resource', usualMs: dayMs },
  before: { usage: 'before TIME', sentence: 'what was changed in the 30 minutes before', usualMs: hourMs / 2 },
  around: { usage: 'around TIME', sentence: 'everything in the 15 minutes before and after', usualMs: hourMs / 2 },
  logins: { usage: 'logins [--no-mfa] [--not-from NETWORK]', sentence: 'who signed in to the console', usualMs: dayMs },
  pivots: { usage: 'pivots NAME', sentence: 'which roles somebody took', usualMs: dayMs },
  takers: { usage: 'takers ROLE', sentence: 'who took a role, and who was refused it', usualMs: dayMs },
  secret: { usage: 'secret NAME', sentence: 'who touched a secret, parameter or key', usualMs: weekMs },
  denied: { usage: 'denied [role|user|key NAME]', sentence: 'what was not allowed', usualMs: dayMs },
  bad: { usage: 'bad', sentence: 'what was rated high or worse, of the last 24 hours', usualMs: dayMs },
  from: {
    usage: 'from KEY|ROLE/SESSION|USER',
    sentence: 'all that came of a credential: its calls, the sessions, keys and users made with it, and theirs',
    usualMs: weekMs,
  },
} as const;

type Stock = keyof typeof stockQuestions;
const isStock = (word: string): word is Stock => Object.hasOwn(stockQuestions, word);
const isSubjectKind = (word: string): word is SubjectKind => subjectKinds.some((kind) => kind === word);

const lookupFlags: ReadonlySet<string> = new Set(['errors', 'writes', 'reads', 'new', 'all', 'no-mfa']);

/** Options that say what the events must be about too, by what they are typed as. */
const alsoOptions: Readonly<Record<string, SubjectKind>> = {
  user: 'user',
  role: 'role',
  key: 'key',
  ip: 'ip',
  resource: 'resource',
  event: 'event',
  service: 'service',
};
const lookupOptions = [
  ...lookupFlags,
  'since',
  'until',
  'account',
  'region',
  'only',
  'severity',
  'user-agent',
  'not-from',
  ...Object.keys(alsoOptions),
];

/** Times may be several words. */
export const timeWords = (option: string, words: readonly string[]): number =>
  ['since', 'until', 'from'].includes(option) ? momentWords(words) : 1;

export const lookupGrammar: Grammar = {
  flags: new Set([...lookupFlags, 'read-only', 'failed', 'failures']),
  valueWords: (option, words) => timeWords(ownName(option, words[0] ?? ''), words),
};

export const nothingElse: Narrowing = {
  errors: false,
  writes: false,
  reads: false,
  only: [],
  severity: null,
  agent: null,
  notFrom: [],
};
const longest = 1000;

/** Reads what stands after `/audit lookup`. Whatever is typed gets an answer; nothing is guessed that could mislead. */
export function readLookup(read: Typed, context: LookupContext): LookupReading {
  const typed = spoken(read);
  const { words, options } = typed;
  const unfit = unfitOption(typed);
  if (unfit !== undefined) return { wrong: unfit };
  const tooLong = [...words, ...options.values()].find((word) => word.length > longest);
  if (tooLong !== undefined)
    return wrong(
      `"${short(tooLong)}" is too long (${tooLong.length.toLocaleString('en')} characters): no name in AWS is longer than ${longest.toLocaleString('en')}.`,
    );
  if (draftOf(typed) !== undefined)
    return wrong(
      'Say what to look up, like /audit lookup user alice --since 24h, or lookup everything --account NAME.',
    );

  const [first = 'everything', ...rest] = words;
  const word = first.toLowerCase();
  if (word === 'everything' && rest.length === 0) {
    const [named] = Object.entries(alsoOptions).filter(([name]) => options.has(name));
    return asked([], nothingElse, named === undefined ? hourMs : usualSpanOf(named[1]), options, context);
  }
  if (word === 'everything')
    return wrong(`"lookup everything" takes nothing before its options; "${short(rest.join(' '))}" is not understood.`);
  if (isStock(word)) return readStock(word, rest, options, context);
  if (isSubjectKind(word)) {
    if (rest.length === 0) return wrong(`Say which ${word}, for example: /audit lookup ${word} ${exampleOf[word]}`);
    return about(word, rest.join(' '), options, context);
  }
  const guessed = kindOf(words.join(' '));
  if (guessed !== undefined) return about(guessed, words.join(' '), options, context);
  const known = [...subjectKinds, 'everything', ...Object.keys(stockQuestions)];
  // A name alone: what it is of has to be said.
  const alone = rest.length === 0 && /^[\w+=,.@/:-]{2,128}$/.test(first) ? `user ${short(first)}` : undefined;
  const hint =
    words.map((each) => didYouMean(each, known, 'lookup ')).find((near) => near !== '') ||
    (alone === undefined
      ? `: look up one of ${subjectKinds.join(', ')}, or ask ${Object.keys(stockQuestions).join(', ')}.`
      : `; did you mean "lookup ${alone}"? Say what it is: ${subjectKinds.join(', ')}.`);
  return wrong(`I cannot look up "${short(first)}"${hint} For example: /audit lookup user alice --since 24h`);
}

/** What is known of a question that does not say yet what to look up, for the form; undefined where it does. */
export function draftOf(read: Typed): Draft | undefined {
  const typed = spoken(read);
  if (unfitOption(typed) !== undefined) return undefined;
  const [kind = '', ...value] = typed.words;
  // What the form has no field for is a question already: it would be dropped there.
  if ([...typed.options.keys()].some((name) => !fields.some((field) => field === name))) return undefined;
  if (kind === '') return drafted(typed.options);
  const known = subjectKinds.find((each) => each === kind.toLowerCase());
  return known === undefined || value.length > 0 ? undefined : { kind: known, ...drafted(typed.options) };
}

/** The options of the form. */
const fields = ['since', 'until', 'account', 'region'] as const;

const drafted = (options: ReadonlyMap<string, string>): Draft =>
  Object.fromEntries(
    fields.flatMap((name) => {
      const value = options.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

function unfitOption({ options }: Typed): Wrong | undefined {
  for (const [name, value] of options) {
    if (!lookupOptions.includes(name))
      return wrong(`There is no option --${short(name)}${didYouMean(name, lookupOptions, '--') || '.'}`).wrong;
    if (value !== '' && lookupFlags.has(name))
      return wrong(`--${name} takes no value: leave out "${short(value)}", or the whole of --${name}.`).wrong;
    if (value.trim() === '' && !lookupFlags.has(name))
      return wrong(
        `--${name} needs a value after it.`,
        fields.find((field) => field === name),
      ).wrong;
  }
  return undefined;
}

/** What an unmistakable word is: a key, an address, an event id, an ARN, an e-mail address, an id that AWS gives. */
function kindOf(value: string): SubjectKind | undefined {
  if (keyShape.test(value)) return 'key';
  if (isIP(value) !== 0) return 'ip';
  if (eventIdShape.test(value)) return 'id';
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) || value.toLowerCase() === 'root') return 'user';
  if (namingOf(value) === 'principal' || namingOf(value) === 'account') return 'user';
  // Ids that EC2 gives: sg-, i-, vpc-, tgw-attach-.
  if (/^[a-z]{1,12}(?:-[a-z]{2,12}){0,2}-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(value)) return 'resource';
  const arn = parseArn(value);
  if (arn === undefined) return undefined;
  if (arn.service === 'iam' && arn.resource.startsWith('role/')) return 'role';
  return (arn.service === 'iam' && /^(?:user\/|root$)/.test(arn.resource)) || arn.service === 'sts'
    ? 'user'
    : 'resource';
}

const exampleOf: Readonly<Record<SubjectKind, string>> = {
  user: 'alice',
  role: 'deploy',
  key: 'AKIAIOSFODNN7EXAMPLE',
  ip: '203.0.113.7',
  resource: 'my-bucket',
  event: 'StopLogging',
  service: 'iam',
  id: '7c6e2b4c-30e6-4f43-9f55-f1d20f0e3a8b',
};

function readStock(
  stock: Stock,
  rest: string[],
  options: ReadonlyMap<string, string>,
  context: LookupContext,
): LookupReading {
  const { usualMs } = stockQuestions[stock];
  const value = rest.join(' ');
  const ask = (subjects: readonly LookupSubject[], narrowing: Partial<Narrowing>): LookupReading =>
    asked(subjects, { ...nothingElse, ...narrowing }, usualMs, options, context);
  const askAbout = (kind: SubjectKind, text: string, narrowing: Partial<Narrowing>): LookupReading =>
    subjectsOr(readSubjects(kind, text, context), (subjects) => ask(subjects, narrowing));
  const needs = (what: string): LookupReading => wrong(`Say ${what}: /audit lookup ${stockQuestions[stock].usage}`);
  switch (stock) {
    case 'deletes':
    case 'bad':
    case 'logins':
      if (value !== '')
        return wrong(`"lookup ${stock}" takes nothing before its options; "${short(value)}" is not understood.`);
      if (stock === 'deletes') return ask([], { writes: true, only: ['deletes'] });
      if (stock === 'bad') return ask([], { severity: 'high' });
      return ask(
        [{ kind: 'event', value: 'ConsoleLogin', arn: null }],
        options.has('no-mfa') ? { only: ['no-mfa'] } : {},
      );
    case 'changes':
      return value === '' ? needs('which resource') : askAbout('resource', value, { writes: true });
    case 'secret':
      return value === '' ? needs('which secret') : askAbout('resource', value, { only: ['secrets'] });
    case 'takers':
      return value === '' ? needs('which role') : askAbout('resource', value, { only: ['pivots'] });
    case 'pivots': {
      if (value === '') return needs('whose');
      const kind = kindOf(value);
      return askAbout(kind === 'key' || kind === 'role' ? kind : 'user', value, { only: ['pivots'] });
    }
    case 'from': {
      if (value === '') return needs('from which key, session or user');
      const kind = kindOf(value) ?? 'user';
      if (kind !== 'key' && kind !== 'user')
        return wrong(
          `"lookup from" takes an access key, a role session (role/session or its ARN) or a user, no ${kind}.`,
        );
      const subject = readSubject(kind, value, context);
      return 'wrong' in subject ? subject : asked([subject], nothingElse, usualMs, options, context, true);
    }
    case 'denied': {
      const [word = '', ...name] = rest;
      const narrowing: Partial<Narrowing> = { errors: true, only: ['denied'] };
      if (word === '') return ask([], narrowing);
      const kind = subjectKinds.find((known) => known === word.toLowerCase());
      if (kind !== undefined && name.length === 0) return wrong(`Say which ${kind}: /audit lookup denied ${kind} NAME`);
      return askAbout(kind ?? kindOf(value) ?? 'user', kind === undefined ? value : name.join(' '), narrowing);
    }
    case 'before':
    case 'around': {
      if (value === '') return needs('which time');
      if (options.has('until') || (stock === 'around' && options.has('since')))
        return wrong(`"lookup ${stock}" already says when: leave out --since and --until.`, 'since');
      const at = readMoment(value, context)?.at;
      if (at === undefined)
        return wrong(
          `I do not understand the time "${short(value)}": write it like 14:30, yesterday 14:30 or 2026-11-23T14:30:00Z.`,
        );
      if (at > context.now)
        return wrong(`"${short(value)}" is in the future (${said(at, context)}): nothing can have happened yet.`);
      const to = stock === 'before' ? at : new Date(Math.min(at.getTime() + usualMs / 2, context.now.getTime()));
      return asked(
        [],
        { ...nothingElse, writes: stock === 'before' },
        stock === 'before' ? usualMs : to.getTime() - at.getTime() + usualMs / 2,
        new Map([...options, ['until', to.toISOString()]]),
        context,
      );
    }
  }
}

const about = (
  kind: SubjectKind,
  value: string,
  options: ReadonlyMap<string, string>,
  context: LookupContext,
): LookupReading =>
  subjectsOr(readSubjects(kind, value, context), (subjects) =>
    asked(subjects, nothingElse, usualSpanOf(kind), options, context),
  );

const usualSpanOf = (kind: SubjectKind): number =>
  kind === 'key' ? weekMs : kind === 'id' ? historyDays * dayMs : dayMs;

type Read<Value> = Value | { wrong: Wrong };

const subjectsOr = (
  read: Read<readonly LookupSubject[]>,
  next: (subjects: readonly LookupSubject[]) => LookupReading,
): LookupReading => ('wrong' in read ? read : next(read));

/** What finds the fewest events: CloudTrail is asked for that, the rest is looked for here. */
const fewestFirst: readonly SubjectKind[] = ['id', 'key', 'user', 'resource', 'event', 'service', 'role', 'ip'];

/** Of several subjects the one that CloudTrail is asked for, and the others. */
function inOrder(subjects: readonly LookupSubject[]): Pick<Question, 'subject' | 'also'> {
  const rank = ({ kind, value }: LookupSubject): number =>
    // Some users CloudTrail cannot be asked for.
    kind === 'user' && !isFindable(value) ? fewestFirst.length : fewestFirst.indexOf(kind);
  const unique = [...new Map(subjects.map((each) => [`${each.kind} ${each.arn ?? each.value}`, each])).values()];
  const [subject = null, ...also] = unique.toSorted((a, b) => rank(a) - rank(b));
  return { subject, also };
}

const isFindable = (user: string): boolean => ['name', 'session'].includes(namingOf(user));

function asked(
  subjects: readonly LookupSubject[],
  narrowing: Narrowing,
  usualMs: number,
  options: ReadonlyMap<string, string>,
  context: LookupContext,
  forward = false,
): LookupReading {
  if (options.has('no-mfa') && !narrowing.only.includes('no-mfa'))
    return wrong('--no-mfa belongs to sign-ins: /audit lookup logins --no-mfa');
  const also: LookupSubject[] = [];
  for (const [name, kind] of Object.entries(alsoOptions)) {
    const value = options.get(name);
    const read = value === undefined ? [] : readSubjects(kind, value, context);
    if ('wrong' in read) return read;
    also.push(...read);
  }
  const narrowed = readNarrowing(narrowing, options, context);
  if ('wrong' in narrowed) return narrowed;
  const read = readSpan(options.get('since'), options.get('until'), usualMs, context);
  if ('wrong' in read) return read;
  const { span, notes } = read;
  const oldest = new Date(context.now.getTime() - historyDays * dayMs);
  // A minute's grace: `--since 90d` is read a moment before it is asked.
  if (!context.history && span.from.getTime() < oldest.getTime() - 60_000)
    return wrong(
      `CloudTrail keeps ${historyDays} days, so nothing before ${said(oldest, context)} can be searched: ask from --since ${historyDays}d, or name a log group, table or event data store under "history" in the configuration.`,
      'since',
    );
  if (options.has('new') && forward)
    return wrong('"lookup from" tells all that came of a credential: leave out --new.');
  if (options.has('new') && span.from.getTime() < oldest.getTime() + dayMs)
    return wrong(
      `--new compares with the days before, of which CloudTrail keeps ${historyDays}: ask from a later --since.`,
      'since',
    );
  const regions = list(options.get('region')).map((region) => region.toLowerCase());
  const badRegion = regions.find((region) => !/^[a-z]{2}(?:-[a-z]+)+-\d$|^[a-z0-9-]*[*?][a-z0-9*?-]*$/.test(region));
  if (badRegion !== undefined)
    return wrong(
      `"${short(badRegion)}" is not a region: write it like --region eu-west-1${/^[a-z]{2}(?:-[a-z]+)*$/.test(badRegion) ? `, or --region ${badRegion}-* for several` : ''}`,
      'region',
    );
  return {
    question: {
      ...(forward ? { subject: subjects[0] ?? null, also } : inOrder([...subjects, ...also])),
      forward,
      span: span.from < oldest && !context.history ? { ...span, from: oldest } : span,
      narrowing: narrowed,
      accounts: list(options.get('account')),
      regions,
      firstSeen: options.has('new'),
      all: options.has('all'),
      notes,
    },
  };
}

/** What the options ask for beside what a stock question does. */
function readNarrowing(
  stock: Narrowing,
  options: ReadonlyMap<string, string>,
  { networks }: Pick<LookupContext, 'networks'>,
): Read<Narrowing> {
  const only: CallKind[] = [];
  const flags = new Set([...options.keys()].filter((name) => lookupFlags.has(name)));
  for (const word of list(options.get('only')?.toLowerCase())) {
    if (word === 'errors' || word === 'writes' || word === 'reads') {
      flags.add(word);
      continue;
    }
    const kind = callKinds.find((known) => known === word);
    if (kind === undefined)
      return wrong(`--only takes ${callKinds.join(', ')}, not "${short(word)}"${didYouMean(word, callKinds) || '.'}`);
    only.push(kind);
  }
  // Failures stay failures; of the others two kinds at once would be neither.
  if (only.length > 0 && stock.only.length > 0 && !stock.only.includes('denied'))
    return wrong(`This question is about ${stock.only.join(', ')} already: leave out --only.`);
  const graded = options.get('severity')?.toLowerCase().replace(/\+$/, '');
  const severity = severities.find((known) => known === graded) ?? null;
  if (graded !== undefined && severity === null)
    return wrong(
      `--severity takes one of ${severities.join(', ')} and means that or worse, not "${short(graded)}"${didYouMean(graded, severities) || '.'}`,
    );
  const notFrom = list(options.get('not-from')).flatMap((named) => networks.get(named.toLowerCase()) ?? [named]);
  const badNetwork = notFrom.find((network) => networkList([network]) === undefined);
  if (badNetwork !== undefined)
    return wrong(
      `"${short(badNetwork)}" is neither an address nor a network${named(badNetwork, networks)}: write --not-from 203.0.113.0/24`,
    );
  const narrowing = {
    only: only.length === 0 ? stock.only : only,
    errors: stock.errors || flags.has('errors'),
    writes: stock.writes || flags.has('writes'),
    reads: flags.has('reads'),
    severity: severity ?? stock.severity,
    agent: options.get('user-agent')?.trim() ?? null,
    notFrom,
  };
  return narrowing.reads && narrowing.writes
    ? wrong('--reads and changes leave nothing: a call either reads or changes. Leave out one of them.')
    : narrowing;
}

const list = (text: string | undefined): string[] => (text ?? '').split(/[,\s]+/).filter((each) => each !== '');

export const keyShape = /^(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,28}$/i;
export const eventIdShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** How AWS names the source of a service's events, where it is not the name that people use. */
const eventSources: Readonly<Record<string, string>> = {
  alb: 'elasticloadbalancing',
  aurora: 'rds',
  bedrockagentcore: 'bedrock-agentcore',
  cloudwatch: 'monitoring',
  cloudwatchlogs: 'logs',
  cognito: 'cognito-idp',
  console: 'signin',
  costexplorer: 'ce',
  directoryservice: 'ds',
  documentdb: 'rds',
  ebs: 'ec2',
  efs: 'elasticfilesystem',
  elb: 'elasticloadbalancing',
  emr: 'elasticmapreduce',
  eventbridge: 'events',
  identitycenter: 'sso',
  login: 'signin',
  macie: 'macie2',
  msk: 'kafka',
  nlb: 'elasticloadbalancing',
  opensearch: 'es',
  parameterstore: 'ssm',
  parameters: 'ssm',
  pinpoint: 'mobiletargeting',
  secrets: 'secretsmanager',
  sessionmanager: 'ssm',
  stepfunctions: 'states',
  systemsmanager: 'ssm',
  vpc: 'ec2',
};

/** Several subjects of one kind, with commas between; what holds no spaces may have spaces between. */
function readSubjects(kind: SubjectKind, typed: string, context: LookupContext): Read<readonly LookupSubject[]> {
  const spaced = typed.toLowerCase().split(/[,\s]+/);
  const parts =
    kind === 'resource' || (kind === 'event' && callNamed(typed) !== undefined)
      ? [typed]
      : // "step functions" is one service, "iam sts" are two.
        kind === 'service' && spaced.every((word) => isKnownSource(word))
        ? spaced
        : typed
            .split(['event', 'ip', 'key', 'id'].includes(kind) ? /[,\s]+/ : /,/)
            .filter((part) => part.trim() !== '');
  const named =
    kind === 'ip' ? parts.flatMap((part) => context.networks.get(part.trim().toLowerCase()) ?? [part]) : parts;
  const subjects: LookupSubject[] = [];
  for (const part of named.length === 0 ? [typed] : named) {
    // As policies write a call: `iam:CreateUser`.
    const [, source, call] = (kind === 'event' && /^([a-z][a-z0-9-]*)[:.]([a-z]\w+)$/i.exec(part.trim())) || [];
    const subject = readSubject(kind, call ?? part, context);
    if ('wrong' in subject) return subject;
    subjects.push(subject);
    const of = source === undefined ? undefined : readSubject('service', source, context);
    if (of !== undefined && 'kind' in of) subjects.push(of);
  }
  return subjects;
}

/** A bucket by its name, one of its objects by its ARN, as the S3 tools write them. */
function resourceIn(value: string, partition: string | null): string {
  if (!value.startsWith('s3://')) return value;
  const { bucket, key } = pastedBucket(value);
  return key === '' ? bucket : `arn:${partition ?? 'aws'}:s3:::${bucket}/${key}`;
}

/** A subject as CloudTrail names it, or one sentence that says why it can be none. */
function readSubject(kind: SubjectKind, typed: string, { partition, networks }: LookupContext): Read<LookupSubject> {
  const plain = typed.trim();
  const value = kind === 'ip' ? pastedAddress(plain) : kind === 'resource' ? resourceIn(plain, partition) : plain;
  const arn = parseArn(value);
  if (value.startsWith('arn:')) {
    if (arn === undefined)
      return wrong(
        `"${short(value)}" is not a whole ARN: one has six parts, like arn:aws:iam::111122223333:user/alice.`,
      );
    const named = /^arn:([^:]*):/.exec(value)?.[1] ?? '';
    if (partition !== null && named !== partition)
      return wrong(`This ARN is of the partition ${short(named)}; Trailwatch reads ${partition} only.`);
  }
  if (/[*?]/.test(value) && cutShort(value) === '') return wrong(wildcard(kind));
  switch (kind) {
    case 'user':
      return user(value, arn);
    case 'role':
      return role(value, arn);
    case 'key':
      return keyShape.test(value)
        ? { kind, value: value.toUpperCase(), arn: null }
        : wrong(`"${short(value)}" is not an access key id: one begins with AKIA or ASIA and has 20 characters.`);
    case 'ip':
      return networkList([value]) === undefined
        ? wrong(
            `"${short(value)}" is neither an IP address nor a network${named(value, networks)}${cutShort(value)}: write it like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.`,
          )
        : { kind, value: canonicalAddress(value), arn: null };
    case 'id':
      return eventIdShape.test(value)
        ? { kind, value: value.toLowerCase(), arn: null }
        : wrong(`"${short(value)}" is not an event id: one looks like 7c6e2b4c-30e6-4f43-9f55-f1d20f0e3a8b.`);
    case 'event':
      return event(value);
    case 'service':
      return service(value);
    case 'resource':
      return { kind, value, arn: arn === undefined ? null : value };
  }
}

/** The network that an address without its last numbers means: `203.0.113`, `10.2.*`. */
function cutShort(value: string): string {
  const numbers = value.replace(/(?:\.[*x]?)+$/, '').split('.');
  return numbers.length < 4 && numbers.every((number) => /^\d{1,3}$/.test(number) && Number(number) < 256)
    ? ` (did you mean ${[...numbers, '0', '0', '0'].slice(0, 4).join('.')}/${numbers.length * 8}?)`
    : '';
}

/** The networks of the configuration by their names, where what was typed may have meant one. */
const named = (typed: string, networks: LookupContext['networks']): string =>
  networks.size === 0 || /[.:]/.test(typed) ? '' : ` nor one of ${listed([...networks.keys()], 10)}`;

/** An address or network as RFC 5952 writes it: CloudTrail's records have one spelling, people have many. */
function canonicalAddress(value: string): string {
  const [typed = '', bits] = value.split('/');
  // An IPv4 address in IPv6's clothes.
  const address = bits === undefined ? typed.replace(/^::ffff:(?=\d{1,3}\.)/i, '') : typed;
  const canonical = isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  return bits === undefined ? canonical : `${canonical}/${bits}`;
}

function user(value: string, arn: ReturnType<typeof parseArn>): Read<LookupSubject> {
  if (arn !== undefined) {
    const [, name] = /^(?:user\/(?:.*\/)?|assumed-role\/[^/]+\/|federated-user\/)([^/]+)$/.exec(arn.resource) ?? [];
    if (arn.resource === 'root') return { kind: 'user', value: 'root', arn: value };
    if (name === undefined)
      return wrong(
        `This ARN names no user; try: /audit lookup ${arn.resource.startsWith('role/') ? 'role' : 'resource'} ARN`,
      );
    return { kind: 'user', value: name, arn: value };
  }
  if (/^<?@/.test(value))
    return wrong(
      'Slack names are not AWS names: write the IAM user, or the address with which the person signs in to AWS.',
    );
  const naming = namingOf(value);
  if (naming === 'session' && !/^[\w+=,.@-]{1,64}\/[\w+=,.@-]{2,64}$/.test(value))
    return wrong(`"${short(value)}" is no role session: write it like role/session.`);
  const more = wordTooMany('user', value);
  if (more !== undefined) return more;
  if (naming === 'name' && !/^[\w+=,.@-]{1,128}$/.test(value))
    return wrong(
      `"${short(value)}" cannot be the name of a user in AWS: letters, digits and +=,.@_- are allowed there.`,
    );
  return { kind: 'user', value, arn: null };
}

function role(value: string, arn: ReturnType<typeof parseArn>): Read<LookupSubject> {
  if (arn !== undefined) {
    const [, name] = /^(?:role\/(?:.*\/)?([^/]+)|assumed-role\/([^/]+)\/.+)$/.exec(arn.resource)?.filter(Boolean) ?? [];
    if (name === undefined) return wrong('This ARN names no role.');
    return { kind: 'role', value: name, arn: arn.service === 'iam' ? value : null };
  }
  // One session of it.
  if (/^[^/\s]+\/[^/\s]+$/.test(value)) return user(value, undefined);
  const more = wordTooMany('role', value);
  if (more !== undefined) return more;
  if (!/^[\w+=,.@-]{1,64}$/.test(value))
    return wrong(
      `"${short(value)}" cannot be the name of a role in AWS: letters, digits and +=,.@_- are allowed there, 64 at most.`,
    );
  return { kind: 'role', value, arn: null };
}

/** CloudTrail minds the case of event names; people do not. */
function event(value: string): Read<LookupSubject> {
  const call = callNamed(value);
  if (call === undefined && !/^[A-Za-z][A-Za-z0-9_]{1,127}$/.test(value))
    return wrong(`"${short(value)}" is not an event name: write it like ConsoleLogin or StopLogging.`);
  return { kind: 'event', value: call ?? value.charAt(0).toUpperCase() + value.slice(1), arn: null };
}

function service(value: string): Read<LookupSubject> {
  const name = value
    .toLowerCase()
    .trim()
    .replace(/^(?:aws|amazon)\s+/, '')
    .replace(/\.amazonaws\.com(?:\.cn)?$/, '')
    .replace(/\s+/g, '-');
  if (!/^[a-z0-9.-]{1,60}$/.test(name))
    return wrong(`"${short(value)}" is not an AWS service: write it like iam or s3.`);
  const joined = name.replaceAll('-', '');
  const source = eventSources[joined] ?? (isKnownSource(name) || !isKnownSource(joined) ? name : joined);
  return { kind: 'service', value: `${source}.amazonaws.com`, arn: null };
}

const wildcard = (kind: SubjectKind): string =>
  kind === 'event'
    ? 'CloudTrail finds events by their whole name, not by a pattern: write it like DeleteTrail, or ask for /audit lookup deletes.'
    : `CloudTrail finds a ${kind === 'ip' ? 'address' : kind} by its whole name, not by a pattern: leave out * and ?.`;

/** Of a name that has no spaces, what stands behind the first. */
function wordTooMany(kind: SubjectKind, value: string): { wrong: Wrong } | undefined {
  const [, first, more] = /^([\w+=,.@/-]+)\s+(.+)$/.exec(value) ?? [];
  return first === undefined
    ? undefined
    : wrong(
        `"${short(more ?? '')}" behind the ${kind} ${short(first)} is not understood: times, accounts and the like are options, as in --since 24h --account prod-web.`,
      );
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text);
