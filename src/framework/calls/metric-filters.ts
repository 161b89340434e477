import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const MetricFilters = z.object({
  metricFilters: z
    .array(
      z.object({
        filterName: z.string(),
        filterPattern: z.string().default(''),
        metricTransformations: z
          .array(
            z.object({
              metricName: z.string(),
              metricNamespace: z.string(),
              metricValue: z.string(),
              defaultValue: z.number().optional(),
              dimensions: z.record(z.string(), z.string()).optional(),
            }),
          )
          .default([]),
        applyOnTransformedLogs: z.boolean().optional(),
        fieldSelectionCriteria: z.string().optional(),
      }),
    )
    .default([]),
});
export const describeMetricFilters: Call<z.output<typeof MetricFilters>> = {
  service: 'cloudWatchLogs',
  operation: 'DescribeMetricFilters',
  output: MetricFilters,
  pages: pagedBy('nextToken', 'metricFilters'),
  absent: ['ResourceNotFoundException'],
};
export type MetricFilter = z.output<typeof MetricFilters>['metricFilters'][number];

const Matches = z.object({ matches: z.array(z.object({ eventNumber: z.number() })).default([]) });
/** At most 50 messages; eventNumber is the place of a message that matches, from 1. */
export const testMetricFilter: Call<z.output<typeof Matches>> = {
  service: 'cloudWatchLogs',
  operation: 'TestMetricFilter',
  output: Matches,
  absent: ['InvalidParameterException'],
};
