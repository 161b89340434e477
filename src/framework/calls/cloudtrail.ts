import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Trails = z.object({
  trailList: z
    .array(
      z.object({
        Name: z.string(),
        TrailARN: z.string(),
        HomeRegion: z.string(),
        S3BucketName: z.string(),
        S3KeyPrefix: z.string().optional(),
        SnsTopicARN: z.string().optional(),
        IncludeGlobalServiceEvents: z.boolean().optional(),
        IsMultiRegionTrail: z.boolean().optional(),
        IsOrganizationTrail: z.boolean().optional(),
        LogFileValidationEnabled: z.boolean().optional(),
        KmsKeyId: z.string().optional(),
        CloudWatchLogsLogGroupArn: z.string().optional(),
      }),
    )
    .default([]),
});
/** In one page: an account has five trails a region. */
export const describeTrails: Call<z.output<typeof Trails>> = {
  service: 'cloudTrail',
  operation: 'DescribeTrails',
  output: Trails,
};
export type Trail = z.output<typeof Trails>['trailList'][number];

const TrailStatus = z.object({
  IsLogging: z.boolean().optional(),
  LatestDeliveryError: z.string().optional(),
  LatestDeliveryTime: z.date().optional(),
  LatestDigestDeliveryError: z.string().optional(),
  LatestDigestDeliveryTime: z.date().optional(),
  LatestNotificationError: z.string().optional(),
  LatestCloudWatchLogsDeliveryError: z.string().optional(),
  LatestCloudWatchLogsDeliveryTime: z.date().optional(),
  StartLoggingTime: z.date().optional(),
});
/** Of one region: a trail of all regions delivers in each by itself. */
export const getTrailStatus: Call<z.output<typeof TrailStatus>> = {
  service: 'cloudTrail',
  operation: 'GetTrailStatus',
  output: TrailStatus,
  absent: ['TrailNotFoundException'],
};
export type TrailStatus = z.output<typeof TrailStatus>;

const EventSelectors = z.object({
  EventSelectors: z
    .array(
      z.object({
        ReadWriteType: z.string().optional(),
        IncludeManagementEvents: z.boolean().optional(),
        ExcludeManagementEventSources: z.array(z.string()).default([]),
        DataResources: z
          .array(z.object({ Type: z.string().optional(), Values: z.array(z.string()).default([]) }))
          .default([]),
      }),
    )
    .default([]),
  AdvancedEventSelectors: z
    .array(
      z.object({
        FieldSelectors: z
          .array(
            z.object({
              Field: z.string(),
              Equals: z.array(z.string()).default([]),
              StartsWith: z.array(z.string()).default([]),
              EndsWith: z.array(z.string()).default([]),
              NotEquals: z.array(z.string()).default([]),
              NotStartsWith: z.array(z.string()).default([]),
              NotEndsWith: z.array(z.string()).default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});
export const getEventSelectors: Call<z.output<typeof EventSelectors>> = {
  service: 'cloudTrail',
  operation: 'GetEventSelectors',
  output: EventSelectors,
  absent: ['TrailNotFoundException'],
};
export type EventSelectors = z.output<typeof EventSelectors>;

const InsightSelectors = z.object({
  InsightSelectors: z.array(z.object({ InsightType: z.string().optional() })).default([]),
});
export const getInsightSelectors: Call<z.output<typeof InsightSelectors>> = {
  service: 'cloudTrail',
  operation: 'GetInsightSelectors',
  output: InsightSelectors,
  absent: ['InsightNotEnabledException', 'UnsupportedOperationException', 'TrailNotFoundException'],
};

const PublicKeys = z.object({
  PublicKeyList: z.array(z.object({ Value: z.instanceof(Uint8Array), Fingerprint: z.string() })).default([]),
});
/** The keys with which CloudTrail signs digests in a region; `Value` is DER in PKCS #1. */
export const listPublicKeys: Call<z.output<typeof PublicKeys>> = {
  service: 'cloudTrail',
  operation: 'ListPublicKeys',
  output: PublicKeys,
  pages: pagedBy('NextToken', 'PublicKeyList'),
};
export type PublicKey = z.output<typeof PublicKeys>['PublicKeyList'][number];
