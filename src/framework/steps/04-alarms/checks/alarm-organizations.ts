import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'organizations',
  title: 'A change of the organization sets off an alarm',
  why: 'Policies of the organization are the last thing that holds an administrator.',
  severity: 'medium',
  references: ['CIS v3.0 4.15', 'CIS v5.0 4.15', 'CIS v6.0 5.15', 'CIS v7.0 5.15'],
});
