import { breakEvaluation, failAlarmAction } from '../../aws/services/cloudwatch.ts';
import { narrowFilter } from '../../aws/services/metric-filters.ts';
import { lapseSubscriptions } from '../../aws/services/topics.ts';
import { alarmTopic } from '../monitoring.ts';
import type { Break } from './break.ts';

export const breaks: readonly Break[] = [
  {
    id: 'filter-narrowed',
    step: 4,
    check: 'alarm-iam-policy',
    title: 'Add && userName != "admin" to the filter of IAM policies',
    break: (organization) => narrowFilter(organization, 'cis-iam-policy', '$.userIdentity.userName != "admin"'),
  },
  {
    id: 'alarm-topic-lapsed',
    step: 4,
    check: 'alarm-unauthorized',
    title: 'Let the subscription of the alarms lapse',
    break: (organization) => lapseSubscriptions(organization, alarmTopic(organization)),
  },
  {
    id: 'alarm-action-failed',
    step: 4,
    check: 'alarm-root',
    title: 'Let the last alarm on root fail to get through',
    break: (organization) => failAlarmAction(organization, 'cis-root', new Date()),
  },
  {
    id: 'alarm-not-evaluated',
    step: 4,
    check: 'alarm-state',
    title: 'Let the evaluation of the alarm on keys fail',
    break: (organization) => breakEvaluation(organization, 'cis-kms', 'EVALUATION_ERROR'),
  },
];
