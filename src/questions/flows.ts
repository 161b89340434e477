import { BlockList, isIP } from 'node:net';
import { type AskAws, askingAws } from '../aws/asking.ts';
import { AwsTrouble } from '../aws/aws.ts';
import type { Coverage } from '../aws/coverage.ts';
import type { Target } from '../aws/everywhere.ts';
import { type LineSource, plainly } from '../aws/history/lines.ts';
import type { LogTable } from '../config/config.ts';
import { ask } from '../framework/asks.ts';
import {
  describeFlowLogs,
  describeNetworkInterfaces,
  describeVpcs,
  type FlowLog,
  type NetworkInterface,
} from '../framework/calls/ec2.ts';
import { destinationOf } from '../framework/steps/05-flow-logs/facts.ts';
import { fieldsOf } from '../framework/steps/05-flow-logs/format.ts';
import type { Parts } from '../parts.ts';
import { isIn as isInNetwork, isPrivateAddress, networkList, networkPattern } from '../words/networks.ts';
import { sizeWords } from '../words/sizes.ts';
import { clip, listed, plural } from '../words/text.ts';
import { dayMs } from '../words/time.ts';
import type { Typed } from '../words/typed.ts';
import { drive, valueIn } from './driving.ts';
import { type Conversation, conversations, type Flow, readFlow } from './logs/flow-record.ts';
import {
  type Destination,
  isIn,
  type LineShape,
  lineOf,
  local,
  partFact,
  type Read,
  readLines,
  restsOn,
  type Sources,
  searchability,
  sourcesOf,
} from './logs/reading.ts';
import { timeWords } from './lookup-query.ts';
import { readSpan, type Span } from './moments.ts';
import { pastedAddress } from './pasted.ts';
import { askPlaces, namedPlaces, wrongOptions } from './places.ts';
import type { TableAsking, TableQuestion } from './table-answer.ts';
import { type Wrong, wrong } from './wrong.ts';

const usage =
  'flows IP|NETWORK|INTERFACE|INSTANCE|VPC|GROUP [--since 24h] [--until TIME] [--rejected] [--port 443] [--account NAME] [--region NAME]';
const usualMs = dayMs;
/** Interfaces that one search can look for. */
const mostInterfaces = 300;
/** The fields of version 2, which a flow log without a format of its own has. */
const usualFields =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );

/** The networks of a place that anything runs in, with what is logged of them. */
interface Network {
  place: Target;
  vpcs: readonly string[];
  /** Active ones. */
  logs: readonly FlowLog[];
  /** Those of the account itself, in networks of others too. */
  interfaces: readonly NetworkInterface[];
}

interface Wanted {
  word: string;
  kind: 'address' | 'network' | 'interface' | 'instance' | 'vpc' | 'group';
  rejected: boolean;
  port: number | null;
  span: Span;
}

export const flowsQuestion: TableQuestion = {
  name: 'flows',
  usage,
  sentence:
    'Who spoke to whom, by VPC flow logs: an address, a network (CIDR or VPC), an interface, an instance or a security group, with ports, bytes and what was rejected.',
  grammar: { flags: new Set(['rejected']), valueWords: timeWords },
  ask: async (parts, typed, asking) => {
    const options = {
      known: ['since', 'until', 'rejected', 'port', 'account', 'region'],
      flags: ['rejected'],
      usage,
    };
    const strange = await wrongOptions(parts.aws, typed, options, asking.asker);
    if (strange !== undefined) return strange;
    const wanted = readWanted(typed, { now: parts.now(), zone: asking.zone });
    if ('wrong' in wanted) return wanted;
    const tables = parts.config.logs.flows;
    const { networks, coverage } = await findNetworks(parts, typed, asking);
    const meant = networks.flatMap(({ interfaces }) => interfaces.filter((one) => isMeant(one, wanted)));
    if (meant.length > mostInterfaces)
      return wrong(
        `${wanted.word} has ${meant.length} interfaces, too many for one search: name an instance or one of them.`,
      );
    if (wanted.kind === 'group' && meant.length === 0)
      throw new AwsTrouble(
        'absent',
        `No interface has the security group ${wanted.word} now. What had it before is in Config: history ${wanted.word}`,
      );
    const logged = chosenLogs(networks, meant.length === 0 ? null : meant, tables);
    const sources = sourcesIn(logged, tables);
    const formats = [
      ...new Map(logged.map(({ log: { LogFormat = '' } }) => [LogFormat, [...fieldsOf(LogFormat)]])).values(),
      usualFields,
    ];
    const ids = new Set(meant.map(({ NetworkInterfaceId }) => NetworkInterfaceId));
    const read = await readLines(
      parts,
      sources.sources,
      { span: wanted.span, patterns: patternsOf(wanted, ids), shape: (source) => shapeIn(source, logged) },
      ({ text, at }) => {
        const flow = readFlow(text, formats, at);
        if (flow === undefined) return null;
        return fits(flow, text, wanted, ids) ? flow : undefined;
      },
      asking,
    );
    return answerOf({ wanted, typed, networks, logged, sources, read, coverage, zone: asking.zone });
  },
};

