import type { KnownBlock, SectionBlock } from '@slack/types';
import type { Matcher } from '../../alerts/matcher.ts';
import type { EndedSilence } from '../../alerts/notices.ts';
import type { Silence } from '../../alerts/silences.ts';
import { listed, oneLine } from '../../alerts/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { button, context, header, section } from './elements.ts';

/** `/audit silence` without arguments: what is silenced, why, until when, and how many alerts each held back. */
export function silenceList(silences: readonly (Silence & { caught: number })[]): Message {
  const title =
    silences.length === 0
      ? 'Nothing is silenced'
      : `${silences.length} active ${silences.length === 1 ? 'silence' : 'silences'}`;
  return {
    text: fallback(md`${title}. ${listed(silences.map(({ match }) => matcherText(match)))}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows:
          silences.length === 0
            ? [
                section(
                  md`Every alert is told. To silence a kind of alert, choose "Silence alerts like this…" in the menu of one.`,
                ),
              ]
            : silences.map(silenceRow),
      },
      (left) => context(md`${left} more silences are not shown.`),
    ),
  };
}

function silenceRow({ id, match, until, reason, createdBy, caught }: Silence & { caught: number }): SectionBlock {
  const held = caught === 0 ? 'nothing held back yet' : `${caught.toLocaleString('en')} held back`;
  return section(
    joined(
      [
        md`🔕 ${matcherText(match)}`,
        md`${oneLine(reason, 300)}`,
        md`until ${slackDate(until)} · by ${userMention(createdBy)} · ${held}`,
      ],
      md`\n`,
    ),
    button(actionIds.silenceEnd, 'End', String(id), `End silence ${id} now`),
  );
}

const named = {
  severity: 'severity',
  source: 'source',
  kind: 'kind',
  account: 'account',
  organizationalUnit: 'organizational unit',
  region: 'region',
  actor: 'who',
  resource: 'resource',
  text: 'text',
} as const;

const names = [
  'severity',
  'source',
  'kind',
  'account',
  'organizationalUnit',
  'region',
  'actor',
  'resource',
  'text',
] as const;

/** A matcher in words: "kind StopLogging, account prod-*". Plain text, at most 500 characters. */
export function matcherText(match: Matcher): string {
  const keys = names.flatMap((key) => {
    const patterns = match[key];
    return patterns === undefined || patterns.length === 0 ? [] : [`${named[key]} ${patterns.join(' or ')}`];
  });
  const tags = Object.entries(match.tag ?? {}).map(([tag, values]) => `tag ${tag} ${values.join(' or ')}`);
  return oneLine([...keys, ...tags].join(', '), 500) || 'every alert';
}

/** Told in the channel when a silence ends: by its own time, or by somebody before. */
export function silenceEnded({ match, caught, endedBy }: EndedSilence): Message {
  const how = endedBy === null ? md`is over` : md`was ended by ${userMention(endedBy)}`;
  const held = caught === 0 ? 'nothing' : caught === 1 ? '1 alert' : `${caught.toLocaleString('en')} alerts`;
  const said = md`🔔 The silence for ${matcherText(match)} ${how}. It held back ${held}.`;
  return { text: fallback(said), blocks: [section(said)] };
}
