import type { Json } from '../../words/json.ts';

/** Some of what was found, newest first over all accounts, masked of secrets. */
export interface HistoryPage {
  events: readonly Json[];
  /** Bytes that were read so far, all pages together: what it costs by. */
  bytes: number;
  /** What of it is missing, in a sentence; null: nothing. */
  gap: string | null;
}
