import { isIP } from 'node:net';
import { type Asker, AwsTrouble } from '../aws/aws.ts';
import type { Chain } from '../aws/chain.ts';
import {
  type ChainScope,
  type ChainStart,
  type FollowedChain,
  followAll,
  followBack,
  wholeHistory,
} from '../aws/chain-search.ts';
import { lookupEvents } from '../aws/cloudtrail.ts';
import { type Coverage, coverageSentence, gapsSentence, withMissing } from '../aws/coverage.ts';
import { historySource } from '../aws/history/source.ts';
import { isMachineId, parseArn, shortName } from '../aws-names/arn.ts';
import { callNamed } from '../cloudtrail/calls.ts';
import type { Parts } from '../parts.ts';
import { behind, type SessionGroup } from '../slack/views/who.ts';
import { type Json, textAt } from '../words/json.ts';
import { didYouMean } from '../words/nearest.ts';
import { clip } from '../words/text.ts';
import type { Grammar, Typed } from '../words/typed.ts';
import { strangePlaces } from './lookup.ts';
import { eventIdShape, historyDays, keyShape, timeWords } from './lookup-query.ts';
import { readSpan } from './moments.ts';
import { type Wrong, wrong } from './wrong.ts';

export const whoUsage = 'who KEY|ROLE/SESSION|ARN|EVENT-ID [--since 7d] [--until TIME] [--account NAME]';

const whoOptions = ['since', 'until', 'account'];

export const whoGrammar: Grammar = { valueWords: timeWords };

/** What was typed after who: a key, an event id, or role sessions by their ARN or as role/session; many may bear one name. */
type WhoSubject = Exclude<ChainStart, { kind: 'record' }> | { kind: 'session name'; value: string };

/** What is asked after, and when and where its events are looked for. */
export interface WhoQuestion {
  subject: WhoSubject;
  scope: ChainScope;
}

/** Reads what stands after `/audit who`; times are in the asker's zone. */
export function readWho(
  { words, options }: Typed,
  { now, zone }: { now: Date; zone: string },
): WhoQuestion | { wrong: Wrong } {
  for (const [name, value] of options) {
    if (!whoOptions.includes(name))
      return wrong(
        `There is no option --${clip(name, 60)}${didYouMean(name, whoOptions, '--') || `: type /audit ${whoUsage}`}`,
      );
    if (value.trim() === '') return wrong(`--${name} needs a value after it.`);
  }
  const usualMs = now.getTime() - wholeHistory(now).from.getTime();
  const read = readSpan(options.get('since'), options.get('until'), usualMs, { now, zone });
  if ('wrong' in read) return read;
  const subject = readWhoSubject(words.join(' ').trim());
  if ('wrong' in subject) return subject;
  const accounts = (options.get('account') ?? '').split(/[,\s]+/).filter((each) => each !== '');
  return { subject, scope: { ...read.span, accounts } };
}

function readWhoSubject(value: string): WhoSubject | { wrong: Wrong } {
  if (value === '') return wrong(`Say who: an access key, a role session or an event id, like /audit ${whoUsage}.`);
  if (keyShape.test(value)) return { kind: 'key', value: value.toUpperCase() };
  if (eventIdShape.test(value)) return { kind: 'event', value: value.toLowerCase() };
  const arn = parseArn(value);
  if (arn?.service === 'sts' && /^(?:assumed-role\/[^/]+|federated-user)\/[^/]+$/.test(arn.resource))
    return { kind: 'session', value };
  if (arn?.service === 'iam' && arn.resource.startsWith('role/'))
    return wrong(
      `A role is taken by many: name one of its sessions (role/session), a key or an event id. Who took it: /audit lookup takers ${shortName(value)}`,
    );
  if (arn?.service === 'iam' && /^user\/|^root$/.test(arn.resource))
    return wrong(
      'A user has nobody behind it that a call names: who KEY says who made one of its keys, lookup user ARN what it did.',
    );
  if (arn !== undefined || value.startsWith('arn:'))
    return wrong('This ARN names no session: only role sessions and federated users have somebody else behind them.');
  if (/^[\w+=,.@-]{1,64}\/[\w+=,.@-]{2,64}$/.test(value)) return { kind: 'session name', value };
  return wrong(
    `"${clip(value, 60)}" is not an access key, not a role session (role/session or its ARN) and not an event id. ${insteadOfWho(value)}`,
  );
}

