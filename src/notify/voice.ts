import * as z from 'zod';
import { messageOf } from '../words/text.ts';
import { type CallPager, idOf, inShort } from './pager.ts';
import { notSet } from './post.ts';

/** Names of refusals that another try does not change. Source: SendVoiceMessage, "Errors". */
const lasting = /Validation|AccessDenied|ResourceNotFound|Conflict/;
const Sent = z.object({ MessageId: z.string().optional() });

/** A call that AWS cannot place in this time is not placed any more, in seconds. */
const timeToLive = 300;

/**
 * A telephone rings, and a voice says that there is an alert, which and how bad: AWS End User Messaging, out of one's own account
 * (VOICE_ORIGINATION is the number or pool to call from). Its events, if they are sent to a topic of ours, say whether it was
 * answered. Nobody can answer by pressing a key. Needs sms-voice:SendVoiceMessage.
 */
export const callVoice: CallPager = async ({ callVariables }, page, alert) => {
  if (page.action !== 'trigger') return { outcome: 'taken' };
  const origination = callVariables.get('VOICE_ORIGINATION');
  if (origination === undefined) return notSet('VOICE_ORIGINATION', page.target);
  const { SendVoiceMessageCommand, SmsVoiceClient } = await import('../aws/sms-voice.ts');
  const client = new SmsVoiceClient({});
  const said = inShort(page, alert);
  try {
    const sent = await client.send(
      new SendVoiceMessageCommand({
        DestinationPhoneNumber: idOf(page),
        OriginationIdentity: origination,
        MessageBody: `${said} I repeat. ${said} Open Slack to acknowledge it.`,
        MessageBodyTextType: 'TEXT',
        ConfigurationSetName: callVariables.get('VOICE_CONFIGURATION_SET'),
        TimeToLive: timeToLive,
      }),
      { abortSignal: AbortSignal.timeout(10_000) },
    );
    const { MessageId } = Sent.catch({}).parse(sent);
    return { outcome: 'taken', ...(MessageId === undefined ? {} : { receipt: MessageId }) };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const why = `AWS End User Messaging: ${messageOf(error).slice(0, 300)}`;
    if (lasting.test(name)) return { outcome: 'refused', about: 'else', error: why };
    return { outcome: 'later', error: why, waitMs: 30_000, rateLimited: false };
  } finally {
    client.destroy();
  }
};