function readWanted(typed: Typed, clock: { now: Date; zone: string }): Wanted | { wrong: Wrong } {
  const [pasted = '', extra] = typed.words;
  const word = pastedAddress(pasted);
  if (word === '') return wrong(`Say of what: an address, a network, eni-…, i-…, vpc-… or sg-…, like /audit ${usage}`);
  if (extra !== undefined) return wrong(`"${clip(extra, 60)}" is one word too many. Type /audit ${usage}`);
  const [, prefix = ''] = /^(eni|i|vpc|sg)-[0-9a-f]{8,32}$/.exec(word) ?? [];
  const kind = isIP(word) !== 0 ? 'address' : networkList([word]) === undefined ? kinds[prefix] : 'network';
  if (kind === undefined)
    return wrong(
      `"${clip(word, 60)}" is no address, no network and no id: write one like 203.0.113.9, 203.0.113.0/24, eni-0a1b…, i-…, vpc-… or sg-…`,
    );
  const typedPort = typed.options.get('port');
  const port = typedPort === undefined ? null : Number(typedPort);
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65_536))
    return wrong(`--port ${clip(typedPort ?? '', 20)} is no port: it is a number from 1 to 65535.`);
  const read = readSpan(typed.options.get('since'), typed.options.get('until'), usualMs, clock);
  if ('wrong' in read) return read;
  return { word: word.toLowerCase(), kind, rejected: typed.options.has('rejected'), port, span: read.span };
}

const kinds: Readonly<Record<string, Wanted['kind']>> = { eni: 'interface', i: 'instance', vpc: 'vpc', sg: 'group' };

const isMeant = (one: NetworkInterface, { kind, word }: Wanted): boolean => {
  if (kind === 'address' || kind === 'network') return false;
  if (kind === 'interface') return one.NetworkInterfaceId === word;
  if (kind === 'instance') return one.Attachment?.InstanceId === word;
  return kind === 'vpc' ? one.VpcId === word : one.Groups.some(({ GroupId }) => GroupId === word);
};

/** The networks of all places that are meant, with their flow logs and interfaces. */
async function findNetworks(
  { aws, now }: Pick<Parts, 'aws' | 'now'>,
  typed: Typed,
  asking: TableAsking,
): Promise<{ networks: Network[]; coverage: Coverage }> {
  const askAws = askingAws(aws, asking.asker, { now, signal: asking.signal });
  const networks: Network[] = [];
  const coverage = await askPlaces(aws, namedPlaces(typed), asking, {
    doing: 'ask for networks',
    ask: (place) => networkIn(place, askAws),
    take: (_place, found) => {
      if (found !== null) networks.push(found);
    },
    said: () => 'places asked for their networks.',
  });
  return { networks, coverage };
}

async function networkIn(place: Target, askAws: AskAws): Promise<Network | null> {
  const { Vpcs } = valueIn(await drive(ask(describeVpcs, place), askAws));
  if (Vpcs.length === 0) return null;
  const [logs, interfaces] = await Promise.all([
    drive(ask(describeFlowLogs, place), askAws),
    drive(ask(describeNetworkInterfaces, place), askAws),
  ]);
  return {
    place,
    vpcs: Vpcs.flatMap(({ VpcId, OwnerId = place.account }) => (OwnerId === place.account ? [VpcId] : [])),
    logs: valueIn(logs).FlowLogs.filter(({ FlowLogStatus = '' }) => FlowLogStatus.toUpperCase() === 'ACTIVE'),
    interfaces: valueIn(interfaces).NetworkInterfaces,
  };
}

