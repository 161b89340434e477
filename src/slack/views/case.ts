import type { KnownBlock, RichTextElement } from '@slack/types';
import type { CaseEntry, CaseMoment, CaseRecord } from '../../alerts/case.ts';
import { plural } from '../../words/text.ts';
import { richDate, slackDate } from '../dates.ts';
import { fallback, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { actions, bold, button, context, header, lineBreak, richText, section, words } from './elements.ts';
import { linesBlockId, questionIds } from './question-ids.ts';

/** Lines of the timeline that are shown: all are in the files. */
const mostMoments = 15;

/** A case: what was put into it, and the timeline of all of it. */
export function caseMessage(record: CaseRecord): Message {
  const { id, name, openedBy, openedAt, closedAt, entries, timeline, withheld } = record;
  const title = `Case ${id}: ${name}`;
  const left = timeline.length - mostMoments;
  return {
    text: fallback(md`${title}. ${plural(entries.length, 'entry', 'entries')}.`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [
          header(title),
          context(
            md`${closedAt === null ? md`open` : md`closed ${slackDate(new Date(closedAt))}`} · opened by ${userMention(openedBy)} ${slackDate(new Date(openedAt))}`,
            ...(withheld === 0
              ? []
              : [md`${plural(withheld, 'alert')} of private channels that you are not in: not told here.`]),
          ),
          ...(entries.length === 0
            ? [
                section(
                  md`Nothing is in it yet. Press ⋯ or *Add to a case…* below an answer, or type /audit case ${id} add 41`,
                ),
              ]
            : []),
        ],
        rows: [
          ...entries.map((entry) => richText(...entryLine(entry))),
          ...(timeline.length === 0
            ? []
            : [
                richText(
                  bold('Timeline'),
                  ...(left > 0 ? [lineBreak, words(`… ${left} earlier are in the files`)] : []),
                  ...timeline.slice(-mostMoments).flatMap((moment) => [lineBreak, ...momentLine(moment)]),
                ),
              ]),
        ],
        foot: [
          actions(linesBlockId, [
            button(actionIds.caseExport, 'Send me the files', String(id), `Send me the files of case ${id}`),
            button(
              `${questionIds.line}:0`,
              closedAt === null ? 'Close' : 'Open again',
              `case ${id} ${closedAt === null ? 'close' : 'open'}`,
              closedAt === null ? `Close case ${id}` : `Open again case ${id}`,
            ),
          ]),
        ],
      },
      (more) => context(md`${more} more are in the files.`),
    ),
  };
}

const entrySigns = { answer: '🔎', alert: '🔔', incident: '🔗', note: '📝' } as const;

function entryLine({ at, by, kind, ref, text, answer }: CaseEntry): RichTextElement[] {
  return [
    words(`${entrySigns[kind]} `),
    ...(answer === null
      ? [words(kind === 'alert' ? `#${ref} ${text}` : text, 600)]
      : [
          bold(answer.title, 200),
          lineBreak,
          words(`/audit ${answer.line}`, 300),
          ...(answer.whole ? [] : [words(' · not whole')]),
        ]),
    words(' · '),
    { type: 'user', user_id: by },
    words(' '),
    richDate(new Date(at)),
  ];
}

function momentLine({ at, kind, what, who, on, from, severity, outcome }: CaseMoment): RichTextElement[] {
  const details = [
    ...(on === null ? [] : [`on ${on}`]),
    ...(who === null || kind === 'answer' || kind === 'note' ? [] : [`by ${who}`]),
    ...(from === null ? [] : [`from ${from}`]),
    ...(severity === null ? [] : [severity]),
    ...(outcome === null || outcome === 'ok' ? [] : [outcome]),
  ];
  return [
    richDate(new Date(at)),
    words(
      ` ${kind === 'call' ? '' : `${entrySigns[kind]} `}${what}${details.length === 0 ? '' : ` ${details.join(' · ')}`}`,
      240,
    ),
  ];
}

/** Below an answer, in a block that names its question. */
export const addToCaseButton = (id: number, title: string) =>
  button(questionIds.addToCase, 'Add to a case…', String(id), `Add to a case… ${title}`);

/** The cases that are open, then those that were closed last: their numbers are told nowhere else. */
export function caseList(
  cases: readonly { id: number; name: string; openedBy: string; lastAt: Date; closedAt: Date | null }[],
): Message {
  const open = cases.filter(({ closedAt }) => closedAt === null).length;
  const title = open === 0 ? 'No open cases' : plural(open, 'open case');
  return {
    text: fallback(md`${title}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows:
          cases.length === 0
            ? [
                section(
                  md`A case gathers answers, alerts and notes under a name, with one timeline: press *Add to a case…* below an answer, or type /audit case new Leaked key of deploy-bot`,
                ),
              ]
            : cases.map(({ id, name, openedBy, lastAt, closedAt }, place) => ({
                ...section(
                  md`*${id}: ${name}*\nopened by ${userMention(openedBy)} · ${closedAt === null ? 'last added' : 'closed'} ${slackDate(closedAt ?? lastAt)}`,
                  button(`${questionIds.line}:${place}`, 'Open', `case ${id}`, `Open case ${id}`),
                ),
                block_id: `${linesBlockId}:${id}`,
              })),
        foot: [],
      },
      (left) => context(md`${left} more are not shown.`),
    ),
  };
}
