import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'vpc',
  title: 'A change of a VPC sets off an alarm',
  why: 'A peering joins two networks that were apart.',
  severity: 'medium',
  references: ['CIS v3.0 4.14', 'CIS v5.0 4.14', 'CIS v6.0 5.14', 'CIS v7.0 5.14', 'Security Hub CloudWatch.14'],
});
