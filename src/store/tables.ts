import type { ColumnType, Generated } from 'kysely';
import type { AlertMode, AlertState, Author, CallOutcome, TimelineEvent } from '../alerts/alert.ts';
import type { Matcher } from '../alerts/matcher.ts';
import type { Notice, WatchedSubject } from '../alerts/notices.ts';
import type { QuietHours } from '../alerts/quiet-hours.ts';
import type { Reach, ReachRule } from '../alerts/reach.ts';
import type { Resolution } from '../alerts/resolution.ts';
import type { Severity } from '../alerts/severity.ts';
import type { Signal } from '../alerts/signal.ts';

export interface ActorQuestionTable {
  alert_id: number;
  user_id: string | null;
  email: string;
  proof: string;
  asked_at: Date;
  expires_at: Date;
  answer: 'open' | 'yes' | 'no' | 'expired' | 'unasked';
  answered_at: Date | null;
  reason: string | null;
}

export interface AlertTable {
  id: Generated<number>;
  dedup_key: string;
  state: AlertState;
  mode: AlertMode;
  severity: Severity;
  source: string;
  kind: string;
  account: string | null;
  region: string | null;
  title: string;
  signal: Signal;
  count: number;
  first_seen: Date;
  last_seen: Date;
  channel: string;
  mention: string[];
  runbook: string | null;
  escalation: string | null;
  level: number;
  round: Generated<number>;
  firing_since: Date;
  called_at: Date | null;
  exhausted_at: Date | null;
  quiet_hours: QuietHours | null;
  due_at: Date | null;
  snoozed_until: Date | null;
  assignee: string | null;
  acknowledged_by: string | null;
  acknowledged_at: Date | null;
  second_wanted: 'anybody' | 'lead' | null;
  held_at: Date | null;
  reminded_at: Date | null;
  resolved_by: string | null;
  resolved_as: Resolution | null;
  resolved_at: Date | null;
  /** ISO times. */
  flaps: string[];
  storm_id: number | null;
  incident_id: number | null;
  leads: boolean;
  denied: Generated<boolean>;
  version: number;
}

export interface AlertEventTable {
  id: Generated<number>;
  alert_id: number;
  at: Date;
  kind: TimelineEvent['kind'];
  by: Author;
  text: string | null;
  detail: string | null;
}

/** Verified messages of SNS, in the order in which they are taken in. */
interface InboxTable {
  seq: string;
  /** SNS's message id: none is taken in twice. */
  id: string;
  received_at: Date;
  /** The message as it came (JSON), until it is taken in. */
  waiting: string | null;
  /** Why it cannot be taken in: set apart, so that the others can. */
  trouble: string | null;
}

export interface AuditLogTable {
  /** 1, 2, 3 … without a gap. */
  seq: ColumnType<string, number, never>;
  at: Date;
  actor_team: string | null;
  actor_user: string | null;
  action: string;
  subject: string;
  detail: ColumnType<unknown, string, never>;
  prev_hash: string;
  hash: string;
  /** Null: written without AUDIT_LOG_KEY. */
  mac: string | null;
}

/** A head of the audit log that was noted outside of the database. */
interface AuditAnchorTable {
  /** 2026-11-29 */
  day: ColumnType<unknown, string, never>;
  seq: ColumnType<string, number, never>;
  hash: string;
  at: Date;
  archived_at: Date | null;
  /** TimeStampResp of RFC 3161. */
  stamp: Uint8Array | null;
}

/** One row: where the chain ends. */
interface AuditHeadTable {
  only_row: Generated<boolean>;
  seq: ColumnType<string, number, number>;
  hash: string;
}

/** One place in Slack where an alert, a storm or an incident is shown. */
export interface SlackMessageTable {
  id: Generated<number>;
  alert_id: number | null;
  storm_id: number | null;
  incident_id: Generated<number | null>;
  channel: string;
  ts: string | null;
  /** The version of its subject that Slack shows; 0 before the first. */
  version: Generated<number>;
  /** The version that Slack should show: the subject's newest. Kept by the database. */
  wanted: Generated<number>;
  /** When a post was first tried whose outcome nobody knows. */
  attempted_at: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
}

export interface OutboxTable {
  id: Generated<number>;
  key: string;
  /** Null for news that is about no alert. */
  alert_id: number | null;
  kind: Notice['kind'];
  target: string;
  payload: Notice;
  created_at: Date;
  attempted_at: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
  done_at: Date | null;
  ts: string | null;
  /** Which step of the calls it belongs to; null: it is no call. */
  step: string | null;
  /** Who is called, whatever the way; null: a channel, a group or a service. */
  person: string | null;
  outcome: CallOutcome | null;
  /** By which a service tells whether the person took the call, and when it is asked next. */
  receipt: string | null;
  poll_at: Date | null;
  /** The first of the rows that are one message; null: a message of its own. */
  bundle: number | null;
}

