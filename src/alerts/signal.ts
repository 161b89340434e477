import type { Severity } from './severity.ts';

/** The AWS resource an event is about. */
export interface Resource {
  /** Full ARN where the payload has one, or where it follows from the payload without guessing. */
  arn?: string;
  /** The short name people use: an instance id, a bucket, a role name. */
  name: string;
  /** What it is, as people say it: "EC2 instance", "S3 bucket", "IAM role". */
  type?: string;
}

/** Who did it. */
export interface Actor {
  type: 'root' | 'user' | 'role' | 'federated' | 'service' | 'account' | 'anonymous' | 'unknown';
  /** The short name people use: the user name, `role/session`, the service's host name. */
  name: string;
  arn?: string;
  account?: string;
  /** The access key that signed the call. An identifier, not a secret: shown, never masked away. */
  accessKeyId?: string;
  /** The person behind a role session, where the event itself shows it (source identity, Identity Center user, e-mail session name). */
  human?: string;
  /** False where the event says that the session had no MFA; absent where it says nothing. */
  mfa?: boolean;
}

export interface Link {
  title: string;
  /** Always https, built by us or checked by us: never a URL copied unchecked from a payload. */
  url: string;
}

export interface Field {
  name: string;
  value: string;
}

/** How telling an AWS API call is: from the table of sensitive calls and the rules of sources/cloudtrail. */
export interface Judgement {
  severity: Severity;
  /** Each rule that raised or lowered it, in plain words, most telling first. */
  reasons: string[];
  /** MITRE ATT&CK, for example "T1562.008 Disable or Modify Cloud Logs". */
  technique?: string;
  tactic?: string;
  /** Why an attacker makes this call, one sentence. */
  why?: string;
}

/**
 * One message from AWS, normalised. Every text in it is untrusted (attackers write user agents, tags and
 * descriptions): it is masked of secrets here and escaped by whoever shows it.
 */
export interface Signal {
  /** The AWS service that speaks: the name of the file in sources/ that read it; `generic` where no shape was known. */
  source: string;
  /** What kind of thing it says, stable over repeats: "Recon:EC2/PortProbeUnprotectedPort", "StopLogging", "metric alarm". */
  kind: string;
  /** Signals with one dedup key are one alert. Never longer than 512 characters. */
  dedupKey: string;
  severity: Severity;
  /** `resolved` when the source itself says that it is over (OK, COMPLIANT, RESOLVED, closed, archived). */
  state: 'firing' | 'resolved';
  /** At most 150 characters, one line, plain text. */
  title: string;
  /** One plain sentence of what happened, plain text. */
  sentence: string;
  /** 12 digits; other lengths only where the payload itself writes them. */
  account?: string;
  accountName?: string;
  /** Ids, names and paths (`Root/Workloads/Prod`) of the organizational units the account is in, once known: routes match on them. */
  organizationalUnits?: string[];
  region?: string;
  partition: 'aws' | 'aws-cn' | 'aws-us-gov';
  resource?: Resource;
  actor?: Actor;
  sourceIp?: string;
  /** When it happened in AWS: ISO 8601, UTC, with milliseconds. */
  time: string;
  /** The deep link into the AWS console comes first. */
  links: Link[];
  /** From the payload; a route in config may give another. */
  runbook?: string;
  /** Tags of the resource, where the payload has them: routes match on them. */
  tags?: Record<string, string>;
  /** What else a reader wants, most telling first; at most 10. */
  fields: Field[];
  judgement?: Judgement;
  /** Where the trace of its message stands, where traces are on: a W3C traceparent. */
  traceparent?: string;
  /** The payload as it came, secrets masked, at most 64 KiB of JSON. */
  raw: unknown;
}
