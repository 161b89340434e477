import type { HomeView, KnownBlock, SectionBlock } from '@slack/types';
import type { Alert } from '../../alerts/alert.ts';
import type { Reach, ReachRule } from '../../alerts/reach.ts';
import type { Silence } from '../../alerts/silences.ts';
import { formatDuration } from '../../words/durations.ts';
import { oneLine } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { joined, link, md, safeUrl, userMention } from '../escape.ts';
import { fitBlocks, limits } from '../limits.ts';
import { actionIds } from './action-ids.ts';
import { alertRow } from './alert-list.ts';
import { severityWord } from './alert-words.ts';
import { button, context, header, section } from './elements.ts';
import { buttonsOf as oncallButtons } from './oncall.ts';
import { silenceRow } from './silences.ts';
import { targetWords } from './target-words.ts';

export interface HomeShown {
  /** Open alerts that the person acknowledged or has assigned, worst first. */
  mine: Alert[];
  /** Open alerts that the person escalated and that are not theirs, worst first. */
  escalated: Alert[];
  /** Open alerts that are neither acknowledged nor assigned, in channels that the person may read: how many, and the worst. */
  waiting: { total: number; worst: Alert[] };
  /** Findings of digests that the person was given to fix. */
  tasks: readonly { title: string; since: Date; due: Date | null }[];
  /** The shift of the person that runs or comes next, of each schedule in which they have one. */
  shifts: readonly { schedule: string; from: Date; to: Date | null }[];
  /** Those that hold now, then those that are planned. */
  silences: (Silence & { caught: number; planned: boolean })[];
  onCall: { schedule: string; users: readonly string[]; until: Date | null }[];
  /** How the person is called beside a direct message, and which of these ways come too late in some policy. */
  reach: Reach | undefined;
  late: { rule: ReachRule; policy: string; gapMs: number }[];
  lastDigest: { name: string; at: Date; permalink: string } | null;
  /** What is wrong with digests now, in sentences. */
  digestTroubles: readonly string[];
  now: Date;
}

/** The App Home of one person: what is mine, who is on call, what was last reported. */
export function homeView(home: HomeShown): HomeView {
  return {
    type: 'home',
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(home.mine.length === 0 ? 'Your alerts' : `Your alerts (${home.mine.length})`)],
        rows: home.mine.length === 0 ? [section(md`✅ You have no open alerts.`)] : home.mine.map(alertRow),
        foot: [
          ...escalated(home.escalated),
          ...waiting(home),
          ...tasks(home.tasks),
          ...(home.silences.length === 0 ? [] : [header('Silences'), ...home.silences.slice(0, 5).map(silenceRow)]),
          header('On call now'),
          ...onCall(home.onCall),
          ...shiftLines(home.shifts, home.now),
          header('How you are called'),
          reachSection(home),
          header('Last report'),
          digest(home.lastDigest),
          ...home.digestTroubles.slice(0, 5).map((trouble) => section(md`❗ ${oneLine(trouble, 300)}`)),
        ],
      },
      (left) => context(md`${left} more: type /audit alerts`),
      limits.view.blocks,
    ),
  };
}

/** The App Home of somebody who may not see alerts; `sentence` says why, as mrkdwn that is safe to send. */
export const refusedHome = (sentence: string): HomeView => ({
  type: 'home',
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: sentence } }],
});

/** What the person called others for: whether one of them has it in hand by now. */
function escalated(alerts: readonly Alert[]): KnownBlock[] {
  if (alerts.length === 0) return [];
  const left = alerts.length - shownEscalated;
  return [
    header(`You escalated (${alerts.length})`),
    ...alerts.slice(0, shownEscalated).map(alertRow),
    ...(left > 0 ? [context(md`${left} more: type /audit alerts`)] : []),
  ];
}

const shownEscalated = 5;

