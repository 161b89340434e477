/** What the framework is told of the customer's own choices; all have defaults. Key `framework` of trailwatch.yaml. */
export interface FrameworkSettings {
  /** The log archive account, 12 digits; null: the owner of the organization trail's bucket is looked for. */
  logArchive: string | null;
  /** The account that administers security services, where Organizations cannot be asked. */
  securityAccount: string | null;
  /** `required`: an organization without Control Tower fails step 1; null: its checks are then not applicable. */
  controlTower: 'required' | null;
  /** `none`: the company does not use Detective. */
  detective: 'required' | 'none';
  /** Days for which logs must be kept. */
  keepDays: number;
  /** Whether Access Analyzer checks the archive's policy, which AWS charges for by the call; a statement of the role by itself. */
  paidChecks: boolean;
  /** Whether digests of the trail and some log files are read, which a statement of the role by itself allows. */
  readDigests: boolean;
  /** Checks that write: a test event, with a statement of its own in the role. */
  canaries: { events: boolean };
  /** GuardDuty protections that are wanted beside its foundational sources. */
  guardDutyProtections: readonly string[];
  /** CloudTrail Insights, which are charged for by the event. */
  trailInsights: boolean;
  /** Analyzers that are wanted beside external access: they are charged for. */
  accessAnalyzers: { unused: boolean; internal: boolean };
  /** Buckets whose object reads and writes must be recorded: names, `*` stands for any text. */
  sensitiveBuckets: readonly string[];
  /** Roles that may stay unused, as break-glass roles: names, `*` stands for any text. */
  breakGlassRoles: readonly string[];
  /** IAM users that are meant to act: names, `*` stands for any text. */
  expectedUsers: readonly string[];
}

export const frameworkDefaults: FrameworkSettings = {
  logArchive: null,
  securityAccount: null,
  controlTower: null,
  detective: 'required',
  keepDays: 365,
  paidChecks: false,
  readDigests: false,
  canaries: { events: false },
  guardDutyProtections: [
    'S3_DATA_EVENTS',
    'EKS_AUDIT_LOGS',
    'RUNTIME_MONITORING',
    'EBS_MALWARE_PROTECTION',
    'RDS_LOGIN_EVENTS',
    'LAMBDA_NETWORK_LOGS',
  ],
  trailInsights: false,
  accessAnalyzers: { unused: false, internal: false },
  sensitiveBuckets: [],
  breakGlassRoles: [],
  expectedUsers: [],
};
