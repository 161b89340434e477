import { readTarget } from '../../alerts/targets/index.ts';
import { channelMention, type Mrkdwn, md, mention } from '../escape.ts';

/** A target of an escalation policy as a person reads it. Where a message is posted its mention calls. */
export function targetWords(target: string): Mrkdwn {
  const read = readTarget(target);
  if (read?.kind.words != null) return md`${read.kind.words(read.id)}`;
  return mention(target) ?? (target.startsWith('channel:') ? channelMention(read?.id ?? '') : md`${target}`);
}
