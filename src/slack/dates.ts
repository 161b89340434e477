import type { RichTextDate } from '@slack/types';
import { type Mrkdwn, md } from './escape.ts';

const format = '{date_short_pretty} {time}';

/** "2026-11-23 09:30 UTC": for those who see no date tokens. */
const utc = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const unix = (date: Date): number => Math.floor(date.getTime() / 1000);

/**
 * A moment as each reader's Slack shows it, in the reader's own time zone: "Today 9:30 AM".
 * Source: docs.slack.dev, "Formatting message text", date formatting.
 */
export const slackDate = (date: Date): Mrkdwn => md`<!date^${unix(date)}^{date_short_pretty} {time}|${utc(date)}>`;

/** The same inside rich_text. */
export const richDate = (date: Date): RichTextDate => ({
  type: 'date',
  timestamp: unix(date),
  format,
  fallback: utc(date),
});

/** AWS writes moments in UTC: each reader sees them in their own time zone. Undefined for any other text. */
export function momentIn(value: string): RichTextDate | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)) return undefined;
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? undefined : richDate(moment);
}
