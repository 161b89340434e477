import type { KnownBlock } from '@slack/types';
import { maskText } from '../../alerts/mask.ts';
import { severityRank } from '../../alerts/severity.ts';
import type { About } from '../../framework/check.ts';
import { fixOf } from '../../framework/fix.ts';
import type { StepScore } from '../../framework/score.ts';
import type { Counts } from '../../framework/standing.ts';
import type { Row } from '../../framework/verdict.ts';
import { clip, oneLine, plural } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message, MessageBlock } from '../types.ts';
import { severitySign, severityWord } from './alert-words.ts';
import { cell, dataTable } from './data-table.ts';
import { digestIds } from './digest-ids.ts';
import { actions, button, context, header, option, preformatted, section } from './elements.ts';
import { linesBlockId, questionBlockId, questionIds } from './question-ids.ts';

/** What is asked: all steps, one, or one check; everywhere or in the accounts that match. */
export interface FrameworkAsked {
  /** A step's number or a check's id; null: all. */
  of: string | null;
  account: string | null;
  /** Ask AWS anew, although the last digest knows. */
  now: boolean;
}

/** One check that was asked about, and where it is not as it should be. */
export interface CheckShown {
  step: number;
  about: About;
  counts: Counts;
  /** Fails, then what is not known; of a check that was asked for by its name also what passes. */
  open: readonly PlaceShown[];
  /** How many there are beyond those. */
  more: number;
}

/** One place of a check. */
interface PlaceShown {
  row: Row;
  accountName: string | null;
  /** In the list of the digest, where people act on it. */
  place: number | null;
  accepted: boolean;
  /** Other places of the account of which the same is said. */
  alike: number;
}

/** How the framework stands, as far as it was asked. */
export interface FrameworkAnswer {
  asked: FrameworkAsked;
  /** From which run of the digest; null: asked just now. */
  digest: { run: number; edition: number; at: Date } | null;
  /** Of accounts, while it is asked; null: it is all there. */
  progress: { done: number; of: number } | null;
  scores: readonly StepScore[];
  /** Names of the steps. */
  names: ReadonlyMap<number, string>;
  /** The titles of the checks. */
  titles: ReadonlyMap<string, string>;
  accountNames: ReadonlyMap<string, string | null>;
  /** Levels in the digest before, by their step: `level5`; null: nothing to compare with. */
  before: Readonly<Record<string, number>> | null;
  coverage: string;
  /** Why there may be more; null: it is whole. */
  trouble: string | null;
  /** How many requests it cost; null: none now. */
  calls: number | null;
  /** Null where only the steps were asked for. */
  checks: readonly CheckShown[] | null;
}

/** Steps that are offered as buttons below the sixteen rows. */
const offeredSteps = 4;
/** Places of a check in the message; each has a menu. */
const shownPlaces = 4;

/** How the framework stands: the steps as a table, or the checks of what was asked with places and what turns them green. */
export function frameworkMessage(answer: FrameworkAnswer, id?: number): Message {
  const { checks, progress } = answer;
  const title = titleOf(answer);
  const open = (checks ?? []).filter(
    ({ about, counts }) => counts.failed + counts.unknown > 0 || about.id === answer.asked.of,
  );
  const head: MessageBlock[] = [header(title), context(sourceLine(answer), md`${answer.coverage}`), ...tableOf(answer)];
  const green = (checks ?? []).length - open.length;
  return {
    text: fallback(md`${title}: ${answer.coverage}`),
    blocks: fitBlocks<MessageBlock>(
      {
        head,
        rows: progress === null ? open.toSorted(worstFirst).flatMap((check) => checkBlocks(check, answer)) : [],
        foot: [
          ...(checks === null || green === 0 || progress !== null
            ? []
            : [
                context(
                  md`${plural(green, 'check')} ${green === 1 ? 'passes' : 'pass'} or ${green === 1 ? 'does' : 'do'} not apply.`,
                ),
              ]),
          ...(progress === null ? [actions(linesBlockId, buttonsOf(answer))] : []),
          ...(id === undefined
            ? []
            : [
                actions(questionBlockId('framework', id), [
                  button(questionIds.frameworkShare, 'Share to channel', String(id), `Show to everybody: ${title}`),
                ]),
              ]),
        ],
      },
      (left) => context(md`${left} more blocks do not fit here: ask for one check, or open the files of the digest.`),
    ),
  };
}

