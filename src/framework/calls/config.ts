import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Recorders = z.object({
  ConfigurationRecorders: z
    .array(
      z.object({
        arn: z.string().optional(),
        name: z.string().optional(),
        roleARN: z.string().optional(),
        servicePrincipal: z.string().optional(),
        recordingGroup: z
          .object({
            allSupported: z.boolean().optional(),
            includeGlobalResourceTypes: z.boolean().optional(),
            resourceTypes: z.array(z.string()).default([]),
            exclusionByResourceTypes: z.object({ resourceTypes: z.array(z.string()).default([]) }).optional(),
            recordingStrategy: z.object({ useOnly: z.string().optional() }).optional(),
          })
          .optional(),
        recordingMode: z
          .object({
            recordingFrequency: z.string().optional(),
            recordingModeOverrides: z
              .array(z.object({ resourceTypes: z.array(z.string()).default([]), recordingFrequency: z.string() }))
              .default([]),
          })
          .optional(),
      }),
    )
    .default([]),
});
/** Without a name it lists the recorders of the customer alone, at most one. */
export const describeConfigurationRecorders: Call<z.output<typeof Recorders>> = {
  service: 'config',
  operation: 'DescribeConfigurationRecorders',
  output: Recorders,
};
export type Recorder = z.output<typeof Recorders>['ConfigurationRecorders'][number];

const RecorderStatuses = z.object({
  ConfigurationRecordersStatus: z
    .array(
      z.object({
        name: z.string().optional(),
        recording: z.boolean().optional(),
        lastStatus: z.string().optional(),
        lastStartTime: z.date().optional(),
        lastErrorCode: z.string().optional(),
        lastErrorMessage: z.string().optional(),
      }),
    )
    .default([]),
});
export const describeConfigurationRecorderStatus: Call<z.output<typeof RecorderStatuses>> = {
  service: 'config',
  operation: 'DescribeConfigurationRecorderStatus',
  output: RecorderStatuses,
};
export type RecorderStatus = z.output<typeof RecorderStatuses>['ConfigurationRecordersStatus'][number];

const Summaries = z.object({
  ConfigurationRecorderSummaries: z
    .array(z.object({ name: z.string(), servicePrincipal: z.string().optional(), recordingScope: z.string() }))
    .default([]),
});
/** Those of other services too. */
export const listConfigurationRecorders: Call<z.output<typeof Summaries>> = {
  service: 'config',
  operation: 'ListConfigurationRecorders',
  output: Summaries,
  pages: pagedBy('NextToken', 'ConfigurationRecorderSummaries'),
};

const Channels = z.object({
  DeliveryChannels: z.array(z.object({ name: z.string().optional(), s3BucketName: z.string().optional() })).default([]),
});
export const describeDeliveryChannels: Call<z.output<typeof Channels>> = {
  service: 'config',
  operation: 'DescribeDeliveryChannels',
  output: Channels,
};

const Delivery = z
  .object({
    lastStatus: z.string().optional(),
    lastErrorCode: z.string().optional(),
    lastErrorMessage: z.string().optional(),
    lastSuccessfulTime: z.date().optional(),
  })
  .optional();
const ChannelStatuses = z.object({
  DeliveryChannelsStatus: z
    .array(
      z.object({
        name: z.string().optional(),
        configHistoryDeliveryInfo: Delivery,
        configSnapshotDeliveryInfo: Delivery,
        configStreamDeliveryInfo: Delivery,
      }),
    )
    .default([]),
});
export const describeDeliveryChannelStatus: Call<z.output<typeof ChannelStatuses>> = {
  service: 'config',
  operation: 'DescribeDeliveryChannelStatus',
  output: ChannelStatuses,
};
export type ChannelStatus = z.output<typeof ChannelStatuses>['DeliveryChannelsStatus'][number];

const Retentions = z.object({
  RetentionConfigurations: z.array(z.object({ RetentionPeriodInDays: z.number() })).default([]),
});
export const describeRetentionConfigurations: Call<z.output<typeof Retentions>> = {
  service: 'config',
  operation: 'DescribeRetentionConfigurations',
  output: Retentions,
  pages: pagedBy('NextToken', 'RetentionConfigurations'),
};

