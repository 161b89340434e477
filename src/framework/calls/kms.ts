import * as z from 'zod';
import type { Call } from '../asks.ts';

const Key = z.object({
  KeyMetadata: z.object({
    Arn: z.string(),
    KeyState: z.string().optional(),
    KeyManager: z.string().optional(),
    DeletionDate: z.date().optional(),
  }),
});
/** Asked in the key's own account and region: from elsewhere it is answered where the key's policy says so. */
export const describeKey: Call<z.output<typeof Key>> = {
  service: 'kms',
  operation: 'DescribeKey',
  output: Key,
  absent: ['NotFoundException'],
};

const KeyPolicy = z.object({ Policy: z.string().optional() });
export const getKeyPolicy: Call<z.output<typeof KeyPolicy>> = {
  service: 'kms',
  operation: 'GetKeyPolicy',
  output: KeyPolicy,
  absent: ['NotFoundException'],
};