/** The same for everybody in a channel: nothing in it can be pressed. */
export function sharedFrameworkMessage(answer: FrameworkAnswer, by: string): Message {
  const { text, blocks = [] } = frameworkMessage(answer);
  return {
    text,
    blocks: [
      ...blocks.flatMap((block): MessageBlock[] => {
        if (block.type === 'actions') return [];
        if (block.type !== 'section') return [block];
        const { accessory: _, ...plain } = block;
        return [plain];
      }),
      context(md`Shared by ${userMention(by)}.`),
    ],
  };
}

function titleOf({ asked, names }: FrameworkAnswer): string {
  const of = asked.of;
  const step = of === null ? undefined : names.get(Number(of));
  const what = of === null ? 'The sixteen steps' : step === undefined ? `Check ${of}` : `Step ${of}: ${step}`;
  return clip(asked.account === null ? what : `${what} in ${oneLine(asked.account, 60)}`, 140);
}

function sourceLine({ digest, progress, calls, trouble }: FrameworkAnswer): Mrkdwn {
  const whole = trouble === null ? md`` : md` · ❗ ${oneLine(trouble, 300)}`;
  if (digest !== null)
    return md`As the weekly digest found it, ${slackDate(digest.at)} (run ${digest.run}); with *now* AWS is asked again${whole}`;
  const made = calls === null ? '' : `, ${plural(calls, 'call')}`;
  return progress === null
    ? md`Asked just now${made}${whole}`
    : md`⏳ ${progress.done} of ${plural(progress.of, 'account')}${made} so far${whole}`;
}

/** The steps of the answer, a row each. */
function tableOf(answer: FrameworkAnswer): MessageBlock[] {
  const { scores, names, titles, before, accountNames } = answer;
  const rows = scores.map(({ step, level, accounts, counts, provenAt, worst }) => {
    const was = before?.[`level${step}`];
    const change = level === null || was === undefined || was === level ? '–' : `${level > was ? '▲' : '▼'} was ${was}`;
    const place = worst === null ? '' : ` (${accountNames.get(worst.account) ?? worst.account})`;
    return [
      `${step} ${names.get(step) ?? ''}`,
      level === null ? '–' : `${level} of 4`,
      `${accounts.ok} of ${accounts.total}`,
      `${counts.proven} · ${counts.configured} · ${counts.failed} · ${counts.unknown}`,
      provenAt?.slice(0, 10) ?? '–',
      worst === null ? '–' : `${worst.severity}: ${titles.get(worst.check) ?? worst.check}${place}`,
      change,
    ].map((text) => cell(text, 90));
  });
  const header = ['Step', 'Level', 'Accounts ok', 'Proven · set · fail · ?', 'Proven', 'Worst open', 'Since last'];
  const drawn = dataTable(() => 'The steps as they stand', header, rows);
  return drawn === undefined ? [] : [{ ...drawn.table, page_size: Math.min(20, drawn.shown) }];
}

const worstFirst = (a: CheckShown, b: CheckShown): number =>
  Number(a.counts.failed === 0) - Number(b.counts.failed === 0) ||
  severityRank(a.about.severity) - severityRank(b.about.severity);