/** A flow log that is searched, with where it delivers. */
interface Logged {
  log: FlowLog;
  place: Target;
  destination: Destination;
}

/** The flow logs that tell of the interfaces (null: of all); where several tell of the same, the one that is best to search. */
function chosenLogs(
  networks: readonly Network[],
  meant: readonly NetworkInterface[] | null,
  tables: readonly LogTable[],
): Logged[] {
  const about =
    meant === null
      ? null
      : new Set(
          meant.flatMap(({ NetworkInterfaceId, SubnetId = '', VpcId = '' }) => [NetworkInterfaceId, SubnetId, VpcId]),
        );
  const all = networks.flatMap(({ place, logs, interfaces }) => {
    const vpcOf = new Map(
      interfaces.flatMap(({ NetworkInterfaceId, SubnetId = '', VpcId = '' }) => [
        [NetworkInterfaceId, VpcId] as const,
        [SubnetId, VpcId] as const,
      ]),
    );
    const logged = new Set(logs.map(({ ResourceId }) => ResourceId));
    return (
      logs
        .filter(({ ResourceId }) => about === null || about.has(ResourceId))
        // A network's own flow log tells of its parts too.
        .filter(({ ResourceId }) => !logged.has(vpcOf.get(ResourceId) ?? ''))
        .map((log): Logged => {
          const partitions = { account: place.account, region: place.region };
          return { log, place, destination: { arn: destinationOf(log, place), partitions } };
        })
    );
  });
  return [...Map.groupBy(all, ({ log }) => log.ResourceId).values()].flatMap((same) =>
    same.toSorted((a, b) => rank(a, tables) - rank(b, tables)).slice(0, 1),
  );
}

/** The one that tells of all traffic first, then the one that is best to search. */
function rank(logged: Logged, tables: readonly LogTable[]): number {
  const all = logged.log.TrafficType?.toUpperCase() === 'ALL' ? 0 : 10;
  return all + (searchability(logged.destination, tablesFor(logged, tables)) ?? 2);
}

/** What a flow log keeps as Parquet no table of lines can read, and the other way round. */
const tablesFor = (logged: Logged, tables: readonly LogTable[]): LogTable[] =>
  tables.filter(({ parquet }) => parquet === isParquet(logged));

/** Where the lines of the flow logs are, and those of which no table is named. */
function sourcesIn(logged: readonly Logged[], tables: readonly LogTable[]): Sources {
  const of = (parquet: boolean, key: string): Sources =>
    sourcesOf(
      logged.filter((one) => isParquet(one) === parquet).map(({ destination }) => destination),
      tables.filter((table) => table.parquet === parquet),
      key,
    );
  const [text, parquet] = [of(false, 'logs.flows'), of(true, 'logs.flows (with parquet: true)')];
  return {
    sources: [...text.sources, ...parquet.sources],
    unsearched: [...text.unsearched, ...parquet.unsearched],
  };
}

/** Where the lines of a source say when they were, and how many bytes: where all its flow logs say it in one place. */
function shapeIn(source: LineSource, logged: readonly Logged[]): LineShape {
  const formats = logged
    .filter(
      (one) => isIn(one.destination, source) && (source.kind !== 'table' || source.table.parquet === isParquet(one)),
    )
    .map(({ log: { LogFormat = '' } }) => [...fieldsOf(LogFormat)]);
  const placeOf = (field: string): number | null => {
    const places = new Set(formats.map((format) => (format.length === 0 ? usualFields : format).indexOf(field) + 1));
    const [place = 0] = places;
    return places.size === 1 && place > 0 ? place : null;
  };
  const word = placeOf('start');
  return { time: word === null ? null : { word }, sizeWord: placeOf('bytes') };
}

const isParquet = ({ log }: Logged): boolean => log.DestinationOptions?.FileFormat?.toLowerCase() === 'parquet';

/** What a line must match. A word stands between spaces, whatever the format. */
function patternsOf({ word, kind, rejected, port }: Wanted, ids: ReadonlySet<string>): string[] {
  const among = (patterns: readonly string[]): string => `(?:^| )(?:${patterns.join('|')}|SKIPDATA)(?: |$)`;
  const between = (...values: readonly string[]): string => among(values.map(plainly));
  return [
    kind === 'network'
      ? among([networkPattern(word)])
      : between(...(kind === 'group' || kind === 'interface' ? [] : [word]), ...ids, ...(ids.size === 0 ? [word] : [])),
    ...(rejected ? [between('REJECT')] : []),
    ...(port === null ? [] : [between(String(port))]),
  ];
}

