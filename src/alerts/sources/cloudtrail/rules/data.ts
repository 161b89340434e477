import { type CloudTrailRecord, valuesOf } from '../../../../cloudtrail/record.ts';
import { isRecord } from '../../../../words/json.ts';
import {
  anyOf,
  type CallRule,
  call,
  foreignAccounts,
  gives,
  isEmpty,
  isFalse,
  isOff,
  isTrue,
  of,
  parameter,
  parametersText,
  parameterTexts,
  records,
  setting,
  textOf,
  textsIn,
} from '../call.ts';

/** A change of settings. Creation is left out: a default is no decision. */
const sets = ({ eventName = '' }: CloudTrailRecord): boolean => /^(?:Modify|Update|Put|Set)/.test(eventName);

const isZero = (value: unknown) => value === 0 || value === '0';

/** The attributes of a load balancer are a list of keys and values. */
const attribute = (record: CloudTrailRecord, key: string): string[] =>
  parameter(record, 'attributes')
    .flatMap(records)
    .flatMap((each) => (each['key'] === key && isFalse(each['value']) ? [`${key}: false`] : []));

/** A text file with the name of a note that asks for ransom. */
const ransomNote =
  /(?:ransom|decrypt|bitcoin|(?:how|read|instruction|important|warning|attention)[^"/]{0,30}(?:recover|restore|unlock|files|data)|(?:recover|restore|unlock)[^"/]{0,30}(?:files|data))[^"/]{0,40}\.(?:txt|html?|hta|md)"/i;

/** Data destroyed, left without protection, taken, or held to ransom. */
export const data: readonly CallRule[] = [
  // Destroyed
  {
    severity: 'high',
    reason: 'a key that protects data is to be destroyed, or was switched off',
    calls: call(
      'kms',
      /^(?:ScheduleKeyDeletion|DisableKey|DeleteImportedKeyMaterial|DeleteCustomKeyStore|DisconnectCustomKeyStore)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'deleted a database, stored files or a copy of them',
    calls: call(
      'rds redshift redshift-serverless dynamodb docdb neptune elasticache memorydb es opensearch kafka elasticfilesystem fsx glacier backup cassandra timestream',
      /^Delete\w*(?:Instance|Cluster|Snapshot|Backup|Table|Domain|FileSystem|Vault|RecoveryPoint|ReplicationGroup|Database|Keyspace|Volume|Namespace|MountTarget|BackupPlan|BackupSelection|LockConfiguration|Archive)$/,
    ),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'deleted a storage volume or snapshot by hand',
    calls: call('ec2', /^Delete(?:Snapshot|Volume)$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'deleted a secret beyond recovery by hand',
    calls: call('secretsmanager', /^DeleteSecret$/),
    holds: (record) => parameter(record, 'forceDeleteWithoutRecovery').some(isTrue),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'emptied or deleted by hand something that others rely on',
    holds: anyOf(
      call('sqs', /^(?:PurgeQueue|DeleteQueue)$/),
      call('sns', /^DeleteTopic$/),
      call('s3', /^DeleteBucket$/),
      call('ecs eks', /^DeleteCluster$/),
      call('ecr codecommit', /^DeleteRepository$/),
      call('cognito-idp cognito-identity', /^Delete(?:UserPool|IdentityPool)$/),
      call('kinesis firehose', /^Delete(?:Stream|DeliveryStream)$/),
      call('acm-pca', /^DeleteCertificateAuthority$/),
      call('route53', /^DeleteHostedZone$/),
      call('ses', /^Delete(?:Email)?Identity$/),
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'deleted by hand a model, or what models know',
    calls: call('bedrock', /^Delete(?:CustomModel|ImportedModel|KnowledgeBase|DataSource|ProvisionedModelThroughput)$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'stored files are deleted after {}',
    calls: call('s3', /^PutBucketLifecycle(?:Configuration)?$/),
    holds: (record) =>
      ['Rule', 'Rules']
        .flatMap((name) => parameter(record, name))
        .flatMap(records)
        .filter((rule) => rule['Status'] !== 'Disabled' && isRecord(rule['Expiration']))
        .flatMap((rule) => valuesOf(rule['Expiration'], 'Days'))
        .flatMap((days) => (Number(days) <= 7 ? [Number(days) === 1 ? 'a day' : `${Number(days)} days`] : [])),
  },

  // Left without protection
  {
    severity: 'medium',
    reason: 'removed a protection of stored data',
    holds: anyOf(
      call('s3', /^Delete(?:BucketEncryption|BucketReplication|BucketPolicy|ObjectLockConfiguration)$/),
      call('ec2', /^(?:Disable(?:EbsEncryptionByDefault|AllowedImagesSettings)|UnlockSnapshot)$/),
      call('kms', /^DisableKeyRotation$/),
      call('rbin', /^(?:DeleteRule|UnlockRule)$/),
      call('dlm', /^DeleteLifecyclePolicy$/),
      call('secretsmanager', /^CancelRotateSecret$/),
      call('backup', /^DeleteBackupVaultAccessPolicy$/),
      of(call('s3', /^PutObjectLegalHold$/), (record) => parameter(record, 'Status').includes('OFF')),
      (record) => parameter(record, 'x-amz-bypass-governance-retention').some(isTrue),
    ),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'data is no longer protected as it was ({})',
    holds: anyOf(
      of(sets, (record) => [
        ...setting(record, 'deletionProtection', isFalse),
        ...setting(record, 'deletionProtectionEnabled', isFalse),
        ...setting(record, 'pointInTimeRecoveryEnabled', isFalse),
        ...setting(record, 'backupRetentionPeriod', isZero),
        ...setting(record, 'automatedSnapshotRetentionPeriod', isZero),
      ]),
      of(call('backup', /^UpdateRecoveryPointLifecycle$/), (record) =>
        setting(record, 'deleteAfterDays', (days) => Number(days) > 0 && Number(days) <= 7),
      ),
      of(call('elasticfilesystem', /^PutBackupPolicy$/), (record) => setting(record, 'status', isOff)),
    ),
  },
  {
    severity: 'medium',
    reason: 'took a lock off by hand that kept something from being deleted ({})',
    holds: anyOf(
      of(sets, (record) => [
        ...setting(record, 'disableApiTermination', isFalse),
        ...setting(record, 'enableTerminationProtection', isFalse),
      ]),
      of(call('elasticloadbalancing', /^Modify\w+Attributes$/), (record) =>
        attribute(record, 'deletion_protection.enabled'),
      ),
    ),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'data is no longer encrypted as it was ({})',
    calls: sets,
    holds: (record) => [
      ...setting(record, /^(?:\w*encrypt\w*|\w*sse)enabled$|^enforcehttps$/, isFalse),
      ...setting(record, 'kmsMasterKeyId', isEmpty),
      ...(textOf(record, 'attributeName') === 'KmsMasterKeyId' ? setting(record, 'attributeValue', isEmpty) : []),
    ],
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'old versions of data are no longer kept safe ({})',
    calls: call('s3', /^PutBucketVersioning$/),
    holds: (record) => [
      ...setting(record, 'Status', (value) => value === 'Suspended'),
      ...setting(record, 'MfaDelete', (value) => value === 'Disabled'),
    ],
  },
  {
    severity: 'medium',
    reason: 'changed the master password of a database',
    calls: sets,
    holds: (record) => parameter(record, 'masterUserPassword').some((value) => value !== null),
  },
  {
    severity: 'medium',
    reason: 'a database takes passwords only ({})',
    calls: sets,
    holds: (record) => setting(record, 'enableIAMDatabaseAuthentication', isFalse),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'restarted, stopped or failed over a database by hand',
    calls: call(
      'rds docdb neptune',
      /^(?:RebootDB\w+|StopDB(?:Instance|Cluster)|FailoverDBCluster|FailoverGlobalCluster|SwitchoverGlobalCluster)$/,
    ),
    by: 'no program',
  },

  // Taken
  {
    severity: 'high',
    reason: 'exported data',
    calls: call(
      'rds dynamodb ec2',
      /^(?:StartExportTask|ExportTableToPointInTime|CreateInstanceExportTask|ExportImage|CreateStoreImageTask)$/,
    ),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'read the blocks of a snapshot directly, by hand',
    calls: call('ebs', /^(?:GetSnapshotBlock|ListSnapshotBlocks|ListChangedBlocks)$/),
    by: 'no program',
  },
  {
    severity: 'medium',
    reason: 'a person made a copy of a database from its backup: its data is there under other rules',
    calls: call(
      'rds redshift docdb neptune dynamodb',
      /^Restore(?:DB(?:Instance|Cluster)(?:From\w+|ToPointInTime)|FromClusterSnapshot|TableFromBackup|TableToPointInTime)$/,
    ),
    by: 'person',
  },
  {
    severity: 'medium',
    reason: 'copied a snapshot to another region (from {})',
    calls: call('rds ec2', /^Copy(?:DB|DBCluster)?Snapshot$/),
    holds: (record) =>
      parameterTexts(record).flatMap((text) => {
        const region =
          /^arn:aws[\w-]*:\w+:([a-z0-9-]+):/.exec(text)?.[1] ??
          (/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(text) ? text : undefined);
        return region === undefined || region === record.awsRegion ? [] : [region];
      }),
    by: 'no service',
  },
  {
    severity: 'medium',
    reason: 'files are copied to a bucket of another account ({})',
    calls: call('s3', /^PutBucketReplication$/),
    holds: (record) => foreignAccounts(record, parameter(record, 'Account').map(String)),
  },
  {
    severity: 'medium',
    reason: 'copied data into a bucket of another account ({})',
    calls: call('s3', /^(?:CopyObject|PutObject|ReplicateObject)$/),
    holds: (record) =>
      records(record.resources).flatMap(({ accountId }) =>
        typeof accountId === 'string' &&
        /^\d{12}$/.test(accountId) &&
        record.userIdentity.accountId !== undefined &&
        accountId !== record.userIdentity.accountId
          ? [accountId]
          : [],
      ),
  },
  {
    severity: 'medium',
    reason: 'set up by hand a transfer of much data to elsewhere',
    holds: anyOf(
      call('datasync', /^Create(?:Task|Location\w+)$/),
      call('s3 s3control', /^CreateJob$/),
      call('transfer', /^Create(?:Server|Connector|User)$/),
      call('snowball', /^CreateJob$/),
      call('firehose', /^UpdateDestination$/),
    ),
    by: 'no program',
  },

  // Held to ransom
  {
    severity: 'medium',
    reason: 'encrypted data with a key of another account ({})',
    holds: (record) =>
      gives(record)
        ? foreignAccounts(
            record,
            parameterTexts(record).filter((text) => /^arn:aws[\w-]*:kms:/.test(text)),
          )
        : [],
  },
  {
    severity: 'medium',
    reason: 'encrypted an object with a key that only the caller has',
    calls: call('s3', /^(?:CopyObject|PutObject|UploadPart)$/),
    holds: (record) =>
      /x-amz-server-side-encryption-customer-algorithm/i.test(parametersText(record)) ||
      textsIn(record.additionalEventData).includes('SSE_C'),
  },
  {
    severity: 'medium',
    reason: 'put a key under material from outside of AWS: who has it can make data unreadable',
    calls: call('kms', /^ImportKeyMaterial$/),
  },
  {
    severity: 'high',
    reason: 'keys come from a store outside of KMS: who runs it can make data unreadable',
    calls: call('kms', /^(?:Create|Connect|Update)CustomKeyStore$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'wrote a file named like a ransom note ({})',
    calls: call('s3', /^PutObject$/),
    holds: (record) => (ransomNote.test(parametersText(record)) ? [textOf(record, 'key') ?? ''] : []),
  },
];
