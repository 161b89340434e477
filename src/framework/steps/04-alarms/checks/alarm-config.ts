import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'config',
  title: 'A change of AWS Config sets off an alarm',
  why: 'Without the recorder nobody can say later what was changed.',
  severity: 'medium',
  references: ['CIS v3.0 4.9', 'CIS v5.0 4.9', 'CIS v6.0 5.9', 'CIS v7.0 5.9', 'Security Hub CloudWatch.9'],
});
