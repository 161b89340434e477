import type {
  AggregatedSourceStatus,
  ConfigExportDeliveryInfo,
  ConfigurationAggregator,
  ConfigurationRecorder,
  DeleteConfigurationAggregatorRequest,
  DeleteConfigurationRecorderRequest,
  DeleteDeliveryChannelRequest,
  DeleteRetentionConfigurationRequest,
  DeliveryChannel,
  DescribeConfigurationAggregatorSourcesStatusRequest,
  DescribeConfigurationAggregatorSourcesStatusResponse,
  DescribeConfigurationAggregatorsRequest,
  DescribeConfigurationAggregatorsResponse,
  DescribeConfigurationRecorderStatusRequest,
  DescribeConfigurationRecorderStatusResponse,
  DescribeConfigurationRecordersRequest,
  DescribeConfigurationRecordersResponse,
  DescribeDeliveryChannelStatusRequest,
  DescribeDeliveryChannelStatusResponse,
  DescribeDeliveryChannelsRequest,
  DescribeDeliveryChannelsResponse,
  DescribeRetentionConfigurationsRequest,
  DescribeRetentionConfigurationsResponse,
  ListConfigurationRecordersRequest,
  ListConfigurationRecordersResponse,
  PutConfigurationAggregatorRequest,
  PutConfigurationAggregatorResponse,
  PutConfigurationRecorderRequest,
  PutDeliveryChannelRequest,
  PutRetentionConfigurationRequest,
  PutRetentionConfigurationResponse,
  StartConfigurationRecorderRequest,
  StopConfigurationRecorderRequest,
} from '@aws-sdk/client-config-service';
import { known } from '../../organization/accounts.ts';
import { recordingSince } from '../../organization/configuration.ts';
import type { Organization } from '../../organization/organization.ts';
import { perOrganization } from '../../organization/per-organization.ts';
import { hexOf, hourMs } from '../../organization/stable.ts';
import { homeRegion } from '../../organization/traces.ts';
import { pageOf } from '../page.ts';
import { AwsError, type Call } from '../service.ts';

/** Something that keeps Config from delivering. */
export interface ConfigTrouble {
  code: string;
  message: string;
  since: Date;
}

/** Config in one account and region. */
interface Recording {
  recorder: ConfigurationRecorder | null;
  started: Date | null;
  stopped: Date | null;
  channel: DeliveryChannel | null;
  /** As it is written: live answers write `SUCCESS` where the model says `Success`. */
  spelling: (word: 'Success' | 'Failure' | 'Pending') => string;
  recorderTrouble: ConfigTrouble | null;
  deliveryTrouble: ConfigTrouble | null;
  /** Recorders that other services made for themselves: they deliver nothing to the account. */
  internal: readonly string[];
}

/** The bucket in the archive account to which every account's Config delivers. */
export const configBucket = ({ id }: Organization): string => `${id}-config`;

const keyOf = (account: string, region: string): string => `${account} ${region}`;

/**
 * Config as the organization set it up: on everywhere, IAM in the home region. Two things are wrong: in prod-web it was
 * stopped in us-east-1, and dev records IAM once a day.
 */
const recordings = perOrganization(() => new Map<string, Recording>());

export function recordingOf(organization: Organization, account: string, region: string): Recording {
  const kept = recordings(organization);
  const found = kept.get(keyOf(account, region)) ?? firstRecording(organization, account, region);
  kept.set(keyOf(account, region), found);
  return found;
}