/** What could be asked in place of who. */
function insteadOfWho(value: string): string {
  const words = value.replace(/^(?:is|was|did|called|made)\s+/i, '');
  if (isIP(words) !== 0) return `Who called from there: /audit lookup ip ${words}`;
  if (/^A[KS]IA[A-Z0-9]*$/i.test(words)) return 'An access key id has 20 characters.';
  // Sessions of an instance bear its id.
  if (isMachineId(words))
    return `What it did: /audit lookup user ${words}; what was done to it: /audit lookup resource ${words}`;
  const call = callNamed(words);
  return call === undefined ? 'What a user did: /audit lookup user NAME' : `Who called it: /audit lookup event ${call}`;
}

/** The question as it would be typed, with its times: asked again it is the same question. */
export const whoLine = ({ subject, scope: { from, to, accounts } }: WhoQuestion): string =>
  [
    `who "${subject.value}" --since ${from.toISOString()} --until ${to.toISOString()}`,
    ...(accounts.length === 0 ? [] : [`--account ${accounts.join(',')}`]),
  ].join(' ');

/** What is wrong with the accounts of a question; undefined: nothing. */
export const strangeAccount = (
  { aws }: Pick<Parts, 'aws'>,
  { scope: { accounts } }: WhoQuestion,
  asker: Asker,
): Promise<Wrong | undefined> =>
  accounts.length === 0 ? Promise.resolve(undefined) : strangePlaces(aws, { accounts, regions: [] }, 'account', asker);

/** Who stands behind what was asked after. */
export interface WhoFound extends FollowedChain {
  /**
   * Where many sessions may bear the name: those who made them, with how many each made, the newest first. With more than
   * one the chain is empty, for nobody knows which of them is meant.
   */
  origins: readonly SessionGroup[];
}

/**
 * Follows a key, sessions or an event back to who stands behind it.
 * @throws AwsTrouble when there is no such event ("absent": and all was searched), or AWS cannot be asked
 */
export async function findWho(
  { aws, now, config }: Pick<Parts, 'aws' | 'now' | 'config'>,
  { subject, scope }: WhoQuestion,
  asker: Asker,
  signal: AbortSignal,
): Promise<WhoFound> {
  const trail = historySource(config.history);
  if (subject.kind !== 'session name' && subject.kind !== 'session')
    return { ...(await followBack(aws, subject, asker, { now: now(), signal, scope, trail })), origins: [] };
  const { sessions, coverage } = await sessionsNamed(aws, subject.value, scope, asker, signal);
  const followed = sessions.slice(0, mostFollowed);
  const all = await followAll(
    aws,
    followed.map(({ record }) => record),
    asker,
    signal,
    trail,
  );
  const { chains, missing } = all;
  if (signal.aborted) throw new AwsTrouble('stopped', 'It was stopped before it was through.');
  const origins = grouped(followed, chains);
  const [only] = origins;
  const left = sessions.length - followed.length;
  const chain: Chain =
    only !== undefined && origins.length === 1 && left === 0 ? (chains[0] ?? noChain) : { links: [], problem: null };
  const problem =
    left > 0
      ? `${left.toLocaleString('en')} older sessions of this name were not followed: narrow it with --since or --account.`
      : chain.problem;
  return { ...chain, problem, coverage: withMissing(coverage, missing), origins, trail: all.trail };
}

const noChain: Chain = { links: [], problem: null };

/** Sessions of one name that are followed, the newest. */
const mostFollowed = 500;
/** Pages of a place that are searched for the events of a name: 5,000 events. */
const mostPages = 100;

/** One session that bears the name, by when it was begun. */
interface NamedSession {
  /** Its newest event. */
  record: Json;
  key: string | null;
  account: string;
  events: number;
  first: string;
  last: string;
  addresses: string[];
}

