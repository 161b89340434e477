import type { KnownBlock, RichTextElement } from '@slack/types';
import { formatDuration } from '../../alerts/durations.ts';
import { oneLine } from '../../alerts/text.ts';
import { richDate } from '../dates.ts';
import { fallback, md } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { bold, context, header, lineBreak, richText, words } from './elements.ts';

/** One thing Trailwatch needs, and what is wrong with it when something is. */
export interface Part {
  /** "Database", "Queue", "Slack" */
  name: string;
  ok: boolean;
  /** One sentence: "PostgreSQL 17, answered in 3 ms", "No worker has taken a job for 5 minutes". */
  sentence: string;
}

export interface Status {
  version: string;
  startedAt: Date;
  now: Date;
  parts: Part[];
  topics: { arn: string; lastMessageAt: Date | null }[];
}

/** `/audit status`: is everything well, and when did AWS last say something. */
export function statusMessage(status: Status): Message {
  const broken = status.parts.filter((part) => !part.ok);
  const title =
    broken.length === 0
      ? '✅ Trailwatch is working'
      : `❗ Trailwatch has trouble: ${broken.map((part) => part.name).join(', ')}`;
  const up = formatDuration(status.now.getTime() - status.startedAt.getTime());
  return {
    text: fallback(md`${title}. ${broken.map((part) => part.sentence).join(' ')}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title), richText(...lines(status.parts.map(partLine)))],
        rows:
          status.topics.length === 0
            ? [
                richText(
                  words('❗ '),
                  bold('No SNS topic'),
                  words(' is listed in the configuration, so no alert can come in.'),
                ),
              ]
            : status.topics.map((topic) => richText(...topicLine(topic))),
        foot: [context(md`Version ${status.version} · up for ${up}`)],
      },
      (left) => context(md`${left} more topics are not shown.`),
    ),
  };
}

const lines = (rows: RichTextElement[][]): RichTextElement[] =>
  rows.flatMap((row, index) => (index === 0 ? row : [lineBreak, ...row]));

const partLine = ({ name, ok, sentence }: Part): RichTextElement[] => [
  words(ok ? '✅ ' : '❗ '),
  bold(name),
  words(`: ${sentence}`),
];

/** The topic's name and place rather than its ARN. */
function topicLine({ arn, lastMessageAt }: Status['topics'][number]): RichTextElement[] {
  const [, , , region = '', account = '', name = ''] = arn.split(':');
  const title = oneLine(name || arn, 100);
  const place = [account, region].filter((part) => part !== '').join(', ');
  return [
    words(lastMessageAt === null ? '❗ ' : '✅ '),
    bold(title),
    ...(place === '' ? [] : [words(` (${place})`)]),
    ...(lastMessageAt === null ? [words(': no message yet')] : [words(': last message '), richDate(lastMessageAt)]),
  ];
}
