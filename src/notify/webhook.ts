import { createHmac } from 'node:crypto';
import { inVariable } from '../alerts/targets/target.ts';
import { type CallPager, idOf } from './pager.ts';
import { ask, notSet } from './post.ts';

/**
 * An address of one's own. The signature is over the time and the body, so that neither can be changed or sent again later; the
 * idempotency key is the same each time a call is repeated. docs/oncall.md says how the other side checks it.
 */
export const callWebhook: CallPager = async ({ callVariables }, page, alert, key) => {
  const name = inVariable(idOf(page));
  const url = callVariables.get(`WEBHOOK_URL_${name}`);
  const secret = callVariables.get(`WEBHOOK_SECRET_${name}`);
  if (url === undefined) return notSet(`WEBHOOK_URL_${name}`, page.target);
  if (secret === undefined) return notSet(`WEBHOOK_SECRET_${name}`, page.target);
  const { title, sentence, account, region, resource, source, kind, time } = alert.signal;
  const body = JSON.stringify({
    action: page.action,
    alert: {
      id: alert.id,
      severity: alert.severity,
      title,
      sentence,
      account,
      region,
      resource: resource?.arn,
      source,
      kind,
      time,
    },
    level: page.level,
    reason: page.text,
  });
  const sentAt = Math.floor(Date.now() / 1000);
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': `${key}-${page.action}`,
    'trailwatch-timestamp': String(sentAt),
    'trailwatch-signature': `v1=${createHmac('sha256', secret).update(`${sentAt}.${body}`).digest('hex')}`,
  };
  const answer = await ask(`The webhook ${idOf(page)}`, url, { headers, body }, 'look into its log');
  return answer.outcome === 'answered' ? { outcome: 'taken' } : answer;
};
