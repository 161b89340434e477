import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'signin-no-mfa',
  title: 'A sign-in to the console without MFA sets off an alarm',
  why: 'A password alone can be guessed, phished or bought.',
  severity: 'high',
  pattern:
    '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
  references: ['CIS v3.0 4.2', 'CIS v5.0 4.2', 'CIS v6.0 5.2', 'CIS v7.0 5.2', 'Security Hub CloudWatch.3'],
});
