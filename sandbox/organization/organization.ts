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
  /** What CloudTrail recorded in an account and region, newest first, without regard to delivery delay. */
  events: (account: string, region: string) => readonly TrailRecord[];
  /** The users of an account as rows of its credential report, header first, by column name. */
  credentialReport: (account: string, at: Date) => string;
  /** The attack, for tests: each event's true human or workload, by event id. */
  attack: {
    human: string;
    leakedKey: string;
    eventIds: readonly string[];
    /** For every role-session event: who stood behind it (`user:NAME@ACCOUNT`, `saml:SUBJECT`, `service:NAME`, `workload:ID`). */
    behind: ReadonlyMap<string, string>;
  };
}
