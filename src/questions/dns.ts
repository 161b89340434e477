import { isIP } from 'node:net';
import { type AskAws, askingAws } from '../aws/asking.ts';
import type { Coverage } from '../aws/coverage.ts';
import type { Target } from '../aws/everywhere.ts';
import { plainly } from '../aws/history/lines.ts';
import { isInstanceId } from '../aws-names/arn.ts';
import { ask } from '../framework/asks.ts';
import { describeVpcs } from '../framework/calls/ec2.ts';
import {
  listResolverQueryLogConfigAssociations,
  listResolverQueryLogConfigs,
} from '../framework/calls/route53-resolver.ts';
import { works } from '../framework/steps/05-flow-logs/dns.ts';
import type { Parts } from '../parts.ts';
import { isPrivateAddress } from '../words/networks.ts';
import { clip, listed, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Typed } from '../words/typed.ts';
import { drive, valueIn } from './driving.ts';
import {
  type Destination,
  lineOf,
  local,
  partFact,
  readLines,
  restsOn,
  searchability,
  sourcesOf,
} from './logs/reading.ts';
import { type AskedName, askedNames, type DnsQuery, plainName, readDnsQuery } from './logs/resolver-query.ts';
import { timeWords } from './lookup-query.ts';
import { readSpan, type Span } from './moments.ts';
import { pastedAddress, pastedName } from './pasted.ts';
import { askPlaces, namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { type Wrong, wrong } from './wrong.ts';

const usage = 'dns NAME|IP|INSTANCE [--since 24h] [--until TIME] [--blocked] [--account NAME] [--region NAME]';
const usualMs = dayMs;
/** Answers that are shown of one name. */
const mostAnswers = 5;

interface Wanted {
  word: string;
  kind: 'name' | 'address' | 'instance';
  blocked: boolean;
  span: Span;
}

/** A network with where its queries are logged to; null: nowhere. */
interface Network {
  vpc: string;
  place: Target;
  destination: Destination | null;
}

export const dnsQuestion: TableQuestion = {
  name: 'dns',
  usage,
  sentence:
    'Who asked for a name (and those below it), or what an address or an instance asked for, by Resolver query logs; with what DNS Firewall did.',
  grammar: { flags: new Set(['blocked']), valueWords: timeWords },
  ask: async (parts, typed, asking) => {
    const options = { known: ['since', 'until', 'blocked', 'account', 'region'], flags: ['blocked'], usage };
    const strange = await wrongOptions(parts.aws, typed, options, asking.asker);
    if (strange !== undefined) return strange;
    const wanted = readWanted(typed, { now: parts.now(), zone: asking.zone });
    if ('wrong' in wanted) return wanted;
    const { networks, coverage } = await findNetworks(parts, typed, asking);
    const sources = sourcesOf(
      networks.flatMap(({ destination }) => destination ?? []),
      parts.config.logs.dns,
      'logs.dns',
    );
    const read = await readLines(
      parts,
      sources.sources,
      {
        span: wanted.span,
        patterns: patternsOf(wanted),
        shape: () => ({ time: { key: 'query_timestamp' }, sizeWord: null }),
      },
      ({ text }) => {
        const query = readDnsQuery(text);
        return query === undefined ? null : fits(query, wanted) ? query : undefined;
      },
      asking,
    );
    const { word, blocked } = wanted;
    const found = askedNames(read.found);
    const title = found.length === 0 ? 'No DNS query' : plural(found.length, 'kind of DNS query', 'kinds of DNS query');
    return {
      title: `${title}${read.part === null ? '' : ' in a part of the lines'}: ${clip(word, 60)}${blocked ? ', blocked' : ''}`,
      line: lineOf('dns', typed.words, typed.options),
      facts: [...partFact(read), ...factsOf(found, networks)],
      columns: [
        'Name',
        'Type',
        'Outcome',
        'Firewall',
        'Asked by',
        'Address',
        'Answers',
        `First (${asking.zone})`,
        'Last',
        'Lines',
        'Account, region and network',
      ],
      rows: found.map((one) => rowOf(one, asking.zone)),
      ...restsOn(coverage, sources, read, asking.zone),
      next: nextOf(found),
      shareable: true,
    };
  },
};

function readWanted(typed: Typed, clock: { now: Date; zone: string }): Wanted | { wrong: Wrong } {
  const [pasted = '', extra] = typed.words;
  const word = isIP(pastedAddress(pasted)) === 0 ? pastedName(pasted) : pastedAddress(pasted);
  if (word === '') return wrong(`Say of what: a name, an address or i-…, like /audit ${usage}`);
  if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
  const name = plainName(word);
  const kind = isIP(word) !== 0 ? 'address' : isInstanceId(word) ? 'instance' : 'name';
  if (kind === 'name' && !/^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/.test(name))
    return wrong(
      `"${clip(word, 60)}" is no name of DNS: write it as it is asked for, like example.com, and one of other letters as xn--….`,
    );
  const read = readSpan(typed.options.get('since'), typed.options.get('until'), usualMs, clock);
  if ('wrong' in read) return read;
  return {
    word: kind === 'name' ? name : word.toLowerCase(),
    kind,
    blocked: typed.options.has('blocked'),
    span: read.span,
  };
}

/** The networks of all places that are meant, with where the queries of each go. */
async function findNetworks(
  { aws, now, config }: Pick<Parts, 'aws' | 'now' | 'config'>,
  typed: Typed,
  asking: TableAsking,
): Promise<{ networks: Network[]; coverage: Coverage }> {
  const askAws = askingAws(aws, asking.asker, { now, signal: asking.signal });
  const networks: Network[] = [];
  const coverage = await askPlaces(aws, namedPlaces(typed), asking, {
    doing: 'ask for query logs',
    ask: (place) => loggingIn(place, askAws, config.logs.dns),
    take: (_place, found) => void networks.push(...found),
    said: () => 'places asked for their query logs.',
  });
  return { networks, coverage };
}

async function loggingIn(place: Target, askAws: AskAws, tables: Parts['config']['logs']['dns']): Promise<Network[]> {
  const { Vpcs } = valueIn(await drive(ask(describeVpcs, place), askAws));
  const own = Vpcs.filter(({ OwnerId = place.account }) => OwnerId === place.account);
  if (own.length === 0) return [];
  const [associations, configs] = await Promise.all([
    drive(ask(listResolverQueryLogConfigAssociations, place), askAws),
    drive(ask(listResolverQueryLogConfigs, place), askAws),
  ]);
  const working = valueIn(associations).ResolverQueryLogConfigAssociations.filter(works);
  const arns = new Map(
    valueIn(configs).ResolverQueryLogConfigs.map(({ Id, DestinationArn = '' }) => [Id, DestinationArn]),
  );
  const rank = (one: Destination): number => searchability(one, tables) ?? 2;
  return own.map(({ VpcId: vpc }) => {
    const [destination = null] = working
      .filter(({ ResourceId }) => ResourceId === vpc)
      .flatMap(({ ResolverQueryLogConfigId = '' }) => arns.get(ResolverQueryLogConfigId) ?? [])
      .filter((arn) => arn !== '')
      .map((arn): Destination => ({ arn: withoutStar(arn), partitions: { account: place.account, vpc } }))
      .toSorted((a, b) => rank(a) - rank(b));
    return { vpc, place, destination };
  });
}

const withoutStar = (arn: string): string => arn.replace(/:\*$/, '');

/** What a line must match: a value of its JSON, whatever case and whatever stands between the colon and the quote. */
function patternsOf({ word, kind, blocked }: Wanted): string[] {
  const value = plainly(word);
  return [
    kind === 'name' ? `(?i)"query_name": ?"(?:[^"]*\\.)?${value}\\.?"` : `(?i)"${value}"`,
    ...(blocked ? ['"firewall_rule_action": ?"(?:BLOCK|ALERT)"'] : []),
  ];
}

function fits(query: DnsQuery, { word, kind, blocked, span }: Wanted): boolean {
  if (query.at < span.from || query.at > span.to) return false;
  if (blocked && query.action !== 'BLOCK' && query.action !== 'ALERT') return false;
  if (kind === 'name') return query.name === word || query.name.endsWith(`.${word}`);
  if (kind === 'instance') return query.asker === word;
  return query.address === word || query.answers.includes(word);
}

function rowOf(one: AskedName, zone: string): string[] {
  return [
    one.name,
    one.type,
    one.rcode,
    one.action,
    one.asker,
    one.address,
    listed(one.answers, mostAnswers),
    local(one.first, zone),
    local(one.last, zone),
    String(one.lines),
    [one.account, one.region, one.vpc].join(' '),
  ];
}

function factsOf(found: readonly AskedName[], networks: readonly Network[]): string[] {
  const askers = new Set(found.map(({ asker, address }) => asker || address));
  const stopped = found.filter(({ action }) => action === 'BLOCK');
  const bare = networks.filter(({ destination }) => destination === null);
  return [
    ...(found.length === 0
      ? []
      : [`Asked by ${listed([...askers])}. Answers from the Resolver’s cache are not logged: how often is not known.`]),
    ...(stopped.length === 0
      ? []
      : [`DNS Firewall blocked ${listed([...new Set(stopped.map(({ name }) => clip(name, 60)))])}.`]),
    ...(networks.length === 0 ? ['There is no network in the places that answered.'] : []),
    ...(bare.length === 0
      ? []
      : [
          `The queries of ${networks.length - bare.length} of ${plural(networks.length, 'network')} are logged. Nothing is recorded of ${listed(bare.map(({ vpc, place }) => `${vpc} (${place.known.name ?? place.account} ${place.region})`))}: /audit framework 5 says what would be needed.`,
        ]),
    'Query logs come some minutes late, and hold nothing of queries to other resolvers than the network’s own.',
  ];
}

/** What follows: who spoke with an answer, and what an instance did. */
function nextOf(found: readonly AskedName[]): { label: string; line: string }[] {
  const answers = [...new Set(found.flatMap(({ answers }) => answers))].filter(
    (one) => isIP(one) !== 0 && !isPrivateAddress(one),
  );
  const instances = [...new Set(found.map(({ asker }) => asker))].filter((one) => one.startsWith('i-'));
  return [
    ...answers.slice(0, 2).map((address) => ({ label: `Flows of ${address}`, line: `flows ${address}` })),
    ...instances.slice(0, 2).map((instance) => ({ label: `Flows of ${instance}`, line: `flows ${instance}` })),
  ];
}
