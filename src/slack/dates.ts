import type { RichTextDate } from '@slack/types';
import { type Mrkdwn, md } from './escape.ts';

/** Slack writes the first character large ("until Today at"), unless a zero-width space stands before it. */
const format = '\u200b{date_short_pretty} at {time}';

/** "2026-11-23 09:30 UTC": for those who see no date tokens. */
const utc = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const unix = (date: Date): number => Math.floor(date.getTime() / 1000);

/**
 * A moment as each reader's Slack shows it, in the reader's own time zone: "today at 9:30 AM".
 * Source: docs.slack.dev, "Formatting message text", date formatting.
 */
export const slackDate = (date: Date): Mrkdwn =>
  md`<!date^${unix(date)}^\u200b{date_short_pretty} at {time}|${utc(date)}>`;

/** The same inside rich_text. */
export const richDate = (date: Date): RichTextDate => ({
  type: 'date',
  timestamp: unix(date),
  format,
  fallback: utc(date),
});

/** Moments this far apart may be of different days for every reader. */
const nearMs = 12 * 3_600_000;

const isNear = (date: Date, to: Date): boolean => Math.abs(date.getTime() - to.getTime()) < nearMs;

/** A moment within a message of about the same time: "9:30 AM", with its day only where that is another one. */
export const slackClock = (date: Date, near: Date): Mrkdwn =>
  isNear(date, near) ? md`<!date^${unix(date)}^{time}|${utc(date)}>` : slackDate(date);

/** When something will be: "at 9:30 AM", and of another day "tomorrow at 9:30 AM". */
export const slackAt = (date: Date, near: Date): Mrkdwn =>
  isNear(date, near) ? md`at ${slackClock(date, near)}` : slackDate(date);

/** `slackClock` inside rich_text. */
export const richClock = (date: Date, near: Date): RichTextDate =>
  isNear(date, near) ? { ...richDate(date), format: '{time}' } : richDate(date);

/** AWS writes moments in UTC: each reader sees them in their own time zone. Undefined for any other text. */
export function momentIn(value: string): RichTextDate | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)) return undefined;
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? undefined : richDate(moment);
}
