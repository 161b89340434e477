import type { HomeView, KnownBlock } from '@slack/types';
import type { Alert } from '../../alerts/alert.ts';
import { slackDate } from '../dates.ts';
import { link, md, safeUrl, userMention } from '../escape.ts';
import { fitBlocks, limits } from '../limits.ts';
import { alertRow } from './alert-list.ts';
import { context, header, section } from './elements.ts';

export interface Home {
  /** Open alerts that the person acknowledged or has assigned, worst first. */
  mine: Alert[];
  /** Open alerts that nobody has in hand. */
  waiting: number;
  onCall: { schedule: string; user: string | null; until: Date | null }[];
  lastDigest: { name: string; at: Date; permalink: string } | null;
}

/** The App Home of one person: what is mine, who is on call, what was last reported. */
export function homeView(home: Home): HomeView {
  return {
    type: 'home',
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(home.mine.length === 0 ? 'Your alerts' : `Your alerts (${home.mine.length})`)],
        rows: home.mine.length === 0 ? [section(md`✅ No open alert is in your hands.`)] : home.mine.map(alertRow),
        foot: [
          context(
            home.waiting === 0
              ? md`Nobody else is waited for: every open alert is in somebody's hands.`
              : md`*${home.waiting}* open ${home.waiting === 1 ? 'alert is' : 'alerts are'} in nobody's hands: type /audit alerts`,
          ),
          header('On call now'),
          ...onCall(home.onCall),
          header('Last report'),
          digest(home.lastDigest),
        ],
      },
      (left) => context(md`${left} more: type /audit alerts`),
      limits.view.blocks,
    ),
  };
}

function onCall(turns: Home['onCall']): KnownBlock[] {
  if (turns.length === 0) return [section(md`No schedule is set up in the configuration.`)];
  return turns
    .slice(0, 20)
    .map(({ schedule, user, until }) =>
      section(
        user === null
          ? md`❗ *${schedule.slice(0, 80)}*: nobody`
          : md`*${schedule.slice(0, 80)}*: ${userMention(user)}${until === null ? '' : md` until ${slackDate(until)}`}`,
      ),
    );
}

function digest(last: Home['lastDigest']): KnownBlock {
  if (last === null) return section(md`No report has been made yet.`);
  const url = safeUrl(last.permalink);
  const name = url === undefined ? md`${last.name}` : link(url, last.name);
  return section(md`${name}, ${slackDate(last.at)}`);
}
