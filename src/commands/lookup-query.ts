import { BlockList, isIP } from 'node:net';
import { parseArn } from '../alerts/arn.ts';
import { nearest } from '../alerts/nearest.ts';
import { describedCalls } from '../alerts/sources/cloudtrail/techniques.ts';
import { type Clock, momentWords, readMoment, readSpan, type Span, said } from './moments.ts';
import type { Typed } from './words.ts';

export const subjectKinds = ['user', 'role', 'key', 'ip', 'resource', 'event', 'service', 'id'] as const;

export type SubjectKind = (typeof subjectKinds)[number];

/** What is looked for, as CloudTrail names it. */
export interface Subject {
  kind: SubjectKind;
  value: string;
  /** The ARN that it was named by, where it was: of all who bear the name only this one is meant. */
  arn: string | null;
}

export const callKinds = ['deletes', 'denied', 'pivots', 'no-mfa', 'secrets'] as const;

export type CallKind = (typeof callKinds)[number];

/** What the events must be beside being about the subject; each is looked for here, not by CloudTrail. */
export interface Narrowing {
  /** Calls that failed or were refused. */
  errors: boolean;
  /** Calls that change something. */
  writes: boolean;
  /** A kind of call that a stock question asks for. */
  only: CallKind | null;
  /** Addresses and networks (CIDR) from which events are expected: only others count. */
  notFrom: readonly string[];
}

/** A question to CloudTrail, read and checked. */
export interface Question {
  /** Null: everything in the span. */
  subject: Subject | null;
  span: Span;
  narrowing: Narrowing;
  /** Ids, names or patterns (`prod-*`) as they were typed; empty: all. */
  accounts: readonly string[];
  regions: readonly string[];
  /** Search to the end, however many events there are. */
  all: boolean;
}

/** What the form asks for: as it would be typed. */
export type Draft = Partial<Record<'kind' | 'value' | 'since' | 'until' | 'account' | 'region', string>>;

/** A question; or one sentence that says what is wrong with it; or what is known of it, for the form that asks for the rest. */
export type Reading = { question: Question } | { wrong: string } | { draft: Draft };

/** Against what a question is read. */
export interface Reader extends Clock {
  /** `aws`, `aws-cn`, `aws-us-gov`: the one in which the bot lives. */
  partition: string;
  /** Whether there is a source that reaches further back than CloudTrail's own 90 days. */
  history: boolean;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
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
  secret: { usage: 'secret NAME', sentence: 'who touched a secret, parameter or key', usualMs: 7 * dayMs },
  denied: { usage: 'denied [role|user|key NAME]', sentence: 'what was not allowed', usualMs: dayMs },
} as const;

type Stock = keyof typeof stockQuestions;
const isStock = (word: string): word is Stock => Object.hasOwn(stockQuestions, word);
const isSubjectKind = (word: string): word is SubjectKind => subjectKinds.some((kind) => kind === word);

/** Options that take no value. */
export const lookupFlags: ReadonlySet<string> = new Set(['errors', 'writes', 'all', 'no-mfa']);
const lookupOptions = [...lookupFlags, 'since', 'until', 'account', 'region', 'only', 'not-from'];

/** Times may be several words. */
export const lookupValueWords = (option: string, words: readonly string[]): number =>
  option === 'since' || option === 'until' ? momentWords(words) : 1;

const nothingElse: Narrowing = { errors: false, writes: false, only: null, notFrom: [] };
const longest = 1000;

/** Reads what stands after `/audit lookup`. Whatever is typed gets an answer; nothing is guessed that could mislead. */
export function readLookup({ words, options }: Typed, reader: Reader): Reading {
  for (const name of options.keys())
    if (!lookupOptions.includes(name)) {
      const close = nearest(name, lookupOptions);
      return { wrong: `There is no option --${short(name)}.${close === undefined ? '' : ` Did you mean --${close}?`}` };
    }
  const tooLong = [...words, ...options.values()].find((word) => word.length > longest);
  if (tooLong !== undefined)
    return {
      wrong: `"${short(tooLong)}" is too long (${tooLong.length.toLocaleString('en')} characters): no name in AWS is longer than ${longest.toLocaleString('en')}.`,
    };
  for (const [name, value] of options)
    if (value.trim() === '' && !lookupFlags.has(name)) return { wrong: `--${name} needs a value after it.` };

  const [first = '', ...rest] = words;
  const word = first.toLowerCase();
  if (word === 'everything' && rest.length === 0) return asked(null, nothingElse, hourMs, options, reader);
  if (isStock(word)) return readStock(word, rest, options, reader);
  if (isSubjectKind(word)) {
    const value = rest.join(' ');
    if (value === '') return { draft: { kind: word, ...drafted(options) } };
    return about(word, value, options, reader);
  }
  if (first === '') return { draft: drafted(options) };
  const guessed = kindOf(words.join(' '));
  if (guessed !== undefined) return about(guessed, words.join(' '), options, reader);
  const close = nearest(word, [...subjectKinds, 'everything', ...Object.keys(stockQuestions)]);
  const hint =
    close === undefined
      ? `Look up one of ${subjectKinds.join(', ')}, or ask ${Object.keys(stockQuestions).join(', ')}`
      : `Did you mean "lookup ${close}"? You can look up ${subjectKinds.join(', ')}`;
  return {
    wrong: `"${short(first)}" is nothing that I can look up. ${hint}; for example: /audit lookup user alice --since 24h`,
  };
}

