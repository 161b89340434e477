import type { KnownBlock, SectionBlock } from '@slack/types';
import type { Matcher } from '../../alerts/matcher.ts';
import type { BegunSilence, EndedSilence } from '../../alerts/notices.ts';
import { severities } from '../../alerts/severity.ts';
import type { Silence } from '../../alerts/silences.ts';
import { listed, oneLine, plural } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, md, userMention } from '../escape.ts';
import { fitBlocks } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { button, context, header, section } from './elements.ts';

/** A silence as lists show it. */
type Listed = Silence & { caught: number; planned: boolean };

/** `/audit silence` without arguments: what is silenced or will be, why, from when until when, and how many alerts each held back. */
export function silenceList(silences: readonly Listed[]): Message {
  const planned = silences.filter((silence) => silence.planned).length;
  const active = silences.length - planned;
  const title =
    silences.length === 0
      ? 'Nothing is silenced'
      : [
          ...(active > 0 ? [plural(active, 'active silence')] : []),
          ...(planned > 0 ? [`${planned} planned`] : []),
        ].join(', ');
  return {
    text: fallback(md`${title}. ${listed(silences.map(({ match }) => matcherText(match)))}`),
    blocks: fitBlocks<KnownBlock>(
      {
        head: [header(title)],
        rows:
          silences.length === 0
            ? [
                section(
                  md`Nothing is silenced; all alerts are posted. To silence a kind of alert, choose "Expected or silence…" in the menu of one; for a maintenance window: /audit silence add --from "2027-03-28 22:00" --for 4h`,
                ),
              ]
            : silences.map(silenceRow),
      },
      (left) => context(md`${left} more silences are not shown.`),
    ),
  };
}

export function silenceRow({ id, match, from, until, reason, createdBy, caught, planned }: Listed): SectionBlock {
  const held = caught === 0 ? 'nothing held back yet' : `${caught.toLocaleString('en')} held back`;
  return section(
    joined(
      [
        planned ? md`📅 ${matcherText(match)}` : md`🔕 ${matcherText(match)}`,
        md`${oneLine(reason, 300)}`,
        planned
          ? md`from ${slackDate(from)} until ${slackDate(until)} · planned by ${userMention(createdBy)}`
          : md`until ${slackDate(until)} · by ${userMention(createdBy)} · ${held}`,
      ],
      md`\n`,
    ),
    planned
      ? button(actionIds.silenceEnd, 'Cancel', String(id), `Cancel silence ${id} before it begins`)
      : button(actionIds.silenceEnd, 'End', String(id), `End silence ${id} now`),
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

const isBelowCritical = ({ severity = [] }: Matcher): boolean =>
  severities.every((each) => severity.includes(each) === (each !== 'critical'));

/** A matcher in words: "kind StopLogging, account prod-*". Plain text, at most 500 characters. */
export function matcherText(match: Matcher): string {
  const keys = names.flatMap((key) => {
    const patterns = match[key];
    if (patterns === undefined || patterns.length === 0) return [];
    return [`${named[key]} ${key === 'severity' && isBelowCritical(match) ? 'below critical' : patterns.join(' or ')}`];
  });
  const tags = Object.entries(match.tag ?? {}).map(([tag, values]) => `tag ${tag} ${values.join(' or ')}`);
  return oneLine([...keys, ...tags].join(', '), 500) || 'every alert';
}

/** Told in every channel concerned when a silence begins or is planned: what is missing there from then on, by whom and why. */
export function silenceBegun({ match, reason, from, until, by, hidden }: BegunSilence): Message {
  const at = slackDate(new Date(until));
  const said =
    from === undefined
      ? md`🔕 ${userMention(by)} silenced ${matcherText(match)} until ${at}: ${oneLine(reason, 300)}`
      : md`📅 ${userMention(by)} plans to silence ${matcherText(match)} from ${slackDate(new Date(from))} until ${at}: ${oneLine(reason, 300)}`;
  const day = md`In the last 24 hours this would have hidden ${plural(hidden, 'alert')}. To ${from === undefined ? 'end' : 'cancel'} it: /audit silence`;
  return { text: fallback(said), blocks: [section(said), context(day)] };
}

/** Told in every channel concerned when a silence ends: by its own time, by somebody before, or before it began. */
export function silenceEnded({ match, caught, endedBy, cancelled, names = [], firing = 0 }: EndedSilence): Message {
  if (cancelled && endedBy !== null) {
    const told = md`🔔 ${userMention(endedBy)} cancelled the planned silence for ${matcherText(match)}. It held back nothing.`;
    return { text: fallback(told), blocks: [section(told)] };
  }
  const how = endedBy === null ? md`is over` : md`was ended by ${userMention(endedBy)}`;
  const held = caught === 0 ? 'nothing' : caught === 1 ? '1 alert' : `${caught.toLocaleString('en')} alerts`;
  const still = firing === 0 ? md`` : md` ${plural(firing, 'alert')} still firing: posted now, and escalation starts.`;
  const said = md`🔔 The silence for ${matcherText(match)} ${how}. It held back ${held}.${still}`;
  const titles = names.slice(0, 10).map((name) => md`• ${oneLine(name, 150)}`);
  return {
    text: fallback(said),
    blocks: [section(said), ...(titles.length === 0 ? [] : [context(joined(titles, md`\n`))])],
  };
}
