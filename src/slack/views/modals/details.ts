import type { KnownBlock, ModalView, RichTextElement } from '@slack/types';
import * as z from 'zod';
import type { Alert, CallMade, CallOutcome, TimelineEvent } from '../../../alerts/alert.ts';
import { readTarget } from '../../../alerts/targets/index.ts';
import { oneLine } from '../../../words/text.ts';
import { momentIn, richDate } from '../../dates.ts';
import { md } from '../../escape.ts';
import { limits } from '../../limits.ts';
import { callbackIds } from '../action-ids.ts';
import { links } from '../alert-message.ts';
import { alertSentence, headline } from '../alert-words.ts';
import { bold, code, context, header, lineBreak, person, richText, words } from '../elements.ts';
import { told } from '../thread.ts';
import { type FormReading, modal, question, read, required, type SubmittedView } from './form.ts';

/** Slack names no limit for a modal's text; this much it draws without trouble. */
const payloadMax = 9000;

/** Lines of the timeline that are shown, the newest: who did what and when. Repeats that follow one another are one line. */
const timelineMax = 100;

/**
 * Everything known of an alert: each field, each reason, what happened to it and by whom, whom it called (the newest first), and the payload as AWS sent it,
 * secrets masked. A note can be left at its end.
 */
export function detailsModal(
  alert: Alert,
  timeline: readonly TimelineEvent[],
  calls: readonly CallMade[] = [],
): ModalView {
  const { json, clipped } = payloadText(alert.signal.raw);
  return modal(
    `Alert #${alert.id}`,
    [
      richText(...known(alert)),
      ...timelineBlocks(alert, timeline),
      ...(calls.length === 0 ? [] : [header('Calls'), richText(...callLines(calls))]),
      question(
        'text',
        'Add a note',
        { type: 'plain_text_input', multiline: true, max_length: limits.plainTextInput.maxLength },
        { hint: "Shown in the alert's thread, under your name." },
      ),
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: parts(json).map((text) => ({ type: 'text', text })) }],
      } satisfies KnownBlock,
      context(
        clipped
          ? md`The payload as AWS sent it, secrets masked. It is longer than a modal can show: its first ${payloadMax.toLocaleString('en')} characters.`
          : md`The payload as AWS sent it, secrets masked.`,
      ),
    ],
    { callbackId: callbackIds.note, submit: 'Add note', subject: alert },
  );
}

const NoteForm = z.object({ text: required('Write the note first.') });

export const readNoteForm = (view: SubmittedView): FormReading<z.infer<typeof NoteForm>> => read(view, NoteForm);

function timelineBlocks(alert: Alert, timeline: readonly TimelineEvent[]): KnownBlock[] {
  const lines = withoutRepeats(timeline);
  const shown = lines.slice(-timelineMax);
  if (shown.length === 0) return [];
  // Where the first one is not the beginning there is more than was read, or than is shown.
  const whole = shown.length === lines.length && lines[0]?.event.kind === 'opened';
  return [
    header('Timeline'),
    ...(whole ? [] : [context(md`What happened before is in the files of /audit alerts export ${alert.id}`)]),
    richText(...shown.flatMap((line, index) => [...(index === 0 ? [] : [lineBreak]), ...timelineLine(line)])),
  ];
}

/** Lines with how often they follow one another: of a repeat that comes a hundred times the last one is shown. */
function withoutRepeats(timeline: readonly TimelineEvent[]): { event: TimelineEvent; times: number }[] {
  const lines: { event: TimelineEvent; times: number }[] = [];
  for (const event of timeline) {
    const last = lines.at(-1);
    const repeats = event.kind === 'seen-again' && last?.event.kind === 'seen-again';
    if (last !== undefined && repeats) lines.splice(-1, 1, { event, times: last.times + 1 });
    else lines.push({ event, times: 1 });
  }
  return lines;
}

const timelineLine = ({ event, times }: { event: TimelineEvent; times: number }): RichTextElement[] => [
  ...told(event),
  words(times === 1 ? ' · ' : ` ${times} times, the last · `),
  richDate(event.at),
  ...(event.text === undefined || oneLine(event.text) === '' ? [] : [words(`: ${oneLine(event.text, 200)}`)]),
];

const outcomes: Readonly<Record<CallOutcome, string>> = {
  sent: '✅ sent',
  silent: '🔕 sent, and Slack does not ring',
  rang: '📞 rang',
  unreached: '🚫 not reached',
  withdrawn: '↩️ not sent',
};

const callLines = (calls: readonly CallMade[]): RichTextElement[] =>
  calls.flatMap(({ level, person: user, target, at, outcome, why }, index) => {
    const way =
      readTarget(target)?.kind.words?.(readTarget(target)?.id ?? '') ?? (user === null ? target : 'direct message');
    return [
      ...(index === 0 ? [] : [lineBreak]),
      words(`${outcome === null ? '⏳ waits' : outcomes[outcome]} · level ${level} · `),
      ...(user === null ? [] : [person(user), words(' · ')]),
      words(`${way} · `, 120),
      richDate(at),
      ...(why === null ? [] : [words(`: ${oneLine(why.replace(/^not sent: /, ''), 200)}`)]),
    ];
  });

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
    ...row('What', alertSentence(alert)),
    ...links(alert).flatMap((link) => [lineBreak, link]),
    ...row('Source', `${signal.source}, ${signal.kind}`),
    ...row('Resource', signal.resource?.arn ?? signal.resource?.name, code),
    ...row('Who', signal.actor?.arn ?? signal.actor?.name, code),
    ...row('From', signal.sourceIp, code),
    ...row('Access key', signal.actor?.accessKeyId, code),
    ...row(
      'Account',
      [signal.accountName ?? '', signal.account ?? '', signal.region ?? ''].filter((part) => part !== '').join(', '),
    ),
    ...row('When', signal.time, momentOrWords),
    ...row('Technique', [judgement?.technique ?? '', judgement?.tactic ?? ''].filter((part) => part !== '').join(', ')),
    ...row(`Why ${judgement?.severity}`, judgement?.reasons.join('; ')),
    ...row('Why it matters', judgement?.why),
    ...signal.fields.slice(0, 10).flatMap(({ name, value }) => row(oneLine(name, 60) || '–', value, momentOrWords)),
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
