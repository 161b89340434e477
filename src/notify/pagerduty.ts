import { inVariable } from '../alerts/targets/target.ts';
import { clip } from '../words/text.ts';
import { type CallPager, idOf } from './pager.ts';
import { ask, notSet } from './post.ts';

const severityNames = { critical: 'critical', high: 'error', medium: 'warning', low: 'info', info: 'info' } as const;

/**
 * PagerDuty, by its Events API v2: 202 means taken, and a repeat with the same dedup_key is one incident there.
 * Source: PagerDuty developer docs, "Send an event".
 */
export const callPagerDuty: CallPager = async ({ callVariables }, notice, alert, key) => {
  const variable = `PAGERDUTY_ROUTING_KEY_${inVariable(idOf(notice))}`;
  const routingKey = callVariables.get(variable);
  if (routingKey === undefined) return notSet(variable, notice.target);
  const url = callVariables.get('PAGERDUTY_EVENTS_URL') ?? 'https://events.pagerduty.com/v2/enqueue';
  const body = {
    routing_key: routingKey,
    event_action: notice.action,
    dedup_key: `trailwatch-alert-${alert.id}`,
    payload: {
      summary: clip(alert.signal.title, 1024),
      source: alert.signal.resource?.arn ?? alert.signal.account ?? 'aws',
      severity: severityNames[alert.severity],
      timestamp: alert.signal.time,
      custom_details: { sentence: alert.signal.sentence, level: notice.level, reason: notice.text, key },
    },
  };
  const headers = { 'content-type': 'application/json' };
  const answer = await ask('PagerDuty', url, { headers, body: JSON.stringify(body) }, 'check the integration key');
  return answer.outcome === 'answered' ? { outcome: 'taken' } : answer;
};
