import type { KnownBlock, ModalView } from '@slack/types';
import * as z from 'zod';
import type { Alert } from '../../alerts/alert.ts';
import type { Notice } from '../../alerts/notices.ts';
import { richDate, slackDate } from '../dates.ts';
import { fallback, md } from '../escape.ts';
import { limits } from '../limits.ts';
import type { Message } from '../types.ts';
import { actionIds, callbackIds } from './action-ids.ts';
import { alertSentence, headline } from './alert-words.ts';
import { actions, button, context, lineBreak, plain, richText, section, words, written } from './elements.ts';
import { type FormReading, modal, question, read, required, type SubmittedView } from './modals/form.ts';

type AskShown = Extract<Notice, { kind: 'ask' }>['question'];

/** "Was this you?", for the person behind an alert; once it is closed, how. */
export function askMessage(alert: Alert, asked: AskShown): Message {
  const { signal } = alert;
  const title = asked.answer === 'open' ? md`Was this you? ${headline(alert)}` : md`${headline(alert)}`;
  const place = signal.accountName === undefined ? '' : `In ${signal.accountName} · `;
  return {
    text: fallback(title),
    blocks: [
      section(asked.answer === 'open' ? md`*Was this you?*\n${headline(alert)}` : md`${headline(alert)}`),
      richText(
        words(alertSentence(alert) || signal.title, 700),
        lineBreak,
        ...(place === '' ? [] : [words(place)]),
        richDate(Number.isNaN(Date.parse(signal.time)) ? alert.firstSeen : new Date(signal.time)),
      ),
      ...answerBlocks(alert, asked),
    ],
  };
}

function answerBlocks(alert: Alert, asked: AskShown): KnownBlock[] {
  switch (asked.answer) {
    case 'yes':
      return [richText(words('✅ You said that it was you'), lineBreak, ...written(asked.reason ?? ''))];
    case 'no':
      return [
        section(
          md`🚨 You said that it was not you: it is critical now, and whoever is on call is called. Do not use this access until they have talked with you.`,
        ),
      ];
    case 'expired':
      return [
        section(md`⌛ Nobody answered in time. If it was not you, say so in the channel of alert #${alert.id} now.`),
      ];
    case 'open': {
      const id = String(alert.id);
      const no = button(actionIds.askNo, 'No, not me', id, `It was not me: alert ${id}`, 'danger');
      return [
        actions('asked', [
          button(actionIds.askYes, 'Yes, it was me…', id, `It was me: alert ${id}`, 'primary'),
          {
            ...no,
            confirm: {
              title: plain('It was not you?', limits.confirm.title),
              text: plain('The alert becomes critical, and whoever is on call is called now.', limits.confirm.text),
              confirm: plain('It was not me', limits.confirm.confirm),
              deny: plain('Back', limits.confirm.deny),
            },
          },
        ]),
        context(
          md`You are asked because the call leads to ${asked.email} (${asked.proof}). The alert's thread tells what you answer. Until ${slackDate(new Date(asked.expiresAt))}; without an answer nothing changes.`,
        ),
      ];
    }
  }
}

/** Asks why it was them. */
export const vouchModal = (alert: Alert): ModalView =>
  modal(
    'It was you',
    [
      richText(words(headline(alert))),
      question(
        'reason',
        'What was it for?',
        { type: 'plain_text_input', max_length: 500 },
        { hint: 'Everybody in the channel of the alert reads it, under your name.' },
      ),
    ],
    { callbackId: callbackIds.vouch, submit: 'It was me', subject: alert },
  );

export const readVouchForm = (view: SubmittedView): FormReading<{ reason: string }> =>
  read(view, z.object({ reason: required('Say what it was for: others decide by it.') }));
