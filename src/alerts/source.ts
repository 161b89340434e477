import type { Signal } from './signal.ts';

/** A payload after JSON parsing, with the SNS envelope (or SQS, or Lambda) already taken off. */
export interface Payload {
  /** The parsed JSON object, or undefined when the message is plain text. */
  json: Record<string, unknown> | undefined;
  /** The message as it came, at most 256 KiB; sources read it where there is no JSON. */
  text: string;
  /** SNS Subject, if any. */
  subject?: string;
  /** Topic ARN: gives region, account and partition where the payload has none. */
  topicArn?: string;
  /** True where the text was found to hold no secret and no deep nesting: it can be kept as it came. */
  clean?: boolean;
  /** True where the JSON broke off, and what came before the break is read. */
  cut?: boolean;
  /** The SNS timestamp, or the time of reading for a bare payload: ISO 8601, UTC. */
  receivedAt: string;
}

/** One AWS source of alerts. Adding one is adding a file to sources/ and its line to sources/index.ts. */
export interface Source {
  name: string;
  /** True when the shape is this source's. Cheap; never throws. */
  matches(payload: Payload): boolean;
  /**
   * What the payload says. Missing, null and wrongly typed fields give a signal with less in it, never an error:
   * the readers of shape.ts are lenient at each leaf.
   */
  read(payload: Payload): Signal;
}
