import { setEventMetric } from '../../aws/services/event-metrics.ts';
import { changeRule, openBus } from '../../aws/services/events.ts';
import { lapseSubscriptions } from '../../aws/services/topics.ts';
import { known } from '../accounts.ts';
import { happened } from '../happened.ts';
import { busRegion, eventTopic } from '../monitoring.ts';
import { hourMs, uuidOf } from '../stable.ts';
import type { Break } from './break.ts';

const payments = { account: known.payments, region: busRegion };

export const breaks: readonly Break[] = [
  {
    id: 'findings-rule-off',
    step: 13,
    check: 'eb-reaches-bot',
    title: 'Switch off the rule of findings in prod-payments',
    break: (organization) => changeRule(organization, payments, 'trailwatch-findings', { State: 'DISABLED' }),
  },
  {
    id: 'event-topic-lapsed',
    step: 13,
    check: 'eb-target-alive',
    title: 'Let the subscription of the events lapse',
    break: (organization) => lapseSubscriptions(organization, eventTopic(organization)),
  },
  {
    id: 'invocations-failed',
    step: 13,
    check: 'eb-no-failures',
    title: 'Let a rule of prod-payments fail to deliver five times',
    break: (organization) =>
      setEventMetric(
        organization,
        payments,
        { rule: 'trailwatch-api-calls', bus: 'default', metric: 'FailedInvocations' },
        5,
      ),
  },
  {
    id: 'rule-off-and-on',
    step: 13,
    check: 'eb-rules-unchanged',
    title: 'Switch a rule of prod-payments off for a while',
    break: (organization) => {
      const eventTime = new Date(Date.now() - hourMs).toISOString();
      happened(organization, payments, {
        eventVersion: '1.11',
        eventID: uuidOf('rule-off-and-on', eventTime),
        eventTime,
        eventName: 'DisableRule',
        eventSource: 'events.amazonaws.com',
        awsRegion: busRegion,
        userIdentity: { type: 'IAMUser', userName: 'deploy-bot', accountId: known.payments },
        sourceIPAddress: '203.0.113.10',
        readOnly: false,
        requestParameters: { name: 'trailwatch-findings' },
      });
    },
  },
  {
    id: 'bus-opened',
    step: 13,
    check: 'eb-bus-closed',
    title: 'Open the central bus to everybody',
    break: openBus,
  },
];
