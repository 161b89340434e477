import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'cloudtrail',
  title: 'A change of CloudTrail sets off an alarm',
  why: 'Those who do not want to be seen turn off the record first.',
  severity: 'high',
  references: ['CIS v3.0 4.5', 'CIS v5.0 4.5', 'CIS v6.0 5.5', 'CIS v7.0 5.5', 'Security Hub CloudWatch.5'],
});