/** What nobody has in hand: it waits for whoever looks. */
function waiting({ waiting: { total, worst }, mine }: Pick<HomeShown, 'waiting' | 'mine'>): KnownBlock[] {
  if (total === 0 && mine.some(({ state }) => state === 'firing'))
    return [context(md`Every other alert is acknowledged.`)];
  if (total === 0) return [context(md`Every open alert is acknowledged.`)];
  const more = total - worst.length;
  return [
    header(`Waiting for somebody (${total})`),
    ...worst.map(alertRow),
    ...(more > 0 ? [context(md`${more} more: type /audit alerts firing`)] : []),
  ];
}

const shownTasks = 5;

function tasks(open: HomeShown['tasks']): KnownBlock[] {
  if (open.length === 0) return [];
  const lines = open
    .slice(0, shownTasks)
    .map(
      ({ title, since, due }) =>
        md`• ${oneLine(title, 150)}, since ${slackDate(since)}${due === null ? md`` : md`, due ${slackDate(due)}`}`,
    );
  const left = open.length - shownTasks;
  return [
    header(`Findings that you were given (${open.length})`),
    section(joined([...lines, ...(left > 0 ? [md`${left} more`] : [])], md`\n`)),
  ];
}

function shiftLines(shifts: HomeShown['shifts'], now: Date): KnownBlock[] {
  if (shifts.length === 0) return [];
  const lines = shifts.slice(0, 10).map(({ schedule, from, to }) => {
    const until = to === null ? md` for the weeks ahead` : md` until ${slackDate(to)}`;
    return from <= now
      ? md`You are on call for *${schedule.slice(0, 80)}*${until}`
      : md`Your next shift of *${schedule.slice(0, 80)}*: ${slackDate(from)}${until}`;
  });
  return [section(joined(lines, md`\n`))];
}

function onCall(turns: HomeShown['onCall']): KnownBlock[] {
  if (turns.length === 0) return [section(md`No schedule is set up in the configuration.`)];
  return turns
    .slice(0, 20)
    .flatMap(({ schedule, users, until }, place) => [
      section(
        users.length === 0
          ? md`❗ *${schedule.slice(0, 80)}*: nobody`
          : md`*${schedule.slice(0, 80)}*: ${joined(users.slice(0, 5).map(userMention), md` and `)}${until === null ? '' : md` until ${slackDate(until)}`}`,
      ),
      ...oncallButtons(schedule, place),
    ]);
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Which ways a person chose, and what is to be known of them. */
function reachSection({ reach, late }: Pick<HomeShown, 'reach' | 'late'>): SectionBlock {
  const ways = (reach?.rules ?? []).map(({ way, afterMs, from }) => {
    const when = afterMs === 0 ? 'at once' : `${formatDuration(afterMs)} later`;
    return md`${targetWords(way)}, ${when}, from ${severityWord(from).toLowerCase()} on`;
  });
  const warnings = late
    .slice(0, 3)
    .map(({ rule, policy, gapMs }) =>
      gapMs <= 0
        ? md`\n⚠️ In ${policy.slice(0, 80)} the next level is called together with yours, before ${targetWords(rule.way)}.`
        : md`\n⚠️ In ${policy.slice(0, 80)} the next level is called after ${formatDuration(gapMs)}, before ${targetWords(rule.way)}: choose a shorter time.`,
    );
  const hours = reach?.quietHours;
  const quiet = hours
    ? md` From ${clock(hours.from)} to ${clock(hours.to)} by direct message alone, but for what is critical.`
    : md``;
  return section(
    md`By direct message, at once${ways.length === 0 ? '. By nothing else: where Slack does not ring, nobody reaches you' : md`; ${joined(ways, md`; `)}`}.${quiet}${joined(warnings, md``)}`,
    button(actionIds.reach, 'Change', 'reach', 'Change how you are called'),
  );
}

function digest(last: HomeShown['lastDigest']): KnownBlock {
  if (last === null) return section(md`No report has been made yet.`);
  const url = safeUrl(last.permalink);
  const name = url === undefined ? md`${last.name}` : link(url, last.name);
  return section(md`${name}, ${slackDate(last.at)}`);
}
