import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 's3-policy',
  title: 'A change of a bucket policy sets off an alarm',
  why: 'A bucket is opened to the world by one call.',
  severity: 'medium',
  references: ['CIS v3.0 4.8', 'CIS v5.0 4.8', 'CIS v6.0 5.8', 'CIS v7.0 5.8', 'Security Hub CloudWatch.8'],
});
