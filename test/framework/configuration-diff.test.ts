import { expect, test } from 'vitest';
import { differences, leavesOf } from '../../src/framework/configuration-diff.ts';

const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const role = (trust: object, inline: Readonly<Record<string, object>>) =>
  JSON.stringify({
    roleName: 'deploy',
    assumeRolePolicyDocument: encodeURIComponent(policy(trust)),
    attachedManagedPolicies: [],
    rolePolicyList: Object.entries(inline).map(([policyName, document]) => ({
      policyName,
      policyDocument: encodeURIComponent(policy(document)),
    })),
  });
const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
const read = { Sid: 'Read', Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' };

test('policies in a configuration are read, whichever way they are written', () => {
  expect(leavesOf(role(trust, {})).get('assumeRolePolicyDocument.Statement[0].Principal.Service')).toBe(
    'ec2.amazonaws.com',
  );
  const bucket = JSON.stringify({ bucketPolicy: { policyText: policy(read) } });
  expect(leavesOf(bucket).get('bucketPolicy.policyText.Statement[Read].Action')).toBe('s3:Get*, s3:List*');
  expect(leavesOf('no JSON')).toEqual(new Map([['', 'no JSON']]));
  expect(leavesOf({ a: { b: 1, c: null }, d: [] })).toEqual(new Map([['a.b', '1']]));
  expect(leavesOf(JSON.stringify({ odd: '%7Bnot%ZZ', brace: '{no' }))).toEqual(
    new Map([
      ['odd', '%7Bnot%ZZ'],
      ['brace', '{no'],
    ]),
  );
});

test('what changed is said by the way to it; order and an item before it change nothing', () => {
  const before = leavesOf(role(trust, { own: read }));
  const wider = { ...read, Action: ['s3:List*', 's3:*'] };
  const after = leavesOf(role(trust, { added: read, own: wider }));
  expect(differences(before, after)).toEqual([
    ...['Action', 'Effect', 'Resource', 'Sid'].map((name) => ({
      path: `rolePolicyList[added].policyDocument.Statement[Read].${name}`,
      before: null,
      after: { Action: 's3:Get*, s3:List*', Effect: 'Allow', Resource: '*', Sid: 'Read' }[name],
    })),
    { path: 'rolePolicyList[added].policyDocument.Version', before: null, after: '2012-10-17' },
    { path: 'rolePolicyList[added].policyName', before: null, after: 'added' },
    {
      path: 'rolePolicyList[own].policyDocument.Statement[Read].Action',
      before: 's3:Get*, s3:List*',
      after: 's3:*, s3:List*',
    },
  ]);
  const same = leavesOf(role(trust, { own: { ...read, Action: ['s3:List*', 's3:Get*'] } }));
  expect(differences(before, same)).toEqual([]);
});
