import type { WatchedCall, WatchedSubject, WatchNews } from '../../alerts/notices.ts';
import { oneLine, plural } from '../../words/text.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, md } from '../escape.ts';
import type { Message } from '../types.ts';
import { actionIds } from './action-ids.ts';
import { actions, button, context, header, section } from './elements.ts';
import { linesBlockId, questionIds } from './question-ids.ts';

/** A watch as lists show it. */
interface Listed {
  id: number;
  subject: WatchedSubject;
  expires_at: Date;
  found: number;
  told_at: Date | null;
  coverage: string | null;
}

const kinds: Record<WatchedSubject['kind'], string> = {
  key: 'access key',
  ip: 'address',
  role: 'role',
  user: 'user',
};

const named = ({ kind, value, arn }: WatchedSubject): string => `${kinds[kind]} ${oneLine(arn ?? value, 200)}`;

const lineOf = ({ kind, value, arn }: WatchedSubject): string => `lookup ${kind} ${arn ?? value}`;

const times = (found: number): string => (found === 0 ? 'no call so far' : `${plural(found, 'call')} so far`);

const endButton = (id: number) => button(actionIds.watchEnd, 'End watch', String(id), `End watch ${id}`);

/** What somebody is told whose watch began. */
export const watchBegun = (id: number, subject: WatchedSubject, until: Date): string =>
  md`👁 Watch ${id}: you get a direct message when the ${named(subject)} calls again, until ${slackDate(until)}. Alerts tell at once; CloudTrail is asked every 15 minutes, and has a call up to 15 minutes late. Data events are not watched. /audit unwatch ${id} ends it.`.toString();

/** `/audit watch` without arguments. */
export function watchList(watches: readonly Listed[]): Message {
  const title = watches.length === 0 ? 'You watch nothing' : `You watch ${watches.length}`;
  return {
    text: fallback(md`${title}`),
    blocks:
      watches.length === 0
        ? [
            section(
              md`You watch nothing. To hear when a key, an address, a role or a user calls again: /audit watch key AKIA… --until 8h`,
            ),
          ]
        : [
            header(title),
            ...watches.map(({ id, subject, expires_at, found, told_at, coverage }) =>
              section(
                joined(
                  [
                    md`👁 ${id}: ${named(subject)}`,
                    md`until ${slackDate(expires_at)} · ${times(found)}${told_at === null ? md`` : md`, last told ${slackDate(told_at)}`}`,
                    md`${coverage === null ? 'CloudTrail was not asked yet.' : `The last look: ${oneLine(coverage, 400)}`}`,
                  ],
                  md`\n`,
                ),
                endButton(id),
              ),
            ),
          ],
  };
}

const callLine = ({ time, event, who, on, from, account, region, error }: WatchedCall) =>
  joined(
    [
      md`• ${slackDate(new Date(time))} *${oneLine(event, 100)}*`,
      ...(on === null ? [] : [md` on ${oneLine(on, 100)}`]),
      ...(who === null ? [] : [md` by ${oneLine(who, 100)}`]),
      ...(from === null ? [] : [md` from ${oneLine(from, 60)}`]),
      md` in ${oneLine(account, 20)} ${oneLine(region, 20)}`,
      ...(error === null ? [] : [md` · ${oneLine(error, 60)}`]),
    ],
    md``,
  );

/** Told to whoever watches: what called, or that the watch is over and what came of it. */
export function watchNews(news: WatchNews): Message {
  const { id, subject } = news;
  const ask = actions(linesBlockId, [
    button(`${questionIds.line}:0`, 'Look it up', lineOf(subject), 'Look up what it did'),
    ...(subject.kind === 'key'
      ? [button(`${questionIds.line}:1`, 'Who is it?', `who ${subject.value}`, 'Who is behind it')]
      : []),
    ...(news.about === 'calls' ? [endButton(id)] : []),
  ]);
  if (news.about === 'over') {
    const said = md`👁 Watch ${id} is over${news.why === 'right' ? md`: you may not ask CloudTrail any more` : md``}. The ${named(subject)} ${news.found === 0 ? 'was not seen to call' : `called ${plural(news.found, 'time')}`}.`;
    const rest = news.coverage === null ? 'CloudTrail was not asked.' : `The last look: ${oneLine(news.coverage, 500)}`;
    return { text: fallback(said), blocks: [section(said), context(md`${rest}`), ask] };
  }
  const said = md`👁 The ${named(subject)} called again: ${plural(news.count, 'call')}`;
  const more = news.count - news.calls.length;
  const rest = news.coverage === null ? 'It came as an alert.' : oneLine(news.coverage, 500);
  return {
    text: fallback(said),
    blocks: [
      section(md`*${said}*`),
      section(joined(news.calls.map(callLine), md`\n`)),
      context(
        md`${more > 0 ? `and ${more.toLocaleString('en')} more · ` : ''}${rest} · watch ${id}, until ${slackDate(new Date(news.until))}`,
      ),
      ask,
    ],
  };
}
