import { isRecord } from '../../json.ts';
import type { Severity } from '../../severity.ts';
import { type CloudTrailRecord, failed, parametersText, reads, serviceOf, valuesOf } from './record.ts';

/** One reason to look at an API call. Rules read the call, never the names of one customer's things. */
export interface Rule {
  severity: Severity;
  /** In plain words, after "because": "logging was stopped or changed". */
  reason: string;
  holds: (record: CloudTrailRecord) => boolean;
  /** Counts although the call was refused. */
  even?: 'failed';
  /** Only where a person did it: tools that build infrastructure do it all day. */
  byHand?: true;
}

const call = (services: string, names: RegExp) => {
  const known = new Set(services.split(' '));
  return (record: CloudTrailRecord): boolean => known.has(serviceOf(record)) && names.test(record.eventName ?? '');
};

const accountOf = (record: CloudTrailRecord): string =>
  record.recipientAccountId ?? record.userIdentity.accountId ?? '';

/** Policy documents among the parameters: objects, or JSON in text. */
function statements(record: CloudTrailRecord): Record<string, unknown>[] {
  const documents = [
    'policyDocument',
    'assumeRolePolicyDocument',
    'bucketPolicy',
    'policy',
    'policyText',
    'resourcePolicy',
    'repositoryPolicy',
    'keyPolicy',
    'accessPolicies',
  ].flatMap((key) => valuesOf(record.requestParameters, key));
  // Topic and queue policies come as an attribute's value.
  const all = [
    ...documents,
    ...valuesOf(record.requestParameters, 'attributeValue'),
    ...valuesOf(record.requestParameters, 'policyInJson'),
  ];
  return all.flatMap((document) => {
    let parsed: unknown = document;
    if (typeof document === 'string') {
      try {
        parsed = JSON.parse(document.startsWith('%7B') ? decodeURIComponent(document) : document);
      } catch {
        return [];
      }
    }
    const found = isRecord(parsed) ? (parsed['Statement'] ?? parsed['statement']) : undefined;
    return (Array.isArray(found) ? found : [found]).filter(isRecord);
  });
}

const allows = (record: CloudTrailRecord) => statements(record).filter((statement) => statement['Effect'] === 'Allow');
const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

const toEverybody = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) => textsIn(statement['Principal']).includes('*') && !isRecord(statement['Condition']),
  );

/** A trust policy for everybody is one whatever its condition: an external id is no secret. */
const trustsEverybody = (record: CloudTrailRecord): boolean =>
  allows(record).some((statement) => textsIn(statement['Principal']).includes('*'));

const toForeigners = (record: CloudTrailRecord): boolean => {
  const own = accountOf(record);
  return allows(record).some((statement) =>
    textsIn(statement['Principal']).some((principal) => {
      const account = /^(?:arn:aws[\w-]*:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];
      return account !== undefined && own !== '' && account !== own;
    }),
  );
};

const grantsEverything = (record: CloudTrailRecord): boolean =>
  allows(record).some(
    (statement) =>
      textsIn(statement['Action']).some((action) => action === '*' || action === '*:*' || /^iam:\*$/i.test(action)) &&
      textsIn(statement['Resource']).includes('*'),
  );

const adminPolicy =
  /policy\/(?:[\w/]*\/)?(?:AdministratorAccess|IAMFullAccess|PowerUserAccess|AdministratorAccess-\w+)$/;

const openToWorld = (record: CloudTrailRecord): boolean => /"(?:0\.0\.0\.0\/0|::\/0)"/.test(parametersText(record));

/** An address on the internet: not private, not a service's name. */
const isPublicAddress = (address: string | undefined): boolean =>
  address !== undefined &&
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(address) &&
  !/^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(address);

/** Whom an image or a snapshot is shared with from now on. */
const sharedWith = (record: CloudTrailRecord): unknown[] => [
  ...['launchPermission', 'createVolumePermission'].flatMap((permission) =>
    valuesOf(record.requestParameters[permission], 'add'),
  ),
  ...valuesOf(record.requestParameters, 'valuesToAdd'),
];

/** The user named in the parameters is not the one who calls. */
const forSomebodyElse = (record: CloudTrailRecord): boolean => {
  const named = record.requestParameters['userName'];
  return (
    typeof named === 'string' &&
    named !== record.userIdentity.userName &&
    !(record.userIdentity.arn ?? '').endsWith(`/${named}`)
  );
};

