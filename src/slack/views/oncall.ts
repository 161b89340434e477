import type { ActionsBlock, KnownBlock } from '@slack/types';
import type { z } from 'zod';
import type { Alert } from '../../alerts/alert.ts';
import type { PlannedCall } from '../../alerts/calls-at.ts';
import type { OnCallNews, WatchOver } from '../../alerts/notices.ts';
import { formatDuration } from '../../words/durations.ts';
import { plural } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import { fitBlocks, limits } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, context, header, section } from './elements.ts';
import type { CoverValue, SwapValue } from './oncall-values.ts';
import { targetWords } from './target-words.ts';

/** A schedule as it stands now. */
export interface ScheduleShown {
  schedule: string;
  /** Empty: nobody. */
  users: readonly string[];
  /** Null: it never ends. */
  until: Date | null;
  /** Who comes then; empty: nobody. */
  next: readonly string[];
}

/** One line of the weeks ahead: a shift, or hours in which nobody is on call. */
export interface LineShown {
  from: Date;
  to: Date;
  users: readonly string[];
  /** The layer, or why it is none. */
  why: string;
}

const names = (users: readonly string[]): Mrkdwn =>
  users.length === 0 ? md`*nobody*` : joined(users.slice(0, 8).map(userMention), md` and `);

const standing = ({ schedule, users, until, next }: ScheduleShown): Mrkdwn =>
  md`${users.length === 0 ? '❗ ' : ''}*${schedule.slice(0, 80)}*: ${names(users)}${
    until === null ? md`, always` : md` until ${slackDate(until)}, then ${names(next)}`
  }`;

/** `/audit oncall`: who is on call now and next, for each schedule, and what one may do about it. */
export const oncallNow = (shown: readonly ScheduleShown[]): Message => ({
  text: fallback(
    md`On call now: ${joined(
      shown.map(({ schedule, users }) => md`${schedule} ${names(users)}`),
      md`, `,
    )}`,
  ),
  blocks: fitBlocks<KnownBlock>(
    {
      head: [header('On call now')],
      rows: shown.flatMap((each, place) => [section(standing(each)), ...buttonsOf(each.schedule, place)]),
      foot: [
        context(
          md`The weeks ahead: /audit oncall NAME. Somebody else for a time: /audit oncall override NAME @person --for 2h`,
        ),
      ],
    },
    () => context(md`More schedules are not shown: /audit oncall NAME`),
  ),
});

/** What one may do about a schedule; in App Home, too. A name that is longer than what a button carries has none. */
export function buttonsOf(schedule: string, place = 0, picture = false): ActionsBlock[] {
  const value = JSON.stringify({ schedule });
  if (value.length > limits.button.value) return [];
  return [
    actions(`oncall:${place}`, [
      button(actionIds.oncallTake, 'Take over now', value, `Be on call for ${schedule} until the next handoff`),
      button(actionIds.oncallCover, 'Ask for cover', value, `Ask who takes my next shift of ${schedule}`),
      button(actionIds.oncallOverride, 'Stand in…', value, `Put somebody in for ${schedule} for a time`),
      button(actionIds.oncallSwap, 'Swap…', value, `Offer my next shift of ${schedule} for somebody else's`),
      ...(picture
        ? [button(actionIds.oncallPicture, 'Picture', value, `Send me a picture of four weeks of ${schedule}`)]
        : []),
    ]),
  ];
}

/** `/audit oncall NAME`: one schedule with its next weeks and the overrides that are made. */
export const oncallWeeks = (
  shown: ScheduleShown,
  lines: readonly LineShown[],
  overrides: readonly { id: number; user: string; from: Date; until: Date; createdBy: string }[],
): Message => ({
  text: fallback(standing(shown)),
  blocks: fitBlocks<KnownBlock>(
    {
      head: [header(`On call: ${shown.schedule}`), section(standing(shown)), ...buttonsOf(shown.schedule, 0, true)],
      rows: [
        ...overrides
          .slice(0, 10)
          .map(({ id, user, from, until, createdBy }) =>
            section(
              md`🔁 ${userMention(user)} stands in from ${slackDate(from)} until ${slackDate(until)} · by ${userMention(createdBy)}`,
              button(actionIds.oncallEnd, 'End', String(id), `End override ${id}`),
            ),
          ),
        ...pages(
          lines.map(
            ({ from, to, users, why }) =>
              md`${slackDate(from)} – ${slackDate(to)}  ${names(users)}${why === '' ? '' : md` · ${why}`}`,
          ),
        ),
      ],
    },
    () => context(md`The rest: trailwatch shifts ${shown.schedule.slice(0, 80)}`),
  ),
});

