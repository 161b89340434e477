import { createHash } from 'node:crypto';
import type { Shift } from '../alerts/oncall/shifts.ts';

/** A shift as one event of a calendar. */
export interface CalendarShift extends Shift {
  schedule: string;
}

const why = { rotation: '', override: 'stands in', swap: 'swapped or covered', holiday: 'holiday' };

/**
 * An iCalendar file (RFC 5545) of shifts, in UTC, so that no calendar has to know a zone. The same shifts have the same UIDs, and
 * at the same `stamp` the same bytes. Without `nameOf` they are one person's own, and the titles name the schedule alone.
 */
export async function calendarOf(
  name: string,
  shifts: readonly CalendarShift[],
  stamp: Date,
  nameOf?: (user: string) => string,
): Promise<string> {
  const { default: ical, ICalEventTransparency } = await import('ical-generator');
  const calendar = ical({
    name,
    prodId: { company: 'Trailwatch', product: 'on call', language: 'EN' },
    // Seconds after which a calendar is asked to look again.
    ttl: 3600,
  });
  for (const { schedule, from, to, users, layer, because } of shifts) {
    const who = nameOf === undefined ? 'On call' : users.map(nameOf).join(', ');
    calendar.createEvent({
      id: `${uidOf(schedule, from, users)}@trailwatch`,
      start: from,
      end: to,
      stamp,
      summary: `${who}: ${schedule}`,
      description: [layer, why[because]].filter(Boolean).join(', '),
      // A week on call is no week of meetings.
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  return calendar.toString();
}

const uidOf = (schedule: string, from: Date, users: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([schedule, from.toISOString(), users]))
    .digest('hex')
    .slice(0, 40);
