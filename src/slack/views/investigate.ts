import type { KnownBlock, RichTextElement } from '@slack/types';
import { shortName } from '../../aws-names/arn.ts';
import { capitalized } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, link, md, safeUrl } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { actions, bold, button, context, header, lineBreak, richText, section, words } from './elements.ts';
import { linesBlockId, questionIds } from './question-ids.ts';

/** An investigation of Detective as it stands. */
export interface InvestigationShown {
  id: string;
  /** ARN of a user or role. */
  entity: string;
  status: string;
  severity: string;
  state: string;
  createdAt: Date;
  scope: { from: Date; to: Date } | null;
  /** `url`: the page of the address, user agent or finding in Detective; null: it has none. */
  indicators: readonly { heading: string; sentence: string; url: string | null }[];
  /** The investigations in the AWS console. */
  console: string;
  /** On what the answer rests. */
  coverage: string;
}

const bullet = '• ';

const titleOf = ({ entity, status, severity }: InvestigationShown): string =>
  status === 'RUNNING'
    ? `Detective investigates ${shortName(entity)}`
    : status === 'FAILED'
      ? `Detective could not investigate ${shortName(entity)}`
      : `Detective: ${capitalized(severity.toLowerCase())} for ${shortName(entity)}`;

/** One investigation: severity, state, and everything that Detective noticed, by kind. `note`: how it came about. */
export function investigationMessage(shown: InvestigationShown, note?: string): Message {
  const { id, entity, status, state, createdAt, scope, indicators } = shown;
  const title = titleOf(shown);
  const groups = [...Map.groupBy(indicators, ({ heading }) => heading)];
  const url = safeUrl(shown.console);
  const span = scope === null ? md`` : md` · looked at ${slackDate(scope.from)} – ${slackDate(scope.to)}`;
  return {
    text: fallback(md`${title}. ${indicators.length} indicators.`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [
          header(title),
          section(md`${entity}`),
          context(
            md`${status.toLowerCase()} · ${state.toLowerCase()} · begun ${slackDate(createdAt)}${span}`,
            ...(note === undefined ? [] : [md`${note}`]),
          ),
          ...(indicators.length === 0 && status === 'SUCCESSFUL'
            ? [richText(words('Detective noticed nothing unusual.'))]
            : []),
          ...(status === 'RUNNING'
            ? [richText(words('It takes some minutes. The result comes to you as a direct message.'))]
            : []),
        ],
        rows: groups.map(([heading, list]) =>
          richText(
            bold(heading),
            ...list
              .slice(0, 15)
              .flatMap((one) => [lineBreak, words(`${bullet}${one.sentence}`, 400), ...pageLink(one.url)]),
            ...(list.length > 15 ? [lineBreak, words(`… and ${list.length - 15} more`)] : []),
          ),
        ),
        foot: [
          context(md`${shown.coverage}`, ...(url === undefined ? [] : [link(url, 'Open in the Detective console')])),
          actions(linesBlockId, [
            button(
              `${questionIds.line}:0`,
              'Show how it stands',
              `investigate show ${id}`,
              `Show how investigation ${id} stands`,
            ),
            ...(state === 'ACTIVE' && status !== 'RUNNING'
              ? [button(`${questionIds.line}:1`, 'Archive', `investigate archive ${id}`, `Archive investigation ${id}`)]
              : []),
            button(
              `${questionIds.line}:2`,
              'What it did',
              `lookup ${/:role\//.test(entity) ? 'role' : 'user'} "${entity}" --since 24h`,
              `Look up ${shortName(entity)}`,
            ),
          ]),
        ],
      },
      (left) => context(md`${left} more kinds of indicators are in the console.`),
    ),
  };
}

function pageLink(url: string | null): RichTextElement[] {
  const known = url === null ? undefined : safeUrl(url);
  return known === undefined ? [] : [words(' '), { type: 'link', url: known.href, text: 'Look at it' }];
}

/** The investigations or indicators that a message shows of those it was made of. */
export const shownIn = ({ blocks }: Message): number =>
  blocks.reduce((sum, block) => {
    if (block.type === 'section') return sum + (block.accessory === undefined ? 0 : 1);
    if (block.type !== 'rich_text') return sum;
    const parts = block.elements.flatMap((each) => (each.type === 'rich_text_section' ? each.elements : []));
    return sum + parts.filter((part) => part.type === 'text' && part.text.startsWith(bullet)).length;
  }, 0);

/** Detective gives so many at once. */
const mostListed = 100;

/** The list of investigations, newest first. */
export function investigationList(
  list: readonly Pick<InvestigationShown, 'id' | 'entity' | 'status' | 'severity' | 'createdAt'>[],
  coverage: string,
): Message {
  const title =
    list.length === 0
      ? 'Detective has no active investigations'
      : `${list.length >= mostListed ? 'The newest ' : ''}${list.length} active ${list.length === 1 ? 'investigation' : 'investigations'}`;
  return {
    text: fallback(md`${title}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows: list.map(({ id, entity, status, severity, createdAt }) => ({
          ...section(
            md`*${capitalized(severity.toLowerCase())}* · ${shortName(entity)} · ${status.toLowerCase()}\n${slackDate(createdAt)} · ${id}`,
            button(`${questionIds.line}:${id}`, 'Show', `investigate show ${id}`, `Show investigation ${id}`),
          ),
          block_id: `${linesBlockId}:${id}`,
        })),
        foot: [context(md`${coverage}`)],
      },
      (left) => context(md`${left} more are in the Detective console.`),
    ),
  };
}
