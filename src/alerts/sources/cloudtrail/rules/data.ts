import { isRecord } from '../../../json.ts';
import {
  call,
  gives,
  isFalse,
  isForeign,
  isTrue,
  parameter,
  parametersText,
  parameterTexts,
  type Rule,
  records,
  textsIn,
} from '../call.ts';
import { type CloudTrailRecord, valuesOf } from '../record.ts';

/** A change of settings that names this parameter with such a value. Creation is left out: a default is no decision. */
const set = (name: string, value: (value: unknown) => boolean) => (record: CloudTrailRecord) =>
  /^(?:Modify|Update|Put)/.test(record.eventName ?? '') && parameter(record, name).some(value);

const isZero = (value: unknown) => value === 0 || value === '0';

/** A text file with the name of a note that asks for ransom. */
const ransomNote =
  /(?:ransom|decrypt|bitcoin|(?:how|read|instruction|important|warning|attention)[^"/]{0,30}(?:recover|restore|unlock|files|data)|(?:recover|restore|unlock)[^"/]{0,30}(?:files|data))[^"/]{0,40}\.(?:txt|html?|hta|md)"/i;

/** Data destroyed, left without protection, taken, or held to ransom. */
export const data: readonly Rule[] = [
  // Destroyed
  {
    severity: 'high',
    reason: 'a key that protects data is to be destroyed, or was switched off',
    holds: call(
      'kms',
      /^(?:ScheduleKeyDeletion|DisableKey|DeleteImportedKeyMaterial|DeleteCustomKeyStore|DisconnectCustomKeyStore)$/,
    ),
  },
  {
    severity: 'high',
    reason: 'a database, stored files or a copy of them was deleted',
    holds: call(
      'rds redshift redshift-serverless dynamodb docdb neptune elasticache memorydb es opensearch kafka elasticfilesystem fsx glacier backup cassandra timestream',
      /^Delete\w*(?:Instance|Cluster|Snapshot|Backup|Table|Domain|FileSystem|Vault|RecoveryPoint|ReplicationGroup|Database|Keyspace|Volume|Namespace|MountTarget|BackupPlan|BackupSelection|LockConfiguration|Archive)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'a storage volume or snapshot was deleted',
    holds: call('ec2', /^Delete(?:Snapshot|Volume)$/),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'a secret was deleted beyond recovery',
    holds: (record) =>
      call('secretsmanager', /^DeleteSecret$/)(record) && parameter(record, 'forceDeleteWithoutRecovery').some(isTrue),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'something that others rely on was emptied or deleted by hand',
    holds: (record) =>
      call('sqs', /^PurgeQueue$/)(record) ||
      call('route53', /^DeleteHostedZone$/)(record) ||
      call('ses', /^Delete(?:Email)?Identity$/)(record),
    by: 'hand',
  },
  {
    severity: 'medium',
    reason: 'stored files are deleted within a week',
    holds: (record) =>
      call('s3', /^PutBucketLifecycle(?:Configuration)?$/)(record) &&
      ['Rule', 'Rules']
        .flatMap((name) => parameter(record, name))
        .flatMap(records)
        .some(
          (rule) =>
            rule['Status'] !== 'Disabled' &&
            isRecord(rule['Expiration']) &&
            valuesOf(rule['Expiration'], 'Days').some((days) => Number(days) <= 7),
        ),
  },

  // Left without protection
  {
    severity: 'medium',
    reason: 'a protection of stored data was removed',
    holds: (record) =>
      call('s3', /^Delete(?:BucketEncryption|BucketReplication|BucketPolicy|ObjectLockConfiguration)$/)(record) ||
      call('ec2', /^DisableEbsEncryptionByDefault$/)(record) ||
      call('kms', /^DisableKeyRotation$/)(record) ||
      (call('s3', /^PutObjectLegalHold$/)(record) && parameter(record, 'Status').includes('OFF')) ||
      parameter(record, 'x-amz-bypass-governance-retention').some(isTrue),
  },
  {
    severity: 'medium',
    reason: 'data can be deleted, or is no longer backed up',
    holds: (record) =>
      set('deletionProtection', isFalse)(record) ||
      set('deletionProtectionEnabled', isFalse)(record) ||
      set('pointInTimeRecoveryEnabled', isFalse)(record) ||
      set('backupRetentionPeriod', isZero)(record) ||
      set('automatedSnapshotRetentionPeriod', isZero)(record),
  },
  {
    severity: 'medium',
    reason: 'old versions of data are no longer kept or protected',
    holds: (record) =>
      call('s3', /^PutBucketVersioning$/)(record) && /Suspended|"MfaDelete":"Disabled"/i.test(parametersText(record)),
  },
  {
    severity: 'medium',
    reason: 'the master password of a database was changed',
    holds: set('masterUserPassword', (value) => value !== null),
  },
  {
    severity: 'medium',
    reason: 'a database was restarted, stopped or failed over by hand',
    holds: call(
      'rds docdb neptune',
      /^(?:RebootDB\w+|StopDB(?:Instance|Cluster)|FailoverDBCluster|FailoverGlobalCluster|SwitchoverGlobalCluster)$/,
    ),
    by: 'hand',
  },

  // Taken
  {
    severity: 'high',
    reason: 'data was exported',
    holds: call(
      'rds dynamodb ec2',
      /^(?:StartExportTask|ExportTableToPointInTime|CreateInstanceExportTask|ExportImage|CreateStoreImageTask)$/,
    ),
  },
  {
    severity: 'medium',
    reason: 'a snapshot was copied to another region',
    holds: (record) =>
      call('rds ec2', /^Copy(?:DB|DBCluster)?Snapshot$/)(record) &&
      parameterTexts(record).some((text) => {
        const region =
          /^arn:aws[\w-]*:\w+:([a-z0-9-]+):/.exec(text)?.[1] ??
          (/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(text) ? text : undefined);
        return region !== undefined && region !== record.awsRegion;
      }),
  },
  {
    severity: 'medium',
    reason: 'files are copied to a bucket of another account',
    holds: (record) =>
      call('s3', /^PutBucketReplication$/)(record) &&
      parameter(record, 'Account').some((account) => isForeign(record, String(account))),
  },
  {
    severity: 'medium',
    reason: 'data was copied into a bucket of another account',
    holds: (record) =>
      call('s3', /^(?:CopyObject|PutObject|ReplicateObject)$/)(record) &&
      records(record.resources).some(
        ({ accountId }) =>
          typeof accountId === 'string' &&
          /^\d{12}$/.test(accountId) &&
          record.userIdentity.accountId !== undefined &&
          accountId !== record.userIdentity.accountId,
      ),
  },

  // Held to ransom
  {
    severity: 'medium',
    reason: 'data was encrypted with a key of another account',
    holds: (record) =>
      gives(record) &&
      parameterTexts(record).some((text) => /^arn:aws[\w-]*:kms:/.test(text) && isForeign(record, text)),
  },
  {
    severity: 'medium',
    reason: 'an object was encrypted with a key that only the caller has',
    holds: (record) =>
      call('s3', /^(?:CopyObject|PutObject|UploadPart)$/)(record) &&
      (/x-amz-server-side-encryption-customer-algorithm/i.test(parametersText(record)) ||
        textsIn(record.additionalEventData).includes('SSE_C')),
  },
  {
    severity: 'medium',
    reason: 'a key was put under material from outside of AWS: who has it can make data unreadable',
    holds: call('kms', /^ImportKeyMaterial$/),
  },
  {
    severity: 'medium',
    reason: 'a file named like a ransom note was written',
    holds: (record) => call('s3', /^PutObject$/)(record) && ransomNote.test(parametersText(record)),
  },
];
