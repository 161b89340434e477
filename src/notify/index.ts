import type { TargetKindName } from '../alerts/targets/index.ts';
import { ownValue } from '../words/json.ts';
import { callNtfy } from './ntfy.ts';
import type { CallPager } from './pager.ts';
import { callPagerDuty } from './pagerduty.ts';
import { callPushover } from './pushover.ts';
import { callSns } from './sns.ts';
import { callVoice } from './voice.ts';
import { callWebhook } from './webhook.ts';

/** The kinds of targets that are reached outside Slack. */
type PagerKind = Exclude<TargetKindName, 'user' | 'usergroup' | 'schedule' | 'channel'>;

const pagers: Readonly<Record<PagerKind, CallPager>> = {
  pagerduty: callPagerDuty,
  pushover: callPushover,
  ntfy: callNtfy,
  sns: callSns,
  voice: callVoice,
  webhook: callWebhook,
};

/** Calls the pager that a page is for. */
export const callPager: CallPager = async (parts, page, alert, key) => {
  const call = ownValue<CallPager>(pagers, page.target.slice(0, page.target.indexOf(':')));
  if (call !== undefined) return call(parts, page, alert, key);
  return { outcome: 'refused', about: 'else', error: `this version of Trailwatch knows no pager ${page.target}` };
};
