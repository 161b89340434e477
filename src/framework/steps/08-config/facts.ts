import { type Answer, type Asking, all, ask, mapped, type Place } from '../../asks.ts';
import {
  type ChannelStatus,
  describeConfigurationRecorderStatus,
  describeConfigurationRecorders,
  describeDeliveryChannelStatus,
  describeDeliveryChannels,
  listConfigurationRecorders,
  type Recorder,
  type RecorderStatus,
  type SourceStatus,
} from '../../calls/config.ts';
import { describeNetworkInterfaces, describeVpcs } from '../../calls/ec2.ts';
import type { AccountScope, RegionScope } from '../../check.ts';
import type { Estate } from '../../estate.ts';
import { regionUse, sources, type Use } from '../../used.ts';
import { iamTypes, iamTypesIn } from './recorder.ts';

/** The recorders that an account itself has in a region: those of other services deliver nothing to it. */
function* recordersIn(place: Place): Asking<Answer<readonly Recorder[]>> {
  return mapped(yield* ask(describeConfigurationRecorders, place), ({ ConfigurationRecorders }) =>
    ConfigurationRecorders.filter(({ servicePrincipal }) => servicePrincipal === undefined),
  );
}

export function* statusIn(place: Place): Asking<Answer<RecorderStatus | undefined>> {
  return mapped(
    yield* ask(describeConfigurationRecorderStatus, place),
    ({ ConfigurationRecordersStatus: [status] }) => status,
  );
}

/** What is in a region that Config does not record: nothing, no more than what AWS made, or something of the company's. */
type Inside = 'nothing' | 'default network' | 'something';

export type Recording =
  | { is: 'unused' }
  | { is: 'recorder'; recorder: Recorder; status: Answer<RecorderStatus | undefined> }
  /** No recorder of the account; `internal`: names of those that services made for themselves. */
  | { is: 'none'; internal: readonly string[]; inside: Answer<Inside> }
  /** Our role may not ask; `source` is what the organization's aggregator says of the place. */
  | { is: 'dark'; recorders: Extract<Answer<unknown>, { is: 'unknown' }>; source: SourceStatus | null; use: Use };

/** Config in one region of an account; where nothing is used nobody is asked. */
export function* recording(scope: RegionScope): Asking<Recording> {
  const place = { account: scope.account.id, region: scope.region };
  const use = yield* regionUse(scope);
  if (use === 'unused') return { is: 'unused' };
  const recorders = yield* recordersIn(place);
  if (recorders.is === 'unknown') return { is: 'dark', recorders, use, source: yield* sourceOf(scope.estate, place) };
  const [recorder] = recorders.is === 'value' ? recorders.value : [];
  if (recorder !== undefined) return { is: 'recorder', recorder, status: yield* statusIn(place) };
  const internal = yield* ask(listConfigurationRecorders, place, {
    Filters: [{ filterName: 'recordingScope', filterValue: ['INTERNAL'] }],
  });
  return {
    is: 'none',
    internal: internal.is === 'value' ? internal.value.ConfigurationRecorderSummaries.map(({ name }) => name) : [],
    inside: use === 'used' ? { is: 'value', value: 'something', at: scope.estate.now } : yield* insideOf(place),
  };
}

function* insideOf(place: Place): Asking<Answer<Inside>> {
  const vpcs = yield* ask(describeVpcs, place);
  if (vpcs.is !== 'value') return vpcs;
  const own = vpcs.value.Vpcs.filter(({ OwnerId = place.account }) => OwnerId === place.account);
  if (own.length === 0) return { ...vpcs, value: 'nothing' };
  if (own.some(({ IsDefault }) => IsDefault !== true)) return { ...vpcs, value: 'something' };
  return mapped(yield* ask(describeNetworkInterfaces, place), ({ NetworkInterfaces }) =>
    NetworkInterfaces.length === 0 ? 'default network' : 'something',
  );
}

/** What the aggregator of the organization says of a place; null: nothing. */
function* sourceOf(estate: Estate, { account, region }: Place): Asking<SourceStatus | null> {
  const found = yield* sources(estate);
  if (found.is !== 'value') return null;
  return found.value.find(({ SourceId, AwsRegion }) => SourceId === account && AwsRegion === region) ?? null;
}

export interface Delivery {
  /** Whether a recorder of the account is on; null: not known. */
  recording: boolean | null;
  channels: Answer<readonly { name?: string | undefined; s3BucketName?: string | undefined }[]>;
  statuses: Answer<readonly ChannelStatus[]>;
}

/** How Config delivers in a region of an account; null: the region is not used. */
export function* delivery(scope: RegionScope): Asking<Delivery | null> {
  const place = { account: scope.account.id, region: scope.region };
  const use = yield* regionUse(scope);
  if (use === 'unused') return null;
  const status = yield* statusIn(place);
  return {
    recording: status.is === 'value' ? status.value?.recording === true : null,
    channels: mapped(yield* ask(describeDeliveryChannels, place), ({ DeliveryChannels }) => DeliveryChannels),
    statuses: mapped(
      yield* ask(describeDeliveryChannelStatus, place),
      ({ DeliveryChannelsStatus }) => DeliveryChannelsStatus,
    ),
  };
}

/** A recorder of an account, in its region. */
export interface PlacedRecorder {
  region: string;
  recorder: Recorder;
}

/** The recorders of an account in all its regions. */
export interface Recorders {
  seen: readonly PlacedRecorder[];
  /** Why some may be missing; null: none are. */
  trouble: Extract<Answer<unknown>, { is: 'unknown' }> | null;
}

/**
 * Where the aggregator says that a region is not used, its recorder is asked for only when no other records all of IAM: of
 * 17 regions most accounts use a few.
 */
export function* recordersOf({ estate, account }: AccountScope): Asking<Recorders> {
  const { regions } = account;
  if (regions.is === 'unknown') return { seen: [], trouble: regions };
  const names = regions.is === 'value' ? regions.value : [estate.home.region];
  const uses = yield* all(names.map((region) => regionUse({ estate, account, region })));
  const used = yield* recordersAt(
    account.id,
    names.filter((_, at) => uses[at] !== 'unused'),
  );
  if (ofIam(used).some((placed) => iamTypesIn(placed)?.length === iamTypes.length)) return used;
  const others = yield* recordersAt(
    account.id,
    names.filter((_, at) => uses[at] === 'unused'),
  );
  return { seen: [...used.seen, ...others.seen], trouble: used.trouble ?? others.trouble };
}

function* recordersAt(account: string, regions: readonly string[]): Asking<Recorders> {
  const answers = yield* all(regions.map((region) => recordersIn({ account, region })));
  return {
    seen: answers.flatMap((answer, at) =>
      answer.is === 'value' ? answer.value.map((recorder) => ({ region: regions[at] ?? '', recorder })) : [],
    ),
    trouble: answers.find((answer) => answer.is === 'unknown') ?? null,
  };
}

/** The recorders that record any of IAM, the one that records most first. */
export const ofIam = ({ seen }: Recorders): PlacedRecorder[] =>
  seen
    .filter((placed) => (iamTypesIn(placed)?.length ?? 0) > 0)
    .toSorted((a, b) => (iamTypesIn(b)?.length ?? 0) - (iamTypesIn(a)?.length ?? 0));
