import type { WebClient } from '@slack/web-api';
import * as z from 'zod';

interface Anchor {
  seq: number;
  hash: string;
}

/** The key under which the head of the audit log is posted: it travels as the message's metadata. */
export const auditAnchorKey = ({ seq, hash }: Anchor): string => `audit-log-head-${seq}-${hash}`;

function readKey(key: string): Anchor | undefined {
  const [, seq, hash] = /^audit-log-head-(\d{1,15})-([0-9a-f]{64})$/.exec(key) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}

const Keyed = z.object({ key: z.string() });

/** Every head of the audit log that this bot posted in a channel. Throws what the Web API client throws. */
export async function postedAnchors(slack: WebClient, channel: string): Promise<Anchor[]> {
  const { user_id: own } = await slack.auth.test();
  const anchors: Anchor[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? {} : { cursor };
    const page = await slack.conversations.history({ channel, limit: 200, include_all_metadata: true, ...more });
    for (const message of page.messages ?? []) {
      const keyed = Keyed.safeParse(message.metadata?.event_payload);
      const anchor = message.user === own && keyed.success ? readKey(keyed.data.key) : undefined;
      if (anchor !== undefined) anchors.push(anchor);
    }
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  return anchors;
}
