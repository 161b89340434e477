import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Standards = z.object({
  StandardsSubscriptions: z
    .array(z.object({ StandardsArn: z.string(), StandardsStatus: z.string().optional() }))
    .default([]),
});
/** Where Security Hub is off it refuses with InvalidAccessException. */
export const getEnabledStandards: Call<z.output<typeof Standards>> = {
  service: 'securityHub',
  operation: 'GetEnabledStandards',
  output: Standards,
  pages: pagedBy('NextToken', 'StandardsSubscriptions'),
  absent: ['InvalidAccessException'],
};
