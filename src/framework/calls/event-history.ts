import * as z from 'zod';
import { parseJson } from '../../words/json.ts';
import { type Call, pagedBy } from '../asks.ts';

const Records = z.object({
  Events: z
    .array(
      z.object({
        EventId: z.string(),
        EventName: z.string(),
        EventTime: z.date(),
        Username: z.string().optional(),
        /** The text `true` or `false`. */
        ReadOnly: z.string().optional(),
        /** The record as JSON. */
        CloudTrailEvent: z.string().default('{}'),
      }),
    )
    .default([]),
});
/** Event history with whole records, by one attribute; two requests a second, account and region. */
export const lookupRecords: Call<z.output<typeof Records>> = {
  service: 'cloudTrail',
  operation: 'LookupEvents',
  output: Records,
  pages: pagedBy('NextToken', 'Events'),
};
/** The newest record alone, with `MaxResults` of one. */
export const newestRecord: Call<z.output<typeof Records>> = {
  service: 'cloudTrail',
  operation: 'LookupEvents',
  output: Records,
};
export type HistoryRecord = z.output<typeof Records>['Events'][number];

const Failed = z.object({ errorCode: z.string() });

/** Whether a call was refused or failed, so that nothing came of it. */
export const hasFailed = ({ CloudTrailEvent }: HistoryRecord): boolean =>
  Failed.safeParse(parseJson(CloudTrailEvent)).success;
