import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const LogStreams = z.object({
  logStreams: z
    .array(z.object({ logStreamName: z.string().optional(), lastEventTimestamp: z.number().optional() }))
    .default([]),
});
/** Times are milliseconds since 1970, and up to an hour late. */
export const describeLogStreams: Call<z.output<typeof LogStreams>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeLogStreams',
  output: LogStreams,
  pages: pagedBy('nextToken', 'logStreams'),
  absent: ['ResourceNotFoundException'],
};

/** The stream that was written to last alone, with `orderBy`, `descending` and a limit of one. */
export const newestLogStream: Call<z.output<typeof LogStreams>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeLogStreams',
  output: LogStreams,
  absent: ['ResourceNotFoundException'],
};

const LogGroups = z.object({
  logGroups: z
    .array(
      z.object({
        logGroupName: z.string(),
        retentionInDays: z.number().optional(),
        kmsKeyId: z.string().optional(),
        logGroupClass: z.string().optional(),
      }),
    )
    .default([]),
});
export const describeLogGroups: Call<z.output<typeof LogGroups>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeLogGroups',
  output: LogGroups,
  pages: pagedBy('nextToken', 'logGroups'),
};

const LogEvents = z.object({
  events: z.array(z.object({ timestamp: z.number().optional(), message: z.string().default('') })).default([]),
});
/** The events of one stream, the oldest first; times are milliseconds since 1970. */
export const getLogEvents: Call<z.output<typeof LogEvents>> = {
  service: 'cloudWatchLogs',
  operation: 'GetLogEvents',
  output: LogEvents,
  pages: { token: 'nextToken', next: 'nextForwardToken', list: 'events' },
  absent: ['ResourceNotFoundException'],
};

const Filtered = z.object({
  events: z.array(z.object({ timestamp: z.number().optional(), ingestionTime: z.number().optional() })).default([]),
});
/** Events of streams that match a pattern; times are milliseconds since 1970. What they say is not kept. */
export const filterLogEvents: Call<z.output<typeof Filtered>> = {
  service: 'cloudWatchLogs',
  operation: 'FilterLogEvents',
  output: Filtered,
  pages: pagedBy('nextToken', 'events'),
  absent: ['ResourceNotFoundException'],
};

const Sources = z.object({
  deliverySources: z
    .array(
      z.object({
        name: z.string(),
        resourceArns: z.array(z.string()).default([]),
        logType: z.string().optional(),
        status: z.string().optional(),
      }),
    )
    .default([]),
});
/** What hands its logs to CloudWatch Logs for delivery, as the access logs of a bucket. */
export const describeDeliverySources: Call<z.output<typeof Sources>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeDeliverySources',
  output: Sources,
  pages: pagedBy('nextToken', 'deliverySources'),
};

const Deliveries = z.object({
  deliveries: z
    .array(z.object({ deliverySourceName: z.string().optional(), deliveryDestinationArn: z.string().optional() }))
    .default([]),
});
export const describeDeliveries: Call<z.output<typeof Deliveries>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeDeliveries',
  output: Deliveries,
  pages: pagedBy('nextToken', 'deliveries'),
};

const Destinations = z.object({
  deliveryDestinations: z
    .array(
      z.object({
        arn: z.string().optional(),
        deliveryDestinationType: z.string().optional(),
        deliveryDestinationConfiguration: z.object({ destinationResourceArn: z.string().optional() }).optional(),
      }),
    )
    .default([]),
});
/** Where deliveries go: log groups, buckets, streams of Firehose. */
export const describeDeliveryDestinations: Call<z.output<typeof Destinations>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeDeliveryDestinations',
  output: Destinations,
  pages: pagedBy('nextToken', 'deliveryDestinations'),
};
