import { type Json, textAt } from '../../json.ts';
import type { Severity } from '../../severity.ts';
import { oneLine } from '../../text.ts';
import { signalOfCall } from './index.ts';
import { Record, reads } from './record.ts';

/** One CloudTrail event as a line of a table. Every text is untrusted, masked of secrets and on one line. */
export interface EventRow {
  id: string;
  /** ISO 8601, UTC. */
  time: string;
  /** 12 digits; '' where the event names none. */
  account: string;
  region: string;
  /** The user, `role/session`, or the service. */
  who: string;
  /** The person behind it, where the event itself shows one. */
  human: string | null;
  /** The ARN of who called: a user's, or a role session's. */
  arn: string | null;
  key: string | null;
  /** The API call: `StopLogging`. */
  event: string;
  /** `cloudtrail.amazonaws.com` */
  service: string;
  /** The resource's short name, and its ARN where it has one. */
  on: string | null;
  resource: string | null;
  /** An address, or the AWS service that called. */
  from: string | null;
  agent: string | null;
  /** The error code, or null where the call succeeded. */
  error: string | null;
  changes: boolean;
  severity: Severity;
  /** Why it is rated so; '' where there is nothing to say. */
  why: string;
  technique: string | null;
  /** The event in the AWS console of its partition. */
  link: string | null;
}

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
