import { type Answer, type Asking, ask, mapped, type Place } from '../../asks.ts';
import {
  describeFlowLogs,
  describeNetworkInterfaces,
  describeSubnets,
  describeVpcs,
  type FlowLog,
} from '../../calls/ec2.ts';
import type { RegionScope } from '../../check.ts';
import { unknownFrom } from '../../estate.ts';
import { regionUse } from '../../used.ts';
import { fail, type Judged, notApplicable, type Spot } from '../../verdict.ts';

type Unknown = Extract<Answer<unknown>, { is: 'unknown' }>;

/** The networks of an account in a region. */
export type Networks =
  /** Config's aggregator has none here. */
  | { is: 'unused' }
  | { is: 'unknown'; answer: Unknown }
  | {
      is: 'known';
      own: readonly string[];
      /** Those that AWS made: in a region that nobody uses there is nothing else. */
      byDefault: ReadonlySet<string>;
      foreign: readonly { id: string; owner: string }[];
    };

/** The networks, where Config's aggregator does not say that there are none. */
export function* networks(scope: RegionScope): Asking<Networks> {
  if ((yield* regionUse(scope, ['AWS::EC2::VPC'])) === 'unused') return { is: 'unused' };
  const answer = yield* ask(describeVpcs, { account: scope.account.id, region: scope.region });
  if (answer.is === 'unknown') return { is: 'unknown', answer };
  const seen = answer.is === 'value' ? answer.value.Vpcs : [];
  return {
    is: 'known',
    own: seen.flatMap(({ VpcId, OwnerId = scope.account.id }) => (OwnerId === scope.account.id ? [VpcId] : [])),
    byDefault: new Set(seen.flatMap(({ VpcId, IsDefault }) => (IsDefault === true ? [VpcId] : []))),
    foreign: seen.flatMap(({ VpcId, OwnerId = scope.account.id }) =>
      OwnerId === scope.account.id ? [] : [{ id: VpcId, owner: OwnerId }],
    ),
  };
}

/** A verdict on each network: those of others are judged in their owner's account. */
export function judgeNetworks(
  networks: Networks,
  { account, region }: RegionScope,
  judge: (vpc: string) => Judged,
): Judged[] {
  const spot = { account: account.id, region };
  if (networks.is === 'unused') return [notApplicable(spot, 'Config’s aggregator has no network here.')];
  if (networks.is === 'unknown') return [unknownFrom(spot, networks.answer)];
  const { own, foreign } = networks;
  if (own.length + foreign.length === 0) return [notApplicable(spot, 'There is no network here.')];
  return [
    ...own.map(judge),
    ...foreign.map(({ id, owner }) =>
      notApplicable({ ...spot, resource: id }, `The network is shared by ${owner}, where it is judged.`),
    ),
  ];
}

/** What a network's flow logs watch: all of it, or some of its parts. */
export interface Watched {
  /** Flow logs that are active, by what they watch: the network itself, else subnets and interfaces. */
  logs: readonly { resource: string; logs: readonly FlowLog[] }[];
  /** Subnets, or interfaces of them, that nothing watches. */
  missing: readonly string[];
}

export interface Flows {
  networks: Networks;
  /** Default networks without a flow log in which nothing is. */
  idle: ReadonlySet<string>;
  /** By network. */
  watched: Answer<ReadonlyMap<string, Watched>>;
}