function fits(
  flow: Flow,
  text: string,
  { word, kind, rejected, port, span }: Wanted,
  ids: ReadonlySet<string>,
): boolean {
  if (flow.end < span.from || flow.start > span.to) return false;
  if (flow.status === 'SKIPDATA') return ids.size === 0 || ids.has(flow.interface);
  if (rejected && flow.action !== 'REJECT') return false;
  if (port !== null && flow.sourcePort !== port && flow.targetPort !== port) return false;
  const addresses = [flow.source, flow.target, ...flow.through];
  if (kind === 'address') return addresses.includes(word);
  if (kind === 'network') {
    const network = networkList([word]) ?? new BlockList();
    return addresses.some((address) => isInNetwork(network, address));
  }
  return ids.has(flow.interface) || flow.interface === word || text.split(/\s+/).includes(word);
}

interface Answered {
  wanted: Wanted;
  typed: Typed;
  networks: readonly Network[];
  logged: readonly Logged[];
  sources: Sources;
  read: Read<Flow>;
  coverage: Coverage;
  zone: string;
}

function answerOf({ wanted, typed, networks, logged, sources, read, coverage, zone }: Answered) {
  const { word, rejected } = wanted;
  const found = conversations(read.found);
  const names = namesOf(networks);
  const unsearched = [...sources.unsearched, ...failing(logged)];
  const title = `${found.length === 0 ? 'No flow' : plural(found.length, 'conversation')}${read.part === null ? '' : ' in a part of the lines'}`;
  return {
    title: `${title}: ${clip(word, 60)}${rejected ? ', rejected' : ''}`,
    line: lineOf('flows', [word], typed.options),
    facts: [
      ...partFact(read),
      ...factsOf(found, read.found, zone),
      ...loggedFacts(networks, logged),
      ...lateFact(wanted, found, zone),
    ],
    columns: [
      `First (${zone})`,
      'Last',
      'From',
      'To',
      'Port',
      'Action',
      'Bytes',
      'Packets',
      'Direction',
      'Interface',
      'Account and region',
      'Through',
    ],
    rows: found.map((one) => rowOf(one, names, zone)),
    ...restsOn(coverage, { sources: sources.sources, unsearched }, read, zone),
    next: peersOf(found, word),
    shareable: true,
  };
}

/** What is known of interfaces and of the addresses of their networks. */
interface Names {
  interfaces: ReadonlyMap<string, { one: NetworkInterface; place: Target }>;
  /** By network and address: private ones are in many networks. */
  addresses: ReadonlyMap<string, NetworkInterface>;
}

function namesOf(networks: readonly Network[]): Names {
  const all = networks.flatMap(({ place, interfaces }) => interfaces.map((one) => ({ one, place })));
  return {
    interfaces: new Map(all.map((each) => [each.one.NetworkInterfaceId, each])),
    addresses: new Map(
      all.flatMap(({ one }) =>
        [one.PrivateIpAddress, one.Association?.PublicIp].flatMap((address) =>
          address === undefined ? [] : [[`${one.VpcId} ${address}`, one] as const],
        ),
      ),
    ),
  };
}

function rowOf(one: Conversation, names: Names, zone: string): string[] {
  const at = names.interfaces.get(one.interface);
  const named = (address: string): string => {
    const known = names.addresses.get(`${at?.one.VpcId} ${address}`);
    const who = known?.Attachment?.InstanceId ?? known?.Description ?? '';
    return who === '' ? address : `${address} (${who})`;
  };
  return [
    local(one.first, zone),
    local(one.last, zone),
    named(one.source),
    named(one.target),
    one.port === null ? one.protocol : `${one.port}/${one.protocol}`,
    [one.action, ...(one.reason === '' ? [] : [`(${one.reason})`])].join(' '),
    sizeWords(one.bytes),
    String(one.packets),
    one.direction,
    one.interface,
    at === undefined ? one.account : `${at.place.known.name ?? at.place.account} ${at.place.region}`,
    [...one.through, ...one.services, ...(one.path === '' ? [] : [one.path])].join(', '),
  ];
}

