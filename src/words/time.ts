/** Lengths of time in milliseconds. A day is 24 hours: days of a calendar, in a time zone, are luxon's business. */
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;
