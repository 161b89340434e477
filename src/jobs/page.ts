import type { Alert } from '../alerts/alert.ts';
import type { Notice } from '../alerts/notices.ts';
import { messageOf } from '../alerts/text.ts';
import type { Sent } from '../slack/posting.ts';

/** Calls a pager. Answers nothing when it took the page, else why it is tried again. */
export interface Pager {
  page(
    notice: Extract<Notice, { kind: 'page' }>,
    alert: Alert,
    key: string,
  ): Promise<Exclude<Sent, { outcome: 'done' }> | undefined>;
}

const severityNames = { critical: 'critical', high: 'error', medium: 'warning', low: 'info', info: 'info' } as const;

/**
 * PagerDuty, by its Events API v2 (`url`; accounts in the EU have their own): 202 means taken, 429 and 5xx are tried again, and a repeat with the same
 * dedup_key is one incident there. Source: PagerDuty developer docs, "Send an event".
 */
export function pagerDuty(keys: ReadonlyMap<string, string>, url: string): Pager {
  return {
    async page(notice, alert, key) {
      const name = notice.target.slice('pagerduty:'.length);
      const routingKey = keys.get(name);
      if (routingKey === undefined)
        return { outcome: 'refused', error: `no integration key for ${notice.target} in the environment` };
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          redirect: 'error',
          signal: AbortSignal.timeout(10_000),
          body: JSON.stringify({
            routing_key: routingKey,
            event_action: notice.action,
            dedup_key: `trailwatch-alert-${alert.id}`,
            payload: {
              summary: alert.signal.title.slice(0, 1024),
              source: alert.signal.resource?.arn ?? alert.signal.account ?? 'aws',
              severity: severityNames[alert.severity],
              timestamp: alert.signal.time,
              custom_details: { sentence: alert.signal.sentence, level: notice.level, reason: notice.text, key },
            },
          }),
        });
        if (response.status === 202) return undefined;
        if (response.status === 429 || response.status >= 500)
          return {
            outcome: 'later',
            error: `PagerDuty answered ${response.status}`,
            waitMs: 60_000,
            rateLimited: false,
          };
        return { outcome: 'refused', error: `PagerDuty answered ${response.status}: check the integration key` };
      } catch (error) {
        const reason = messageOf(error);
        return {
          outcome: 'later',
          error: `PagerDuty cannot be reached (${reason})`,
          waitMs: 30_000,
          rateLimited: false,
        };
      }
    },
  };
}
