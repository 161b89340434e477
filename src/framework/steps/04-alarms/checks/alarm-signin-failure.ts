import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'signin-failure',
  title: 'Failed sign-ins to the console set off an alarm',
  why: 'Failures in a row are somebody who guesses passwords.',
  severity: 'medium',
  pattern: '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }',
  references: ['CIS v3.0 4.6', 'CIS v5.0 4.6', 'CIS v6.0 5.6', 'CIS v7.0 5.6', 'Security Hub CloudWatch.6'],
});
