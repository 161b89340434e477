/** One access key of a row. A slot without a key has `rotatedAt: null`. */
export interface AccessKey {
  slot: 1 | 2;
  /** null: the report does not say. */
  active: boolean | null;
  /** When the key was made or last switched on or off; kept for inactive keys. */
  rotatedAt: Date | null;
  /** To 15 minutes. null: never, as far as AWS knows. */
  lastUsedAt: Date | null;
  lastUsedRegion: string | null;
  lastUsedService: string | null;
}

/** One X.509 signing certificate of a row. The report does not tell when it expires. */
export interface SigningCertificate {
  slot: 1 | 2;
  active: boolean | null;
  rotatedAt: Date | null;
}

/**
 * One user, or the root user, as the credential report shows them. null is what AWS does not say: `N/A`,
 * `not_supported`, `no_information`, or a column that is not there.
 * Source: IAM User Guide, "Get credential reports for your AWS account".
 */
export interface CredentialRow {
  /** The user's name; `<root_account>` for the root user. */
  user: string;
  arn: string;
  root: boolean;
  createdAt: Date | null;
  /** null for the root user of older reports. */
  passwordEnabled: boolean | null;
  /** To five minutes. null: never, or before 20 October 2014. */
  passwordLastUsedAt: Date | null;
  passwordChangedAt: Date | null;
  passwordNextRotationAt: Date | null;
  mfaActive: boolean | null;
  keys: readonly [AccessKey, AccessKey];
  certificates: readonly [SigningCertificate, SigningCertificate];
  /** AWS's words about keys and certificates beyond these; null: none, or the report has no such column. */
  additionalCredentials: string | null;
}

/** The password or a key of a row: whether it may be used, since when it is as it is, and its last use. */
export interface Credential {
  enabled: boolean | null;
  /** null: there is none, or the report does not say. */
  setAt: Date | null;
  lastUsedAt: Date | null;
}

/** The last use of any credential of a user; null: none, as far as AWS knows. */
export function lastUseOf({ passwordLastUsedAt, keys }: CredentialRow): Date | null {
  const uses = [passwordLastUsedAt, ...keys.map(({ lastUsedAt }) => lastUsedAt)].filter((at) => at !== null);
  return uses.length === 0 ? null : new Date(Math.max(...uses.map((at) => at.getTime())));
}

/** The credential of a slot (`password`, `key 1`, `key 2`); undefined for any other slot. */
export function credentialOf(row: CredentialRow, slot: string): Credential | undefined {
  if (slot === 'password')
    return { enabled: row.passwordEnabled, setAt: row.passwordChangedAt, lastUsedAt: row.passwordLastUsedAt };
  const key = row.keys.find((each) => slot === `key ${each.slot}`);
  return key && { enabled: key.active, setAt: key.rotatedAt, lastUsedAt: key.lastUsedAt };
}

/** A row of the report that cannot be read, and why: its user was not checked. */
export interface UnreadRow {
  /** Line of the file where the row ends, from 1. */
  line: number;
  /** The user's name where that much can be read. */
  user: string | null;
  reason: string;
}

/** Something asked of AWS: what it said, or in one sentence why it did not. What is not known is never taken for good. */
export type Fact<T> = { known: true; value: T } | { known: false; reason: string };

/** GetAccountPasswordPolicy, as far as it is checked. */
interface PasswordPolicy {
  /** null: not set; AWS then asks for 8 characters. */
  minimumLength: number | null;
  /** How many former passwords are refused; null: none. */
  reusePrevention: number | null;
}

/** GetAccountSummary, as far as it is used. null: not in the answer. */
interface AccountSummary {
  users: number | null;
  /** AccountPasswordPresent. */
  rootPassword: boolean | null;
}

/** One of ListVirtualMFADevices with AssignmentStatus=Assigned. */
interface VirtualMfa {
  serialNumber: string;
  /** Whose it is; null where the answer does not say. */
  userArn: string | null;
}

/** One of ListServiceSpecificCredentials with AllUsers: the credential report leaves these out. */
export interface ServiceSpecificCredential {
  id: string;
  user: string;
  /** As AWS names it: `codecommit.amazonaws.com`, `bedrock.amazonaws.com`, `logs.amazonaws.com`, … */
  service: string;
  status: 'Active' | 'Inactive' | 'Expired';
  createdAt: Date;
  /** Only API keys expire, and only where they were made to. */
  expiresAt: Date | null;
}

/** One of ListServerCertificates. */
interface ServerCertificate {
  name: string;
  arn: string;
  expiresAt: Date | null;
}

/** All that is checked in one account. */
export interface AccountFacts {
  /** 12 digits. */
  account: string;
  name: string | null;
  /** When AWS made the report: all ages are counted to this moment, not to now. */
  generatedAt: Date;
  /** When AWS was asked for it: it may give one that it made before. */
  askedAt: Date;
  rows: readonly CredentialRow[];
  /** Columns that the report should have and has not, by AWS's names. */
  missingColumns: readonly string[];
  unreadRows: readonly UnreadRow[];
  /** null: the account has no policy of its own. */
  passwordPolicy: Fact<PasswordPolicy | null>;
  summary: Fact<AccountSummary>;
  virtualMfa: Fact<readonly VirtualMfa[]>;
  serviceSpecific: Fact<readonly ServiceSpecificCredential[]>;
  serverCertificates: Fact<readonly ServerCertificate[]>;
  /** Whether the organization manages root credentials (RootCredentialsManagement) and this is one of its member accounts. */
  rootCentrallyManaged: Fact<boolean>;
}