const Aggregators = z.object({
  ConfigurationAggregators: z
    .array(
      z.object({
        ConfigurationAggregatorName: z.string(),
        ConfigurationAggregatorArn: z.string(),
        OrganizationAggregationSource: z
          .object({ AllAwsRegions: z.boolean().optional(), AwsRegions: z.array(z.string()).default([]) })
          .optional(),
      }),
    )
    .default([]),
});
export const describeConfigurationAggregators: Call<z.output<typeof Aggregators>> = {
  service: 'config',
  operation: 'DescribeConfigurationAggregators',
  output: Aggregators,
  pages: pagedBy('NextToken', 'ConfigurationAggregators'),
};

export interface SourceStatus {
  SourceId?: string;
  AwsRegion?: string;
  LastUpdateStatus?: string;
  LastUpdateTime?: Date;
  LastErrorCode?: string;
}
/** A row for each account and region: thousands, so the list is taken as it is and looked into by need. */
const Sources = z.object({
  AggregatedSourceStatusList: z.custom<readonly SourceStatus[]>(Array.isArray).default([]),
});
export const describeConfigurationAggregatorSourcesStatus: Call<z.output<typeof Sources>> = {
  service: 'config',
  operation: 'DescribeConfigurationAggregatorSourcesStatus',
  output: Sources,
  pages: pagedBy('NextToken', 'AggregatedSourceStatusList'),
  absent: ['NoSuchConfigurationAggregatorException'],
};

const Rows = z.object({
  /** JSON, a text a row. The list is taken as it is, so that what was read from it once is found again. */
  Results: z
    .custom<readonly string[]>((rows) => Array.isArray(rows) && rows.every((row) => typeof row === 'string'))
    .default([]),
});
/** Config's SQL over what the aggregator has: current state of what the customers' recorders record. */
export const selectAggregateResourceConfig: Call<z.output<typeof Rows>> = {
  service: 'config',
  operation: 'SelectAggregateResourceConfig',
  output: Rows,
  pages: pagedBy('NextToken', 'Results'),
  absent: ['NoSuchConfigurationAggregatorException'],
};

/** Config's SQL over what one account recorded in one region. */
export const selectResourceConfig: Call<z.output<typeof Rows>> = {
  service: 'config',
  operation: 'SelectResourceConfig',
  output: Rows,
  pages: pagedBy('NextToken', 'Results'),
};

const Discovered = z.object({
  resourceIdentifiers: z
    .array(
      z.object({
        resourceType: z.string(),
        resourceId: z.string(),
        resourceName: z.string().optional(),
        resourceDeletionTime: z.date().optional(),
      }),
    )
    .default([]),
});
/** Of one type, by name or ids; with `includeDeletedResources` what was deleted too. */
export const listDiscoveredResources: Call<z.output<typeof Discovered>> = {
  service: 'config',
  operation: 'ListDiscoveredResources',
  output: Discovered,
  pages: pagedBy('nextToken', 'resourceIdentifiers'),
  absent: ['NoAvailableConfigurationRecorderException'],
};

const History = z.object({
  configurationItems: z
    .array(
      z.object({
        configurationItemCaptureTime: z.date(),
        configurationItemStatus: z.string(),
        configuration: z.string().optional(),
        supplementaryConfiguration: z.record(z.string(), z.string()).default({}),
        tags: z.record(z.string(), z.string()).default({}),
        /** CloudTrail's ids of what changed it; newer items have none. */
        relatedEvents: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
/** What a resource was like, span by span: a page without items goes on. Source: AWS Config API reference. */
export const getResourceConfigHistory: Call<z.output<typeof History>> = {
  service: 'config',
  operation: 'GetResourceConfigHistory',
  output: History,
  pages: pagedBy('nextToken', 'configurationItems'),
  absent: ['ResourceNotDiscoveredException', 'NoAvailableConfigurationRecorderException'],
};
export type ConfigurationItem = z.output<typeof History>['configurationItems'][number];
