import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'kms',
  title: 'Disabling or deleting a key sets off an alarm',
  why: 'What is encrypted with a deleted key is lost.',
  severity: 'high',
  references: ['CIS v3.0 4.7', 'CIS v5.0 4.7', 'CIS v6.0 5.7', 'CIS v7.0 5.7', 'Security Hub CloudWatch.7'],
});