function firstRecording(organization: Organization, account: string, region: string): Recording {
  const since = recordingSince(organization);
  const daily = account === known.dev && region === homeRegion;
  return {
    recorder: {
      arn: `arn:aws:config:${region}:${account}:configuration-recorder/default/${hexOf('recorder', account, region).slice(0, 16)}`,
      name: 'default',
      roleARN: `arn:aws:iam::${account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
      recordingGroup: {
        allSupported: true,
        includeGlobalResourceTypes: region === homeRegion,
        resourceTypes: [],
        recordingStrategy: { useOnly: 'ALL_SUPPORTED_RESOURCE_TYPES' },
      },
      recordingMode: {
        recordingFrequency: 'CONTINUOUS',
        ...(daily && {
          recordingModeOverrides: [
            { resourceTypes: ['AWS::IAM::Role', 'AWS::IAM::Policy'], recordingFrequency: 'DAILY' as const },
          ],
        }),
      },
      recordingScope: 'PAID',
    },
    started: since,
    stopped: account === known.web && region === 'us-east-1' ? new Date(since.getTime() + 20 * 24 * hourMs) : null,
    channel: { name: 'default', s3BucketName: configBucket(organization) },
    spelling: (word) => (region === homeRegion ? word.toUpperCase() : word),
    recorderTrouble: null,
    deliveryTrouble: null,
    internal: [],
  };
}

/** Lets the recorder of a place fail, which no call of the API can. */
export function breakRecorder(
  organization: Organization,
  account: string,
  region: string,
  trouble: ConfigTrouble,
): void {
  recordingOf(organization, account, region).recorderTrouble = trouble;
}

/** Lets the deliveries of a place fail until its delivery channel is put again. */
export function breakConfigDelivery(
  organization: Organization,
  account: string,
  region: string,
  trouble: ConfigTrouble,
): void {
  recordingOf(organization, account, region).deliveryTrouble = trouble;
}

/** Leaves a place with nothing but the recorder that a service made for itself. */
export function onlyInternalRecorder(organization: Organization, account: string, region: string): void {
  const recording = recordingOf(organization, account, region);
  Object.assign(recording, { recorder: null, channel: null, internal: ['securityhub.amazonaws.com'] });
}

const isRecording = (organization: Organization, account: string, region: string): boolean => {
  const { recorder, started, stopped } = recordingOf(organization, account, region);
  return recorder !== null && started !== null && stopped === null;
};

/** Ids of resources of which the history knows nothing, as when they were never recorded. */
export const forgotten = perOrganization(() => new Set<string>());

/** By the id of a role: the trust policy that the history still has, though it is another now. */
export const outdated = perOrganization(() => new Map<string, string>());

interface Aggregating {
  account: string;
  region: string;
  aggregator: ConfigurationAggregator;
}

/** The aggregator of the organization, in the account that administers Config. */
const aggregators = perOrganization((organization): Aggregating[] => [
  {
    account: organization.homeAccount,
    region: homeRegion,
    aggregator: {
      ConfigurationAggregatorName: 'organization',
      ConfigurationAggregatorArn: aggregatorArn(organization.homeAccount, homeRegion, 'organization'),
      OrganizationAggregationSource: {
        RoleArn: `arn:aws:iam::${organization.homeAccount}:role/config-aggregator`,
        AllAwsRegions: true,
      },
      CreationTime: recordingSince(organization),
      LastUpdatedTime: recordingSince(organization),
    },
  },
]);

/** Sources that an aggregator cannot read, or that it knows nothing of. */
const brokenSources = perOrganization(() => new Map<string, 'FAILED' | 'OUTDATED' | 'missing'>());

/** Breaks what the aggregator gets of a place, which no call of the API can. */
export function breakSource(
  organization: Organization,
  account: string,
  region: string,
  how: 'FAILED' | 'OUTDATED' | 'missing' | null,
): void {
  if (how === null) brokenSources(organization).delete(keyOf(account, region));
  else brokenSources(organization).set(keyOf(account, region), how);
}

/** Whether an aggregator has what a place recorded. */
export const isAggregated = (organization: Organization, account: string, region: string): boolean =>
  isRecording(organization, account, region) && !brokenSources(organization).has(keyOf(account, region));

/** @throws AwsError when the place has no such aggregator */
export function requireAggregator({ organization, account, region }: Call<unknown>, name: string | undefined): void {
  const found = aggregators(organization).some(
    (one) => one.account === account && one.region === region && one.aggregator.ConfigurationAggregatorName === name,
  );
  if (!found)
    throw new AwsError(
      'NoSuchConfigurationAggregatorException',
      'The configuration aggregator does not exist. Check the configuration aggregator name and try again.',
    );
}

const aggregatorArn = (account: string, region: string, name: string): string =>
  `arn:aws:config:${region}:${account}:config-aggregator/config-aggregator-${hexOf(account, region, name).slice(0, 8)}`;

/** Days for which an account keeps what was recorded in a region, where it is not the default. */
const retentions = perOrganization(() => new Map<string, number>());

const badToken = new AwsError('InvalidNextTokenException', 'The specified next token is not valid.');
const here = ({ organization, account, region }: Call<unknown>): Recording =>
  recordingOf(organization, account, region);

/** Recorders, delivery channels, aggregators and retention. Source: AWS Config API reference. */
export const recorderOperations = {
  DescribeConfigurationRecorders: (
    call: Call<DescribeConfigurationRecordersRequest>,
  ): DescribeConfigurationRecordersResponse => {
    const { recorder } = here(call);
    requireRecorder(call, call.input.ConfigurationRecorderNames);
    return { ConfigurationRecorders: recorder === null ? [] : [recorder] };
  },

  DescribeConfigurationRecorderStatus: (
    call: Call<DescribeConfigurationRecorderStatusRequest>,
  ): DescribeConfigurationRecorderStatusResponse => {
    requireRecorder(call, call.input.ConfigurationRecorderNames);
    const { recorder, started, stopped, recorderTrouble, spelling } = here(call);
    if (recorder === null) return { ConfigurationRecordersStatus: [] };
    const status = { arn: recorder.arn, name: recorder.name, recording: started !== null && stopped === null };
    if (started === null) return { ConfigurationRecordersStatus: [status] };
    const word = recorderTrouble === null ? spelling('Success') : spelling('Failure');
    return {
      ConfigurationRecordersStatus: [
        {
          ...status,
          lastStartTime: started,
          ...(stopped !== null && { lastStopTime: stopped }),
          // Live answers write it in capitals, against the model.
          ...Object.fromEntries([['lastStatus', word]]),
          ...(recorderTrouble !== null && {
            lastErrorCode: recorderTrouble.code,
            lastErrorMessage: recorderTrouble.message,
          }),
          lastStatusChangeTime: new Date(call.now.getTime() - hourMs),
        },
      ],
    };
  },

  ListConfigurationRecorders: (call: Call<ListConfigurationRecordersRequest>): ListConfigurationRecordersResponse => {
    const { recorder, internal } = here(call);
    const { NextToken: token, MaxResults: size, ...request } = call.input;
    const wanted = request.Filters?.find(({ filterName }) => filterName === 'recordingScope')?.filterValue;
    const all = [
      ...(recorder === null ? [] : [{ arn: recorder.arn, name: recorder.name, recordingScope: 'PAID' as const }]),
      ...internal.map((servicePrincipal) => {
        const name = `AWSConfigurationRecorderFor${servicePrincipal.split('.')[0]}`;
        return {
          arn: `arn:aws:config:${call.region}:${call.account}:configuration-recorder/${name}/${hexOf(name, call.account, call.region).slice(0, 16)}`,
          name,
          servicePrincipal,
          recordingScope: 'INTERNAL' as const,
        };
      }),
    ].filter(({ recordingScope }) => wanted === undefined || wanted.includes(recordingScope));
    const { items, next } = pageOf(all, { token, size: size || 20, request });
    return { ConfigurationRecorderSummaries: items, NextToken: next };
  },

  PutConfigurationRecorder: (call: Call<PutConfigurationRecorderRequest>): object => {
    const { name = 'default', ...given } = call.input.ConfigurationRecorder ?? {};
    const recording = here(call);
    if (recording.recorder !== null && recording.recorder.name !== name)
      throw new AwsError(
        'MaxNumberOfConfigurationRecordersExceededException',
        `Failed to put configuration recorder '${name}' because the maximum number of configuration recorders: 1 is reached.`,
      );
    if (given.roleARN === undefined)
      throw new AwsError('InvalidRoleException', 'You have provided a null or empty role.');
    const { allSupported, resourceTypes = [], recordingStrategy } = given.recordingGroup ?? {};
    if (
      allSupported === true &&
      (resourceTypes.length > 0 || recordingStrategy?.useOnly?.endsWith('BY_RESOURCE_TYPES'))
    )
      throw new AwsError('InvalidRecordingGroupException', 'The recording group provided is not valid.');
    recording.recorder = {
      recordingMode: { recordingFrequency: 'CONTINUOUS' },
      recordingGroup: {
        allSupported: true,
        includeGlobalResourceTypes: false,
        resourceTypes: [],
        recordingStrategy: { useOnly: 'ALL_SUPPORTED_RESOURCE_TYPES' },
      },
      ...given,
      name,
      arn: `arn:aws:config:${call.region}:${call.account}:configuration-recorder/${name}/${hexOf('recorder', call.account, call.region).slice(0, 16)}`,
      recordingScope: 'PAID',
    };
    return {};
  },

  DeleteConfigurationRecorder: (call: Call<DeleteConfigurationRecorderRequest>): object => {
    requireRecorder(call, [call.input.ConfigurationRecorderName ?? '']);
    Object.assign(here(call), { recorder: null, started: null, stopped: null, recorderTrouble: null });
    return {};
  },

  StartConfigurationRecorder: (call: Call<StartConfigurationRecorderRequest>): object => {
    requireRecorder(call, [call.input.ConfigurationRecorderName ?? '']);
    const recording = here(call);
    if (recording.channel === null)
      throw new AwsError(
        'NoAvailableDeliveryChannelException',
        'Delivery channel is not available to start configuration recorder.',
      );
    Object.assign(recording, { started: call.now, stopped: null, recorderTrouble: null });
    return {};
  },

  StopConfigurationRecorder: (call: Call<StopConfigurationRecorderRequest>): object => {
    requireRecorder(call, [call.input.ConfigurationRecorderName ?? '']);
    here(call).stopped = call.now;
    return {};
  },

  DescribeDeliveryChannels: (call: Call<DescribeDeliveryChannelsRequest>): DescribeDeliveryChannelsResponse => {
    const { channel } = here(call);
    return { DeliveryChannels: channel === null ? [] : [channel] };
  },

  DescribeDeliveryChannelStatus: (
    call: Call<DescribeDeliveryChannelStatusRequest>,
  ): DescribeDeliveryChannelStatusResponse => {
    const { channel, deliveryTrouble, stopped, started, spelling } = here(call);
    if (channel === null) return { DeliveryChannelsStatus: [] };
    const files: ConfigExportDeliveryInfo = Object.fromEntries([
      ['lastStatus', deliveryTrouble === null ? spelling('Success') : spelling('Failure')],
      ['lastAttemptTime', new Date(call.now.getTime() - hourMs)],
      ['lastSuccessfulTime', deliveryTrouble?.since ?? stopped ?? new Date(call.now.getTime() - hourMs)],
      ...(deliveryTrouble === null
        ? []
        : [
            ['lastErrorCode', deliveryTrouble.code],
            ['lastErrorMessage', deliveryTrouble.message],
          ]),
    ]);
    const written = started === null ? {} : { configHistoryDeliveryInfo: files, configSnapshotDeliveryInfo: {} };
    return {
      DeliveryChannelsStatus: [
        { name: channel.name, ...written, configStreamDeliveryInfo: { lastStatus: 'Not_Applicable' } },
      ],
    };
  },

  PutDeliveryChannel: (call: Call<PutDeliveryChannelRequest>): object => {
    const { DeliveryChannel: channel } = call.input;
    const recording = here(call);
    if (recording.recorder === null)
      throw new AwsError(
        'NoAvailableConfigurationRecorderException',
        'Configuration recorder is not available to put delivery channel.',
      );
    if (channel?.s3BucketName === undefined)
      throw new AwsError('NoSuchBucketException', 'Cannot find a S3 bucket with an empty bucket name.');
    Object.assign(recording, { channel: { name: 'default', ...channel }, deliveryTrouble: null });
    return {};
  },

  DeleteDeliveryChannel: (call: Call<DeleteDeliveryChannelRequest>): object => {
    const recording = here(call);
    if (recording.started !== null && recording.stopped === null)
      throw new AwsError(
        'LastDeliveryChannelDeleteFailedException',
        `Failed to delete last specified delivery channel with name '${call.input.DeliveryChannelName}', because there is a running configuration recorder.`,
      );
    recording.channel = null;
    return {};
  },

  DescribeRetentionConfigurations: (
    call: Call<DescribeRetentionConfigurationsRequest>,
  ): DescribeRetentionConfigurationsResponse => {
    const days = retentions(call.organization).get(keyOf(call.account, call.region));
    return { RetentionConfigurations: days === undefined ? [] : [{ Name: 'default', RetentionPeriodInDays: days }] };
  },

  PutRetentionConfiguration: (call: Call<PutRetentionConfigurationRequest>): PutRetentionConfigurationResponse => {
    const { RetentionPeriodInDays = 2557 } = call.input;
    retentions(call.organization).set(keyOf(call.account, call.region), RetentionPeriodInDays);
    return { RetentionConfiguration: { Name: 'default', RetentionPeriodInDays } };
  },

  DeleteRetentionConfiguration: (call: Call<DeleteRetentionConfigurationRequest>): object => {
    retentions(call.organization).delete(keyOf(call.account, call.region));
    return {};
  },

  DescribeConfigurationAggregators: (
    call: Call<DescribeConfigurationAggregatorsRequest>,
  ): DescribeConfigurationAggregatorsResponse => {
    const { NextToken: token, Limit: size, ...request } = call.input;
    const mine = aggregators(call.organization).filter(
      ({ account, region }) => account === call.account && region === call.region,
    );
    const { items, next } = pageOf(mine, { token, size: size || 20, request, refusal: badToken });
    return { ConfigurationAggregators: items.map(({ aggregator }) => aggregator), NextToken: next };
  },

  DescribeConfigurationAggregatorSourcesStatus: (
    call: Call<DescribeConfigurationAggregatorSourcesStatusRequest>,
  ): DescribeConfigurationAggregatorSourcesStatusResponse => {
    const { NextToken: token, Limit: size, ...request } = call.input;
    requireAggregator(call, request.ConfigurationAggregatorName);
    const broken = brokenSources(call.organization);
    const rows = call.organization.accounts
      .filter(({ state }) => state === 'ACTIVE')
      .flatMap(({ id, regions }) =>
        regions.flatMap((region): AggregatedSourceStatus[] => {
          const how = broken.get(keyOf(id, region));
          if (how === 'missing') return [];
          return [
            {
              SourceId: id,
              SourceType: 'ACCOUNT',
              AwsRegion: region,
              LastUpdateStatus: how ?? 'SUCCEEDED',
              LastUpdateTime: new Date(call.now.getTime() - hourMs),
              ...(how === 'FAILED' && { LastErrorCode: 'AccessDenied', LastErrorMessage: 'Access is denied.' }),
            },
          ];
        }),
      )
      .filter(
        ({ LastUpdateStatus }) =>
          LastUpdateStatus !== undefined && (request.UpdateStatus ?? [LastUpdateStatus]).includes(LastUpdateStatus),
      );
    const { items, next } = pageOf(rows, { token, size: size || 100, request, refusal: badToken });
    return { AggregatedSourceStatusList: items, NextToken: next };
  },

  PutConfigurationAggregator: (call: Call<PutConfigurationAggregatorRequest>): PutConfigurationAggregatorResponse => {
    const {
      ConfigurationAggregatorName: name = '',
      OrganizationAggregationSource,
      AccountAggregationSources,
    } = call.input;
    const { managementAccount, homeAccount } = call.organization;
    if (OrganizationAggregationSource !== undefined && ![managementAccount, homeAccount].includes(call.account))
      throw new AwsError(
        'OrganizationAccessDeniedException',
        'This action can be only performed if you are a master account or a delegated administrator.',
      );
    const aggregator: ConfigurationAggregator = {
      ConfigurationAggregatorName: name,
      ConfigurationAggregatorArn: aggregatorArn(call.account, call.region, name),
      CreationTime: call.now,
      LastUpdatedTime: call.now,
      ...(OrganizationAggregationSource && { OrganizationAggregationSource }),
      ...(AccountAggregationSources && { AccountAggregationSources }),
    };
    const kept = aggregators(call.organization);
    const at = kept.findIndex(
      (one) =>
        one.account === call.account &&
        one.region === call.region &&
        one.aggregator.ConfigurationAggregatorName === name,
    );
    kept.splice(at === -1 ? kept.length : at, at === -1 ? 0 : 1, {
      account: call.account,
      region: call.region,
      aggregator,
    });
    return { ConfigurationAggregator: aggregator };
  },

  DeleteConfigurationAggregator: (call: Call<DeleteConfigurationAggregatorRequest>): object => {
    requireAggregator(call, call.input.ConfigurationAggregatorName);
    const kept = aggregators(call.organization);
    kept.splice(
      kept.findIndex(
        ({ account, region, aggregator }) =>
          account === call.account &&
          region === call.region &&
          aggregator.ConfigurationAggregatorName === call.input.ConfigurationAggregatorName,
      ),
      1,
    );
    return {};
  },
};

function requireRecorder(call: Call<unknown>, names: readonly string[] | undefined): void {
  const unknown = names?.find((name) => name !== here(call).recorder?.name);
  if (unknown !== undefined)
    throw new AwsError(
      'NoSuchConfigurationRecorderException',
      `Cannot find configuration recorder with the specified name '${unknown}'.`,
    );
}