interface LaneTable {
  /** `post:C…`, `update:C…`, `rest:C…`. */
  id: string;
  next_at: Date;
}

export interface DigestFileTable {
  run_id: number;
  name: string;
  title: string;
  sha256: string;
  /** Bytes, unpacked. */
  size: number;
  bytes: Uint8Array;
  sent_at: Date | null;
  attempted_at: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
  archived_at: Date | null;
  archive_error: string | null;
  uploaded_at: Date | null;
  upload_error: string | null;
}

export interface DigestTaskTable {
  id: Generated<number>;
  digest: string;
  /** The finding's key. */
  finding: string;
  title: string;
  assignee: string;
  asked_by: string;
  note: string | null;
  channel: string;
  created_at: Date;
  due_at: Date | null;
  ticket: string | null;
  chase_at: Date;
  chased: Generated<number>;
  done_at: Date | null;
  done_by: string | null;
}

export interface DigestExceptionTable {
  id: Generated<number>;
  digest: string;
  finding: string;
  title: string;
  owner: string;
  reason: string;
  expires_at: Date;
  asked_at: Date;
  channel: string;
  decided_by: string | null;
  decided_at: Date | null;
  approved: boolean | null;
}

/** An assessment report of Audit Manager that somebody asked for. */
export interface DigestReportTable {
  id: string;
  assessment: string;
  name: string;
  asked_by: string;
  channel: string;
  asked_at: Date;
  done_at: Date | null;
}

interface DigestScheduleTable {
  digest: string;
  cron: string;
  timezone: string;
  since: Date;
}

export interface DigestRunTable {
  id: Generated<number>;
  digest: string;
  period: string;
  asked_by: string | null;
  channel: string;
  started_at: Date;
  state: 'collecting' | 'posting' | 'done';
  trouble: string | null;
  edition: Generated<number>;
  places_known: Generated<boolean>;
  shared: unknown;
  collected_at: Date | null;
  done_at: Date | null;
  lease: string | null;
  lease_until: Date | null;
  retry_at: Date | null;
  tries: Generated<number>;
  error: string | null;
  ts: string | null;
  shown: string | null;
  attempted_at: Date | null;
  result: unknown;
  manifest_sha256: string | null;
  reviewed_by: string | null;
  reviewed_at: Date | null;
  review_outcome: 'accepted' | 'remarks' | 'refused' | null;
  review_comment: string | null;
  refused: string | null;
}

export interface DigestPlaceTable {
  run_id: number;
  account: string;
  name: string | null;
  state: 'waiting' | 'answered' | 'failed' | 'left' | 'closed';
  reason: string | null;
  tries: Generated<number>;
  reported_at: Date | null;
  answered_at: Date | null;
  content: Uint8Array | null;
  memory: Uint8Array | null;
}

export interface DigestUserReviewTable {
  run_id: number;
  principal: string;
  decision: 'keep' | 'change' | 'remove';
  comment: string | null;
  by: string;
  at: Date;
}

interface DigestRawTable {
  run_id: number;
  account: string;
  name: string;
  sha256: string;
  bytes: Uint8Array;
}

interface DigestDailyTable {
  digest: string;
  day: string;
  content: unknown;
}

interface UnmatchedEndTable {
  dedup_key: string;
  signal: Signal;
  at: Date;
}

/** In which hours each stream was heard of, and in which Trailwatch ran. */
interface HeardTable {
  /** A stream's key, or `awake`. */
  stream: string;
  /** Hours since 1970. */
  hour: number;
}

interface CalendarFeedTable {
  id: Generated<number>;
  owner: string;
  team: string;
  /** Null: the owner's own shifts, of every schedule. */
  schedule: string | null;
  /** SHA-256 of the secret in the address. */
  secret_hash: Buffer;
  made_at: Date;
}

interface RotaTable {
  schedule: string;
  layer: string;
  users: ColumnType<string[][], string, string>;
  moved: number;
  counted: string;
}

export interface OncallOverrideTable {
  id: Generated<number>;
  schedule: string;
  user_id: string;
  starts_at: Date;
  ends_at: Date;
  /** Whose place is taken; null: everybody's. */
  instead: string | null;
  because: 'override' | 'swap';
  created_by: string;
  created_at: Date;
}

export interface QuestionTable {
  id: Generated<number>;
  team: string;
  asked_by: string;
  channel: string;
  at: Date;
  state: 'searching' | 'asking' | 'following' | 'done' | 'cancelled' | 'failed';
  seen_at: Date;
  cancelled_by: string | null;
  answer: unknown;
}

