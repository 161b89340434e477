import type { KnownBlock, RichTextElement } from '@slack/types';
import type { EventRow } from '../../cloudtrail/row.ts';
import type { Summary } from '../../cloudtrail/tally.ts';
import { listed, plural } from '../../words/text.ts';
import { richDate, slackDate } from '../dates.ts';
import { fallback, md } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { phoneMax, severitySign } from './alert-words.ts';
import { actions, bold, button, code, context, lineBreak, richText, words } from './elements.ts';
import { linesBlockId, questionIds } from './question-ids.ts';
import { behind, type WhoAnswer } from './who.ts';

/** What was found out about an alert right after it was posted. A part that could not be found out says why. */
export interface TriagePack {
  alertId: number;
  /** What the alert names: "key AKIA…", "user alice", "203.0.113.7". */
  about: string;
  /** Who stands behind it; null where nobody called. */
  who: Pick<WhoAnswer, 'steps' | 'problem'> | { trouble: string } | null;
  /** What it did in the hour before (and since, at the second look: `span` says which), and the most telling of it. */
  span: string;
  hour: { summary: Summary; telling: readonly EventRow[] } | { trouble: string };
  /** Calls of the days before that hour, where they were looked for; null: none are known. */
  before: { events: number; last: Date; addresses: readonly string[] } | null;
  /** What it never did in the days before, in words; null: nothing is known of the days before. */
  fresh: readonly string[] | null;
  /** How far back "before" reaches: "7 days". */
  baseline: string;
  /** Whom and what else the alerts of its incident name, and what each did; the names of those for which there was no time. */
  others: readonly ({ about: string } & Pick<TriagePack, 'span' | 'hour'>)[];
  left: readonly string[];
  /** Its keys, MFA and policies, one line each. */
  identity: readonly string[];
  /** Known techniques among what it did. */
  techniques: readonly string[];
  coverage: string;
  /** When it is looked into once more, because CloudTrail may not have everything yet; null: not again. */
  again: Date | null;
  pivots: readonly { label: string; line: string }[];
}

const fact = (label: string, ...value: RichTextElement[]): RichTextElement[] => [
  lineBreak,
  bold(`${label}: `),
  ...value,
];

/** The reply under an alert or an incident: who, what else, what is new, and where to look next. */
export function triageReply(pack: TriagePack): Message {
  const { about, who, identity, techniques } = pack;
  const blocks: KnownBlock[] = [
    richText(
      bold(`Triage of ${about}`, 150),
      ...whoLine(who),
      ...hourLines(pack),
      ...beforeLine(pack),
      ...freshLine(pack),
      ...identity.slice(0, 9).flatMap((line) => [lineBreak, words(line, 300)]),
      ...pack.others.flatMap(otherLines),
      ...(pack.left.length === 0 ? [] : fact('Not looked into', words(listed(pack.left, 4), 300))),
      ...(techniques.length === 0 ? [] : fact('Known technique', words(listed(techniques, 4), 300))),
    ),
    context(
      pack.again === null
        ? md`${pack.coverage}`
        : md`${pack.coverage} CloudTrail is up to 15 minutes late: Trailwatch looks again ${slackDate(pack.again)}.`,
    ),
    actions(
      linesBlockId,
      pack.pivots
        .slice(0, 8)
        .map(({ label, line }, place) => button(`${questionIds.line}:${place}`, label, line, `Look up: ${label}`)),
    ),
    actions(`triage:${pack.alertId}`, [
      button(
        actionIds.expected,
        'Expected',
        String(pack.alertId),
        `Say that alert ${pack.alertId} is expected, under your name`,
      ),
    ]),
  ].filter((block) => block.type !== 'actions' || block.elements.length > 0);
  return { text: fallback(md`Triage of ${about}: ${finding(pack)}`, phoneMax), blocks };
}

/** Nothing could be found out: one honest line. */
export const triageFailed = (about: string, trouble: string): Message => ({
  text: fallback(md`Triage of ${about} failed: ${trouble}`, phoneMax),
  blocks: [context(md`🔎 Triage of ${about} failed: ${trouble}`)],
});

