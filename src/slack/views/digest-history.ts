import type { KnownBlock } from '@slack/types';
import type { SignOffOutcome } from '../../framework/digest-result.ts';
import { type Operation, operationSentence } from '../../framework/operation.ts';
import { listed, oneLine, plural } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { channelMention, fallback, joined, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { digestIds } from './digest-ids.ts';
import { outcomeWords } from './digest-message.ts';
import { button, context, header, section } from './elements.ts';

/** One run as the history shows it. */
export interface RunRow {
  run: number;
  title: string;
  startedAt: Date;
  askedBy: string | null;
  state: 'collecting' | 'posting' | 'done';
  /** Names of accounts without an answer. */
  failed: readonly string[];
  reviewedBy: string | null;
  outcome: SignOffOutcome | null;
  error: string | null;
  manifestSha256: string | null;
}

/** A report that comes by itself. */
export interface UpcomingReport {
  title: string;
  at: Date;
  channel: string;
}

const states = { collecting: '⏳ asking accounts', posting: '📤 sending files', done: '✅ done' } as const;

/** `/audit report history`: the last runs with what is missing in each, and when the next ones are due. */
export function digestHistory(runs: readonly RunRow[], upcoming: readonly UpcomingReport[]): Message {
  const next =
    upcoming.length === 0
      ? md`No report comes by itself: the configuration has no digests.`
      : joined(
          [
            md`*Next*`,
            ...upcoming.map(({ title, at, channel }) => md`🗓 ${title} · ${slackDate(at)} · ${channelMention(channel)}`),
          ],
          md`\n`,
        );
  if (runs.length === 0) {
    const none = md`No report was made yet. Type */audit report now* to make one.`;
    return { text: fallback(none), blocks: [section(none), section(next)] };
  }
  return {
    text: fallback(md`The last ${plural(runs.length, 'report')}`),
    blocks: fitBlocks<KnownBlock>(
      { head: [header('The last reports')], rows: runs.map(row), foot: [section(next)] },
      (left) => context(md`${left} older runs are not shown.`),
    ),
  };
}

function row({
  run,
  title,
  startedAt,
  askedBy,
  state,
  failed,
  reviewedBy,
  outcome,
  error,
  manifestSha256,
}: RunRow): KnownBlock {
  const lines = [
    md`*${run}* · ${title} · ${slackDate(startedAt)} · ${states[state]}${askedBy === null ? md`` : md` · asked by ${userMention(askedBy)}`}`,
    ...(failed.length === 0 ? [] : [md`❗ no answer from ${oneLine(listed(failed, 6), 300)}`]),
    ...(error === null ? [] : [md`❗ ${oneLine(error, 200)}`]),
    ...(reviewedBy === null ? [] : [md`${outcomeWords[outcome ?? 'accepted']} by ${userMention(reviewedBy)}`]),
    ...(manifestSha256 === null ? [] : [md`Manifest ${manifestSha256.slice(0, 16)}…`]),
  ];
  return section(
    joined(lines, md`\n`),
    failed.length > 0 && reviewedBy === null && state !== 'collecting'
      ? button(digestIds.again, 'Ask them again', String(run), `Ask the failed accounts of run ${run} again`)
      : undefined,
  );
}

/** A digest that somebody asked for. */
export const reportBegun = ({ run, title, channel }: { run: number; title: string; channel: string }): string =>
  `${title}: under way (run ${run}). <#${channel}> shows how far it is, and then the result.`;

export const accountsAskedAgain = (count: number): string =>
  `${count === 1 ? 'One account is' : `${count} accounts are`} asked again; the message shows how it goes.`;

/** One digest as its operation is told. */
export interface OperatedDigest {
  title: string;
  operation: Operation;
}

/** `/audit report calendar`: each time at which a digest was due, and what came of it. Due = missed + unfinished + late + on time. */
export function digestCalendar(
  digests: readonly OperatedDigest[],
  { from, to, mended }: { from: Date; to: Date; mended: string | null },
): Message {
  const days = `${from.toISOString().slice(0, 10)} to ${to.toISOString().slice(0, 10)}`;
  if (digests.length === 0) {
    const none = md`No report comes by itself: the configuration has no digests.`;
    return { text: fallback(none), blocks: [section(none)] };
  }
  return {
    text: fallback(md`How the digests operated from ${days}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(`Operation of the digests, ${days}`)],
        rows: digests.map(operated),
        foot: [
          ...(mended === null ? [] : [context(md`${mended}`)]),
          context(
            md`✅ on time · 🕗 late · ⏳ unfinished · ❌ missed, the oldest first. The list with every run: trailwatch digest calendar`,
          ),
        ],
      },
      (left) => context(md`${left} more are not shown.`),
    ),
  };
}

const periodSigns = { 'on time': '✅', late: '🕗', unfinished: '⏳', missed: '❌' } as const;

const operated = ({ title, operation }: OperatedDigest): KnownBlock =>
  section(
    joined(
      [
        md`*${title}* · ${operationSentence(operation)}`,
        md`${
          operation.periods
            .slice(-60)
            .map(({ state }) => periodSigns[state])
            .join('') || 'nothing was due'
        }`,
      ],
      md`\n`,
    ),
  );
