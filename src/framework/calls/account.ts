import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Regions = z.object({ Regions: z.array(z.object({ RegionName: z.string() })).default([]) });

/** The regions of an account, asked in the management account or its delegate: no role in the account is needed. */
export const listRegions: Call<z.output<typeof Regions>> = {
  service: 'account',
  operation: 'ListRegions',
  output: Regions,
  pages: pagedBy('NextToken', 'Regions'),
};
