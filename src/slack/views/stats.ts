import type { KnownBlock } from '@slack/types';
import * as z from 'zod';
import { groupings, type Measures, type Times } from '../../alerts/numbers/count.ts';
import { type Load, unfair } from '../../alerts/numbers/load.ts';
import type { Noise, Proposal } from '../../alerts/numbers/noise.ts';
import { loadSentence, measureCells, measureHeader, shareWords, timesSentence } from '../../alerts/numbers/words.ts';
import { isResolution } from '../../alerts/resolution.ts';
import { oneLine, plural } from '../../words/text.ts';
import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import { characters, fitBlocks, limits } from '../limits.ts';
import type { DataVisualizationBlock, Message, MessageBlock } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { severityWord } from './alert-words.ts';
import { cell, dataTable } from './data-table.ts';
import { actions, button, code, context, header, richText, section } from './elements.ts';

/** What the button that sends the files carries: what was counted. */
export const StatsValue = z.object({
  from: z.coerce.date(),
  until: z.coerce.date(),
  by: z.enum(groupings),
});

export type StatsValue = z.infer<typeof StatsValue>;

/** What `/audit stats` shows. */
interface StatsShown {
  asked: StatsValue;
  /** The span in words: "30 days". */
  span: string;
  all: Measures;
  /** By what they turned out to be. */
  reasons: readonly { name: string; measures: Measures }[];
  /** Names are drawn already: people as Slack names them. */
  groups: readonly { name: string; measures: Measures }[];
  alerts: number;
  signals: number;
  held: number;
  noisiest: readonly (Noise & { proposal: Proposal })[];
  load: readonly Load[];
  /** Null: there is nothing to draw. */
  chart: DataVisualizationBlock | null;
  /** Alerts of private channels that the reader is not in are not counted. */
  partly: boolean;
}

const shownNoise = 5;
const shownPeople = 10;

/** The table of groups gives way to what stands below it, but not beyond this many characters. */
const leastTable = 2500;

/** `/audit stats`: how fast, how often, who carried it, what makes the noise. */
export function statsMessage(stats: StatsShown): Message {
  const { asked, span, all, chart, partly, noisiest, load } = stats;
  const title = `Alerts of ${span}`;
  const lines = summary(stats);
  const top: MessageBlock[] = [header(title), section(joined(lines, md`\n`)), ...(chart === null ? [] : [chart])];
  const carried: MessageBlock[] = load.length === 0 ? [] : [section(joined([md`*Load*`, ...loadLines(load)], md`\n`))];
  const noise: MessageBlock[] =
    noisiest.length === 0
      ? []
      : [section(md`*What asked most often*`), ...noisiest.slice(0, shownNoise).flatMap(noiseRow)];
  const files = button(
    actionIds.statsFiles,
    'Send me the CSV',
    JSON.stringify(asked),
    'Send these numbers as CSV by direct message',
  );
  const foot: KnownBlock[] = [
    ...(all.spells === 0 ? [] : [actions(`stats:${asked.until.getTime()}`, [files])]),
    context(
      md`A storm or an incident counts as one, what a silence held back as none; hours of the day are yours, nights (22:00–7:00) those of whoever was called.`,
      ...(partly ? [md`Alerts of private channels that you are not in are left out.`] : []),
    ),
  ];
  const left = limits.message.characters - characters([...top, ...carried, ...noise, ...foot]) - 500;
  return {
    text: fallback(md`${title}: ${joined(lines, md` · `)}`),
    blocks: fitBlocks<MessageBlock>(
      { head: [...top, ...groupTable(stats, Math.max(leastTable, left)), ...carried], rows: noise, foot },
      (more) => context(md`${more} more lines are in the CSV.`),
    ),
  };
}

function summary({ all, reasons, alerts, signals, held }: StatsShown): Mrkdwn[] {
  const back = held === 0 ? md`` : md`; ${held} more asked nobody for anything (silenced, or only told of)`;
  if (all.spells === 0) return [md`No alert asked anybody for anything${back}.`];
  const said = reasons.flatMap(({ name, measures }) => (isResolution(name) ? [md`${name} ${measures.spells}`] : []));
  const times = (of: Times): string => (of.count === 0 ? '' : ` · ${timesSentence(of)}`);
  return [
    md`*${plural(all.spells, 'time')}* an alert asked for somebody${alerts > all.spells ? md` (${plural(alerts, 'alert')}, storms and incidents as one)` : md``}, ${plural(signals, 'signal')}${back}`,
    md`*Acknowledged*: ${all.acknowledge.count} of ${all.spells}${times(all.acknowledge)}`,
    md`*Over*: ${all.resolve.count} of ${all.spells}${times(all.resolve)}`,
    ...(said.length === 0 ? [] : [md`*Turned out to be*: ${joined(said, md` · `)}`]),
    ...(all.inTime.of === 0 ? [] : [md`*Acknowledged before the second level was called*: ${shareWords(all.inTime)}`]),
    ...(all.untouched === 0 ? [] : [md`❗ *${all.untouched}* that nobody has touched yet`]),
  ];
}

function groupTable({ groups, asked }: StatsShown, space: number): MessageBlock[] {
  const made = dataTable(
    (shown) => `By ${asked.by}${shown < groups.length ? `, the first ${shown} of ${groups.length}` : ''}`,
    [asked.by, ...measureHeader],
    groups.map(({ name, measures }) => [name, ...measureCells(measures)].map((text) => cell(text, 80))),
    space,
  );
  return made === undefined ? [] : [made.table];
}

/** Who carried what, the most at night first; whoever carried much more of the nights than of the hours is named. */
function loadLines(load: readonly Load[]): Mrkdwn[] {
  const much = unfair(load);
  const left = load.length - shownPeople;
  return [
    ...load.slice(0, shownPeople).map((each) => md`${userMention(each.user)}: ${loadSentence(each, load)}`),
    ...(left > 0 ? [md`${left} more people are in the CSV.`] : []),
    ...(much === undefined
      ? []
      : [
          md`⚖️ ${userMention(much.user)} had ${Math.round(100 * much.pages)} % of the calls at night with ${Math.round(100 * much.hours)} % of the hours.`,
        ]),
  ];
}

function noiseRow({ alert, title, severity, spells, signals, proposal }: StatsShown['noisiest'][number]): KnownBlock[] {
  const text = md`*${severityWord(severity)}* · ${oneLine(title, 150)} · ${plural(spells, 'time')}, ${plural(signals, 'signal')}\n${proposal.sentence}`;
  const press =
    proposal.kind === 'silence'
      ? button(actionIds.silence, 'Silence…', String(alert), `Silence what is like alert ${alert}`)
      : button(actionIds.open, 'Open', String(alert), `Open alert ${alert}`);
  if (proposal.kind !== 'route') return [section(text, press)];
  return [section(md`${text} At the top of *routes*:`, press), richText(code(proposal.line, 600))];
}
