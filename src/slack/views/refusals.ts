import type { Alert } from '../../alerts/alert.ts';
import type { Refusal } from '../../alerts/lifecycle.ts';
import { slackDate } from '../dates.ts';
import { fallback, joined, type Mrkdwn, md, mention } from '../escape.ts';

/** Sentences that only the person who pressed or typed sees. All are mrkdwn, safe to send. */

/** Why nothing happened: somebody was first, or it makes no sense now. */
export function refused(alert: Alert, refusal: Refusal): string {
  if (refusal.reason === 'impossible') return fallback(md`Nothing was changed on #${alert.id}. ${refusal.sentence}`);
  const by = refusal.by === null ? md`` : md` by ${mention(`user:${refusal.by}`) ?? refusal.by}`;
  const at = refusal.at === null ? md`` : md`, ${slackDate(refusal.at)}`;
  if (refusal.state === 'resolved' && refusal.by === null)
    return fallback(md`#${alert.id} is already resolved: AWS said that it is over${at}.`);
  return fallback(md`#${alert.id} was already ${refusal.state}${by}${at}. Nothing was changed.`);
}

/** What a right lets one do. */
const rightWords = {
  respond: 'act on alerts',
  investigate: 'ask who did what in AWS',
  administer: 'change how Trailwatch works',
} as const;

/** Not allowed, and who is: `holders` are the targets of `access` in the configuration. */
export function notAllowed(right: keyof typeof rightWords, holders: readonly string[]): string {
  const named = holders.slice(0, 10).map((holder) => mention(holder) ?? inChannel(holder));
  const may =
    named.length === 0
      ? md`nobody may yet: add somebody to ${`access.${right}`} in the configuration`
      : joined(named, md`, `);
  const lead = named.length === 0 ? md`` : md`These may: `;
  return fallback(md`You may not ${rightWords[right]}. ${lead}${may}.`);
}

/** `channel:C…` in `access` stands for everybody in it. */
function inChannel(holder: string): Mrkdwn {
  const channel = /^channel:([CG][A-Z0-9]{1,20})$/.exec(holder)?.[1];
  return channel === undefined ? md`${holder}` : md`everybody in <#${channel}>`;
}

/** A command that is none, with the nearest one that is. */
export function unknownCommand(typed: string, nearest: string | undefined): string {
  const known = nearest === undefined ? md`` : md` Did you mean ${'/audit'} *${nearest}*?`;
  return fallback(md`There is no command "${typed.slice(0, 80)}".${known} All commands: /audit help`);
}
