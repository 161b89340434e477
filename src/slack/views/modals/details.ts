import type { KnownBlock, ModalView, RichTextElement } from '@slack/types';
import type { Alert } from '../../../alerts/alert.ts';
import { oneLine } from '../../../alerts/text.ts';
import { momentIn } from '../../dates.ts';
import { md } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { headline } from '../alert-words.ts';
import { bold, code, context, lineBreak, richText, words } from '../elements.ts';
import { modal } from './form.ts';

/** Slack names no limit for a modal's text; this much it draws without trouble. */
const payloadMax = 9000;

/** Everything known of an alert: each field, each reason, and the payload as AWS sent it, secrets masked. */
export function detailsModal(alert: Alert): ModalView {
  const { json, clipped } = payloadText(alert.signal.raw);
  return modal(`Alert #${alert.id}`, [
    richText(...known(alert)),
    {
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: parts(json).map((text) => ({ type: 'text', text })) }],
    } satisfies KnownBlock,
    context(
      clipped
        ? md`The payload as AWS sent it, secrets masked. It is longer than a modal can show: its first ${payloadMax.toLocaleString('en')} characters.`
        : md`The payload as AWS sent it, secrets masked.`,
    ),
  ]);
}

type Style = (value: string, max: number) => RichTextElement;

const momentOrWords: Style = (value, max) => momentIn(value) ?? words(value, max);

function known(alert: Alert): RichTextElement[] {
  const { signal } = alert;
  const row = (label: string, value: string | undefined, style: Style = words): RichTextElement[] =>
    value === undefined || oneLine(value) === ''
      ? []
      : [lineBreak, bold(`${label}:`, 61), words(' '), style(value, 600)];
  const { judgement } = signal;
  return [
    bold(headline(alert)),
    ...row('Source', `${signal.source}, ${signal.kind}`),
    ...row('Resource', signal.resource?.arn ?? signal.resource?.name, code),
    ...row('Who', signal.actor?.arn ?? signal.actor?.name, code),
    ...row('Technique', [judgement?.technique ?? '', judgement?.tactic ?? ''].filter((part) => part !== '').join(', ')),
    ...row(`Why ${judgement?.severity}`, judgement?.reasons.join('; ')),
    ...signal.fields.slice(0, 10).flatMap(({ name, value }) => row(oneLine(name, 60) || '–', value, momentOrWords)),
    ...row('Grouped by', alert.dedupKey, code),
  ];
}

/** Indented JSON, or the text itself when AWS sent plain text; control characters visible as JSON escapes. */
function payloadText(raw: unknown): { json: string; clipped: boolean } {
  const json = (typeof raw === 'string' ? raw : (JSON.stringify(raw, null, 2) ?? '')).toWellFormed();
  // Marks that reorder or hide text are written out, so that nothing in the payload can disguise itself.
  const whole = json.replace(hidden, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (whole.length <= payloadMax) return { json: whole || '–', clipped: false };
  return { json: `${whole.slice(0, payloadMax).toWellFormed()}\n…`, clipped: true };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to write out
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Pieces of at most 3,000 units, none ending in half a code point. */
function parts(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = start + limits.text;
    const cut = /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end;
    pieces.push(text.slice(start, cut));
    start = cut;
  }
  return pieces;
}
