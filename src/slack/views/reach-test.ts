import { fallback, joined, type Mrkdwn, md, userMention } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, context, section } from './elements.ts';
import { targetWords } from './target-words.ts';

/** One way to a person, and what came of its test. */
export interface WayTested {
  /** `direct message`, or a target. */
  way: string;
  ok: boolean;
  said: string | Mrkdwn;
}

/** What comes by direct message in a test. */
export const reachTest = (by: string): Message => {
  const line = md`🔔 This is a test of how Trailwatch calls you, asked for by ${userMention(by)}. Nothing has happened.`;
  return {
    text: fallback(line),
    blocks: [
      section(line),
      actions('reach:test', [
        button(actionIds.reachHeard, 'It rang', 'heard', 'Say that the test reached you', 'primary'),
      ]),
    ],
  };
};

/** What came of a test, for who asked for it. */
export function reachTested(user: string, tested: readonly WayTested[]): Message {
  const lines = tested.map(({ way, ok, said }) => md`${ok ? '✅' : '❗'} ${targetWords(way)}: ${said}`);
  const alone = tested.length === 1;
  return {
    text: fallback(
      md`Called ${userMention(user)}: ${tested.filter(({ ok }) => ok).length} of ${tested.length} ways ring.`,
    ),
    blocks: [
      section(md`Called ${userMention(user)}:\n${joined(lines, md`\n`)}`),
      ...(alone
        ? [
            context(
              md`There is no other way than a direct message: choose one in the Home tab, under How you are called.`,
            ),
          ]
        : []),
    ],
  };
}
