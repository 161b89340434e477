import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'route',
  title: 'A change of a route table sets off an alarm',
  why: 'A route can lead traffic past everything that watches it.',
  severity: 'medium',
  references: ['CIS v3.0 4.13', 'CIS v5.0 4.13', 'CIS v6.0 5.13', 'CIS v7.0 5.13', 'Security Hub CloudWatch.13'],
});
