import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const Attributes = z.object({ Attributes: z.record(z.string(), z.string()).default({}) });
const absent = ['NotFoundException', 'NotFound'];

export const getTopicAttributes: Call<z.output<typeof Attributes>> = {
  service: 'sns',
  operation: 'GetTopicAttributes',
  output: Attributes,
  absent,
};

export const getSubscriptionAttributes: Call<z.output<typeof Attributes>> = {
  service: 'sns',
  operation: 'GetSubscriptionAttributes',
  output: Attributes,
  absent,
};

const Subscriptions = z.object({
  Subscriptions: z
    .array(z.object({ SubscriptionArn: z.string(), Protocol: z.string(), Endpoint: z.string().default('') }))
    .default([]),
});
/** `PendingConfirmation` and `Deleted` stand in SubscriptionArn too: they are words, not ARNs. */
export const listSubscriptionsByTopic: Call<z.output<typeof Subscriptions>> = {
  service: 'sns',
  operation: 'ListSubscriptionsByTopic',
  output: Subscriptions,
  pages: pagedBy('NextToken', 'Subscriptions'),
  absent,
};
export type Subscription = z.output<typeof Subscriptions>['Subscriptions'][number];