/** `/audit oncall at TIME`: whom each level of these policies would call for an alert (null: for any) that begins to fire then. */
export const oncallAt = (
  { at, note }: { at: Date; note: string | null },
  alert: Pick<Alert, 'id'> | null,
  policies: readonly { policy: string; calls: readonly PlannedCall[] }[],
): Message => {
  const head = md`If ${alert === null ? md`an alert` : md`alert #${alert.id}`} began to fire ${slackDate(at)} and nobody acknowledged it`;
  const none = md`Nobody is called by the clock: ${alert === null ? 'there is no policy' : 'its route names no policy'}.`;
  return {
    text: fallback(head),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [section(md`${head}:`), ...(note === null ? [] : [context(md`${note}`)])],
        rows:
          policies.length === 0
            ? [section(none)]
            : policies.map(({ policy, calls }) =>
                section(joined([md`*${policy.slice(0, 80)}*`, ...calls.map(planned)], md`\n`)),
              ),
        foot: [
          context(md`With the overrides as they are now. Where nobody answers all levels, the default channel hears.`),
        ],
      },
      (left) => context(md`${left} more policies`),
    ),
  };
};

const planned = ({ level, at, who }: PlannedCall): Mrkdwn =>
  md`${level}. ${slackDate(at)}: ${who.length === 0 ? md`*nobody*, so the next level at once` : joined(who.slice(0, 8).map(targetWords), md` and `)}`;

/** Lines in sections of ten: a message has few blocks. */
const pages = (lines: readonly Mrkdwn[]): KnownBlock[] =>
  Array.from({ length: Math.ceil(lines.length / 10) }, (_, page) =>
    section(joined(lines.slice(page * 10, page * 10 + 10), md`\n`)),
  );

/** News of a schedule, for a channel or a person. */
export function oncallNews(news: OnCallNews): Message {
  const schedule = news.schedule.slice(0, 80);
  const [from, until] = [new Date(news.from), new Date(news.until)];
  const span = between({ from, until });
  switch (news.about) {
    case 'override': {
      const place = news.instead === null ? md`` : md` in place of ${userMention(news.instead)}`;
      return said(
        md`🔁 ${userMention(news.user)} is on call for *${schedule}* ${span}${place} (by ${userMention(news.by)})`,
      );
    }
    case 'override-ended':
      return said(
        md`↩️ ${userMention(news.by)} ended that ${userMention(news.user)} stands in for *${schedule}* ${span}: the schedule holds again`,
      );
    case 'cover-wanted':
      return said(
        md`🙋 ${userMention(news.asker)} asks for cover for *${schedule}* ${span}. Who presses first has it; until then ${userMention(news.asker)} stays on call.`,
        actions(`oncall-cover:${until.getTime()}`, [
          button(
            actionIds.oncallCoverTake,
            'I take it',
            JSON.stringify({ schedule: news.schedule, from, until, asker: news.asker }),
            'Take this shift',
            'primary',
          ),
        ]),
      );
    case 'swap-wanted': {
      const { asker, other, theirs } = news;
      const value = JSON.stringify({ schedule: news.schedule, from, until, asker, other, theirs });
      return said(
        md`🔄 ${userMention(asker)} would like to swap shifts of *${schedule}*: you take theirs ${span}, they take yours ${between({ from: new Date(theirs.from), until: new Date(theirs.until) })}. Nothing changes before you agree.`,
        actions(`oncall-swap:${until.getTime()}`, [
          button(actionIds.oncallSwapTake, 'Swap', value, 'Agree to swap these shifts', 'primary'),
          button(actionIds.oncallSwapRefuse, 'Keep mine', value, 'Keep my shift, and tell whoever asked'),
        ]),
      );
    }
    case 'swap-refused':
      return said(
        md`🔄 ${userMention(news.other)} keeps their shift of *${schedule}*: yours ${span} stays yours. /audit oncall cover ${schedule} asks everybody.`,
      );
    case 'handoff': {
      const { firing, acknowledged } = news.open;
      const wakes = news.wakes.map(({ alert, at }) => md`#${alert} ${slackDate(new Date(at))}`);
      const lines = [
        md`🔔 *${schedule}*: ${names(news.users)} ${news.users.length > 1 ? 'are' : 'is'} on call until ${slackDate(until)} (before: ${names(news.before)})`,
        md`*Open*: ${firing} firing and not acknowledged, ${acknowledged} acknowledged${worstOf(news.watch)}`,
        ...watchLines(news.watch),
        ...wakesLines(wakes, news.watch),
      ];
      return said(joined(lines, md`\n`));
    }
    case 'readiness': {
      if (news.gone !== null)
        return said(
          md`❗ *${schedule}*: ${userMention(news.user)} is on call ${span}${news.more ? md` and ${plural(news.more, 'time')} more within a week` : md``}, and cannot be reached: ${userMention(news.user)} ${news.gone}. Put somebody there with /audit oncall override, or take them out of the list.`,
        );
      const alone = md` You are called by direct message alone: while Slack does not ring for you (Do Not Disturb), nobody reaches you. Choose another way in the Home tab.`;
      return said(
        md`📟 You are on call for *${schedule}* ${span}.${news.ways === 0 ? alone : md``} Try now whether you can be reached.`,
        actions(`reach-try:${from.getTime()}`, [
          button(actionIds.reachTry, 'Call me as a test', 'try', 'Call me by all my ways, as a test', 'primary'),
        ]),
      );
    }
    case 'rota':
      return rotaChanged(news, schedule);
    case 'mirror-refused': {
      const [kind, id = ''] = news.target.split(':');
      const what = kind === 'usergroup' ? md`The user group ${id}` : md`The topic of <#${id}>`;
      return said(md`❗ *${schedule}*: ${what} does not show who is on call: ${news.sentence}.`);
    }
    case 'gap': {
      const first = md`nobody is on call from ${slackDate(from)} until ${slackDate(new Date(news.firstEnds))} (${formatDuration(Date.parse(news.firstEnds) - from.getTime())})`;
      const more = news.count === 1 ? md`` : md`, and ${news.count - 1} times more until ${slackDate(until)}`;
      return said(
        md`⚠️ *${schedule}*: ${first}${more}. Put somebody there with /audit oncall override, or set \`mayBeEmpty\` where it is meant.`,
      );
    }
  }
}

