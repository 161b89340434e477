import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'gateway',
  title: 'A change of a network gateway sets off an alarm',
  why: 'A gateway is a way in and out of a network.',
  severity: 'medium',
  references: ['CIS v3.0 4.12', 'CIS v5.0 4.12', 'CIS v6.0 5.12', 'CIS v7.0 5.12', 'Security Hub CloudWatch.12'],
});
