import * as z from 'zod';
import { type Call, pagedBy } from '../asks.ts';

const absent = ['ResourceNotFoundException'];

const Rules = z.object({
  Rules: z
    .array(
      z.object({
        Name: z.string(),
        Arn: z.string(),
        EventPattern: z.string().optional(),
        State: z.string().optional(),
        ManagedBy: z.string().optional(),
      }),
    )
    .default([]),
});
export const listRules: Call<z.output<typeof Rules>> = {
  service: 'eventBridge',
  operation: 'ListRules',
  output: Rules,
  pages: pagedBy('NextToken', 'Rules'),
  absent,
};
export type Rule = z.output<typeof Rules>['Rules'][number];

const Targets = z.object({
  Targets: z
    .array(
      z.object({
        Id: z.string(),
        Arn: z.string(),
        RoleArn: z.string().optional(),
        Input: z.string().optional(),
        InputPath: z.string().optional(),
        InputTransformer: z
          .object({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
          .optional(),
        DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
        RetryPolicy: z
          .object({ MaximumEventAgeInSeconds: z.number().optional(), MaximumRetryAttempts: z.number().optional() })
          .optional(),
      }),
    )
    .default([]),
});
export const listTargetsByRule: Call<z.output<typeof Targets>> = {
  service: 'eventBridge',
  operation: 'ListTargetsByRule',
  output: Targets,
  pages: pagedBy('NextToken', 'Targets'),
  absent,
};
export type Target = z.output<typeof Targets>['Targets'][number];

const Tested = z.object({ Result: z.boolean() });
/** Free, and it writes nothing: whether a pattern matches an event. A pattern that this API does not know is no answer. */
export const testEventPattern: Call<z.output<typeof Tested>> = {
  service: 'eventBridge',
  operation: 'TestEventPattern',
  output: Tested,
};

const Buses = z.object({
  EventBuses: z.array(z.object({ Name: z.string(), Arn: z.string(), Policy: z.string().optional() })).default([]),
});
export const listEventBuses: Call<z.output<typeof Buses>> = {
  service: 'eventBridge',
  operation: 'ListEventBuses',
  output: Buses,
  pages: pagedBy('NextToken', 'EventBuses'),
};

const Put = z.object({
  Entries: z
    .array(
      z.object({
        EventId: z.string().optional(),
        ErrorCode: z.string().optional(),
        ErrorMessage: z.string().optional(),
      }),
    )
    .default([]),
});
/** A write: sent where `framework.canaries.events` says so, by a statement of the role for it alone. */
export const putEvents: Call<z.output<typeof Put>> = { service: 'eventBridge', operation: 'PutEvents', output: Put };
