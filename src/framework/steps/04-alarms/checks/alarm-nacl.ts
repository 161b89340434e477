import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'nacl',
  title: 'A change of a network ACL sets off an alarm',
  why: 'Network ACLs are the outer wall of a subnet.',
  severity: 'medium',
  references: ['CIS v3.0 4.11', 'CIS v5.0 4.11', 'CIS v6.0 5.11', 'CIS v7.0 5.11', 'Security Hub CloudWatch.11'],
});
