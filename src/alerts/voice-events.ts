import * as z from 'zod';

/** What became of a telephone call; null: it is under way. */
export interface VoiceEvent {
  /** AWS's id of the call. */
  messageId: string;
  outcome: 'rang' | 'unreached' | null;
  /** In words. */
  why: string;
}

/** Source: AWS End User Messaging user guide, "Example event data": the members that are read. */
const Event = z.object({
  eventType: z.string().regex(/^VOICE_[A-Z_]+$/),
  messageId: z.string().min(1).max(200),
});

const ends: Readonly<Record<string, Pick<VoiceEvent, 'outcome' | 'why'>>> = {
  VOICE_ANSWERED: { outcome: 'rang', why: 'answered' },
  VOICE_COMPLETED: { outcome: 'rang', why: 'answered' },
  VOICE_BUSY: { outcome: 'unreached', why: 'the telephone is busy' },
  VOICE_NO_ANSWER: { outcome: 'unreached', why: 'nobody answered the telephone' },
  VOICE_FAILED: { outcome: 'unreached', why: 'the telephone call failed' },
  VOICE_TTL_EXPIRED: { outcome: 'unreached', why: 'the telephone call was not placed in time' },
  VOICE_UNREACHABLE: { outcome: 'unreached', why: 'the telephone cannot be reached' },
};

/** What a message of SNS says of a telephone call; undefined: it is no event of one. Never throws. */
export function voiceEventIn(text: string): VoiceEvent | undefined {
  if (!text.includes('"VOICE_')) return undefined;
  try {
    const read = Event.safeParse(JSON.parse(text));
    if (!read.success) return undefined;
    const { messageId, eventType } = read.data;
    return { messageId, ...(ends[eventType] ?? { outcome: null, why: eventType }) };
  } catch {
    return undefined;
  }
}