/** The sessions of a name, the newest first. */
async function sessionsNamed(
  aws: Pick<Parts, 'aws'>['aws'],
  session: string,
  scope: ChainScope,
  asker: Asker,
  signal: AbortSignal,
): Promise<{ sessions: NamedSession[]; coverage: Coverage }> {
  const account = parseArn(session)?.account;
  const sessions = new Map<string, NamedSession>();
  let coverage: Coverage | undefined;
  const query = {
    // CloudTrail calls a session's name the user name.
    attribute: { key: 'Username' as const, value: session.split('/').at(-1) ?? '' },
    from: scope.from,
    to: scope.to,
    where: { accounts: scope.accounts.length > 0 || account === undefined ? scope.accounts : [account], regions: [] },
    wanted: (event: Json) => {
      const arn = textAt(event, 'userIdentity', 'arn') ?? '';
      // Names of roles are told apart in any case; those of sessions are not.
      const [, role, name] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
      const [askedRole, askedName] = session.split('/');
      return arn === session || (role?.toLowerCase() === askedRole?.toLowerCase() && name === askedName);
    },
    mostPages,
  };
  for await (const found of lookupEvents(aws, query, asker, signal)) {
    for (const event of found.events) addTo(sessions, event);
    coverage = found.coverage;
  }
  if (signal.aborted) throw new AwsTrouble('stopped', 'It was stopped before it was through.');
  if (sessions.size === 0 || coverage === undefined)
    throw new AwsTrouble(
      coverage?.whole === true ? 'absent' : 'stopped',
      `CloudTrail has no event of the session ${session} since ${scope.from.toISOString().slice(0, 16).replace('T', ' ')} UTC. ${coverage === undefined ? '' : gapsSentence(coverage)}`.trim(),
    );
  return { sessions: [...sessions.values()].sort((a, b) => (a.last < b.last ? 1 : -1)), coverage };
}

function addTo(sessions: Map<string, NamedSession>, event: Json): void {
  const identity = (...path: string[]) => textAt(event, 'userIdentity', ...path);
  const begun = identity('sessionContext', 'attributes', 'creationDate');
  const key = identity('accessKeyId') || null;
  // The console gives one session many keys.
  const id = `${identity('arn')} ${begun ?? key}`;
  const time = textAt(event, 'eventTime') ?? '';
  const address = textAt(event, 'sourceIPAddress');
  const known = sessions.get(id);
  const session = known ?? {
    record: event,
    key,
    account: identity('accountId') ?? '',
    events: 0,
    first: time,
    last: time,
    addresses: [],
  };
  session.events += 1;
  session.key ??= key;
  if (time < session.first) session.first = time;
  // An event without a key leads nowhere by itself.
  if (time > session.last || (textAt(session.record, 'userIdentity', 'accessKeyId') === undefined && key !== null))
    session.record = key === null ? session.record : event;
  if (time > session.last) session.last = time;
  if (address !== undefined && session.addresses.length < 5 && !session.addresses.includes(address))
    session.addresses.push(address);
  if (known === undefined) sessions.set(id, session);
}

/** The sessions by who is behind them, the newest first. */
function grouped(sessions: readonly NamedSession[], chains: readonly Chain[]): SessionGroup[] {
  const groups = new Map<string, SessionGroup & { accounts: string[]; addresses: string[] }>();
  for (const [place, session] of sessions.entries()) {
    const { links, problem } = chains[place] ?? noChain;
    const end = links.findLast(({ kind }) => kind !== 'unknown');
    const who = behind({ steps: links, problem });
    const id = problem === null ? `${end?.kind} ${end?.arn ?? end?.name} ${end?.account}` : problem;
    const group = groups.get(id) ?? {
      behind: who,
      problem,
      sessions: 0,
      events: 0,
      first: session.first,
      last: session.last,
      accounts: [],
      addresses: [],
      line: session.key === null ? `who ${textAt(session.record, 'eventID')}` : `who ${session.key}`,
    };
    group.sessions += 1;
    group.events += session.events;
    if (session.first < group.first) group.first = session.first;
    if (session.last > group.last) group.last = session.last;
    if (!group.accounts.includes(session.account)) group.accounts.push(session.account);
    for (const address of session.addresses)
      if (group.addresses.length < 5 && !group.addresses.includes(address)) group.addresses.push(address);
    groups.set(id, group);
  }
  return [...groups.values()];
}

/** On what the answer rests. */
export const whoCoverage = ({ coverage, trail }: WhoFound): string =>
  `CloudTrail's event history, ${historyDays} days at most: ${coverageSentence(coverage, (at) => at.toISOString())}. ${trail === null ? '' : `What that did not give came from ${trail}, where the trail wrote it. `}Each step names the event that proves it.`;
