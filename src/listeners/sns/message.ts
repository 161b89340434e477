export const messageTypes = ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const;

export type MessageType = (typeof messageTypes)[number];

/** An SNS message that passed the verifier. Every text in it is AWS's, and what AWS carries is hostile: escape it on output. */
export interface SnsMessage {
  type: MessageType;
  /** A UUID; the same on every redelivery. */
  messageId: string;
  topicArn: string;
  /** Notifications only, and only where the publisher gave one. */
  subject?: string;
  message: string;
  /** When SNS took the message: ISO 8601, UTC, with milliseconds. */
  timestamp: string;
  signatureVersion: '1' | '2';
  /** Confirmations only: what ConfirmSubscription wants. */
  token?: string;
  /** The envelope as it came. */
  raw: string;
}

export type SnsVerdict = { ok: true; message: SnsMessage; stale: boolean } | Refused;

/**
 * 4xx: a forgery, or something that SNS does not send. SNS never tries it again, so it must be definite.
 * 503: it may be genuine, and something of ours (network, clock, config, certificate) is in the way. SNS tries again.
 */
export type RefusalStatus = 400 | 403 | 405 | 413 | 415 | 503;

/** Short and stable: metrics count by them. */
export type RefusalCode =
  | 'method'
  | 'content-encoding'
  | 'content-type'
  | 'raw-delivery'
  | 'too-large'
  | 'slow-body'
  | 'aborted'
  | 'overload'
  | 'json'
  | 'field'
  | 'type'
  | 'header'
  | 'topic'
  | 'signature-version'
  | 'message-id'
  | 'timestamp'
  | 'control-character'
  | 'subscribe-url'
  | 'certificate-url'
  | 'certificate-unavailable'
  | 'certificate-unfit'
  | 'signature-form'
  | 'signature'
  | 'clock'
  | 'stale-confirmation'
  | 'confirm-failed'
  | 'receive-failed'
  | 'fault';

/** Why a request is not accepted. The checks throw it, `verify` returns it. `cause` is the fault of ours behind it, for the log only. */
export class Refused extends Error {
  readonly ok = false;
  readonly status: RefusalStatus;
  readonly code: RefusalCode;
  /** One sentence: what is wrong and, where we can tell, what to do. Safe to send to whoever asked. */
  readonly reason: string;

  constructor(status: RefusalStatus, code: RefusalCode, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}