const signIn = (record: CloudTrailRecord) => record.eventName === 'ConsoleLogin';
const isRoot = (record: CloudTrailRecord) => record.userIdentity.type === 'Root';
const mfaUsed = (record: CloudTrailRecord) =>
  String(record.additionalEventData['MFAUsed'] ?? record.additionalEventData['mFAUsed'] ?? '');

const isTrue = (value: unknown) => value === true || value === 'true';
const isFalse = (value: unknown) => value === false || value === 'false';

/** Rules about what a call does, by theme. */
export const rules: readonly Rule[] = [
  // Logging and monitoring
  {
    severity: 'high',
    reason: 'a trail was stopped, deleted or changed',
    holds: call(
      'cloudtrail',
      /^(?:StopLogging|DeleteTrail|UpdateTrail|PutEventSelectors|DeleteEventDataStore|StopEventDataStoreIngestion)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'AWS Config no longer records or delivers',
    holds: call(
      'config',
      /^(?:StopConfigurationRecorder|DeleteConfigurationRecorder|DeleteDeliveryChannel|DeleteConfigurationAggregator)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'a rule that watches the configuration was removed',
    holds: call(
      'config',
      /^(?:DeleteConfigRule|DeleteOrganizationConfigRule|DeleteConformancePack|DeleteRemediationConfiguration)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'threat detection was turned off or blinded',
    holds: call(
      'guardduty',
      /^(?:DeleteDetector|UpdateDetector|Disassociate\w+|StopMonitoringMembers|DeleteMembers|CreateFilter|UpdateFilter|(?:Create|Update|Delete)(?:IPSet|ThreatIntelSet)|ArchiveFindings|DeletePublishingDestination|DisableOrganizationAdminAccount)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'security findings are hidden or no longer collected',
    holds: call(
      'securityhub',
      /^(?:DisableSecurityHub|DeleteInsight|UpdateFindings|BatchUpdateFindings|BatchDisableStandards|DisableImportFindingsForProduct|DeleteActionTarget|DisassociateMembers|DeleteMembers|UpdateStandardsControl)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'Macie was turned off or changed',
    holds: call(
      'macie2 macie',
      /^(?:UpdateMacieSession|DisableMacie|DisableOrganizationAdminAccount|Delete\w+|Disassociate\w+|ArchiveFindings|UpdateFindingsFilter|CreateFindingsFilter)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'network logging was removed',
    holds: call(
      'ec2 route53resolver',
      /^(?:DeleteFlowLogs|DeleteResolverQueryLogConfig|DisassociateResolverQueryLogConfig)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'logs or alarms were deleted or silenced',
    holds: call(
      'logs monitoring cloudwatch',
      /^(?:DeleteLogGroup|DeleteLogStream|DeleteMetricFilter|DeleteSubscriptionFilter|DeleteDestination|DeleteAlarms|DisableAlarmActions)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'an event rule no longer reports',
    holds: call('events', /^(?:DeleteRule|DisableRule|RemoveTargets|DeleteEventBus)$/),
  },
  {
    severity: 'high',
    reason: 'a web firewall no longer protects',
    holds: call(
      'wafv2 waf waf-regional',
      /^(?:DisassociateWebACL|DeleteWebACL|DeleteLoggingConfiguration|DeleteRuleGroup|DeleteFirewallManagerRuleGroups|DeleteIPSet|UpdateIPSet|DeleteRule)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'model use is no longer logged or guarded',
    holds: call(
      'bedrock',
      /^(?:DeleteModelInvocationLoggingConfiguration|DeleteGuardrail|UpdateGuardrail|PutUseCaseForModelAccess)$/,
    ),
  },
  { severity: 'high', reason: 'the database activity stream was stopped', holds: call('rds', /^StopActivityStream$/) },
  {
    severity: 'medium',
    reason: 'network traffic is copied to somewhere else',
    holds: call('ec2', /^(?:Create|Modify)TrafficMirror\w+$/),
  },
  {
    severity: 'medium',
    reason: 'a security service was turned off',
    holds: call(
      'detective access-analyzer inspector2 auditmanager shield',
      /^(?:DeleteGraph|DeleteAnalyzer|CreateArchiveRule|Disable|DeregisterAccount|DeleteProtection|DeleteSubscription|DisassociateMembership)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'access to a bucket is no longer logged',
    holds: (record) => call('s3', /^PutBucketLogging$/)(record) && !/TargetBucket/i.test(parametersText(record)),
  },

  // Identities and credentials
  {
    severity: 'medium',
    reason: 'an access key was made for somebody else',
    holds: (record) =>
      call(
        'iam',
        /^(?:CreateAccessKey|UploadSigningCertificate|UploadSSHPublicKey|CreateServiceSpecificCredential|ResetServiceSpecificCredential)$/,
      )(record) && forSomebodyElse(record),
  },
  { severity: 'medium', reason: 'a user was made by hand', holds: call('iam', /^CreateUser$/), byHand: true },
  {
    severity: 'high',
    reason: 'a password was set for somebody else',
    holds: (record) => call('iam', /^(?:CreateLoginProfile|UpdateLoginProfile)$/)(record) && forSomebodyElse(record),
  },
  {
    severity: 'high',
    reason: 'AWS quarantined a leaked key',
    holds: (record) =>
      call('iam', /^Attach(?:User|Role|Group)Policy$/)(record) &&
      /AWSCompromisedKeyQuarantine/.test(parametersText(record)),
  },
  {
    severity: 'high',
    reason: 'administrator rights were given',
    holds: (record) =>
      call('iam', /^(?:Attach(?:User|Role|Group)Policy|PutUserPermissionsBoundary)$/)(record) &&
      textsIn(record.requestParameters).some((text) => adminPolicy.test(text)),
  },
  {
    severity: 'high',
    reason: 'a policy that allows everything was written',
    holds: (record) =>
      call('iam', /^(?:Put(?:User|Role|Group)Policy|CreatePolicy|CreatePolicyVersion)$/)(record) &&
      grantsEverything(record),
  },
  {
    severity: 'medium',
    reason: 'another version of a policy was made to hold',
    holds: call('iam', /^SetDefaultPolicyVersion$/),
  },
  {
    severity: 'high',
    reason: 'a role can be taken from another account',
    holds: (record) =>
      call('iam', /^(?:UpdateAssumeRolePolicy|CreateRole)$/)(record) &&
      (toForeigners(record) || trustsEverybody(record)),
  },
  {
    severity: 'medium',
    reason: 'the way people of an identity provider sign in was changed',
    holds: call(
      'iam',
      /^(?:Create|Update|Delete)SAMLProvider$|^(?:Create|Delete)OpenIDConnectProvider$|^AddClientIDToOpenIDConnectProvider$|^UpdateOpenIDConnectProviderThumbprint$/,
    ),
  },
  {
    severity: 'high',
    reason: 'multi-factor authentication was taken away',
    holds: call('iam', /^(?:DeactivateMFADevice|DeleteVirtualMFADevice)$/),
  },
  {
    severity: 'medium',
    reason: 'a limit on rights was removed',
    holds: call('iam', /^Delete(?:User|Role)PermissionsBoundary$|^DeleteAccountPasswordPolicy$/),
  },
  {
    severity: 'medium',
    reason: 'credentials with root rights over a member were taken',
    holds: call('sts', /^AssumeRoot$/),
  },
  {
    severity: 'medium',
    reason: 'a user made credentials for a federated session: they outlive the key they were made with',
    holds: (record) => call('sts', /^GetFederationToken$/)(record) && record.userIdentity.type === 'IAMUser',
  },
  {
    severity: 'medium',
    reason: 'certificates from elsewhere can be used to sign in',
    holds: call('rolesanywhere', /^(?:Create|Update|Enable)(?:TrustAnchor|Profile)$/),
  },
  {
    severity: 'high',
    reason: 'a member may leave the organization, or its guardrails were removed',
    holds: call(
      'organizations',
      /^(?:LeaveOrganization|RemoveAccountFromOrganization|DeletePolicy|DetachPolicy|DisablePolicyType|DeleteOrganization|DisableAWSServiceAccess|DeregisterDelegatedAdministrator)$/,
    ),
    even: 'failed',
  },
  { severity: 'medium', reason: 'a region was opened', holds: (record) => record.eventName === 'EnableRegion' },

  // Root and sign-in
  { severity: 'high', reason: 'root signed in', holds: (record) => signIn(record) && isRoot(record) },
  {
    severity: 'high',
    reason: 'somebody tried to sign in as root',
    holds: (record) => signIn(record) && isRoot(record) && failed(record),
    even: 'failed',
  },
  {
    severity: 'high',
    reason: 'root changed something',
    holds: (record) =>
      isRoot(record) &&
      !reads(record) &&
      !signIn(record) &&
      record.eventType !== 'AwsServiceEvent' &&
      !/ServiceLinkedRole|^ExternalIdP/.test(record.eventName ?? ''),
  },
  {
    severity: 'high',
    reason: 'a user signed in to the console without MFA',
    holds: (record) =>
      signIn(record) &&
      record.userIdentity.type === 'IAMUser' &&
      mfaUsed(record) === 'No' &&
      // Who came by an identity provider used its MFA, which CloudTrail does not see.
      record.additionalEventData['SamlProviderArn'] === undefined &&
      !failed(record),
  },
  {
    severity: 'high',
    reason: 'the password was right and the MFA code was not',
    holds: (record) => signIn(record) && failed(record) && mfaUsed(record) === 'Yes',
    even: 'failed',
  },

  // Open to the public, shared with others
  {
    severity: 'high',
    reason: 'an image or a snapshot was shared with everybody',
    holds: (record) =>
      call(
        'ec2 rds',
        /^(?:ModifyImageAttribute|ModifySnapshotAttribute|ModifyDBSnapshotAttribute|ModifyDBClusterSnapshotAttribute)$/,
      )(record) && sharedWith(record).some((added) => textsIn(added).includes('all')),
  },
  {
    severity: 'high',
    reason: 'an image or a snapshot was shared with another account',
    holds: (record) =>
      call('ec2 rds', /^Modify(?:Image|Snapshot|DBSnapshot|DBClusterSnapshot)Attribute$/)(record) &&
      sharedWith(record).some((added) =>
        textsIn(added).some((text) => /^\d{12}$/.test(text) && text !== accountOf(record)),
      ),
  },
  { severity: 'high', reason: 'everybody may use it now', holds: (record) => !reads(record) && toEverybody(record) },
  {
    severity: 'medium',
    reason: 'another account may use it now',
    holds: (record) => !reads(record) && serviceOf(record) !== 'iam' && toForeigners(record),
  },
  {
    severity: 'medium',
    reason: 'public access is no longer blocked',
    holds: (record) =>
      call('s3 s3control', /^Delete(?:Bucket|Account)?PublicAccessBlock$/)(record) ||
      (call('s3', /^Put\w*PublicAccessBlock$/)(record) &&
        /"(?:BlockPublicAcls|BlockPublicPolicy|RestrictPublicBuckets)":(?:"false"|false)/i.test(
          parametersText(record),
        )),
  },
  {
    severity: 'high',
    reason: 'a bucket or an object was opened to everybody',
    holds: (record) =>
      call('s3', /^Put(?:Bucket|Object)Acl$/)(record) &&
      /AllUsers|AuthenticatedUsers|public-read/.test(parametersText(record)),
  },
  {
    severity: 'high',
    reason: 'a security group was opened to the world',
    holds: (record) =>
      call('ec2', /^(?:AuthorizeSecurityGroupIngress|ModifySecurityGroupRules)$/)(record) && openToWorld(record),
  },
  {
    severity: 'medium',
    reason: 'a security group was opened by hand',
    holds: call('ec2 rds', /^(?:AuthorizeSecurityGroupIngress|AuthorizeDBSecurityGroupIngress)$/),
    byHand: true,
  },
  {
    severity: 'medium',
    reason: 'a network list was opened to the world',
    holds: (record) =>
      call('ec2', /^(?:Create|Replace)NetworkAclEntry$/)(record) &&
      openToWorld(record) &&
      /"ruleAction":"allow"/i.test(parametersText(record)) &&
      !isTrue(record.requestParameters['egress']),
  },
  {
    severity: 'high',
    reason: 'a build project was made public',
    holds: (record) =>
      call('codebuild', /^UpdateProjectVisibility$/)(record) && /PUBLIC_READ/.test(parametersText(record)),
  },
  {
    severity: 'high',
    reason: 'a function can be called by everybody',
    holds: (record) =>
      call(
        'lambda',
        /^(?:AddPermission|AddLayerVersionPermission|CreateFunctionUrlConfig|UpdateFunctionUrlConfig)/,
      )(record) &&
      (record.requestParameters['principal'] === '*' || record.requestParameters['authType'] === 'NONE'),
  },
  {
    severity: 'high',
    reason: 'a database was opened to the internet',
    holds: (record) =>
      call('rds redshift', /^(?:(?:Modify|Create)(?:DBInstance|DBCluster|Cluster)|Restore\w+)$/)(record) &&
      isTrue(record.requestParameters['publiclyAccessible']),
  },

  // Data: destroyed, taken, encrypted
  {
    severity: 'high',
    reason: 'a key that protects data is to be destroyed',
    holds: call('kms', /^(?:ScheduleKeyDeletion|DisableKey|DeleteImportedKeyMaterial|DeleteCustomKeyStore)$/),
  },
  {
    severity: 'high',
    reason: 'a database or its copy was deleted',
    holds: call(
      'rds redshift dynamodb docdb neptune elasticache',
      /^Delete(?:DBInstance|DBCluster|DBSnapshot|DBClusterSnapshot|GlobalCluster|Table|Backup|Cluster|ClusterSnapshot|DBInstanceAutomatedBackup)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'backups or stored files were deleted',
    holds: call(
      'backup elasticfilesystem fsx glacier',
      /^Delete(?:BackupVault|RecoveryPoint|BackupPlan|FileSystem|Backup|Vault|BackupVaultLockConfiguration)/,
    ),
  },
  {
    severity: 'high',
    reason: 'a database snapshot was exported',
    holds: call('rds dynamodb', /^(?:StartExportTask|ExportTableToPointInTime)$/),
  },
  {
    severity: 'medium',
    reason: 'a snapshot was copied to another region',
    holds: (record) =>
      call('rds ec2', /^Copy(?:DB|DBCluster)?Snapshot$/)(record) &&
      textsIn(record.requestParameters).some((text) => {
        const region =
          /^arn:aws[\w-]*:\w+:([a-z0-9-]+):/.exec(text)?.[1] ??
          (/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(text) ? text : undefined);
        return region !== undefined && region !== record.awsRegion;
      }),
  },
  {
    severity: 'medium',
    reason: 'a database was restarted or failed over by hand',
    holds: call('rds', /^(?:RebootDB\w+|FailoverDBCluster|FailoverGlobalCluster|SwitchoverGlobalCluster)$/),
  },
  {
    severity: 'medium',
    reason: 'a protection of stored data was removed',
    holds: call('s3', /^Delete(?:BucketEncryption|BucketReplication|BucketPolicy|ObjectLockConfiguration)$/),
  },
  {
    severity: 'medium',
    reason: 'a database can be deleted, or is no longer backed up',
    holds: (record) =>
      call('rds docdb neptune', /^ModifyDB(?:Instance|Cluster)$/)(record) &&
      (isFalse(record.requestParameters['deletionProtection']) ||
        Number(record.requestParameters['backupRetentionPeriod'] ?? 1) === 0),
  },
  {
    severity: 'medium',
    reason: 'new volumes are no longer encrypted',
    holds: call('ec2', /^DisableEbsEncryptionByDefault$/),
  },
  {
    severity: 'medium',
    reason: 'a key was put under material from outside of AWS: who has it can make data unreadable',
    holds: call('kms', /^ImportKeyMaterial$/),
  },
  {
    severity: 'medium',
    reason: 'stored files are deleted within a week',
    holds: (record) =>
      call('s3', /^PutBucketLifecycle(?:Configuration)?$/)(record) &&
      valuesOf(record.requestParameters, 'Expiration').some((expiration) =>
        valuesOf(expiration, 'Days').some((days) => Number(days) <= 7),
      ),
  },
  {
    severity: 'medium',
    reason: 'files are copied to a bucket of another account',
    holds: (record) =>
      call('s3', /^PutBucketReplication$/)(record) &&
      valuesOf(record.requestParameters, 'Account').some((account) => String(account) !== accountOf(record)),
  },
  {
    severity: 'high',
    reason: 'a domain may be taken away',
    holds: call(
      'route53domains',
      /^(?:TransferDomainToAnotherAwsAccount|DisableDomainTransferLock|RetrieveDomainAuthCode|DeleteDomain)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'old versions of data are no longer kept or protected',
    holds: (record) =>
      call('s3', /^PutBucketVersioning$/)(record) && /Suspended|"MfaDelete":"Disabled"/i.test(parametersText(record)),
  },
  {
    severity: 'medium',
    reason: 'a storage volume or snapshot was deleted',
    holds: call('ec2', /^Delete(?:Snapshot|Volume)$/),
  },
  {
    severity: 'medium',
    reason: 'machines were started or ended by hand',
    holds: call(
      'ec2',
      /^(?:RunInstances|TerminateInstances|StopInstances|ModifyInstanceAttribute|CreateSnapshots|ImportKeyPair)$/,
    ),
    byHand: true,
  },
  {
    severity: 'medium',
    reason: 'an object was encrypted with a key that only the caller has',
    holds: (record) =>
      call('s3', /^(?:CopyObject|PutObject|UploadPart)$/)(record) &&
      (/x-amz-server-side-encryption-customer-algorithm/i.test(parametersText(record)) ||
        /SSE_C/.test(JSON.stringify(record.additionalEventData))),
  },
  {
    severity: 'medium',
    reason: 'data was copied into a bucket of another account',
    holds: (record) =>
      call('s3', /^(?:CopyObject|PutObject|ReplicateObject)$/)(record) &&
      (Array.isArray(record.resources) ? record.resources : []).some(
        (each) =>
          isRecord(each) &&
          typeof each['accountId'] === 'string' &&
          /^\d{12}$/.test(each['accountId']) &&
          record.userIdentity.accountId !== undefined &&
          each['accountId'] !== record.userIdentity.accountId,
      ),
  },
  {
    severity: 'medium',
    reason: 'a file named like a ransom note was written',
    holds: (record) =>
      call('s3', /^PutObject$/)(record) &&
      /(?:ransom|decrypt|recover|restore|unlock|how[-_ ]?to|warning|attention|bitcoin)[^"/]{0,40}\.(?:txt|html?|hta|md)/i.test(
        parametersText(record),
      ),
  },

  // Secrets, code, access to machines
  {
    severity: 'medium',
    reason: "a machine's administrator password was asked for",
    holds: call('ec2', /^GetPasswordData$/),
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'many secrets were read at once',
    holds: call('secretsmanager', /^BatchGetSecretValue$/),
  },
  {
    severity: 'medium',
    reason: 'a way into machines past the network was opened',
    holds: call('ec2 ec2-instance-connect', /^(?:EnableSerialConsoleAccess|SendSerialConsoleSSHPublicKey)$/),
  },
  {
    severity: 'medium',
    reason: 'data was reached through a network endpoint from an address on the internet',
    holds: (record) =>
      record.eventType === 'AwsVpceEvent' && serviceOf(record) === 's3' && isPublicAddress(record.sourceIPAddress),
  },
  {
    severity: 'medium',
    reason: 'secret parameters were read in clear',
    holds: (record) =>
      call('ssm', /^GetParameters?(?:ByPath)?$/)(record) && isTrue(record.requestParameters['withDecryption']),
  },
  {
    severity: 'medium',
    reason: 'start-up data of a machine was read: it often holds secrets',
    holds: (record) =>
      call('ec2', /^DescribeInstanceAttribute$/)(record) && record.requestParameters['attribute'] === 'userData',
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'code that a function runs was slipped in by a layer',
    holds: (record) =>
      call('lambda', /^UpdateFunctionConfiguration/)(record) &&
      [...valuesOf(record.requestParameters, 'layers'), ...valuesOf(record.responseElements, 'layers')].some(
        (layers) => textsIn(layers).length > 0,
      ),
  },
  {
    severity: 'medium',
    reason: 'the caller uses a tool of attackers and auditors',
    holds: (record) =>
      /trufflehog|pacu|scoutsuite|cloudfox|enumerate-iam|weirdaal|cloudmapper|kali|parrot|pentoo/i.test(
        record.userAgent ?? '',
      ),
    even: 'failed',
  },
  {
    severity: 'medium',
    reason: 'credentials of a machine were used from the internet',
    holds: (record) =>
      record.userIdentity.type === 'AssumedRole' &&
      /(?::|\/)i-[0-9a-f]{8,17}$/.test(record.userIdentity.arn ?? record.userIdentity.principalId ?? '') &&
      isPublicAddress(record.sourceIPAddress) &&
      !/^(?:ssm|ssmmessages|ec2messages)$/.test(serviceOf(record)) &&
      !/amazon-ssm-agent|aws-internal/i.test(record.userAgent ?? ''),
  },
  {
    severity: 'medium',
    reason: 'a network endpoint refused the call: somebody reaches for data of others',
    holds: (record) => record.errorCode === 'VpceAccessDenied',
    even: 'failed',
  },
];
