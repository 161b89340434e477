import { buckets } from '../../aws/services/buckets.ts';
import { changeKey, trailKeyArn } from '../../aws/services/kms.ts';
import type { Organization } from '../organization.ts';
import type { Break } from './break.ts';

const archive = (organization: Organization) => {
  const found = buckets(organization).get(organization.trail.bucket);
  if (found === undefined) throw new Error('The archive is gone.');
  return found;
};

export const breaks: readonly Break[] = [
  {
    id: 'archive-opened',
    step: 3,
    check: 'archive-not-public',
    title: 'Open the archive to the world',
    break: (organization) => {
      const { settings } = archive(organization);
      settings.publicAccessBlock = null;
      addStatement(organization, { Sid: 'Oops', Effect: 'Allow', Principal: '*', Action: 's3:GetObject' });
    },
  },
  {
    id: 'archive-to-organization',
    step: 3,
    check: 'archive-isolated',
    title: 'Let the whole organization read the archive',
    break: (organization) =>
      addStatement(organization, {
        Sid: 'OrganizationReads',
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': organization.id } },
      }),
  },
  {
    id: 'archive-unlocked',
    step: 3,
    check: 'archive-immutable',
    title: 'Take the object lock off',
    break: (organization) => {
      archive(organization).lock = null;
    },
  },
  {
    id: 'archive-expires',
    step: 3,
    check: 'archive-kept',
    title: 'Delete log files after 30 days',
    break: (organization) => {
      archive(organization).settings.lifecycle = [
        { ID: 'save-money', Status: 'Enabled', Filter: { Prefix: 'AWSLogs/' }, Expiration: { Days: 30 } },
      ];
    },
  },
  {
    id: 'archive-plain',
    step: 3,
    check: 'archive-encrypted',
    title: 'Encrypt the archive without a key',
    break: (organization) => {
      archive(organization).settings.encryption = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }];
    },
  },
  {
    id: 'archive-key-dying',
    step: 3,
    check: 'archive-key-alive',
    title: 'Let the key of the archive be deleted in a week',
    break: (organization) => changeKey(organization, trailKeyArn(organization), 'PendingDeletion'),
  },
];

function addStatement(organization: Organization, statement: object): void {
  const { settings, name } = archive(organization);
  const policy: { Statement: object[] } = JSON.parse(settings.policy ?? '{"Version":"2012-10-17","Statement":[]}');
  settings.policy = JSON.stringify({
    ...policy,
    Statement: [...policy.Statement, { ...statement, Resource: `arn:aws:s3:::${name}/*` }],
  });
}
