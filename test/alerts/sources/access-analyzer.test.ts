import { describe, expect, test } from 'vitest';
import { event, fieldOf, readFile, readOne } from './reading.ts';

const analyzer = 'arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/org';

const read = (detailType: string, changes: object) =>
  readOne(
    event(
      'aws.access-analyzer',
      detailType,
      {
        id: 'f1',
        accountId: '111122223333',
        region: 'eu-west-1',
        status: 'ACTIVE',
        resource: 'arn:aws:s3:::shop-assets',
        resourceType: 'AWS::S3::Bucket',
        isDeleted: false,
        updatedAt: '2026-11-24T09:00:00Z',
        ...changes,
      },
      [analyzer],
    ),
  );

const external = (changes: object) =>
  read('Access Analyzer Finding', {
    action: ['s3:GetObject'],
    principal: { AWS: '999988887777' },
    isPublic: false,
    condition: {},
    ...changes,
  });

describe('an Access Analyzer finding', () => {
  test('of access from outside names who may do what', () => {
    const signal = external({ condition: { 'aws:SourceIp': '203.0.113.0/24' } });
    expect(signal).toMatchObject({
      source: 'access-analyzer',
      kind: 'external access',
      severity: 'medium',
      title: 'Access from outside to S3 bucket shop-assets',
      sentence: 'Account 999988887777 can call s3:GetObject on S3 bucket shop-assets.',
      actor: { type: 'account', name: '999988887777' },
      resource: { arn: 'arn:aws:s3:::shop-assets', name: 'shop-assets', type: 'S3 bucket' },
    });
    expect(fieldOf(signal, 'Only if')).toBe('aws:SourceIp is 203.0.113.0/24');
    expect(signal.links[0]?.url).toContain('/access-analyzer/home?region=eu-west-1#/findings/details/f1?analyzer=org');
  });

  test('of public access is high', () => {
    expect(external({ isPublic: true, principal: { AWS: '*' } })).toMatchObject({
      severity: 'high',
      title: 'Public access to S3 bucket shop-assets',
      sentence: 'Anyone on the internet can call s3:GetObject on S3 bucket shop-assets.',
      actor: { type: 'anonymous' },
    });
  });

  test.each([{ status: 'RESOLVED' }, { status: 'ARCHIVED' }, { isDeleted: true }])(
    'is over with %j, under the same key',
    (changes) => {
      expect(external(changes)).toMatchObject({ state: 'resolved', dedupKey: external({}).dedupKey });
    },
  );

  test('that could not be made says why', () => {
    expect(external({ error: 'ACCESS_DENIED', principal: undefined, action: undefined })).toMatchObject({
      severity: 'low',
      sentence: 'Access Analyzer could not find out who has access to S3 bucket shop-assets: access denied.',
    });
  });

  test('of unused access is low, of unused permissions info', () => {
    const unused = (findingType: string, changes: object = {}) =>
      read('Unused Access Finding for IAM entities', {
        findingType,
        resource: 'arn:aws:iam::111122223333:role/batch',
        resourceType: 'AWS::IAM::Role',
        ...changes,
      });
    expect(unused('UnusedIAMRole')).toMatchObject({
      kind: 'unused role',
      severity: 'low',
      title: 'Unused IAM role batch',
    });
    expect(unused('UnusedPermission', { numberOfUnusedServices: 4, numberOfUnusedActions: 20 })).toMatchObject({
      kind: 'unused permission',
      severity: 'info',
      sentence: 'IAM role batch has permissions that it does not use: 4 services, 20 actions.',
    });
  });

  test('of access from inside is low', () => {
    expect(
      read('Internal Access Finding', {
        action: ['s3:PutObject'],
        principal: { AWS: 'arn:aws:iam::111122223333:role/batch' },
      }),
    ).toMatchObject({ kind: 'internal access', severity: 'low', actor: { type: 'role', name: 'batch' } });
  });

  test('of the API reads as the event does', () => {
    expect(readFile('accessanalyzer/finding-2ccdf2ea.json')).toMatchObject({
      source: 'access-analyzer',
      severity: 'medium',
      account: '111122223333',
      actor: { type: 'federated', name: 'cognito-identity.amazonaws.com' },
    });
  });
});
