import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'security-group',
  title: 'A change of a security group sets off an alarm',
  why: 'One rule opens a machine to everybody.',
  severity: 'medium',
  references: ['CIS v3.0 4.10', 'CIS v5.0 4.10', 'CIS v6.0 5.10', 'CIS v7.0 5.10', 'Security Hub CloudWatch.10'],
});
