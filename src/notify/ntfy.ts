import type { Severity } from '../alerts/severity.ts';
import { clip } from '../words/text.ts';
import { type CallPager, idOf, inShort } from './pager.ts';
import { ask } from './post.ts';

/** 5 rings long and passes through Do Not Disturb where the phone allows it. Source: docs.ntfy.sh, "Message priority". */
const priorities: Readonly<Record<Severity, number>> = { critical: 5, high: 5, medium: 4, low: 3, info: 2 };

/** ntfy, on its own server or another (NTFY_URL). Source: docs.ntfy.sh, "Publish as JSON". */
export const callNtfy: CallPager = async ({ callVariables }, page, alert) => {
  const url = callVariables.get('NTFY_URL') ?? 'https://ntfy.sh';
  const token = callVariables.get('NTFY_TOKEN');
  const calls = page.action === 'trigger';
  const body = {
    topic: idOf(page),
    title: inShort(page, alert),
    message: clip(alert.signal.title, 1024),
    priority: calls ? priorities[alert.severity] : 2,
    tags: [calls ? 'rotating_light' : 'white_check_mark'],
  };
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const answer = await ask('ntfy', url, { headers, body: JSON.stringify(body) }, 'check NTFY_TOKEN and the topic');
  return answer.outcome === 'answered' ? { outcome: 'taken' } : answer;
};
