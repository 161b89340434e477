import { type Grouping, groupings } from '../alerts/numbers/count.ts';
import { statsFor } from '../questions/stats.ts';
import { chartBlock } from '../reports/chart.ts';
import { isUserId, md } from '../slack/escape.ts';
import { namesOf } from '../slack/people.ts';
import { type StatsValue, statsMessage } from '../slack/views/stats.ts';
import { formatDuration, parseDuration } from '../words/durations.ts';
import { didYouMean } from '../words/nearest.ts';
import { plural } from '../words/text.ts';
import { dayMs, hourMs } from '../words/time.ts';
import type { CommandCall, SlashCommand } from './command.ts';

const usualMs = 30 * dayMs;
const longestMs = 400 * dayMs;

export const statsCommand: SlashCommand = {
  name: 'stats',
  usage: `stats [--last 30d] [by ${groupings.join('|')}]`,
  sentence:
    'Says how fast alerts were acknowledged and resolved, by severity, source, account, hour, level, person, policy or what it turned out to be; who was called at night; and what to do about what comes most often.',
  topic: 'Alerts',
  right: 'see',
  mostWords: null,
  run: async (parts, call) => {
    const asked = readStats(call, parts.now());
    if (typeof asked === 'string') return asked;
    const stats = await statsFor(parts, call.person, asked);
    const groups = stats.groups[asked.by];
    const people = asked.by === 'person' ? groups.map(({ name }) => name).filter(isUserId) : [];
    const nameOf = await namesOf(parts.slack, people);
    return statsMessage({
      ...stats,
      asked,
      reasons: stats.groups.reason,
      span: `the last ${spanWords(asked.until.getTime() - asked.from.getTime())}`,
      groups: groups.map(({ name, measures }) => ({ name: nameOf(name), measures })),
      chart: chartBlock(asked.by === 'hour' ? stats.charts.hours : stats.charts.days),
    });
  },
};

/** Days as they were asked for: 30 days are not 4 weeks and 2 days. */
const spanWords = (ms: number): string =>
  ms > dayMs && ms % dayMs === 0 ? plural(ms / dayMs, 'day') : formatDuration(ms);

/** What is asked; a sentence where a word is not understood. */
function readStats({ typed: { words, options } }: Pick<CommandCall, 'typed'>, now: Date): StatsValue | string {
  const stray = [...options.keys()].find((option) => option !== 'last');
  if (stray !== undefined)
    return md`There is no --${stray.slice(0, 40)} here${didYouMean(stray, ['last'], '--') || '.'} For example: /audit stats --last 30d by source`.toString();
  const written = options.get('last');
  const ms = written === undefined ? usualMs : parseDuration(written);
  if (ms === undefined || ms < hourMs || ms > longestMs)
    return md`--last "${(written ?? '').slice(0, 40)}" is no time from an hour to 400 days: write 24h, 7d or 12w.`.toString();
  const [first = 'severity', ...more] = words
    .map((word) => word.toLowerCase())
    .filter((word, place) => place > 0 || word !== 'by');
  const by: Grouping | undefined = groupings.find((known) => known === first.replace(/s$/, '') || known === first);
  const wrong = by === undefined ? first : more[0];
  if (by === undefined || wrong !== undefined) {
    const hint = by === undefined ? didYouMean(first, groupings) || '.' : '.';
    return md`"${(wrong ?? '').slice(0, 60)}" is nothing to count by${hint} One of ${groupings.join(', ')}. For example: /audit stats --last 30d by source`.toString();
  }
  return { from: new Date(now.getTime() - ms), until: now, by };
}
