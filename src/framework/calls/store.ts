import * as z from 'zod';
import type { Call } from '../asks.ts';

const service = 'store';

const Keys = z.object({ keys: z.array(z.string()) });

/**
 * Of the findings whose keys are asked (ARN; of Access Analyzer `<analyzer's ARN>/<finding's id>`), those about which an
 * alert was acknowledged, or that are accepted until a day that has not come.
 */
export const handledFindings: Call<z.output<typeof Keys>> = { service, operation: 'HandledFindings', output: Keys };

/** Of the findings whose keys are asked, those that came to the bot as alerts. */
export const receivedFindings: Call<z.output<typeof Keys>> = { service, operation: 'ReceivedFindings', output: Keys };

const Received = z.object({
  events: z
    .array(
      z.object({
        /** CloudTrail's eventID, else EventBridge's id. */
        id: z.string(),
        /** As EventBridge names it: `aws.iam`. */
        source: z.string(),
        at: z.date(),
      }),
    )
    .default([]),
  /** Since when the bot keeps what it receives: before, nothing is known. */
  keptSince: z.date(),
  /** Whether these are all; the newest are given. */
  whole: z.boolean(),
});

/**
 * What the bot received of an account and region since a time: input `{ account, region, since }`, `since` as Date.
 * Asked of the bot's own store: no call of AWS. Unknown where nobody keeps it.
 */
export const receivedEvents: Call<z.output<typeof Received>> = {
  service,
  operation: 'ReceivedEvents',
  output: Received,
};
export type Received = z.output<typeof Received>;

const Arrived = z.object({ arrived: z.boolean() });
/** Whether an event came to the bot, by its id: input `{ id }`. Waits a minute for it. */
export const arrivedEvent: Call<z.output<typeof Arrived>> = { service, operation: 'ArrivedEvent', output: Arrived };

const EvidenceRun = z.object({
  /** Null: there was none yet. */
  run: z
    .object({
      /** ISO 8601, UTC. */
      at: z.string(),
      complete: z.boolean(),
      signedOff: z.boolean(),
      /** Whether its files are as their manifest says. */
      filesVerify: z.boolean(),
    })
    .nullable(),
});
/** The last run of the evidence digest. */
export const lastEvidenceRun: Call<z.output<typeof EvidenceRun>> = {
  service,
  operation: 'LastEvidenceRun',
  output: EvidenceRun,
};
