import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'iam-policy',
  title: 'A change of an IAM policy sets off an alarm',
  why: 'Whoever may change policies may give themselves anything.',
  severity: 'high',
  references: ['CIS v3.0 4.4', 'CIS v5.0 4.4', 'CIS v6.0 5.4', 'CIS v7.0 5.4', 'Security Hub CloudWatch.4'],
});
