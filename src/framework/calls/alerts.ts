import * as z from 'zod';
import type { Call } from '../asks.ts';

const Acknowledged = z.object({ acknowledged: z.array(z.string()) });
/** Of the CloudTrail event ids of `eventIds`, those about which an alert came that somebody acknowledged. */
export const acknowledgedEvents: Call<z.output<typeof Acknowledged>> = {
  service: 'store',
  operation: 'AcknowledgedEvents',
  output: Acknowledged,
};