function factsOf(found: readonly Conversation[], flows: readonly Flow[], zone: string): string[] {
  const spoken = flows.filter(({ status }) => status === 'OK');
  const skipped = flows.filter(({ status }) => status === 'SKIPDATA').length;
  const silent = flows.filter(({ status }) => status === 'NODATA').length;
  const inexact = spoken.filter(({ exact }) => !exact).length;
  const rejected = spoken.filter(({ action }) => action === 'REJECT').length;
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
  const [most] = found;
  return [
    ...(most === undefined
      ? []
      : [
          `${plural(spoken.length, 'record')}, ${rejected} of them rejected, ${sizeWords(bytes)} in all; the most from ${most.source} to ${most.target}, ${sizeWords(most.bytes)}, last ${local(most.last, zone)}.`,
        ]),
    ...(silent === 0 ? [] : [`In ${plural(silent, 'interval')} nothing passed (NODATA).`]),
    ...(skipped === 0
      ? []
      : [
          `In ${plural(skipped, 'interval')} AWS skipped records for lack of capacity (SKIPDATA): what passed then is not known.`,
        ]),
    ...(inexact === 0
      ? []
      : [
          `${plural(inexact, 'record')} name the addresses at the interface alone (no pkt-srcaddr in the format): behind a NAT gateway or a load balancer the other end is somebody else.`,
        ]),
  ];
}

function loggedFacts(networks: readonly Network[], logged: readonly Logged[]): string[] {
  const own = networks.flatMap(({ place, vpcs, logs, interfaces }) => {
    const watched = new Set(logs.map(({ ResourceId }) => ResourceId));
    const partly = new Set(
      interfaces.flatMap(({ NetworkInterfaceId, SubnetId = '', VpcId = '' }) =>
        watched.has(NetworkInterfaceId) || watched.has(SubnetId) ? [VpcId] : [],
      ),
    );
    return vpcs.map((vpc) => ({ vpc, place, logged: watched.has(vpc) || partly.has(vpc) }));
  });
  const bare = own.filter((one) => !one.logged);
  const where = ({ vpc, place }: (typeof own)[number]): string =>
    `${vpc} (${place.known.name ?? place.account} ${place.region})`;
  const narrow = (type: string) =>
    logged
      .filter(({ log: { TrafficType = '' } }) => TrafficType.toUpperCase() === type)
      .map(({ log }) => log.ResourceId);
  return [
    ...(own.length === 0 ? ['There is no network in the places that answered.'] : []),
    ...(bare.length === 0
      ? []
      : [
          `${own.length - bare.length} of ${plural(own.length, 'network')} have flow logs. Nothing is recorded of ${listed(bare.map(where))}: /audit framework 5 says what would be needed.`,
        ]),
    ...(narrow('REJECT').length === 0 ? [] : [`Of ${listed(narrow('REJECT'))} only what was rejected is recorded.`]),
    ...(narrow('ACCEPT').length === 0 ? [] : [`Of ${listed(narrow('ACCEPT'))} only what was accepted is recorded.`]),
  ];
}

/** Flow logs that do not arrive. */
const failing = (logged: readonly Logged[]): string[] => {
  const failed = logged.filter(({ log: { DeliverLogsStatus = '' } }) => DeliverLogsStatus.toUpperCase() === 'FAILED');
  return failed.length === 0
    ? []
    : [
        `The flow logs of ${listed(failed.map(({ log }) => `${log.ResourceId} (${log.DeliverLogsErrorMessage ?? 'no reason given'})`))} do not arrive.`,
      ];
};

const lateFact = ({ span }: Wanted, found: readonly Conversation[], zone: string): string[] => [
  ...(found.length === 0
    ? ['Flow logs leave out DNS to the Amazon resolver, instance metadata, DHCP and mirrored traffic.']
    : []),
  `Records come about 5 minutes late to CloudWatch Logs and 10 to S3, so the last minutes before ${local(span.to, zone)} may be missing.`,
];

/** Public addresses that were spoken with, as further questions. */
const peersOf = (found: readonly Conversation[], word: string): { label: string; line: string }[] =>
  [...new Set(found.flatMap(({ source, target }) => [source, target]))]
    .filter((address) => isIP(address) !== 0 && !isPrivateAddress(address))
    .slice(0, 3)
    .flatMap((address) => [
      { label: `Calls from ${address}`, line: `lookup ip ${address}` },
      ...(address === word ? [] : [{ label: `Flows of ${address}`, line: `flows ${address}` }]),
    ]);
