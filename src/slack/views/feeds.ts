import type { ActionsBlock } from '@slack/types';
import { slackDate } from '../dates.ts';
import { fallback, type Mrkdwn, md } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, context, section } from './elements.ts';

const shiftsOf = (schedule: string | null): Mrkdwn =>
  schedule === null ? md`your own shifts` : md`the shifts of *${schedule.slice(0, 80)}*`;

/** The address of a calendar, told once to whoever asked. */
export const feedMade = (schedule: string | null, address: string): Message => ({
  text: fallback(md`📅 The address of a calendar with ${shiftsOf(schedule)}`),
  blocks: [
    section(md`📅 Subscribe to ${shiftsOf(schedule)} in your calendar ("from URL", "by address"):\n\`${address}\``),
    context(
      md`It is shown this once, to you alone. Whoever has it reads along, so share it with nobody. Calendars look again every few hours, some once a day: news of a change comes by Slack.`,
    ),
    buttons(schedule),
  ],
});

/** That there is one: nobody can tell it again. */
export const feedKnown = (schedule: string | null, since: Date): Message => {
  const line = md`📅 You have an address for ${shiftsOf(schedule)} since ${slackDate(since)}. It cannot be shown again.`;
  return { text: fallback(line), blocks: [section(line), buttons(schedule)] };
};

export const feedRevoked = (schedule: string | null): Message => {
  const line = md`The address for ${shiftsOf(schedule)} leads nowhere any more. Another one: /audit oncall feed${schedule === null ? '' : ` ${schedule.slice(0, 80)}`}`;
  return { text: fallback(line), blocks: [section(line)] };
};

function buttons(schedule: string | null): ActionsBlock {
  const value = JSON.stringify({ schedule });
  return actions('oncall-feed', [
    button(actionIds.oncallFeedNew, 'New address', value, 'Make another address; the old one leads nowhere then'),
    button(actionIds.oncallFeedRevoke, 'Revoke', value, 'The address leads nowhere from now on', 'danger'),
  ]);
}
