/** One CloudTrail record, in CloudTrail's own JSON. */
export type TrailRecord = Readonly<Record<string, unknown>> & {
  readonly eventID: string;
  /** ISO 8601, UTC. */
  readonly eventTime: string;
  readonly eventName: string;
  readonly eventSource: string;
};

export interface OrganizationAccount {
  id: string;
  name: string;
  email: string;
  state: 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE';
  organizationalUnitId: string;
  joined: Date;
  tags: Readonly<Record<string, string>>;
  /** Enabled regions, in the order of EC2. */
  regions: readonly string[];
  /** Whether its read-only role refuses to be assumed, as where a stack was never deployed. */
  deniesReadRole: boolean;
}

/** An access key of a user, in one of its two places. */
export interface UserKey {
  id: string;
  active: boolean;
  /** When it was made, which is what IAM calls rotated. */
  created: Date;
  lastUsed: { at: Date; region: string; service: string } | null;
}

/** An IAM user as it stands at some time. */
export interface OrganizationUser {
  name: string;
  /** `AIDA…` */
  id: string;
  arn: string;
  created: Date;
  password: { changed: Date; lastUsed: Date | null } | null;
  mfa: boolean;
  /** At most two, by their places. */
  keys: readonly [UserKey | null, UserKey | null];
  /** Since when it has a signing certificate. */
  certificate: Date | null;
  tags: Readonly<Record<string, string>>;
}

/** An IAM role. */
export interface OrganizationRole {
  name: string;
  path: string;
  /** `AROA…` */
  id: string;
  arn: string;
  created: Date;
  /** Who may assume it. */
  trustPolicy: Readonly<Record<string, unknown>>;
  policyArns: readonly string[];
}

/** A person in IAM Identity Center; people sign in with their name. */
export interface OrganizationPerson {
  userId: string;
  /** An address; it is also the SAML subject and the name of their role sessions. */
  userName: string;
  displayName: string;
}

/** A whole AWS organization, the same for the same options. */
export interface Organization {
  id: string;
  rootId: string;
  managementAccount: string;
  /** Where the bot lives: the security tooling account, delegated administrator of the security services. */
  homeAccount: string;
  organizationalUnits: readonly { id: string; name: string; parentId: string }[];
  accounts: readonly OrganizationAccount[];
  /** IAM Identity Center's directory. */
  identityStore: { id: string; arn: string; people: readonly OrganizationPerson[] };
  /** The organization's trail, and where its records can be asked for past 90 days. */
  trail: {
    name: string;
    arn: string;
    bucket: string;
    /** Account and region of the log group, the table and the event data store. */
    account: string;
    region: string;
    logGroup: string;
    database: string;
    table: string;
    /** The same, with `account` and `region` injected: each must be named. */
    injectedTable: string;
    eventDataStoreArn: string;
  };
  /** The IAM users of an account as they stand at a time. */
  users: (account: string, at: Date) => readonly OrganizationUser[];
  roles: (account: string) => readonly OrganizationRole[];
  /** What CloudTrail recorded in an account and region, newest first, without regard to delivery delay. */
  events: (account: string, region: string) => readonly TrailRecord[];
  /** What the trail alone recorded there, newest first: data events, which the event history does not hold. */
  dataEvents: (account: string, region: string) => readonly TrailRecord[];
  /** The users of an account as rows of its credential report, header first, by column name. */
  credentialReport: (account: string, at: Date) => string;
  /** The attack, and for tests the truth about every session. */
  attack: {
    /** Whose key leaked, as in `behind`. */
    human: string;
    leakedKey: string;
    from: Date;
    to: Date;
    /** In the order in which they happened. */
    eventIds: readonly string[];
    /**
     * For every event of a session (of a role or a federated user), by event id: who stood behind it, as
     * `user:NAME@ACCOUNT`, `saml:SUBJECT`, `workload:ID` (an instance, a function, a GitHub repository), `service:NAME`, or
     * `account:ID` where the chain leaves the organization. Made when first asked for: it reads the whole trail.
     */
    readonly behind: ReadonlyMap<string, string>;
  };
}