/** The flow logs of an account's networks in a region; subnets and interfaces are asked for only where they matter. */
export function* flows(scope: RegionScope): Asking<Flows> {
  const found = yield* networks(scope);
  const none: Flows['watched'] = { is: 'value', value: new Map(), at: scope.estate.now };
  const idle: ReadonlySet<string> = new Set();
  if (found.is !== 'known' || found.own.length === 0) return { networks: found, idle, watched: none };
  const place = { account: scope.account.id, region: scope.region };
  const answer = yield* ask(describeFlowLogs, place);
  if (answer.is !== 'value') return { networks: found, idle, watched: answer.is === 'unknown' ? answer : none };
  const active = answer.value.FlowLogs.filter(({ FlowLogStatus = '' }) => FlowLogStatus.toUpperCase() === 'ACTIVE');
  const byResource = Map.groupBy(active, ({ ResourceId }) => ResourceId);
  const ofParts = active.some(({ ResourceId }) => !ResourceId.startsWith('vpc-'));
  const parts = ofParts && found.own.some((vpc) => !byResource.has(vpc)) ? yield* partsOf(place) : noParts(scope);
  if (parts.is !== 'value') return { networks: found, idle, watched: parts.is === 'unknown' ? parts : none };
  const { value } = parts;
  const watched = new Map(found.own.map((vpc) => [vpc, watchedOf(vpc)]));
  const bare = found.own.filter((vpc) => found.byDefault.has(vpc) && watched.get(vpc)?.logs.length === 0);
  return {
    networks: found,
    idle: bare.length === 0 ? idle : yield* emptyOf(place, bare),
    watched: { ...answer, value: watched },
  };

  function watchedOf(vpc: string): Watched {
    const own = byResource.get(vpc);
    if (own !== undefined) return { logs: [{ resource: vpc, logs: own }], missing: [] };
    const logs: { resource: string; logs: readonly FlowLog[] }[] = [];
    const missing: string[] = [];
    const note = (resource: string): boolean => {
      const known = byResource.get(resource);
      if (known !== undefined) logs.push({ resource, logs: known });
      return known !== undefined;
    };
    const subnets = value.get(vpc) ?? [];
    for (const { id, interfaces } of subnets) {
      if (note(id)) continue;
      const bare = interfaces.filter((one) => !note(one));
      if (bare.length > 0 || interfaces.length === 0) missing.push(id);
    }
    // Where every interface has a flow log of its own, there is nothing in the other subnets.
    const inside = subnets.flatMap(({ interfaces }) => interfaces);
    return { logs, missing: inside.length > 0 && inside.every((one) => byResource.has(one)) ? [] : missing };
  }
}

/** Those of some networks that have no interface; where nobody can say, none. */
function* emptyOf(place: Place, vpcs: readonly string[]): Asking<ReadonlySet<string>> {
  const interfaces = yield* interfacesIn(place);
  if (interfaces.is !== 'value') return new Set();
  const inhabited = new Set(interfaces.value.map(({ vpc }) => vpc));
  return new Set(vpcs.filter((vpc) => !inhabited.has(vpc)));
}

type Parts = ReadonlyMap<string, readonly { id: string; interfaces: readonly string[] }[]>;

const noParts = ({ estate }: RegionScope): Answer<Parts> => ({ is: 'value', value: new Map(), at: estate.now });

/** The subnets of each network with their interfaces. */
function* partsOf(place: Place): Asking<Answer<Parts>> {
  const [subnets, interfaces] = [yield* ask(describeSubnets, place), yield* interfacesIn(place)];
  if (interfaces.is !== 'value') return interfaces;
  return mapped(subnets, ({ Subnets }) =>
    Map.groupBy(
      Subnets.map(({ SubnetId: id, VpcId: vpc }) => ({
        id,
        vpc,
        interfaces: interfaces.value.flatMap((one) => (one.subnet === id ? [one.id] : [])),
      })),
      ({ vpc }) => vpc,
    ),
  );
}

export interface SeenInterface {
  id: string;
  vpc: string;
  subnet: string;
}

export function* interfacesIn(place: Place): Asking<Answer<readonly SeenInterface[]>> {
  return mapped(yield* ask(describeNetworkInterfaces, place), ({ NetworkInterfaces }) =>
    NetworkInterfaces.map(({ NetworkInterfaceId: id, VpcId: vpc = '', SubnetId: subnet = '' }) => ({
      id,
      vpc,
      subnet,
    })),
  );
}

/** Where a flow log delivers, as an ARN. */
export const destinationOf = ({ LogDestination, LogGroupName }: FlowLog, { account, region }: Place): string =>
  LogDestination ?? `arn:aws:logs:${region}:${account}:log-group:${LogGroupName ?? ''}`;

/** The active flow logs of a network, however they watch it. */
export const logsOf = (watched: Watched | undefined): readonly FlowLog[] =>
  watched?.logs.flatMap(({ logs }) => logs) ?? [];

/** Runs a judge over each network with what watches it; one without flow logs follows from flow-vpc-covered. */
export const judgeFlows = (
  { networks, watched }: Flows,
  scope: RegionScope,
  judge: (spot: Spot & { resource: string }, watched: Watched) => Judged,
): Judged[] =>
  judgeNetworks(networks, scope, (vpc) => {
    const spot = { account: scope.account.id, region: scope.region, resource: vpc };
    if (watched.is === 'unknown') return unknownFrom(spot, watched);
    const known = watched.is === 'value' ? watched.value.get(vpc) : undefined;
    return known === undefined || known.logs.length === 0
      ? fail(spot, 'No flow log watches the network.', { cause: 'flow-vpc-covered' })
      : judge(spot, known);
  });
