import { nextHandoff, onCallAt } from '../alerts/oncall.ts';
import type { Parts } from '../parts.ts';
import { richDate } from '../slack/dates.ts';
import { bold, header, lineBreak, person, richText, words } from '../slack/views/elements.ts';
import { overridesFrom } from '../store/overrides.ts';
import type { Command } from './audit.ts';

/** Who holds each schedule now, and until when. */
export async function onCallNow(
  parts: Parts,
): Promise<{ schedule: string; user: string | null; until: Date | null }[]> {
  const now = parts.now();
  const overrides = await overridesFrom(parts.database.db, now);
  return [...parts.config.schedules].map(([schedule, turns]) => ({
    schedule,
    user: onCallAt(turns, now, overrides.get(schedule)) ?? null,
    until: nextHandoff(turns, now, overrides.get(schedule))?.at ?? null,
  }));
}

export const oncallCommand: Command = {
  name: 'oncall',
  usage: 'oncall',
  sentence: 'Says who is on call now, for each schedule, and until when.',
  topic: 'Alerts',
  right: null,
  run: async (parts) => {
    const turns = await onCallNow(parts);
    if (turns.length === 0) return 'No schedule is set up: add one under `schedules` in the configuration.';
    return {
      text: `On call now: ${turns.map(({ schedule, user }) => `${schedule} ${user === null ? 'nobody' : `<@${user}>`}`).join(', ')}`,
      blocks: [
        header('On call now'),
        richText(
          ...turns.flatMap(({ schedule, user, until }, place) => [
            ...(place === 0 ? [] : [lineBreak]),
            bold(schedule),
            words('  '),
            user === null ? words('nobody') : person(user),
            ...(until === null ? [] : [words(' until '), richDate(until)]),
          ]),
        ),
      ],
    };
  },
};
