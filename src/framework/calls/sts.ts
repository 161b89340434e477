import * as z from 'zod';
import type { Call } from '../asks.ts';

const Identity = z.object({ Arn: z.string() });
/** As whom the bot asks in an account. Nobody needs a permission for it. */
export const getCallerIdentity: Call<z.output<typeof Identity>> = {
  service: 'sts',
  operation: 'GetCallerIdentity',
  output: Identity,
};
