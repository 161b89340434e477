import { breaks as landingZone } from './01-landing-zone.ts';
import { breaks as cloudtrail } from './02-cloudtrail.ts';
import { breaks as logArchive } from './03-log-archive.ts';
import { breaks as alarms } from './04-alarms.ts';
import { breaks as flowLogs } from './05-flow-logs.ts';
import { breaks as guardduty } from './06-guardduty.ts';
import { breaks as s3Logging } from './07-s3-logging.ts';
import { breaks as config } from './08-config.ts';
import { breaks as iamChanges } from './09-iam-changes.ts';
import { breaks as detective } from './10-detective.ts';
import { breaks as accessAnalyzer } from './12-access-analyzer.ts';
import { breaks as eventbridge } from './13-eventbridge.ts';
import { breaks as sessionManager } from './14-session-manager.ts';
import { breaks as accessAdvisor } from './15-access-advisor.ts';
import { breaks as auditManager } from './16-audit-manager.ts';
import type { Break } from './break.ts';

/** Everything of the framework that can be broken here, step by step. */
export const breaks: readonly Break[] = [
  ...landingZone,
  ...cloudtrail,
  ...logArchive,
  ...alarms,
  ...flowLogs,
  ...guardduty,
  ...s3Logging,
  ...config,
  ...iamChanges,
  ...detective,
  ...accessAnalyzer,
  ...eventbridge,
  ...sessionManager,
  ...accessAdvisor,
  ...auditManager,
];
