import { gaps, shifts } from '../alerts/oncall/shifts.ts';
import type { Parts } from '../parts.ts';
import { scheduleAlt, schedulePng } from '../reports/schedule-picture.ts';
import type { Person } from '../slack/access.ts';
import { namesOf, zoneOf } from '../slack/people.ts';
import { sendFilesTo } from '../slack/upload.ts';
import { overridesFrom } from '../store/overrides.ts';
import { weekMs } from '../words/time.ts';
import { dateOf, instantOfWallTime, wallTimeAt } from '../words/wall-clock.ts';
import { scheduleOf } from './oncall.ts';
import { mustHave } from './rights.ts';

/** Sends a picture of a schedule's next four weeks to the person directly, with its words. @throws Refused */
export async function sendSchedulePicture(parts: Parts, person: Person, schedule: string): Promise<void> {
  await mustHave(parts, 'see', person, `schedule ${schedule}`);
  const turns = scheduleOf(parts, schedule);
  const zone = await zoneOf(parts.slack, person.user);
  const today = dateOf(wallTimeAt(parts.now().getTime(), zone));
  const from = new Date(instantOfWallTime(today, zone));
  const to = new Date(instantOfWallTime(today + 4 * weekMs, zone));
  const overrides = (await overridesFrom(parts.database.db, from)).get(schedule);
  const all = shifts(turns, from, to, overrides);
  const users = [...new Set(all.flatMap((shift) => shift.users))];
  const nameOf = await namesOf(parts.slack, users);
  const shown = {
    title: `On call: ${schedule}, four weeks (${zone})`,
    zone,
    from,
    to,
    rows: users.map((user) => ({ name: nameOf(user), spans: all.filter((shift) => shift.users.includes(user)) })),
    gaps: gaps(turns, from, to, overrides),
  };
  const file = { name: 'oncall.png', title: shown.title, content: await schedulePng(shown) };
  await sendFilesTo(parts.slack, person.user, [file], scheduleAlt(shown));
}
