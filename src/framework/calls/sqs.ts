import * as z from 'zod';
import type { Call } from '../asks.ts';

const Attributes = z.object({ Attributes: z.record(z.string(), z.string()).default({}) });

export const getQueueAttributes: Call<z.output<typeof Attributes>> = {
  service: 'sqs',
  operation: 'GetQueueAttributes',
  output: Attributes,
  absent: ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
};