/** What becomes of the message that asked for cover, once somebody has the shift. */
export const coverTaken = ({ schedule, from, until, asker }: z.output<typeof CoverValue>, by: string): Message =>
  said(
    md`🙋 ${userMention(asker)} asked for cover for *${schedule.slice(0, 80)}* ${between({ from, until })}: ${userMention(by)} takes it.`,
  );

/** What becomes of the offer of a swap, for the one who answered it. */
export const swapAnswered = (
  { schedule, from, until, asker, theirs }: z.output<typeof SwapValue>,
  swapped: boolean,
): Message =>
  said(
    swapped
      ? md`🔄 You swapped shifts of *${schedule.slice(0, 80)}* with ${userMention(asker)}: you take ${between({ from, until })}, they take ${between(theirs)}.`
      : md`🔄 You keep your shift of *${schedule.slice(0, 80)}* ${between(theirs)}; ${userMention(asker)} was told.`,
  );

/** What somebody offered, for themselves. */
export const swapOffered = (schedule: string, other: string, { theirs, ...own }: Span & { theirs: Span }): Mrkdwn =>
  md`Asked ${userMention(other)}: your shift of ${schedule} ${between(own)} for theirs ${between(theirs)}. Nothing changes before they agree.`;

interface Span {
  from: Date;
  until: Date;
}

const between = ({ from, until }: Span): Mrkdwn => md`from ${slackDate(from)} until ${slackDate(until)}`;

/** To a person with their own shifts, to the channel with who is concerned. */
function rotaChanged({ users, before, after }: Extract<OnCallNews, { about: 'rota' }>, schedule: string): Message {
  if (before.length + after.length === 0)
    return said(
      md`🗓️ The list of *${schedule}* was edited. The next four weeks changed for ${names(users)}: /audit oncall ${schedule}`,
    );
  const spans = (all: typeof before): Mrkdwn =>
    all.length === 0
      ? md`none`
      : joined(
          all.slice(0, 8).map(({ from, until }) => md`${slackDate(new Date(from))} – ${slackDate(new Date(until))}`),
          md`; `,
        );
  return said(
    md`🗓️ The list of *${schedule}* was edited, and your shifts of the next four weeks are others.\n*Before*: ${spans(before)}\n*Now*: ${spans(after)}`,
  );
}

const worstOf = ({ worst }: Pick<WatchOver, 'worst'> = { worst: [] }): Mrkdwn =>
  worst.length === 0
    ? md``
    : md`; the worst ${joined(
        worst.map(({ alert, severity }) => md`#${alert} ${severity}`),
        md`, `,
      )}`;

/** What came of the turn that is over. */
const watchLines = (watch: WatchOver | undefined): Mrkdwn[] =>
  watch === undefined
    ? []
    : [
        md`*Since ${slackDate(new Date(watch.since))}*: ${watch.happened}`,
        ...watch.carried.slice(0, 8).map(({ user, sentence }) => md`${userMention(user)}: ${sentence}`),
      ];

/** What ends on the turn that begins, and which planned silences begin, so that it comes as no surprise at night. */
function wakesLines(snoozes: readonly Mrkdwn[], watch: WatchOver | undefined): Mrkdwn[] {
  const silences = (watch?.silences ?? []).map(({ id, until }) => md`${id} ${slackDate(new Date(until))}`);
  const windows = (watch?.windows ?? []).map(({ id, from }) => md`${id} ${slackDate(new Date(from))}`);
  const exceptions = watch?.exceptions ?? null;
  const wakes = [
    ...(snoozes.length === 0 ? [] : [md`snoozes of ${joined(snoozes, md`, `)}`]),
    ...(silences.length === 0 ? [] : [md`silences ${joined(silences, md`, `)}`]),
    ...(exceptions === null
      ? []
      : [md`${plural(exceptions.count, 'accepted risk')}, from ${slackDate(new Date(exceptions.first))} on`]),
  ];
  return [
    ...(wakes.length === 0 ? [] : [md`*Ends on this watch*: ${joined(wakes, md`; `)}`]),
    ...(windows.length === 0 ? [] : [md`*Begins on this watch*: planned silences ${joined(windows, md`, `)}`]),
  ];
}

const said = (line: Mrkdwn, ...more: KnownBlock[]): Message => ({
  text: fallback(line),
  blocks: [section(line), ...more],
});