/** Who it was and what they did, for a phone. */
function finding({ who, hour, span, again }: TriagePack): string {
  const person = who === null || 'trouble' in who ? [] : [behind(who)];
  const deeds =
    'trouble' in hour
      ? hour.trouble
      : hour.summary.events === 0
        ? `no calls in CloudTrail${again === null ? '' : ' yet'}`
        : `${span.toLowerCase()}, ${counts(hour.summary)}`;
  return [...person, deeds].join(', ');
}

function whoLine(who: TriagePack['who']): RichTextElement[] {
  if (who === null) return [];
  if ('trouble' in who) return fact('Who', words(`not found out: ${who.trouble}`, 400));
  const [first] = who.steps;
  const through =
    who.steps.length > 1 && first !== undefined
      ? ` (through ${who.steps
          .slice(0, -1)
          .map(({ name }) => name)
          .reverse()
          .join(', then ')})`
      : '';
  const { proof, directory } = who.steps.at(-1) ?? {};
  return fact(
    'Who',
    code(behind(who), 150),
    ...(directory === undefined ? [] : [words(` (${directory})`, 300)]),
    words(through, 300),
    ...(proof === undefined || proof === 'named in the event' ? [] : [words(`, by ${proof}`)]),
    ...(who.problem === null ? [] : [words(` – ${who.problem}`, 300)]),
  );
}

function hourLines({ span, hour, fresh, again, baseline }: TriagePack): RichTextElement[] {
  if ('trouble' in hour) return fact(span, words(`not found out: ${hour.trouble}`, 400));
  const { summary, telling } = hour;
  if (summary.events === 0) {
    const nor = fresh === null ? `, nor in the ${baseline} before` : '';
    return fact(span, words(`no calls in CloudTrail${again === null ? '' : ' yet'}${nor}`));
  }
  return [...fact(span, words(callsWords(summary), 400)), ...tellingLines(telling.slice(0, 5))];
}

const counts = ({ events, failures, changes }: Summary): string =>
  `${plural(events, 'call')}, ${failures} failed, ${changes} changed something`;

const callsWords = (summary: Summary): string =>
  `${counts(summary)}: ${summary.actions.top
    .slice(0, 5)
    .map(({ value, count }) => `${value} ${count}×`)
    .join(', ')}`;

/** What another one that the incident names did in its hour. */
function otherLines({ about, span, hour }: TriagePack['others'][number]): RichTextElement[] {
  const label = `Also ${about}`;
  if ('trouble' in hour) return fact(label, words(`not found out: ${hour.trouble}`, 300));
  const { summary, telling } = hour;
  if (summary.events === 0) return fact(label, words(`${span.toLowerCase()}, no calls in CloudTrail`));
  return [
    ...fact(label, words(`${span.toLowerCase()}, ${callsWords(summary)}`, 300)),
    ...tellingLines(telling.slice(0, 2)),
  ];
}

const tellingLines = (rows: readonly EventRow[]): RichTextElement[] =>
  rows.flatMap((row) => [
    lineBreak,
    words(`   ${severitySign(row.severity)} `),
    richDate(new Date(row.time)),
    words(
      ` ${row.event}${row.on === null ? '' : ` on ${row.on}`} from ${row.from ?? 'somewhere'}${row.error === null ? '' : `: ${row.error}`}`,
      250,
    ),
  ]);

/** Quiet in the hour, but not before it: that is where to look. */
function beforeLine({ hour, before, baseline }: TriagePack): RichTextElement[] {
  if ('trouble' in hour || hour.summary.events > 0 || before === null) return [];
  const { events, last, addresses } = before;
  return fact(
    `The ${baseline} before`,
    words(
      `${events.toLocaleString('en')} ${events === 1 ? 'call' : 'calls'}${addresses.length === 0 ? '' : ` from ${listed(addresses, 3)}`}, the last `,
      250,
    ),
    richDate(last),
  );
}

/** What made no call did nothing new either, and where nobody could look nothing is known of it: that needs no line. */
function freshLine({ hour, fresh, baseline }: TriagePack): RichTextElement[] {
  if ('trouble' in hour || hour.summary.events === 0) return [];
  const said =
    fresh === null
      ? `not known: nothing of it was found in the ${baseline} before`
      : fresh.length === 0
        ? `nothing, compared with the ${baseline} before`
        : `${fresh.slice(0, 6).join('; ')} (not seen in the ${baseline} before)`;
  return fact('Never seen before', words(said, 600));
}
