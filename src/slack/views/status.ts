import type { KnownBlock, RichTextElement } from '@slack/types';
import type { Cadence } from '../../alerts/cadence.ts';
import { formatDuration } from '../../words/durations.ts';
import { capitalized, oneLine } from '../../words/text.ts';
import { hourMs } from '../../words/time.ts';
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
  topics: { arn: string; lastMessageAt: Date | null; cadence: Cadence | null }[];
  /** How often each AWS source is heard of, over all accounts. */
  sources: { name: string; cadence: Cadence }[];
  /** Accounts, and sources in one account, that are watched in the same way. */
  others: number;
}

/** `/audit status`: is everything well, and when did AWS last say something. */
export function statusMessage(status: Status): Message {
  const broken = [
    ...status.parts.filter((part) => !part.ok),
    ...status.topics
      .filter(({ lastMessageAt }) => lastMessageAt === null)
      .map(({ arn }) => ({ name: `topic ${nameOf(arn)}`, sentence: `Topic ${nameOf(arn)} has sent no message yet.` })),
    ...[
      ...status.topics.map(({ arn, lastMessageAt, cadence }) => ({
        name: `topic ${nameOf(arn)}`,
        cadence: lastMessageAt === null ? null : cadence,
      })),
      ...status.sources.map(({ name, cadence }) => ({ name: oneLine(name, 100), cadence })),
    ].flatMap(({ name, cadence }) =>
      cadence?.state === 'silent' ? [{ name, sentence: `${capitalized(name)} is ${cadenceWords(cadence)}.` }] : [],
    ),
    ...(status.topics.length === 0
      ? [{ name: 'topics', sentence: 'No SNS topic is listed in the configuration.' }]
      : []),
  ];
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
            : [...status.topics.map((topic) => richText(...topicLine(topic))), ...sourceLines(status)],
        foot: [context(md`Version ${status.version} · up for ${up}`)],
      },
      (left) => context(md`${left} more lines are not shown.`),
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

const nameOf = (arn: string): string => oneLine(arn.split(':')[5] ?? arn, 100);

/** The topic's name and place rather than its ARN. */
function topicLine({ arn, lastMessageAt, cadence }: Status['topics'][number]): RichTextElement[] {
  const [, , , region = '', account = ''] = arn.split(':');
  const title = nameOf(arn);
  const place = [account, region].filter((part) => part !== '').join(', ');
  return [
    words(lastMessageAt === null || cadence?.state === 'silent' ? '❗ ' : '✅ '),
    bold(title),
    ...(place === '' ? [] : [words(` (${place})`)]),
    ...(lastMessageAt === null ? [words(': no message yet')] : [words(': last message '), richDate(lastMessageAt)]),
    ...(lastMessageAt === null || cadence === null ? [] : [words(`; ${cadenceWords(cadence)}`)]),
  ];
}

/** What is usual of each source, in one block, and how much else is watched. */
function sourceLines({ sources, others }: Pick<Status, 'sources' | 'others'>): KnownBlock[] {
  if (sources.length === 0) return [];
  const rows = sources.map(({ name, cadence }) => [
    words(cadence.state === 'silent' ? '❗ ' : cadence.state === 'heard' ? '✅ ' : '⏳ '),
    bold(oneLine(name, 100)),
    words(`: ${cadenceWords(cadence)}`),
  ]);
  const more = others === 0 ? [] : [[words(`Watched in the same way: ${others} accounts and sources in an account.`)]];
  return [richText(...lines([...rows.slice(0, 40), ...more]))];
}

const hours = (count: number): string => formatDuration(count * hourMs);

function cadenceWords(cadence: Cadence): string {
  if (cadence.state === 'learning') return 'too little is known yet to miss it';
  const usual = `usually one every ${hours(cadence.every)}`;
  return cadence.state === 'silent'
    ? `silent, nothing for ${hours(cadence.quiet)}; ${usual}`
    : `${usual}, missed when it is overdue for ${hours(cadence.limit)}`;
}
