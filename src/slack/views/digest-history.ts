import type { KnownBlock } from '@slack/types';
import { listed, oneLine } from '../../alerts/text.ts';
import { slackDate } from '../dates.ts';
import { channelMention, fallback, joined, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { digestIds } from './digest-ids.ts';
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
    text: fallback(md`The last ${runs.length} runs of reports`),
    blocks: fitBlocks<KnownBlock>(
      { head: [header('The last reports')], rows: runs.map(row), foot: [section(next)] },
      (left) => context(md`${left} older runs are not shown.`),
    ),
  };
}

function row({ run, title, startedAt, askedBy, state, failed, reviewedBy, error, manifestSha256 }: RunRow): KnownBlock {
  const lines = [
    md`*${run}* · ${title} · ${slackDate(startedAt)} · ${states[state]}${askedBy === null ? md`` : md` · asked by ${userMention(askedBy)}`}`,
    ...(failed.length === 0 ? [] : [md`❗ no answer from ${oneLine(listed(failed, 6), 300)}`]),
    ...(error === null ? [] : [md`❗ ${oneLine(error, 200)}`]),
    ...(reviewedBy === null ? [] : [md`Reviewed by ${userMention(reviewedBy)}`]),
    ...(manifestSha256 === null ? [] : [md`Manifest ${manifestSha256.slice(0, 16)}…`]),
  ];
  return section(
    joined(lines, md`\n`),
    failed.length > 0 && reviewedBy === null && state !== 'collecting'
      ? button(digestIds.again, 'Ask them again', String(run), `Ask the failed accounts of run ${run} again`)
      : undefined,
  );
}
