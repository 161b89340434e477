import { changeRule } from '../../aws/services/events.ts';
import { known } from '../accounts.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'iam-rule-narrowed',
    step: 9,
    check: 'iam-alerts-match',
    title: 'Let prod-payments tell of new users alone',
    break: (organization) =>
      changeRule(organization, { account: known.payments, region: 'us-east-1' }, 'trailwatch-iam-changes', {
        EventPattern: '{"source":["aws.iam"],"detail":{"eventName":["CreateUser"]}}',
      }),
  },
  {
    id: 'iam-rule-off',
    step: 9,
    check: 'iam-alerts-all-accounts',
    title: 'Switch off the rule of IAM changes in prod-web',
    break: (organization) =>
      changeRule(organization, { account: known.web, region: 'us-east-1' }, 'trailwatch-iam-changes', {
        State: 'DISABLED',
      }),
  },
];