/** One check: what is wrong, why it matters, where, and what turns it green. */
function checkBlocks(
  { step, about, counts, open, more }: CheckShown,
  { digest, asked }: FrameworkAnswer,
): KnownBlock[] {
  const shown = open.slice(0, shownPlaces);
  const rest = more + open.length - shown.length;
  const said = [
    [counts.failed, 'fail'],
    [counts.unknown, 'not known'],
    [counts.proven + counts.configured, 'pass'],
  ] as const;
  const counted = said.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`])).join(', ');
  const again = `framework ${about.id} now${asked.account === null ? '' : ` --account "${asked.account.replaceAll('"', '')}"`}`;
  // What follows from another check is mended there.
  const fails = shown.filter(({ row }) => row.verdict === 'fail' && row.cause === null);
  const [first] = fails;
  return [
    section(
      md`${counts.failed + counts.unknown === 0 ? '✅' : severitySign(about.severity)} ${severityWord(about.severity)} · *${step} · ${about.title}* (${about.id})\n${about.why} _Passes:_ ${about.passes}\n${counted || 'Nothing that applies'}`,
      button(`${questionIds.line}:0`, 'Check again now', again, `Ask AWS again about ${about.id}`),
    ),
    ...shown.map((one) => placeBlock(one, digest)),
    ...(rest > 0
      ? [
          context(
            md`${plural(rest, 'more place')}: ${digest === null ? 'name an account with --account' : 'in the files of the digest'}.`,
          ),
        ]
      : []),
    ...(first === undefined ? [] : [preformatted(clip(fixOf(about.fix, first.row), 1500))]),
  ];
}

const signs: Readonly<Record<Row['verdict'], string>> = { fail: '✖', unknown: '❔', pass: '✔', 'not applicable': '–' };

function placeBlock(
  { row, accountName, place, accepted, alike }: PlaceShown,
  digest: FrameworkAnswer['digest'],
): KnownBlock {
  const sign = row.verdict === 'fail' && accepted ? '🤝' : signs[row.verdict];
  const known = [
    md`${sign} ${accountName === null ? row.account : `${oneLine(accountName, 60)} (${row.account})`}`,
    md`${row.region}${alike === 0 ? '' : ` and ${plural(alike, 'more place')}`}`,
    ...(row.resource === null ? [] : [md`${oneLine(row.resource, 120)}`]),
    ...(row.verdict === 'pass' && row.proof !== null ? [md`${row.proof}`] : []),
    ...(row.unknown === null ? [] : [md`${row.unknown}`]),
    ...(accepted ? [md`accepted`] : []),
    ...(row.cause === null ? [] : [md`follows from ${row.cause}`]),
  ];
  const text = md`${joined(known, md` · `)}\n${oneLine(maskText(row.reason), 400)}`;
  if (place === null || digest === null) return section(text);
  const at = `${digest.run}:${digest.edition}:${place}`;
  return section(text, {
    type: 'overflow',
    action_id: digestIds.item,
    options: [option(`assign:${at}`, 'Assign…'), option(`accept:${at}`, 'Accept the risk…')],
  });
}

function buttonsOf({ asked, digest, scores, names }: FrameworkAnswer) {
  const where = asked.account === null ? '' : ` --account "${asked.account.replaceAll('"', '')}"`;
  const worst = scores
    .filter(({ counts }) => counts.failed + counts.unknown > 0)
    .toSorted((a, b) => (a.level ?? 9) - (b.level ?? 9))
    .slice(0, offeredSteps);
  return [
    ...(asked.of === null
      ? worst.map(({ step }) =>
          button(
            `${questionIds.line}:${step}`,
            `Step ${step}`,
            `framework ${step}${where}`,
            `Show the checks of step ${step}, ${names.get(step) ?? ''}`,
          ),
        )
      : [button(`${questionIds.line}:17`, 'All steps', `framework${where}`, 'Show all sixteen steps')]),
    button(
      `${questionIds.line}:18`,
      'Check again now',
      `framework ${asked.of === null ? '' : `${asked.of} `}now${where}`,
      'Ask AWS again',
    ),
    ...(digest === null
      ? []
      : [button(questionIds.heatMap, 'Heat map', String(digest.run), 'Send the picture of accounts by steps to me')]),
  ];
}
