import type { Alert } from '../../alerts/alert.ts';
import type { Refusal } from '../../alerts/lifecycle.ts';
import { didYouMean } from '../../words/nearest.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, mention } from '../escape.ts';

/** Sentences that only the person who pressed or typed sees. All are mrkdwn, safe to send. */

/** Why nothing happened: somebody was first, or it makes no sense now. */
export function refused(alert: Alert, refusal: Refusal): string {
  if (refusal.reason === 'impossible') return fallback(md`Nothing was changed on #${alert.id}. ${refusal.sentence}`);
  if (refusal.reason === 'moved-on') {
    if (refusal.level === 0) return fallback(md`Nobody was called: the calls for #${alert.id} began anew meanwhile.`);
    const called = refusal.at === null ? md`` : md`, ${slackDate(refusal.at)}`;
    return fallback(md`You called nobody yet: level ${refusal.level} was called meanwhile${called}.`);
  }
  const by = refusal.by === null ? md`` : md` by ${mention(`user:${refusal.by}`) ?? refusal.by}`;
  const at = refusal.at === null ? md`` : md`, ${slackDate(refusal.at)}`;
  if (refusal.state === 'resolved' && refusal.by === null)
    return fallback(md`#${alert.id} was already resolved by AWS${at}.`);
  return fallback(md`#${alert.id} was already ${refusal.state}${by}${at}. Nothing was changed.`);
}

/** What a right lets one do. */
const rightWords = {
  see: 'see alerts',
  audit: 'read digests and sign them off',
  respond: 'act on alerts',
  investigate: 'look things up in AWS or work with reports',
  administer: 'change how Trailwatch works',
} as const;

/** Not allowed, and who is: `holders` are the targets of `access` in the configuration. */
export function notAllowed(right: keyof typeof rightWords, holders: readonly string[]): string {
  const named = namesOf(holders);
  return fallback(
    named.length === 0
      ? md`Nobody can ${rightWords[right]} yet: add somebody to ${`access.${right}`} in the configuration.`
      : md`Only ${joined(named, md`, `)} can ${rightWords[right]}.`,
  );
}

/** The same to a guest: whom they can ask. */
export function notForGuests(holders: readonly string[]): string {
  const named = namesOf(holders);
  return fallback(
    md`Guests cannot do this.${named.length === 0 ? md`` : md` Ask one of these: ${joined(named, md`, `)}.`}`,
  );
}

const namesOf = (holders: readonly string[]): Mrkdwn[] =>
  holders.slice(0, 10).map((holder) => mention(holder) ?? inChannel(holder));

/** `channel:C…` in `access` stands for everybody in it. */
function inChannel(holder: string): Mrkdwn {
  const channel = /^channel:([CG][A-Z0-9]{1,20})$/.exec(holder)?.[1];
  return channel === undefined ? md`${holder}` : md`everybody in <#${channel}>`;
}

/** A command that is none, with the nearest one that is. */
export const unknownCommand = (typed: string, known: readonly string[]): string =>
  fallback(
    md`There is no command "${typed.slice(0, 80)}"${didYouMean(typed, known, '/audit ') || '.'} All commands: /audit help`,
  );
