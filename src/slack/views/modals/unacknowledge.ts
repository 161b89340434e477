import type { ModalView } from '@slack/types';
import type { Alert } from '../../../alerts/alert.ts';
import { slackDate } from '../../dates.ts';
import { md, userMention } from '../../escape.ts';
import { callbackIds } from '../action-ids.ts';
import { headline } from '../alert-words.ts';
import { richText, section, words } from '../elements.ts';
import { modal } from './form.ts';

/** Asks before another person's acknowledgement is taken away. */
export const unacknowledgeModal = (alert: Alert, holder: string): ModalView =>
  modal(
    `Unacknowledge #${alert.id}`,
    [
      richText(words(headline(alert))),
      section(
        md`${userMention(holder)} acknowledged this${alert.acknowledgedAt === null ? md`` : md` ${slackDate(alert.acknowledgedAt)}`}. If you take that back, they are told, and escalation starts again.`,
      ),
    ],
    { callbackId: callbackIds.unacknowledge, submit: 'Unacknowledge', subject: alert },
  );
