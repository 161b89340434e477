import type { Alert } from '../alerts/alert.ts';
import type { Notice } from '../alerts/notices.ts';
import type { Environment } from '../config/config.ts';
import type { Failure } from '../slack/posting.ts';

export type Page = Extract<Notice, { kind: 'page' }>;

/** What the pagers need of the environment: addresses and keys. */
export type PagerParts = Pick<Environment, 'callVariables'>;

/**
 * `receipt`: by which the service tells later what became of the call. It is asked (`polled`: whether the person has acknowledged the
 * page there), or its events come through SNS.
 */
type Called = { outcome: 'taken'; receipt?: string; polled?: true } | Failure;

/** Calls a pager, or tells it that the alert is in hand or over. */
export type CallPager = (parts: PagerParts, page: Page, alert: Alert, key: string) => Promise<Called>;

/** What follows the kind in a target. */
export const idOf = ({ target }: Pick<Page, 'target'>): string => target.slice(target.indexOf(':') + 1);

/** The number of what is no alert: a test of how somebody is called. */
export const testId = 0;

/** A page in a few words for a small screen, or for a voice. */
export function inShort({ action }: Pick<Page, 'action'>, { id, severity, signal, acknowledgedBy }: Alert): string {
  if (id === testId) return 'This is a test of how Trailwatch calls you. Nothing has happened.';
  if (action === 'acknowledge') return `Alert ${id} is in hand${acknowledgedBy === null ? '' : ' by somebody else'}.`;
  if (action === 'resolve') return `Alert ${id} is over.`;
  return `Trailwatch: ${severity} alert ${id}${signal.account === undefined ? '' : ` in ${signal.accountName ?? signal.account}`}.`;
}