const drafted = (options: ReadonlyMap<string, string>): Draft =>
  Object.fromEntries(
    (['since', 'until', 'account', 'region'] as const).flatMap((name) => {
      const value = options.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** What an unmistakable word is: a key, an address, an event id, an ARN, an e-mail address. */
function kindOf(value: string): SubjectKind | undefined {
  if (keyShape.test(value)) return 'key';
  if (isIP(value) !== 0) return 'ip';
  if (eventIdShape.test(value)) return 'id';
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return 'user';
  const arn = parseArn(value);
  if (arn === undefined) return undefined;
  if (arn.service === 'iam' && arn.resource.startsWith('role/')) return 'role';
  return (arn.service === 'iam' && /^(?:user\/|root$)/.test(arn.resource)) || arn.service === 'sts'
    ? 'user'
    : 'resource';
}

function readStock(stock: Stock, rest: string[], options: ReadonlyMap<string, string>, reader: Reader): Reading {
  const { usualMs } = stockQuestions[stock];
  const value = rest.join(' ');
  const ask = (subject: Subject | null, narrowing: Partial<Narrowing>): Reading =>
    asked(subject, { ...nothingElse, ...narrowing }, usualMs, options, reader);
  const needs = (what: string): Reading => ({ wrong: `Say ${what}: /audit lookup ${stockQuestions[stock].usage}` });
  switch (stock) {
    case 'deletes':
    case 'logins':
      if (value !== '')
        return { wrong: `"lookup ${stock}" takes nothing before its options; "${short(value)}" is not understood.` };
      if (stock === 'deletes') return ask(null, { writes: true, only: 'deletes' });
      return ask({ kind: 'event', value: 'ConsoleLogin', arn: null }, options.has('no-mfa') ? { only: 'no-mfa' } : {});
    case 'changes':
      if (value === '') return needs('which resource');
      return subjectOr(readSubject('resource', value, reader), (subject) => ask(subject, { writes: true }));
    case 'secret':
      if (value === '') return needs('which secret');
      return subjectOr(readSubject('resource', value, reader), (subject) => ask(subject, { only: 'secrets' }));
    case 'pivots':
      if (value === '') return needs('whose');
      return subjectOr(
        readSubject(kindOf(value) === 'key' ? 'key' : kindOf(value) === 'role' ? 'role' : 'user', value, reader),
        (subject) => ask(subject, { only: 'pivots' }),
      );
    case 'denied': {
      const [kind = '', ...name] = rest;
      if (kind === '') return ask(null, { errors: true, only: 'denied' });
      const named = isSubjectKind(kind.toLowerCase()) && name.length > 0;
      const subjectKind = named ? subjectKinds.find((known) => known === kind.toLowerCase()) : kindOf(value);
      return subjectOr(readSubject(subjectKind ?? 'user', named ? name.join(' ') : value, reader), (subject) =>
        ask(subject, { errors: true, only: 'denied' }),
      );
    }
    case 'before':
    case 'around': {
      if (value === '') return needs('which time');
      if (options.has('until') || (stock === 'around' && options.has('since')))
        return { wrong: `"lookup ${stock}" already says when: leave out --since and --until.` };
      const at = readMoment(value, reader)?.at;
      if (at === undefined)
        return {
          wrong: `"${short(value)}" is no time that I understand: write it like 14:30, yesterday 14:30 or 2026-11-23T14:30:00Z.`,
        };
      if (at > reader.now)
        return { wrong: `"${short(value)}" is in the future (${said(at, reader)}): nothing can have happened yet.` };
      const to = stock === 'before' ? at : new Date(Math.min(at.getTime() + usualMs / 2, reader.now.getTime()));
      return asked(
        null,
        { ...nothingElse, writes: stock === 'before' },
        stock === 'before' ? usualMs : to.getTime() - at.getTime() + usualMs / 2,
        new Map([...options, ['until', to.toISOString()]]),
        reader,
      );
    }
  }
}

const about = (kind: SubjectKind, value: string, options: ReadonlyMap<string, string>, reader: Reader): Reading =>
  subjectOr(readSubject(kind, value, reader), (subject) =>
    asked(subject, nothingElse, usualSpanMs[kind] ?? dayMs, options, reader),
  );

const usualSpanMs: Partial<Record<SubjectKind, number>> = { key: 7 * dayMs, id: historyDays * dayMs };

const subjectOr = (read: Subject | { wrong: string }, next: (subject: Subject) => Reading): Reading =>
  'wrong' in read ? read : next(read);

function asked(
  subject: Subject | null,
  narrowing: Narrowing,
  usualMs: number,
  options: ReadonlyMap<string, string>,
  reader: Reader,
): Reading {
  if (options.has('no-mfa') && narrowing.only !== 'no-mfa')
    return { wrong: '--no-mfa belongs to sign-ins: /audit lookup logins --no-mfa' };
  const onlyText = options.get('only')?.toLowerCase();
  const only = callKinds.find((kind) => kind === onlyText);
  if (onlyText !== undefined && only === undefined)
    return { wrong: `--only takes one of ${callKinds.join(', ')}, not "${short(onlyText)}".` };
  const span = readSpan(options.get('since'), options.get('until'), usualMs, reader);
  if ('wrong' in span) return span;
  const oldest = new Date(reader.now.getTime() - historyDays * dayMs);
  // A minute's grace: `--since 90d` is read a moment before it is asked.
  if (!reader.history && span.from.getTime() < oldest.getTime() - 60_000)
    return {
      wrong: `CloudTrail keeps ${historyDays} days, so nothing before ${said(oldest, reader)} can be searched: ask from --since ${historyDays}d, or name a log group, table or event data store under "history" in the configuration.`,
    };
  const notFrom = list(options.get('not-from'));
  const badNetwork = notFrom.find((network) => networkList([network]) === undefined);
  if (badNetwork !== undefined)
    return { wrong: `"${short(badNetwork)}" is neither an address nor a network: write --not-from 203.0.113.0/24` };
  const regions = list(options.get('region')).map((region) => region.toLowerCase());
  const badRegion = regions.find((region) => !/^[a-z]{2}(?:-[a-z]+)+-\d$|^[a-z0-9-]*[*?][a-z0-9*?-]*$/.test(region));
  if (badRegion !== undefined) return { wrong: `"${short(badRegion)}" is no region: write it like --region eu-west-1` };
  return {
    question: {
      subject,
      span: span.from < oldest && !reader.history ? { ...span, from: oldest } : span,
      narrowing: {
        ...narrowing,
        only: only ?? narrowing.only,
        errors: narrowing.errors || options.has('errors'),
        writes: narrowing.writes || options.has('writes'),
        notFrom,
      },
      accounts: list(options.get('account')),
      regions,
      all: options.has('all'),
    },
  };
}

const list = (text: string | undefined): string[] => (text ?? '').split(/[,\s]+/).filter((each) => each !== '');

/** The networks as Node checks addresses against them; undefined when one is none. */
export function networkList(networks: readonly string[]): BlockList | undefined {
  const known = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address);
    if (
      family === 0 ||
      (bits !== undefined && !/^\d{1,3}$/.test(bits)) ||
      Number(bits ?? 0) > (family === 4 ? 32 : 128)
    )
      return undefined;
    known.addSubnet(address, Number(bits ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6');
  }
  return known;
}

export const keyShape = /^(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,28}$/i;
export const eventIdShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** How AWS names the source of a service's events, where it is not the name that people use. */
const eventSources: Record<string, string> = {
  cloudwatch: 'monitoring',
  console: 'signin',
  efs: 'elasticfilesystem',
  elb: 'elasticloadbalancing',
  eventbridge: 'events',
  'identity-center': 'sso',
  login: 'signin',
  opensearch: 'es',
  secrets: 'secretsmanager',
  'step-functions': 'states',
  stepfunctions: 'states',
};

/** A subject as CloudTrail names it, or one sentence that says why it can be none. */
function readSubject(kind: SubjectKind, typed: string, { partition }: Reader): Subject | { wrong: string } {
  const value = typed.trim();
  const arn = parseArn(value);
  if (value.startsWith('arn:')) {
    if (arn === undefined)
      return {
        wrong: `"${short(value)}" is no whole ARN: one has six parts, like arn:aws:iam::111122223333:user/alice.`,
      };
    const named = /^arn:([^:]*):/.exec(value)?.[1] ?? '';
    if (named !== partition)
      return { wrong: `This ARN is of the partition ${short(named)}; Trailwatch reads ${partition} only.` };
  }
  if (/[*?]/.test(value)) return { wrong: wildcard(kind) };
  switch (kind) {
    case 'user':
      return user(value, arn);
    case 'role':
      return role(value, arn);
    case 'key':
      return keyShape.test(value)
        ? { kind, value: value.toUpperCase(), arn: null }
        : { wrong: `"${short(value)}" is no access key id: one begins with AKIA or ASIA and has 20 characters.` };
    case 'ip':
      if (isIP(value) !== 0) return { kind, value: value.toLowerCase(), arn: null };
      return {
        wrong: value.includes('/')
          ? 'Look up one address at a time: CloudTrail records addresses, not networks.'
          : `"${short(value)}" is no IP address: write it like 203.0.113.7.`,
      };
    case 'id':
      return eventIdShape.test(value)
        ? { kind, value: value.toLowerCase(), arn: null }
        : { wrong: `"${short(value)}" is no event id: one looks like 7c6e2b4c-30e6-4f43-9f55-f1d20f0e3a8b.` };
    case 'event':
      return event(value);
    case 'service':
      return service(value);
    case 'resource':
      return { kind, value, arn: arn === undefined ? null : value };
  }
}

function user(value: string, arn: ReturnType<typeof parseArn>): Subject | { wrong: string } {
  if (arn !== undefined) {
    const [, name] = /^(?:user\/(?:.*\/)?|assumed-role\/[^/]+\/|federated-user\/)([^/]+)$/.exec(arn.resource) ?? [];
    if (arn.resource === 'root') return { kind: 'user', value: 'root', arn: value };
    if (name === undefined)
      return {
        wrong: `This ARN names no user; try: /audit lookup ${arn.resource.startsWith('role/') ? 'role' : 'resource'} ARN`,
      };
    return { kind: 'user', value: name, arn: value };
  }
  if (/^<?@/.test(value))
    return {
      wrong: 'Slack names are not AWS names: write the IAM user, or the address with which the person signs in to AWS.',
    };
  if (!/^[\w+=,.@-]{1,128}$/.test(value))
    return {
      wrong: `"${short(value)}" cannot be the name of a user in AWS: letters, digits and +=,.@_- are allowed there.`,
    };
  return { kind: 'user', value, arn: null };
}

function role(value: string, arn: ReturnType<typeof parseArn>): Subject | { wrong: string } {
  if (arn !== undefined) {
    const [, name] = /^(?:role\/(?:.*\/)?([^/]+)|assumed-role\/([^/]+)\/.+)$/.exec(arn.resource)?.filter(Boolean) ?? [];
    if (name === undefined) return { wrong: 'This ARN names no role.' };
    return { kind: 'role', value: name, arn: arn.service === 'iam' ? value : null };
  }
  if (!/^[\w+=,.@-]{1,64}$/.test(value))
    return {
      wrong: `"${short(value)}" cannot be the name of a role in AWS: letters, digits and +=,.@_- are allowed there, 64 at most.`,
    };
  return { kind: 'role', value, arn: null };
}

/** CloudTrail minds the case of event names; people do not. */
function event(value: string): Subject | { wrong: string } {
  if (!/^[A-Za-z][A-Za-z0-9_]{1,127}$/.test(value))
    return { wrong: `"${short(value)}" is no event name: write it like ConsoleLogin or StopLogging.` };
  const known = describedCalls.find((name) => name.toLowerCase() === value.toLowerCase());
  return { kind: 'event', value: known ?? value.charAt(0).toUpperCase() + value.slice(1), arn: null };
}

function service(value: string): Subject | { wrong: string } {
  const name = value
    .toLowerCase()
    .replace(/\.amazonaws\.com(?:\.cn)?$/, '')
    .replace(/\s+/g, '-');
  if (!/^[a-z0-9.-]{1,60}$/.test(name))
    return { wrong: `"${short(value)}" is no AWS service: write it like iam or s3.` };
  return { kind: 'service', value: `${eventSources[name] ?? name}.amazonaws.com`, arn: null };
}

const wildcard = (kind: SubjectKind): string =>
  kind === 'event'
    ? 'CloudTrail finds events by their whole name, not by a pattern: write it like DeleteTrail, or ask for /audit lookup deletes.'
    : `CloudTrail finds a ${kind === 'ip' ? 'address' : kind} by its whole name, not by a pattern: leave out * and ?.`;

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text);
