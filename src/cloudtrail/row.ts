import * as z from 'zod';
import { severities } from '../alerts/severity.ts';
import { signalOfCall } from '../alerts/sources/cloudtrail/index.ts';
import { type Json, textAt } from '../words/json.ts';
import { oneLine } from '../words/text.ts';
import { Record, reads } from './record.ts';

/** One CloudTrail event as a line of a table. Every text is untrusted, masked of secrets and on one line. */
export const EventRow = z.object({
  id: z.string(),
  /** ISO 8601, UTC. */
  time: z.string(),
  /** 12 digits; '' where the event names none. */
  account: z.string(),
  region: z.string(),
  /** The user, `role/session`, or the service. */
  who: z.string(),
  /** The person behind it, where the event itself shows one. */
  human: z.string().nullable(),
  /** The ARN of who called: a user's, or a role session's. */
  arn: z.string().nullable(),
  key: z.string().nullable(),
  /** The API call: `StopLogging`. */
  event: z.string(),
  /** `cloudtrail.amazonaws.com` */
  service: z.string(),
  /** The resource's short name, and its ARN where it has one. */
  on: z.string().nullable(),
  resource: z.string().nullable(),
  /** An address, or the AWS service that called. */
  from: z.string().nullable(),
  agent: z.string().nullable(),
  /** The error code, or null where the call succeeded. */
  error: z.string().nullable(),
  changes: z.boolean(),
  severity: z.enum(severities),
  /** Why it is rated so; '' where there is nothing to say. */
  why: z.string(),
  technique: z.string().nullable(),
  /** The event in the AWS console of its partition. */
  link: z.string().nullable(),
});
export type EventRow = z.infer<typeof EventRow>;

/** What a record says, in a line. The record is masked of secrets already; nothing in it makes this fail. */
export function eventRow(safe: Json): EventRow {
  const record = Record.parse(safe);
  const signal = signalOfCall({ json: safe, text: '', receivedAt: record.eventTime ?? '' }, record);
  const { actor, resource, judgement } = signal;
  const text = (value: string | undefined): string | null => oneLine(value ?? '', 500) || null;
  return {
    id: record.eventID ?? '',
    time: signal.time,
    account: signal.account ?? '',
    region: record.awsRegion ?? '',
    who: oneLine(actor?.name ?? '', 200) || (record.userIdentity.invokedBy ?? 'nobody named'),
    human: text(actor?.human),
    arn: text(actor?.arn),
    key: text(actor?.accessKeyId),
    event: oneLine(record.eventName ?? signal.kind, 130),
    service: oneLine(record.eventSource ?? '', 130),
    on: text(resource?.name),
    resource: text(resource?.arn),
    from: text(record.sourceIPAddress),
    agent: text(record.userAgent),
    error: text(record.errorCode ?? failureOf(safe)),
    changes: !reads(record),
    severity: signal.severity,
    why: oneLine(judgement?.reasons.join('; ') ?? '', 300),
    technique: text(judgement?.technique),
    link: signal.links[0]?.url ?? null,
  };
}

/** A sign-in says in its answer that it failed. */
const failureOf = (record: Json): string | undefined => {
  const answer = textAt(record, 'responseElements', 'ConsoleLogin');
  return answer === 'Failure' ? (textAt(record, 'errorMessage') ?? 'Failure') : undefined;
};
