import { type About, type RegionScope, regionCheck } from '../../../check.ts';
import { unknownFrom } from '../../../estate.ts';
import { fail, type Judged, pass } from '../../../verdict.ts';
import { judgeLogging, type Logging, logging, spotOf } from '../facts.ts';

const about: About = {
  id: 'ssm-encrypted',
  version: 1,
  title: 'Sessions and their logs are encrypted with a key of your own',
  severity: 'medium',
  why: 'A transcript holds whatever was on the screen, secrets included.',
  passes:
    'Encryption is asked for and the log group has a KMS key (a bucket: encryption is asked for), and the channel has a KMS key.',
  fix: [
    'aws logs associate-kms-key --log-group-name LOG-GROUP --kms-key-id KEY-ARN --region {region}',
    '# where the preferences do not ask for it, or name no key for the channel:',
    "aws ssm update-document --name SSM-SessionManagerRunShell --document-version '$LATEST' --content file://prefs.json --region {region}",
    'aws ssm update-document-default-version --name SSM-SessionManagerRunShell --document-version NEW-VERSION --region {region}',
  ].join('\n'),
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html',
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html',
  ],
};

export const check = regionCheck(about, logging, judge);

function judge(facts: Logging, scope: RegionScope): Judged[] {
  const spot = spotOf(scope);
  return judgeLogging(facts, scope, (preferences, group) => {
    const { logGroup, logGroupEncrypted, bucket, bucketEncrypted, kmsKey } = preferences;
    if (logGroup !== '' && !logGroupEncrypted)
      return fail(spot, 'The preferences do not ask for an encrypted log group (cloudWatchEncryptionEnabled).');
    if (group?.is === 'unknown') return unknownFrom(spot, group);
    if (group?.is === 'absent') return fail(spot, `The log group ${logGroup} does not exist.`, { cause: 'ssm-prefs' });
    if (group?.is === 'value' && group.value.kmsKeyId === undefined)
      return fail(
        spot,
        `The preferences ask for encryption, but the log group ${logGroup} has no KMS key: sessions fail to be logged.`,
      );
    if (bucket !== '' && !bucketEncrypted)
      return fail(spot, `The preferences do not ask for encryption in the bucket ${bucket} (s3EncryptionEnabled).`);
    if (kmsKey === '') return fail(spot, 'The channel of sessions has no KMS key (kmsKeyId).');
    return pass(spot, `The log in ${logGroup === '' ? bucket : logGroup} and the channel are encrypted.`);
  });
}
