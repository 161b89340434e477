import { alarmCheck } from '../control.ts';

export const check = alarmCheck({
  topic: 'unauthorized',
  title: 'Refused API calls set off an alarm',
  why: 'Many refusals are often the first that is seen of somebody who tries what a key may do.',
  severity: 'medium',
  pattern:
    '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }',
  references: ['CIS v3.0 4.1', 'CIS v5.0 4.1', 'CIS v6.0 5.1', 'CIS v7.0 5.1', 'Security Hub CloudWatch.2'],
});