export interface WatchTable {
  id: Generated<number>;
  team: string;
  watcher: string;
  subject: WatchedSubject;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
  read_until: Date;
  look_at: Date;
  told_at: Date | null;
  told: Generated<string[]>;
  found: Generated<number>;
  coverage: string | null;
}

export interface CaseTable {
  id: Generated<number>;
  team: string;
  name: string;
  opened_by: string;
  opened_at: Date;
  closed_at: Generated<Date | null>;
  last_at: Date;
}

export interface CaseEntryTable {
  id: Generated<number>;
  case_id: number;
  at: Date;
  added_by: string;
  kind: 'answer' | 'alert' | 'incident' | 'note';
  text: string;
  /** The number of the question, alert or incident. */
  ref: number | null;
  answer: unknown;
}

interface QuestionPartTable {
  question_id: number;
  part: number;
  lines: Uint8Array;
}

interface SlackRequestTable {
  id: string;
  at: Date;
}

interface ReachTable {
  user_id: string;
  rules: ColumnType<ReachRule[], string, string>;
  quiet_hours: ColumnType<Reach['quietHours'], string | null, string | null>;
  updated_at: Date;
}

interface ReceivedEventTable {
  /** CloudTrail's id of the event, else EventBridge's. */
  id: string;
  alert_id: number;
  account: string | null;
  region: string | null;
  /** As EventBridge names it: `aws.iam`. */
  source: string;
  at: Date;
}

export interface SilenceTable {
  id: Generated<number>;
  matcher: Matcher;
  reason: string;
  created_by: string;
  created_at: Date;
  starts_at: Date;
  begun_at: Date | null;
  expires_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
  channel: string;
  caught: Generated<number>;
}

export interface StormTable {
  id: Generated<number>;
  channel: string;
  source: string;
  kind: string;
  opened_at: Date;
  last_at: Date;
  ended_at: Date | null;
  count: number;
  apart: number;
  worst: Severity;
  accounts: string[];
  actors: string[];
  severity: Severity;
  escalation: string | null;
  level: number;
  round: Generated<number>;
  firing_since: Date;
  called_at: Date | null;
  exhausted_at: Date | null;
  quiet_hours: QuietHours | null;
  due_at: Date | null;
  version: Generated<number>;
}

export interface IncidentTable {
  id: Generated<number>;
  channel: string;
  opened_at: Date;
  last_at: Date;
  count: number;
  merged_into: number | null;
  version: Generated<number>;
}

interface LinkTable {
  name: string;
  alert_ids: number[];
  at: Date;
  days: number;
}

export interface CertificateTable {
  url: string;
  pem: string;
  fetched_at: Date;
}

/** When each topic was last heard of. */
interface TopicTable {
  arn: string;
  heard_at: Date;
}

export interface TriageTable {
  alert_id: number;
  /** When it is to be looked into. */
  wanted_at: Date;
  /** How often it was looked into since it was asked for. */
  looks: Generated<number>;
  lease_until: Date | null;
  done_at: Date | null;
  asked_by: string | null;
}

/** Every table, as the file that owns it declares it. */
export interface Tables {
  actor_question: ActorQuestionTable;
  alert: AlertTable;
  alert_event: AlertEventTable;
  audit_anchor: AuditAnchorTable;
  audit_head: AuditHeadTable;
  audit_log: AuditLogTable;
  calendar_feed: CalendarFeedTable;
  case_entry: CaseEntryTable;
  case_file: CaseTable;
  digest_daily: DigestDailyTable;
  digest_exception: DigestExceptionTable;
  digest_file: DigestFileTable;
  digest_place: DigestPlaceTable;
  digest_user_review: DigestUserReviewTable;
  digest_raw: DigestRawTable;
  digest_report: DigestReportTable;
  digest_run: DigestRunTable;
  digest_schedule: DigestScheduleTable;
  digest_task: DigestTaskTable;
  heard: HeardTable;
  inbox: InboxTable;
  incident: IncidentTable;
  lane: LaneTable;
  link: LinkTable;
  oncall_override: OncallOverrideTable;
  outbox: OutboxTable;
  question: QuestionTable;
  question_part: QuestionPartTable;
  reach: ReachTable;
  received_event: ReceivedEventTable;
  rota: RotaTable;
  silence: SilenceTable;
  slack_message: SlackMessageTable;
  slack_request: SlackRequestTable;
  sns_certificate: CertificateTable;
  storm: StormTable;
  topic: TopicTable;
  triage: TriageTable;
  unmatched_end: UnmatchedEndTable;
  watch: WatchTable;
}
