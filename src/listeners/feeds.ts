import { createHash, timingSafeEqual } from 'node:crypto';
import { secretHash } from '../acts/feeds.ts';
import { shifts } from '../alerts/oncall/shifts.ts';
import type { Parts } from '../parts.ts';
import { type CalendarShift, calendarOf } from '../reports/calendar.ts';
import { namesOf } from '../slack/people.ts';
import { type Feed, feedById } from '../store/feeds.ts';
import { overridesFrom } from '../store/overrides.ts';
import { Kept } from '../words/kept.ts';
import { dayMs, hourMs } from '../words/time.ts';
import type { HttpHandler, Routes } from './http.ts';

/** How far ahead a calendar shows shifts. */
const aheadMs = 180 * dayMs;

/** `/oncall/NUMBER-SECRET.ics`: the calendar at a secret address. Whoever may not see alerts any more has none. */
export function feedRoutes(parts: Parts): Routes {
  const names = new Kept<{ at: Date; name: string }>(1000);

  const handle: HttpHandler = async (req, res) => {
    const feed = await feedAt(parts, req.url ?? '');
    if (feed === undefined) {
      res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      return void res.end('There is no calendar at this address (any more). In Slack: /audit oncall feed\n');
    }
    const calendar = await calendarFor(parts, feed, (users) => namesAt(parts, names, users));
    const etag = `"${createHash('sha256').update(calendar).digest('base64url')}"`;
    // Nobody between the calendar and us keeps a copy, which would outlive a revoked address.
    const headers = { etag, 'cache-control': 'private, max-age=900' };
    if (req.headers['if-none-match'] === etag) return void res.writeHead(304, headers).end();
    res.writeHead(200, {
      ...headers,
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'inline; filename="oncall.ics"',
    });
    res.end(calendar);
  };
  return { '/oncall/': { methods: ['GET', 'HEAD'], handle } };
}

/** The feed whose secret an address holds, while its owner may see alerts. Throws when Slack does not say whether they may. */
async function feedAt({ database, config, access, team }: Parts, url: string): Promise<Feed | undefined> {
  const [, id, secret] = /^\/oncall\/(\d{1,9})-([0-9a-f]{64})\.ics(?:\?|$)/.exec(url) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const feed = await feedById(database.db, Number(id));
  if (feed === undefined || !timingSafeEqual(feed.secretHash, secretHash(secret))) return undefined;
  if (feed.schedule !== null && !config.schedules.has(feed.schedule)) return undefined;
  const verdict = await access.check('see', { user: feed.owner, team: feed.team }, team);
  if (verdict.allowed) return feed;
  if (verdict.reason === 'unknown') throw new Error('Slack does not say who the owner of a calendar is.');
  return undefined;
}

async function calendarFor(
  parts: Parts,
  { owner, schedule: of }: Feed,
  named: (users: readonly string[]) => Promise<(user: string) => string>,
): Promise<string> {
  const today = Math.floor(parts.now().getTime() / dayMs) * dayMs;
  const day = new Date(today);
  // A shift that began earlier is cut here: its UID would change each day if this did.
  const from = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - 1, 1));
  const to = new Date(today + aheadMs);
  const overrides = await overridesFrom(parts.database.db, from);
  const shown = [...parts.config.schedules]
    .filter(([schedule]) => of === null || schedule === of)
    .flatMap(([schedule, turns]) =>
      shifts(turns, from, to, overrides.get(schedule)).map(
        (shift): CalendarShift => ({
          ...shift,
          schedule,
          // The name of the only layer tells nobody anything.
          layer: turns.layers.length > 1 ? shift.layer : null,
        }),
      ),
    );
  if (of === null)
    return calendarOf(
      'On call',
      shown.filter(({ users }) => users.includes(owner)),
      day,
    );
  return calendarOf(`On call: ${of}`, shown, day, await named([...new Set(shown.flatMap(({ users }) => users))]));
}

/** Names of people, believed for a day: calendars come often, and Slack is asked for one person at a time. */
async function namesAt({ slack, now }: Parts, known: Kept<{ at: Date; name: string }>, users: readonly string[]) {
  const at = now();
  const isFresh = (user: string): boolean => at.getTime() - (known.get(user)?.at.getTime() ?? 0) < 24 * hourMs;
  const asked = users.filter((user) => !isFresh(user));
  const nameOf = await namesOf(slack, asked);
  // Where Slack did not tell, the id stands in, until the next time.
  for (const user of asked) if (nameOf(user) !== user) known.set(user, { at, name: nameOf(user) });
  return (user: string): string => known.get(user)?.name ?? user;
}
