import type { DigestNews } from '../../alerts/notices.ts';
import { oneLine } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, link, type Mrkdwn, md, safeUrl, userMention } from '../escape.ts';
import type { Message, MessageBlock } from '../types.ts';
import { digestIds } from './digest-ids.ts';
import { ticketText } from './digest-message.ts';
import { actions, button, section } from './elements.ts';

/** What a digest wants of a person or a channel. */
export function digestNews(news: DigestNews): Message {
  switch (news.about) {
    case 'task': {
      const title = md`${oneLine(news.title, 300)}`;
      const said =
        news.chased === 0
          ? md`📌 ${userMention(news.askedBy)} asks you to fix this: *${title}*`
          : md`⏰ Still open since ${slackDate(new Date(news.since))}: *${title}* (asked by ${userMention(news.askedBy)}, reminder ${news.chased})`;
      const due =
        news.due == null
          ? []
          : [
              md`${news.overdue === true ? '❗ It was due' : 'Due'} ${slackDate(new Date(news.due))}${ticketText(news.ticket ?? null)}`,
            ];
      return message(
        [said, ...due, ...(news.note === null ? [] : [md`“${oneLine(news.note, 500)}”`])],
        [
          actions(`digest-task:${news.id}:${news.chased}`, [
            button(digestIds.taskDone, 'Done', String(news.id), 'This is done'),
          ]),
        ],
      );
    }
    case 'exception':
      return message(
        [
          md`⚖️ ${userMention(news.owner)} asks to accept a risk until ${slackDate(new Date(news.until))}: *${oneLine(news.title, 300)}*`,
          md`“${oneLine(news.reason, 500)}”`,
          md`Another person has to decide. Until then the finding counts.`,
        ],
        [
          actions(`digest-exception:${news.id}`, [
            button(digestIds.approve, 'Approve', String(news.id), 'Approve that this risk is accepted', 'primary'),
            button(digestIds.refuse, 'Refuse', String(news.id), 'Refuse to accept this risk', 'danger'),
          ]),
        ],
      );
    case 'decision':
      return message([
        news.approved
          ? md`✅ ${userMention(news.by)} approved that a risk is accepted until ${slackDate(new Date(news.until))}: *${oneLine(news.title, 300)}* (owner ${userMention(news.owner)})`
          : md`✋ ${userMention(news.by)} refused to accept a risk: *${oneLine(news.title, 300)}* (asked by ${userMention(news.owner)})`,
      ]);
    case 'audit-log-head':
      return message([
        md`🔗 Audit log on ${news.day}: ${news.seq.toLocaleString('en')} acts, head \`${news.hash}\`. \`trailwatch audit-log verify\` checks that the log still holds it: do not delete this message.`,
      ]);
    case 'trouble':
      return message([md`❗ *${oneLine(news.title, 100)}*: ${oneLine(news.sentence, 600)}`]);
    case 'exception-end':
      return message([
        news.ended
          ? md`⌛ An accepted risk ended ${slackDate(new Date(news.until))}: *${oneLine(news.title, 300)}* counts again. Whoever needs longer asks anew, in the menu of the finding.`
          : md`⏳ An accepted risk ends ${slackDate(new Date(news.until))}: *${oneLine(news.title, 300)}*. From then on the finding counts again.`,
      ]);
    case 'assessment-report': {
      const url = news.link === null ? undefined : safeUrl(news.link);
      return message([
        md`📄 ${url === undefined ? md`${oneLine(news.name, 200)}` : link(url, oneLine(news.name, 200))}: ${oneLine(news.sentence, 500)} (asked for by ${userMention(news.askedBy)})`,
      ]);
    }
  }
}

const message = (lines: readonly Mrkdwn[], more: MessageBlock[] = []): Message => {
  const said = joined(lines, md`\n`);
  return { text: fallback(joined(lines, md` `)), blocks: [section(said), ...more] };
};
