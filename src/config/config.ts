import type { EscalationPolicy } from '../alerts/escalation.ts';
import type { Schedule } from '../alerts/oncall.ts';
import type { Route } from '../alerts/routing.ts';

/** `trailwatch.yaml` as the rest of the code uses it: checked, defaults filled, durations in milliseconds. */
export interface Config {
  sns: {
    /** Only messages of these topics are accepted. */
    topics: Topic[];
    /** PEM texts, used in place of fetching the SigningCertURL when there is at least one. */
    trustedCertificates: string[];
  };
  sqs: { queues: Queue[] };
  /** Slack channel ids. */
  channels: { default: string; digest: string };
  /** In the order of the file. */
  routes: Route[];
  escalation: ReadonlyMap<string, EscalationPolicy>;
  schedules: ReadonlyMap<string, Schedule>;
  /** Who may do what: `user:U…`, `usergroup:S…`, `channel:C…` (its members). */
  access: {
    /** Null: every full member of the workspace. */
    respond: string[] | null;
    /** Empty: nobody. */
    investigate: string[];
    administer: string[];
  };
  accounts: {
    /** True: ask AWS Organizations for the accounts, beside those listed. */
    discover: boolean;
    list: Account[];
    /** Name of the role to assume in each account; null: only the bot's own account is read. */
    role: string | null;
    externalId: string | null;
    /** Empty: the regions enabled in each account. */
    regions: string[];
  };
  /** Where CloudTrail older than 90 days is found; the first that is set is asked. */
  history: {
    /** Name or ARN. */
    logGroup: string | null;
    athena: AthenaHistory | null;
    /** ARN of an event data store of CloudTrail Lake. */
    eventDataStore: string | null;
    /** A span longer than this is asked back about before it costs something. */
    askAboveDays: number;
  };
  /** Whether people may start Detective investigations, which the role must allow too. */
  detective: { start: boolean };
  /** A digest that is not in the file is not run by the clock. */
  digests: {
    credentialReport?: DigestSchedule & CredentialReportSettings;
    evidence?: DigestSchedule & EvidenceSettings;
    framework?: DigestSchedule;
    openFindings?: DigestSchedule;
    alertNumbers?: DigestSchedule;
    /** After this many weeks a run and its files are thrown away. */
    keepWeeks: number;
    /** Where a copy of every file goes, locked for so many days; null: nowhere. */
    archive: { bucket: string; prefix: string; retainDays: number } | null;
  };
  grouping: {
    /** A resolved alert that fires again within this time is opened again; later it is a new alert. */
    reopenWindowMs: number;
    /** More new alerts of one kind than this, in one channel within a minute, are one storm. */
    storm: number;
  };
}

export interface Topic {
  arn: string;
  /** Version 1 is SHA-1: accepted only for a topic that asks for it. */
  signatureVersion: '1' | '2';
}

export interface Queue {
  url: string;
  /** Null: the region of the bot (`AWS_REGION`). */
  region: string | null;
  /** A dead-letter queue: read in the same way, and its messages are said to have been late. */
  deadLetter: boolean;
}

/** A table over a trail's bucket, with partition projection by account, region and day. */
export interface AthenaHistory {
  database: string;
  table: string;
  workGroup: string;
  /** `s3://…` for the results; null: the workgroup's own. */
  output: string | null;
  /** Null: the bot's own. */
  account: string | null;
  region: string | null;
}

export interface Account {
  /** 12 digits. */
  id: string;
  name: string | null;
  organizationalUnit: string | null;
}

export const digestNames = ['credentialReport', 'evidence', 'framework', 'openFindings', 'alertNumbers'] as const;

export type DigestName = (typeof digestNames)[number];

export interface DigestSchedule {
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: string;
  /** IANA name. */
  timezone: string;
  channel: string;
}

export interface CredentialReportSettings {
  /** In place of the rules' own numbers, by their names. */
  thresholds: {
    unusedDays?: number | undefined;
    rotationDays?: number | undefined;
    overlapDays?: number | undefined;
    rootUsedDays?: number | undefined;
    passwordLength?: number | undefined;
    passwordReuse?: number | undefined;
  };
  exceptions: DigestException[];
}

/** A finding that is accepted until a day. */
export interface DigestException {
  account: string;
  /** ARN, as the finding has it. */
  principal: string;
  rule: string;
  /** Null: all of the principal's findings by this rule. */
  slot: string | null;
  owner: string;
  reason: string;
  requestedBy: string;
  approvedBy: string;
  /** The end of the last day, UTC. */
  expires: Date;
}

export interface EvidenceSettings {
  /** Whether people may have Audit Manager make an assessment report. */
  createReports: boolean;
  /** Controls of Audit Manager, by their ids, to which each review is attached as manual evidence. */
  attachReviews: { assessment: string; controlSet: string; control: string }[];
}

/** How the bot talks with Slack. */
export type SlackConnection = { botToken: string; apiUrl: string } & (
  | { mode: 'http'; signingSecret: string }
  | { mode: 'socket'; appToken: string }
);

/** The environment variables, checked, defaults filled. */
export interface Environment {
  /** Null while no token is set: `check` and `explain` work without Slack, `start` does not. */
  slack: SlackConnection | null;
  /** Null: the embedded database under `dataDir`. */
  databaseUrl: string | null;
  /** Null: the queue is in the database. */
  redisUrl: string | null;
  dataDir: string;
  port: number;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  role: 'web' | 'worker' | 'all';
  /** The https address under which Slack and SNS reach the bot, without a slash at the end; null: not known. */
  publicUrl: string | null;
  /** Integration keys of `pagerduty:<name>` targets, by name. */
  pagerDutyKeys: ReadonlyMap<string, string>;
  /** PagerDuty's Events API v2. */
  pagerDutyUrl: string;
}
