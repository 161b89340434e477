import type { OwnAddress } from '../alerts/incidents.ts';
import type { EscalationPolicy } from '../alerts/ladder.ts';
import type { OnCallSchedule } from '../alerts/oncall/schedule.ts';
import type { Route } from '../alerts/routing.ts';
import type { FrameworkSettings } from '../framework/settings.ts';
import type { DigestsConfig } from './digests/index.ts';

/** `trailwatch.yaml` as the rest of the code uses it: checked, defaults filled, durations in milliseconds. */
export interface Config {
  sns: {
    /** Only messages of these topics are accepted. */
    topics: Topic[];
    /** PEM texts, used in place of fetching the SigningCertURL when there is at least one. */
    trustedCertificates: string[];
  };
  sqs: { queues: SqsQueue[] };
  /** Slack channel ids. */
  channels: { default: string; digest: string };
  /** In the order of the file. */
  routes: Route[];
  escalation: ReadonlyMap<string, EscalationPolicy>;
  schedules: ReadonlyMap<string, OnCallSchedule>;
  /** Who may do what: `user:U…`, `usergroup:S…`, `channel:C…` (its members). */
  access: {
    /** Null: every full member of the workspace; beside these, whoever has one of the other rights. */
    see: string[] | null;
    /** Who may read digests and sign them off, beside those who investigate. */
    audit: string[];
    /** Null: every full member of the workspace. */
    respond: string[] | null;
    /** Empty: nobody. */
    investigate: string[];
    administer: string[];
  };
  /** Where the head of the audit log is noted each day, outside of the database. */
  auditLog: {
    anchors: {
      /** Null: in no channel. */
      channel: string | null;
      /** In the bucket of `digests.archive`. */
      archive: boolean;
      /** By the authority of `digests.timeStamp`. */
      timeStamp: boolean;
    };
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
  /** Tables over the buckets that logs are kept in, whose one column is the line. */
  logs: Readonly<Record<LogKind, readonly LogTable[]>>;
  /** Whether people may start Detective investigations, which the role must allow too. */
  detective: { start: boolean };
  /** A topic, source or account that is overdue for less is not said to have fallen silent. */
  cadence: { floorMs: number };
  /** Called once a minute while every alert has its next step in time; null: nobody waits for it. */
  heartbeat: { url: string | null };
  /** How long what is over is kept; runs of digests by `digests.keepWeeks`. */
  retention: {
    /** Alerts with all that belongs to them, storms, incidents, silences, stand-ins on call. */
    alertsMs: number;
    /** What was said once and belongs to no alert. */
    newsMs: number;
    /** The ids of messages that were taken in. */
    messagesMs: number;
    /** Answers to questions. */
    answersMs: number;
  };
  digests: DigestsConfig;
  /** The customer's choices for the sixteen steps. */
  framework: FrameworkSettings;
  /** The company's own addresses and networks (CIDR) by their names, in small letters: questions name them so. */
  networks: ReadonlyMap<string, readonly string[]>;
  grouping: {
    /** A resolved alert that fires again within this time is opened again; later it is a new alert. */
    reopenWindowMs: number;
    /** More new alerts of one kind than this, in one channel within a minute, are one storm. */
    storm: number;
    /** Alerts that share an attacker within this time are one incident; 0: none ever is. */
    incidentWindowMs: number;
    isOwn: OwnAddress;
  };
}

export interface Topic {
  arn: string;
  /** Version 1 is SHA-1: accepted only for a topic that asks for it. */
  signatureVersion: '1' | '2';
}

export interface SqsQueue {
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

/** Logs that are asked for a line at a time: VPC flow logs, Resolver query logs, S3 server access logs. */
type LogKind = 'flows' | 'dns' | 's3';

/** A table over a bucket of logs, one text column `line`, with partition projection by `day` and what the kind has beside. */
export interface LogTable extends AthenaHistory {
  /** The bucket that the logs are delivered to. */
  bucket: string;
  /** It is a view that writes as lines what flow logs keep there as Parquet. */
  parquet: boolean;
}

interface Account {
  /** 12 digits. */
  id: string;
  name: string | null;
  organizationalUnit: string | null;
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
  /** Keys and addresses of the services that call people, by the names of their variables. */
  callVariables: ReadonlyMap<string, string>;
  /** With which the rows of the audit log are vouched for; null: with nothing. */
  auditKey: string | null;
  /** Those of which `auditKey` took the place, the newest first. */
  auditKeysBefore: string[];
  /** Where /metrics is in place of `port`; null: there. */
  metricsPort: number | null;
  /** What whoever reads /metrics must know; null: nothing. */
  metricsToken: string | null;
  /** What is sent to a collector of OpenTelemetry; where to, its own variables say. */
  telemetry: { traces: boolean; metrics: boolean };
  /** What goes with each file to `digests.upload`; null: it is not set. */
  uploadSecret: string | null;
}
