import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'root',
  title: 'Use of the root user sets off an alarm',
  why: 'Root can do everything and should be used for next to nothing.',
  severity: 'high',
  pattern:
    '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }',
  references: ['CIS v3.0 4.3', 'CIS v5.0 4.3', 'CIS v6.0 5.3', 'CIS v7.0 5.3', 'Security Hub CloudWatch.1'],
});
